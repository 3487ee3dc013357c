"""When an index will reach its limit: a robust line through its days, with an 80 % interval.

Theil-Sen slope through the last WINDOW days; the scatter is that of the residuals (MAD), more where neighbouring days
are alike. The interval of the crossing is Fieller's: the days between which the line's own 80 % band meets the limit.
Lines drawn from earlier days only are held against what came after, and the band is widened to what they missed.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from diagnosis.wear.features import FloatArray

WINDOW, LEAST_DAYS, HORIZON = 60, 14, 365
Z80 = 1.2816
HELD_DAYS, HELD_SHARE = 10, 0.8


class Outlook(NamedTuple):
    """Where an index stands and when it reaches its limit, in days from its last day.

    level and slope_per_day are None with fewer than LEAST_DAYS days; the rest is None where it does not go there
    within HORIZON days. high_days None beside a low: the interval has no end.
    """

    days: int
    level: float | None = None
    slope_per_day: float | None = None
    expected_days: float | None = None
    low_days: float | None = None
    high_days: float | None = None


class _Line(NamedTuple):
    """A line through days: its slope, where it stands in the middle of them, and what is not known of both."""

    middle: float
    height: float
    slope: float
    scatter: float
    days: int
    spread: float

    def at(self, day: FloatArray | float) -> FloatArray:
        return np.asarray(self.height + self.slope * (np.asarray(day) - self.middle))

    def deviation(self, day: FloatArray | float) -> FloatArray:
        away = np.asarray(day) - self.middle
        return np.asarray(self.scatter * np.sqrt(1 / self.days + away**2 / self.spread))


def outlook(days: FloatArray, values: FloatArray, *, limit: float, worse: int) -> Outlook:
    """The outlook of an index from its daily values, oldest first; worse: +1 where it rises with wear, -1 falls."""
    recent = days > days[-1] - WINDOW if len(days) else np.zeros(0, dtype=np.bool_)
    day, value = days[recent], values[recent] * worse
    if len(day) < LEAST_DAYS:
        return Outlook(len(day))
    line, last = _line(day, value), float(day[-1])
    z = Z80 * _widening(day, value)
    told = Outlook(len(day), float(line.at(last)) * worse, line.slope * worse)
    if line.slope <= z * line.scatter / np.sqrt(line.spread):
        return told  # it may as well stand still
    ahead = last + np.arange(HORIZON + 1.0)
    height, band = line.at(ahead), z * line.deviation(ahead)
    crossing = [_first(curve >= limit * worse) for curve in (height, height + band, height - band)]
    expected, low, high = (None if at is None else float(at) for at in crossing)
    if expected is None:
        return told
    return told._replace(expected_days=expected, low_days=low, high_days=high)


def _first(reached: np.ndarray) -> int | None:
    return int(np.argmax(reached)) if reached.any() else None


def _line(day: FloatArray, value: FloatArray) -> _Line:
    first, second = np.array(list(combinations(range(len(day)), 2))).T
    slope = float(np.median((value[second] - value[first]) / (day[second] - day[first])))
    middle = float(day.mean())
    height = float(np.median(value - slope * (day - middle)))
    left = value - height - slope * (day - middle)
    alike = float(np.clip((left[1:] * left[:-1]).sum() / max((left**2).sum(), 1e-12), 0, 0.8))
    scatter = 1.4826 * float(np.median(np.abs(left))) * np.sqrt((1 + alike) / (1 - alike)) + 1e-9
    return _Line(middle, height, slope, scatter, len(day), float(((day - middle) ** 2).sum()))


def _widening(day: FloatArray, value: FloatArray) -> float:
    """By how much the band must be wider to hold what earlier lines missed of the line of now; at least 1."""
    now, missed = _line(day, value), []
    for known in range(max(LEAST_DAYS, len(day) - HELD_DAYS), len(day)):
        then = _line(day[:known], value[:known])
        error = abs(float(then.at(day[-1]) - now.at(day[-1])))
        missed.append(error / (Z80 * float(np.hypot(then.deviation(day[-1]), now.deviation(day[-1])))))
    return max(1.0, float(np.quantile(missed, HELD_SHARE))) if missed else 1.0
