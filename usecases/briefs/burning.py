"""Litres with the hours in which they were burnt, and what of them was burnt while idling."""

from dataclasses import dataclass

import numpy as np

from fleet.batch import BoolArray, Float64Array
from usecases.briefs.quarters import HEARD, IDLE, OFF, QUARTER_S, QUARTER_US, Amounts, WorkQuarters

LEAST_OF_HEARD = 0.8
"""An hour meter that grew by less than this share of the time the machine was heard to run is stuck or too coarse."""
PURE_IDLE = 0.9
"""A quarter hour of which the machine idled so much of its running time tells what it burns while idling."""
PURE_IDLE_S = 300.0
FEWEST_MIXED = 8
"""Mixed quarter hours tell it from so many on,"""
MOST_ERROR = 0.25
"""and when the standard error of the rate that they tell is at most this share of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Litres, and the hours in which they were burnt: of the same quarter hours."""

    litres: Amounts
    hours: Amounts


def paired(work: WorkQuarters, burnt: Amounts, meter: Amounts, by_rate: BoolArray) -> Paired:
    """Of what was burnt that of which it is known how long the machine ran.

    By the hour meter, where it was read in the same quarter hours; else by the time that was heard, where the quarter
    hour and the one before it were heard (the rate burns only what was heard); by_rate (machines,).
    """
    seconds = work.at(burnt.machine, burnt.at_us)
    running_h = seconds[:, :OFF].sum(axis=1) / 3600.0
    meter_h = _meter_hours(burnt, meter, running_h, len(by_rate))
    is_metered = np.isfinite(meter_h) & ~by_rate[burnt.machine]
    known = burnt.is_sound & np.isfinite(burnt.value) & (is_metered | by_rate[burnt.machine] | _heard(work, burnt))
    hours = np.where(is_metered, meter_h, running_h)
    litres = burnt.only(known)
    told = Amounts(litres.machine, litres.at_us, hours[known], litres.since_us, litres.is_sound)
    return Paired(litres=litres, hours=told)


def _heard(work: WorkQuarters, burnt: Amounts) -> BoolArray:
    """Whether all of the time was heard in which something was burnt."""
    heard = work.at(burnt.machine, burnt.at_us).sum(axis=1) >= HEARD * QUARTER_S
    before = work.at(burnt.machine, burnt.at_us - QUARTER_US).sum(axis=1) >= HEARD * QUARTER_S
    found: BoolArray = burnt.is_whole & heard & (before | (burnt.since_us == 0))
    return found


def _meter_hours(burnt: Amounts, meter: Amounts, running_h: Float64Array, machines: int) -> Float64Array:
    """What the hour meter grew by between the same quarter hours, NaN where it was not read in both of them or is not
    to be believed."""
    sound = meter.only(meter.is_sound)
    found = np.full(len(burnt.machine), np.nan)
    if not len(sound.machine) or not len(burnt.machine):
        return found
    begin = int(min(sound.at_us.min(), burnt.at_us.min()))
    width = int(max(sound.at_us.max(), burnt.at_us.max())) - begin + 1
    keys, wanted = sound.machine * width + sound.at_us - begin, burnt.machine * width + burnt.at_us - begin
    order = np.argsort(keys, kind="stable")
    place = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
    same = (keys[place] == wanted) & (sound.since_us[place] == burnt.since_us) & burnt.is_sound
    grown_h = np.bincount(burnt.machine[same], sound.value[place][same], machines)
    ran_h = np.bincount(burnt.machine[same], running_h[same], machines)
    believed = same & (grown_h >= LEAST_OF_HEARD * ran_h)[burnt.machine]
    found[believed] = sound.value[place][believed]
    return found


def idling(work: WorkQuarters, burnt: Amounts, machines: int) -> Amounts:
    """What was burnt while idling: all of it in quarter hours that were nothing else, and in others the time idled at
    the machine's own rate, at most what was burnt. NaN of machines of which nothing tells that rate."""
    seconds = work.at(burnt.machine, burnt.at_us)
    idle_s, running_s = seconds[:, IDLE], seconds[:, :OFF].sum(axis=1)
    pure = (idle_s >= PURE_IDLE_S) & (idle_s >= PURE_IDLE * running_s) & burnt.is_whole & np.isfinite(burnt.value)
    litres = np.bincount(burnt.machine[pure], burnt.value[pure], machines)
    hours = np.bincount(burnt.machine[pure], idle_s[pure] / 3600.0, machines)
    mixed = _mixed_rates(work, burnt, machines)
    rate = np.divide(litres, hours, out=mixed, where=hours > 0)
    at_rate = np.minimum(burnt.value, idle_s / 3600.0 * rate[burnt.machine])
    return Amounts(burnt.machine, burnt.at_us, np.where(pure, burnt.value, at_rate), burnt.since_us, burnt.is_sound)


def _mixed_rates(work: WorkQuarters, burnt: Amounts, machines: int) -> Float64Array:
    """L/h while idling, (machines,), of the two rates, idling and doing something, that come nearest to the litres of
    the quarter hours that were heard (least squares); NaN where the one for idling is not told to a quarter, or is the
    larger one."""
    told = burnt.only(_heard(work, burnt) & burnt.is_sound & np.isfinite(burnt.value))
    seconds = work.at(told.machine, told.at_us) / 3600.0
    idle, rest, of = seconds[:, IDLE], seconds[:, :IDLE].sum(axis=1), told.machine
    ran = idle + rest > 0

    def total(values: Float64Array) -> Float64Array:
        return np.bincount(of[ran], values[ran], machines).astype(np.float64)

    ii, rr, ir = total(idle * idle), total(rest * rest), total(idle * rest)
    iv, rv, vv = total(idle * told.value), total(rest * told.value), total(told.value**2)
    free = np.bincount(of[ran], minlength=machines) - 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = ii * rr - ir * ir
        apart[apart <= 1e-9 * ii * rr] = np.nan
        at_idle, at_work = (iv * rr - rv * ir) / apart, (rv * ii - iv * ir) / apart
        error = np.sqrt(np.maximum(vv - at_idle * iv - at_work * rv, 0.0) / free * rr / apart)
        is_told = (free >= FEWEST_MIXED - 2) & (error <= MOST_ERROR * at_idle) & (at_idle <= at_work)
    return np.where(is_told, at_idle, np.nan)
