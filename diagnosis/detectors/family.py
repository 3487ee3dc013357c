"""What the machines of a model have in common: how signals follow the drivers, and how far machines and rows differ."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from diagnosis.detectors.interface import FloatArray

MIN_ROWS, MIN_FAMILY = 30, 3
RIDGE = 0.01
SENSORS = 0.03
"""Alike machines differ by so much of a signal's mean at the least: what their sensors are good for."""
_TINY = 1e-9

Regimes = npt.NDArray[np.int64]
Units = npt.NDArray[Any]


def columns_of(driven: FloatArray) -> FloatArray:
    """What signals are regressed on: the drivers, standardised, and their squares."""
    return np.hstack([driven, driven**2 - 1])


def slopes_of(columns: FloatArray, standard: FloatArray, of: Units) -> FloatArray:
    """What the columns explain of each signal within machines, columns x signals: ridge. of: each row's machine, from 0
    on."""
    if not columns.shape[1]:
        return np.zeros((0, standard.shape[1]))
    count = np.bincount(of)[:, None]

    def within(values: FloatArray) -> FloatArray:
        sums = np.zeros((len(count), values.shape[1]))
        np.add.at(sums, of, values)
        return values - (sums / np.maximum(count, 1))[of]

    inner, outer = within(columns), within(standard)
    square = inner.T @ inner / len(inner) + RIDGE * np.eye(columns.shape[1])
    return np.asarray(np.linalg.solve(square, inner.T @ outer / len(inner)))


def prior_of(left: FloatArray, regime: Regimes, of: Units, regimes: int, least: FloatArray) -> FloatArray:
    """Mean, scatter within and between machines of each regime and signal; NaN where fewer than MIN_FAMILY say it.

    left: rows x signals, what the columns do not explain; least: the variance between machines at the least, a signal.
    """
    told = np.full((3, regimes, left.shape[1]), np.nan)
    machines = np.unique(of).tolist()
    for one in range(regimes):
        here = [left[(regime == one) & (of == machine)] for machine in machines]
        enough = [(~np.isnan(rows)).sum(axis=0) >= MIN_ROWS for rows in here]
        for signal in range(left.shape[1]):
            columns = [rows[:, signal] for rows, is_enough in zip(here, enough, strict=True) if is_enough[signal]]
            if len(columns) >= MIN_FAMILY:
                means = np.array([np.nanmean(column) for column in columns])
                inner = float(np.median([np.nanvar(column) for column in columns]))
                middle = float(np.median(means))
                between = max(float(means.var(ddof=1)), 0.05 * inner, float(least[signal]))
                told[:, one, signal] = middle, inner, between
    return told


def persistence_of(left: FloatArray, regime: Regimes, of: Units, gain: float) -> FloatArray:
    """How much of a signal's variance within machines and regimes an EWMA of that gain leaves, (signals,).

    The more, the longer neighbouring rows are alike; at least what it leaves of rows that are independent.
    """
    kept, whole = np.zeros(left.shape[1]), np.zeros(left.shape[1])
    for machine in np.unique(of).tolist():
        rows, here = left[of == machine], regime[of == machine]
        out = np.zeros(rows.shape)
        for one in np.unique(here[here >= 0]).tolist():
            part = rows[here == one]
            heard = ~np.isnan(part)
            count = np.maximum(heard.sum(axis=0), 1)
            off = np.where(heard, part - np.where(heard, part, 0.0).sum(axis=0) / count, 0.0)
            out[here == one] = off / np.sqrt((off**2).sum(axis=0) / count + _TINY)
        kept += (lfilter([gain], [1.0, gain - 1.0], out, axis=0) ** 2).sum(axis=0)
        whole += (out**2).sum(axis=0)
    return np.clip(kept / np.maximum(whole, _TINY), gain / (2 - gain), 1.0)
