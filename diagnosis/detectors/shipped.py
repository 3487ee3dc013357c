"""The detector that is shipped as `default`: every signal, and what the others do not explain of the tied ones."""

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import ChannelDetector, unexplained
from diagnosis.detectors.interface import FloatArray

TIED = 0.75
"""A signal is tied to the others when they explain, on rows not learned from, this share of its variance at least."""


class Shipped(ChannelDetector):
    """One fixed configuration for every machine: nothing but the drivers can be set, which explain and are not watched.

    A residual is worth watching only where the others foretell the signal; elsewhere it is the signal again with their
    noise added, and one more chance of a false alarm. So the first half of the training rows explains, the second says
    how well it does.
    """

    def _chosen(self, columns: FloatArray, usable: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        half = len(columns) // 2
        first, second = columns[:half], columns[half:]
        mean, scale = first.mean(axis=0), np.maximum(first.std(axis=0), 1e-9)
        first, second = (first - mean) / scale, (second - mean) / scale
        left = ((second @ unexplained(first, usable, self._explaining(usable)).T) ** 2).mean(axis=0)
        whole = (second[:, usable] ** 2).mean(axis=0)
        self._levels = len(usable)
        return np.concatenate([usable, usable[left < (1 - TIED) * whole]])

    def _coefficients(self, columns: FloatArray) -> FloatArray:
        levels, tied = self.owner_[: self._levels], self.owner_[self._levels :]
        return np.vstack([np.eye(columns.shape[1])[levels], unexplained(columns, tied, self._explaining(levels))])

    def _explaining(self, signals: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.concatenate([signals, np.array(self.drivers, dtype=np.int64)])
