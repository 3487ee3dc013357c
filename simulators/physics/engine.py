"""The engine: speed under its governor, power, fuel, air, lubrication and cooling."""

import numpy as np

from fleet.batch import Float64Array
from simulators.physics.duty import allowed_share
from simulators.physics.parameters import Parameters, Shape
from simulators.physics.state import Activity, State, lag

_FUEL_L_KWH = 0.25
_FRICTION_SHARE = 0.05  # of rated power at rated speed
_OIL_KPA_AT_IDLE = 270.0  # new engine, oil at 90 degC, 800 rpm
_OIL_RELIEF_KPA = 460.0
THERMOSTAT_DEGC = (84.0, 94.0)  # begins to open, is open
BLOCK_SHARE_K = 0.0004  # of rated power that block and hoses give to the air a kelvin above it
BOILING_DEGC = 119.0  # at the pressure of the radiator's cap
_BOILING_SHARE_K = 0.08  # of rated power carried off as steam per K above


def advance_engine(state: State, parameters: Parameters, shape: Shape, pump_kw: Float64Array, dt_s: float) -> None:
    """One step; `pump_kw` is what the hydraulic pumps take, (machines,)."""
    turn(state, parameters, dt_s)
    take_load(state, parameters, shape, pump_kw, dt_s)
    _lubricate(state, parameters, dt_s)
    _cool(state, parameters, dt_s)


def turn(state: State, parameters: Parameters, dt_s: float) -> None:
    """One step of the speed under its governor."""
    zero = np.zeros_like(state.engine_speed_rpm)
    by_activity = np.stack([zero, zero + 190.0, parameters.idle_rpm, parameters.work_rpm, parameters.travel_rpm])[
        state.activity, np.arange(len(zero))
    ]
    droop = np.where(state.activity >= Activity.WORK, 70.0 * state.load_share, 0.0)
    runaway = np.where(state.running, parameters.governor_runaway_rpm, 0.0)
    target = np.maximum(by_activity - droop, runaway)
    state.engine_speed_rpm = lag(state.engine_speed_rpm, target, 0.9, dt_s)
    state.engine_speed_rpm[(state.activity == Activity.OFF) & (state.engine_speed_rpm < 5.0)] = 0.0


def take_load(state: State, parameters: Parameters, shape: Shape, pump_kw: Float64Array, dt_s: float) -> None:
    """One step of power, load, fuel, boost and exhaust."""
    speed_share = state.engine_speed_rpm / parameters.work_rpm
    available = parameters.rated_power_kw * np.clip(speed_share, 0.05, 1.1)
    working, travelling = state.activity == Activity.WORK, state.activity == Activity.TRAVEL
    share = np.where(travelling, shape.travel_power_share, np.where(working, shape.work_power_share, 0.0))
    drive_kw = share * parameters.rated_power_kw
    friction_kw = _FRICTION_SHARE * parameters.rated_power_kw * speed_share
    given_kw = available * np.maximum(allowed_share(state.coolant_degc), 0.2)  # enough to idle and to cool down
    wanted = np.minimum(pump_kw + drive_kw + friction_kw, given_kw)
    state.engine_power_kw = np.where(state.running, lag(state.engine_power_kw, wanted, 0.5, dt_s), 0.0)
    state.load_share = np.where(state.running, state.engine_power_kw / available, 0.0)
    overhead = 0.004 * parameters.rated_power_kw * speed_share + 0.6
    burn = np.where(state.running, _FUEL_L_KWH * state.engine_power_kw + overhead, 0.0)
    state.fuel_rate_lph = lag(state.fuel_rate_lph, burn, 0.6, dt_s)
    state.boost_kpa = lag(state.boost_kpa, 140.0 * state.load_share * np.clip(speed_share, 0.0, 1.1), 1.5, dt_s)
    burning = np.where(state.running, 110.0 + 340.0 * state.load_share, 0.0)
    state.exhaust_degc = lag(state.exhaust_degc, parameters.ambient_degc + burning, 15.0, dt_s)


def settled_oil_kpa(state: State, parameters: Parameters) -> Float64Array:
    """Oil pressure at this speed and oil temperature: the pump against the bearings, up to the relief valve."""
    viscosity = np.exp(-(state.oil_degc - 90.0) / 70.0)
    flow = state.engine_speed_rpm / 800.0 * parameters.oil_pump_flow_share
    head = _OIL_KPA_AT_IDLE * flow * np.minimum(viscosity, 2.5) / parameters.bearing_clearance_ratio
    return np.asarray(np.minimum(head, _OIL_RELIEF_KPA + 0.02 * head))


def oil_bath_degc(state: State, parameters: Parameters) -> Float64Array:
    """What the oil's temperature tends to."""
    return np.where(state.running, state.coolant_degc + 5.0 + 12.0 * state.load_share, parameters.ambient_degc)


def _lubricate(state: State, parameters: Parameters, dt_s: float) -> None:
    state.oil_pressure_kpa = lag(state.oil_pressure_kpa, settled_oil_kpa(state, parameters), 0.6, dt_s)
    bath = oil_bath_degc(state, parameters)
    tau_s = np.where(state.running, 150.0, 3_000.0)
    state.oil_degc += (bath - state.oil_degc) * -np.expm1(-dt_s / tau_s)


def coolant_heat_kw(state: State, parameters: Parameters) -> Float64Array:
    """What the engine gives to its coolant."""
    speed_share = state.engine_speed_rpm / parameters.work_rpm
    heat_kw = 0.55 * state.engine_power_kw + 0.03 * parameters.rated_power_kw * speed_share
    return np.where(state.running, heat_kw, 0.0)


def radiator_kw_k(state: State, parameters: Parameters) -> Float64Array:
    """What the radiator carries off a kelvin above the air with the thermostat open."""
    fan = 0.3 + 0.7 * np.clip(state.engine_speed_rpm / parameters.work_rpm, 0.0, 1.1)
    return np.where(state.running, parameters.radiator_kw_k * parameters.radiator_effectiveness * fan, 0.0)


def gearbox_bath_degc(state: State, parameters: Parameters) -> Float64Array:
    """What the transmission oil's temperature tends to."""
    return np.where(state.running, parameters.ambient_degc + 30.0 + 35.0 * state.load_share, parameters.ambient_degc)


def _cool(state: State, parameters: Parameters, dt_s: float) -> None:
    low, high = THERMOSTAT_DEGC
    works = np.clip((state.coolant_degc - low) / (high - low), 0.0, 1.0)
    thermostat = np.where(np.isnan(parameters.thermostat_stuck), works, parameters.thermostat_stuck)
    radiator = radiator_kw_k(state, parameters) * thermostat
    block = BLOCK_SHARE_K * parameters.rated_power_kw
    above = state.coolant_degc - parameters.ambient_degc
    boiled_kw = _BOILING_SHARE_K * parameters.rated_power_kw * np.maximum(state.coolant_degc - BOILING_DEGC, 0.0)
    lost_kw = (radiator + block) * above + boiled_kw
    gained_kw = coolant_heat_kw(state, parameters) - lost_kw
    state.coolant_degc += gained_kw / parameters.coolant_mass_kj_k * parameters.settling_pace * dt_s
    state.transmission_degc = lag(state.transmission_degc, gearbox_bath_degc(state, parameters), 300.0, dt_s)


def air_filter_dp_kpa(state: State, parameters: Parameters) -> Float64Array:
    """Pressure drop over the air filter: dirt times air flow squared, kPa (machines,)."""
    speed_share = state.engine_speed_rpm / parameters.work_rpm
    flow_share = np.minimum(speed_share * (1.0 + state.boost_kpa / 101.3) / 2.1, 1.3)  # the valves pass no more
    return np.asarray(parameters.air_filter_dp_rated_kpa * np.square(flow_share))
