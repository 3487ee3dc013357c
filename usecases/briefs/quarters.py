"""Quarter hours of machines as columns, and what their counters grew by in each."""

from dataclasses import dataclass

import numpy as np

from alerts.maintenance.meters import MOST_PER_HOUR, Meter
from fleet.batch import BoolArray, Float64Array, Int64Array

QUARTER_US = 900_000_000
QUARTER_S = 900.0
STATES = ("working", "travelling", "idle", "off")
WORKING, TRAVELLING, IDLE, OFF = range(4)
FUEL, HOURS, COARSE_KM, FINE_KM = range(4)
COUNTERS = ("fuel_used_total_l", "engine_hours_h", "distance_total_km", "distance_total_hr_km")
RATE = "fuel_rate_lph"
_METERS: tuple[Meter, ...] = ("fuel_used_total_l", "engine_hours_h", "distance_total_km", "distance_total_km")
MOST = np.array([MOST_PER_HOUR[meter] for meter in _METERS])
"""Of each counter in an hour: what grows by more was reset, replaced or is wrong, and counts nothing."""
COARSE_H = 0.25
"""So much longer than it was a stretch is taken to be: counters have steps (an hour meter 0.05 or 0.1 h), and a quarter
hour does not tell when in it a counter was read."""
HEARD = 0.9
"""A quarter hour of which so much was heard is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQuarters:
    """Quarter hours of machines, in no order: machine (a row of the result), at_us and seconds (quarters, 4)."""

    machine: Int64Array
    at_us: Int64Array
    seconds: Float64Array

    def at(self, machine: Int64Array, at_us: Int64Array) -> Float64Array:
        """The seconds of each state in the quarter hours asked for, zeros where nothing was heard: (asked, 4)."""
        found = np.zeros((len(machine), len(STATES)))
        if not len(self.machine) or not len(machine):
            return found
        begin = min(int(self.at_us.min()), int(at_us.min()))
        width = max(int(self.at_us.max()), int(at_us.max())) - begin + 1
        keys, wanted = self.machine * width + (self.at_us - begin), machine * width + (at_us - begin)
        order = np.argsort(keys, kind="stable")
        place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        is_there = keys[order][place] == wanted
        found[is_there] = self.seconds[order][place[is_there]]
        return found


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


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was told in quarter hours, (quarters,) each. since_us: how long ago the quarter hour began in which the
    counter was read before, 0 where it was not; is_sound: all that it grew by since then counts."""

    machine: Int64Array
    at_us: Int64Array
    value: Float64Array
    since_us: Int64Array
    is_sound: BoolArray

    def only(self, wanted: BoolArray) -> "Amounts":
        """Those of `wanted` (quarters,)."""
        return Amounts(
            self.machine[wanted],
            self.at_us[wanted],
            self.value[wanted],
            self.since_us[wanted],
            self.is_sound[wanted],
        )

    def joined(self, other: "Amounts") -> "Amounts":
        """These and the others."""
        return Amounts(
            np.concatenate([self.machine, other.machine]),
            np.concatenate([self.at_us, other.at_us]),
            np.concatenate([self.value, other.value]),
            np.concatenate([self.since_us, other.since_us]),
            np.concatenate([self.is_sound, other.is_sound]),
        )

    @property
    def is_whole(self) -> BoolArray:
        """Whether all of it came about within its quarter hour, but for what the one before it ended with."""
        whole: BoolArray = self.since_us <= QUARTER_US
        return whole


def grown(told: CounterQuarters) -> Amounts:
    """What each quarter hour adds to its counter: the increase within it, and from the last reading before it.

    A growth that no machine can do in the time counts nothing, nor does a fall.
    """
    order = np.lexsort((told.at_us, told.counter, told.machine))
    machine, counter, at_us = told.machine[order], told.counter[order], told.at_us[order]
    first, increase, most = told.first[order], told.increase[order], MOST[counter]
    previous = np.full(len(order), np.nan)
    since_us = np.zeros(len(order), dtype=np.int64)
    if len(order) > 1:
        same = (machine[1:] == machine[:-1]) & (counter[1:] == counter[:-1])
        previous[1:] = np.where(same, told.last[order][:-1], np.nan)
        since_us[1:] = np.where(same, np.diff(at_us), 0)
    step = np.where(np.isnan(previous), 0.0, first - previous)
    can_be = (step >= 0) & (step <= most * (since_us / 3.6e9 + COARSE_H))
    within_can_be = increase <= most * (QUARTER_US / 3.6e9 + COARSE_H)
    value = np.where(can_be, step, 0.0) + np.where(within_can_be, increase, 0.0)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Amounts(told.machine, told.at_us, value[back], since_us[back], (can_be & within_can_be)[back])


def rated(work: WorkQuarters, rates: RateQuarters, of: BoolArray) -> Amounts:
    """What the mean rate of a quarter hour burns in the seconds that the machine ran in it; of (machines,)."""
    wanted = of[rates.machine]
    machine, at_us = rates.machine[wanted], rates.at_us[wanted]
    litres = rates.mean_lph[wanted] * work.at(machine, at_us)[:, :OFF].sum(axis=1) / 3600.0
    return Amounts(machine, at_us, litres, np.zeros(len(machine), dtype=np.int64), np.isfinite(litres))
