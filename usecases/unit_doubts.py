"""Values that look as if they were sent in another unit: what is suspected, and on what evidence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.batch import BoolArray, Float64Array, Int64Array
from fleet.signals import Aggregation, Catalogue

RUNNING_RPM = 500.0
AT_LEAST = 5  # values below which nothing is suspected
_RATIO_AT_LEAST = 10
_HOURS_SPAN_S = 60.0

# Medians that machines in order show; of those marked True only while the engine runs.
USUAL: Mapping[str, tuple[float, float, bool]] = {
    "engine_oil_pressure_kpa": (90, 750, True),
    "fuel_delivery_pressure_kpa": (100, 1000, True),
    "transmission_oil_pressure_kpa": (400, 3500, True),
    "main_pump_1_pressure_kpa": (900, 45_000, True),
    "main_pump_2_pressure_kpa": (900, 45_000, True),
    "hydraulic_pressure_kpa": (900, 60_000, True),
    "pilot_pressure_kpa": (1500, 6000, True),
    "barometric_pressure_kpa": (50, 108, False),
    "engine_coolant_temp_degc": (-35, 112, False),
    "engine_oil_temp_degc": (-35, 135, False),
    "hydraulic_oil_temp_degc": (-35, 105, False),
    "transmission_oil_temp_degc": (-35, 125, False),
    "fuel_temp_degc": (-35, 85, False),
    "intake_manifold_temp_degc": (-35, 120, False),
    "intake_air_temp_degc": (-45, 75, False),
    "ambient_temp_degc": (-50, 56, False),
    "battery_voltage_v": (9, 33, False),
    "key_switch_voltage_v": (9, 33, False),
    "distance_total_km": (0, 2_000_000, False),
}
# Suspected unit by the end of the key -> (value in the catalogue's unit) = value * factor + offset
_OTHERS: Mapping[str, tuple[tuple[str, float, float], ...]] = {
    "_kpa": (("bar", 100.0, 0.0), ("MPa", 1000.0, 0.0), ("psi", 6.894757, 0.0), ("Pa", 0.001, 0.0)),
    "_degc": (("degF", 1 / 1.8, -32 / 1.8), ("K", 1.0, -273.15)),
    "_v": (("mV", 0.001, 0.0),),
    "_km": (("m", 0.001, 0.0),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDoubt:
    """A signal that looks wrong. `suspicion` is a unit ("bar"), or out_of_limits, unusual, always_zero."""

    signal: str
    suspicion: str
    median: float | None
    would_be: float | None = None
    values: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentRows:
    """Readings of one machine in time order: measured_us, received_us (rows,); `values` (rows, signals), NaN: none."""

    measured_us: Int64Array
    received_us: Int64Array
    keys: tuple[str, ...]
    values: Float64Array

    def of(self, key: str) -> Float64Array:
        """Values of a signal, (rows,); NaN where it was not reported or never is."""
        if key not in self.keys:
            return np.full(len(self.measured_us), np.nan)
        column: Float64Array = self.values[:, self.keys.index(key)]
        return column


def doubts(rows: RecentRows, catalogue: Catalogue, sensor_errors: Mapping[str, int]) -> list[UnitDoubt]:
    """What looks wrong about recent readings; `sensor_errors`: signal -> values that were out of the valid range."""
    speed = rows.of("engine_speed_rpm")
    runs = speed > RUNNING_RPM if np.isfinite(speed).any() else np.ones(len(speed), np.bool_)
    found = [_judged(key, rows.of(key), runs) for key in rows.keys]
    found += [_counter_doubt(key, rows) for key in ("engine_hours_h", "idle_hours_h") if key in rows.keys]
    found += [
        UnitDoubt(signal=key, suspicion=_beyond(key), median=None, values=count)
        for key, count in sensor_errors.items()
        if key in catalogue and count >= AT_LEAST and catalogue[key].aggregation is not Aggregation.POSITION
    ]
    return [doubt for doubt in found if doubt is not None]


def _judged(key: str, column: Float64Array, runs: BoolArray) -> UnitDoubt | None:
    low, high, only_running = USUAL.get(key, (-np.inf, np.inf, False))
    values = column[np.isfinite(column) & (runs if only_running else True)]
    if len(values) < AT_LEAST:
        return None
    if key.endswith("_pct"):
        return _ratio_doubt(key, values)
    median = float(np.median(values))
    if low <= median <= high or (median == 0 and key.endswith("_kpa")):
        return None
    ending = "_" + key.rsplit("_", 1)[-1]
    fitting = [
        (unit, median * factor + offset)
        for unit, factor, offset in _OTHERS.get(ending, ())
        if low <= median * factor + offset <= high
    ]
    if not fitting:
        return UnitDoubt(signal=key, suspicion="unusual", median=median, values=len(values))
    unit, would_be = min(fitting, key=lambda one: _strangeness(one[1], low, high))
    return UnitDoubt(signal=key, suspicion=unit, median=median, would_be=would_be, values=len(values))


def _strangeness(value: float, low: float, high: float) -> float:
    """How far a value is from what is most usual between low and high: of two units that fit, the likelier is taken."""
    if low <= 0:
        return abs(value - (low + high) / 2)
    return abs(math.log(value / (1.5 * math.sqrt(low * high))))


def _ratio_doubt(key: str, values: Float64Array) -> UnitDoubt | None:
    """A level or load that never passes 1 is a ratio, not per cent; one that is always 0 is not wired."""
    if len(values) < _RATIO_AT_LEAST or not key.endswith(("level_pct", "level_2_pct", "load_pct")):
        return None
    median, top = float(np.median(values)), float(values.max())
    if top == 0 and key == "fuel_level_pct":
        return UnitDoubt(signal=key, suspicion="always_zero", median=0.0, values=len(values))
    if 0 < top <= 1 and median > 0:
        return UnitDoubt(signal=key, suspicion="ratio", median=median, would_be=median * 100, values=len(values))
    return None


def _counter_doubt(key: str, rows: RecentRows) -> UnitDoubt | None:
    """An hour meter that gains more than an hour an hour counts minutes or seconds."""
    column = rows.of(key)
    known = np.flatnonzero(np.isfinite(column))
    if len(known) < 2:
        return None
    first, last = known[0], known[-1]
    elapsed_h = (rows.measured_us[last] - rows.measured_us[first]) / 3.6e9
    gained = float(column[last] - column[first])
    if elapsed_h * 3600 < _HOURS_SPAN_S or gained <= 0:
        return None
    pace = gained / elapsed_h
    unit = "s" if 600 < pace < 20_000 else "min" if 10 < pace <= 600 else None
    if unit is None:
        return None
    value = float(column[last])
    scale = {"s": 3600.0, "min": 60.0}[unit]
    return UnitDoubt(signal=key, suspicion=unit, median=value, would_be=value / scale, values=len(known))


def _beyond(key: str) -> str:
    """What the unit of values out of the physical limits may be."""
    if key.endswith("_degc"):
        return "K"
    return {"_kpa": "Pa", "_v": "mV"}.get("_" + key.rsplit("_", 1)[-1], "out_of_limits")


def as_facts(doubt: UnitDoubt) -> dict[str, Any]:
    """The evidence as JSON, rounded for reading."""
    return {
        "signal": doubt.signal,
        "suspicion": doubt.suspicion,
        "median": None if doubt.median is None else round(doubt.median, 3),
        "would_be": None if doubt.would_be is None else round(doubt.would_be, 3),
        "values": doubt.values,
    }
