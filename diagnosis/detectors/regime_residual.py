"""What a machine's load, speed and surroundings do not explain of its other signals."""

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import ChannelDetector, unexplained
from diagnosis.detectors.interface import FloatArray
from fleet.errors import InvalidInput

MARGIN = 0.1


class RegimeResidual(ChannelDetector):
    """Explains every signal by the drivers and their squares, and watches the rest.

    drivers: the columns of X that say what the machine is asked to do and where (load, speed, ambient); without any,
    every signal is explained by all the others. A row with a driver further out than a tenth of its learned range is
    in a regime never seen: not assessed.
    """

    learned = (*ChannelDetector.learned, "least_", "greatest_")

    least_: FloatArray  # of each driver, standardised
    greatest_: FloatArray

    def __init__(self, drivers: tuple[int, ...] = ()) -> None:
        self.drivers = drivers

    def _learn(self, rows: FloatArray) -> None:
        if not all(0 <= driver < rows.shape[1] for driver in self.drivers):
            raise InvalidInput(f"There are {rows.shape[1]} signals: {self.drivers} cannot all be drivers.")
        super()._learn(rows)
        standard = ((rows - self.mean_) / self.scale_)[:, list(self.drivers)]
        known = np.where(np.isnan(standard), 0.0, standard)
        least, greatest = known.min(axis=0), known.max(axis=0)
        self.least_ = least - MARGIN * (greatest - least)
        self.greatest_ = greatest + MARGIN * (greatest - least)

    def _ratios(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        standard = ((rows - self.mean_) / self.scale_)[:, list(self.drivers)]
        seen = np.all((standard >= self.least_) & (standard <= self.greatest_), axis=1)
        ratios, later = super()._ratios(state, np.where(seen[:, None], rows, np.nan))
        ratios[~seen] = np.nan
        return ratios, later

    def _columns(self, standard: FloatArray) -> FloatArray:
        return np.hstack([standard, standard[:, list(self.drivers)] ** 2 - 1])

    def _chosen(self, columns: FloatArray, usable: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return usable[~np.isin(usable, self.drivers)]

    def _coefficients(self, columns: FloatArray) -> FloatArray:
        squares = np.arange(columns.shape[1] - len(self.drivers), columns.shape[1])
        by = np.concatenate([np.array(self.drivers, dtype=np.int64), squares]) if self.drivers else self.owner_
        return unexplained(columns, self.owner_, by)
