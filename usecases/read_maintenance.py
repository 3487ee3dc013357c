"""What machines need and when: of one machine with its meters, and of all that somebody sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from alerts.maintenance.plan import Check, State
from fleet.data_classes import DataClass
from fleet.errors import InvalidInput, NotFound
from storage import read_maintenance as rows
from storage.read_maintenance import DueRow, Place
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, get_machine_key
from usecases.plan_members import plan_of
from usecases.read_alarm_words import Words

RANKS = tuple(State)
MOST_ITEMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left until an item is due, negative beyond."""

    h: float | None = None
    km: float | None = None
    l: float | None = None  # noqa: E741 - the unit's own sign, beside h, km and days
    days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """An item of a machine's plan; see api.schemas.maintenance."""

    machine_id: str
    machine_name: str
    item: str
    text: Words
    task: str
    state: str
    cycle: int
    left: Left
    due_low: date | None
    due_on: date | None
    due_high: date | None
    snoozed_until: datetime | None
    evaluated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPoint:
    """A point of a check-list."""

    code: str
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineItem(DueItem):
    """An item with its check-list, as the plan in force has it; empty: it has none."""

    checks: list[CheckPoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[DueItem]
    end: Place | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFilter:
    """Which items; None and () are no condition."""

    states: Sequence[str] = ()
    site: UUID | None = None
    kind: str | None = None
    task: str | None = None


async def list_due(
    conn: Connection,
    scope: Scope,
    wanted: DueFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    now: datetime,
) -> DuePage:
    """Items of the machines whose hours the scope sees now, the most urgent first."""
    ranks = [RANKS.index(State(state)) for state in wanted.states] or None
    given = {"ranks": ranks, "site": wanted.site, "kind": wanted.kind, "task": wanted.task}
    found = await rows.list_due(conn, scope, given, after=_place(after), limit=limit + 1, now=now)
    end = _end(found[limit - 1]) if len(found) > limit else None
    return DuePage(items=[shown(row) for row in found[:limit]], end=end)


def _place(after: Sequence[str | int | None] | None) -> Place | None:
    match after:
        case None:
            return None
        case [int(rank), str(due), int(machine), str(item)] if 0 <= rank < len(RANKS) and 0 < machine < 2**31:
            if due == "infinity" or _is_date(due):
                return rank, due, machine, item
    raise InvalidInput("cursor_foreign", where="cursor")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _end(row: DueRow) -> Place:
    return row.rank, "infinity" if row.due_on is None else row.due_on.isoformat(), row.machine_number, row.item


def shown(row: DueRow) -> DueItem:
    """What answers show of a row."""
    return DueItem(
        machine_id=str(row.machine_id),
        machine_name=row.machine_name,
        item=row.item,
        text=Words(zh=row.zh, en=row.en),
        task=row.task,
        state=RANKS[row.rank].value,
        cycle=row.cycle,
        left=Left(**row.left_over),
        due_low=row.due_low,
        due_on=row.due_on,
        due_high=row.due_high,
        snoozed_until=row.snoozed_until,
        evaluated_at=row.evaluated_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineMeters:
    """Where a machine's meters stand; see api.schemas.maintenance."""

    engine_hours_h: float | None
    meter_offset_h: float
    distance_km: float | None
    fuel_used_l: float | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineMaintenance:
    """A machine's meters and the items of its plan."""

    machine_id: str
    plan_id: str | None
    plan_name: str | None
    meters: MachineMeters
    items: list[MachineItem]


async def get_own(conn: Connection, scope: Scope, reference: str, *, now: datetime) -> MachineKey:
    """The machine, if the scope sees its hours now: who sold it has nothing to do with its maintenance any more.

    Raises NotFound.
    """
    key = await get_machine_key(conn, scope, reference)
    if not key.sight.sees(DataClass.HOURS, now):
        raise NotFound
    return key


async def get_maintenance(conn: Connection, scope: Scope, reference: str, *, now: datetime) -> MachineMaintenance:
    """The meters of a machine and where each item of its plan stands, the most urgent first. Raises NotFound."""
    key = await get_own(conn, scope, reference, now=now)
    machine = await rows.read_machine(conn, key.machine_id)
    given: Mapping[str, Any] = {"machine": key.machine_id}
    found = await rows.list_due(conn, scope, given, after=None, limit=MOST_ITEMS, now=now)
    checks = {} if machine.content is None else {one.code: one.checks for one in plan_of(machine.content).items}
    meters = MachineMeters(
        engine_hours_h=machine.hours_h,
        meter_offset_h=machine.hours_offset_h or 0.0,
        distance_km=machine.distance_km,
        fuel_used_l=machine.fuel_l,
        as_of=machine.as_of,
    )
    return MachineMaintenance(
        machine_id=str(key.public_id),
        plan_id=None if machine.plan_id is None else str(machine.plan_id),
        plan_name=machine.plan_name,
        meters=meters,
        items=[_with_checks(row, checks.get(row.item, ())) for row in found],
    )


def _with_checks(row: DueRow, checks: Sequence[Check]) -> MachineItem:
    item, points = shown(row), [CheckPoint(code=one.code, text=Words(zh=one.zh, en=one.en)) for one in checks]
    return MachineItem(**{one.name: getattr(item, one.name) for one in fields(item)}, checks=points)
