"""The step that looks at machines one after the other: counts their meters, says where each item of their plan stands
and when it will be due, and reminds of every stage of a cycle once."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

import msgspec

from alerts.maintenance.due import Cycle, Now, Standing, first_cycle, standing
from alerts.maintenance.forecast import Range
from alerts.maintenance.meters import METERS
from alerts.maintenance.plan import Dimension, Item, Plan, Stage, State
from fleet.signals import Catalogue
from storage import maintenance as rows
from storage.ids import uuid7
from storage.maintenance import ItemRow, MachineDue, NewReminder
from storage.meters import MeterDay, list_days_before
from storage.pool import Connection
from storage.signals_write import load_catalogue
from usecases.count_meters import DAY, States, count_meters, midnight, states_of, used_at
from usecases.forecast_maintenance import OF_DIMENSION, Forecasts, local_day

EVERY = timedelta(hours=1)
AT_ONCE = 50
BUDGET_S = 30.0
RANKS = tuple(State)


class MaintenanceStep:
    """The step of `ecc diagnose`."""

    def step(self, conn: Connection, now: datetime) -> bool:
        """Look at machines whose time has come; True when there are more."""
        return remind_maintenance(conn, now=now).is_more


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a pass did."""

    machines: int
    reminders: int
    is_more: bool


def remind_maintenance(
    conn: Connection, *, now: datetime, budget_s: float = BUDGET_S, clock: Callable[[], float] = time.monotonic
) -> Reminded:
    """Look at the machines whose time has come, a few a transaction, until the budget is used up.

    A machine's meters, items, reminders, their entries of the event log and their notices are one transaction.
    """
    begun, machines, reminders = clock(), 0, 0
    catalogue = load_catalogue(conn)
    plans = {
        plan: (version, msgspec.convert(content, Plan))
        for plan, (version, content) in rows.list_plans_in_force(conn).items()
    }
    while picked := rows.pick_machines(conn, now=now, limit=AT_ONCE):
        if clock() - begun > budget_s:
            return Reminded(machines, reminders, is_more=True)
        with conn.transaction():
            due = rows.lock_machines(conn, picked)
            reminders += _look_at(conn, due, plans, catalogue, now)
        machines += len(due)
        if len(due) < len(picked):
            break  # somebody is changing the others
    return Reminded(machines, reminders, is_more=False)


Plans = Mapping[int, tuple[int, Plan]]


def _look_at(conn: Connection, due: Sequence[MachineDue], plans: Plans, catalogue: Catalogue, now: datetime) -> int:
    """Look at machines whose rows are locked; returns how many reminders that made."""
    machines = [one.machine_id for one in due]
    totals = count_meters(conn, due, catalogue, now=now)
    items = _begun(due, plans, _by_machine(rows.list_items(conn, machines)), totals, now)
    begins = _Begins.read(conn, items, now)
    forecast = Forecasts.read(conn, due, now)
    wear = rows.list_wear(conn, machines)
    saved, told, kept = [], [], {}
    for one in due:
        version, plan = plans.get(one.plan_id or 0, (0, Plan(name="", items=())))
        look = _Look(one, plan, totals[one.machine_id], now)
        for item in plan.items:
            row = items.get((one.machine_id, item.code))
            if row is None or (not row.is_active and item.recurrence == "once"):
                continue
            wear_at = wear.get((one.machine_id, item.wear)) if item.wear else None
            found = standing(item, cycle_of(row), look.now(begins.used(row), wear_at), plan.stages)
            ahead = forecast.range_of(one.machine_id, found)
            saved.append(_saved(row, item, found, ahead, look) | {"plan_id": one.plan_id, "plan_version": version})
            told += _reminders(row, item, found, saved[-1], look)
        if one.plan_id is None or one.plan_id in plans:  # else it was entered since, and the next pass knows it
            kept[one.machine_id] = [item.code for item in plan.items if (one.machine_id, item.code) in items]
    rows.save_items(conn, saved)
    rows.end_items(conn, kept, now=now)
    rows.save_machines(conn, [_machine(one, totals[one.machine_id], now) for one in due])
    return sum(rows.remind(conn, reminder, at=now) for reminder in told)


Items = dict[tuple[int, str], ItemRow]


def _by_machine(items: Sequence[ItemRow]) -> Items:
    return {(row.machine_id, row.item): row for row in items}


def _begun(due: Sequence[MachineDue], plans: Plans, items: Items, totals: Mapping[int, States], now: datetime) -> Items:
    """The items with those that begin now."""
    for one in due:
        if one.plan_id is None or one.plan_id not in plans:
            continue
        day = local_day(now, one.time_zone)
        states = {dimension: totals[one.machine_id][meter] for dimension, meter in OF_DIMENSION.items()}
        known = {dimension: state.total for dimension, state in states.items() if isfinite(state.total)}
        begin = Now(at=now, day=day, used={dimension: state.used for dimension, state in states.items()})
        for item in plans[one.plan_id][1].items:
            row = items.get((one.machine_id, item.code))
            if row is None or _awaits_meter(row, item):
                cycle = first_cycle(item, begin, known)
                if cycle is None:  # its time is past, as is known now
                    items.pop((one.machine_id, item.code), None)
                    continue
                made = _new_row(one.machine_id, item, cycle)
                items[one.machine_id, item.code] = made if row is None else replace(row, carry=made.carry | row.carry)
            elif row.read_h is not None and Dimension.HOURS in known and Dimension.HOURS.value not in row.carry:
                began = row.read_h if item.recurrence == "floating" else _nearest(row.read_h, item)
                carry = {Dimension.HOURS.value: began - known[Dimension.HOURS] + begin.used[Dimension.HOURS]}
                items[one.machine_id, item.code] = replace(row, carry=row.carry | carry)
    return items


def _nearest(read_h: float, item: Item) -> float:
    """Where the interval that ends there should have ended, of work whose hours were read."""
    every = item.intervals.get(Dimension.HOURS)
    return read_h if every is None else every * round(read_h / every)


def _awaits_meter(row: ItemRow, item: Item) -> bool:
    """True of a first cycle that began before a meter it runs on was heard of."""
    return row.cycle == 1 and any(dimension.value not in row.carry for dimension in item.intervals)


def _new_row(machine: int, item: Item, cycle: Cycle) -> ItemRow:
    return ItemRow(
        machine_id=machine,
        item=item.code,
        is_active=True,
        cycle=cycle.number,
        began_at=cycle.began_at,
        from_day=cycle.from_day,
        carry={key.value: value for key, value in cycle.carry.items()},
        stage=-1,
        stage_key=None,
        turn=0,
        due_low=None,
        due_on=None,
        due_high=None,
        snoozed_until=None,
        snoozes=0,
        read_h=None,
    )


def cycle_of(row: ItemRow) -> Cycle:
    """The cycle that an item is in."""
    carry = {Dimension(key): value for key, value in row.carry.items()}
    return Cycle(number=row.cycle, began_at=row.began_at, from_day=row.from_day, carry=carry)


@dataclass(frozen=True, slots=True)
class _Begins:
    """What the meters had grown by when cycles began."""

    days: Mapping[tuple[int, datetime], MeterDay]
    now: datetime

    @classmethod
    def read(cls, conn: Connection, items: Items, now: datetime) -> "_Begins":
        """Two looks a cycle: the last day before it, and its own."""
        asked = {(row.machine_id, midnight(row.began_at) + DAY * after) for row in items.values() for after in (0, 1)}
        asked |= {(row.machine_id, midnight(now) + DAY) for row in items.values()}
        days = list_days_before(conn, [machine for machine, _ in asked], [at for _, at in asked])
        return cls(days, now)

    def used(self, row: ItemRow) -> dict[Dimension, float]:
        """What was used since the row's cycle began, of meters that were ever heard of."""
        begin = midnight(row.began_at)
        before, day = self.days.get((row.machine_id, begin)), self.days.get((row.machine_id, begin + DAY))
        was = used_at(row.began_at, before, day, as_of=self.now)
        last = self.days.get((row.machine_id, midnight(self.now) + DAY))
        if last is None:
            return {}
        states = states_of(last)
        return {
            dimension: states[meter].used - was[meter]
            for dimension, meter in OF_DIMENSION.items()
            if isfinite(states[meter].last) or states[meter].used > 0 or isfinite(states[meter].base)
        }


@dataclass(frozen=True, slots=True)
class _Look:
    """One machine that is looked at."""

    machine: MachineDue
    plan: Plan
    states: States
    at: datetime

    @property
    def day(self) -> date:
        """The day on the clocks of its site."""
        return local_day(self.at, self.machine.time_zone)

    def now(self, used: Mapping[Dimension, float], wear_at: datetime | None) -> Now:
        """What is known of an item."""
        return Now(at=self.at, day=self.day, used=used, wear_at=wear_at)


def _told(row: ItemRow, stages: Sequence[Stage]) -> int:
    """The place in the plan as it is now of the last stage that was told; -1: none, or one that is gone."""
    keys = [stage.key for stage in stages]
    if row.stage_key is None:
        return min(row.stage, len(keys) - 1)
    return keys.index(row.stage_key) if row.stage_key in keys else -1


def _goes_back(row: ItemRow, item: Item, found: Standing, look: _Look) -> bool:
    """Whether an edit of the plan or a correction of the hours has put it before what was told.

    A condition's outlook goes to and fro by itself: of what hangs on one each stage is told once.
    """
    return item.wear is None and found.stage < _told(row, look.plan.stages)


def _saved(row: ItemRow, item: Item, found: Standing, ahead: Range | bool | None, look: _Look) -> dict[str, Any]:
    is_snoozed = row.snoozed_until is not None and row.snoozed_until > look.at
    due: tuple[date | None, ...] = (row.due_low, row.due_on, row.due_high)
    if not isinstance(ahead, bool):
        due = (
            (None, None, None)
            if ahead is None
            else tuple(
                None if days is None else look.day + DAY * days for days in (ahead.low, ahead.middle, ahead.high)
            )
        )
    goes_back = not is_snoozed and _goes_back(row, item, found, look)
    told = _told(row, look.plan.stages)
    stage = told if is_snoozed else found.stage if goes_back else max(told, found.stage)
    return {
        "machine_id": row.machine_id,
        "item": row.item,
        "zh": item.zh,
        "en": item.en,
        "task": item.task,
        "cycle": row.cycle,
        "began_at": row.began_at,
        "from_day": row.from_day,
        "carry": row.carry,
        "rank": RANKS.index(found.state),
        "stage": stage,
        "stage_key": row.stage_key if is_snoozed else look.plan.stages[stage].key if stage >= 0 else None,
        "turn": row.turn + goes_back,
        "left_over": {key.value: round(value, 2) for key, value in found.left.items()},
        "due_low": due[0],
        "due_on": due[1],
        "due_high": due[2],
        "snoozed_until": row.snoozed_until,
        "snoozes": row.snoozes,
        "now": look.at,
    }


def _reminders(row: ItemRow, item: Item, found: Standing, saved: Mapping[str, Any], look: _Look) -> list[NewReminder]:
    """The reminder of a stage that is reached for the first time, or of one whose snooze is over."""
    if found.stage < 0 or saved["stage"] < found.stage:
        return []
    if found.stage > _told(row, look.plan.stages):
        stage = look.plan.stages[found.stage].key
        if item.tell_at and stage not in item.tell_at:
            return []
    elif row.snoozed_until is not None and row.snoozed_until <= look.at:
        stage = f"again:{row.snoozes}"
    else:
        return []
    detail = {"left": saved["left_over"], "minutes": item.minutes, "parts": [asdict(part) for part in item.parts]}
    days = {"due_low_at": saved["due_low"], "due_at": saved["due_on"], "due_high_at": saved["due_high"]}
    detail |= {name: None if day is None else day.isoformat() for name, day in days.items()}
    reminder = NewReminder(
        public_id=uuid7(),
        machine_id=row.machine_id,
        item=row.item,
        item_zh=item.zh,
        item_en=item.en,
        cycle=row.cycle,
        turn=saved["turn"],
        stage=stage,
        state=found.state.value,
        tell=look.plan.tell,
        detail=detail,
    )
    return [reminder]


def _machine(one: MachineDue, states: States, now: datetime) -> dict[str, Any]:
    totals = [states[meter].total for meter in METERS]
    hours, distance, fuel = (total if isfinite(total) else None for total in totals)
    return {
        "machine_id": one.machine_id,
        "as_of": now,
        "next_at": now + EVERY,
        "forecast_on": local_day(now, one.time_zone) if one.plan_id else None,
        "hours_h": hours,
        "hours_offset_h": states["engine_hours_h"].offset,
        "distance_km": distance,
        "fuel_l": fuel,
    }
