"""The event log as its readers read it, and who may see which machine: nothing is passed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One entry of the event log. (xact, id) orders entries as they become final; id alone does not."""

    xact: int
    id: int
    at: datetime
    organisation_id: int | None
    machine_id: int | None
    machine_public_id: UUID | None
    site_id: int | None
    model_id: int | None
    machine_kind: str | None
    kind: str
    payload: dict[str, Any]


LOG_AFTER: LiteralString = """
SELECT l.xact::text::bigint AS xact, l.id, l.at, l.organisation_id, l.machine_id, m.public_id AS machine_public_id,
    m.site_id, m.model_id, mm.kind AS machine_kind, l.kind, l.payload
FROM event_log l LEFT JOIN machine m USING (machine_id) LEFT JOIN machine_model mm USING (model_id)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry by itself."""

    xact: int
    id: int
    at: datetime
    kind: str
    payload: dict[str, Any]


LAST_ENTRY: LiteralString = """
SELECT xact::text::bigint AS xact, id, at, kind, payload FROM event_log
WHERE xact < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY event_log.xact DESC, id DESC LIMIT 1
"""
ENTRY: LiteralString = """
SELECT xact::text::bigint AS xact, id, at, kind, payload FROM event_log
WHERE event_log.xact = %s::text::xid8 AND id = %s
"""


async def find_last_entry(conn: Connection) -> EntryRow | None:
    """The last final entry; None of a log that is empty."""
    async with conn.cursor(row_factory=class_row(EntryRow)) as cursor:
        return await (await cursor.execute(LAST_ENTRY)).fetchone()


async def find_entry(conn: Connection, xact: int, entry: int) -> EntryRow | None:
    """The entry at this place; None when there is none (any more)."""
    async with conn.cursor(row_factory=class_row(EntryRow)) as cursor:
        return await (await cursor.execute(ENTRY, [str(xact), entry])).fetchone()


async def log_beginning(conn: Connection) -> tuple[int, int]:
    """(xact, id) of the last entry that retention has deleted; (0, 0) when it has deleted none."""
    row = await (await conn.execute("SELECT xact::text::bigint, id FROM event_log_horizon")).fetchone()
    return (0, 0) if row is None else (row[0], row[1])


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
class AudienceRow:
    """An organisation to whom a machine belongs, or with whom a part of its data is shared, for a time.

    `share`: fleet.data_classes.SHARES, 'all' for an owner; None is open-ended.
    """

    machine_id: int
    organisation_id: int
    share: str
    from_at: datetime | None
    to_at: datetime | None


AUDIENCE: LiteralString = """
SELECT machine_id, organisation_id, 'all' AS share, nullif(from_at, '-infinity') AS from_at,
    nullif(to_at, 'infinity') AS to_at
FROM ownership WHERE %(machines)s::int[] IS NULL OR machine_id = ANY(%(machines)s)
UNION ALL
SELECT machine_id, organisation_id, data_class, nullif(from_at, '-infinity'), nullif(to_at, 'infinity')
FROM sharing WHERE %(machines)s::int[] IS NULL OR machine_id = ANY(%(machines)s)
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
