"""Whether a terminal's clock is right, by how long its readings take to arrive."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fleet.batch import Float64Array, Int64Array

AT_LEAST = 5
_RIGHT_S = 60.0
_ZONE_S = 1800.0  # zones are half hours apart, a few quarters
_ZONE_NEAR_S = 90.0
_MOST_STEPS = 28  # 14 hours
_SPREAD_S = 120.0
_DRIFT_PPM = 300.0
_DRIFT_SPAN_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFinding:
    """What the delays say. `delay_s` is the median of received_at - measured_at; zone_h: hours that explain it."""

    kind: Literal["right", "zone", "behind", "ahead", "late", "drifts", "unknown"]
    delay_s: float = 0.0
    spread_s: float = 0.0
    zone_h: float | None = None
    drift_ppm: float | None = None
    rows: int = 0


def judge_clock(measured_us: Int64Array, received_us: Int64Array) -> ClockFinding:
    """Judge the delays of recently received rows; shapes (rows,).

    A wrong clock delays all rows alike; a back-fill delays each by another time, so a wide spread accuses no clock.
    Nor does a delay that some rows do not have: a terminal that sends every few minutes keeps rows that long.
    """
    if len(measured_us) < AT_LEAST:
        return ClockFinding(kind="unknown", rows=len(measured_us))
    delay_s = (received_us - measured_us) / 1e6
    low, median, high = (float(q) for q in np.percentile(delay_s, [10, 50, 90]))
    drift = _drift_ppm(received_us, delay_s)
    found = ClockFinding(kind="right", delay_s=median, spread_s=high - low, drift_ppm=drift, rows=len(delay_s))
    if high - low > _SPREAD_S:
        return replace(found, kind="late" if median > _RIGHT_S else "ahead" if low < -_RIGHT_S else "right")
    if abs(median) <= _RIGHT_S or 0 <= low <= _RIGHT_S:
        return replace(found, kind="drifts" if drift is not None and abs(drift) > _DRIFT_PPM else "right")
    steps = round(median / _ZONE_S)
    if steps and abs(median - steps * _ZONE_S) <= _ZONE_NEAR_S and abs(steps) <= _MOST_STEPS:
        return replace(found, kind="zone", zone_h=-steps / 2)
    return replace(found, kind="behind" if median > 0 else "ahead")


def _drift_ppm(received_us: Int64Array, delay_s: Float64Array) -> float | None:
    """By how many millionths the clock runs slow (its delay grows).

    None over less than an hour, or when the delays differ by more than what they would have drifted.
    """
    at_s = (received_us - received_us.min()) / 1e6
    if at_s.max() < _DRIFT_SPAN_S:
        return None
    slope, start = np.polyfit(at_s, delay_s, 1)
    low, high = np.percentile(delay_s - slope * at_s - start, [10, 90])
    return float(slope * 1e6) if abs(slope) * at_s.max() > high - low else None
