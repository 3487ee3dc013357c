"""What a machine was at, from engine speed and load: the regimes that evidence is told by.

Unknown: the engine's speed is. Off: below 300 rpm, as in ingest/work_state.py. Running: the load is unknown. Idle:
below 25 % load; light, medium and heavy work: from 25, 50 and 75 % load on.
"""

import numpy as np

from diagnosis.rows import IntpArray
from fleet.batch import Float64Array, Int64Array

REGIMES = ("unknown", "off", "running", "idle", "light", "medium", "heavy")
UNKNOWN, OFF, RUNNING, IDLE = range(4)
OFF_BELOW_RPM = 300.0
LOADS_PCT = (25.0, 50.0, 75.0)
"""Where light, medium and heavy work begin (engineering judgement; 25 % as in ingest/work_state.py)."""
LONGEST_US = 60_000_000
MIN_PEERS = 5
"""Fewer other machines than these say nothing of what is usual in a regime."""


def regimes(speed_rpm: Float64Array, load_pct: Float64Array) -> IntpArray:
    """Places in REGIMES; (rows,) each, NaN unknown."""
    working = IDLE + np.searchsorted(LOADS_PCT, load_pct, "right")
    running = np.where(np.isnan(load_pct), RUNNING, working)
    on = np.where(speed_rpm < OFF_BELOW_RPM, OFF, running)
    return np.where(np.isnan(speed_rpm), UNKNOWN, on).astype(np.intp)


def shares(at_us: Int64Array, regime: IntpArray) -> dict[str, float]:
    """The share of the time between the first row and the last that each regime had, those of 0 left out; each row
    counts until the next, a minute at most."""
    if len(at_us) < 2:
        return {}
    lasts = np.minimum(np.diff(at_us), LONGEST_US).astype(np.float64)
    sums = np.bincount(regime[:-1], lasts, len(REGIMES)) / lasts.sum()
    return {name: round(float(share), 4) for name, share in zip(REGIMES, sums, strict=True) if share > 0}


def held(at_us: Int64Array, values: Float64Array, hold_us: int) -> Float64Array:
    """At each row the last value no older than hold_us, NaN where there is none; (rows,) each, at_us ascending."""
    told = np.where(np.isnan(values), -1, np.arange(len(values)))
    source = np.maximum.accumulate(told) if len(told) else told
    known = source >= 0
    young = known & (at_us - at_us[np.maximum(source, 0)] <= hold_us)
    return np.where(young, values[np.maximum(source, 0)], np.nan)
