"""What machines did, day by day, from their quarter hours: seconds of each work state and what their counters grew by.

Arrays only, no clock and no database. What a counter grew by is counted where it is told: by the quarter hour of the
later of two readings, so days add up to weeks and months, and growth over a silence belongs to the day that ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from fleet.batch import BoolArray, Float64Array, Int64Array
from usecases.briefs.burning import idling, paired
from usecases.briefs.quarters import (
    COARSE_KM,
    COUNTERS,
    FINE_KM,
    FUEL,
    HOURS,
    STATES,
    Amounts,
    CounterQuarters,
    RateQuarters,
    WorkQuarters,
    grown,
    rated,
)
from usecases.briefs.sparse_time import completed


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumbers:
    """(machines, days) each, NaN where nothing tells it: seconds (machines, days, 4), what was burnt, of that while
    idling, what was driven, what the hour meter grew by, and how much of the day has passed. known_l of the litres were
    burnt in known_h hours, 0 where neither is known. (machines,): by_rate: the fuel is the mean rate over the time it
    ran, as the machine has no counter of it; by_meter: its seconds are completed by its hour meter."""

    seconds: Float64Array
    fuel_l: Float64Array
    idle_fuel_l: Float64Array
    known_l: Float64Array
    known_h: Float64Array
    distance_km: Float64Array
    engine_h: Float64Array
    length_s: Float64Array
    by_rate: BoolArray
    by_meter: BoolArray


class Calendar:
    """The days of each machine: bounds_us (zones, days + 1) and each machine's zone; what is later than `until_us` has
    not passed yet."""

    def __init__(
        self, bounds_us: Sequence[Sequence[int]], zone_of: Sequence[int], *, until_us: int = np.iinfo(np.int64).max
    ) -> None:
        self.until_us = until_us
        self.bounds_us = np.asarray(bounds_us, dtype=np.int64)
        self.zone_of = np.asarray(zone_of, dtype=np.int64)
        self.shape = (len(self.zone_of), self.bounds_us.shape[1] - 1)

    def day_of(self, machine: Int64Array, at_us: Int64Array) -> Int64Array:
        """The day in which each quarter hour lies; -1 or one past the last outside of them."""
        day = np.empty(len(at_us), dtype=np.int64)
        zone = self.zone_of[machine]
        for number, bounds in enumerate(self.bounds_us):
            own = zone == number
            day[own] = np.searchsorted(bounds, at_us[own], side="right") - 1
        return day

    @property
    def length_s(self) -> Float64Array:
        """How much of each day of each machine has passed, (machines, days)."""
        passed = np.minimum(self.bounds_us, self.until_us)
        lengths: Float64Array = np.diff(passed, axis=1)[self.zone_of] / 1e6
        return lengths


def count_days(calendar: Calendar, heard: WorkQuarters, counters: CounterQuarters, rates: RateQuarters) -> DayNumbers:
    """The numbers of each machine and day of the calendar."""
    machines = calendar.shape[0]
    growth, told = grown(counters), _told(calendar, counters)
    meter = _inside(calendar, growth.only(counters.counter == HOURS))
    work, by_meter = completed(heard, meter, machines, until_us=calendar.until_us)
    by_rate = ~told[FUEL]
    litres = growth.only((counters.counter == FUEL) & ~by_rate[counters.machine])
    burnt = _inside(calendar, litres.joined(rated(work, rates, by_rate)))
    known = paired(work, burnt, meter, by_rate)
    kilometres = np.where(told[FINE_KM], FINE_KM, COARSE_KM)
    return DayNumbers(
        seconds=_seconds(calendar, work),
        fuel_l=_sums(calendar, burnt),
        idle_fuel_l=_sums(calendar, idling(work, burnt, machines)),
        known_l=np.nan_to_num(_sums(calendar, known.litres)),
        known_h=np.nan_to_num(_sums(calendar, known.hours)),
        distance_km=_sums(calendar, growth.only(kilometres[counters.machine] == counters.counter)),
        engine_h=_sums(calendar, meter),
        length_s=calendar.length_s,
        by_rate=by_rate,
        by_meter=by_meter,
    )


def _seconds(calendar: Calendar, work: WorkQuarters) -> Float64Array:
    machines, days = calendar.shape
    day = calendar.day_of(work.machine, work.at_us)
    inside = (day >= 0) & (day < days)
    cell = work.machine[inside] * days + day[inside]
    sums = np.zeros((machines * days, len(STATES)))
    for state in range(len(STATES)):
        sums[:, state] = np.bincount(cell, work.seconds[inside, state], machines * days)
    return sums.reshape(machines, days, len(STATES))


def _sums(calendar: Calendar, told: Amounts) -> Float64Array:
    """The sum of each machine and day; NaN where nothing was told."""
    machines, days = calendar.shape
    day = calendar.day_of(told.machine, told.at_us)
    inside = (day >= 0) & (day < days) & np.isfinite(told.value)
    cell = told.machine[inside] * days + day[inside]
    sums = np.bincount(cell, told.value[inside], machines * days).astype(np.float64)
    sums[np.bincount(cell, minlength=machines * days) == 0] = np.nan
    return sums.reshape(machines, days)


def _inside(calendar: Calendar, told: Amounts) -> Amounts:
    day = calendar.day_of(told.machine, told.at_us)
    return told.only((day >= 0) & (day < calendar.shape[1]))


def _told(calendar: Calendar, counters: CounterQuarters) -> BoolArray:
    """Whether a machine told a counter in the period at all, (counters, machines)."""
    machines, days = calendar.shape
    day = calendar.day_of(counters.machine, counters.at_us)
    inside = (day >= 0) & (day < days)
    found = np.zeros((len(COUNTERS), machines), dtype=np.bool_)
    found[counters.counter[inside], counters.machine[inside]] = True
    return found


def joined_days(parts: Sequence[DayNumbers]) -> DayNumbers:
    """The machines of several, one after the other."""
    columns = {column.name: [getattr(part, column.name) for part in parts] for column in fields(DayNumbers)}
    return DayNumbers(**{name: np.concatenate(found) for name, found in columns.items()})
