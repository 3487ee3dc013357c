"""From what is there to what arrives: noise, resolution and limits of the sensors, lying sensors, outages, disorder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fleet.batch import Float64Array, Int64Array, IntpArray
from fleet.signals import Catalogue
from simulators.month.events import Outage, SensorEvent
from simulators.month.rows import ROW_US, START_US, instant_us
from simulators.physics.sensors import SENSORS

_NOISE: dict[str, tuple[float, int]] = {
    "engine_oil_level_pct": (0.8, 1), "engine_coolant_level_pct": (0.8, 1), "engine_coolant_pressure_kpa": (1.0, 0),
    "crankcase_pressure_kpa": (0.08, 2), "fuel_filter_dp_kpa": (0.8, 0), "fuel_delivery_pressure_kpa": (4.0, 0),
    "water_in_fuel": (0.0, 0), "oil_filter_intake_pressure_kpa": (2.0, 0), "fan_speed_rpm": (10.0, 0),
    "intake_air_temp_degc": (0.2, 0), "ecu_temp_degc": (0.3, 0), "driver_demand_torque_pct": (0.5, 0),
    "dpf_soot_load_pct": (0.4, 0), "dpf_ash_load_pct": (0.0, 0), "dpf_dp_kpa": (0.08, 1),
    "dpf_intake_temp_degc": (1.5, 0), "dpf_outlet_temp_degc": (1.5, 0), "dpf_active_regen": (0.0, 0),
    "dpf_status": (0.0, 0), "dpf_lamp": (0.0, 0), "def_temp_degc": (0.2, 0), "def_concentration_pct": (0.15, 2),
    "scr_inducement_level": (0.0, 0), "hydraulic_filter_restriction": (0.0, 0), "key_switch_voltage_v": (0.03, 2),
    "terminal_backup_battery_v": (0.01, 2), "transmission_oil_pressure_kpa": (25.0, 0),
    "transmission_input_speed_rpm": (4.0, 0), "transmission_output_speed_rpm": (4.0, 0),
}  # fmt: skip
"""Noise (one sigma) and decimals of the sensors that the simulators do not have."""
_BURST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Stream:
    """What the platform has of one machine: rows in the order of measured_at, and when each arrived.

    signals: ascending catalogue positions of the columns of values.
    """

    at_us: Int64Array
    arrived_us: Int64Array
    values: Float64Array
    signals: IntpArray

    def row_at(self, at_us: int) -> int:
        """The first row that is not before an instant."""
        return min(int(np.searchsorted(self.at_us, at_us)), len(self.at_us) - 1)


def measure(
    told: Mapping[str, Float64Array], lies: Sequence[SensorEvent], catalogue: Catalogue, rng: np.random.Generator
) -> tuple[Float64Array, IntpArray]:
    """Rows x signals as the platform stores them, and the catalogue positions of the columns."""
    keys = sorted(told, key=lambda key: catalogue.index[key])
    rows = len(next(iter(told.values())))
    values = np.empty((len(keys), rows))
    for column, key in enumerate(keys):
        noise, decimals, low, high = _scale(key, catalogue)
        seen = told[key] + noise * rng.standard_normal(rows, dtype=np.float32) if noise else told[key] + 0.0
        for lie in lies:
            if lie.signal == key:
                seen = _lying(seen, lie, rng)
        grain = 10.0**decimals
        np.round(np.clip(seen, low, high) * grain, out=values[column])
        values[column] /= grain
        if catalogue[key].stored == "float4":
            values[column] = values[column].astype(np.float32)
    return values.T, np.array([catalogue.index[key] for key in keys], np.intp)


def _scale(key: str, catalogue: Catalogue) -> tuple[float, int, float, float]:
    low, high = catalogue[key].valid
    if key in _NOISE:
        return (*_NOISE[key], low, high)
    sensor = SENSORS[key]
    return sensor.noise, sensor.decimals, max(low, sensor.scale[0]), min(high, sensor.scale[1])


def _lying(seen: Float64Array, lie: SensorEvent, rng: np.random.Generator) -> Float64Array:
    part = slice(lie.from_row, lie.to_row)
    rows = lie.to_row - lie.from_row
    seen = seen.copy()
    if lie.kind == "offset":
        seen[part] += lie.size * lie.severity
    elif lie.kind == "drift":
        seen[part] += lie.size * lie.severity * np.linspace(0.0, 1.0, rows)
    elif lie.kind == "noise":
        seen[part] += rng.standard_normal(rows) * lie.size * lie.severity
    elif lie.kind == "stuck":
        seen[part] = seen[lie.from_row]
    else:  # a loose plug: bursts of silence
        silent = np.repeat(rng.random(rows // _BURST_ROWS + 1) < 0.6 * lie.severity, _BURST_ROWS)[:rows]
        seen[part] = np.where(silent, np.nan, seen[part])
    return seen


def transmit(values: Float64Array, signals: IntpArray, outages: Sequence[Outage], rng: np.random.Generator) -> Stream:
    """What arrives, and when: rows come within seconds, one in fifty up to half an hour late; outages hold them."""
    rows = len(values)
    at_us = START_US + np.arange(rows) * ROW_US
    late = np.where(rng.random(rows) < 0.02, rng.uniform(0, 1_800e6, rows), 2e6)
    arrived = at_us + late.astype(np.int64)
    kept = np.ones(rows, np.bool_)
    for outage in outages:
        part = slice(outage.from_row, min(outage.to_row, rows))
        if outage.is_lost:
            kept[part] = False
        else:
            arrived[part] = np.maximum(arrived[part], instant_us(outage.to_row) + 60_000_000)
    return Stream(at_us[kept], arrived[kept], values[kept], signals)
