"""Maintenance plans: what machines of a model or a kind need, and how often."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from alerts.maintenance.plan import Recurrence, Task
from api.schemas.accounts import Input
from api.schemas.shape import AT, Instant, Shape, UuidText, example

AudienceName = Literal["owner", "dealer"]
PlanSort = Literal["name", "-name", "updated_at", "-updated_at"]
PLAN_UUID = "0198f3c0-11d0-7a52-8c3e-5f0c9d2b7e10"
_KEY = r"^[a-z][a-z0-9_]{0,63}$"
_ITEM: dict[str, Any] = {
    "code": "engine_oil",
    "zh": "更换机油和机油滤清器",
    "en": "Change engine oil and filter",
    "task": "service",
    "recurrence": "floating",
    "every_h": 500.0,
    "every_km": None,
    "every_l": None,
    "every_months": 12,
    "wear": None,
    "tell_at": [],
    "minutes": 60,
    "parts": [{"code": "LF16352", "name": "Oil filter", "quantity": 1.0}],
    "checks": [],
}
_NEW: dict[str, Any] = {
    "name": "SY365H",
    "kind": None,
    "model": "SY365H",
    "source": "Operation and maintenance manual, 2025, section 7.2",
    "tell": ["owner", "dealer"],
    "stages": [
        {"key": "soon", "h": -50.0, "km": None, "l": None, "days": -14.0},
        {"key": "due", "h": 0.0, "km": None, "l": None, "days": 0.0},
        {"key": "overdue", "h": 25.0, "km": None, "l": None, "days": 14.0},
    ],
    "items": [_ITEM],
}
_PLAN: dict[str, Any] = {"id": PLAN_UUID, **_NEW, "version": 3, "created_at": AT, "updated_at": AT, "retired_at": None}
PLANS_CSV = (
    "plan,kind,code,zh,en,every_h,every_months,minutes,parts,checks\n"
    "Excavator example,excavator,engine_oil,更换机油和机油滤清器,Change engine oil and filter,500,12,60,,\n"
)
PLAN_TOML = """\
name = "Excavator example"
kind = "excavator"

[[items]]
code = "engine_oil"
zh = "更换机油和机油滤清器"
en = "Change engine oil and filter"
every_h = 500
every_months = 12
"""


class Stage(Input):
    """When somebody is told: so much of each unit after the item is due, negative before; null: not by this one."""

    key: str = Field(pattern=_KEY)
    h: float | None = None
    km: float | None = None
    l: float | None = None  # noqa: E741 - the unit's own sign, beside h, km and days
    days: float | None = None


class PlanPart(Input):
    """A part that an item takes."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=200)
    quantity: float = Field(default=1, gt=0, le=10_000)


class PlanCheck(Input):
    """A point of a check-list."""

    code: str = Field(pattern=_KEY)
    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)


class PlanItem(Input):
    """One thing to be done; due when the first of its intervals is over."""

    code: str = Field(pattern=_KEY)
    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)
    task: Task = "service"
    recurrence: Recurrence = "floating"
    """`once`: a running-in service, at this reading of the meter and never again."""
    every_h: float | None = Field(default=None, gt=0, le=100_000)
    every_km: float | None = Field(default=None, gt=0, le=1_000_000)
    every_l: float | None = Field(default=None, gt=0, le=1_000_000)
    every_months: int | None = Field(default=None, gt=0, le=240)
    wear: str | None = Field(default=None, max_length=64)
    """An index of `GET /machines/{machine}/wear`: due when the pessimistic end of its outlook reaches the limit."""
    tell_at: list[str] = Field(default=[], max_length=10)
    """The stages of the plan at which somebody is told of this item; empty: all."""
    minutes: int | None = Field(default=None, gt=0, le=100_000)
    parts: list[PlanPart] = Field(default=[], max_length=50)
    checks: list[PlanCheck] = Field(default=[], max_length=200)


class PlanNew(Input):
    """A plan to be entered: for a kind (its code) or for one model (its name), whose own plan stands in its kind's
    place."""

    name: str = Field(min_length=1, max_length=100)
    kind: str | None = Field(default=None, max_length=64)
    model: str | None = Field(default=None, max_length=100)
    source: str | None = Field(default=None, max_length=2000)
    """Where its intervals come from: a manual, a standard."""
    tell: list[AudienceName] = Field(default=["owner", "dealer"], max_length=2)
    stages: list[Stage] | None = Field(default=None, max_length=10)
    """In the order in which they come; left out: 50 h, 1,000 km, 1,000 l or 14 days before; due; 25 h, 500 km, 500 l or
    14 days after."""
    items: list[PlanItem] = Field(min_length=1, max_length=200)

    model_config = ConfigDict(json_schema_extra={"example": _NEW})


class PlanChange(Input):
    """What is to change; a member left out stays. `items` and `stages` are given whole."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    kind: str | None = Field(default=None, max_length=64)
    model: str | None = Field(default=None, max_length=100)
    source: str | None = Field(default=None, max_length=2000)
    tell: list[AudienceName] | None = Field(default=None, max_length=2)
    stages: list[Stage] | None = Field(default=None, max_length=10)
    items: list[PlanItem] | None = Field(default=None, min_length=1, max_length=200)

    model_config = ConfigDict(json_schema_extra={"example": {"tell": ["owner"]}})


class MaintenancePlan(Shape):
    """A plan in the version that is in force."""

    id: UuidText
    name: str
    kind: str | None
    model: str | None
    source: str | None
    tell: list[AudienceName]
    stages: list[Stage]
    items: list[PlanItem]
    version: int
    created_at: Instant
    updated_at: Instant
    retired_at: Instant | None
    """When it was taken out of force; machines follow it no more."""

    model_config = example(_PLAN)


class MaintenancePlanPage(Shape):
    """A page of plans."""

    items: list[MaintenancePlan]
    next_cursor: str | None

    model_config = example({"items": [_PLAN], "next_cursor": None})


class PlanVersion(Shape):
    """A version of a plan as it was entered."""

    version: int
    entered_at: Instant
    entered_by: str
    plan: PlanNew


class PlanVersionPage(Shape):
    """A plan's versions, the newest first."""

    items: list[PlanVersion]
    next_cursor: str | None

    model_config = example(
        {"items": [{"version": 3, "entered_at": AT, "entered_by": "lead", "plan": _NEW}], "next_cursor": None}
    )
