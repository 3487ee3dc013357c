"""The simulated fleet against the packaged rules: what is broken is found, and what is healthy is left in peace."""

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.engine import Engine, Rows
from diagnosis.machine_facts import MachineFacts
from diagnosis.ruleset import packaged_ruleset
from diagnosis.trust import TrustJudge, packaged_checks
from fleet.batch import EventBatch
from fleet.signals import packaged_catalogue
from gateway.decode import BatchBuilder, Decoder
from simulators.config import SimulationConfig
from simulators.fault_bench import FaultBench
from simulators.faults import FAULT_KINDS, PlannedFault
from simulators.fleet import make_generator
from simulators.kinds import KINDS
from simulators.machines import make_machines
from simulators.physics.state import Activity
from simulators.physics.world import World
from simulators.plan import DEMO_PLAN, NO_FAULTS, Plan, load_plan

START_US = 1_795_255_000_000_000
CATALOGUE = packaged_catalogue()


def findings_of(plan, seconds, *, machines=40, seed=1, warm=True):
    """(findings by (terminal, key), when each fault began) of a run that is judged as the platform would."""
    generator = make_generator(SimulationConfig(machines=machines, seed=seed, plan=plan, warm=warm), START_US, "b")
    index = {m.terminal: m.index for m in generator.machines}
    builder, decoder = BatchBuilder(CATALOGUE), Decoder(CATALOGUE)
    began = {}
    while generator.machine_s < seconds:
        for fault in generator.due_faults():
            generator.inject(fault)
            began[fault.machine, fault.expected.key] = generator.true_us
        for out in generator.step():
            decoder.decode(builder, out.message.topic, out.message.payload, generator.true_us, False, None)
    batch = builder.finish()
    machine = np.array([index[terminal] for terminal in batch.messages.terminal], dtype=np.int32)
    readings, events = batch.readings, batch.events
    readings.machine[:], events.machine[:] = machine[readings.message], machine[events.message]
    narrow = CATALOGUE.is_float4[readings.signals]
    readings.values[:, narrow] = readings.values[:, narrow].astype(np.float32)
    right = np.array([generator.clock_right(m) for m in range(machines)])
    readings, events = readings.take(right[readings.machine]), events.take(right[events.machine])
    engine = Engine(CATALOGUE, packaged_ruleset(CATALOGUE))
    engine.set_constants(nominal_voltage_v=np.array([float(m.spec.nominal_voltage_v) for m in generator.machines]))
    judged = engine.judge(Rows.of_batch(readings), events, engine.fresh_state())
    names = [m.terminal for m in generator.machines]
    return {(names[f.machine], f.source_key): f for f in judged.findings}, began


@pytest.mark.parametrize("seed", [1, 2])
def test_the_demo_raises_exactly_what_was_broken_each_within_35_seconds(seed):
    plan = load_plan(DEMO_PLAN)
    plan = replace(plan, transport=replace(NO_FAULTS, malformed=0.01, reboot_share=0.05))  # rows in order, once each
    found, began = findings_of(plan, 55, seed=seed)
    assert set(found) == set(began)
    for key, finding in found.items():
        assert 0 <= finding.held_us - began[key] <= 35_000_000, key


def test_what_breaks_in_a_machine_costs_no_sensor_its_trust():
    """Every fault at its worst, on every kind at work: what is hot gets hot no faster than so much water and oil can.

    Only a fuel line that loses 2 L/s empties a tank faster than a float is believed.
    """
    faults = [kind.name for kind in FAULT_KINDS.values() if kind.effects and kind.name != "fuel_line_leak"]
    machines = make_machines(len(KINDS) * len(faults))
    world = World(machines, 1)
    world.parameters.pinned_activity[:] = Activity.WORK
    world.parameters.ambient_degc[:] = 35.0
    world.warm_up()
    bench = FaultBench(world, {machine.terminal: machine.index for machine in machines})
    for machine in machines:
        fault = faults[machine.index // len(KINDS)]  # the kinds alternate
        bench.begin(PlannedFault(machine=machine.terminal, fault=fault), 0.0)
    seen = []
    for second in range(400):
        bench.advance(float(second))
        world.step(1.0)
        if second % 10 == 0:
            seen.append(world.measure(np.arange(len(machines))))
    signals = np.array([CATALOGUE.index[key] for key in world.instruments.keys])
    order = np.argsort(signals)
    values = np.array(seen).transpose(1, 0, 2).reshape(-1, len(signals))[:, order]
    at_us = START_US // 60_000_000 * 60_000_000 + np.arange(len(seen)) * 10_000_000
    rows = Rows(
        np.repeat(np.arange(len(machines), dtype=np.int32), len(seen)), np.tile(at_us, len(machines)), values,
        signals[order],
    )  # fmt: skip
    judge = TrustJudge(CATALOGUE, packaged_checks(CATALOGUE))
    voltages = np.array([float(machine.spec.nominal_voltage_v) for machine in machines])
    judge.set_facts(MachineFacts(nominal_voltage_v=voltages))
    judge.judge(rows, EventBatch.empty())
    found = judge.changes(int(at_us[-1]) + 60_000_000)
    assert [(machines[one.machine].spec.kind, faults[one.machine // len(KINDS)], one.checks) for one in found] == []


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_healthy_fleet_raises_nothing(warm):
    found, _ = findings_of(Plan(), 240, machines=20, seed=7, warm=warm)
    assert found == {}
