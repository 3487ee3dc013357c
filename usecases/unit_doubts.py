"""Values that look as if they were sent in another unit: what is suspected, and on what evidence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.batch import Float64Array, Int64Array
from fleet.signals import Aggregation, Catalogue

RUNNING_RPM = 500.0
AT_LEAST = 5  # values below which nothing is suspected
_RATIO_AT_LEAST = 10
_HOURS_SPAN_S = 60.0
_STEPS = 3
_BEYOND = {"_degc": "K", "_kpa": "Pa", "_v": "mV"}  # what values beyond a sensor's limits may be


@dataclass(frozen=True, slots=True)
class Band:
    """What medians of a signal are: usual in machines in order, and possible at all, faults and hard weather included.

    `only_running`: judged only while the engine runs.
    """

    usual: tuple[float, float]
    possible: tuple[float, float]
    only_running: bool = False


BANDS: Mapping[str, Band] = {
    "engine_oil_pressure_kpa": Band((90, 750), (10, 1200), True),  # who loses it below 10 kPa does not run on
    "fuel_delivery_pressure_kpa": Band((100, 1000), (20, 1500), True),
    "transmission_oil_pressure_kpa": Band((400, 3500), (100, 5000), True),
    "main_pump_1_pressure_kpa": Band((900, 45_000), (300, 60_000), True),
    "main_pump_2_pressure_kpa": Band((900, 45_000), (300, 60_000), True),
    "hydraulic_pressure_kpa": Band((900, 60_000), (300, 80_000), True),
    "pilot_pressure_kpa": Band((1500, 6000), (0, 8000), True),  # none while the levers are locked
    "barometric_pressure_kpa": Band((50, 108), (40, 110)),
    "engine_coolant_temp_degc": Band((-35, 112), (-60, 150)),
    "engine_oil_temp_degc": Band((-35, 135), (-60, 180)),
    "hydraulic_oil_temp_degc": Band((-35, 105), (-60, 140)),
    "transmission_oil_temp_degc": Band((-35, 125), (-60, 170)),
    "fuel_temp_degc": Band((-35, 85), (-60, 120)),
    "intake_manifold_temp_degc": Band((-35, 120), (-60, 250)),
    "intake_air_temp_degc": Band((-45, 75), (-60, 110)),
    "ambient_temp_degc": Band((-50, 56), (-65, 90)),  # an air sensor beside the engine sees 80 degC
    "battery_voltage_v": Band((9, 33), (0, 100)),
    "key_switch_voltage_v": Band((9, 33), (0, 100)),
    "distance_total_km": Band((0, 2_000_000), (0, 4_000_000)),
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
    """A signal that looks wrong. `suspicion` is a unit ("bar"), or out_of_limits, unusual, always_zero.

    `certain`: what was sent is impossible in the catalogue's unit and right in the suspected one. Otherwise both
    readings are possible, or neither explains it: nobody is accused, somebody should look.
    """

    signal: str
    suspicion: str
    median: float | None
    would_be: float | None = None
    values: int = 0
    certain: bool = False


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
    knows_running = bool(np.isfinite(speed).any())
    runs = speed > RUNNING_RPM if knows_running else np.ones(len(speed), np.bool_)
    found: list[UnitDoubt | None] = []
    for key in rows.keys:
        values = rows.of(key)
        known = np.isfinite(values)
        if key.endswith("_pct"):
            found.append(_ratio_doubt(key, values[known], values[known & runs] if knows_running else None))
        elif key in BANDS:
            found.append(_judged(key, values[known & runs] if BANDS[key].only_running else values[known]))
    found += [_counter_doubt(key, rows) for key in ("engine_hours_h", "idle_hours_h") if key in rows.keys]
    found += [
        _out_of_limits(key, count, rows)
        for key, count in sensor_errors.items()
        if key in catalogue and count >= AT_LEAST and catalogue[key].aggregation is not Aggregation.POSITION
    ]
    return [doubt for doubt in found if doubt is not None]


def _judged(key: str, values: Float64Array) -> UnitDoubt | None:
    if len(values) < AT_LEAST:
        return None
    median, (low, high) = float(np.median(values)), BANDS[key].usual
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
    lowest, highest = BANDS[key].possible
    certain = not lowest <= median <= highest
    return UnitDoubt(signal=key, suspicion=unit, median=median, would_be=would_be, values=len(values), certain=certain)


def _strangeness(value: float, low: float, high: float) -> float:
    """How far a value is from what is most usual between low and high: of two units that fit, the likelier is taken."""
    if low <= 0:
        return abs(value - (low + high) / 2)
    return abs(math.log(value / (1.5 * math.sqrt(low * high))))


def _ratio_doubt(key: str, values: Float64Array, running: Float64Array | None) -> UnitDoubt | None:
    """A level or load that never passes 1 may be a ratio, not per cent; a level that is always 0 is not wired.

    A tank may really be that empty. An engine that runs, `running` being its values then, has more load than 1 %.
    """
    is_load = key.endswith("load_pct")
    if is_load and running is not None:
        values = running
    if len(values) < _RATIO_AT_LEAST or not key.endswith(("level_pct", "level_2_pct", "load_pct")):
        return None
    median, top = float(np.median(values)), float(values.max())
    if top == 0 and key == "fuel_level_pct":
        return UnitDoubt(signal=key, suspicion="always_zero", median=0.0, values=len(values))
    if not (0 < top <= 1 and median > 0):
        return None
    certain = is_load and running is not None
    return UnitDoubt(
        signal=key, suspicion="ratio", median=median, would_be=median * 100, values=len(values), certain=certain
    )


def _counter_doubt(key: str, rows: RecentRows) -> UnitDoubt | None:
    """An hour meter that steadily gains more than an hour an hour counts minutes or seconds.

    A single jump (a new control unit, a meter that was set) is no pace.
    """
    column = rows.of(key)
    known = np.flatnonzero(np.isfinite(column))
    if len(known) < 2:
        return None
    first, last = known[0], known[-1]
    elapsed_h = (rows.measured_us[last] - rows.measured_us[first]) / 3.6e9
    steps = np.diff(column[known])
    gained = float(steps.sum())
    if elapsed_h * 3600 < _HOURS_SPAN_S or gained <= 0 or (steps > 0).sum() < _STEPS or steps.max() > gained / 2:
        return None
    pace = gained / elapsed_h
    unit = "s" if 600 < pace < 20_000 else "min" if 10 < pace <= 600 else None
    if unit is None:
        return None
    value = float(column[last])
    scale = {"s": 3600.0, "min": 60.0}[unit]
    return UnitDoubt(signal=key, suspicion=unit, median=value, would_be=value / scale, values=len(known), certain=True)


def _out_of_limits(key: str, count: int, rows: RecentRows) -> UnitDoubt:
    """Values that no sensor gives: of all values a wrong unit, of a few a loose plug."""
    unit = _BEYOND.get("_" + key.rsplit("_", 1)[-1])
    certain = unit is not None and count > np.isfinite(rows.of(key)).sum()
    return UnitDoubt(signal=key, suspicion=unit or "out_of_limits", median=None, values=count, certain=certain)


def as_facts(doubt: UnitDoubt) -> dict[str, Any]:
    """The evidence as JSON, rounded for reading."""
    return {
        "signal": doubt.signal,
        "suspicion": doubt.suspicion,
        "median": None if doubt.median is None else round(doubt.median, 3),
        "would_be": None if doubt.would_be is None else round(doubt.would_be, 3),
        "values": doubt.values,
        "certain": doubt.certain,
    }
