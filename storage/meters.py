"""Counters of machines for maintenance: hours from the rollups, what each had grown by at the end of a day, changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import numpy as np
from psycopg import sql
from psycopg.rows import class_row

from fleet.batch import Float64Array, Int32Array, Int64Array
from storage.binary import EPOCH_2000_US, copy_out
from storage.hours_sight import and_seen
from storage.ids import uuid7
from storage.pool import Connection
from storage.read_pool import Connection as ReadConnection
from storage.sight import Scope

RUN = -1
"""Stands for the signal in Cells whose value is the hours for which the machine was heard to run."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Hours of machines, in no order: machine, at_us (its beginning), signal and value, (cells,) each."""

    machine: Int32Array
    at_us: Int64Array
    signal: Int64Array
    value: Float64Array


_HOURS = sql.SQL("""
COPY (
    SELECT g.m, r.bucket_at, r.signal_id::integer, r.value
    FROM unnest({machines}::int[], {since}::timestamptz[]) AS g(m, since)
    CROSS JOIN LATERAL (
        SELECT x.bucket_at, x.signal_id, x.last AS value FROM rollup_1h x
        WHERE x.machine_id = g.m AND x.signal_id = ANY({signals}::int[]) AND x.bucket_at >= g.since
            AND x.bucket_at >= {lowest} AND x.bucket_at < {highest}
        UNION ALL
        SELECT w.bucket_at, -1, (w.working_s + w.travelling_s + w.idle_s)::float8 / 3600 FROM work_time_1h w
        WHERE w.machine_id = g.m AND w.bucket_at >= g.since AND w.bucket_at >= {lowest} AND w.bucket_at < {highest}
        OFFSET 0
    ) r
) TO STDOUT (FORMAT BINARY)
""")
_CELL = (("machine", "i4"), ("at", "i8"), ("signal", "i4"), ("value", "f8"))


def read_hours(
    conn: Connection, machines: Sequence[int], since: Sequence[datetime], signals: Sequence[int], *, until: datetime
) -> Cells:
    """The hours of each machine from its instant on and before `until`; signals: catalogue positions of counters."""
    if not machines:
        empty = np.empty(0, np.int64)
        return Cells(empty.astype(np.int32), empty, empty, empty.astype(np.float64))
    statement = _HOURS.format(
        machines=sql.Literal(list(machines)),
        since=sql.Literal(list(since)),
        signals=sql.Literal(list(signals)),
        lowest=sql.Literal(min(since)),
        highest=sql.Literal(until),
    )
    cells = copy_out(conn, statement, None, _CELL)
    return Cells(
        cells["machine"].astype(np.int32),
        cells["at"].astype(np.int64) + EPOCH_2000_US,
        cells["signal"].astype(np.int64),
        cells["value"].astype(np.float64),
    )


class MeterDay(NamedTuple):
    """What the counters of a machine had grown by at the end of a day (UTC): eight numbers each, see the migration."""

    machine_id: int
    day_at: datetime
    hours: Sequence[float]
    distance: Sequence[float]
    fuel: Sequence[float]


SAVE: LiteralString = """
INSERT INTO meter_day (machine_id, day_at, hours, distance, fuel) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (machine_id, day_at) DO UPDATE SET hours = excluded.hours, distance = excluded.distance,
    fuel = excluded.fuel
"""


# Of each machine the last day that began before its instant.
DAYS_BEFORE: LiteralString = """
SELECT g.before, g.m, d.day_at, d.hours, d.distance, d.fuel
FROM unnest(%(machines)s::int[], %(before)s::timestamptz[]) AS g(m, before)
JOIN LATERAL (
    SELECT * FROM meter_day x WHERE x.machine_id = g.m AND x.day_at < g.before ORDER BY x.day_at DESC LIMIT 1
) d ON TRUE
"""


def list_days_before(
    conn: Connection, machines: Sequence[int], before: Sequence[datetime]
) -> dict[tuple[int, datetime], MeterDay]:
    """(machine, instant) -> its last day that began before the instant; those without one are left out."""
    found = {}
    rows = conn.execute(DAYS_BEFORE, {"machines": list(machines), "before": list(before)})
    for asked, *day in rows:
        found[day[0], asked] = MeterDay(*day)
    return found


def save_days(conn: Connection, days: Sequence[MeterDay]) -> None:
    """Keep them in place of those before."""
    with conn.cursor() as cursor:
        cursor.executemany(SAVE, days)


RECENT: LiteralString = """
SELECT machine_id, day_at, hours, distance, fuel FROM meter_day
WHERE machine_id = ANY(%(machines)s) AND day_at >= %(since)s ORDER BY machine_id, day_at
"""


def list_recent_days(conn: Connection, machines: Sequence[int], since: datetime) -> list[MeterDay]:
    """The days of machines from an instant on, in order."""
    return [MeterDay(*row) for row in conn.execute(RECENT, {"machines": list(machines), "since": since})]


DAYS_ABOUT: LiteralString = """
SELECT machine_id, day_at, hours, distance, fuel FROM meter_day
WHERE machine_id = %(machine)s AND day_at <= %(at)s ORDER BY day_at DESC LIMIT 2
"""


async def list_days_about(conn: ReadConnection, machine: int, at: datetime) -> list[MeterDay]:
    """The last two days of a machine that began by an instant, the later first."""
    rows = await (await conn.execute(DAYS_ABOUT, {"machine": machine, "at": at})).fetchall()
    return [MeterDay(*row) for row in rows]


FIRST_WITH_HOURS: LiteralString = """
SELECT machine_id, day_at, hours, distance, fuel FROM meter_day
WHERE machine_id = %(machine)s AND day_at > %(at)s AND hours[3] <> 'NaN' ORDER BY day_at LIMIT 1
"""


async def find_first_with_hours(conn: ReadConnection, machine: int, at: datetime) -> MeterDay | None:
    """The first day of a machine after an instant by whose end the total of its hours is known."""
    row = await (await conn.execute(FIRST_WITH_HOURS, {"machine": machine, "at": at})).fetchone()
    return None if row is None else MeterDay(*row)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterChangeRow:
    """A change of a meter as it was entered."""

    number: int
    id: UUID
    machine_id: int
    meter: str
    kind: str
    at: datetime
    old_value: float | None
    new_value: float
    note: str | None
    entered_at: datetime
    entered_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


_CHANGES: LiteralString = """
SELECT change_id AS number, public_id AS id, machine_id, meter, kind, at, old_value, new_value, note, entered_at,
    by_name AS entered_by, withdrawn_at, withdrawn_by
FROM meter_change
"""
OF_MACHINES: LiteralString = (
    _CHANGES + "WHERE machine_id = ANY(%(machines)s) AND withdrawn_at IS NULL ORDER BY machine_id, at, change_id"
)
OF_MACHINE: LiteralString = (
    _CHANGES
    + """WHERE machine_id = %(machine)s AND change_id < %(before)s
    AND (%(id)s::uuid IS NULL OR public_id = %(id)s) {seen}
ORDER BY change_id DESC LIMIT %(limit)s
"""
)


def list_changes(conn: Connection, machines: Sequence[int]) -> list[MeterChangeRow]:
    """The changes of machines that were not withdrawn, in the order of their time."""
    with conn.cursor(row_factory=class_row(MeterChangeRow)) as cursor:
        return cursor.execute(OF_MACHINES, {"machines": list(machines)}).fetchall()


async def list_machine_changes(
    conn: ReadConnection,
    scope: Scope,
    machine: int,
    *,
    change: UUID | None = None,
    before: int = 2**63 - 1,
    limit: int = 1,
) -> list[MeterChangeRow]:
    """What was entered of a machine's meters while the scope saw its hours, the newest first, withdrawn ones too; of
    one id."""
    statement = sql.SQL(OF_MACHINE).format(seen=and_seen(scope, "meter_change.machine_id", "meter_change.entered_at"))
    given = {"machine": machine, "id": change, "before": before, "limit": limit} | scope.parameters
    async with conn.cursor(row_factory=class_row(MeterChangeRow)) as cursor:
        return await (await cursor.execute(statement, given)).fetchall()


INSERT_CHANGE: LiteralString = """
INSERT INTO meter_change (public_id, machine_id, meter, kind, at, old_value, new_value, note, entered_at, by_name)
VALUES (%(id)s, %(machine)s, %(meter)s, %(kind)s, %(at)s, %(old_value)s, %(new_value)s, %(note)s, %(now)s, %(by)s)
"""
WITHDRAW_CHANGE: LiteralString = """
UPDATE meter_change SET withdrawn_at = %(now)s, withdrawn_by = %(by)s WHERE public_id = %(id)s AND withdrawn_at IS NULL
"""
RECOUNT: LiteralString = """
UPDATE maintenance_machine SET next_at = '-infinity', recount_from = least(recount_from, %(from)s)
WHERE machine_id = %(machine)s
"""


async def insert_change(conn: ReadConnection, machine: int, given: dict[str, Any], *, by: str, now: datetime) -> UUID:
    """Enter a change and have the machine counted anew from its time on; given: meter, kind, at, old_value, ..."""
    change = uuid7(int(now.timestamp() * 1000))
    await conn.execute(INSERT_CHANGE, given | {"id": change, "machine": machine, "by": by, "now": now})
    await conn.execute(RECOUNT, {"machine": machine, "from": given["at"]})
    return change


async def withdraw_change(conn: ReadConnection, change: MeterChangeRow, *, by: str, now: datetime) -> bool:
    """Take a change back and have the machine counted anew; False when somebody already had."""
    done = await conn.execute(WITHDRAW_CHANGE, {"id": change.id, "by": by, "now": now})
    await conn.execute(RECOUNT, {"machine": change.machine_id, "from": change.at})
    return done.rowcount == 1


# What rollups of days that had been counted already are recounted for.
COUNT_AGAIN: LiteralString = """
UPDATE maintenance_machine m SET next_at = '-infinity', recount_from = least(m.recount_from, t.from_at)
FROM (SELECT machine_id, min(from_at) AS from_at FROM taken GROUP BY machine_id) t
WHERE m.machine_id = t.machine_id AND t.from_at < now() - interval '2 days'
"""
