"""What the rows of one machine up to each of them say of its wear: levels, trends, and the distance from its youth."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

WINDOWS = (5, 15, 40)
TREND = 30
YOUTH = 20
LEAST_TREND = 5


def wear_features(rows: FloatArray) -> FloatArray:
    """Rows x features from rows x signals of one machine, oldest first; a row's features know nothing that follows.

    A value that was not reported counts as the one before it; one that never was as 0, the mean of standardised rows.
    """
    heard = _held(rows)
    so_far = _means(heard, len(heard))
    youth = so_far[np.minimum(np.arange(len(heard)), YOUTH - 1)]
    age = np.arange(len(heard), dtype=np.float64)[:, None]
    levels = [_means(heard, window) for window in WINDOWS]
    return np.hstack([heard, *levels, _trends(heard, TREND), _means(heard, YOUTH // 2) - youth, age])


def _held(rows: FloatArray) -> FloatArray:
    at = np.where(np.isnan(rows), 0, np.arange(len(rows))[:, None])
    return np.nan_to_num(np.take_along_axis(rows, np.maximum.accumulate(at, axis=0), axis=0))


def _sums(values: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Sums over the last `window` rows, and how many there were."""
    so_far = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - window, 0)
    return so_far[end] - so_far[begin], (end - begin).astype(np.float64)[:, None]


def _means(values: FloatArray, window: int) -> FloatArray:
    sums, count = _sums(values, window)
    return sums / count


def _trends(values: FloatArray, window: int) -> FloatArray:
    """Least-squares slope a row over the last `window` rows; 0 while there are too few."""
    at = np.arange(len(values), dtype=np.float64)[:, None]
    total, count = _sums(values, window)
    moment, _ = _sums(at * values, window)
    times, _ = _sums(at, window)
    squares, _ = _sums(at * at, window)
    spread = count * squares - times * times
    slope = (count * moment - times * total) / np.where(spread > 0, spread, 1.0)
    return np.where(count >= LEAST_TREND, slope, 0.0)
