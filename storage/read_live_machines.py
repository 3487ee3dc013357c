"""The machines' states as the live stream reads them: those that anybody listens to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """A machine's state and open alarms; `signal_*` are parallel, and so are `alarm_*` (rank 1: critical)."""

    machine_id: int
    public_id: UUID
    name: str
    kind: str
    site_id: int | None
    model_id: int | None
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]
    alarm_ranks: list[int]
    alarm_raised_at: list[datetime]


_LIVE: LiteralString = """
SELECT m.machine_id, m.public_id, m.name, coalesce(mm.kind, 'other') AS kind, m.site_id, m.model_id,
    s.online, s.work_state, s.measured_at, s.received_at,
    coalesce(s.signal_ids, '{{}}') AS signal_ids, coalesce(s.signal_values, '{{}}') AS signal_values,
    coalesce(s.signal_at_us, '{{}}') AS signal_at_us,
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
# What somebody listens to: everything, or machines of these sites, models ... or seen now by one of these organisations
# or one below it.
_WANTED: LiteralString = """
(%(everything)s OR m.machine_id = ANY(%(machines)s) OR m.site_id = ANY(%(sites)s) OR m.model_id = ANY(%(models)s)
    OR mm.kind = ANY(%(kinds)s) OR m.machine_id IN (
        WITH RECURSIVE below AS (
            SELECT organisation_id FROM organisation WHERE organisation_id = ANY(%(organisations)s)
            UNION
            SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
        )
        SELECT x.machine_id FROM ownership x JOIN below USING (organisation_id)
        WHERE x.from_at <= %(now)s AND %(now)s < x.to_at
        UNION ALL
        SELECT x.machine_id FROM sharing x JOIN below USING (organisation_id)
        WHERE x.from_at <= %(now)s AND %(now)s < x.to_at))
"""
# A row version made by a transaction that had not ended at the tick before. age() counts in transactions.
_CHANGED: LiteralString = """
(m.machine_id IN (SELECT machine_id FROM machine_state WHERE age(xmin) <= age(%(since)s::text::xid8::xid))
    OR m.machine_id = ANY(%(also)s))
"""
LIVE_ALL = sql.SQL(_LIVE).format(condition=sql.SQL(_WANTED))
LIVE_CHANGED = sql.SQL(_LIVE).format(condition=sql.SQL(_CHANGED + " AND " + _WANTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which machines anybody listens to: the union of these."""

    everything: bool = False
    machines: Sequence[int] = ()
    sites: Sequence[int] = ()
    models: Sequence[int] = ()
    kinds: Sequence[str] = ()
    organisations: Sequence[int] = ()  # with all below them

    def parameters(self, now: datetime) -> dict[str, Any]:
        """Of the statements."""
        return {
            "everything": self.everything,
            "machines": list(self.machines),
            "sites": list(self.sites),
            "models": list(self.models),
            "kinds": list(self.kinds),
            "organisations": list(self.organisations),
            "now": now,
        }


SEEN_NOW: LiteralString = """
SELECT coalesce(array_agg(machine_id), '{}'), coalesce(array_agg(organisation_id), '{}') FROM (
    SELECT machine_id, organisation_id FROM ownership WHERE from_at <= %(now)s AND %(now)s < to_at
    UNION ALL
    SELECT machine_id, organisation_id FROM sharing WHERE from_at <= %(now)s AND %(now)s < to_at
) seen
"""


async def list_seen_now(conn: Connection, *, now: datetime) -> frozenset[tuple[int, int]]:
    """(machine, organisation) of every ownership and share that holds now: a scan of both, 7 ms for 10,000 machines."""
    row = await (await conn.execute(SEEN_NOW, {"now": now})).fetchone()
    return frozenset(zip(row[0], row[1], strict=True)) if row else frozenset()


async def list_public_ids(conn: Connection, machines: Sequence[int]) -> dict[int, UUID]:
    """Public ids by machine."""
    found = await conn.execute("SELECT machine_id, public_id FROM machine WHERE machine_id = ANY(%s)", [list(machines)])
    return dict(await found.fetchall())


async def list_live(conn: Connection, wanted: Wanted, *, now: datetime) -> list[LiveRow]:
    """Every machine that is wanted."""
    async with conn.cursor(row_factory=class_row(LiveRow)) as cursor:
        return await (await cursor.execute(LIVE_ALL, wanted.parameters(now))).fetchall()


async def list_live_changed(
    conn: Connection, wanted: Wanted, *, since_xact: int, also: Sequence[int], now: datetime
) -> list[LiveRow]:
    """Of the wanted machines those whose state row was written by a transaction newer than `since_xact`, and those
    named in `also`.

    Whatever changed of a row counts, and a row may come twice; the reader compares. A scan of machine_state, which has
    no index on times so that its updates stay cheap: 3 ms for 10,000 machines.
    """
    parameters = wanted.parameters(now) | {"since": str(since_xact), "also": list(also)}
    async with conn.cursor(row_factory=class_row(LiveRow)) as cursor:
        return await (await cursor.execute(LIVE_CHANGED, parameters)).fetchall()
