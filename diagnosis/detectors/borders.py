"""Borders from what healthy machines reach: the greatest of each stretch of rows, and what many more would reach.

The greatest of a long stretch follows Gumbel's distribution whatever the tail of the rows is like, as long as it falls
off (Fisher, Tippett 1928); its two parameters are found by moments. So a border is set by how often a healthy machine
may reach it, not by a count of deviations of rows that depend on each other.
"""

from collections.abc import Sequence

import numpy as np

from diagnosis.detectors.interface import FloatArray

STRETCH = 240
"""Rows: half a shift of minutes, within which the rows of a machine depend on each other."""
RETURN = 20_000.0
"""A healthy signal is to reach its border once in so many stretches."""
MIN_STRETCHES = 8
BEYOND = 1.1
"""No border is nearer than this to the greatest that was seen."""
UNSEEN = 1.3
"""Times what is expected: weather and work go on changing after the days that were learned from."""
_EULER = 0.5772


def borders(reached: Sequence[FloatArray], least: float) -> FloatArray:
    """A border for each signal, (signals,), not below UNSEEN `least`.

    reached: rows x signals of each machine, oldest first, NaN where nothing was judged.
    """
    known = [np.nan_to_num(np.abs(rows)) for rows in reached]
    most = np.max([rows.max(axis=0, initial=0.0) for rows in known], axis=0)
    tops = np.array(
        [
            rows[at : at + STRETCH].max(axis=0)
            for rows in known
            for at in range(0, len(rows), STRETCH)
            if len(rows) - at >= STRETCH // 2
        ]
    )
    if len(tops) < MIN_STRETCHES:
        return np.asarray(UNSEEN * np.maximum(least, BEYOND * most))
    width = np.sqrt(6) / np.pi * tops.std(axis=0)
    expected = tops.mean(axis=0) + width * (np.log(RETURN) - _EULER)
    return np.asarray(UNSEEN * np.maximum(np.maximum(expected, BEYOND * most), least))
