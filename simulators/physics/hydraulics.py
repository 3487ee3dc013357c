"""The hydraulic circuit: pump flow, internal leakage, the relief valve, and the heat all of it makes."""

import numpy as np

from fleet.batch import Float64Array
from simulators.physics.duty import allowed_share, hydraulic_demand
from simulators.physics.parameters import Parameters, Shape
from simulators.physics.state import State, lag

_LOSS_SHARE = 0.28  # of the useful hydraulic power, in valves, hoses and motors
_OIL_KJ_L_K = 1.6
_MIXING_S = 30.0  # until what comes back to the tank shows at its sensor
BYPASS_DEGC = (55.0, 70.0)  # the cooler's bypass begins to close, is closed
WALLS_SHARE_K = 0.00008  # of the oil's heat capacity that tank and hoses give to the air a kelvin above it, 1/s


def advance_hydraulics(state: State, parameters: Parameters, shape: Shape, dt_s: float) -> Float64Array:
    """One step of pressure and oil temperature; returns the power the pumps take from the engine, kW (machines,)."""
    taken_kw, heat_kw = pump_power(state, parameters, shape, dt_s)
    _heat_oil(state, parameters, heat_kw, dt_s)
    return taken_kw


def pump_power(state: State, parameters: Parameters, shape: Shape, dt_s: float) -> tuple[Float64Array, Float64Array]:
    """One step of pressure and flow; the power taken from the engine, and what of it becomes heat, kW (machines,)."""
    flow_share, pressure_share = hydraulic_demand(state, shape)
    stroke_cm3 = parameters.pump_cm3 * allowed_share(state.hydraulic_return_degc)
    full_lpm = stroke_cm3 * state.engine_speed_rpm / 1_000.0
    leakage = np.maximum(parameters.pump_leakage, 0.0)
    stuck = parameters.relief_stuck_open
    wanted_kpa = np.minimum(pressure_share * parameters.work_pressure_kpa, parameters.relief_kpa)
    reached_kpa = wanted_kpa * (1.0 - 0.45 * stuck) * (1.0 - 0.25 * np.maximum(leakage - 0.05, 0.0))
    reached_kpa = np.where(state.engine_speed_rpm > 300.0, reached_kpa, 0.0)
    state.hydraulic_pressure_kpa = lag(state.hydraulic_pressure_kpa, reached_kpa, 0.4, dt_s)
    useful_lpm = full_lpm * flow_share * (1.0 - leakage) * (1.0 - 0.85 * stuck)
    relief_lpm = 0.85 * full_lpm * stuck
    relief_head_kpa = np.where(state.running, 0.7 * parameters.relief_kpa, 0.0)
    useful_kw = useful_lpm * state.hydraulic_pressure_kpa / 60_000.0
    leak_kw = full_lpm * flow_share * leakage * state.hydraulic_pressure_kpa / 60_000.0
    relief_kw = relief_lpm * relief_head_kpa / 60_000.0
    state.hydraulic_flow_lpm = useful_lpm + relief_lpm
    taken_kw = (useful_kw + leak_kw + relief_kw) / 0.9
    given = np.minimum(
        1.0, 0.95 * parameters.rated_power_kw / np.maximum(taken_kw, 1e-6)
    )  # no more than the engine has
    return np.asarray(given * taken_kw), np.asarray(given * (_LOSS_SHARE * useful_kw + leak_kw + relief_kw))


def _heat_oil(state: State, parameters: Parameters, heat_kw: Float64Array, dt_s: float) -> None:
    above = state.hydraulic_tank_degc - parameters.ambient_degc
    low, high = BYPASS_DEGC
    bypass = np.clip((state.hydraulic_tank_degc - low) / (high - low), 0.0, 1.0)
    cooler = parameters.hydraulic_cooler_kw_k * parameters.hydraulic_cooler_effectiveness * bypass
    cooler = np.where(state.running, cooler, 0.0)
    walls = WALLS_SHARE_K * parameters.hydraulic_mass_kj_k
    gained_kw = heat_kw - (cooler + walls) * above
    state.hydraulic_tank_degc += gained_kw / parameters.hydraulic_mass_kj_k * parameters.settling_pace * dt_s
    carried_kw_k = np.maximum(state.hydraulic_flow_lpm / 60.0, 0.3) * _OIL_KJ_L_K
    rise = np.minimum(heat_kw / carried_kw_k, 25.0)
    state.hydraulic_return_degc = lag(state.hydraulic_return_degc, state.hydraulic_tank_degc + rise, _MIXING_S, dt_s)
