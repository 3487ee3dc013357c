"""Fleets on a real broker: what they count is what arrives, and nothing is lost whatever happens to the network."""

import json
import threading
import time
from collections import defaultdict
from itertools import pairwise

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from app.embedded import EmbeddedServers
from fleet.errors import InvalidInput
from simulators.config import SimulationConfig
from simulators.encode import Form
from simulators.faults import FaultCode, PlannedFault
from simulators.fleet import FleetSimulation
from simulators.machines import make_machines
from simulators.mqtt import Broker
from simulators.plan import DeadZone, Plan, Preparation, TransportFaults
from simulators.planned import planned_messages, planned_rows
from simulators.replay_candump import ReplayConfig, replay_candump
from simulators.run import run_simulation
from simulators.truth import read_truth
from tests.acking_platform import AckingPlatform

ROUGH = TransportFaults(
    duplicate=0.1, duplicate_within_s=1.5, delay=0.1, delay_within_s=1.0, split=0.05, conflict=0.02, malformed=0.05,
    reboot_share=0.2,
)  # fmt: skip


@pytest.fixture
def platform(broker):
    platform = AckingPlatform(*broker)
    yield platform
    platform.close()


def config(broker, **changes):
    settings = {
        "broker": Broker(host=broker[0], port=broker[1]), "machines": 10, "speedup": 20.0, "messages_per_machine": 30,
        "warm": False, "accept_injections": False,
    }  # fmt: skip
    return SimulationConfig(**{**settings, **changes})


def wait_for(condition, timeout_s=15.0):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_a_rough_run_counts_exactly_what_arrives(broker, platform):
    report = run_simulation(config(broker, plan=Plan(transport=ROUGH)), threading.Event())
    counts = report.counts
    assert report.drained
    assert counts["pending"] == 0
    assert counts["published"] == counts["distinct"] + counts["duplicates"]
    assert counts["distinct"] == platform.rows
    assert counts["messages"] == platform.messages  # paho repeats nothing by itself
    assert counts["malformed"] == len(platform.malformed)
    assert min(counts[k] for k in ("malformed", "planted_duplicates", "delayed", "split")) > 0
    assert all(len(bodies) == 1 for bodies in platform.payloads.values())  # an identity never changes its content


def test_everything_planned_arrives_byte_for_byte(broker, platform):
    zone = DeadZone(machine="LW500-0001", from_s=1.0, for_s=1.5, newest_first=True)
    fixed = config(
        broker, plan=Plan(transport=ROUGH, dead_zones=(zone,)),
        start_at_us=(time.time_ns() // 1_000_000_000 - 600) * 1_000_000, boot_prefix=f"t{time.time_ns():x}",
    )  # fmt: skip
    report = run_simulation(fixed, threading.Event())
    assert report.drained
    terminals = [m.terminal for m in make_machines(10)]
    planned = {
        (terminals[out.machine], out.message.boot, out.message.seq): out.message.payload
        for out in planned_messages(fixed)
        if out.message.seq >= 0
    }
    assert {identity: next(iter(bodies)) for identity, bodies in platform.payloads.items()} == planned
    assert len(planned_rows(fixed).seq) == report.counts["distinct"] - report.counts["malformed"]


def test_after_a_dead_zone_live_goes_first_and_what_was_kept_follows_newest_first(broker, platform):
    zone = DeadZone(machine="XE215-0001", from_s=1.0, for_s=2.0, newest_first=True)
    plan = Plan(dead_zones=(zone,), prepare=(Preparation(machine="XE215-0001", form=Form.SAMPLE),))
    report = run_simulation(
        config(broker, machines=1, plan=plan, speedup=10.0, messages_per_machine=60), threading.Event()
    )
    assert report.drained
    assert not report.fleet[0]["live"]
    seqs = [seq for _, _, seq in platform.order]
    assert set(seqs) == set(range(60))
    falling = [b for a, b in pairwise(seqs) if b == a - 1]
    assert len(falling) >= 5
    wait_for(lambda: len(platform.status) >= 4)
    online = [status["online"] for terminal, status in platform.status if terminal == "XE215-0001"]
    assert online == [True, False, True, False]  # birth, last will, birth, good-bye


def test_a_message_without_a_commit_ack_is_sent_again_until_there_is_one(broker):
    platform = AckingPlatform(*broker, deaf_to=20)
    try:
        plan = Plan(prepare=(Preparation(machine="XE215-0001", form=Form.SAMPLE),))
        report = run_simulation(config(broker, machines=1, plan=plan), threading.Event())
        assert report.drained
        assert {seq for _, _, seq in platform.seen} == set(range(30))
        assert report.counts["resent"] == 20
        assert report.counts["duplicates"] == 20
    finally:
        platform.close()


def test_after_a_reconnect_what_has_no_ack_goes_out_again_at_once(broker):
    platform = AckingPlatform(*broker, deaf_to=5)
    try:
        zone = DeadZone(machine="XE215-0001", from_s=1.0, for_s=0.3)
        plan = Plan(dead_zones=(zone,), prepare=(Preparation(machine="XE215-0001", form=Form.SAMPLE),))
        report = run_simulation(config(broker, machines=1, plan=plan, messages_per_machine=40), threading.Event())
        assert report.drained
        assert report.counts["resent"] >= 5
        assert report.ended_wall_us - report.began_wall_us < 5_000_000  # before the first time-out
    finally:
        platform.close()


def test_draining_ends_a_dead_zone(broker, platform):
    zone = DeadZone(machine="XE215-0001", from_s=1.0, for_s=1_000.0)
    report = run_simulation(config(broker, machines=2, plan=Plan(dead_zones=(zone,))), threading.Event())
    assert report.drained
    assert report.counts["distinct"] == platform.rows


def test_nothing_is_lost_when_the_broker_is_killed(server_dir):
    with EmbeddedServers(server_dir) as own:
        broker = own.mosquitto
        platform = AckingPlatform(broker.host, broker.port)
        simulation = FleetSimulation(
            config((broker.host, broker.port), speedup=10.0, forms=(Form.SAMPLE,), messages_per_machine=60)
        )
        simulation.start()
        wait_for(lambda: simulation.tally.messages > 100)
        broker.kill()
        time.sleep(1.0)
        broker.restart()
        wait_for(lambda: simulation.exhausted)
        assert simulation.drain(30)
        simulation.stop()
        assert simulation.tally.connections == 20
        assert platform.rows == simulation.tally.distinct
        platform.close()


def test_a_fault_asked_for_over_mqtt_is_injected_and_written_to_the_truth_file(broker, platform, tmp_path):
    settings = config(
        broker, machines=2, speedup=1.0, messages_per_machine=None, accept_injections=True,
        truth_path=tmp_path / "truth.jsonl",
    )  # fmt: skip
    simulation = FleetSimulation(settings)
    simulation.start()
    answers: dict[str, list[dict]] = defaultdict(list)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="asker", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _c, _u, message: answers[message.topic].append(json.loads(message.payload))
    client.connect(*broker)
    client.subscribe("sim/inject/+/done", qos=1)
    client.loop_start()
    try:
        wait_for(lambda: simulation.connected == 2)
        time.sleep(0.3)
        client.publish("sim/inject/XE215-0001", json.dumps({"fault": "oil_pump_worn", "severity": 0.9}), qos=1)
        client.publish("sim/inject/XE215-0001", json.dumps({"fault": "boredom"}), qos=1)
        client.publish("sim/inject/XE215-0009", json.dumps({"fault": "oil_pump_worn"}), qos=1)
        client.publish("sim/inject/LW500-0001", b"please", qos=1)
        wait_for(lambda: sum(map(len, answers.values())) == 4 and simulation.truth.faults)
    finally:
        client.disconnect()
        client.loop_stop()
        simulation.stop()
    said = [answer.get("error") for answer in answers["sim/inject/XE215-0001/done"]]
    assert said[0] is None
    assert "boredom" in said[1]
    assert "XE215-0009" in answers["sim/inject/XE215-0009/done"][0]["error"]
    (fault,) = read_truth(tmp_path / "truth.jsonl")
    assert (fault.terminal, fault.fault, fault.severity) == ("XE215-0001", "oil_pump_worn", 0.9)
    assert fault.expects == {"kind": "rule", "key": "low_oil_pressure"}
    assert abs(fault.injected_at_us - fault.injected_wall_us) < 1_500_000


def test_the_log_knows_when_each_row_was_first_published(broker, platform, tmp_path):
    settings = config(broker, machines=3, speedup=1.0, duration_s=3.0, messages_per_machine=None,
                      publish_log_path=tmp_path / "published.npz")  # fmt: skip
    report = run_simulation(settings, threading.Event())
    from simulators.publish_log import PublishedRows

    log = PublishedRows.load(tmp_path / "published.npz")
    assert len(log.seq) == report.counts["distinct"]
    late_us = log.published_at_us - log.measured_at_us
    assert late_us.min() >= 0  # machine time never runs ahead of now
    assert late_us.max() < 4_000_000


def test_planned_faults_begin_at_their_time_and_codes_reach_the_wire(broker, platform):
    code = FaultCode(spn=157, fmi=18, count=3)
    faults = (
        PlannedFault(machine="XE215-0001", fault="ecu_fault_code", code=code, at_s=5.0, lasts_s=8.0),
        PlannedFault(machine="LW500-0001", fault="radiator_blocked", at_s=3.0),
    )
    plan = Plan(faults=faults, prepare=(Preparation(machine="XE215-0001", form=Form.SAMPLE),))
    report = run_simulation(config(broker, machines=2, plan=plan), threading.Event())
    assert [fault["fault"] for fault in report.truth] == ["radiator_blocked", "ecu_fault_code"]
    assert report.truth[1]["injected_at_us"] - report.start_us == 5_000_000
    sent = [
        message["faults"]["list"]
        for (terminal, _, _), bodies in sorted(platform.payloads.items())
        for message in map(json.loads, bodies)
        if terminal == "XE215-0001" and "faults" in message
    ]
    assert sent == [[], [{"sa": 0, "spn": 157, "fmi": 18, "oc": 3}], []]


def test_an_unreachable_broker_is_named_and_nothing_counts_as_sent():
    simulation = FleetSimulation(config(("127.0.0.1", 1), machines=2))
    simulation.start()
    try:
        wait_for(lambda: simulation.trouble is not None and simulation.pending > 0)
        assert "refused" in str(simulation.trouble).lower()
        assert not simulation.drain(0.5)
        assert simulation.counts()["published"] == 0
    finally:
        simulation.stop()


def test_asking_for_an_impossible_fault_is_refused_at_once(broker):
    simulation = FleetSimulation(config(broker, machines=1))
    with pytest.raises(InvalidInput, match="no simulated machine"):
        simulation.inject(PlannedFault(machine="nobody", fault="oil_pump_worn"))
    with pytest.raises(InvalidInput, match="no sensor"):
        simulation.inject(PlannedFault(machine="XE215-0001", fault="sensor_dead", sensor="pumping_pressure_kpa"))
    simulation.stop()


@pytest.mark.parametrize(
    ("log", "frames", "standard", "slots"),
    [
        ("css_heavy_duty_engine_idle_127s.log", 57_849, 12_278, 128),
        ("css_johndeere_tractor_186s.log", 1_815, 0, 187),
    ],
)
def test_a_recorded_log_is_replayed_whole_and_ends_now(broker, platform, shared_data, log, frames, standard, slots):
    replay = ReplayConfig(
        path=shared_data / "candump" / log,
        terminal=f"R{slots}",
        broker=Broker(host=broker[0], port=broker[1]),
        speed=100,
    )
    report = replay_candump(replay, threading.Event())
    now_us = time.time_ns() // 1_000
    assert (report.frames, report.standard_frames, report.messages, report.acked) == (frames, standard, slots, True)
    assert 0 <= now_us - report.last_us < 4_000_000
    assert sum(rows for (terminal, _, _), rows in platform.seen.items() if terminal == f"R{slots}") == slots
