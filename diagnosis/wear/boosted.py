"""Remaining life by gradient boosting on causal window features; the mean of three members with other draws."""

from typing import Any

import numpy as np

from diagnosis.sealed import sealed, unsealed
from diagnosis.wear.features import FloatArray
from diagnosis.wear.interface import LifeModel

MEMBERS = 3
ALLOWED = (
    "numpy.random._generator.Generator",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn._loss._loss.CyHalfSquaredError",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)


class Boosted(LifeModel):
    """Trees that each see a fifth of the features at a split, so that no single sensor decides."""

    learned = ("mean_", "scale_", "cap_", "marks_", "misses_", "coverage_80_", "members_")

    members_: np.ndarray  # the members, as one file

    def __init__(self, trees: int = 100) -> None:
        self.trees = trees

    def _learn(self, features: FloatArray, target: FloatArray) -> list[Any]:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        grown = [
            HistGradientBoostingRegressor(
                max_iter=self.trees,
                learning_rate=0.07,
                max_leaf_nodes=31,
                min_samples_leaf=40,
                l2_regularization=1.0,
                max_features=0.2,
                early_stopping=False,
                random_state=member,
            )
            for member in range(MEMBERS)
        ]
        with threadpool_limits(1):  # threads of small trees wait for each other where others compute beside them
            return [member.fit(features, target) for member in grown]

    def _foretell(self, learned: list[Any], features: FloatArray) -> FloatArray:
        foretold: FloatArray = np.mean([member.predict(features) for member in learned], axis=0)
        return foretold

    def _keep(self, learned: list[Any]) -> None:
        self.members_ = sealed(learned)
        self._grown = learned

    def _kept(self) -> list[Any]:
        if not hasattr(self, "_grown"):
            self._grown = unsealed(self.members_, ALLOWED)
        return self._grown
