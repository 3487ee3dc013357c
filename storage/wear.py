"""What wear shows of machines, day by day, and when it will reach its limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from storage.alarms_write import instant
from storage.keyset import list_rows
from storage.pool import Connection
from storage.read_pool import Connection as ReadConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class WearDay:
    """An index of a machine on a day (UTC), the median of so many minutes."""

    machine_id: int
    index_key: str
    day_at: datetime
    value: float
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WearOutlook:
    """Where an index of a machine stands at the end of a day, and in how many days from its last value it reaches its
    limit; None: it is not known to go there."""

    machine_id: int
    index_key: str
    as_of: datetime
    days: int
    level: float | None
    limit_value: float | None
    slope_per_day: float | None
    expected_days: float | None
    low_days: float | None
    high_days: float | None
    remind_at: datetime | None


DUE: LiteralString = """
SELECT m.machine_id, (extract(epoch FROM coalesce(min(o.as_of), %(from)s)) * 1000000)::bigint AS since_us
FROM machine m LEFT JOIN wear_outlook o USING (machine_id)
WHERE m.mode <> 'scrapped'
GROUP BY m.machine_id HAVING coalesce(min(o.as_of), %(from)s) < %(until)s
ORDER BY since_us, m.machine_id LIMIT %(limit)s
"""


def list_due(conn: Connection, from_us: int, until_us: int, *, limit: int) -> list[tuple[int, int]]:
    """Machines whose days up to `until_us` were not looked at yet, and since when; those never looked at since
    `from_us`. The longest due first."""
    given = {"from": instant(from_us), "until": instant(until_us), "limit": limit}
    return conn.execute(DUE, given).fetchall()


PUT_DAY: LiteralString = """
INSERT INTO wear_day (machine_id, index_key, day_at, value, minutes)
VALUES (%(machine_id)s, %(index_key)s, %(day_at)s, %(value)s, %(minutes)s)
ON CONFLICT (machine_id, index_key, day_at) DO UPDATE SET value = excluded.value, minutes = excluded.minutes
"""
PUT_OUTLOOK: LiteralString = """
INSERT INTO wear_outlook (machine_id, index_key, as_of, days, level, limit_value, slope_per_day, expected_days,
    low_days, high_days, remind_at)
VALUES (%(machine_id)s, %(index_key)s, %(as_of)s, %(days)s, %(level)s, %(limit_value)s, %(slope_per_day)s,
    %(expected_days)s, %(low_days)s, %(high_days)s, %(remind_at)s)
ON CONFLICT (machine_id, index_key) DO UPDATE SET as_of = excluded.as_of, days = excluded.days, level = excluded.level,
    limit_value = excluded.limit_value, slope_per_day = excluded.slope_per_day, expected_days = excluded.expected_days,
    low_days = excluded.low_days, high_days = excluded.high_days, remind_at = excluded.remind_at
"""
DAYS: LiteralString = """
SELECT machine_id, index_key, day_at, value::float8 AS value, minutes FROM wear_day
WHERE machine_id = ANY(%(machines)s) ORDER BY machine_id, index_key, day_at
"""


def save_days(conn: Connection, days: Sequence[WearDay]) -> None:
    """Keep them."""
    with conn.cursor() as cursor:
        cursor.executemany(PUT_DAY, [_members(one) for one in days])


def save_outlooks(conn: Connection, outlooks: Sequence[WearOutlook]) -> None:
    """Keep them in place of those before."""
    with conn.cursor() as cursor:
        cursor.executemany(PUT_OUTLOOK, [_members(one) for one in outlooks])


def list_days(conn: Connection, machines: Sequence[int]) -> list[WearDay]:
    """All days of machines, oldest first for each index."""
    with conn.cursor(row_factory=class_row(WearDay)) as cursor:
        return cursor.execute(DAYS, {"machines": list(machines)}).fetchall()


def _members(row: WearDay | WearOutlook) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


OUTLOOKS: LiteralString = """
SELECT machine_id, index_key, as_of, days, level::float8 AS level, limit_value::float8 AS limit_value,
    slope_per_day::float8 AS slope_per_day, expected_days::float8 AS expected_days, low_days::float8 AS low_days,
    high_days::float8 AS high_days, remind_at
FROM wear_outlook WHERE machine_id = %(machine)s ORDER BY index_key
"""
DAYS_OF: LiteralString = """
SELECT machine_id, index_key, day_at, value::float8 AS value, minutes FROM wear_day
WHERE machine_id = %(machine)s AND day_at >= %(since)s ORDER BY index_key, day_at
"""


async def read_outlooks(conn: ReadConnection, machine: int) -> list[WearOutlook]:
    """By index."""
    return await list_rows(conn, WearOutlook, OUTLOOKS, {"machine": machine})


async def read_days(conn: ReadConnection, machine: int, *, since: datetime) -> list[WearDay]:
    """By index and day."""
    return await list_rows(conn, WearDay, DAYS_OF, {"machine": machine, "since": since})
