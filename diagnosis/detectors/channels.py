"""Detectors that watch mixtures of the signals (a signal itself, what the others do not explain of it) in bands."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.band import CENTRE, Band, learn_band
from diagnosis.detectors.interface import Detector, FloatArray
from fleet.errors import InvalidInput

MIN_ROWS = 30
MIN_REPORTED = 0.5
RIDGE = 0.1


class ChannelDetector(Detector):
    """Standardises the signals, mixes them into channels, and bands those. The score is that of the worst channel.

    Signals that were constant while learning, or reported in less than half of the rows, are not assessed.
    """

    learned: ClassVar[tuple[str, ...]] = (
        "n_features_in_",
        "seen_",
        "mean_",
        "scale_",
        "mixing_",
        "owner_",
        "band_",
        "border_",
        "span_",
        "rows_",
    )

    mean_: FloatArray  # a signal; what a signal that is not assessed has here does not matter
    scale_: FloatArray
    mixing_: FloatArray  # channels x columns of `_columns`
    owner_: npt.NDArray[np.int64]  # channel -> the signal it speaks for
    band_: FloatArray
    border_: float
    span_: int
    rows_: int

    def __init__(self, drivers: tuple[int, ...] = ()) -> None:
        self.drivers = drivers

    def _learn(self, rows: FloatArray) -> None:
        if len(rows) < MIN_ROWS:
            raise InvalidInput(f"{len(rows)} rows are too few to learn from: at least {MIN_ROWS}.")
        usable = usable_signals(rows)
        filled = filled_up(np.where(usable, rows, 0.0))
        self.mean_, self.scale_ = filled.mean(axis=0), _spread(filled)
        self.mixing_, self.owner_ = self._mixed(self._columns((filled - self.mean_) / self.scale_), usable)
        band = learn_band(filled, self._channels_of)
        self.band_, self.border_, self.span_, self.rows_ = band.table, band.border, band.span, band.rows

    def _channels_of(self, learned: FloatArray, judged: FloatArray) -> FloatArray:
        """The channels that were chosen, their coefficients learned from `learned` alone."""
        mean, scale = learned.mean(axis=0), _spread(learned)
        mixing = self._coefficients(self._columns((learned - mean) / scale))
        return self._columns((judged - mean) / scale) @ mixing.T

    def _opening(self) -> FloatArray:
        return self._band().opening()

    def _follow(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        ratios, later = self._ratios(state, rows)
        return worst(ratios), later

    def _ratios(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self._band().follow(state, self._channels(rows))

    def _channels(self, rows: FloatArray) -> FloatArray:
        columns = self._columns((rows - self.mean_) / self.scale_)
        missing = np.isnan(columns)
        channels = np.where(missing, 0.0, columns) @ self.mixing_.T
        if missing.any():
            channels[missing @ (self.mixing_ != 0).T] = np.nan
        return channels

    def explain(self, X: FloatArray) -> FloatArray:  # noqa: N803 - scikit-learn's name
        """How far out the signal's worst channel is: the greatest of a row is its score."""
        return self.explain_after(self.opening(), X)

    def explain_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803
        """The same of rows that follow `state`."""
        rows = self._rows(X)
        unseen = self._unseen(rows)
        rows[unseen] = np.nan
        ratios, _ = self._ratios(state[self.persistence.size :], rows)
        ratios[unseen] = np.nan
        told = np.zeros(rows.shape)
        for channel, signal in enumerate(self.owner_):
            told[:, signal] = np.fmax(told[:, signal], ratios[:, channel])
        return told

    def foretell_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803
        """What each signal's worst channel was while learning, in the signal's own unit."""
        rows = self._rows(X)
        ratios, _ = self._ratios(state[self.persistence.size :], rows)
        away = (self._channels(rows) - self.band_[CENTRE]) * self.scale_[self.owner_]
        told, worst_yet = np.full(rows.shape, np.nan), np.full(rows.shape, -1.0)
        for channel, signal in enumerate(self.owner_):
            is_worse = ratios[:, channel] > worst_yet[:, signal]  # False where it was not assessed
            told[is_worse, signal] = (rows[:, signal] - away[:, channel])[is_worse]
            worst_yet[is_worse, signal] = ratios[is_worse, channel]
        return told

    def _band(self) -> Band:
        return Band(self.band_, self.border_, self.span_, self.rows_)

    def _columns(self, standard: FloatArray) -> FloatArray:
        """What is mixed: the standardised signals, unless a detector adds to them."""
        return standard

    def _mixed(self, columns: FloatArray, usable: npt.NDArray[np.bool_]) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """Chooses the channels: their coefficients, and the signal that each speaks for."""
        self.owner_ = self._chosen(columns, np.setdiff1d(np.flatnonzero(usable), self.drivers))
        return self._coefficients(columns), self.owner_

    @abstractmethod
    def _chosen(self, columns: FloatArray, usable: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The channels' signals."""

    @abstractmethod
    def _coefficients(self, columns: FloatArray) -> FloatArray:
        """Channels x columns for the channels of owner_."""


def worst(ratios: FloatArray) -> FloatArray:
    """The greatest of each row; NaN only where nothing was assessed."""
    assessed = ~np.isnan(ratios)
    greatest = np.where(assessed, ratios, -1.0).max(axis=1, initial=-1.0)
    return np.where(assessed.any(axis=1), greatest, np.nan)


def usable_signals(rows: FloatArray) -> npt.NDArray[np.bool_]:
    """Which signals were reported often enough and moved."""
    reported = ~np.isnan(rows)
    enough = reported.mean(axis=0) >= MIN_REPORTED
    filled = np.where(reported, rows, 0.0)
    counted = np.maximum(reported.sum(axis=0), 1)
    mean = filled.sum(axis=0) / counted
    variance = (np.where(reported, rows - mean, 0.0) ** 2).sum(axis=0) / counted
    usable: npt.NDArray[np.bool_] = enough & (np.sqrt(variance) > 1e-9 * (np.abs(mean) + 1e-9))
    return usable


def filled_up(rows: FloatArray) -> FloatArray:
    """Each gap with the value before it; those at the start with the first value."""
    at = np.where(np.isnan(rows), 0, np.arange(len(rows))[:, None])
    before = np.take_along_axis(rows, np.maximum.accumulate(at, axis=0), axis=0)
    first = np.take_along_axis(rows, np.argmax(~np.isnan(rows), axis=0)[None], axis=0)
    return np.nan_to_num(np.where(np.isnan(before), first, before))


def unexplained(columns: FloatArray, signals: npt.NDArray[np.int64], by: npt.NDArray[np.int64]) -> FloatArray:
    """Coefficients that leave of each of `signals` what the columns `by` (never itself) do not explain: ridge."""
    covariance = columns.T @ columns / len(columns)
    mixing = np.zeros((len(signals), columns.shape[1]))
    for row, signal in enumerate(signals):
        others = by[by != signal]
        shrunk = covariance[np.ix_(others, others)] + RIDGE * np.eye(len(others))
        mixing[row, others] = -np.linalg.solve(shrunk, covariance[others, signal])
        mixing[row, signal] = 1.0
    return mixing


def _spread(rows: FloatArray) -> FloatArray:
    spread = rows.std(axis=0)
    return np.where(spread > 1e-9 * (np.abs(rows.mean(axis=0)) + 1e-9), spread, 1.0)
