"""What a machine does over a month: shifts, breaks, spells of work, and now and then what an operator should not do."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fleet.batch import Float64Array, Int32Array, Int64Array
from simulators.kinds import KindSpec
from simulators.month.events import Behaviour
from simulators.month.rows import DAY_ROWS
from simulators.physics.state import Activity

_MINUTE = 6  # rows
_HOUR = 360
_MEAN_ROWS = {Activity.WORK: 13 * _MINUTE, Activity.TRAVEL: 3 * _MINUTE, Activity.IDLE: 3 * _MINUTE}
_LONGEST_IDLE = 14 * _MINUTE
_NEXT = {  # after a spell of the first: the chances of the others
    Activity.IDLE: ((Activity.WORK, 0.75), (Activity.TRAVEL, 0.25)),
    Activity.WORK: ((Activity.IDLE, 0.65), (Activity.TRAVEL, 0.35)),
    Activity.TRAVEL: ((Activity.WORK, 0.65), (Activity.IDLE, 0.35)),
}
_REST_DAY = 6


@dataclass(frozen=True, slots=True)
class Duty:
    """activity and phase: (rows,). begins, what: the spells. behaviours: what people did that a rule rightly names."""

    activity: Int32Array
    phase: Float64Array
    begins: Int64Array
    what: Int32Array
    behaviours: tuple[Behaviour, ...]


def make_duty(machine: int, spec: KindSpec, days: int, rng: np.random.Generator) -> Duty:
    """The month of one machine."""
    behaviours: list[Behaviour] = []
    spells: list[tuple[int, Activity]] = [(0, Activity.OFF)]
    for day in range(days):
        if day % 7 == _REST_DAY and rng.random() < 0.8:
            continue
        begin = day * DAY_ROWS + round(rng.normal(7.2, 0.4) * _HOUR)
        noon = day * DAY_ROWS + round(rng.normal(12.1, 0.2) * _HOUR)
        end = day * DAY_ROWS + round(rng.normal(17.6, 0.7) * _HOUR)
        for from_row, to_row in ((begin, noon), (noon + round(rng.uniform(0.7, 1.2) * _HOUR), end)):
            spells += _session(machine, max(from_row, spells[-1][0] + _MINUTE), to_row, behaviours, rng)
    begins = np.array([row for row, _ in spells], np.int64)
    what = np.array([activity for _, activity in spells], np.int32)
    rows = days * DAY_ROWS
    activity = np.repeat(what, np.diff(np.append(begins, rows)))
    turns = np.cumsum(np.where(activity == Activity.WORK, 10.0 / (spec.cycle_s * rng.uniform(0.93, 1.07)), 0.0))
    return Duty(activity, turns % 1.0, begins, what, tuple(behaviours))


def _session(
    machine: int, from_row: int, to_row: int, behaviours: list[Behaviour], rng: np.random.Generator
) -> Iterator[tuple[int, Activity]]:
    """From the key's turn to the next break."""
    at, is_cold_start = from_row, rng.random() < 0.04
    if rng.random() < 0.15:
        yield at, Activity.CRANK
        at += 1
    if is_cold_start:
        behaviours.append(_did(machine, ("loaded_while_cold", "hydraulic_work_in_cold_oil"), at, at + 20 * _MINUTE))
    else:
        yield at, Activity.IDLE
        at += round(rng.uniform(4, 9) * _MINUTE)
    activity = Activity.WORK
    while at < to_row:
        length = max(2, round(_MEAN_ROWS[activity] * rng.gamma(3.0, 1 / 3)))
        if activity is Activity.IDLE:
            length = min(length, _LONGEST_IDLE)
            if rng.random() < 0.015:
                length = round(rng.uniform(24, 55) * _MINUTE)
                behaviours.append(_did(machine, ("long_idle",), at, at + length))
        yield at, activity
        at += length
        activity = _following(activity, rng)
    if rng.random() < 0.03:
        yield at, Activity.WORK
        at += 5 * _MINUTE
        behaviours.append(_did(machine, ("hot_shutdown",), at, at + _MINUTE))
    else:
        yield at, Activity.IDLE
        at += round(rng.uniform(2, 5) * _MINUTE)
    yield at, Activity.OFF


def _following(activity: Activity, rng: np.random.Generator) -> Activity:
    (first, chance), (second, _) = _NEXT[activity]
    return first if rng.random() < chance else second


def _did(machine: int, rules: tuple[str, ...], from_row: int, to_row: int) -> Behaviour:
    return Behaviour(machine=machine, rules=rules, from_row=from_row, to_row=to_row)
