"""A band around each channel that widens as the channel may drift, with its border from the training rows alone.

A channel is smoothed (EWMA of SPAN rows). Its variance around the training mean is that of the smoothed training rows
plus that of a random walk: healthy machines drift (oil warms up, filters fill), and a channel that wandered while it
was learned will go on wandering. The walk's variance a row is measured on the means of eight blocks of the training
rows: their mean square step, less what the noise within the blocks explains. The border is the quantile of Student's t
that a share FALSE_SHARE of healthy rows passes on any of the channels; its degrees of freedom are the training rows
that count as independent, so that little training means a wide band. Last, blocks of the training rows are judged by a
band learned from the rows before them: where HELD_SHARE of a channel's held-out rows do not lie within its border, the
band was too narrow and is widened to hold them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

FloatArray = npt.NDArray[np.float64]

SPAN = 12
BLOCKS = 8
FALSE_SHARE = 0.01
HELD_SHARE = 0.95
HELD_CUTS = (0.4, 0.55, 0.7, 0.85, 1.0)
HORIZON = 20
"""The band stops widening after so many times the training rows: by then the machine is due to be learned again."""
ALONE, WILD = 0.9, 2.0
"""A wild row counts for what takes a channel from its centre to ALONE of its border, so that it is no alarm by itself;
wild is one that lies WILD times as far out as that."""
HOLD = 5
"""A channel without a value for HOLD spans is not assessed."""
CENTRE, VARIANCE, DRIFT, WIDENING, LAST = range(5)


@dataclass(frozen=True, slots=True)
class Band:
    """What was learned: five numbers a channel (CENTRE ...), and the border, span and training rows of all."""

    table: FloatArray
    border: float
    span: int
    rows: int

    def opening(self) -> FloatArray:
        """State after the training rows: the rows since, the smoothed value and the rows without a value."""
        channels = self.table.shape[1]
        return np.concatenate([[0.0], self.table[LAST], np.zeros(channels)])

    def follow(self, state: FloatArray, channels: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How far each channel is out, rows x channels (1 is the border, NaN not assessed), and the state after."""
        count = self.table.shape[1]
        since = state[0] + np.arange(1, len(channels) + 1)
        horizon = np.minimum(since, HORIZON * self.rows)[:, None] + self.rows / 3
        spread = np.sqrt(self.table[VARIANCE] + self.table[DRIFT] * horizon)
        width = spread * self.table[WIDENING] * self.border
        most = ALONE * (self.span + 1) / 2 * width
        away = channels - self.table[CENTRE]
        wild = np.abs(away) > WILD * most
        clipped = np.where(wild, self.table[CENTRE] + np.sign(away) * most, channels)
        smooth, last = smoothed(clipped, state[1 : 1 + count], self.span)
        silent = silence(channels, state[1 + count :])
        ratios = np.abs(smooth - self.table[CENTRE]) / width
        ratios[silent > HOLD * self.span] = np.nan
        ends = (since[-1:], last, silent[-1]) if len(channels) else (state[:1], last, state[1 + count :])
        return ratios, np.concatenate(ends)


def learn_band(rows: FloatArray, channels_of: Callable[[FloatArray, FloatArray], FloatArray]) -> Band:
    """The band of rows x signals without NaN. channels_of(learned, judged) makes the channels of `judged` with what
    `learned` says of them; it must give the same channels whatever it learned from."""
    channels = channels_of(rows, rows)
    plain = _learned(channels, *_scale(len(rows)))
    widening = np.ones(channels.shape[1])
    held = [_held_out(rows[:to], begin, channels_of) for begin, to in held_cuts(len(rows))]
    if held:
        widening = np.maximum(widening, np.quantile(np.vstack(held), HELD_SHARE, axis=0))
    table = plain.table.copy()
    table[WIDENING] = widening
    return Band(table, plain.border, plain.span, plain.rows)


def smoothed(channels: FloatArray, last: FloatArray, span: int) -> tuple[FloatArray, FloatArray]:
    """The exponentially weighted means of rows x channels that go on from `last`, and the last; NaN changes nothing."""
    gain = 2 / (span + 1)
    missing = np.isnan(channels)
    gaps = np.any(missing, axis=1).tolist()
    smooth = np.empty_like(channels)
    for at, row in enumerate(channels):
        following = last + gain * (row - last)
        last = np.where(missing[at], last, following) if gaps[at] else following
        smooth[at] = last
    return smooth, last


def silence(channels: FloatArray, before: FloatArray) -> FloatArray:
    """Rows x channels: for how many rows the channel has had no value, itself included."""
    at = np.arange(1, len(channels) + 1)[:, None]
    heard = np.maximum.accumulate(np.where(np.isnan(channels), 0, at), axis=0)
    return np.where(heard > 0, at - heard, at + before)


def _scale(rows: int) -> tuple[int, int]:
    """Rows of a block, and the span."""
    block = max(5, rows // BLOCKS)
    return block, min(SPAN, block)


def _learned(channels: FloatArray, block: int, span: int) -> Band:
    """The band before it was checked on held-out blocks."""
    rows, count = channels.shape
    smooth, last = smoothed(channels, channels[:span].mean(axis=0), span)
    settled = smooth[min(span, rows // 2) :]
    blocks = channels[rows - rows // block * block :].reshape(rows // block, block, count)
    steps = np.diff(blocks.mean(axis=1), axis=0)
    noise = blocks.var(axis=1, ddof=1).mean(axis=0) / block
    drift = np.maximum((steps**2).mean(axis=0) - 2 * noise, 0) / block
    tiny = 1e-9 * (1 + np.abs(settled.mean(axis=0))) ** 2
    independent = max(2.0, rows / span - 1)
    border = -float(stdtrit(independent, FALSE_SHARE / 2 / max(count, 1)))
    table = np.stack([settled.mean(axis=0), settled.var(axis=0) + tiny, drift, np.ones(count), last])
    return Band(table, border, span, rows)


def held_cuts(rows: int) -> Iterator[tuple[int, int]]:
    """First and last row of the blocks that are held out, each judged by what the rows before it taught."""
    marks = [int(rows * share) for share in HELD_CUTS]
    return ((begin, to) for begin, to in pairwise(marks) if begin >= 10 and to > begin)


def _held_out(rows: FloatArray, begin: int, channels_of: Callable[[FloatArray, FloatArray], FloatArray]) -> FloatArray:
    """How far out the rows from `begin` on are for a band that knows those before."""
    channels = channels_of(rows[:begin], rows)
    band = _learned(channels[:begin], *_scale(len(rows[:begin])))
    return band.follow(band.opening(), channels[begin:])[0]
