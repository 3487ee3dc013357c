"""The physics of one machine over a month, as columns of rows 10 s apart.

What is fast beside 10 s (speed, load, pressures, voltage) is the simulators' own physics in its settled state, the rows
taking the place of the machines; what is slow follows with the time constants of real machines (the simulators' are
short, so that a demo of a minute shows something). Signals that the simulators do not have are computed beside them.
"""

from collections.abc import Callable

import numpy as np

from fleet.batch import BoolArray, Float64Array
from simulators.machines import SimulatedMachine
from simulators.month.condition import Condition
from simulators.month.duty import Duty
from simulators.month.heat import following, settled_degc, wandering
from simulators.month.rows import DAY_ROWS, ROW_S
from simulators.month.tanks import Filter, charge_of, filter_of, induced, level_pct
from simulators.physics import engine, hydraulics
from simulators.physics.parameters import Parameters, make_shape
from simulators.physics.sensors import SENSORS, Scene
from simulators.physics.state import Activity, State, cold_state
from simulators.physics.vehicle import advance_electrics

_SETTLED_S = 1e4  # a step after which all that is fast has settled
_COOLANT_TAU_S, _OIL_TAU_S, _HYDRAULIC_TAU_S, _GEARBOX_TAU_S, _STANDING_TAU_S = 220.0, 300.0, 1_300.0, 700.0, 9_000.0
_SMOOTH_S = 120.0
_STILL_AIR = 0.12  # of what a cooler carries off with its fan, without it
_HOT_OIL_K = 80.0  # above the coolant at full load with a blocked oil cooler
_SLIP_K = 250.0  # of the gearbox's oil for the whole power lost in slip; an eighth, lost in a sound box, makes 35 K


class Machine:
    """One machine's month. `signals()` gives every signal without noise, resolution or sensor faults."""

    def __init__(self, machine: SimulatedMachine, duty: Duty, condition: Condition, rng: np.random.Generator) -> None:
        self.spec, self.duty, self.condition, self._rng = machine.spec, duty, condition, rng
        self.parameters: Parameters = condition.physics()
        self.shape = make_shape([machine])
        self.state: State = cold_state(self.parameters, self.shape, rng)
        self.state.activity, self.state.cycle_phase = duty.activity, duty.phase
        self.running: BoolArray = self.state.running
        self.fan = np.clip(condition["fan_health"], 0.0, 1.0)
        blows = _STILL_AIR + (1.0 - _STILL_AIR) * self.fan
        wet = np.clip((condition["coolant_level_pct"] - 15.0) / 30.0, 0.02, 1.0)
        flows = np.clip(condition["coolant_flow_share"], 0.02, 1.0)
        clean = np.clip(condition["radiator_effectiveness"], 0.02, 1.0)
        self.parameters.radiator_effectiveness = clean * blows * wet * flows
        clean = np.clip(condition["hydraulic_cooler_effectiveness"], 0.02, 1.0)
        self.parameters.hydraulic_cooler_effectiveness = clean * blows
        self._drive()
        self._heat()
        self.filter: Filter = filter_of(self.state.exhaust_degc, self.running, condition, rng)
        self._electrify()
        self._count()
        self._move()

    def _follow(self, target: Float64Array, tau_s: float, standing_tau_s: float = _STANDING_TAU_S) -> Float64Array:
        return following(target, self.running, tau_s=tau_s, standing_tau_s=standing_tau_s)

    def _drive(self) -> None:
        """Speed, load, hydraulic pressure and heat: twice, since the speed droops under the load."""
        state, parameters, shape = self.state, self.parameters, self.shape
        state.coolant_degc = np.full(len(state.activity), 85.0)
        for _ in range(2):
            engine.turn(state, parameters, _SETTLED_S)
            pump_kw, self._oil_heat_kw = hydraulics.pump_power(state, parameters, shape, _SETTLED_S)
            engine.take_load(state, parameters, shape, pump_kw, _SETTLED_S)
        share = self.condition["boost_share"]
        state.boost_kpa = state.boost_kpa * share
        state.exhaust_degc = state.exhaust_degc + 240.0 * np.maximum(1.0 - share, 0.0) * state.load_share
        state.exhaust_degc = following(state.exhaust_degc, self.running, tau_s=25.0, standing_tau_s=600.0)
        self.load = following(state.load_share, self.running, tau_s=_SMOOTH_S, standing_tau_s=_SMOOTH_S)

    def _heat(self) -> None:
        state, parameters, condition = self.state, self.parameters, self.condition
        ambient = parameters.ambient_degc
        heat_kw = self._follow(engine.coolant_heat_kw(state, parameters), _SMOOTH_S, _SMOOTH_S)
        water = settled_degc(
            np.where(self.running, heat_kw, 0.0),
            ambient,
            fixed_kw_k=engine.BLOCK_SHARE_K * parameters.rated_power_kw,
            cooler_kw_k=engine.radiator_kw_k(state, parameters),
            valve_degc=engine.THERMOSTAT_DEGC,
            stuck=parameters.thermostat_stuck,
        )
        boils = engine.BOILING_DEGC
        state.coolant_degc = self._follow(
            np.where(water > boils, boils + 0.05 * (water - boils), water), _COOLANT_TAU_S
        )
        blocked = _HOT_OIL_K * (1.0 - condition["oil_cooler_share"]) * self.load
        bath = engine.oil_bath_degc(state, parameters) + np.where(self.running, blocked, 0.0)
        state.oil_degc = self._follow(bath, _OIL_TAU_S)
        sucks = np.clip(condition["oil_level_pct"] / 25.0, 0.05, 1.0)  # air, once the level is at the strainer
        state.oil_pressure_kpa = engine.settled_oil_kpa(state, parameters) * sucks
        tank = settled_degc(
            self._follow(self._oil_heat_kw, _SMOOTH_S, _SMOOTH_S),
            ambient,
            fixed_kw_k=hydraulics.WALLS_SHARE_K * parameters.hydraulic_mass_kj_k,
            cooler_kw_k=np.where(
                self.running, parameters.hydraulic_cooler_kw_k * parameters.hydraulic_cooler_effectiveness, 0.0
            ),
            valve_degc=hydraulics.BYPASS_DEGC,
            stuck=np.full(len(ambient), np.nan),
        )
        state.hydraulic_return_degc = self._follow(np.minimum(tank, 135.0), _HYDRAULIC_TAU_S)
        gearbox = engine.gearbox_bath_degc(state, parameters)
        gearbox = gearbox + 200.0 * (1.0 - condition["transmission_cooler_share"]) * self.load
        drives = state.activity == Activity.TRAVEL
        gearbox = gearbox + np.where(drives, _SLIP_K * (1.0 - condition["clutch_grip"]) * state.load_share, 0.0)
        state.transmission_degc = self._follow(gearbox, _GEARBOX_TAU_S)

    def _electrify(self) -> None:
        state, parameters, condition = self.state, self.parameters, self.condition
        charge = charge_of(self.duty, condition, self.running)
        state.charge = charge.copy()
        advance_electrics(state, parameters, _SETTLED_S)
        state.charge = charge
        drain = np.where(self.running, 0.0, (condition["parked_load_pu"] - 0.05) * parameters.battery_resistance_pu)
        empty = 0.25 * np.maximum(0.15 - charge, 0.0) / 0.15 * ~self.running
        lost = np.where(self.running, condition["charging_cable_pu"], 0.0)
        shakes = condition["loose_cable_pu"] * self._rng.uniform(-0.5, 0.5, len(charge)) * self.running
        self.alternator_v = state.battery_v + shakes * parameters.nominal_voltage_v
        state.battery_v = self.alternator_v - (drain + empty + lost) * parameters.nominal_voltage_v

    def _count(self) -> None:
        """Tanks and counters."""
        state, parameters, condition = self.state, self.parameters, self.condition
        hour = ROW_S / 3_600
        burnt_l = state.fuel_rate_lph * hour
        tank_l = parameters.fuel_tank_l
        taken = 100.0 * parameters.fuel_drain_lps * ROW_S / tank_l
        taken = taken + (condition["fuel_leak_pct_h"] + condition["fuel_siphon_pct_h"]) * hour
        start = float(self._rng.uniform(45, 95))
        level = level_pct(100.0 * burnt_l / tank_l, taken, self.duty, start, self._rng)
        state.fuel_l = level / 100.0 * tank_l
        rough = np.where(state.activity >= Activity.WORK, 0.7, np.where(self.running, 0.08, 0.0))
        state.slosh_pct = np.clip(self._rng.standard_normal(len(level)), -2.5, 2.5) * rough
        dosed = 100.0 * 0.045 * burnt_l / parameters.def_tank_l
        start = float(self._rng.uniform(45, 95))
        state.def_l = (
            level_pct(dosed, condition["def_leak_pct_h"] * hour, self.duty, start, self._rng)
            / 100.0 * parameters.def_tank_l
        )  # fmt: skip
        state.fuel_used_l = state.fuel_used_l[0] + np.cumsum(burnt_l)
        state.engine_hours_h = state.engine_hours_h[0] + np.cumsum(self.running) * hour
        state.idle_hours_h = state.idle_hours_h[0] + np.cumsum(state.activity == Activity.IDLE) * hour
        turns = np.cumsum(state.activity == Activity.WORK) * (ROW_S / self.spec.cycle_s)
        state.loads = state.loads[0] + np.floor(turns) * (self.spec.load_kg > 0)
        state.payload_total_kg = state.loads * self.spec.load_kg
        state.strokes = state.strokes[0] + np.floor(turns * self.spec.strokes_per_cycle)
        carries = (state.activity == Activity.WORK) & (state.cycle_phase > 0.3) & (state.cycle_phase < 0.7)
        state.payload_kg = np.where(carries, self.spec.load_kg, 0.0)

    def _move(self) -> None:
        """Speed, and a way to and fro across the site that stands where the machine stands."""
        state, rows = self.state, len(self.running)
        steady = 0.8 + wandering(rows, 60.0, 0.08, self._rng)
        creeps = 0.15 if self.spec.travel_kmh < 20 else 0.0
        share = np.where(
            state.activity == Activity.TRAVEL, steady, np.where(state.activity == Activity.WORK, creeps, 0)
        )
        state.speed_kmh = self.spec.travel_kmh * np.clip(share, 0.0, 1.0)
        state.distance_km = state.distance_km[0] + np.cumsum(state.speed_kmh) * ROW_S / 3_600
        turn = np.cumsum(state.speed_kmh / 3.6 * ROW_S) / (0.6 * self.spec.roam_m)
        state.east_m, state.north_m = self.spec.roam_m * np.sin(turn), self.spec.roam_m * np.sin(0.7 * turn + 1)
        state.heading_deg = np.degrees(turn) % 360.0

    def signals(self) -> dict[str, Float64Array]:
        """Signal key -> what is there to be measured, (rows,)."""
        scene = Scene(self.state, self.parameters, self.shape)
        rows = len(self.running)
        told = {
            key: np.broadcast_to(np.asarray(SENSORS[key].look(scene), np.float64), rows) for key in self.spec.signals
        }
        for part in (_engine_bay, _aftertreatment, _circuits):
            told.update(part(self, told))
        return told


def _engine_bay(machine: Machine, told: dict[str, Float64Array]) -> dict[str, Float64Array]:
    state, condition, runs = machine.state, machine.condition, machine.running
    ambient, load = machine.parameters.ambient_degc, machine.load
    hot = np.clip((state.coolant_degc - 60.0) / 30.0, 0.0, 1.15)
    filter_dp = np.where(runs, condition["fuel_filter_dp_kpa"] * (0.3 + 0.7 * load), 0.0)
    lift = np.clip(condition["lift_pump_share"], 0.02, 1.0)
    hotter = 70.0 * (1.0 - condition["intercooler_share"]) + 15.0 * (1.0 - machine.fan)
    oil_kpa = state.oil_pressure_kpa
    return {
        "engine_oil_level_pct": np.clip(condition["oil_level_pct"] - 8.0 * runs, 0.0, 100.0),
        "engine_coolant_level_pct": np.clip(condition["coolant_level_pct"] + 2.0 * hot, 0.0, 100.0),
        "engine_coolant_pressure_kpa": np.clip(condition["coolant_cap_kpa"], 0.0, None)
        * hot * np.clip(condition["coolant_level_pct"] / 80.0, 0.0, 1.0),
        "crankcase_pressure_kpa": np.where(runs, 0.3 + 0.9 * load + condition["blow_by_kpa"] * (0.4 + 0.6 * load), 0.0),
        "fuel_filter_dp_kpa": filter_dp,
        "fuel_delivery_pressure_kpa": runs * np.maximum(380.0 * lift - 35.0 * load - 0.4 * filter_dp, 0.0),
        "water_in_fuel": (runs & (condition["water_share"] > 0.3)).astype(np.float64),
        "oil_filter_intake_pressure_kpa": np.where(
            runs, oil_kpa + condition["oil_filter_dp_kpa"] * np.clip(state.engine_speed_rpm / 1_900, 0, 1.1), 0.0
        ),
        "fan_speed_rpm": state.engine_speed_rpm * 1.1 * machine.fan,
        "intake_air_temp_degc": ambient + 6.0 * runs,
        "intake_manifold_temp_degc": ambient + 14.0 * runs + (22.0 + hotter) * load,
        "ecu_temp_degc": machine._follow(ambient + runs * (18.0 + 12.0 * load), 900.0),
        "driver_demand_torque_pct": 98.0 * state.load_share,
    }  # fmt: skip


def _aftertreatment(machine: Machine, told: dict[str, Float64Array]) -> dict[str, Float64Array]:
    condition, runs, filter_ = machine.condition, machine.running, machine.filter
    flow = np.clip(machine.state.engine_speed_rpm / machine.parameters.work_rpm, 0.0, 1.1) * (0.5 + 0.5 * machine.load)
    asks = (filter_.soot_pct > 92.0) & (filter_.active < 1)
    return {
        "dpf_soot_load_pct": filter_.soot_pct,
        "dpf_ash_load_pct": np.full(len(runs), 30.0),
        "dpf_dp_kpa": (1.5 + 5.0 * filter_.soot_pct / 100.0) * flow**2,
        "dpf_intake_temp_degc": machine.state.exhaust_degc * 0.95,
        "dpf_outlet_temp_degc": filter_.outlet_degc,
        "dpf_active_regen": filter_.active,
        "dpf_status": np.where(filter_.soot_pct > 125.0, 3.0, np.where(asks, 1.0, 0.0)),
        "dpf_lamp": asks.astype(np.float64),
        "def_temp_degc": machine._follow(machine.parameters.ambient_degc + 8.0 * runs, 3_600.0),
        "def_concentration_pct": condition["def_concentration_pct"],
        "scr_inducement_level": induced(condition, runs),
    }


def _circuits(machine: Machine, told: dict[str, Float64Array]) -> dict[str, Float64Array]:
    state, condition, runs = machine.state, machine.condition, machine.running
    worn = 1.0 - 0.5 * np.maximum(machine.parameters.pump_leakage - 0.05, 0.0)
    blocked = np.where((condition["line_blockage"] > 0) & (state.activity == Activity.WORK), 1.0, 0.0)
    pumping = told.get("pumping_pressure_kpa", np.zeros(1))
    drives = state.activity == Activity.TRAVEL
    changed: dict[str, Callable[[], Float64Array]] = {
        "main_pump_1_pressure_kpa": lambda: told["main_pump_1_pressure_kpa"] * worn,
        "pilot_pressure_kpa": lambda: told["pilot_pressure_kpa"] * condition["pilot_share"],
        "vibration_frequency_hz": lambda: told["vibration_frequency_hz"] * condition["vibration_share"],
        "pumping_pressure_kpa": lambda: np.where(
            blocked > 0, 21_000.0 + 12_000.0 * condition["line_blockage"], pumping
        ),
        "charging_voltage_v": lambda: machine.alternator_v + 0.1,
    }
    extra = {key: look() for key, look in changed.items() if key in told}
    extra["hydraulic_filter_restriction"] = (runs & (condition["hydraulic_filter_dirt"] > 0.45)).astype(np.float64)
    extra["key_switch_voltage_v"] = state.battery_v - 0.2
    extra["terminal_backup_battery_v"] = np.full(len(runs), 4.05)
    if "transmission_gear" in told:
        kpa = 1_650.0 * condition["transmission_pressure_share"] * (0.9 + 0.1 * state.engine_speed_rpm / 1_900)
        extra["transmission_oil_pressure_kpa"] = np.where(runs, kpa, 0.0)
        extra["transmission_input_speed_rpm"] = np.where(drives, state.engine_speed_rpm * condition["clutch_grip"], 0.0)
        extra["transmission_output_speed_rpm"] = state.speed_kmh * 28.0
    return extra


def ambient_degc(machine: SimulatedMachine, days: int, rng: np.random.Generator) -> Float64Array:
    """The weather at the machine's site: its mean, the day's course, and what wanders over days, (rows,)."""
    rows = days * DAY_ROWS
    hour = np.arange(rows) % DAY_ROWS / 360.0
    return machine.site.ambient_degc - 4.0 - 5.5 * np.cos(2 * np.pi * (hour - 3.0) / 24.0) + wandering(
        rows, 2.5 * 86_400, 2.5, rng
    )  # fmt: skip
