"""The state of a fleet as columns: everything that the next step of the physics needs to know."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from fleet.batch import BoolArray, Float64Array, Int32Array
from simulators.physics.parameters import Parameters, Shape


class Activity(IntEnum):
    """What a machine does; the numbers index `Shape.mean_spell_s`."""

    OFF = 0
    CRANK = 1
    IDLE = 2
    WORK = 3
    TRAVEL = 4


@dataclass(slots=True)
class State:
    """One column per quantity, (machines,) each; the units are in the names."""

    activity: Int32Array
    spell_s: Float64Array  # left of this spell of the activity
    cycle_phase: Float64Array  # 0 to 1 within a work cycle
    engine_speed_rpm: Float64Array
    engine_power_kw: Float64Array
    load_share: Float64Array  # power over what the engine can give at this speed
    boost_kpa: Float64Array
    exhaust_degc: Float64Array
    oil_pressure_kpa: Float64Array
    oil_degc: Float64Array
    coolant_degc: Float64Array
    hydraulic_tank_degc: Float64Array
    hydraulic_return_degc: Float64Array
    hydraulic_pressure_kpa: Float64Array
    hydraulic_flow_lpm: Float64Array
    transmission_degc: Float64Array
    charge: Float64Array  # state of charge of the battery, 0 to 1
    battery_v: Float64Array
    alternator_a: Float64Array
    fuel_l: Float64Array
    fuel_rate_lph: Float64Array
    slosh_pct: Float64Array
    refuelling: BoolArray
    def_refilling: BoolArray
    def_l: Float64Array
    engine_hours_h: Float64Array
    idle_hours_h: Float64Array
    fuel_used_l: Float64Array
    distance_km: Float64Array
    loads: Float64Array
    payload_total_kg: Float64Array
    payload_kg: Float64Array
    strokes: Float64Array
    speed_kmh: Float64Array
    heading_deg: Float64Array
    east_m: Float64Array  # from the worksite's centre
    north_m: Float64Array

    @property
    def running(self) -> BoolArray:
        """True where the engine turns by itself."""
        return np.asarray(self.activity >= Activity.IDLE)


def cold_state(parameters: Parameters, shape: Shape, rng: np.random.Generator) -> State:
    """Every machine off and as cold as its worksite, with a past (hours, fuel used) and a part-full tank."""
    n = len(parameters.idle_rpm)
    ambient = parameters.ambient_degc
    hours = rng.uniform(300.0, 9_000.0, n)

    def zeros() -> Float64Array:
        return np.zeros(n)

    return State(
        activity=np.full(n, Activity.OFF, np.int32), spell_s=rng.uniform(0.0, 60.0, n),
        cycle_phase=rng.uniform(0.0, 1.0, n), engine_speed_rpm=zeros(), engine_power_kw=zeros(), load_share=zeros(),
        boost_kpa=zeros(), exhaust_degc=ambient.copy(), oil_pressure_kpa=zeros(), oil_degc=ambient.copy(),
        coolant_degc=ambient.copy(), hydraulic_tank_degc=ambient.copy(), hydraulic_return_degc=ambient.copy(),
        hydraulic_pressure_kpa=zeros(), hydraulic_flow_lpm=zeros(), transmission_degc=ambient.copy(),
        charge=rng.uniform(0.85, 0.98, n), battery_v=1.03 * parameters.nominal_voltage_v, alternator_a=zeros(),
        fuel_l=rng.uniform(0.45, 0.95, n) * parameters.fuel_tank_l, fuel_rate_lph=zeros(), slosh_pct=zeros(),
        refuelling=np.zeros(n, np.bool_), def_refilling=np.zeros(n, np.bool_),
        def_l=rng.uniform(0.45, 0.95, n) * parameters.def_tank_l,
        engine_hours_h=hours, idle_hours_h=hours * rng.uniform(0.2, 0.4, n),
        fuel_used_l=hours * parameters.rated_power_kw * 0.12, distance_km=hours * shape.travel_kmh * 0.2,
        loads=np.floor(hours * 90) * (shape.load_kg > 0), payload_total_kg=np.floor(hours * 90) * shape.load_kg,
        payload_kg=zeros(), strokes=np.floor(hours * 600) * (shape.strokes_per_cycle > 0),
        speed_kmh=zeros(), heading_deg=rng.uniform(0.0, 360.0, n),
        east_m=rng.uniform(-0.5, 0.5, n) * shape.roam_m, north_m=rng.uniform(-0.5, 0.5, n) * shape.roam_m,
    )  # fmt: skip


def lag(value: Float64Array, target: Float64Array, tau_s: float, dt_s: float) -> Float64Array:
    """`value` one step nearer to `target`, first order; stable for any step."""
    return np.asarray(value + (target - value) * -np.expm1(-dt_s / tau_s))
