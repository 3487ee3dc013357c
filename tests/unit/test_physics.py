"""The simulated machines: healthy ones stay far from every limit, and a broken part moves what physics says."""

from copy import deepcopy
from dataclasses import fields
from functools import cache

import numpy as np
import pytest

from simulators.fault_bench import FaultBench
from simulators.faults import FAULT_KINDS, PlannedFault
from simulators.kinds import KINDS
from simulators.machines import make_machines
from simulators.physics.parameters import Parameters
from simulators.physics.state import Activity, State
from simulators.physics.world import World

# what the ten rules must never see on a healthy machine, with room to spare
HEALTHY = {
    "engine_coolant_temp_degc": (-10.0, 100.0),
    "hydraulic_oil_temp_degc": (-10.0, 90.0),
    "fuel_level_pct": (20.0, 100.0),
    "def_level_pct": (20.0, 100.0),
    "air_filter_dp_kpa": (0.0, 4.5),
    "engine_speed_rpm": (0.0, 2_200.0),
}


@cache
def made(count, seed, warm):
    world = World(make_machines(count), seed)
    if warm:
        world.warm_up()
    return world


def fleet(count=20, seed=1, *, warm=True):
    """A world of the test's own."""
    return deepcopy(made(count, seed, warm))


def run(world, seconds, step_s=0.25, bench=None, began_s=0.0):
    """Readings once a second: (seconds, machines, sensors)."""
    rows = np.arange(len(world.machines))
    seen = []
    for n in range(round(seconds / step_s)):
        world.step(step_s)
        if bench is not None:
            bench.advance(began_s + (n + 1) * step_s)
        if (n + 1) % round(1 / step_s) == 0:
            seen.append(world.measure(rows))
    return np.array(seen)


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_healthy_machines_stay_far_from_every_rule(warm):
    world = fleet(30, seed=3, warm=warm)
    seen = run(world, 600, step_s=0.5)
    assert world.finite()
    column = world.instruments.column
    for key, (low, high) in HEALTHY.items():
        values = seen[:, :, column[key]]
        assert values.min() >= low, key
        assert values.max() <= high, key
    speed = seen[:, :, column["engine_speed_rpm"]]
    settled = (speed[2:] > 600) & (speed[1:-1] > 600) & (speed[:-2] > 600)
    assert seen[2:, :, column["engine_oil_pressure_kpa"]][settled].min() > 150
    volts = seen[2:, :, column["battery_voltage_v"]] / world.parameters.nominal_voltage_v
    assert volts.max() < 1.2
    assert volts[settled].min() > 1.08


def test_every_reading_lies_in_its_signals_valid_range():
    from fleet.signals import packaged_catalogue

    world = fleet(10)
    seen = run(world, 120)
    for key, column in world.instruments.column.items():
        signal = packaged_catalogue()[key]
        values = seen[:, :, column][~np.isnan(seen[:, :, column])]
        assert len(values), key
        assert values.min() >= signal.valid[0], key
        assert values.max() <= signal.valid[1], key


def test_a_machine_reports_the_signals_of_its_kind_and_no_others():
    world = fleet(5)
    seen = world.measure(np.arange(5))
    for machine, row in zip(world.machines, seen, strict=True):
        reported = {key for key, value in zip(world.instruments.keys, row, strict=True) if not np.isnan(value)}
        assert reported == set(machine.spec.signals)


def test_the_same_seed_gives_the_same_fleet_and_another_seed_another():
    first, again, other = (run(fleet(10, seed, warm=False), 60) for seed in (5, 5, 6))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_the_fleet_works_travels_idles_and_stands():
    world = fleet(40)
    seen = np.array([world.state.activity.copy() for _ in range(900) if world.step(1.0) is None])
    shares = [(seen == activity).mean() for activity in (Activity.OFF, Activity.IDLE, Activity.WORK, Activity.TRAVEL)]
    assert min(shares) > 0.01
    assert shares[2] > 0.4


def test_counters_only_grow():
    seen = run(fleet(10), 300)
    column = fleet(1, warm=False).instruments.column
    counters = ("engine_hours_h", "fuel_used_total_l", "idle_hours_h", "load_count", "pump_strokes_count")
    for key in (*counters, "distance_total_km"):
        assert np.nanmin(np.diff(seen[:, :, column[key]], axis=0)) >= 0, key


def test_fuel_burnt_is_fuel_gone_from_the_tank():
    world = fleet(10)
    before, used = world.state.fuel_l.copy(), world.state.fuel_used_l.copy()
    run(world, 300)
    sound = world.state.fuel_l < before  # nobody filled it meanwhile
    burnt = world.state.fuel_used_l - used
    assert np.allclose((before - world.state.fuel_l)[sound], burnt[sound], atol=1e-6)
    assert burnt.max() > 1.0


def test_warming_up_leaves_counters_and_tanks_alone():
    world = fleet(5, warm=False)
    fuel, hours = world.state.fuel_l.copy(), world.state.engine_hours_h.copy()
    world.warm_up()
    assert np.allclose(world.state.fuel_l, fuel, rtol=0.01)
    assert np.allclose(world.state.engine_hours_h, hours, atol=0.01)
    assert world.state.coolant_degc.min() > 75
    assert np.isnan(world.parameters.pinned_activity).all()


def test_a_coarse_step_ends_at_the_same_temperatures_as_a_fine_one():
    ends = []
    for step_s in (0.25, 0.5):
        world = fleet(5, seed=2, warm=False)
        world.parameters.pinned_activity[:] = Activity.WORK
        for _ in range(round(600 / step_s)):
            world.step(step_s)
        ends.append((world.state.coolant_degc.copy(), world.state.hydraulic_tank_degc.copy()))
    for fine, coarse in zip(*ends, strict=True):
        assert np.abs(fine - coarse).max() < 1.5


def test_hot_oil_is_thin_and_lowers_the_pressure():
    pressures = []
    for oil_degc in (80.0, 120.0):
        world = fleet(5)
        world.parameters.pinned_activity[:] = Activity.IDLE
        run(world, 10)
        world.state.oil_degc[:] = oil_degc
        run(world, 3)
        pressures.append(world.state.oil_pressure_kpa.copy())
    assert (pressures[1] < 0.75 * pressures[0]).all()


@cache
def made_at_work():
    world = World(make_machines(len(KINDS)), 4)
    world.parameters.pinned_activity[:] = Activity.WORK
    world.parameters.ambient_degc[:] = 32.0
    world.warm_up()
    return world


def at_work_in_summer():
    """One warm machine of each kind, held at work."""
    return deepcopy(made_at_work())


BROKEN = {  # fault -> (signal, above or below, limit) that it must reach at work within `within` seconds
    "oil_pump_worn": ("engine_oil_pressure_kpa", "below", 90, 10),
    "bearing_wear": ("engine_oil_pressure_kpa", "below", 90, 10),
    "radiator_blocked": ("engine_coolant_temp_degc", "above", 106, 400),
    "thermostat_stuck_closed": ("engine_coolant_temp_degc", "above", 106, 400),
    "hydraulic_cooler_blocked": ("hydraulic_oil_temp_degc", "above", 96, 3_000),
    "hydraulic_pump_leakage": ("hydraulic_oil_temp_degc", "above", 96, 300),
    "relief_valve_stuck": ("hydraulic_oil_temp_degc", "above", 96, 600),
    "alternator_failed": ("battery_voltage_v", "below", 0.93, 10),
    "regulator_stuck_high": ("battery_voltage_v", "above", 1.28, 10),
    "governor_stuck": ("engine_speed_rpm", "above", 2_700, 10),
    "air_filter_clogged": ("air_filter_dp_kpa", "above", 6.5, 10),
    "fuel_line_leak": ("fuel_level_pct", "below", 9, 300),
    "def_leak": ("def_level_pct", "below", 9, 300),
    "fuel_theft": ("fuel_level_pct", "below", 85, 200),
    "thermostat_stuck_open": ("engine_coolant_temp_degc", "below", 84, 600),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_part_shows_on_every_kind_of_machine(fault):
    key, side, limit, within_s = BROKEN[fault]
    world = at_work_in_summer()
    world.state.fuel_l[:] = 0.9 * world.parameters.fuel_tank_l
    index = {m.terminal: m.index for m in world.machines}
    bench = FaultBench(world, index)
    for terminal in index:
        bench.begin(PlannedFault(machine=terminal, fault=fault), 0.0)
    seen = run(world, within_s, step_s=1.0 if within_s > 100 else 0.25, bench=bench)[
        -4:, :, world.instruments.column[key]
    ]
    if key == "battery_voltage_v":
        seen = seen / world.parameters.nominal_voltage_v
    worst = seen.max(axis=0) if side == "below" else seen.min(axis=0)
    reached = worst < limit if side == "below" else worst > limit
    assert reached.all(), worst


POSSIBLE = {  # what two hours with a fault, in the heat, cannot exceed on a real machine
    "hydraulic_oil_temp_degc": 140.0,
    "engine_coolant_temp_degc": 130.0,
    "engine_oil_temp_degc": 145.0,
    "engine_speed_rpm": 3_000.0,
    "exhaust_temp_degc": 700.0,
}
PHYSICAL = sorted(set(FAULT_KINDS) - {"sensor_offset", "sensor_dead", "ecu_fault_code"})


def test_two_hours_with_any_fault_stay_within_what_is_possible():
    world = World(make_machines(len(KINDS) * len(PHYSICAL)), 4)
    world.parameters.ambient_degc[:] = 40.0
    world.warm_up()
    bench = FaultBench(world, {m.terminal: m.index for m in world.machines})
    for machine in world.machines:
        fault = PHYSICAL[machine.index // len(KINDS)]  # the kinds alternate
        bench.begin(PlannedFault(machine=machine.terminal, fault=fault), 0.0)
    hottest = dict.fromkeys(POSSIBLE, 0.0)
    blocked = [m.index for m in world.machines if PHYSICAL[m.index // len(KINDS)] == "hydraulic_cooler_blocked"]
    assert {world.machines[index].spec.kind for index in blocked} == set(KINDS)
    rested = np.zeros(len(world.machines), np.bool_)
    for second in range(7_200):
        world.step(1.0)
        bench.advance(second + 1.0)
        if second % 10 == 0:
            seen = world.measure(np.arange(len(world.machines)))
            for key in POSSIBLE:
                hottest[key] = max(hottest[key], seen[:, world.instruments.column[key]].max())
            rested |= (world.state.activity == Activity.IDLE) & (world.state.hydraulic_return_degc > 105.0)
    assert {key: value for key, value in hottest.items() if value > POSSIBLE[key]} == {}
    assert rested[blocked].all(), "an overheated machine stops working"


@pytest.mark.parametrize("fault", sorted(set(FAULT_KINDS) - {"sensor_offset", "sensor_dead", "ecu_fault_code"}))
def test_beginning_a_fault_touches_parameters_of_its_machine_and_no_state(fault):
    world = fleet(4, warm=False)
    run(world, 5)
    state = {f.name: getattr(world.state, f.name).copy() for f in fields(State)}
    parameters = {f.name: getattr(world.parameters, f.name).copy() for f in fields(Parameters)}
    bench = FaultBench(world, {m.terminal: m.index for m in world.machines})
    bench.begin(PlannedFault(machine=world.machines[2].terminal, fault=fault, ramp_s=0.0), 0.0)
    assert all(np.array_equal(getattr(world.state, name), column) for name, column in state.items())
    moved = {
        name: np.flatnonzero(~np.isclose(getattr(world.parameters, name), column, equal_nan=True)).tolist()
        for name, column in parameters.items()
    }
    assert {name for name, where in moved.items() if where} >= {e.parameter for e in FAULT_KINDS[fault].effects}
    assert all(where in ([], [2]) for where in moved.values())


def test_a_repaired_machine_is_as_healthy_as_before():
    world = fleet(5)
    healthy = world.parameters.oil_pump_flow_share.copy()
    bench = FaultBench(world, {m.terminal: m.index for m in world.machines})
    bench.begin(PlannedFault(machine="XE215-0001", fault="oil_pump_worn", lasts_s=20.0), 0.0)
    run(world, 15, bench=bench)
    assert world.parameters.oil_pump_flow_share[0] < 0.2
    run(world, 10, bench=bench, began_s=15.0)
    assert np.array_equal(world.parameters.oil_pump_flow_share, healthy)
    assert bench.active == []


def test_half_the_severity_moves_the_parameter_half_the_way():
    world = fleet(1, warm=False)
    healthy = float(world.parameters.bearing_clearance_ratio[0])
    bench = FaultBench(world, {"XE215-0001": 0})
    bench.begin(PlannedFault(machine="XE215-0001", fault="bearing_wear", severity=0.5, ramp_s=0.0), 0.0)
    worst = FAULT_KINDS["bearing_wear"].effects[0].worst
    assert world.parameters.bearing_clearance_ratio[0] == pytest.approx((healthy + worst) / 2)


def test_a_sensor_offset_moves_the_sensor_and_not_the_machine():
    world, sound = fleet(1, seed=9), fleet(1, seed=9)
    bench = FaultBench(world, {"XE215-0001": 0})
    fault = PlannedFault(
        machine="XE215-0001", fault="sensor_offset", sensor="engine_coolant_temp_degc", offset=25.0, ramp_s=0.0
    )
    bench.begin(fault, 0.0)
    column = world.instruments.column["engine_coolant_temp_degc"]
    shifted, true = run(world, 20)[:, 0, column], run(sound, 20)[:, 0, column]
    assert np.allclose(shifted - true, 25.0, atol=0.11)
    assert np.array_equal(world.state.coolant_degc, sound.state.coolant_degc)


def test_a_dead_sensor_reports_nothing():
    world = fleet(1, warm=False)
    bench = FaultBench(world, {"XE215-0001": 0})
    bench.begin(PlannedFault(machine="XE215-0001", fault="sensor_dead", sensor="fuel_level_pct"), 0.0)
    assert np.isnan(world.measure(np.arange(1))[0, world.instruments.column["fuel_level_pct"]])
