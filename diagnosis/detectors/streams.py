"""How far out a machine's last hour of rows is by what is known of it and of its family, and what a row teaches."""

from typing import NamedTuple

import numpy as np

from diagnosis.detectors.family import MIN_ROWS
from diagnosis.detectors.interface import BoolArray, FloatArray

SPAN = 60
GAIN = 2 / (SPAN + 1)
TIES = 30
HOLD = 60
"""A signal without a value for so many rows is not assessed, and begins anew when it has one."""
LEVEL, MEMORY = 1_000, 10_000
PRIOR_ROWS = 300
"""The machine's own scatter counts as much as the family's once so many rows are known."""
TINY = 1e-6


class Stream(NamedTuple):
    """Views of one flat state: rows known, their mean and sum of squares, regimes x signals; the rest a signal."""

    known: FloatArray
    mean: FloatArray
    squares: FloatArray
    smooth: FloatArray  # of how far out, in deviations
    silent: FloatArray
    level: FloatArray
    place: FloatArray  # one number: the last row's regime, -1 none
    calm: FloatArray  # one number: assessed rows since an alarm; fewer than QUIET belong to it


class Prior(NamedTuple):
    """What the family says, regimes x signals, 0 where `alone`: nothing; and the borders, NaN what is not judged."""

    family: FloatArray
    within: FloatArray
    between: FloatArray
    alone: BoolArray
    persists: FloatArray
    border: FloatArray
    most: FloatArray  # deviations that a row counts for


def judged(
    stream: Stream, prior: Prior, left: FloatArray, regime: int, heard: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """How many deviations each signal's last hour is out, NaN where neither family nor machine foretells it, and
    what they foretell. A row counts for at most CLIP borders: one wild minute is no alarm."""
    known, alone = stream.known[regime], prior.alone[regime]
    own = stream.squares[regime] / np.maximum(known, 1)
    within = np.where(alone, own, (PRIOR_ROWS * prior.within[regime] + known * own) / (PRIOR_ROWS + known))
    between = prior.between[regime]
    told = known * between
    weight = np.where(alone, 1.0, told / np.maximum(told + TIES * within, TINY))
    family = prior.family[regime]
    centre = family + weight * (stream.mean[regime] - family) + stream.level
    out = (left - centre) / np.sqrt(prior.persists * within + between * (1 - weight) + TINY)
    out = np.clip(out, -prior.most, prior.most)
    unknown = alone & (known < MIN_ROWS)
    heard = heard & ~unknown
    stream.smooth[heard & (stream.silent > HOLD)] = 0.0  # what it said so long ago is no part of its last hour
    stream.silent[heard] = 0
    stream.smooth[heard] += GAIN * (out[heard] - stream.smooth[heard])
    far = np.abs(stream.smooth)
    far[unknown | (stream.silent > HOLD)] = np.nan
    return far, np.where(unknown, np.nan, centre)


def teach(stream: Stream, left: FloatArray, centre: FloatArray, regime: int, heard: BoolArray) -> None:
    """Welford's running mean and sum of squares, of at most MEMORY rows; and the level."""
    known, mean, squares = stream.known[regime], stream.mean[regime], stream.squares[regime]
    squares[heard & (known >= MEMORY)] *= 1 - 1 / MEMORY
    known[heard] = np.minimum(known[heard] + 1, MEMORY)
    step = left[heard] - mean[heard]
    mean[heard] += step / known[heard]
    squares[heard] += step * (left[heard] - mean[heard])
    told = heard & ~np.isnan(centre)
    stream.level[told] += (left[told] - centre[told]) / LEVEL
