"""The spine on the real database: one transaction, nothing lost, nothing doubled, the same findings in any order."""

import json
from collections.abc import Callable

import numpy as np
import psycopg
import pytest

from app.bisection import halves, part
from fleet.errors import FencedOff
from gateway.decode import BatchBuilder
from tests.app.gate import T0_S, Gate, S, at, sample

LOW_OIL = {"engine_oil_pressure_kpa": 50.0, "engine_speed_rpm": 1500.0}
GOOD_OIL = {"engine_oil_pressure_kpa": 350.0, "engine_speed_rpm": 1500.0}


def story(terminal: str = "M-1") -> list[tuple[str, object]]:
    """Two minutes of one machine at 1 Hz: oil pressure is low from 20 s to 60 s and from 80 s on."""
    return [sample(terminal, t, t, **(LOW_OIL if 20 <= t < 60 or t >= 80 else GOOD_OIL)) for t in range(120)]


def test_a_batch_stores_readings_ledger_findings_and_alarms_together(gate: Gate) -> None:
    gate.deliver(story())
    assert gate.all("SELECT count(*) FROM reading") == [(120,)]
    assert gate.all("SELECT boot, through, messages, rows_committed FROM ledger") == [("b", 119, 120, 120)]
    assert gate.all("SELECT state FROM alarm ORDER BY raised_at") == [("cleared",), ("active",)]
    assert [kind for (kind,) in gate.all("SELECT kind FROM event_log ORDER BY id")] == [
        "alarm.raised", "alarm.cleared", "alarm.raised",
    ]  # fmt: skip


def test_everything_sent_again_changes_nothing(gate: Gate) -> None:
    gate.deliver(story())
    before = gate.findings(), gate.all("SELECT * FROM reading ORDER BY 2"), gate.all("SELECT count(*) FROM event_log")
    outcome = gate.deliver(story(), received_s=130, redelivered=True)
    gate.tick(140)
    assert (outcome.rows, outcome.duplicates) == (0, 120)
    after = gate.findings(), gate.all("SELECT * FROM reading ORDER BY 2"), gate.all("SELECT count(*) FROM event_log")
    assert after == before
    assert gate.all("SELECT messages, rows_committed, redelivered FROM ledger") == [(120, 120, 120)]


@pytest.mark.parametrize("seed", range(8))
def test_findings_are_the_same_for_any_order_split_and_restart(seed: int, gate: Gate) -> None:
    expected_of_one = {("low_oil_pressure", 20, 60), ("low_oil_pressure", 80, None)}
    random = np.random.default_rng(seed)
    messages = [m for number in range(3) for m in story(f"M-{number}")]
    order = random.permutation(len(messages)) if seed else np.arange(len(messages))[::-1]
    received = 200.0
    for positions in np.array_split(order, random.integers(2, 12)):
        again = random.choice(order, 10)
        gate.deliver([messages[i] for i in [*positions, *again]], received_s=received)
        received += 1
        if random.random() < 0.6:
            gate.tick(received)
        if random.random() < 0.3:
            gate.ticks.last_us.pop("snapshot", None)
            gate.tick(received)
        if random.random() < 0.3:
            gate.start()
    for _ in range(3):
        received += 1
        gate.tick(received)
    found = gate.all(
        "SELECT machine_id, source_key, extract(epoch FROM from_at)::bigint - 1795200000,"
        " extract(epoch FROM to_at)::bigint - 1795200000 FROM finding WHERE withdrawn_at IS NULL"
    )
    assert sorted(found, key=str) == sorted(
        [(machine, *identity) for machine in (1, 2, 3) for identity in expected_of_one], key=str
    )
    open_alarms = gate.all("SELECT machine_id, count(*) FROM alarm WHERE state = 'active' GROUP BY 1 ORDER BY 1")
    assert open_alarms == [(1, 1), (2, 1), (3, 1)]


def test_a_failing_transaction_leaves_no_trace_and_can_be_tried_again(gate: Gate) -> None:
    builder = BatchBuilder(gate.state.catalogue)
    for terminal, content in story():
        gate.decoder.decode(
            builder, f"ecc/v1/{terminal}/telemetry", json.dumps(content).encode(), 1_795_200_200_000_000, False, (1, 1)
        )
    batch = builder.finish()
    owner = gate.all("SELECT current_user")
    assert owner == [("ecc_gateway",)]
    gate.conn.execute("SET statement_timeout = '1ms'")
    with pytest.raises(psycopg.OperationalError):
        gate.pipeline.commit(gate.conn, batch, {}, now=gate_now())
    gate.conn.execute("SET statement_timeout = 0")
    assert gate.all("SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM alarm)") == [(0, 0)]
    gate.pipeline.commit(gate.conn, batch, {}, now=gate_now())
    assert gate.all("SELECT count(*) FROM reading") == [(120,)]
    assert len(gate.findings()) == 2


def gate_now() -> "object":
    from tests.app.gate import at

    return at(200)


def test_a_gateway_that_was_taken_over_cannot_commit(gate: Gate, new_gate: Callable[[], Gate]) -> None:
    gate.deliver(story()[:10])
    successor = new_gate()
    with pytest.raises(FencedOff):
        gate.deliver(story()[10:20])
    successor.deliver(story()[10:20], received_s=30)
    assert gate.all("SELECT count(*) FROM reading") == [(20,)]


def test_a_late_machine_raises_a_historic_alarm(gate: Gate) -> None:
    gate.deliver(story(), received_s=3 * 3600)
    assert gate.all("SELECT DISTINCT historic FROM alarm") == [(True,)]


def test_gaps_are_named_and_the_commit_ack_covers_what_is_kept(gate: Gate) -> None:
    messages = story()
    gate.deliver([messages[i] for i in (0, 1, 2, 5, 6, 9)], received_s=10)
    acks = gate.tick(11)
    assert [(topic, json.loads(payload)) for topic, payload in acks] == [
        ("ecc/v1/M-1/ack", {"boot": "b", "through": 2, "ranges": [[5, 6], [9, 9]]})
    ]
    assert gate.tick(11.1) == []
    gate.deliver([messages[3]], received_s=11.2)
    assert gate.tick(11.3) == []  # at most one a second
    assert json.loads(gate.tick(12.1)[0][1])["through"] == 3


def test_malformed_and_impossible_rows_are_quarantined_and_the_rest_goes_through(gate: Gate) -> None:
    good = story()[:3]
    future = sample("M-1", 3, 10_000, **GOOD_OIL)
    outcome = gate.deliver([*good, future, ("M-1", b"{broken"), ("M-1", b"{broken")], received_s=5)
    assert outcome.rows == 3
    reasons = gate.all("SELECT reason, count(*) FROM quarantine GROUP BY 1 ORDER BY 1")
    assert reasons == [("clock_future", 1), ("malformed_json", 1)]
    assert gate.all("SELECT through, rows_committed, rows_quarantined FROM ledger") == [(3, 3, 1)]


def test_rows_of_one_instant_are_merged_and_a_conflict_keeps_the_first(gate: Gate) -> None:
    gate.deliver([sample("M-1", 0, 1, engine_speed_rpm=900.0), sample("M-1", 1, 1, fuel_level_pct=50.0)])
    gate.deliver([sample("M-1", 2, 1, engine_speed_rpm=950.0, battery_voltage_v=24.5)], received_s=2)
    assert gate.all("SELECT engine_speed_rpm, fuel_level_pct, battery_voltage_v FROM reading") == [(900.0, 50.0, 24.5)]
    assert gate.all("SELECT kept, refused, seq FROM reading_conflict") == [(900.0, 950.0, 2)]
    assert gate.all("SELECT rows_committed FROM ledger") == [(3,)]


def test_an_unknown_terminal_is_quarantined_where_registration_is_off(gate: Gate) -> None:
    gate.auto_register = False
    gate.start()
    gate.deliver(story()[:2])
    assert gate.all("SELECT reason, count(*) FROM quarantine GROUP BY 1") == [("unknown_terminal", 2)]
    assert gate.all("SELECT count(*) FROM reading") == [(0,)]


def test_machine_state_never_shows_an_older_reading(gate: Gate) -> None:
    gate.deliver([sample("M-1", 5, 50, fuel_level_pct=40.0)], received_s=51)
    gate.tick(52)
    gate.deliver([sample("M-1", 1, 10, fuel_level_pct=80.0)], received_s=53)
    gate.tick(54)
    assert gate.all("SELECT signal_values FROM machine_state") == [([40.0],)]


def test_halves_of_a_batch_hold_what_the_whole_held(gate: Gate) -> None:
    builder = BatchBuilder(gate.state.catalogue)
    payloads = [json.dumps(content).encode() for _, content in story()[:5]] + [b"{broken"]
    for payload in payloads:
        gate.decoder.decode(builder, "ecc/v1/M-1/telemetry", payload, 1_795_200_200_000_000, False, (1, 1))
    batch = builder.finish()
    first, second = halves(batch)
    assert (len(first.messages), len(second.messages)) == (3, 3)
    assert len(first.readings) + len(second.readings) == len(batch.readings)
    assert [q.message for q in second.quarantined] == [2]
    assert part(batch, 5, 6).messages.payload == [b"{broken"]


def test_latest_values_held_back_by_a_gateway_that_died_are_written_by_the_next(gate: Gate) -> None:
    gate.deliver([sample("M-1", 0, 10, fuel_level_pct=40.0)], received_s=11)
    gate.tick(12)
    gate.deliver([sample("M-1", 1, 11, fuel_level_pct=39.0), sample("M-1", 2, 9, engine_hours_h=7.0)], received_s=12)
    gate.start()
    gate.tick(14)
    assert gate.all("SELECT signal_values FROM machine_state") == [([39.0, 7.0],)]


def faults(seq: int, t_s: float, *codes: tuple[int, int, int]) -> tuple[str, dict[str, object]]:
    terminal, message = sample("M-1", seq, t_s, engine_speed_rpm=1500.0)
    message["faults"] = {"list": [{"sa": sa, "spn": spn, "fmi": fmi, "oc": 1} for sa, spn, fmi in codes]}
    return terminal, message


def test_a_code_is_an_alarm_until_a_list_lacks_it_in_any_order(gate: Gate) -> None:
    story = [faults(0, 1, (0, 100, 1), (3, 177, 0)), faults(1, 5, (3, 177, 0)), faults(2, 9)]
    gate.deliver([story[0], story[2]], received_s=10)
    gate.deliver([story[1]], received_s=11)
    gate.tick(12)
    spans = gate.all(
        "SELECT source_key, extract(epoch FROM from_at)::bigint - 1795200000, extract(epoch FROM to_at)::bigint"
        " - 1795200000 FROM finding WHERE withdrawn_at IS NULL AND source_kind = 'dtc' ORDER BY 1"
    )
    assert spans == [("0/100/1", 1, 5), ("3/177/0", 1, 9)]
    assert gate.all("SELECT DISTINCT active FROM fault_code") == [(False,)]
    gate.deliver([faults(3, 12, (0, 100, 1))], received_s=12)
    assert gate.all("SELECT source_address, active FROM fault_code ORDER BY 1") == [(0, True), (3, False)]
    assert gate.all("SELECT source_key FROM alarm WHERE state = 'active'") == [("0/100/1",)]


def test_eight_codes_of_one_broken_supply_are_one_alarm_and_a_ninth_joins_it(gate: Gate) -> None:
    supply = [(0, spn, 4) for spn in (3509, 100, 102, 157, 101, 108, 27, 411)]
    story = [faults(0, 1, *supply), faults(1, 5, *supply, (0, 51, 4)), faults(2, 9, (0, 100, 4)), faults(3, 12)]
    case = (
        "SELECT source_key, code_case->>'cascade', jsonb_array_length(code_case->'codes'), to_at IS NULL FROM finding"
    )
    gate.deliver([story[0]], received_s=2)
    gate.deliver([story[1]], received_s=6)
    assert gate.all(case) == [("0/3509/4", "sensor_supply_lost", 9, True)]
    assert gate.all("SELECT kind FROM alarm_transition ORDER BY transition_id") == [("raised",), ("revised",)]
    gate.deliver([story[3]], received_s=13)
    gate.deliver([story[2]], received_s=14)
    gate.tick(15)
    assert gate.all(case) == [("0/3509/4", "sensor_supply_lost", 9, False)]
    ends = (
        "SELECT c->>1, (c->>4)::bigint / 1000000 - 1795200000 FROM finding, jsonb_array_elements(code_case->'codes') c"
    )
    assert dict(gate.all(ends)) == {**{str(spn): 9 for _, spn, _ in supply}, "51": 9, "100": 12}
    assert gate.all("SELECT state FROM alarm") == [("cleared",)]


def test_a_fault_list_that_comes_hours_late_pages_nobody(gate: Gate) -> None:
    message = {"boot": "b", "seq": 0, "faults": {"t": 1_795_200_000_000, "list": [{"sa": 0, "spn": 100, "fmi": 1}]}}
    gate.deliver([("M-1", {**message, "t": 1_795_200_000_000})], received_s=3 * 3600)
    assert gate.all("SELECT source_key, historic FROM alarm") == [("0/100/1", True)]


def test_a_machine_that_sends_readings_is_online_until_its_last_will(gate: Gate) -> None:
    gate.deliver([sample("M-1", 0, 1, engine_speed_rpm=900.0)], received_s=2)
    gate.tick(3)
    assert gate.all("SELECT online FROM machine_state") == [(True,)]


STATE = "SELECT measured_at, online, signal_values FROM machine_state ORDER BY machine_id"


def tell_status(gate: Gate, terminal: str, *, online: bool, received_s: float) -> None:
    gate.last_s = received_s
    builder = BatchBuilder(gate.state.catalogue)
    payload = json.dumps({"online": online}).encode()
    gate.decoder.decode(builder, f"ecc/v1/{terminal}/status", payload, round((T0_S + received_s) * S), False, (1, 1))
    gate.pipeline.commit(gate.conn, builder.finish(), {}, now=at(received_s))


@pytest.mark.parametrize("clock_s", [-200, 0, 200])
def test_a_status_that_was_committed_outlives_the_gateway(gate: Gate, clock_s: int) -> None:
    gate.deliver([sample("M-1", 0, clock_s, fuel_level_pct=50.0)], received_s=0)
    gate.tick(1)
    gate.deliver([sample("M-1", 1, clock_s + 2, fuel_level_pct=49.0)], received_s=2)
    tell_status(gate, "M-1", online=False, received_s=3)
    gate.start()  # killed before the state was written
    gate.tick(5)
    assert gate.all(STATE) == [(at(clock_s + 2), False, [49.0])]
    gate.deliver([sample("M-1", 2, clock_s + 6, fuel_level_pct=48.0)], received_s=6)
    gate.start()  # what came after the status counts
    gate.tick(8)
    assert gate.all(STATE) == [(at(clock_s + 6), True, [48.0])]


def test_a_machine_first_heard_of_by_its_status_shows_readings_of_any_age(gate: Gate) -> None:
    tell_status(gate, "M-1", online=True, received_s=0)
    tell_status(gate, "M-2", online=True, received_s=0)
    gate.tick(1)
    assert gate.all(STATE) == [(None, True, []), (None, True, [])]
    gate.deliver([sample("M-1", 0, -500, fuel_level_pct=50.0)], received_s=2)
    gate.tick(3)
    gate.deliver([sample("M-2", 0, -500, fuel_level_pct=40.0)], received_s=4)
    gate.start()  # killed before the state of M-2 was written
    gate.tick(6)
    assert gate.all(STATE) == [(at(-500), True, [50.0]), (at(-500), True, [40.0])]
    tell_status(gate, "M-1", online=False, received_s=7)
    gate.tick(9)
    assert gate.all(STATE)[0] == (at(-500), False, [50.0])


def test_a_row_that_was_quarantined_and_comes_through_later_is_committed_and_no_longer_quarantined(gate: Gate) -> None:
    early = sample("M-1", 0, 1000, engine_speed_rpm=900.0)
    gate.deliver([early], received_s=10)
    assert gate.all("SELECT rows_committed, rows_quarantined FROM ledger") == [(0, 1)]
    gate.deliver([early], received_s=1000)
    assert gate.all("SELECT rows_committed, rows_quarantined FROM ledger") == [(1, 0)]
    gate.deliver([early], received_s=1001)
    assert gate.all("SELECT rows_committed, rows_quarantined FROM ledger") == [(1, 0)]
