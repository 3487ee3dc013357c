"""The physical parameters of a fleet as columns. Faults change these and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fleet.batch import Float64Array, Int32Array
from simulators.kinds import KINDS, KindSpec
from simulators.machines import SimulatedMachine

NO_OVERRIDE = np.nan


@dataclass(slots=True)
class Parameters:
    """One column per parameter, (machines,) float64 each; healthy values unless a fault moved them."""

    # engine
    rated_power_kw: Float64Array
    idle_rpm: Float64Array
    work_rpm: Float64Array
    travel_rpm: Float64Array
    displacement_l: Float64Array
    governor_runaway_rpm: Float64Array  # speed below which a stuck rack does not let it fall; 0 healthy
    air_filter_dp_rated_kpa: Float64Array  # pressure drop at rated air flow: how much dirt is in the element
    # lubrication
    oil_pump_flow_share: Float64Array  # what a worn oil pump still delivers; 1 healthy
    bearing_clearance_ratio: Float64Array  # main bearing clearance over new; 1 healthy
    # cooling
    coolant_mass_kj_k: Float64Array  # coolant and as much of the engine's iron as follows it
    radiator_kw_k: Float64Array
    radiator_effectiveness: Float64Array  # 1 clean, 0 blocked
    thermostat_stuck: Float64Array  # opening it is stuck at, 0 to 1; NaN: it works
    # hydraulics
    pump_cm3: Float64Array
    pump_leakage: Float64Array  # share of pump flow lost inside the pump; 0.03 healthy
    work_pressure_kpa: Float64Array
    relief_kpa: Float64Array
    relief_stuck_open: Float64Array  # share of pump flow that the stuck valve lets through; 0 healthy
    hydraulic_mass_kj_k: Float64Array  # the oil of tank and circuit
    hydraulic_cooler_kw_k: Float64Array
    hydraulic_cooler_effectiveness: Float64Array  # 1 clean, 0 blocked
    # electrics, per unit of nominal voltage
    nominal_voltage_v: Float64Array
    alternator_health: Float64Array  # 1 charges, 0 dead
    regulator_setpoint_pu: Float64Array
    battery_resistance_pu: Float64Array  # voltage drop at the machine's normal electrical load
    battery_capacity_h: Float64Array  # hours it carries that load
    # tanks
    fuel_tank_l: Float64Array
    fuel_leak_lps: Float64Array
    fuel_drain_lps: Float64Array  # somebody else's hose
    def_tank_l: Float64Array
    def_leak_lps: Float64Array
    # place and duty
    ambient_degc: Float64Array
    settling_pace: Float64Array  # how much faster than they do temperatures settle; 1, except while warming up
    pinned_activity: Float64Array  # an Activity the machine is held in; NaN: it follows its own day

    def set(self, name: str, machine: int, value: float) -> None:
        """Move one parameter of one machine. Raises AttributeError for an unknown name."""
        getattr(self, name)[machine] = value

    def get(self, name: str, machine: int) -> float:
        """One parameter of one machine. Raises AttributeError for an unknown name."""
        return float(getattr(self, name)[machine])


@dataclass(slots=True)
class Shape:
    """What never changes: the kind's place in the tables and the tables themselves."""

    kind: Int32Array  # (machines,) row of the tables
    cycle_flow: Float64Array  # (kinds, 8)
    cycle_pressure: Float64Array  # (kinds, 8)
    cycle_s: Float64Array  # (machines,) and so on below
    mean_spell_s: Float64Array  # (machines, activities)
    travel_kmh: Float64Array
    travel_power_share: Float64Array
    work_power_share: Float64Array
    roam_m: Float64Array
    load_kg: Float64Array
    strokes_per_cycle: Float64Array
    altitude_m: Float64Array
    site_latitude_deg: Float64Array
    site_longitude_deg: Float64Array


def _column(specs: Sequence[KindSpec], name: str) -> Float64Array:
    return np.array([float(getattr(spec, name)) for spec in specs])


def make_parameters(machines: Sequence[SimulatedMachine], rng: np.random.Generator) -> Parameters:
    """Healthy parameters; each machine differs from its kind's nominal values by a few per cent."""
    specs = [m.spec for m in machines]
    n = len(specs)

    def about(nominal: Float64Array | float, spread: float = 0.03) -> Float64Array:
        return np.asarray(nominal * (1.0 + spread * np.clip(rng.standard_normal(n), -2, 2)))

    power = _column(specs, "rated_power_kw")
    pump_kw = (
        _column(specs, "pump_cm3") * _column(specs, "work_rpm") / 1_000 * _column(specs, "work_pressure_kpa") / 60_000
    )
    return Parameters(
        rated_power_kw=power,
        idle_rpm=about(_column(specs, "idle_rpm"), 0.01),
        work_rpm=about(_column(specs, "work_rpm"), 0.01),
        travel_rpm=about(_column(specs, "travel_rpm"), 0.01),
        displacement_l=_column(specs, "displacement_l"),
        governor_runaway_rpm=np.zeros(n),
        air_filter_dp_rated_kpa=about(2.0, 0.15),
        oil_pump_flow_share=about(1.0, 0.02),
        bearing_clearance_ratio=about(1.0, 0.02),
        coolant_mass_kj_k=1.6 * power,
        radiator_kw_k=about(0.0150 * power + 0.08),
        radiator_effectiveness=about(0.97, 0.01),
        thermostat_stuck=np.full(n, NO_OVERRIDE),
        pump_cm3=_column(specs, "pump_cm3"),
        pump_leakage=about(0.03, 0.1),
        work_pressure_kpa=about(_column(specs, "work_pressure_kpa")),
        relief_kpa=about(_column(specs, "relief_kpa"), 0.01),
        relief_stuck_open=np.zeros(n),
        hydraulic_mass_kj_k=_column(specs, "hydraulic_mass_kj_k"),
        hydraulic_cooler_kw_k=about(0.0038 * pump_kw + 0.03),
        hydraulic_cooler_effectiveness=about(0.97, 0.01),
        nominal_voltage_v=_column(specs, "nominal_voltage_v"),
        alternator_health=np.ones(n),
        regulator_setpoint_pu=about(1.155, 0.004),
        battery_resistance_pu=about(0.025, 0.1),
        battery_capacity_h=about(3.0, 0.1),
        fuel_tank_l=_column(specs, "fuel_tank_l"),
        fuel_leak_lps=np.zeros(n),
        fuel_drain_lps=np.zeros(n),
        def_tank_l=_column(specs, "def_tank_l"),
        def_leak_lps=np.zeros(n),
        ambient_degc=np.array([m.site.ambient_degc for m in machines]) + rng.normal(0.0, 0.5, n),
        settling_pace=np.ones(n),
        pinned_activity=np.full(n, NO_OVERRIDE),
    )


def make_shape(machines: Sequence[SimulatedMachine]) -> Shape:
    """The tables of the kinds and the places of the machines."""
    specs = [m.spec for m in machines]
    kinds = list(KINDS.values())
    means = [(s.off_mean_s, 2.0, s.idle_mean_s, s.work_mean_s, s.travel_mean_s) for s in specs]
    return Shape(
        kind=np.array([kinds.index(spec) for spec in specs], dtype=np.int32),
        cycle_flow=np.array([k.cycle_flow for k in kinds]),
        cycle_pressure=np.array([k.cycle_pressure for k in kinds]),
        cycle_s=_column(specs, "cycle_s"),
        mean_spell_s=np.array(means, dtype=np.float64),
        travel_kmh=_column(specs, "travel_kmh"),
        travel_power_share=_column(specs, "travel_power_share"),
        work_power_share=_column(specs, "work_power_share"),
        roam_m=_column(specs, "roam_m"),
        load_kg=_column(specs, "load_kg"),
        strokes_per_cycle=_column(specs, "strokes_per_cycle"),
        altitude_m=np.array([m.site.altitude_m for m in machines]),
        site_latitude_deg=np.array([m.site.latitude_deg for m in machines]),
        site_longitude_deg=np.array([m.site.longitude_deg for m in machines]),
    )
