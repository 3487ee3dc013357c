"""An alarm that began in readings that came late calls when live ones show that it stands, once; what is over never."""

from typing import Any

import numpy as np
import pytest

from tests.app.gate import T0_S, Gate, sample

LOW = {"engine_oil_pressure_kpa": 40.0, "engine_speed_rpm": 1650.0}
BETWEEN = {"engine_oil_pressure_kpa": 150.0, "engine_speed_rpm": 1650.0}  # above what raises, below what clears
GOOD = {"engine_oil_pressure_kpa": 350.0, "engine_speed_rpm": 1650.0}
ELSE = {"ground_speed_kmh": 0.0}  # nothing that the rule asks for
LIVE_S = 1500  # 25 min after the oil pressure fell
LATE_S = 900


def backlog(until_s: int = 60) -> list[tuple[str, Any]]:
    return [sample("M-1", second, second, **LOW) for second in range(until_s)]


def live(start_s: int, count: int = 3, **values: float) -> list[tuple[str, Any]]:
    return [sample("M-1", second, second, **values) for second in range(start_s, start_s + count)]


def kinds(gate: Gate) -> list[str]:
    """What became of the first alarm."""
    told = gate.all(
        "SELECT kind FROM alarm_transition WHERE alarm_id = (SELECT min(alarm_id::text)::uuid FROM alarm) "
        "ORDER BY transition_id"
    )
    return [kind for (kind,) in told]


def standing(gate: Gate) -> list[tuple[Any, ...]]:
    """Of each open alarm: late and not seen live, whether it called, and whether it will escalate."""
    return gate.all(
        "SELECT historic, announced_at IS NOT NULL, escalate_at - announced_at = interval '5 min' FROM alarm "
        "WHERE state = 'active' AND source_key = 'low_oil_pressure'"
    )


def late(gate: Gate) -> Gate:
    gate.deliver(backlog(), received_s=LIVE_S - 1)
    gate.tick(LIVE_S - 0.5)
    assert (kinds(gate), standing(gate)) == (["raised"], [(True, False, None)])
    return gate


def test_what_stands_by_a_live_reading_calls_then_and_once(gate: Gate) -> None:
    late(gate)
    for second in range(LIVE_S, LIVE_S + 20, 4):
        gate.deliver(live(second, **LOW), received_s=second + 3)
        gate.deliver(live(second, **LOW), received_s=second + 3, redelivered=True)
        gate.tick(second + 3.1)
        if second % 8 == 0:
            gate.start()
    assert (kinds(gate), standing(gate)) == (["raised", "confirmed"], [(False, True, True)])
    assert gate.all("SELECT count(*) FROM event_log WHERE kind = 'alarm.confirmed'") == [(1,)]
    assert gate.all("SELECT historic FROM finding") == [(True,)], "it was found late"
    gate.deliver(live(LIVE_S + 30, **GOOD), received_s=LIVE_S + 33)
    gate.tick(LIVE_S + 34)
    assert kinds(gate)[2:] == ["cleared"]


def test_backlog_and_live_readings_in_one_batch_call_as_well(gate: Gate) -> None:
    gate.deliver([*backlog(), *live(LIVE_S, **LOW)], received_s=LIVE_S + 3)
    gate.tick(LIVE_S + 4)
    assert (kinds(gate), standing(gate)) == (["raised", "confirmed"], [(False, True, True)])


def test_a_restart_before_the_first_live_reading_forgets_nothing(gate: Gate) -> None:
    late(gate).start()
    gate.deliver(live(LIVE_S, **LOW), received_s=LIVE_S + 3)
    gate.start()
    gate.tick(LIVE_S + 4)
    assert standing(gate) == [(False, True, True)]


@pytest.mark.parametrize("values", [GOOD, ELSE], ids=["it was over", "nothing is known of it"])
def test_nobody_is_called_for_what_live_readings_do_not_show(gate: Gate, values: dict[str, float]) -> None:
    late(gate)
    for second in range(LIVE_S, LIVE_S + LATE_S + 120, 60):
        gate.deliver(live(second, **values), received_s=second + 3)
        gate.tick(second + 4)
    assert "confirmed" not in kinds(gate)
    assert gate.all("SELECT DISTINCT announced_at, escalate_at FROM alarm") == [(None, None)]


def test_readings_that_are_late_as_well_confirm_nothing(gate: Gate) -> None:
    late(gate)
    gate.deliver(live(LIVE_S - LATE_S - 60, **LOW), received_s=LIVE_S)
    gate.tick(LIVE_S + 1)
    assert kinds(gate) == ["raised"]


def test_what_live_readings_only_leave_open_calls_when_late_ones_have_had_their_time(gate: Gate) -> None:
    late(gate)
    gate.deliver(live(LIVE_S, **BETWEEN), received_s=LIVE_S + 3)
    gate.tick(LIVE_S + 4)
    assert kinds(gate) == ["raised"]
    second = LIVE_S + LATE_S
    gate.deliver(live(second, **BETWEEN), received_s=second + 3)
    gate.tick(second + 4)
    assert (kinds(gate), standing(gate)) == (["raised", "confirmed"], [(False, True, True)])


def test_what_is_shelved_does_not_call(gate: Gate) -> None:
    late(gate).conn.execute("UPDATE alarm SET suppression = 'shelved'")
    gate.deliver(live(LIVE_S, **LOW), received_s=LIVE_S + 3)
    gate.tick(LIVE_S + 4)
    assert (kinds(gate), standing(gate)) == (["raised", "confirmed"], [(False, False, None)])


def listed(second: int, seq: int) -> tuple[str, Any]:
    at_ms = round((T0_S + second) * 1000)
    return "M-1", {"boot": "b", "seq": seq, "t": at_ms, "faults": {"list": [{"sa": 0, "spn": 100, "fmi": 1}]}}


@pytest.mark.parametrize(("is_listed", "calls_after_s"), [(True, 0), (False, LATE_S)])
def test_a_fault_code_calls_when_it_is_told_live_or_is_not_taken_back(
    gate: Gate, is_listed: bool, calls_after_s: int
) -> None:
    gate.deliver([listed(0, 0)], received_s=LIVE_S - 1)
    called = {}
    for wait_s in (0, LATE_S):
        second = LIVE_S + wait_s
        gate.deliver([listed(second, second)] if is_listed else live(second, **GOOD), received_s=second + 3)
        gate.tick(second + 4)
        called[wait_s] = kinds(gate)
    told = ["raised", "confirmed"]
    assert called == {0: ["raised"] if calls_after_s else told, LATE_S: told}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_order_the_split_and_the_restarts_it_calls_once(gate: Gate, seed: int) -> None:
    random = np.random.default_rng(seed)
    messages = [*backlog(), *live(LIVE_S, 60, **LOW)]
    order = random.permutation(len(messages)) if seed else np.arange(len(messages))
    received = LIVE_S + 60.0
    for positions in np.array_split(order, random.integers(3, 9)):
        again = random.choice(order, 5)
        gate.deliver([messages[i] for i in [*positions, *again]], received_s=received)
        received += 1
        if random.random() < 0.7:
            gate.tick(received)
        if random.random() < 0.3:
            gate.start()
    for _ in range(3):
        received += 1
        gate.tick(received)
    assert [is_late for is_late, *_ in standing(gate)] == [False]
    calls = gate.all(
        "SELECT alarm_id, count(*) FILTER (WHERE kind = 'confirmed' OR detail ->> 'late' IS NULL) "
        "FROM alarm_transition WHERE kind IN ('raised', 'confirmed') GROUP BY alarm_id"
    )
    assert {count for _, count in calls} <= {0, 1}, "an alarm calls once"
    assert gate.all("SELECT announced_at IS NOT NULL FROM alarm WHERE state = 'active'") == [(True,)]
