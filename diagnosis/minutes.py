"""What a model says of the settled minutes of one machine: its judgement, and the episodes that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from diagnosis.detectors.interface import BoolArray, Detector, FloatArray, Judgement
from diagnosis.episodes import Episode, EpisodeState, follow_episodes
from fleet.batch import Int64Array

SHOWN = 5
"""So many signals that drove an alarm are told."""


class Settled(NamedTuple):
    """Minutes of one machine, oldest first: (rows,), rows x signals of the model, and which of them teach nothing."""

    at_us: Int64Array
    rows: FloatArray
    frozen: BoolArray


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a stream between two batches of its minutes: the detector's state, and its episodes."""

    state: FloatArray
    episodes: EpisodeState


def judge_minutes(
    detector: Detector, keys: Sequence[str], before: Remembered, minutes: Settled
) -> tuple[Judgement, list[Episode], Remembered]:
    """Judge the minutes that come next by a detector of the signals `keys`. Any splitting says the same."""
    judgement, later = detector.follow(before.state, minutes.rows, minutes.frozen)
    told, following = follow_episodes(
        before.episodes,
        minutes.at_us,
        judgement,
        last=detector.persistence.of_m,
        telling=partial(_telling, detector, keys, before.state, minutes.rows),
    )
    return judgement, told, Remembered(later, following)


def _telling(
    detector: Detector, keys: Sequence[str], state: FloatArray, rows: FloatArray, row: int
) -> tuple[str, list[tuple[str, float]]]:
    """The signal that a row's alarm is about; of those that drove it, the greatest first, the value, what was foretold
    of it, and its share."""
    upto = rows[: row + 1]
    shares = detector.explain_after(state, upto)[-1]
    expected = detector.foretell_after(state, upto)[-1]
    order = [at for at in np.argsort(-shares, kind="stable").tolist() if shares[at] > 0][:SHOWN]
    told = [
        *((keys[at], float(rows[row, at])) for at in order),
        *((f"expected.{keys[at]}", round(float(expected[at]), 3)) for at in order),
        *((f"contribution.{keys[at]}", round(float(shares[at]), 3)) for at in order),
    ]
    return (keys[order[0]] if order else keys[0]), [one for one in told if np.isfinite(one[1])]
