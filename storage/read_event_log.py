"""The event log and the machines' states as the live stream reads them: nothing is passed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.read_scope import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One entry of the event log. (xact, id) orders entries as they become final; id alone does not."""

    xact: int
    id: int
    at: datetime
    organisation_id: int | None
    machine_id: int | None
    machine_public_id: UUID | None
    kind: str
    payload: dict[str, Any]


LOG_AFTER: LiteralString = """
SELECT l.xact::text::bigint AS xact, l.id, l.at, l.organisation_id, l.machine_id, m.public_id AS machine_public_id,
    l.kind, l.payload
FROM event_log l LEFT JOIN machine m USING (machine_id)
WHERE (l.xact, l.id) > (%(xact)s::text::xid8, %(id)s::bigint) AND l.xact < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY l.xact, l.id LIMIT %(limit)s
"""


async def list_log_after(conn: Connection, xact: int, entry: int, *, limit: int) -> list[LogRow]:
    """Entries after the place (xact, id) whose transactions, and all older ones, have ended.

    An entry of a transaction that is still open hides every later one until it ends; so what is read is final, and
    reading on from the last (xact, id) misses nothing whatever the order of commits.
    """
    parameters = {"xact": str(xact), "id": entry, "limit": limit}
    async with conn.cursor(row_factory=class_row(LogRow)) as cursor:
        return await (await cursor.execute(LOG_AFTER, parameters)).fetchall()


LOG_END: LiteralString = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1
"""


async def log_horizon(conn: Connection) -> int:
    """The newest transaction below the horizon: every entry with a greater xact is still to be read."""
    row = await (await conn.execute(LOG_END)).fetchone()
    return int(row[0]) if row else 0


async def is_log_whole_after(conn: Connection, xact: int, entry: int) -> bool:
    """True when retention has deleted no entry behind the place (xact, id)."""
    horizon = "SELECT (%s::text::xid8, %s::bigint) >= (xact, id) FROM event_log_horizon"
    row = await (await conn.execute(horizon, [str(xact), entry])).fetchone()
    return bool(row and row[0])


LOG_AGE: LiteralString = (
    "SELECT count(*) FROM (SELECT FROM event_log WHERE (xact, id) > (%s::text::xid8, %s) LIMIT %s) l"
)


async def count_log_after(conn: Connection, xact: int, entry: int, *, at_most: int) -> int:
    """How many entries lie behind a place, counted up to `at_most`."""
    row = await (await conn.execute(LOG_AGE, [str(xact), entry, at_most])).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """A machine's state and open alarms; `signal_*` are parallel, and so are `alarm_*` (rank 1: critical)."""

    machine_id: int
    public_id: UUID
    name: str
    kind: str
    online: bool
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]
    alarm_ranks: list[int]
    alarm_raised_at: list[datetime]


_LIVE: LiteralString = """
SELECT m.machine_id, m.public_id, m.name, coalesce(mm.kind, 'other') AS kind, coalesce(s.online, false) AS online,
    s.work_state, s.measured_at, s.received_at, coalesce(s.signal_ids, '{{}}') AS signal_ids,
    coalesce(s.signal_values, '{{}}') AS signal_values, coalesce(s.signal_at_us, '{{}}') AS signal_at_us,
    coalesce(a.ranks, '{{}}') AS alarm_ranks, coalesce(a.raised_at, '{{}}') AS alarm_raised_at
FROM machine m
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN machine_state s USING (machine_id)
LEFT JOIN LATERAL (
    SELECT array_agg(array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], l.severity)) AS ranks,
        array_agg(l.raised_at) AS raised_at
    FROM alarm l WHERE l.machine_id = m.machine_id AND l.state = 'active'
) a ON TRUE
WHERE {condition}
"""
# A row version made by a transaction that had not ended at the tick before. age() counts in transactions.
_CHANGED: LiteralString = """
m.machine_id IN (SELECT machine_id FROM machine_state WHERE age(xmin) <= age(%(since)s::text::xid8::xid))
OR m.machine_id = ANY(%(also)s)
"""
LIVE_ALL = sql.SQL(_LIVE).format(condition=sql.SQL("TRUE"))
LIVE_CHANGED = sql.SQL(_LIVE).format(condition=sql.SQL(_CHANGED))


async def list_live(conn: Connection) -> list[LiveRow]:
    """Every machine."""
    async with conn.cursor(row_factory=class_row(LiveRow)) as cursor:
        return await (await cursor.execute(LIVE_ALL)).fetchall()


async def list_live_changed(conn: Connection, *, since_xact: int, also: Sequence[int]) -> list[LiveRow]:
    """Machines whose state row was written by a transaction newer than `since_xact`, and those named in `also`.

    Whatever changed of a row counts, and a row may come twice; the reader compares. A scan of machine_state, which has
    no index on times so that its updates stay cheap: 3 ms for 10,000 machines.
    """
    parameters = {"since": str(since_xact), "also": list(also)}
    async with conn.cursor(row_factory=class_row(LiveRow)) as cursor:
        return await (await cursor.execute(LIVE_CHANGED, parameters)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRow:
    """An organisation to whom a machine belongs, or with whom it is shared, for a time; None is open-ended."""

    machine_id: int
    organisation_id: int
    from_at: datetime | None
    to_at: datetime | None


AUDIENCE: LiteralString = """
SELECT machine_id, organisation_id, nullif(from_at, '-infinity') AS from_at, nullif(to_at, 'infinity') AS to_at
FROM ownership WHERE %(machines)s::int[] IS NULL OR machine_id = ANY(%(machines)s)
UNION ALL
SELECT machine_id, organisation_id, nullif(from_at, '-infinity'), nullif(to_at, 'infinity')
FROM sharing WHERE data_class = 'all' AND (%(machines)s::int[] IS NULL OR machine_id = ANY(%(machines)s))
"""


async def list_audience(conn: Connection, machines: Sequence[int] | None) -> list[AudienceRow]:
    """Who sees which machine when; of these machines, or of all of them."""
    parameters = {"machines": None if machines is None else list(machines)}
    async with conn.cursor(row_factory=class_row(AudienceRow)) as cursor:
        return await (await cursor.execute(AUDIENCE, parameters)).fetchall()


async def list_parents(conn: Connection) -> dict[int, int | None]:
    """The organisation tree: parent by organisation."""
    found = await conn.execute("SELECT organisation_id, parent_id FROM organisation")
    return dict(await found.fetchall())
