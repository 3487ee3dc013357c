"""Which past cases of the same source a case is most like, by the values that were held when each of them held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fleet.batch import Float64Array
from fleet.signals import Catalogue

LEAST_SPREAD = 0.02
"""Of a signal's valid range: values that differ by less are alike, however little the cases differ (engineering
judgement)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A past case by its place among those given: its distance (0 alike; None: no signal in common)."""

    place: int
    same_model: bool
    distance: float | None


def nearest(
    frame: Mapping[str, float],
    frames: Sequence[Mapping[str, float]],
    same_model: Sequence[bool],
    *,
    catalogue: Catalogue,
    most: int,
) -> tuple[Likeness, ...]:
    """The cases most like `frame`: those of its model first, the nearest of them first.

    The distance is the root of the mean square of the differences in the signals that both have, each divided by the
    signal's standard deviation over all cases, at least LEAST_SPREAD of its valid range. Shapes: frames and same_model
    (cases,). O(cases x signals).
    """
    if not frames:
        return ()
    keys = [key for key in frame if key in catalogue]
    cases = np.array([[case.get(key, np.nan) for key in keys] for case in frames]).reshape(len(frames), len(keys))
    own = np.array([frame[key] for key in keys])
    differences = (cases - own) / _spread(np.vstack((cases, own)), keys, catalogue)
    shared = (~np.isnan(differences)).sum(axis=1)
    distance = np.sqrt(np.nansum(differences**2, axis=1) / np.maximum(shared, 1))
    distance[shared == 0] = np.inf
    order = np.lexsort((distance, ~np.asarray(same_model, np.bool_)))[:most]
    return tuple(
        Likeness(int(place), bool(same_model[place]), float(distance[place]) if shared[place] else None)
        for place in order
    )


def _spread(values: Float64Array, keys: Sequence[str], catalogue: Catalogue) -> Float64Array:
    """(keys,): what a difference is measured in."""
    least = np.array([LEAST_SPREAD * (catalogue[key].valid[1] - catalogue[key].valid[0]) for key in keys])
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    square = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / count
    spread: Float64Array = np.maximum(np.sqrt(square), least)
    return spread
