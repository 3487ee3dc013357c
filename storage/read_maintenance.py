"""Maintenance as people see it: what is due, of one machine and of all, what was done, and reminders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.few_machines import FEW
from storage.hours_sight import and_seen
from storage.ids import uuid7
from storage.keyset import execute, list_rows
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """An item of a machine and where it stands."""

    machine_number: int
    machine_id: UUID
    machine_name: str
    item: str
    zh: str
    en: str
    task: str
    rank: int
    cycle: int
    began_at: datetime
    from_day: date
    carry: dict[str, float]
    left_over: dict[str, float]
    due_low: date | None
    due_on: date | None
    due_high: date | None
    snoozed_until: datetime | None
    evaluated_at: datetime
    plan_id: int


_MINE: LiteralString = """
SELECT machine_id FROM ownership
WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
UNION ALL
SELECT machine_id FROM sharing
WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
    AND data_class IN ('all', 'readings', 'hours')
LIMIT %(few)s
"""
_EVER_MINE: LiteralString = """
SELECT machine_id FROM ownership WHERE organisation_id = ANY(%(organisations)s)
UNION ALL
SELECT machine_id FROM sharing
WHERE organisation_id = ANY(%(organisations)s) AND data_class IN ('all', 'readings', 'hours')
LIMIT %(few)s
"""
_DUE: LiteralString = """
SELECT i.machine_id AS machine_number, m.public_id AS machine_id, m.name AS machine_name, i.item, i.zh, i.en, i.task,
    i.rank, i.cycle, i.began_at, i.from_day, i.carry, i.left_over, i.due_low, i.due_high,
    CASE WHEN isfinite(i.due_on) THEN i.due_on END AS due_on,
    CASE WHEN i.snoozed_until > %(now)s THEN i.snoozed_until END AS snoozed_until, i.evaluated_at, i.plan_id
FROM maintenance_item i JOIN machine m USING (machine_id) LEFT JOIN machine_model mm USING (model_id)
WHERE i.is_active {conditions}
ORDER BY i.rank, i.due_on, i.machine_id, i.item LIMIT %(limit)s
"""
_FILTERS: dict[str, LiteralString] = {
    "ranks": "i.rank = ANY(%(ranks)s)",
    "machine": "i.machine_id = %(machine)s",
    "site": "m.site_id = (SELECT site_id FROM site WHERE public_id = %(site)s)",
    "kind": "mm.kind = %(kind)s",
    "task": "i.task = %(task)s",
    "after": "(i.rank, i.due_on, i.machine_id, i.item) > "
    "(%(after_rank)s::smallint, %(after_due)s::date, %(after_machine)s::int, %(after_item)s::text)",
    "mine": "i.machine_id = ANY(%(mine)s)",
}
Row = TypeVar("Row")
Place = tuple[int, str, int, str]
"""Where a page ends: rank, due_on ('infinity' for none), inner machine id, item."""


async def list_due(
    conn: Connection, scope: Scope, wanted: Mapping[str, Any], *, after: Place | None, limit: int, now: datetime
) -> list[DueRow]:
    """Items of plans that the scope sees now, the most urgent first; wanted: ranks, machine (inner id), site, kind,
    task, None: any."""
    given = {name: value for name, value in wanted.items() if value is not None}
    if after is not None:
        given |= dict(zip(("after_rank", "after_due", "after_machine", "after_item"), after, strict=True), after=True)
    if not scope.sees_all:
        given |= await _few(conn, _MINE, scope.parameters | {"now": now})
    conditions = [sql.SQL("AND ") + sql.SQL(_FILTERS[name]) for name in _FILTERS if name in given]
    statement = sql.SQL(_DUE).format(
        conditions=sql.SQL(" ").join([*conditions, and_seen(scope, "i.machine_id", "%(now)s")])
    )
    parameters = given | scope.parameters | {"now": now, "limit": limit}
    return await _rows(conn, DueRow, statement, parameters)


async def _few(conn: Connection, statement: LiteralString, given: Mapping[str, Any]) -> dict[str, list[int]]:
    """The machines of a tenant that has few: sorted rather than found on a walk past everybody's."""
    mine = await (await conn.execute(statement, dict(given) | {"few": FEW + 1})).fetchall()
    return {"mine": [row[0] for row in mine]} if len(mine) <= FEW else {}


async def _rows(conn: Connection, kind: type[Row], statement: sql.Composed, given: Mapping[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        return await (await cursor.execute(statement, given)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """Where a machine's meters stand, and the plan that it follows; as_of None: it was not looked at yet."""

    as_of: datetime | None
    hours_h: float | None
    hours_offset_h: float | None
    distance_km: float | None
    fuel_l: float | None
    plan_id: UUID | None
    plan_name: str | None
    content: dict[str, Any] | None
    time_zone: str


MACHINE: LiteralString = """
SELECT CASE WHEN isfinite(s.as_of) THEN s.as_of END AS as_of, s.hours_h, s.hours_offset_h, s.distance_km, s.fuel_l,
    p.public_id AS plan_id, p.name AS plan_name, v.content, coalesce(t.time_zone, 'UTC') AS time_zone
FROM machine m LEFT JOIN maintenance_machine s USING (machine_id) LEFT JOIN site t ON t.site_id = m.site_id
LEFT JOIN machine_model mm ON mm.model_id = m.model_id
LEFT JOIN LATERAL (
    SELECT * FROM maintenance_plan x
    WHERE x.retired_at IS NULL AND (x.model_id = m.model_id OR x.kind = mm.kind)
    ORDER BY x.model_id NULLS LAST LIMIT 1
) p ON TRUE
LEFT JOIN maintenance_plan_version v ON v.plan_id = p.plan_id AND v.version = p.version
WHERE m.machine_id = %(machine)s
"""


async def read_machine(conn: Connection, machine: int) -> MachineRow:
    """The row of a machine that the caller was found to see."""
    (row,) = await list_rows(conn, MachineRow, MACHINE, {"machine": machine})
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRow:
    """Work on an item as it was recorded; before: the cycle that it ended."""

    number: int
    id: UUID
    service_id: UUID
    item: str
    zh: str
    en: str
    cycle: int
    done_at: datetime
    hours_h: float | None
    minutes: int | None
    parts: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    note: str | None
    recorded_at: datetime
    recorded_by: str
    before: dict[str, Any]
    corrects: UUID | None


_DONE: LiteralString = """
SELECT d.done_id AS number, d.public_id AS id, d.service_id, d.item, d.zh, d.en, d.cycle, d.done_at, d.hours_h,
    d.minutes, d.parts, d.checks, d.note, d.recorded_at, d.by_name AS recorded_by, d.before,
    c.public_id AS corrects
FROM maintenance_done d LEFT JOIN maintenance_done c ON c.done_id = d.corrects
WHERE d.machine_id = %(machine)s AND (%(id)s::uuid IS NULL OR d.public_id = %(id)s)
    AND d.done_id < %(before)s AND (%(item)s::text IS NULL OR d.item = %(item)s) {seen}
ORDER BY d.done_id DESC LIMIT %(limit)s
"""
INSERT_DONE: LiteralString = """
INSERT INTO maintenance_done (public_id, service_id, machine_id, item, zh, en, cycle, done_at, hours_h, minutes, parts,
    checks, note, recorded_at, by_name, before, corrects)
VALUES (%(id)s, %(service_id)s, %(machine)s, %(item)s, %(zh)s, %(en)s, %(cycle)s, %(done_at)s, %(hours_h)s,
    %(minutes)s, %(parts)s, %(checks)s, %(note)s, %(now)s, %(by)s, %(before)s,
    (SELECT done_id FROM maintenance_done WHERE public_id = %(corrects)s))
RETURNING public_id
"""
_DONE_REFUSED = {
    "maintenance_done_once": ("maintenance_done_already", "items"),
    "maintenance_done_corrects_key": ("maintenance_corrected_already", "corrects"),
}
# The cycle is the one from which the next was worked out: two at once cannot both end it.
NEXT_CYCLE: LiteralString = """
UPDATE maintenance_item SET is_active = %(is_active)s, cycle = %(next)s, began_at = %(began_at)s,
    from_day = %(from_day)s, carry = %(carry)s, rank = 3, stage = -1, stage_key = NULL, turn = 0,
    left_over = '{}', due_low = NULL,
    due_on = 'infinity', due_high = NULL, snoozed_until = NULL, snoozed_by = NULL, snooze_reason = NULL, snoozes = 0
WHERE machine_id = %(machine)s AND item = %(item)s AND cycle = %(cycle)s RETURNING cycle
"""
LOOK_AT: LiteralString = """
UPDATE maintenance_machine SET next_at = '-infinity', forecast_on = NULL WHERE machine_id = %(machine)s
"""


async def list_done(
    conn: Connection,
    scope: Scope,
    machine: int,
    *,
    record: UUID | None = None,
    item: str | None = None,
    before: int = 2**63 - 1,
    limit: int = 1,
) -> list[DoneRow]:
    """What was recorded of a machine while the scope saw its hours, the newest first; of one id, of one item."""
    statement = sql.SQL(_DONE).format(seen=and_seen(scope, "d.machine_id", "d.recorded_at"))
    given = {"machine": machine, "id": record, "item": item, "before": before, "limit": limit}
    return await _rows(conn, DoneRow, statement, given | scope.parameters)


async def insert_done(conn: Connection, machine: int, given: Mapping[str, Any], *, by: str, now: datetime) -> UUID:
    """Keep a record; given: its columns. Raises Conflict when its cycle, or the record it corrects, has one."""
    own = {name: Jsonb(given[name]) for name in ("parts", "checks", "before")}
    parameters = dict(given) | own | {"id": uuid7(), "machine": machine, "by": by, "now": now}
    row = await execute(conn, INSERT_DONE, parameters, refused=_DONE_REFUSED)
    assert row is not None  # RETURNING of an insert without a condition
    return UUID(str(row[0]))


async def begin_cycle(conn: Connection, machine: int, given: Mapping[str, Any]) -> bool:
    """Begin the next cycle of an item that is in cycle `cycle`; False when it is not any more."""
    parameters = dict(given) | {"machine": machine, "carry": Jsonb(given["carry"])}
    return await execute(conn, NEXT_CYCLE, parameters, refused={}) is not None


async def look_at(conn: Connection, machine: int) -> None:
    """Have a machine looked at again at the next tick, and keep others from changing its items until the transaction's
    end; waits for a tick that is at it."""
    await conn.execute(LOOK_AT, {"machine": machine})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRow:
    """A reminder with its machine, and whether the work is still to be done."""

    number: int
    id: UUID
    machine_number: int
    machine_id: UUID
    machine_name: str
    item: str
    zh: str
    en: str
    cycle: int
    stage: str
    state: str
    at: datetime
    is_open: bool
    detail: dict[str, Any]
    snoozed_until: datetime | None
    snoozed_by: str | None


_REMINDERS: LiteralString = """
SELECT r.reminder_id AS number, r.public_id AS id, r.machine_id AS machine_number, m.public_id AS machine_id,
    CASE WHEN {seen_now} THEN m.name ELSE m.pin END AS machine_name, r.item, r.item_zh AS zh, r.item_en AS en, r.cycle,
    r.stage, r.state, r.at,
    coalesce(i.is_active, FALSE) AS is_open, r.detail,
    CASE WHEN i.snoozed_until > %(now)s THEN i.snoozed_until END AS snoozed_until,
    CASE WHEN i.snoozed_until > %(now)s THEN i.snoozed_by END AS snoozed_by
FROM reminder r JOIN machine m USING (machine_id)
LEFT JOIN maintenance_item i ON i.machine_id = r.machine_id AND i.item = r.item AND i.cycle = r.cycle
WHERE TRUE {conditions} ORDER BY r.reminder_id DESC LIMIT %(limit)s
"""
_REMINDER_FILTERS: dict[str, LiteralString] = {
    "id": "r.public_id = %(id)s",
    "machine": "r.machine_id = %(machine)s",
    "state": "r.state = %(state)s",
    "is_open": "coalesce(i.is_active, FALSE) = %(is_open)s",
    "before": "r.reminder_id < %(before)s",
    "mine": "r.machine_id = ANY(%(mine)s)",
}


async def list_reminders(
    conn: Connection, scope: Scope, wanted: Mapping[str, Any], *, limit: int, now: datetime
) -> list[ReminderRow]:
    """Reminders of the time in which the scope saw the machine, the newest first; wanted: id, machine (inner id),
    state, is_open, before (a number), None: any."""
    given = {name: value for name, value in wanted.items() if value is not None}
    if not scope.sees_all:
        given |= await _few(conn, _EVER_MINE, scope.parameters)
    conditions = [sql.SQL("AND ") + sql.SQL(_REMINDER_FILTERS[name]) for name in given]
    seen = and_seen(scope, "r.machine_id", "r.at")
    seen_now = sql.SQL("TRUE" if scope.sees_all else SEEN_NOW)
    statement = sql.SQL(_REMINDERS).format(conditions=sql.SQL(" ").join([*conditions, seen]), seen_now=seen_now)
    return await _rows(conn, ReminderRow, statement, given | scope.parameters | {"now": now, "limit": limit})


SNOOZE: LiteralString = """
UPDATE maintenance_item SET snoozed_until = %(until)s, snoozed_by = %(by)s, snooze_reason = %(reason)s,
    snoozes = snoozes + 1
WHERE machine_id = %(machine)s AND item = %(item)s AND cycle = %(cycle)s AND is_active RETURNING snoozes
"""


async def snooze_item(conn: Connection, reminder: ReminderRow, given: Mapping[str, Any]) -> bool:
    """Say nothing of an item of this cycle until given["until"]; False when the cycle is over."""
    parameters = dict(given) | {"machine": reminder.machine_number, "item": reminder.item, "cycle": reminder.cycle}
    return await execute(conn, SNOOZE, parameters, refused={}) is not None
