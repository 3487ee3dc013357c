"""A maintenance plan: what is to be done on machines of a model or a kind, how often, and when somebody is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Recurrence = Literal["floating", "fixed", "once"]
"""floating: the next interval begins when the work was done; fixed: where it would have begun had it been done in
time; once: a running-in service, at that reading of the meter and never again."""
Task = Literal["service", "inspection"]


class Dimension(StrEnum):
    """What an interval is measured in: engine hours, kilometres, litres burnt, days."""

    HOURS = "h"
    DISTANCE = "km"
    FUEL = "l"
    DAYS = "days"


class State(StrEnum):
    """How an item stands, in the order of urgency."""

    OVERDUE = "overdue"
    DUE = "due"
    SOON = "soon"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """When somebody is told: so many of each unit after the item is due, negative before; None: not by this one."""

    key: str
    h: float | None = None
    km: float | None = None
    l: float | None = None  # noqa: E741 - the unit's own sign, beside h, km and days
    days: float | None = None

    def offset(self, dimension: Dimension) -> float | None:
        """The offset in this dimension."""
        found: float | None = getattr(self, dimension.value)
        return found

    @property
    def state(self) -> State:
        """What an item is whose last stage reached is this one: `soon` before its due point, `overdue` after it."""
        offsets = [offset for dimension in Dimension if (offset := self.offset(dimension)) is not None]
        if max(offsets) > 0:
            return State.OVERDUE
        return State.SOON if min(offsets) < 0 else State.DUE


DEFAULT_STAGES = (
    Stage(key="soon", h=-50, km=-1000, l=-1000, days=-14),
    Stage(key="due", h=0, km=0, l=0, days=0),
    Stage(key="overdue", h=25, km=500, l=500, days=14),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPart:
    """A part that an item takes."""

    code: str
    name: str
    quantity: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A point of an inspection's check-list."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to be done; due when the first of its intervals is over, or when `wear` says so.

    every_h, every_km, every_l, every_months: > 0. wear: key of an index of diagnosis/wear whose outlook ends a cycle.
    tell_at: keys of the stages at which somebody is told, of all when empty.
    """

    code: str
    zh: str
    en: str
    task: Task = "service"
    recurrence: Recurrence = "floating"
    every_h: float | None = None
    every_km: float | None = None
    every_l: float | None = None
    every_months: int | None = None
    wear: str | None = None
    tell_at: Sequence[str] = ()
    minutes: int | None = None
    parts: Sequence[PlanPart] = ()
    checks: Sequence[Check] = ()

    @property
    def intervals(self) -> Mapping[Dimension, float]:
        """The intervals by meters; months are not among them."""
        given = {Dimension.HOURS: self.every_h, Dimension.DISTANCE: self.every_km, Dimension.FUEL: self.every_l}
        return {dimension: every for dimension, every in given.items() if every is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What machines of a model (by name) or of a kind (by code) need. A model's own plan stands in its kind's place.

    tell: who is reminded, 'owner' and 'dealer'. source: where its intervals come from.
    """

    name: str
    items: Sequence[Item]
    kind: str | None = None
    model: str | None = None
    source: str = ""
    tell: Sequence[str] = ("owner", "dealer")
    stages: Sequence[Stage] = field(default=DEFAULT_STAGES)
