"""What machines need and when, work that was done, reminders and meters."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, WithJsonSchema

from alerts.maintenance.meters import Meter
from alerts.maintenance.plan import Task
from api.schemas.accounts import Input
from api.schemas.bodies import At
from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, Words, example
from usecases.record_maintenance import CheckResult

StateName = Literal["overdue", "due", "soon", "ok"]
MeterChangeKind = Literal["replaced", "set"]
ReminderState = Literal["soon", "due", "overdue"]
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
REMINDER_UUID = "0198f3c1-11d0-7a52-8c3e-5f0c9d2b7e20"
CHANGE_UUID = "0198f3c2-11d0-7a52-8c3e-5f0c9d2b7e30"
DONE_UUID = "0198f3c3-11d0-7a52-8c3e-5f0c9d2b7e40"
_LEFT = {"h": 38.5, "km": None, "l": None, "days": 122.0}
_TEXT = {"zh": "更换机油和机油滤清器", "en": "Change engine oil and filter"}
_DUE: dict[str, Any] = {
    "machine_id": MACHINE_UUID,
    "machine_name": "Excavator 12",
    "item": "engine_oil",
    "text": _TEXT,
    "task": "service",
    "state": "soon",
    "cycle": 4,
    "left": _LEFT,
    "due_low": "2026-11-26",
    "due_on": "2026-11-28",
    "due_high": "2026-12-02",
    "snoozed_until": None,
    "evaluated_at": AT,
}


class Left(Shape):
    """What is left until an item is due, negative beyond; null: it has no such interval, or it is not known."""

    h: float | None
    km: float | None
    l: float | None  # noqa: E741 - the unit's own sign, beside h, km and days
    days: float | None


class DueItem(Shape):
    """An item of a machine's plan and where it stands."""

    machine_id: UuidText
    machine_name: str
    item: str
    text: Words
    task: Task
    state: StateName
    cycle: int
    """Raised by one each time the work is recorded."""
    left: Left
    due_low: Day | None
    """Four times in five it becomes due between this day and `due_high`; null: not within a year, or not known."""
    due_on: Day | None
    due_high: Day | None
    snoozed_until: Instant | None
    evaluated_at: Instant

    model_config = example(_DUE)


class CheckPoint(Shape):
    """A point of a check-list."""

    code: str
    text: Words


_LEAKS: dict[str, Any] = {"code": "leaks", "text": {"zh": "渗漏", "en": "Leaks"}}
_INSPECTION = _DUE | {
    "item": "inspection_month",
    "text": {"zh": "月度检查", "en": "Monthly inspection"},
    "task": "inspection",
    "checks": [_LEAKS],
}


class MachineItem(DueItem):
    """An item of a machine's plan with its check-list."""

    checks: list[CheckPoint]
    """What an inspection asks; empty: it has no check-list."""

    model_config = example(_INSPECTION)


class DuePage(Shape):
    """A page of items, the most urgent first."""

    items: list[DueItem]
    next_cursor: str | None

    model_config = example({"items": [_DUE], "next_cursor": None})


class MachineMeters(Shape):
    """Where a machine's meters stand: gap-safe totals of the machine, whatever meter it has now."""

    engine_hours_h: float | None
    """Null: unknown, as its counter was never heard and nobody has set it."""
    meter_offset_h: float
    """What is added to what the hour meter shows now to have the machine's hours."""
    distance_km: float | None
    fuel_used_l: float | None
    as_of: Instant | None


class MachineMaintenance(Shape):
    """A machine's meters and the items of its plan, the most urgent first."""

    machine_id: UuidText
    plan_id: UuidText | None
    """Null: there is no plan for its model or kind."""
    plan_name: str | None
    meters: MachineMeters
    items: list[MachineItem]

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "plan_id": "0198f3c0-11d0-7a52-8c3e-5f0c9d2b7e10",
            "plan_name": "SY365H",
            "meters": {
                "engine_hours_h": 1961.5,
                "meter_offset_h": 0.0,
                "distance_km": None,
                "fuel_used_l": 31200.0,
                "as_of": AT,
            },
            "items": [_DUE | {"checks": []}, _INSPECTION],
        }
    )


class UsedPart(Input):
    """A part that was used."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=200)
    quantity: float = Field(default=1, gt=0, le=10_000)


class CheckDone(Input):
    """What a point of a check-list showed."""

    code: str = Field(min_length=1, max_length=64)
    result: CheckResult
    note: str | None = Field(default=None, max_length=500)


class DoneItem(Input):
    """An item that was done, in the cycle in which the caller sees it."""

    item: str = Field(min_length=1, max_length=64)
    cycle: int = Field(ge=1)
    checks: list[CheckDone] = Field(default=[], max_length=200)


_NEW_DONE: dict[str, Any] = {
    "items": [{"item": "engine_oil", "cycle": 1}],
    "hours_h": None,
    "parts": [{"code": "LF16352", "name": "Oil filter", "quantity": 1}],
    "note": "Oil clear, filter without metal.",
}


class NewService(Input):
    """Work that was done: one item or several."""

    items: list[DoneItem] = Field(min_length=1, max_length=100)
    done_at: At | None = None
    """Left out: now. Of the past: back-dated, and said so by `recorded_at`."""
    hours_h: float | None = Field(default=None, ge=0, le=1_000_000)
    """What the hour meter showed."""
    minutes: int | None = Field(default=None, gt=0, le=100_000)
    parts: list[UsedPart] = Field(default=[], max_length=100)
    note: str | None = Field(default=None, max_length=2000)
    corrects: UUID | None = None
    """The record of the one item's last work that this one replaces."""

    model_config = ConfigDict(json_schema_extra={"example": _NEW_DONE})


_DONE: dict[str, Any] = {
    "id": DONE_UUID,
    "service_id": DONE_UUID,
    "item": "engine_oil",
    "text": _TEXT,
    "cycle": 3,
    "done_at": AT,
    "hours_h": 1500.5,
    "minutes": 55,
    "parts": [{"code": "LF16352", "name": "Oil filter", "quantity": 1.0}],
    "checks": [],
    "note": None,
    "recorded_at": AT,
    "recorded_by": "dealer",
    "corrects": None,
}


class DoneRecord(Shape):
    """Work on an item as it was recorded; `service_id` is shared by what was recorded together."""

    id: UuidText
    service_id: UuidText
    item: str
    text: Words
    cycle: int
    done_at: Instant
    hours_h: float | None
    minutes: int | None
    parts: list[UsedPart]
    checks: list[CheckDone]
    note: str | None
    recorded_at: Instant
    recorded_by: str
    corrects: UuidText | None

    model_config = example(_DONE)


class DonePage(Shape):
    """What was done on a machine, the newest record first."""

    items: list[DoneRecord]
    next_cursor: str | None

    model_config = example({"items": [_DONE], "next_cursor": None})


class OpenCheck(CheckPoint):
    """A point of an item's check-list of which nothing was said."""

    item: str

    model_config = example(_LEAKS | {"item": "inspection_month"})


class Service(Shape):
    """Work as it was recorded."""

    id: UuidText
    items: list[DoneRecord]
    unanswered: list[OpenCheck]
    """What the check-lists of its items still ask; `corrects` records the work again with all answers."""

    model_config = example({"id": DONE_UUID, "items": [_DONE], "unanswered": []})


_REMINDER: dict[str, Any] = {
    "id": REMINDER_UUID,
    "machine_id": MACHINE_UUID,
    "machine_name": "Excavator 12",
    "item": "engine_oil",
    "text": _TEXT,
    "cycle": 4,
    "stage": "soon",
    "state": "soon",
    "at": AT,
    "is_open": True,
    "left": _LEFT,
    "due_low": "2026-11-26",
    "due_on": "2026-11-28",
    "due_high": "2026-12-02",
    "snoozed_until": None,
    "snoozed_by": None,
}


class Reminder(Shape):
    """That a stage of a plan was reached: told once in each cycle, and again after a snooze (`again:1`)."""

    id: UuidText
    machine_id: UuidText
    machine_name: str
    item: str
    text: Words
    cycle: int
    stage: str
    state: ReminderState
    at: Instant
    is_open: bool
    """Whether the work is still to be done."""
    left: Left
    """As it was then, as are the days."""
    due_low: Day | None
    due_on: Day | None
    due_high: Day | None
    snoozed_until: Instant | None
    snoozed_by: str | None

    model_config = example(_REMINDER)


class ReminderPage(Shape):
    """A page of reminders, the newest first."""

    items: list[Reminder]
    next_cursor: str | None

    model_config = example({"items": [_REMINDER], "next_cursor": None})


class Snooze(Input):
    """Nothing is said of the item until then; its state goes on being shown."""

    until: At
    """At most 90 days ahead."""
    reason: str | None = Field(default=None, max_length=500)

    model_config = ConfigDict(
        json_schema_extra={"example": {"until": "2026-12-01T00:00:00Z", "reason": "Part ordered"}}
    )


_NEW_CHANGE: dict[str, Any] = {"kind": "replaced", "old_value": 5120.4, "new_value": 0.0, "note": "New cluster"}


class NewMeterChange(Input):
    """A meter that was replaced, or the machine's total where somebody knows it."""

    meter: Meter = "engine_hours_h"
    kind: MeterChangeKind
    at: At | None = None
    """Left out: now. Of the past: what was counted since is counted again."""
    old_value: float | None = Field(default=None, ge=0, le=10_000_000)
    """What the old meter showed at last; of a replaced one only."""
    new_value: float = Field(ge=0, le=10_000_000)
    """What the new meter showed at first, or the machine's total."""
    note: str | None = Field(default=None, max_length=2000)

    model_config = ConfigDict(json_schema_extra={"example": _NEW_CHANGE})


_CHANGE: dict[str, Any] = {
    "id": CHANGE_UUID,
    "meter": "engine_hours_h",
    "at": AT,
    **_NEW_CHANGE,
    "entered_at": AT,
    "entered_by": "dealer",
    "withdrawn_at": None,
    "withdrawn_by": None,
}


class MeterChange(Shape):
    """What was entered of a meter, by whom and when."""

    id: UuidText
    meter: Meter
    kind: MeterChangeKind
    at: Instant
    old_value: float | None
    new_value: float
    note: str | None
    entered_at: Instant
    entered_by: str
    withdrawn_at: Instant | None
    withdrawn_by: str | None

    model_config = example(_CHANGE)


class MeterChangePage(Shape):
    """What was entered of a machine's meters, the newest first."""

    items: list[MeterChange]
    next_cursor: str | None

    model_config = example({"items": [_CHANGE], "next_cursor": None})
