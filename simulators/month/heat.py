"""Slow things over a month: what a temperature settles at, and how it follows, as columns over time."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.signal import lfilter

from fleet.batch import BoolArray, Float64Array
from simulators.month.rows import ROW_S


def settled_degc(
    heat_kw: Float64Array,
    ambient_degc: Float64Array,
    *,
    fixed_kw_k: Float64Array,
    cooler_kw_k: Float64Array,
    valve_degc: tuple[float, float],
    stuck: Float64Array,
) -> Float64Array:
    """Where heat in and heat out are equal, (rows,): a cooler behind a valve that opens between two temperatures.

    fixed_kw_k is lost without the cooler. stuck: the valve's opening where it does not move, else NaN.
    """
    low, high = valve_degc
    slope = np.maximum(cooler_kw_k, 1e-9) / (high - low)
    closed = ambient_degc + heat_kw / fixed_kw_k
    wide = ambient_degc + heat_kw / (fixed_kw_k + cooler_kw_k)
    linear = fixed_kw_k - slope * (low + ambient_degc)
    constant = slope * low * ambient_degc - fixed_kw_k * ambient_degc - heat_kw
    between = (-linear + np.sqrt(np.maximum(linear**2 - 4 * slope * constant, 0.0))) / (2 * slope)
    works = np.where(closed <= low, closed, np.where(wide >= high, wide, between))
    held = ambient_degc + heat_kw / (fixed_kw_k + cooler_kw_k * np.nan_to_num(stuck))
    return np.where(np.isnan(stuck), works, held)


def spans(mask: BoolArray) -> Iterator[tuple[int, int, bool]]:
    """First row, row after the last, and value of each run of a mask."""
    cuts = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    ends = [0, *cuts.tolist(), len(mask)]
    for begin, end in pairwise(ends):
        yield begin, end, bool(mask[begin])


def following(
    target: Float64Array, running: BoolArray, *, tau_s: float, standing_tau_s: float, start: float | None = None
) -> Float64Array:
    """First-order lag behind a target, one time constant while the engine runs and one while it stands, (rows,)."""
    followed = np.empty_like(target)
    last = float(target[0]) if start is None else start
    for begin, end, runs in spans(running):
        gain = -np.expm1(-ROW_S / (tau_s if runs else standing_tau_s))
        part, _ = lfilter([gain], [1.0, gain - 1.0], target[begin:end], zi=[(1.0 - gain) * last])
        followed[begin:end] = part
        last = float(part[-1])
    return followed


def wandering(rows: int, tau_s: float, sigma: float, rng: np.random.Generator) -> Float64Array:
    """A quantity that wanders about 0 with one sigma, forgetting itself in tau_s: (rows,)."""
    keep = float(np.exp(-ROW_S / tau_s))
    kicks = rng.standard_normal(rows) * sigma * np.sqrt(1 - keep**2)
    kicks[0] = rng.normal(0.0, sigma)
    return np.asarray(lfilter([1.0], [1.0, -keep], kicks))
