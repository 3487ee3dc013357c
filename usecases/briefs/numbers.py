"""What machines did, day by day, from their quarter hours: seconds of each work state and what their counters grew by.

Arrays only, no clock and no database. What a counter grew by is counted where it is told: by the quarter hour of the
later of two readings, so days add up to weeks and months, and growth over a silence belongs to the day that ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.maintenance.meters import MOST_PER_HOUR, Meter
from fleet.batch import BoolArray, Float64Array, Int64Array

QUARTER_US = 900_000_000
QUARTER_H = 0.25
STATES = ("working", "travelling", "idle", "off")
WORKING, TRAVELLING, IDLE, OFF = range(4)
FUEL, HOURS, COARSE_KM, FINE_KM = range(4)
COUNTERS = ("fuel_used_total_l", "engine_hours_h", "distance_total_km", "distance_total_hr_km")
RATE = "fuel_rate_lph"
_METERS: tuple[Meter, ...] = ("fuel_used_total_l", "engine_hours_h", "distance_total_km", "distance_total_km")
MOST = np.array([MOST_PER_HOUR[meter] for meter in _METERS])
"""Of each counter in an hour: what grows by more was reset, replaced or is wrong, and counts nothing."""
PURE_IDLE = 0.9
"""A quarter hour of which the machine idled so much of its running time tells what it burns while idling."""
PURE_IDLE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQuarters:
    """Quarter hours of machines, in no order: machine (a row of the result), at_us and seconds (quarters, 4)."""

    machine: Int64Array
    at_us: Int64Array
    seconds: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterQuarters:
    """The same of counters: counter (see COUNTERS), first and last reading, and the increase between them.

    The last one of each machine before the period may be among them: what is told first in the period is compared
    with it.
    """

    machine: Int64Array
    at_us: Int64Array
    counter: Int64Array
    first: Float64Array
    last: Float64Array
    increase: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class RateQuarters:
    """The same of the fuel rate: its mean, in L/h."""

    machine: Int64Array
    at_us: Int64Array
    mean_lph: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumbers:
    """(machines, days) each, NaN where nothing tells it: seconds (machines, days, 4), what was burnt, of that while
    idling, what was driven, what the hour meter grew by, and how much of the day has passed. by_rate (machines,): the
    fuel is the mean rate over the time it ran, as the machine has no counter of it."""

    seconds: Float64Array
    fuel_l: Float64Array
    idle_fuel_l: Float64Array
    distance_km: Float64Array
    engine_h: Float64Array
    length_s: Float64Array
    by_rate: BoolArray


@dataclass(frozen=True, slots=True)
class _Amounts:
    """What was told in quarter hours; is_whole: all of it came about within its quarter hour."""

    machine: Int64Array
    at_us: Int64Array
    value: Float64Array
    is_whole: BoolArray

    def only(self, wanted: BoolArray) -> "_Amounts":
        return _Amounts(self.machine[wanted], self.at_us[wanted], self.value[wanted], self.is_whole[wanted])


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


def count_days(calendar: Calendar, work: WorkQuarters, counters: CounterQuarters, rates: RateQuarters) -> DayNumbers:
    """The numbers of each machine and day of the calendar."""
    grown, told = _grown(counters), _told(calendar, counters)
    by_rate = ~told[FUEL]
    litres = grown.only((counters.counter == FUEL) & ~by_rate[counters.machine])
    burnt = _inside(calendar, _joined(litres, _rated(work, rates, by_rate)))
    kilometres = np.where(told[FINE_KM], FINE_KM, COARSE_KM)
    return DayNumbers(
        seconds=_seconds(calendar, work),
        fuel_l=_sums(calendar, burnt),
        idle_fuel_l=_sums(calendar, _idling(calendar, work, burnt)),
        distance_km=_sums(calendar, grown.only(kilometres[counters.machine] == counters.counter)),
        engine_h=_sums(calendar, grown.only(counters.counter == HOURS)),
        length_s=calendar.length_s,
        by_rate=by_rate,
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


def _sums(calendar: Calendar, told: _Amounts) -> Float64Array:
    """The sum of each machine and day; NaN where nothing was told."""
    machines, days = calendar.shape
    day = calendar.day_of(told.machine, told.at_us)
    inside = (day >= 0) & (day < days) & np.isfinite(told.value)
    cell = told.machine[inside] * days + day[inside]
    sums = np.bincount(cell, told.value[inside], machines * days).astype(np.float64)
    sums[np.bincount(cell, minlength=machines * days) == 0] = np.nan
    return sums.reshape(machines, days)


def _inside(calendar: Calendar, told: _Amounts) -> _Amounts:
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


def _grown(told: CounterQuarters) -> _Amounts:
    """What each quarter hour adds to its counter: the increase within it, and from the last reading before it.

    A growth that no machine can do in the time counts nothing, nor does a fall.
    """
    order = np.lexsort((told.at_us, told.counter, told.machine))
    machine, counter, at_us = told.machine[order], told.counter[order], told.at_us[order]
    first, increase, most = told.first[order], told.increase[order], MOST[counter]
    previous = np.full(len(order), np.nan)
    since_h = np.full(len(order), QUARTER_H)
    if len(order) > 1:
        same = (machine[1:] == machine[:-1]) & (counter[1:] == counter[:-1])
        previous[1:] = np.where(same, told.last[order][:-1], np.nan)
        since_h[1:] = np.where(same, np.diff(at_us) / (4 * QUARTER_US) + QUARTER_H, QUARTER_H)
    step = np.nan_to_num(np.maximum(first - previous, 0.0))
    step[step > most * since_h] = 0.0
    within = np.where(increase > most * QUARTER_H, 0.0, increase)
    is_whole = np.isnan(previous) | (since_h <= 2 * QUARTER_H)
    value, whole = np.empty(len(order)), np.empty(len(order), dtype=np.bool_)
    value[order], whole[order] = within + step, is_whole
    return _Amounts(told.machine, told.at_us, value, whole)


def _rated(work: WorkQuarters, rates: RateQuarters, of: BoolArray) -> _Amounts:
    """What the mean rate of a quarter hour burns in the seconds that the machine ran in it; of (machines,)."""
    wanted = of[rates.machine]
    machine, at_us = rates.machine[wanted], rates.at_us[wanted]
    running_s = _at(work, machine, at_us)[:, :OFF].sum(axis=1)
    litres = rates.mean_lph[wanted] * running_s / 3600.0
    return _Amounts(machine, at_us, litres, np.ones(len(machine), dtype=np.bool_))


def _at(work: WorkQuarters, machine: Int64Array, at_us: Int64Array) -> Float64Array:
    """The seconds of each state in the quarter hours asked for, zeros where nothing was heard: (asked, 4)."""
    found = np.zeros((len(machine), len(STATES)))
    if not len(work.machine) or not len(machine):
        return found
    begin = min(int(work.at_us.min()), int(at_us.min()))
    width = max(int(work.at_us.max()), int(at_us.max())) - begin + 1
    keys, wanted = work.machine * width + (work.at_us - begin), machine * width + (at_us - begin)
    order = np.argsort(keys, kind="stable")
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    is_there = keys[order][place] == wanted
    found[is_there] = work.seconds[order][place[is_there]]
    return found


def _idling(calendar: Calendar, work: WorkQuarters, burnt: _Amounts) -> _Amounts:
    """What was burnt while idling: all of it in quarter hours that were nothing else, and in others the time idled at
    the machine's own rate in those, at most what was burnt. A machine that never idled for long tells nothing."""
    machines = calendar.shape[0]
    seconds = _at(work, burnt.machine, burnt.at_us)
    idle_s, running_s = seconds[:, IDLE], seconds[:, :OFF].sum(axis=1)
    pure = (idle_s >= PURE_IDLE_S) & (idle_s >= PURE_IDLE * running_s) & burnt.is_whole & np.isfinite(burnt.value)
    litres = np.bincount(burnt.machine[pure], burnt.value[pure], machines)
    hours = np.bincount(burnt.machine[pure], idle_s[pure] / 3600.0, machines)
    rate = np.divide(litres, hours, out=np.full(machines, np.nan), where=hours > 0)
    at_rate = np.minimum(burnt.value, idle_s / 3600.0 * rate[burnt.machine])
    value = np.where(pure, burnt.value, at_rate)
    return _Amounts(burnt.machine, burnt.at_us, value, burnt.is_whole)


def _joined(left: _Amounts, right: _Amounts) -> _Amounts:
    return _Amounts(
        np.concatenate([left.machine, right.machine]),
        np.concatenate([left.at_us, right.at_us]),
        np.concatenate([left.value, right.value]),
        np.concatenate([left.is_whole, right.is_whole]),
    )


def joined_days(parts: Sequence[DayNumbers]) -> DayNumbers:
    """The machines of several, one after the other."""
    return DayNumbers(
        seconds=np.concatenate([part.seconds for part in parts]),
        fuel_l=np.concatenate([part.fuel_l for part in parts]),
        idle_fuel_l=np.concatenate([part.idle_fuel_l for part in parts]),
        distance_km=np.concatenate([part.distance_km for part in parts]),
        engine_h=np.concatenate([part.engine_h for part in parts]),
        length_s=np.concatenate([part.length_s for part in parts]),
        by_rate=np.concatenate([part.by_rate for part in parts]),
    )
