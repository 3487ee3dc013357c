"""What a machine's load, speed and surroundings do not explain of its other signals."""

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import ChannelDetector, unexplained
from diagnosis.detectors.interface import FloatArray


class RegimeResidual(ChannelDetector):
    """Explains every signal by the drivers and their squares, and watches the rest.

    Without drivers every signal is explained by all the others.
    """

    def _columns(self, standard: FloatArray) -> FloatArray:
        return np.hstack([standard, standard[:, list(self.drivers)] ** 2 - 1])

    def _chosen(self, columns: FloatArray, usable: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return usable

    def _coefficients(self, columns: FloatArray) -> FloatArray:
        squares = np.arange(columns.shape[1] - len(self.drivers), columns.shape[1])
        by = np.concatenate([np.array(self.drivers, dtype=np.int64), squares]) if self.drivers else self.owner_
        return unexplained(columns, self.owner_, by)
