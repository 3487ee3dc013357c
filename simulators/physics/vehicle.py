"""The rest of the vehicle: battery and alternator, tanks, counters, and where it drives."""

import numpy as np

from fleet.batch import BoolArray, Float64Array
from simulators.physics.parameters import Parameters, Shape
from simulators.physics.state import Activity, State, lag

_STANDPIPE = 0.04  # share of a tank below its lowest fitting: no leak and no hose empties it further
_NORMAL_LOAD_A = {12: 30.0, 24: 45.0}


def advance_electrics(state: State, parameters: Parameters, dt_s: float) -> None:
    """One step of battery charge, voltage and alternator current."""
    running = state.running
    cranking = state.activity == Activity.CRANK
    load_pu = np.where(running, 1.0, np.where(cranking, 6.0, 0.05))
    source_pu = 0.985 + 0.065 * np.clip(state.charge, 0.0, 1.0)
    battery_pu = source_pu - parameters.battery_resistance_pu * load_pu
    charging_pu = parameters.regulator_setpoint_pu * parameters.alternator_health
    charges = running & (charging_pu > battery_pu)
    voltage_pu = np.where(charges, charging_pu, battery_pu)
    state.battery_v = lag(state.battery_v, voltage_pu * parameters.nominal_voltage_v, 0.7, dt_s)
    normal_a = np.where(parameters.nominal_voltage_v > 18.0, _NORMAL_LOAD_A[24], _NORMAL_LOAD_A[12])
    charge_a = normal_a * (1.0 + 0.6 * np.clip(1.0 - state.charge, 0.0, 1.0))
    state.alternator_a = lag(state.alternator_a, np.where(charges, charge_a, 0.0), 0.7, dt_s)
    flow_pu = np.where(charges, 0.3 * (1.0 - state.charge), -load_pu)
    state.charge = np.clip(state.charge + flow_pu / (parameters.battery_capacity_h * 3_600.0) * dt_s, 0.0, 1.0)


def advance_tanks(state: State, parameters: Parameters, rng: np.random.Generator, dt_s: float) -> None:
    """One step of the tanks, with slosh, leaks, thieves and a bowser that comes when a sound tank runs low."""
    burnt_l = state.fuel_rate_lph / 3_600.0 * dt_s
    moving = np.where(state.activity >= Activity.WORK, 0.5, np.where(state.running, 0.06, 0.0))
    kick = rng.standard_normal(len(burnt_l)) * moving * np.sqrt(dt_s)
    state.slosh_pct = state.slosh_pct * np.exp(-dt_s / 2.0) + np.clip(kick, -1.0, 1.0)
    lost_lps = parameters.fuel_leak_lps + parameters.fuel_drain_lps
    state.refuelling = _filling(state, state.refuelling, state.fuel_l / parameters.fuel_tank_l, lost_lps)
    lost_lps = np.where(state.fuel_l > _STANDPIPE * parameters.fuel_tank_l, lost_lps, 0.0)
    filled_l = np.where(state.refuelling, 0.02 * parameters.fuel_tank_l * dt_s, 0.0)
    state.fuel_l = np.clip(state.fuel_l - burnt_l - lost_lps * dt_s + filled_l, 0.0, parameters.fuel_tank_l)
    state.fuel_used_l += burnt_l
    leak_lps = parameters.def_leak_lps
    state.def_refilling = _filling(state, state.def_refilling, state.def_l / parameters.def_tank_l, leak_lps)
    leak_lps = np.where(state.def_l > _STANDPIPE * parameters.def_tank_l, leak_lps, 0.0)
    filled_l = np.where(state.def_refilling, 0.02 * parameters.def_tank_l * dt_s, 0.0)
    state.def_l = np.clip(state.def_l - 0.045 * burnt_l - leak_lps * dt_s + filled_l, 0.0, parameters.def_tank_l)


def _filling(state: State, was: BoolArray, share: Float64Array, lost_lps: Float64Array) -> BoolArray:
    """Where somebody fills the tank: a sound one, while the machine idles, from below 30 per cent to 92."""
    possible = (state.activity == Activity.IDLE) & (lost_lps == 0.0)
    return np.asarray(possible & ((share < 0.30) | (was & (share < 0.92))))


def advance_counters(state: State, dt_s: float) -> None:
    """One step of hours and distance."""
    running = state.running
    state.engine_hours_h += np.where(running, dt_s / 3_600.0, 0.0)
    state.idle_hours_h += np.where(state.activity == Activity.IDLE, dt_s / 3_600.0, 0.0)
    state.distance_km += state.speed_kmh * dt_s / 3_600.0


def advance_position(state: State, shape: Shape, rng: np.random.Generator, dt_s: float) -> None:
    """One step over the ground: a wandering path that turns back at the edge of the worksite."""
    n = len(state.speed_kmh)
    creeping = np.where(state.activity == Activity.WORK, np.where(shape.travel_kmh < 20.0, 0.15, 0.0), 0.0)
    share = np.where(state.activity == Activity.TRAVEL, 0.85, creeping)
    state.speed_kmh = lag(state.speed_kmh, shape.travel_kmh * share, 3.0, dt_s)
    state.speed_kmh[state.speed_kmh < 0.02] = 0.0
    home = np.degrees(np.arctan2(-state.east_m, -state.north_m))
    away = np.hypot(state.east_m, state.north_m) > shape.roam_m
    turn_home = (home - state.heading_deg + 180.0) % 360.0 - 180.0
    wander = rng.standard_normal(n) * 6.0 * np.sqrt(dt_s)
    moving = state.speed_kmh > 0.0
    turn = np.where(away, np.clip(turn_home, -25.0 * dt_s, 25.0 * dt_s), wander)
    state.heading_deg = (state.heading_deg + np.where(moving, turn, 0.0)) % 360.0
    step_m = state.speed_kmh / 3.6 * dt_s
    state.east_m += step_m * np.sin(np.radians(state.heading_deg))
    state.north_m += step_m * np.cos(np.radians(state.heading_deg))
