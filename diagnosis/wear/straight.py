"""Remaining life by ridge regression on the same features: the baseline that the others have to beat."""

import numpy as np

from diagnosis.wear.features import FloatArray
from diagnosis.wear.interface import LifeModel

RIDGE = 10.0


class Straight(LifeModel):
    """A straight line through the features."""

    learned = ("mean_", "scale_", "cap_", "marks_", "misses_", "coverage_80_", "slopes_")

    slopes_: FloatArray

    def _learn(self, features: FloatArray, target: FloatArray) -> FloatArray:
        columns = self._with_one(features)
        slopes = np.linalg.solve(columns.T @ columns + RIDGE * np.eye(columns.shape[1]), columns.T @ target)
        return np.asarray(slopes, dtype=np.float64)

    def _foretell(self, learned: FloatArray, features: FloatArray) -> FloatArray:
        return self._with_one(features) @ learned

    def _keep(self, learned: FloatArray) -> None:
        self.slopes_ = learned

    def _kept(self) -> FloatArray:
        return self.slopes_

    @staticmethod
    def _with_one(features: FloatArray) -> FloatArray:
        return np.hstack([features, np.ones((len(features), 1))])
