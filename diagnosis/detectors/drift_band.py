"""Each signal in a band of its own that widens as the signal may drift."""

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import ChannelDetector
from diagnosis.detectors.interface import FloatArray


class DriftBand(ChannelDetector):
    """Watches every signal by itself."""

    def _chosen(self, columns: FloatArray, usable: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return usable

    def _coefficients(self, columns: FloatArray) -> FloatArray:
        return np.eye(columns.shape[1])[self.owner_]
