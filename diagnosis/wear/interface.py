"""What every model of remaining useful life is: a scikit-learn regressor that also gives an 80 % interval."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from diagnosis.learned import Learned
from diagnosis.wear.features import FloatArray, wear_features
from fleet.errors import InvalidInput

FOLDS = 5
BANDS = 12
"""Residuals are looked at by the size of the prediction, in so many bands of equal count."""
SHARE = 0.8

Units = npt.NDArray[Any]


class Life(NamedTuple):
    """Remaining life, and the interval that holds it in 80 of 100 cases; rows."""

    expected: FloatArray
    low: FloatArray
    high: FloatArray


class LifeModel(Learned, ABC):
    """Learns from machines run to their end; the interval is calibrated on machines left out of the learning.

    X is rows x signals of several machines, NaN where not reported, the rows of a machine oldest first; units says
    whose each row is. Predictions are never below 0 or above the greatest target seen (a capped target stays capped).
    The machines are dealt into 5 folds; what the model of the other folds misses on a fold is what the interval is
    made of, in bands of the prediction: a worn machine is known better than one in its prime.
    """

    mean_: FloatArray
    scale_: FloatArray
    cap_: float
    marks_: FloatArray  # where the bands of the prediction meet
    misses_: FloatArray  # bands x 2: the 10 % and 90 % quantiles of target - prediction
    coverage_80_: float

    def fit(self, X: FloatArray, y: FloatArray, units: Units) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn. Raises InvalidInput with fewer machines than folds."""
        rows, target = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
        known = np.isfinite(target)
        names = np.unique(units)
        if len(names) < FOLDS:
            raise InvalidInput(f"{len(names)} machines are too few to learn a remaining life from: at least {FOLDS}.")
        self.mean_, spread = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
        self.scale_ = np.where(spread > 1e-9 * (np.abs(self.mean_) + 1e-9), spread, np.inf)
        self.cap_ = float(target[known].max())
        features = self._features(rows, units)
        fold = np.searchsorted(names, units) % FOLDS
        left_out = np.full(len(target), np.nan)
        for one in range(FOLDS):
            others, own = known & (fold != one), fold == one
            left_out[own] = self._clipped(self._foretell(self._learn(features[others], target[others]), features[own]))
        self.coverage_80_ = self._covered(left_out[known], target[known], fold[known])
        self.marks_, self.misses_ = _missed(left_out[known], target[known])
        self._keep(self._learn(features[known], target[known]))
        return self

    def predict(self, X: FloatArray, units: Units) -> FloatArray:  # noqa: N803
        """The remaining life at each row."""
        return self.life(X, units).expected

    def life(self, X: FloatArray, units: Units) -> Life:  # noqa: N803
        """The remaining life at each row with its interval."""
        features = self._features(np.asarray(X, dtype=np.float64), units)
        return self._interval(self._clipped(self._foretell(self._kept(), features)), self.marks_, self.misses_)

    def _features(self, rows: FloatArray, units: Units) -> FloatArray:
        standard = ((rows - self.mean_) / self.scale_)[:, np.isfinite(self.scale_)]
        if not standard.size:
            raise InvalidInput("There is no row, or no signal that ever changes.")
        order = np.argsort(units, kind="stable")
        cuts = np.flatnonzero(np.diff(np.unique(units, return_inverse=True)[1][order])) + 1
        features = np.vstack([wear_features(standard[own]) for own in np.split(order, cuts)])
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return features[back]

    def _covered(self, foretold: FloatArray, target: FloatArray, fold: npt.NDArray[np.int64]) -> float:
        """Share of left-out rows that an interval made from the misses on the other folds covers."""
        covered = np.zeros(len(target), dtype=np.bool_)
        for one in range(FOLDS):
            own = fold == one
            life = self._interval(foretold[own], *_missed(foretold[~own], target[~own]))
            covered[own] = (life.low <= target[own]) & (target[own] <= life.high)
        return float(covered.mean())

    def _interval(self, expected: FloatArray, marks: FloatArray, misses: FloatArray) -> Life:
        low, high = misses[np.searchsorted(marks, expected)].T
        return Life(expected, self._clipped(expected + low), self._clipped(expected + high))

    def _clipped(self, life: FloatArray) -> FloatArray:
        return np.clip(life, 0.0, self.cap_)

    @abstractmethod
    def _learn(self, features: FloatArray, target: FloatArray) -> Any:
        """What foretells the target."""

    @abstractmethod
    def _foretell(self, learned: Any, features: FloatArray) -> FloatArray:
        """The target by what `_learn` gave."""

    @abstractmethod
    def _keep(self, learned: Any) -> None:
        """Keeps what `_learn` gave, as attributes that can be written to a file."""

    @abstractmethod
    def _kept(self) -> Any:
        """What `_keep` kept."""


def _missed(foretold: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    marks = np.unique(np.quantile(foretold, np.arange(1, BANDS) / BANDS))
    band = np.searchsorted(marks, foretold)
    ends = ((1 - SHARE) / 2, (1 + SHARE) / 2)
    everywhere = np.quantile(target - foretold, ends)
    misses = [
        np.quantile((target - foretold)[band == one], ends) if (band == one).any() else everywhere
        for one in range(len(marks) + 1)
    ]
    return marks, np.array(misses)
