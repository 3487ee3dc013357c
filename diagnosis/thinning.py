"""A series with fewer samples that shows the same curve: of each stretch of time its least and its greatest sample."""

from collections.abc import Sequence

import numpy as np

from diagnosis.rows import IntpArray
from fleet.batch import Float64Array, Int64Array


def thinned(at_us: Int64Array, values: Float64Array, *, most: int, keep_us: Sequence[int] = ()) -> IntpArray:
    """Positions of at most `most` samples (at least 8) that keep the envelope of the curve, ascending.

    at_us ascending and values without NaN, (samples,) each. What is kept are samples as they were, at their very
    instants: the first and the last, the last one at or before each instant of `keep_us`, and of each of equally long
    stretches the least and the greatest. O(samples log samples), no loop over samples.
    """
    count = len(at_us)
    if count <= most:
        return np.arange(count)
    marks = np.searchsorted(at_us, np.asarray(keep_us, np.int64), "right") - 1
    always = np.unique(np.concatenate(([0, count - 1], marks[marks >= 0])))
    stretches = max(1, (most - len(always)) // 2)
    span = int(at_us[-1] - at_us[0]) + 1
    stretch = (at_us - at_us[0]) * stretches // span
    order = np.lexsort((values, stretch))  # by stretch, and by value within
    edges = np.flatnonzero(np.diff(stretch[order])) + 1
    least = order[np.concatenate(([0], edges))]
    greatest = order[np.concatenate((edges - 1, [count - 1]))]
    return np.unique(np.concatenate((always, least, greatest)))
