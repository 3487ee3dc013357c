"""A machine against its model's other machines: robust z of what each of them is like, regime by regime.

A row is one machine: a column a regime and signal (`machine_features`), NaN where the machine was there too rarely. It
is learned from the other machines' rows and judges this one's; where fewer than MIN_PEERS others are known a column is
not assessed.
"""

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import worst
from diagnosis.detectors.interface import Detector, FloatArray
from diagnosis.regime import MIN_PEERS
from fleet.errors import InvalidInput

BORDER = 6.0
"""Deviations; with a hundred columns a healthy machine is 3.5 out somewhere each day."""
MIN_MINUTES = 30


class Peers(Detector):
    """Score: the worst column's distance from the peers' median, in their deviations (MAD), over BORDER.

    least: no deviation counts for less; 1 is what lies between machines of a family (FamilyBaseline.conditioned). A few
    peers that happen to be alike are no reason to call a hair's breadth a fault.
    """

    learned = ("n_features_in_", "middle_", "spread_", "peers_")

    middle_: FloatArray
    spread_: FloatArray  # infinite where the column is not assessed
    peers_: FloatArray  # how many of them say each column

    def __init__(self, least: float = 1.0) -> None:
        self.least = least

    def _learn(self, rows: FloatArray) -> None:
        self.peers_ = (~np.isnan(rows)).sum(axis=0).astype(np.float64)
        enough = self.peers_ >= MIN_PEERS
        if len(rows) < MIN_PEERS:
            raise InvalidInput(f"{len(rows)} peers are too few: at least {MIN_PEERS}.")
        self.middle_, spread = np.zeros(rows.shape[1]), np.full(rows.shape[1], np.inf)
        if enough.any():
            told = rows[:, enough]
            self.middle_[enough] = np.nanmedian(told, axis=0)
            far = 1.4826 * np.nanmedian(np.abs(told - self.middle_[enough]), axis=0)
            spread[enough] = np.maximum(far, self.least + 1e-9)
        moved = np.nan_to_num(np.nanmax(rows, axis=0, initial=-np.inf) - np.nanmin(rows, axis=0, initial=np.inf))
        spread[~(moved > 0)] = np.inf
        self.spread_ = spread

    def _opening(self) -> FloatArray:
        return np.empty(0)

    def _follow(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        return worst(self._ratios(rows)), state

    def _ratios(self, rows: FloatArray) -> FloatArray:
        ratios = np.abs(rows - self.middle_) / self.spread_ / BORDER
        ratios[:, np.isinf(self.spread_)] = np.nan
        return ratios

    def explain(self, X: FloatArray) -> FloatArray:  # noqa: N803 - scikit-learn's name
        """How far out each column is: the greatest of a row is its score."""
        return np.nan_to_num(self._ratios(self._rows(X)))


def machine_features(rows: FloatArray, regime: npt.NDArray[np.int64], regimes: int) -> FloatArray:
    """One machine's row: the median of each signal in each regime, (regimes x signals,), NaN below MIN_MINUTES rows.

    rows: minutes x signals, NaN not reported; regime: (minutes,), -1 none.
    """
    told = np.full((regimes, rows.shape[1]), np.nan)
    for one in range(regimes):
        here = rows[regime == one]
        enough = (~np.isnan(here)).sum(axis=0) >= MIN_MINUTES
        if enough.any():
            told[one, enough] = np.nanmedian(here[:, enough], axis=0)
    return told.ravel()
