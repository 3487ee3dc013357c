"""scikit-learn's IsolationForest on single rows: the baseline that the others have to beat."""

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import filled_up
from diagnosis.detectors.interface import Detector, FloatArray
from diagnosis.sealed import sealed, unsealed

BORDER_SHARE = 0.01
ALLOWED = (
    "sklearn.ensemble._iforest.IsolationForest",
    "sklearn.tree._classes.ExtraTreeRegressor",
    "sklearn.tree._tree.Tree",
)


class Isolation(Detector):
    """A row is out when it is easier to set apart than 99 % of the training rows. It knows no time and no drift."""

    learned = ("n_features_in_", "seen_", "forest_", "middle_", "border_")

    forest_: npt.NDArray[np.uint8]  # the forest, as a file
    middle_: FloatArray  # a signal's median, for what was not reported
    border_: float

    def __init__(self, trees: int = 100, drivers: tuple[int, ...] = ()) -> None:
        self.trees = trees
        self.drivers = drivers

    def _learn(self, rows: FloatArray) -> None:
        from sklearn.ensemble import IsolationForest

        filled = filled_up(rows)
        self.middle_ = np.median(filled, axis=0)
        filled[:, list(self.drivers)] = self.middle_[list(self.drivers)]
        forest = IsolationForest(n_estimators=self.trees, random_state=0).fit(filled)
        self.forest_ = sealed(forest)
        self._grown = forest
        self.border_ = float(np.quantile(-forest.score_samples(filled), 1 - BORDER_SHARE)) * (1 + 1e-9)

    def _opening(self) -> FloatArray:
        return np.empty(0)

    def _follow(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        scores = self._isolation(rows)
        scores[np.isnan(rows).all(axis=1)] = np.nan
        return scores, state

    def _isolation(self, rows: FloatArray) -> FloatArray:
        """Over the border's: 1 is the border."""
        if not len(rows):
            return np.empty(0)
        if not hasattr(self, "_grown"):
            self._grown = unsealed(self.forest_, ALLOWED)
        filled = np.where(np.isnan(rows), self.middle_, rows)
        filled[:, list(self.drivers)] = self.middle_[list(self.drivers)]
        scores: FloatArray = -self._grown.score_samples(filled) / self.border_
        return scores

    def explain(self, X: FloatArray) -> FloatArray:  # noqa: N803 - scikit-learn's name
        """By how much the score falls when the signal is put back to its median."""
        rows = self._rows(X)
        whole = self._isolation(rows)
        told = np.empty(rows.shape)
        for signal in range(rows.shape[1]):
            changed = rows.copy()
            changed[:, signal] = self.middle_[signal]
            told[:, signal] = np.maximum(whole - self._isolation(changed), 0)
        return told
