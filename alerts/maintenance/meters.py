"""Counters of a machine that only ever grow: its own counter first, run segments where it has none or it fails.

What counts is what grew: a base is added for showing, so a counter that comes late, is reset or replaced moves no
interval that is under way. Between two readings of the counter
- what it grew by counts, if a machine can have done so much in the time, whatever else was heard: a terminal that was
  silent while the machine worked loses nothing;
- else (reset, replaced, impossible) the seconds that the machine was heard to run count, and silence counts nothing;
- so do those seconds where the counter stands still although the machine ran for hours.
A single reading that fits neither what was before nor what comes after is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Literal

import numpy as np

from fleet.batch import Float64Array, Int64Array

HOUR_US = 3_600_000_000
STUCK_H, STUCK_RATIO = 2.0, 0.8
"""A counter that shows so much less than the machine was heard to run is stuck; less is its own coarseness."""
SLACK_H = 2.1  # of the time between two readings: hourly buckets and counters that show full hours
Meter = Literal["engine_hours_h", "distance_total_km", "fuel_used_total_l"]
METERS: tuple[Meter, ...] = ("engine_hours_h", "distance_total_km", "fuel_used_total_l")
WORKED_A_DAY_H = 14.0
"""No machine usually works longer in a day."""
MOST_PER_HOUR: dict[Meter, float] = {"engine_hours_h": 1.0, "distance_total_km": 120.0, "fuel_used_total_l": 200.0}
"""What a machine can do in an hour; a counter that grows by more was reset or replaced, or is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """What is known of a meter after some of its hours.

    grown: what it has grown by since it was first heard of; run_h: heard to run since its counter last moved;
    base: what is added to show a total, NaN unknown; last and last_us: the counter's last reading that counts;
    held, held_us, held_run_h: a reading that fits nothing before it and waits for the next one to say what it is.
    """

    grown: float = 0.0
    run_h: float = 0.0
    base: float = nan
    last: float = nan
    last_us: int = 0
    held: float = nan
    held_us: int = 0
    held_run_h: float = 0.0

    @property
    def used(self) -> float:
        """What it has grown by, with what was heard since the counter last moved."""
        return self.grown + self.run_h

    @property
    def total(self) -> float:
        """The machine's own total, NaN while its base is unknown."""
        return self.base + self.used

    @property
    def offset(self) -> float:
        """What is added to a reading of its counter to have the machine's total; 0 where it never was heard."""
        return self.base + self.grown - self.last if isfinite(self.last) and isfinite(self.base) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterChange:
    """What somebody said of a meter: at `at_us` it was replaced, when the old one showed `old` (NaN unknown) and the
    new one `new`; or, of kind 'set', the machine's total was `new`."""

    at_us: int
    kind: Literal["replaced", "set"]
    new: float
    old: float = nan


@dataclass(frozen=True, slots=True)
class MeterHours:
    """Hours of one machine that said anything, in order: at_us (hours,) their beginnings, counter (hours,) its last
    reading, NaN without one, run_h (hours,) how long the machine was heard to run; 0 of meters that do not run."""

    at_us: Int64Array
    counter: Float64Array
    run_h: Float64Array


def advance(
    state: MeterState, hours: MeterHours, changes: Sequence[MeterChange] = (), *, most_per_hour: float = 1.0
) -> MeterState:
    """The state after these hours. Cutting them into any parts gives the same; of `changes` (in order) those are taken
    that lie in the span of the part: the caller gives each once. O(hours)."""
    waiting = list(changes)
    for at_us, counter, run_h in zip(hours.at_us.tolist(), hours.counter.tolist(), hours.run_h.tolist(), strict=True):
        while waiting and waiting[0].at_us < at_us + HOUR_US and _is_before(waiting[0], at_us, counter):
            state = _changed(state, waiting.pop(0), most_per_hour)
        state = replace(state, run_h=state.run_h + max(0.0, run_h) if isfinite(run_h) else state.run_h)
        if isfinite(counter) and counter >= 0:
            state = _read(state, counter, at_us, most_per_hour)
    for change in waiting:
        state = _changed(state, change, most_per_hour)
    return state


def _is_before(change: MeterChange, at_us: int, counter: float) -> bool:
    """Whether a change comes before the reading at the end of its own hour; the nearer of old and new says so."""
    if change.at_us < at_us:
        return True
    if change.kind == "set" or not isfinite(counter):
        return False
    return not isfinite(change.old) or abs(counter - change.new) <= abs(counter - change.old)


def _read(state: MeterState, value: float, at_us: int, most_per_hour: float) -> MeterState:
    """The state after a reading of the counter."""
    if not isfinite(state.last):
        base = value - state.used if not isfinite(state.base) else state.base
        return replace(state, base=base, grown=state.used, run_h=0.0, last=value, last_us=at_us)
    if _fits(value - state.last, at_us - state.last_us, most_per_hour):
        return _moved(state, value, at_us)
    if isfinite(state.held) and _fits(value - state.held, at_us - state.held_us, most_per_hour):
        since = max(value - state.held, 0.0)
        grown = state.grown + state.held_run_h + since
        return MeterState(grown=grown, base=state.base, last=value, last_us=at_us)
    return replace(state, held=value, held_us=at_us, held_run_h=state.run_h)


def _fits(growth: float, elapsed_us: int, most_per_hour: float) -> bool:
    return 0.0 <= growth <= (elapsed_us / HOUR_US + SLACK_H) * most_per_hour


def _moved(state: MeterState, value: float, at_us: int) -> MeterState:
    growth = value - state.last
    if growth == 0:
        return replace(state, last_us=at_us, held=nan)
    return MeterState(grown=state.grown + _believed(growth, state.run_h), base=state.base, last=value, last_us=at_us)


def _believed(growth: float, run_h: float) -> float:
    is_stuck = growth < run_h - STUCK_H and growth < run_h * STUCK_RATIO
    return run_h if is_stuck else growth


def _changed(state: MeterState, change: MeterChange, most_per_hour: float) -> MeterState:
    if change.kind == "set":
        return replace(state, base=change.new - state.used)
    growth = change.old - state.last
    if isfinite(growth) and _fits(growth, change.at_us - state.last_us, most_per_hour):
        grown = state.grown + _believed(growth, state.run_h)
    else:
        grown = state.used
    total = change.old if isfinite(change.old) else change.new
    base = state.base if isfinite(state.base) else total - grown
    return MeterState(grown=grown, base=base, last=change.new, last_us=change.at_us)


def daily_use(day: Int64Array, used: Float64Array, *, at_most: float) -> Float64Array:
    """Use of each day from the first to the last, from what was used by the end of some: day (n,) whole days in order,
    used (n,); returns (last - first,). What grew over days without a mark is the last one's, as nothing was heard of
    the others, unless it is more than `at_most`: then it is spread evenly over them."""
    use = np.zeros(int(day[-1] - day[0]) if len(day) else 0)
    for before, last, grown in zip(day[:-1] - day[:1], day[1:] - day[:1], np.diff(used), strict=True):
        first = before if grown > at_most else last - 1
        use[first:last] = max(grown, 0.0) / (last - first)
    return use
