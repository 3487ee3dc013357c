"""The work time of machines that report less often than once a minute, completed by their hour meter.

A reading's work state stands for a minute at most (storage/work_time.py), so of a machine that reports every two
minutes half is not heard. Where its hour meter tells that it ran meanwhile, the readings of such quarter hours stand
for more: for as much as makes what they tell equal to what the meter grew by.
"""

import numpy as np

from fleet.batch import BoolArray, Float64Array, Int64Array
from usecases.briefs.quarters import HEARD, OFF, QUARTER_S, QUARTER_US, Amounts, WorkQuarters

FEWEST = 4
"""So many quarter hours, heard in part, must tell it; one alone is as coarse as the meter's steps."""
LEAST = 1.25
"""What is less is the coarseness of the meter, or minutes in which the machine was switched on or off."""


def completed(work: WorkQuarters, meter: Amounts, machines: int, *, until_us: int) -> tuple[WorkQuarters, BoolArray]:
    """The work time with what was heard in part completed, and of which machines (machines,) it was; meter: what the
    hour meter grew by, in hours."""
    shares = _shares(work, meter, machines)
    order = np.lexsort((work.at_us, work.machine))
    machine, at_us, seconds = work.machine[order], work.at_us[order], work.seconds[order]
    stands = is_part(seconds.sum(axis=1)) & (shares[machine] > 1.0)
    room_s = np.where(stands, np.clip((until_us - at_us) / 1e6, 0.0, QUARTER_S), 0.0)
    longer = seconds * np.where(stands, shares[machine], 1.0)[:, np.newaxis]
    kept = np.where(stands[:, np.newaxis], _at_most(longer, room_s), seconds)
    follows = (np.diff(machine) == 0) & (np.diff(at_us) == QUARTER_US)
    over = np.zeros_like(seconds)  # the last reading of a quarter hour stands for the beginning of the next
    over[1:] = np.where(follows[:, np.newaxis], (longer - kept)[:-1], 0.0)
    kept += _at_most(over, np.maximum(room_s - kept.sum(axis=1), 0.0))
    return WorkQuarters(machine=machine, at_us=at_us, seconds=kept), shares > 1.0


def _at_most(seconds: Float64Array, most_s: Float64Array) -> Float64Array:
    """The seconds of quarter hours (quarters, 4), shortened to so many in all where they are more."""
    total = seconds.sum(axis=1)
    share = np.divide(most_s, total, out=np.ones_like(total), where=total > most_s)
    shortened: Float64Array = seconds * share[:, np.newaxis]
    return shortened


def is_part(heard_s: Float64Array) -> BoolArray:
    """Whether a quarter hour was heard in part only."""
    part: BoolArray = heard_s < HEARD * QUARTER_S
    return part


def _shares(work: WorkQuarters, meter: Amounts, machines: int) -> Float64Array:
    """For how much of its time what was heard of a machine stands, (machines,), 1 for itself: the growth of its meter
    by the time that it was heard to run, over quarter hours that were heard in part."""
    seconds = work.at(meter.machine, meter.at_us)
    running_s = seconds[:, :OFF].sum(axis=1)
    tells = meter.is_sound & (meter.since_us == QUARTER_US) & (running_s > 0) & is_part(seconds.sum(axis=1))
    of: Int64Array = meter.machine[tells]
    grown_h, heard_s = np.bincount(of, meter.value[tells], machines), np.bincount(of, running_s[tells], machines)
    share = np.divide(grown_h * 3600.0, heard_s, out=np.ones(machines), where=heard_s > 0)
    enough = (np.bincount(of, minlength=machines) >= FEWEST) & (share >= LEAST)
    found: Float64Array = np.where(enough, share, 1.0)
    return found
