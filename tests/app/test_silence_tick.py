"""Machine silent by tick: told once, ended by data, taken back by back-fill, never told of our own outage."""

import pytest

from app.evidence_step import EvidenceStep
from storage.pool import connect
from tests.app.gate import Gate, at, sample
from tests.conftest import Database

RUNNING = {"engine_speed_rpm": 1500.0, "engine_oil_pressure_kpa": 350.0}


def hear(gate: Gate, *, until_s: int, start_s: int = 0) -> None:
    for second in range(start_s, until_s + 1):
        gate.tick(second)


@pytest.fixture
def silent(gate: Gate) -> Gate:
    gate.silence_after_s = 60
    gate.start()
    gate.deliver([sample("M-1", 0, 0, **RUNNING)], received_s=0)
    hear(gate, until_s=90)
    return gate


def alarms(gate: Gate) -> list[tuple[str, str]]:
    return gate.all("SELECT source_key, state FROM alarm ORDER BY raised_at")


def test_a_silent_machine_is_told_once(silent: Gate) -> None:
    assert alarms(silent) == [("machine_silent", "active")]
    hear(silent, start_s=91, until_s=200)
    assert len(alarms(silent)) == 1


def test_its_first_diagnosis_is_by_the_last_that_it_told(silent: Gate, database: Database) -> None:
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        EvidenceStep()(conn, at(95))
        ((diagnosis,),) = conn.execute("SELECT pack -> 'diagnosis' FROM finding_evidence").fetchall()
    assert {"main_switch_off", "coverage_dead_zone"} <= {cause["key"] for cause in diagnosis["causes"]}
    assert diagnosis["owner"]["en"].startswith("We no longer hear your machine")
    assert diagnosis["next_check"] == diagnosis["checks"][0]


def test_the_next_reading_ends_it(silent: Gate) -> None:
    silent.deliver([sample("M-1", 1, 95, **RUNNING)], received_s=95)
    hear(silent, start_s=96, until_s=98)
    assert alarms(silent) == [("machine_silent", "cleared")]


def test_back_fill_takes_it_back_even_after_live_data_ended_it(silent: Gate) -> None:
    silent.deliver([sample("M-1", 9, 95, **RUNNING)], received_s=95)
    hear(silent, start_s=96, until_s=98)
    silent.deliver([sample("M-1", 1, 30, **RUNNING)], received_s=99)
    hear(silent, start_s=100, until_s=103)
    assert alarms(silent) == [("machine_silent", "withdrawn")]


def test_a_restart_neither_repeats_nor_forgets_it(silent: Gate) -> None:
    silent.start()
    hear(silent, start_s=91, until_s=200)
    assert alarms(silent) == [("machine_silent", "active")]
    silent.deliver([sample("M-1", 1, 205, **RUNNING)], received_s=205)
    hear(silent, start_s=206, until_s=208)
    assert alarms(silent) == [("machine_silent", "cleared")]


def test_nobody_was_silent_while_the_platform_could_not_hear(gate: Gate) -> None:
    gate.silence_after_s = 60
    gate.start()
    gate.deliver([sample("M-1", 0, 0, **RUNNING)], received_s=0)
    hear(gate, until_s=30)
    gate.hears = False
    hear(gate, start_s=31, until_s=600)
    gate.hears = True
    hear(gate, start_s=601, until_s=620)
    assert alarms(gate) == []
    gate.start()
    hear(gate, start_s=4000, until_s=4005)
    assert alarms(gate) == []


def spans_s(gate: Gate, table: str) -> list[tuple[int, int]]:
    """Seconds after T0 of a table's spans."""
    rows = gate.all(f"SELECT from_at, to_at FROM {table} ORDER BY from_at")
    return [tuple(round((instant - at(0)).total_seconds()) for instant in row) for row in rows]


def test_a_gateway_that_works_and_cannot_hear_for_what_waits_was_behind_and_not_down(gate: Gate) -> None:
    gate.start()
    hear(gate, until_s=10)
    gate.hears = False
    hear(gate, start_s=11, until_s=40)
    gate.hears = True
    hear(gate, start_s=41, until_s=50)
    gate.tick(65)  # a turn that took long
    hear(gate, start_s=66, until_s=70)
    gate.connected = gate.hears = False
    hear(gate, start_s=71, until_s=80)
    gate.connected = gate.hears = True
    hear(gate, start_s=81, until_s=90)
    gate.start()  # another process
    hear(gate, start_s=120, until_s=125)
    gate.tick(300)  # no turn takes that long: it was stopped
    assert spans_s(gate, "platform_health") == [(0, 10), (41, 50), (65, 70), (81, 90), (120, 125), (300, 300)]
    assert spans_s(gate, "platform_behind") == [(10, 41), (50, 65)]


def test_a_parked_machine_is_not_silent(gate: Gate) -> None:
    gate.silence_after_s = 60
    gate.start()
    gate.deliver([sample("M-1", 0, 0, engine_speed_rpm=0.0)], received_s=0)
    hear(gate, until_s=120)
    assert alarms(gate) == []
