"""What a machine is made of, over time: the simulators' parameters and those that only this bench has, as columns.

A column is one number for the whole span until a fault moves it. Rows are 10 s apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from fleet.batch import Float64Array
from simulators.machines import SimulatedMachine
from simulators.month.events import FaultEvent
from simulators.month.heat import wandering
from simulators.month.rows import DAY_ROWS
from simulators.physics.parameters import Parameters, make_parameters

HEALTHY: dict[str, float] = {
    "oil_level_pct": 78.0,
    "oil_filter_dp_kpa": 35.0,
    "oil_cooler_share": 1.0,
    "blow_by_kpa": 0.0,
    "coolant_level_pct": 94.0,
    "coolant_cap_kpa": 80.0,
    "coolant_flow_share": 1.0,
    "fan_health": 1.0,
    "fuel_filter_dp_kpa": 15.0,
    "lift_pump_share": 1.0,
    "water_share": 0.0,
    "fuel_leak_pct_h": 0.0,
    "fuel_siphon_pct_h": 0.0,
    "boost_share": 1.0,
    "intercooler_share": 1.0,
    "regeneration_allowed": 1.0,
    "doc_share": 1.0,
    "def_concentration_pct": 32.5,
    "dosing_share": 1.0,
    "def_leak_pct_h": 0.0,
    "charging_cable_pu": 0.0,
    "loose_cable_pu": 0.0,
    "parked_load_pu": 0.003,  # clocks and controllers asleep; the simulators have more, for a demo of minutes
    "hydraulic_filter_dirt": 0.1,
    "pilot_share": 1.0,
    "vibration_share": 1.0,
    "line_blockage": 0.0,
    "transmission_cooler_share": 1.0,
    "transmission_pressure_share": 1.0,
    "clutch_grip": 0.97,
}
"""Healthy values of what the simulators' physics does not have."""
_SCATTER = {"def_concentration_pct": 0.01, "fan_health": 0.0, "clutch_grip": 0.01, "coolant_flow_share": 0.0}
"""How far machines differ from these, where that is not 4 %."""
AGES: dict[str, float] = {
    "air_filter_dp_rated_kpa": 0.9,
    "fuel_filter_dp_kpa": 10.0,
    "oil_filter_dp_kpa": 15.0,
    "bearing_clearance_ratio": 0.02,
    "oil_level_pct": -8.0,
    "battery_resistance_pu": 0.001,
}
"""How healthy parts age: what a parameter gains in 30 days."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Every parameter of one machine: (rows,) float64 by name."""

    columns: dict[str, Float64Array]

    def __getitem__(self, name: str) -> Float64Array:
        return self.columns[name]

    def physics(self) -> Parameters:
        """The simulators' own parameters, the rows in place of the machines."""
        return Parameters(**{f.name: self.columns[f.name] for f in fields(Parameters)})


def make_condition(
    machine: SimulatedMachine, events: Sequence[FaultEvent], ambient_degc: Float64Array, rng: np.random.Generator
) -> Condition:
    """The columns of one machine with its faults in them."""
    rows = len(ambient_degc)
    own = make_parameters([machine], rng)
    start = {f.name: float(getattr(own, f.name)[0]) for f in fields(Parameters)}
    start |= {name: value * (1 + _SCATTER.get(name, 0.04) * rng.uniform(-1, 1)) for name, value in HEALTHY.items()}
    columns = {name: np.broadcast_to(np.float64(value), rows) for name, value in start.items()}
    columns["work_pressure_kpa"] = start["work_pressure_kpa"] * np.clip(1 + wandering(rows, 900.0, 0.08, rng), 0.7, 1.2)
    age = np.arange(rows) / (30 * DAY_ROWS)
    for name, gain in AGES.items():
        columns[name] = columns[name] + gain * rng.uniform(0.5, 1.5) * age
    for event in events:
        for name, worst in event.effects:
            columns[name] = _moved(columns[name], event, worst)
    columns["ambient_degc"] = ambient_degc
    return Condition(columns)


def grown(event: FaultEvent, rows: int) -> Float64Array:
    """How much of its full size the fault has at each row: 0 before, 0 after the repair."""
    since = np.arange(rows) - event.from_row
    ramp = np.minimum(1.0, (since + 1) / max(event.ramp_rows, 1))
    return np.where((since >= 0) & (np.arange(rows) < event.to_row), ramp, 0.0)


def _moved(column: Float64Array, event: FaultEvent, worst: float) -> Float64Array:
    size = grown(event, len(column))
    if np.isnan(column).all():  # a switch such as a stuck thermostat, there or not there
        return np.where(size > 0, worst, column)
    return np.asarray(column + (worst - column) * event.severity * size)
