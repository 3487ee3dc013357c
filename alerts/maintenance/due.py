"""Where an item of a plan stands on a machine: what is left of its intervals, which stage it has reached, and the
interval that begins when it was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import floor, isfinite

from alerts.maintenance.plan import Dimension, Item, Stage, State

METERED = (Dimension.HOURS, Dimension.DISTANCE, Dimension.FUEL)
DAYS_A_MONTH = 30.4375
WEAR_AFTER_DAYS = 14
"""A condition index says nothing of a cycle younger than this: its trend is still that of the part before."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE_AT_MOST = 0.5
"""No stage comes earlier than so much of an interval before its end, whatever its offset says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One interval of an item on a machine, from the time before until the time it is done.

    from_day: what months count from. carry: what is added to the meters' readings at began_at to have those that the
    interval counts from: of a fixed recurrence where it should have begun, of work whose hours were read where it did.
    """

    number: int
    began_at: datetime
    from_day: date
    carry: Mapping[Dimension, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is known at an instant. used: since the cycle began, by meter, without what is not heard of; wear_at: when
    the item's condition index reaches its limit by the pessimistic end of its outlook, None: it is not known to."""

    at: datetime
    day: date
    used: Mapping[Dimension, float]
    wear_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an item stands. left: what is left, negative beyond; stage: position of the last stage reached, -1 none."""

    state: State
    stage: int
    left: Mapping[Dimension, float]


def standing(item: Item, cycle: Cycle, now: Now, stages: Sequence[Stage]) -> Standing:
    """Where the item stands: the last stage that any of its intervals has reached counts; the first to be over."""
    left = left_of(item, cycle, now)
    reached = [place for place, stage in enumerate(stages) if _is_reached(stage, item, left)]
    stage = max(reached, default=-1)
    return Standing(state=stages[stage].state if reached else State.OK, stage=stage, left=left)


def left_of(item: Item, cycle: Cycle, now: Now) -> dict[Dimension, float]:
    """What is left of each interval that can be told; of months and of wear the nearer, as days."""
    left = {
        dimension: every + cycle.carry.get(dimension, 0.0) - now.used[dimension]
        for dimension, every in item.intervals.items()
        if dimension in now.used and isfinite(now.used[dimension])
    }
    days = []
    if item.every_months is not None:
        days.append(float((add_months(cycle.from_day, item.every_months) - now.day).days))
    if item.wear is not None and now.wear_at is not None and now.at - cycle.began_at > timedelta(WEAR_AFTER_DAYS):
        days.append((now.wear_at - now.at) / timedelta(days=1))
    return left | ({Dimension.DAYS: min(days)} if days else {})


def _is_reached(stage: Stage, item: Item, left: Mapping[Dimension, float]) -> bool:
    for dimension, rest in left.items():
        offset = stage.offset(dimension)
        if offset is not None and rest <= -max(offset, -BEFORE_AT_MOST * _interval(item, dimension)):
            return True
    return False


def _interval(item: Item, dimension: Dimension) -> float:
    if dimension is Dimension.DAYS:
        return float("inf") if item.every_months is None else item.every_months * DAYS_A_MONTH
    return item.intervals[dimension]


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def first_cycle(item: Item, now: Now, totals: Mapping[Dimension, float]) -> Cycle | None:
    """The cycle of a machine of which no work was ever recorded: as if all had been done in time, counted from 0 of its
    totals, or of what is known of it where those are not.

    It begins before anything was heard of the machine, now.used: since then, so that hours which come late count. None
    for a running-in service whose time is past; totals: those that are known. What was never heard of has no carry yet:
    a machine is registered before its terminal tells how old it is.
    """
    carry = {}
    for dimension, every in item.intervals.items():
        used = now.used.get(dimension, 0.0)
        if not used and dimension not in totals:
            continue
        total = totals.get(dimension, used)
        if item.recurrence == "once" and total > every:
            return None
        carry[dimension] = used - (total if item.recurrence == "once" else total % every)
    return Cycle(number=1, began_at=EVER, from_day=now.day, carry=carry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """When the work was done; used: since its cycle began, and by how much what was read on the spot is more."""

    at: datetime
    day: date
    used: Mapping[Dimension, float]
    read_more: Mapping[Dimension, float] = field(default_factory=dict)


def next_cycle(item: Item, cycle: Cycle, done: Done) -> Cycle | None:
    """The cycle that begins with the work; None after a running-in service.

    Of a fixed recurrence it begins where the interval that was nearest to being over when the work was done ended:
    early and late work move nothing, and intervals that were missed altogether are not made up for. Work in the first
    half of an interval was of the one before and ends none: the next is never due later than one and a half after it.
    """
    if item.recurrence == "once":
        return None
    if item.recurrence == "floating":
        return Cycle(number=cycle.number + 1, began_at=done.at, from_day=done.day, carry=dict(done.read_more))
    carry = {}
    for dimension, every in item.intervals.items():
        if dimension in done.used and isfinite(done.used[dimension]):
            used = done.used[dimension] + done.read_more.get(dimension, 0.0) - cycle.carry.get(dimension, 0.0)
            carry[dimension] = _passed(used, every) * every - used + done.read_more.get(dimension, 0.0)
    from_day = done.day
    if item.every_months is not None:
        months = _passed((done.day - cycle.from_day).days / DAYS_A_MONTH, item.every_months) * item.every_months
        from_day = add_months(cycle.from_day, months)
    return Cycle(number=cycle.number + 1, began_at=done.at, from_day=from_day, carry=carry)


def _passed(used: float, every: float) -> int:
    """How many intervals the work ends: the nearest number."""
    return max(0, floor(used / every + 0.5))
