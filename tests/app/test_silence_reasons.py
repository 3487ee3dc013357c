"""Why a machine is silent, on the real stack: told with the alarm, corrected when more is known, one call an outage."""

from typing import Any

from alerts.silence_reason import SilenceReason, knowledge
from app.evidence_step import EvidenceStep
from storage.pool import connect
from tests.app.gate import Gate, at, sample
from tests.conftest import Database

RUNNING = {"engine_speed_rpm": 1500.0, "engine_load_pct": 55.0, "signal_strength_dbm": -75.0, "ground_speed_kmh": 3.0}
WEAK = RUNNING | {"signal_strength_dbm": -113.0}


def hear(gate: Gate, start_s: int, until_s: int) -> None:
    for second in range(start_s, until_s + 1):
        gate.tick(second)


def work(gate: Gate, machines: int, *, until_s: int, last: dict[str, float] = RUNNING) -> None:
    """Readings of machines every ten seconds; of the last half `last`."""
    gate.start()
    rows = []
    for number, second in enumerate(range(0, until_s + 1, 10)):
        values = RUNNING if second < until_s / 2 else last
        rows += [sample(f"M-{m}", number, second, **values) for m in range(1, machines + 1)]
    gate.deliver(rows, received_s=until_s)


def reasons(gate: Gate) -> list[tuple[Any, ...]]:
    return gate.all("SELECT f.reason ->> 'key', a.severity, a.state FROM alarm a JOIN finding f USING (finding_id)")


def transitions(gate: Gate) -> list[tuple[Any, ...]]:
    return gate.all(
        "SELECT kind, detail ->> 'reason', detail ->> 'reason_before' FROM alarm_transition ORDER BY transition_id"
    )


def test_a_machine_that_faded_away_is_out_of_coverage(gate: Gate) -> None:
    gate.silence_after_s = 60
    work(gate, 1, until_s=300, last=WEAK)
    hear(gate, 301, 380)
    assert reasons(gate) == [("no_coverage", "low", "active")]
    assert transitions(gate) == [("raised", "no_coverage", None)]


def test_messages_with_an_impossible_time_correct_the_reason_once(gate: Gate) -> None:
    gate.silence_after_s = 60
    work(gate, 1, until_s=300)
    hear(gate, 301, 380)
    assert reasons(gate) == [("unknown", "medium", "active")]
    gate.deliver([sample("M-1", 100, 3 * 86_400, **RUNNING)], received_s=390)
    hear(gate, 391, 560)
    assert reasons(gate) == [("clock_wrong", "medium", "active")]
    assert transitions(gate) == [("raised", "unknown", None), ("revised", "clock_wrong", "unknown")]


def test_the_diagnosis_follows_the_reason_also_when_it_is_corrected(gate: Gate, database: Database) -> None:
    gate.silence_after_s = 60
    work(gate, 1, until_s=300, last=WEAK)
    hear(gate, 301, 380)
    assert diagnosed(database, 385) == ("coverage_dead_zone", knowledge().words[SilenceReason.NO_COVERAGE].owner.en)
    gate.deliver([sample("M-1", 100, 3 * 86_400, **RUNNING)], received_s=390)
    hear(gate, 391, 560)
    assert diagnosed(database, 565) == ("terminal_clock_wrong", knowledge().words[SilenceReason.CLOCK_WRONG].owner.en)


def diagnosed(database: Database, second: int) -> tuple[str, str]:
    """The likeliest cause of the one finding, and what its owner is told."""
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        EvidenceStep()(conn, at(second))
        ((told,),) = conn.execute("SELECT pack -> 'diagnosis' FROM finding_evidence").fetchall()
    return told["causes"][0]["key"], told["owner"]["en"]


def test_of_many_that_go_silent_at_once_one_calls(gate: Gate) -> None:
    gate.silence_after_s = 60
    work(gate, 6, until_s=300)
    hear(gate, 301, 520)
    assert sorted(reasons(gate)) == [("broker_or_us", "info", "active")] * 5 + [("broker_or_us", "medium", "active")]
    assert [kind for kind, _, _ in transitions(gate)] == ["raised"] * 6


def test_a_restart_of_ours_is_no_outage_of_theirs(gate: Gate) -> None:
    gate.silence_after_s = 60
    work(gate, 6, until_s=300)
    hear(gate, 301, 310)
    gate.start()  # an hour later
    hear(gate, 3900, 3940)
    gate.deliver([sample(f"M-{m}", 500, 3940, **RUNNING) for m in range(1, 7)], received_s=3941)
    hear(gate, 3942, 3980)
    assert reasons(gate) == []


def test_a_restart_keeps_the_reason_and_tells_nothing_again(gate: Gate) -> None:
    gate.silence_after_s = 60
    work(gate, 1, until_s=300, last=WEAK)
    hear(gate, 301, 380)
    gate.start()
    hear(gate, 381, 520)
    assert transitions(gate) == [("raised", "no_coverage", None)]


def test_back_fill_takes_a_reasoned_silence_back(gate: Gate) -> None:
    gate.silence_after_s = 60
    work(gate, 1, until_s=300, last=WEAK)
    hear(gate, 301, 380)
    gate.deliver([sample("M-1", 200, 350, **RUNNING)], received_s=400)
    hear(gate, 401, 405)
    assert [kind for kind, _, _ in transitions(gate)] == ["raised", "withdrawn"]
