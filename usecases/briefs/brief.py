"""A brief: what one machine, a site's or all machines did in some days, as answers and papers show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np

from fleet.batch import Float64Array
from usecases.briefs.numbers import DayNumbers
from usecases.briefs.quarters import IDLE, OFF, TRAVELLING, WORKING
from usecases.read_alarm_words import Words
from usecases.read_maintenance import DueItem

BriefKind = Literal["machine", "site", "fleet"]
BriefForm = Literal["csv", "html", "pdf"]
FuelKind = Literal["refuel", "suspected_theft", "lost_at_work"]
FUEL_KINDS: Mapping[str, FuelKind] = {
    "fuel_refilled": "refuel",
    "fuel_drop": "suspected_theft",
    "fuel_siphoned_slowly": "suspected_theft",
    "fuel_lost_at_work": "lost_at_work",
}
"""What the rules of the tank's level are called here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefNumbers:
    """Of a day, a machine or all of it; see api.schemas.briefs. None: nothing tells it."""

    length_h: float
    working_h: float
    travelling_h: float
    idle_h: float
    off_h: float
    unheard_h: float
    utilisation_ratio: float | None
    idle_ratio: float | None
    fuel_used_l: float | None
    fuel_per_hour_l: float | None
    idle_fuel_l: float | None
    distance_km: float | None
    engine_hours_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefDay:
    """One day, all machines together."""

    day: date
    numbers: BriefNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefHour:
    """One hour of a brief's only day, all machines together; `begins`: on the clock, "08:00"."""

    begins: str
    numbers: BriefNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefPeers:
    """The model's other machines in the same days: how many were heard, and the middle one's utilisation."""

    machines: int
    median_utilisation_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefMachine:
    """One machine's numbers, and what is due on it next."""

    id: str
    name: str
    pin: str
    kind: str
    model: str | None
    site: str | None
    time_zone: str
    numbers: BriefNumbers
    fuel_is_by_rate: bool
    hours_are_by_meter: bool
    peers: BriefPeers | None
    alarms: int
    next_service: DueItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefFuel:
    """A refuelling, or fuel that went elsewhere; litres where the model's tank and both levels are known."""

    machine_id: str
    machine_name: str
    kind: FuelKind
    from_at: datetime
    to_at: datetime | None
    before_pct: float | None
    after_pct: float | None
    litres: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefAlarm:
    """An alarm that was raised in these days."""

    id: str
    machine_id: str
    machine_name: str
    severity: str
    source_kind: str
    source_key: str
    text: Words
    state: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """All of it. `time_zone` None: each machine by its own site's."""

    kind: BriefKind
    id: str | None
    name: str
    from_day: date
    to_day: date
    time_zone: str | None
    made_at: datetime
    is_over: bool
    numbers: BriefNumbers
    days: list[BriefDay]
    hours: list[BriefHour]
    machines: list[BriefMachine]
    fuel: list[BriefFuel]
    alarms_by_severity: dict[str, int]
    alarms: list[BriefAlarm]
    truncated: bool


def numbers_of(
    counted: DayNumbers, machines: int | slice = slice(None), days: int | slice = slice(None)
) -> BriefNumbers:
    """The sum over some machines and days, indices of the first two axes."""

    def total(values: Float64Array) -> float | None:
        part = values[machines, days]
        return round(float(np.nansum(part)), 3) if np.isfinite(part).any() else None

    def hours(values: Float64Array) -> float:
        return round(float(np.sum(values[machines, days])) / 3600.0, 4)

    length_h, seconds = hours(counted.length_s), counted.seconds
    working_h, travelling_h = hours(seconds[:, :, WORKING]), hours(seconds[:, :, TRAVELLING])
    idle_h, off_h = hours(seconds[:, :, IDLE]), hours(seconds[:, :, OFF])
    running_h = working_h + travelling_h + idle_h
    known_l, known_h = (float(np.sum(one[machines, days])) for one in (counted.known_l, counted.known_h))
    return BriefNumbers(
        length_h=length_h,
        working_h=working_h,
        travelling_h=travelling_h,
        idle_h=idle_h,
        off_h=off_h,
        unheard_h=round(max(0.0, length_h - running_h - off_h), 4),
        utilisation_ratio=ratio(working_h + travelling_h, length_h) if running_h + off_h > 0 else None,
        idle_ratio=ratio(idle_h, running_h),
        fuel_used_l=total(counted.fuel_l),
        fuel_per_hour_l=round(known_l / known_h, 3) if known_h > 0 else None,
        idle_fuel_l=total(counted.idle_fuel_l),
        distance_km=total(counted.distance_km),
        engine_hours_h=total(counted.engine_h),
    )


def ratio(part: float, whole: float) -> float | None:
    """A share, None of nothing."""
    return round(part / whole, 4) if whole > 0 else None
