"""Values of one machine under keys that are no signals, clipped to the periods that a caller sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg import sql
from psycopg.rows import class_row

from storage.read_machines import period_arrays
from storage.read_pool import Connection
from storage.sight import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraRow:
    """One row of `reading_extra`."""

    measured_at: datetime
    key: str
    value: float


EXTRA: LiteralString = """
SELECT measured_at, key, value FROM reading_extra
WHERE machine_id = %(machine)s AND {bounds}
    AND EXISTS (
        SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
        WHERE tstzrange(p.from_at, p.to_at) @> measured_at
    )
ORDER BY measured_at DESC, key DESC LIMIT %(limit)s
"""
_BOUNDS: dict[str, sql.SQL] = {
    "from_at": sql.SQL("measured_at >= %(from_at)s"),
    "to_at": sql.SQL("measured_at < %(to_at)s"),
    "keys": sql.SQL("key = ANY(%(keys)s)"),
    "after": sql.SQL("measured_at <= %(after)s AND (measured_at, key) < (%(after)s, %(after_key)s)"),
}


async def list_extra(
    conn: Connection,
    machine_id: int,
    periods: Sequence[Period],
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    keys: list[str] | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[ExtraRow]:
    """Values in from_at <= t < to_at, newest first; `after` is the instant and key of the page before's last one."""
    given = {"from_at": from_at, "to_at": to_at, "keys": keys, "after": after and after[0]}
    bounds = [_BOUNDS[name] for name, value in given.items() if value is not None] or [sql.SQL("TRUE")]
    statement = sql.SQL(EXTRA).format(bounds=sql.SQL(" AND ").join(bounds))
    last = {"after_key": after[1] if after else None}
    parameters = {"machine": machine_id, "limit": limit} | given | last | period_arrays(periods)
    async with conn.cursor(row_factory=class_row(ExtraRow)) as cursor:
        return await (await cursor.execute(statement, parameters)).fetchall()
