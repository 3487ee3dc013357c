"""The simulators' parts that need no broker: fleet, plan, truth, outbox, counts, logs and recorded frames."""

import json
from pathlib import Path

import numpy as np
import pytest

from fleet.errors import InvalidInput
from fleet.signals import packaged_catalogue
from simulators.candump import Frame, parse_line, read_candump, slots_of
from simulators.config import SimulationConfig
from simulators.encode import Form
from simulators.faults import FAULT_KINDS, PlannedFault, fault_from
from simulators.kinds import KINDS
from simulators.machines import FLEET_COLUMNS, fleet_csv, fleet_rows, make_machines
from simulators.outbox import UNSEQUENCED, Message, Outbox
from simulators.physics.sensors import SENSORS
from simulators.plan import DEMO_PLAN, Plan, Preparation, TransportFaults, load_plan, parse_plan
from simulators.planned import planned_messages, planned_rows
from simulators.publish_log import PublishedRows, PublishLog
from simulators.replay_candump import ReplayConfig, whole_second_shift
from simulators.tally import Tally
from simulators.terminal_unit import ClockFault, TerminalClock
from simulators.truth import InjectedFault, TruthFile, read_truth

START_US = 1_795_000_000_000_000
ROUGH = TransportFaults(duplicate=0.05, delay=0.1, split=0.05, conflict=0.02, malformed=0.05, reboot_share=0.2)


def message(seq, boot="b", rows=(1,)):
    return Message("ecc/v1/M/telemetry", b"{}", boot, seq, rows)


def config(**changes):
    settings = {"machines": 10, "messages_per_machine": 30, "start_at_us": START_US, "boot_prefix": "b", "warm": False}
    return SimulationConfig(**{**settings, **changes})


# --- the fleet ---


def test_machine_names_do_not_depend_on_the_size_of_the_fleet():
    assert make_machines(500)[:40] == make_machines(40)
    assert [m.terminal for m in make_machines(6)][::5] == ["XE215-0001", "XE215-0002"]


def test_terminals_pins_and_serial_numbers_are_unique():
    machines = make_machines(5_000)
    for name in ("terminal", "pin", "serial_no"):
        assert len({getattr(m, name) for m in machines}) == 5_000
    assert {len(m.pin) for m in machines} == {17}


def test_another_fleet_of_the_same_machines_shares_no_name_with_the_first():
    first, second = make_machines(5_000), make_machines(5_000, numbers_after=1_000)
    for name in ("terminal", "pin", "serial_no", "name"):
        assert not {getattr(m, name) for m in first} & {getattr(m, name) for m in second}
    assert [(m.spec, m.site) for m in first] == [(m.spec, m.site) for m in second]
    assert second[0].terminal == "XE215-1001"
    plan = load_plan(DEMO_PLAN).renumbered(1_000)
    assert plan.named_machines() <= {m.terminal for m in make_machines(40, numbers_after=1_000)}
    assert plan.renumbered(-1_000) == load_plan(DEMO_PLAN)


def test_the_registry_knows_both_voltages():
    rows = fleet_rows(make_machines(5))
    assert {row["kind"]: row["nominal_voltage_v"] for row in rows}["roller"] == "12"
    assert {row["kind"]: row["nominal_voltage_v"] for row in rows}["excavator"] == "24"
    lines = fleet_csv(make_machines(5)).splitlines()
    assert lines[0] == ",".join(FLEET_COLUMNS)
    assert len(lines) == 6


def test_every_kind_reports_only_signals_of_the_catalogue_that_have_a_sensor():
    for spec in KINDS.values():
        assert set(spec.signals) <= set(SENSORS)
        assert len(set(spec.signals)) == len(spec.signals)
    assert all(key in packaged_catalogue() for key in SENSORS)


@pytest.mark.parametrize("wrong", [{"machines": 0}, {"kinds": ("spaceship",)}, {"kinds": ()}])
def test_an_impossible_fleet_is_refused(wrong):
    with pytest.raises(InvalidInput):
        make_machines(wrong.get("machines", 5), wrong.get("kinds", tuple(KINDS)))


# --- the plan ---


def test_the_demo_plan_breaks_different_things_on_machines_that_are_there_with_clocks_that_are_right():
    plan = load_plan(DEMO_PLAN)
    terminals = {m.terminal for m in make_machines(40)}
    assert plan.named_machines() <= terminals
    faulty = {f.machine for f in plan.faults}
    assert len(faulty) == len(plan.faults) >= 7
    assert len({f.fault for f in plan.faults}) == len(plan.faults)
    assert all(f.expected is not None and 5 <= f.at_s <= 20 for f in plan.faults)
    assert not faulty & {c.machine for c in plan.clocks}
    assert not faulty & {z.machine for z in plan.dead_zones}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[faults]]\nmachine='a'\nfault='tired'", "unknown fault 'tired'", id="unknown fault"),
        pytest.param("[[faults]]\nmachine='a'\nfault='oil_pump_worn'\nseverity=2", "severity", id="severity"),
        pytest.param("[[faults]]\nmachine='a'\nfault='oil_pump_worn'\ncolour=2", "colour", id="unknown field"),
        pytest.param("[[faults]]\nmachine='a'\nfault='sensor_dead'", "sensor", id="no sensor"),
        pytest.param("[[faults]]\nmachine='a'\nfault='ecu_fault_code'", "spn", id="no code"),
        pytest.param("[[clocks]]\nmachine='a'\nfault='slow'", "slow", id="unknown clock fault"),
        pytest.param("[[prepare]]\nmachine='a'\nduty='dance'", "dance", id="unknown duty"),
        pytest.param("[weather]\nrain=1", "weather", id="unknown table"),
        pytest.param("[transport]\nrain=1", "rain", id="unknown transport fault"),
        pytest.param("faults = 3", "faults", id="no list"),
        pytest.param("[[", "TOML", id="not TOML"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_the_word_that_is_wrong(text, words):
    with pytest.raises(InvalidInput, match=words):
        parse_plan(text)


def test_a_plan_file_that_is_not_there_is_named():
    with pytest.raises(InvalidInput, match="nowhere"):
        load_plan(Path("/nowhere.toml"))


def test_a_plan_for_a_machine_that_the_fleet_does_not_have_is_refused():
    plan = Plan(faults=(PlannedFault(machine="XE215-0099", fault="oil_pump_worn"),))
    with pytest.raises(InvalidInput, match="XE215-0099"):
        list(planned_messages(config(plan=plan)))


def test_a_fault_says_what_should_be_found():
    assert fault_from({"machine": "a", "fault": "def_leak"}).expected.key == "def_low"
    code = {"source_address": 3, "spn": 157, "fmi": 18}
    assert fault_from({"machine": "a", "fault": "ecu_fault_code", "code": code}).expected.key == "3/157/18"
    offset = {"machine": "a", "fault": "sensor_offset", "sensor": "battery_voltage_v", "offset": 9.0}
    assert fault_from(offset).expected is None
    assert fault_from({**offset, "expects": {"kind": "rule", "key": "battery_overvoltage"}}).expected.kind == "rule"


def test_every_fault_kind_has_a_parameter_or_belongs_to_a_sensor_or_controller():
    bare = {kind.name for kind in FAULT_KINDS.values() if not kind.effects}
    assert bare == {"sensor_offset", "sensor_dead", "ecu_fault_code"}


# --- machine time and clocks ---


def test_machine_time_ends_at_now_when_it_runs_fast():
    start = SimulationConfig(speedup=10.0, duration_s=60.0).start_us(START_US)
    assert START_US - 540_000_000 <= start <= START_US - 539_000_000
    assert start % 1_000_000 == 0


def test_at_speed_one_machine_time_begins_at_the_next_whole_second():
    assert SimulationConfig().start_us(START_US - 300_000) == START_US


@pytest.mark.parametrize(
    ("fault", "offset_h"),
    [(None, 0), (ClockFault.AHEAD_8H, 8), (ClockFault.BEHIND_8H, -8), (ClockFault.DAYS_AHEAD, 72)],
)
def test_a_wrong_clock_is_wrong_by_its_offset(fault, offset_h):
    assert TerminalClock(fault).read_us(START_US) == START_US + offset_h * 3_600_000_000


def test_a_clock_without_time_counts_from_1970_until_it_is_set_right():
    clock = TerminalClock(ClockFault.EPOCH_1970, until_us=START_US + 5_000_000, powered_us=START_US - 1_000_000)
    assert clock.read_us(START_US) == 1_000_000
    assert clock.read_us(START_US + 5_000_000) == START_US + 5_000_000


# --- messages ---


def test_the_same_config_makes_the_same_messages_byte_for_byte():
    first, again = (list(planned_messages(config(plan=Plan(transport=ROUGH)))) for _ in range(2))
    assert [(o.machine, o.message.payload, o.delay_s, o.again_s) for o in first] == [
        (o.machine, o.message.payload, o.delay_s, o.again_s) for o in again
    ]


def test_messages_are_numbered_without_gaps_and_each_machine_makes_as_many_as_asked():
    seqs: dict[tuple[int, str], list[int]] = {}
    for out in planned_messages(config(plan=Plan(transport=ROUGH), messages_per_machine=60)):
        if out.message.seq != UNSEQUENCED:
            seqs.setdefault((out.machine, out.message.boot), []).append(out.message.seq)
    assert all(numbers == list(range(len(numbers))) for numbers in seqs.values())
    made = [sum(len(numbers) for (machine, _), numbers in seqs.items() if machine == m) for m in range(10)]
    assert all(60 <= count <= 62 for count in made)  # a restart or the end may add one that waited to fill
    assert {boot for _, boot in seqs} == {"b-0", "b-1"}


def test_no_two_malformed_messages_are_alike():
    plan = Plan(transport=TransportFaults(malformed=0.9))
    bodies = [o.message.payload for o in planned_messages(config(plan=plan)) if o.message.seq == UNSEQUENCED]
    assert len(bodies) > 150
    assert len(set(bodies)) == len(bodies)


def test_a_stamp_occurs_once_a_machine_but_for_split_samples_and_conflicts():
    rows = planned_rows(config(plan=Plan(transport=TransportFaults(duplicate=0.2, delay=0.2))))
    pairs = set(zip(rows.terminal.tolist(), rows.measured_at_us.tolist(), strict=True))
    assert len(pairs) == len(rows.seq)


def test_a_dead_sensor_is_named_beside_its_own_sample():
    fault = PlannedFault(machine="XE215-0001", fault="sensor_dead", sensor="fuel_level_pct", at_s=3.0)
    prepare = (Preparation(machine="XE215-0001", form=Form.LIST),)
    plan = Plan(faults=(fault,), prepare=prepare)
    outs = [json.loads(o.message.payload) for o in planned_messages(config(plan=plan)) if o.machine == 0]
    broken = [m for m in outs if "sensor_errors" in m]
    assert len(broken) > 20
    assert all(m["sensor_errors"] == ["fuel_level_pct"] and m["signals"]["fuel_level_pct"] is None for m in broken)


def test_a_planned_run_must_be_fixed():
    with pytest.raises(InvalidInput, match="start_at_us"):
        list(planned_messages(SimulationConfig()))


# --- outbox ---


def test_a_message_is_kept_until_an_ack_covers_it():
    box = Outbox()
    for seq in range(6):
        box.put(message(seq))
    assert box.acknowledge("b", 1, [(4, 4)]) == 3
    assert [m.seq for m in box] == [2, 3, 5]
    assert box.acknowledge("another boot", 99, []) == 0
    assert box.acknowledge("b", 99, []) == 3
    assert len(box) == 0


def test_an_ack_of_nothing_covers_nothing():
    box = Outbox()
    box.put(message(0))
    assert box.acknowledge("b", -1, []) == 0
    assert len(box) == 1


def test_a_message_without_an_ack_goes_out_again_ever_later():
    box = Outbox()
    one = message(0)
    box.put(one)
    assert box.due(0.0, 9) == [one]
    sent = []
    now = 0.0
    while now < 60.0:
        for m in box.due(now, 9):
            sent.append(now)
            box.sent(m, now)
        now += 1.0
    assert sent == [0.0, 5.0, 15.0, 35.0]


def test_after_a_reconnect_everything_goes_out_in_the_machines_order():
    for newest_first, order in ((False, [0, 1, 2]), (True, [2, 1, 0])):
        box = Outbox(newest_first=newest_first)
        for seq in range(3):
            box.put(message(seq))
            box.sent(next(m for m in box if m.seq == seq), 0.0)
        assert box.due(1.0, 9) == []
        box.restart(1.0)
        assert [m.seq for m in box.due(1.0, 9)] == order


def test_a_message_held_back_waits_and_is_released_at_the_end():
    box = Outbox()
    held = message(0)
    held.due_s = 10.0
    box.put(held)
    assert box.due(9.0, 9) == []
    box.release(9.0)
    assert box.due(9.0, 9) == [held]


def test_only_the_brokers_puback_ends_a_malformed_message():
    box = Outbox()
    bad = Message("t", b"{", "b", UNSEQUENCED, ())
    good = message(0)
    box.put(bad)
    box.put(good)
    box.acknowledge("b", 0, [])
    assert list(box) == [bad]
    box.accepted_by_broker(bad)
    box.accepted_by_broker(bad)
    assert len(box) == 0


def test_the_tally_counts_rows_of_every_publish():
    tally = Tally()
    three, bad = message(0, rows=(1, 2, 3)), Message("t", b"{", "b", UNSEQUENCED, ())
    for out, planted in ((three, False), (three, True), (three, False), (bad, False)):
        tally.count(out, planted=planted)
        out.sent += 1
    assert (tally.published, tally.distinct, tally.duplicates, tally.malformed) == (10, 4, 6, 1)
    assert (tally.planted_duplicates, tally.resent, tally.messages, tally.distinct_messages) == (1, 1, 4, 2)


# --- logs and truth ---


def test_the_publish_log_finds_the_first_publish_of_an_instant(tmp_path):
    log = PublishLog()
    log.record("A", "b", 0, (100, 200), 1_000)
    log.record("A", "b", 1, (200,), 2_000)  # the other half of a split sample
    log.record("B", "c", 0, (100,), 3_000)
    assert log.first_published_at("A", 200) == 1_000
    assert log.first_published_at("B", 100) == 3_000
    assert log.first_published_at("B", 200) is None
    assert log.first_published_at("C", 100) is None
    log.arrays().save(tmp_path / "log.npz")
    kept = PublishedRows.load(tmp_path / "log.npz")
    assert kept.first_published_at("A", 200) == 1_000
    assert kept.first_published_at("C", 1) is None
    assert kept.row.tolist() == [0, 1, 0, 0]
    assert [kept.terminals[t] for t in kept.terminal] == ["A", "A", "A", "B"]


def test_a_full_publish_log_keeps_the_newest():
    log = PublishLog(kept_rows=10)
    for n in range(25):
        log.record("A", "b", n, (n,), n)
    assert len(log) <= 10
    assert log.first_published_at("A", 24) == 24
    assert log.first_published_at("A", 0) is None
    assert log.arrays().measured_at_us.tolist() == list(range(25 - len(log), 25))


def test_truth_is_read_as_it_was_written(tmp_path):
    truth = TruthFile(tmp_path / "deep" / "truth.jsonl")
    fault = InjectedFault(
        terminal="A", machine_kind="excavator", fault="def_leak", severity=0.5, ramp_s=1.0, lasts_s=None,
        injected_at_us=1, injected_wall_us=2, expects={"kind": "rule", "key": "def_low"}, clock_right=True, live=True,
        parameters={"def_leak_lps": 0.25},
    )  # fmt: skip
    truth.write(fault)
    assert list(read_truth(tmp_path / "deep" / "truth.jsonl")) == [fault]  # before close: written as injected
    truth.close()


# --- recorded frames ---


def test_a_candump_line_is_a_frame():
    line = "(1635188455.020850) can0 18F00E00#821639C4FFFFFFFF\n"
    assert parse_line(line, 1) == Frame(1_635_188_455_020_850, 0x18F00E00, True, bytes.fromhex("821639C4FFFFFFFF"))
    assert not parse_line("(1.000000) can0 7E8#01", 1).extended
    assert parse_line("(1.000000) can0 7E8#R", 1).body == b""


@pytest.mark.parametrize("line", ["", "hello", "(1.5) can0 123#00", "(1.000000) can0 1234#00", "(1.000000) can0 123#0"])
def test_what_is_no_frame_is_refused_with_its_line_number(line):
    with pytest.raises(InvalidInput, match="line 7"):
        parse_line(line, 7)


def test_frames_are_cut_at_whole_seconds():
    frames = [Frame(at, 1, True, b"\0") for at in (1_999_999, 2_000_000, 2_999_999, 5_000_000)]
    assert [(slot, len(own)) for slot, own in slots_of(frames)] == [(1_000_000, 1), (2_000_000, 2), (5_000_000, 1)]


def test_the_shift_is_whole_seconds_and_ends_within_the_last_second():
    frames = [Frame(10_300_000, 1, True, b""), Frame(12_700_000, 1, True, b"")]
    assert whole_second_shift(frames, 100.7) == 88
    assert whole_second_shift(frames, 100.69) == 87
    assert whole_second_shift(frames, 101.6) == 88


def test_the_recorded_logs_are_read_whole(shared_data):
    idle = read_candump(shared_data / "candump" / "css_heavy_duty_engine_idle_127s.log")
    assert len(idle) == 57_849
    assert sum(not frame.extended for frame in idle) == 12_278
    assert len(list(slots_of(idle))) == 128


def test_a_replay_slower_than_life_is_refused():
    with pytest.raises(InvalidInput, match="ahead of now"):
        ReplayConfig(path=Path("x"), terminal="M", speed=0.5)


def test_forms_take_turns_when_they_are_given():
    rows = planned_rows(config(forms=(Form.SAMPLE,), messages_per_machine=5))
    assert np.bincount(rows.terminal).tolist() == [5] * 10
    assert rows.row.max() == 0
