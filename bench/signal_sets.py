"""The signals a benched machine reports: sets of ten, healthy values, and the values that break each rule."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fleet.signals import Catalogue, packaged_catalogue

HEALTHY = -1
NOMINAL_VOLTAGE_V = 24

# healthy spans (low, high, decimals); any other signal stays near the middle of its valid range
SPANS: dict[str, tuple[float, float, int]] = {
    "engine_speed_rpm": (900.0, 1900.0, 1),
    "engine_load_pct": (30.0, 80.0, 1),
    "engine_torque_pct": (20.0, 85.0, 0),
    "engine_oil_pressure_kpa": (280.0, 450.0, 1),
    "engine_coolant_temp_degc": (78.0, 92.0, 2),
    "fuel_level_pct": (55.0, 56.0, 1),
    "fuel_rate_lph": (8.0, 24.0, 2),
    "engine_hours_h": (5200.0, 5210.0, 2),
    "battery_voltage_v": (27.2, 28.1, 2),
    "hydraulic_oil_temp_degc": (48.0, 70.0, 2),
    "hydraulic_pressure_kpa": (8000.0, 26000.0, 0),
    "main_pump_1_pressure_kpa": (7000.0, 30000.0, 0),
    "pilot_pressure_kpa": (3500.0, 4000.0, 0),
    "air_filter_dp_kpa": (1.5, 3.0, 2),
    "def_level_pct": (55.0, 70.0, 1),
    "ground_speed_kmh": (0.0, 12.0, 1),
    "exhaust_temp_degc": (260.0, 420.0, 1),
    "latitude_deg": (34.200001, 34.300001, 6),
    "longitude_deg": (117.100001, 117.300001, 6),
}
EXCAVATOR = (
    "engine_speed_rpm",
    "engine_oil_pressure_kpa",
    "engine_coolant_temp_degc",
    "fuel_level_pct",
    "battery_voltage_v",
    "engine_load_pct",
    "fuel_rate_lph",
    "latitude_deg",
    "longitude_deg",
    "engine_hours_h",
)
HYDRAULICS = (
    "engine_speed_rpm",
    "hydraulic_oil_temp_degc",
    "hydraulic_pressure_kpa",
    "main_pump_1_pressure_kpa",
    "pilot_pressure_kpa",
    "engine_coolant_temp_degc",
    "engine_oil_pressure_kpa",
    "battery_voltage_v",
    "engine_torque_pct",
    "engine_hours_h",
)
TRUCK = (
    "engine_speed_rpm",
    "air_filter_dp_kpa",
    "def_level_pct",
    "fuel_level_pct",
    "engine_load_pct",
    "ground_speed_kmh",
    "latitude_deg",
    "longitude_deg",
    "exhaust_temp_degc",
    "battery_voltage_v",
)
# Per set: rule key -> the values that break it. The other rules are evaluated as far as their signals go; fuel_drop,
# which needs ten minutes with the engine off, is evaluated (first and third set) and not broken.
BREAKS: tuple[dict[str, dict[str, float]], ...] = (
    {
        "low_oil_pressure": {"engine_oil_pressure_kpa": 61.0},
        "coolant_overheat": {"engine_coolant_temp_degc": 118.0},
        "low_fuel": {"fuel_level_pct": 3.2},
        "battery_undervoltage": {"battery_voltage_v": 19.1},
        "battery_overvoltage": {"battery_voltage_v": 33.5},
        "engine_overspeed": {"engine_speed_rpm": 3100.0},
    },
    {"hydraulic_oil_overheat": {"hydraulic_oil_temp_degc": 111.0}},
    {"air_filter_restriction": {"air_filter_dp_kpa": 9.4}, "def_low": {"def_level_pct": 2.8}},
)


@dataclass(frozen=True)
class SignalSet:
    """Ten signals that one kind of machine reports, and how it can break a rule."""

    keys: tuple[str, ...]
    breaks: dict[str, dict[str, float]] = field(default_factory=dict)

    def values(self, condition: int, rows: int, seed: int) -> npt.NDArray[np.float64]:
        """Values of a condition (HEALTHY or an index in `breaks`), (rows, signals); the same for the same seed."""
        chance = np.random.default_rng(seed)
        catalogue = packaged_catalogue()
        columns = []
        broken = {} if condition == HEALTHY else list(self.breaks.values())[condition]
        for key in self.keys:
            low, high, decimals = _span(key, catalogue)
            column = np.round(chance.uniform(low, high, rows), decimals)
            columns.append(np.full(rows, broken[key]) if key in broken else column)
        return np.stack(columns, axis=1)


def signal_sets(count: int) -> list[SignalSet]:
    """The three ordinary sets, or `count` made-up ones of ten signals each over the whole catalogue."""
    if count == len(BREAKS):
        return [SignalSet(k, b) for k, b in zip((EXCAVATOR, HYDRAULICS, TRUCK), BREAKS, strict=True)]
    usable = [s.key for s in packaged_catalogue() if s.key in SPANS or s.valid[1] > 7]
    others = [key for key in usable if key != "engine_speed_rpm"]
    sets = []
    for number in range(count):
        chosen = [others[(number * 11 + step * (number % 5 + 3)) % len(others)] for step in range(40)]
        sets.append(SignalSet(("engine_speed_rpm", *list(dict.fromkeys(chosen))[:9])))
    if len({s.keys for s in sets}) != count or any(len(s.keys) != 10 for s in sets):
        raise ValueError(f"the catalogue does not give {count} different sets of ten")
    return sets


def _span(key: str, catalogue: Catalogue) -> tuple[float, float, int]:
    if key in SPANS:
        return SPANS[key]
    low, high = catalogue[key].valid
    middle = (low + high) / 2
    return (middle, middle + (high - low) / 50, 1)
