"""A sensor that lies is told of, silences the rules that need it, and is believed again when it is right."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from app.evidence_step import EvidenceStep
from fleet.signals import packaged_catalogue
from storage.pool import connect
from tests.app.gate import Gate, at, sample
from tests.conftest import Database
from usecases.judge_trust import TrustStep

SPANS = "SELECT signal_id, to_at IS NULL, checks, score::float8 FROM signal_trust"
OIL_KEY = "engine_oil_pressure_kpa"
OIL = packaged_catalogue().index[OIL_KEY]
DAY = 86_400
LOW = "low_oil_pressure"
ALARMS = "SELECT source_key, severity, state FROM alarm WHERE source_kind = 'sensor' ORDER BY raised_at"


@pytest.fixture
def judging(database: Database) -> Iterator[psycopg.Connection]:
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        yield conn


def run(conn: psycopg.Connection, step: TrustStep, now_s: float) -> None:
    while step.step(conn, at(now_s)):
        pass


def drive(gate: Gate, from_s: int, to_s: int, oil_kpa: Callable[[int], float]) -> None:
    """Ten seconds a row; the engine is driven up and down each minute."""
    told = [
        sample("M-1", t, t, engine_speed_rpm=900.0 + 700 * (t // 60 % 2), engine_oil_pressure_kpa=oil_kpa(t))
        for t in range(from_s, to_s, 10)
    ]
    gate.deliver(told, received_s=to_s)
    gate.tick(to_s + 11)


def test_a_stuck_sensor_is_told_of_silences_its_rules_and_is_believed_again(
    gate: Gate, judging: psycopg.Connection
) -> None:
    step = TrustStep()
    drive(gate, 0, 1800, lambda t: 312.0)
    run(judging, step, 1800 + 125)
    assert gate.all(SPANS) == [(OIL, True, ["oil_pressure_stuck"], pytest.approx(0.1))]
    assert gate.all(ALARMS) == [("engine_oil_pressure_kpa", "medium", "active")]
    EvidenceStep()(judging, at(1926))
    made = "SELECT pack FROM finding_evidence WHERE source_key = 'engine_oil_pressure_kpa'"
    ((pack,),) = judging.execute(made).fetchall()
    assert pack["trust"][0]["reasons"] == ["stuck"]
    assert "low_oil_pressure" in {rule["key"] for rule in pack["silenced"]}
    assert pack["diagnosis"]["owner"]["en"].startswith("Engine oil pressure: ")
    assert pack["diagnosis"]["causes"][0]["speaks_for"][0]["when"].startswith("max(engine_oil_pressure_kpa, 10min) ==")
    assert pack["diagnosis"]["next_check"]
    gate.tick(1950)  # the gateway learns of it
    drive(gate, 1950, 2010, lambda t: 40.0)
    assert gate.all("SELECT source_key FROM alarm WHERE source_kind = 'rule'") == []
    gate.start()
    drive(gate, 2010, 2100, lambda t: 40.0)
    assert gate.all("SELECT source_key FROM alarm WHERE source_kind = 'rule'") == []
    drive(gate, 2100, 2400, lambda t: 300.0 + t % 7)
    run(judging, TrustStep(), 2400 + 125)  # another process
    assert gate.all(ALARMS) == [("engine_oil_pressure_kpa", "medium", "active")]
    drive(gate, 2400, 4800, lambda t: 300.0 + t % 7)
    run(judging, step, 4800 + 125)
    assert [row[:2] for row in gate.all(SPANS)] == [(OIL, False)]
    assert gate.all(ALARMS) == [("engine_oil_pressure_kpa", "medium", "cleared")]
    gate.tick(4950)
    drive(gate, 4950, 5010, lambda t: 40.0)
    assert gate.all("SELECT source_key FROM alarm WHERE source_kind = 'rule'") == [("low_oil_pressure",)]


def test_a_healthy_machine_is_not_told_of(gate: Gate, judging: psycopg.Connection) -> None:
    drive(gate, 0, 1800, lambda t: 300.0 + t % 7)
    run(judging, TrustStep(), 1800 + 125)
    assert gate.all(SPANS) == []
    assert gate.all("SELECT count(*) FROM finding") == [(0,)]


def test_a_finding_is_diagnosed_again_when_its_sensor_is_found_out(
    gate: Gate, judging: psycopg.Connection, database: Database
) -> None:
    """An oil pressure that is nothing at idle and comes back at speed by more than any pump can make it: what drifts so
    has lied since yesterday."""

    def offset(t: int) -> float:
        return 180.0 + t % 7 if t // 60 % 6 < 4 else 0.0

    def told(from_s: int, to_s: int, **more: Any) -> None:
        gate.deliver(
            [
                sample(
                    "M-1", t, t, engine_speed_rpm=1900.0 if t // 60 % 6 < 4 else 800.0, engine_oil_temp_degc=90.0,
                    engine_oil_pressure_kpa=offset(t), oil_filter_intake_pressure_kpa=30.0,
                    **more,
                )
                for t in range(from_s, to_s, 10)
            ],
            received_s=to_s,
        )  # fmt: skip
        gate.tick(to_s + 11)

    first = """
    SELECT DISTINCT pack #>> '{diagnosis,causes,0,key}', round((pack #>> '{diagnosis,causes,0,share}')::numeric, 2),
        pack #>> '{trust,0,key}'
    FROM finding_evidence WHERE source_key = 'low_oil_pressure'
    """
    evidence = EvidenceStep()
    told(0, 300, battery_voltage_v=28.0)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE machine SET nominal_voltage_v = 24")
    while evidence(judging, at(312)):
        pass
    ((cause, _, doubt),) = judging.execute(first).fetchall()
    assert (cause != "pressure_sender_faulty", doubt) == (True, None)
    told(DAY, DAY + 600)
    run(judging, TrustStep(), DAY + 600 + 125)
    assert [row[2] for row in gate.all(SPANS)] == [["oil_pressure_more_than_flow"]]
    while evidence(judging, at(DAY + 730)):
        pass
    assert judging.execute(first).fetchall() == [("sensor_drifted", Decimal("0.48"), OIL_KEY)]
    assert gate.all("SELECT severity FROM finding WHERE source_key = 'low_oil_pressure'")[0] == ("critical",)
    alarm, sensor = latest(judging, "low_oil_pressure"), latest(judging, OIL_KEY)
    behind = [cause["key"] for cause in sensor["causes"]]
    assert [cause["key"] for cause in alarm["causes"]][: len(behind)] == behind
    assert sum(cause["share"] for cause in alarm["causes"][: len(behind)]) == pytest.approx(0.9, abs=1e-3)
    assert alarm["next_check"] == sensor["next_check"]
    every = judging.execute("SELECT pack -> 'diagnosis' -> 'causes' FROM finding_evidence WHERE source_key = %s", [LOW])
    for (causes,) in every.fetchall():  # also of yesterday, when the machine told its voltage, too
        shares = {cause["key"]: cause["share"] / 0.9 for cause in causes[: len(behind)]}
        assert shares == pytest.approx({cause["key"]: cause["share"] for cause in sensor["causes"]}, abs=1e-3)
    order = "Engine oil pressure is too low. Stop the engine now"
    assert f"Until then: {order}" in alarm["owner"]["en"]
    assert f"do as the alarm says: {order}" in sensor["owner"]["en"]
    assert "may go on" not in sensor["owner"]["en"]
    gate.deliver(
        [sample("M-1", t, t, engine_speed_rpm=0.0) for t in range(DAY + 740, DAY + 800, 10)], received_s=DAY + 800
    )
    gate.tick(DAY + 811)  # the engine is off: the alarm ends, and with it its order
    while evidence(judging, at(DAY + 812)):
        pass
    assert "You may go on working" in latest(judging, OIL_KEY)["owner"]["en"]


def latest(conn: psycopg.Connection, key: str) -> Any:
    """The first diagnosis of the newest finding of a source."""
    newest = "SELECT pack -> 'diagnosis' FROM finding_evidence WHERE source_key = %s ORDER BY held_at DESC LIMIT 1"
    return conn.execute(newest, [key]).fetchall()[0][0]
