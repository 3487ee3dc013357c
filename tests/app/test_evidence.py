"""Evidence on the real database: what a pack says of its finding, and what one that fails costs the others: nothing."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
import structlog

from app import diagnose
from app.diagnose import Step, StepThread
from app.evidence_step import EvidenceStep
from storage.evidence import begin_step, list_due, settle
from storage.pool import Connection, connect
from tests.app.gate import T0_S, Gate, at, sample
from tests.conftest import Database

S = 1_000_000
RUNNING = {"engine_speed_rpm": 1500.0, "engine_load_pct": 60.0, "engine_oil_pressure_kpa": 350.0}
LOW = RUNNING | {"engine_oil_pressure_kpa": 50.0}
STEP = EvidenceStep()  # one for all: the databases have the same rules, which it makes ready once
FILTER = {"oil_filter_intake_pressure_kpa": 300.0}


@pytest.fixture(autouse=True, scope="module")
def _plain_logs() -> Iterator[None]:
    """As processes log: structlog's own default draws the variables of every frame, which takes seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def judge(database: Database) -> Iterator[Connection]:
    """As ecc_diagnose."""
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        yield conn


@pytest.fixture
def owner(database: Database) -> Iterator[Connection]:
    with connect(database.owner_url, application="test") as conn:
        conn.autocommit = True
        yield conn


def story(terminal: str = "M-1", *, until: int = 120, low: tuple[int, int] = (90, 10_000), **more: float) -> list[Any]:
    """One machine at 1 Hz, its oil pressure low from low[0] to low[1]."""
    return [sample(terminal, t, t, **((LOW if low[0] <= t < low[1] else RUNNING) | more)) for t in range(until)]


def packs(conn: Connection, key: str = "low_oil_pressure") -> list[Any]:
    rows = conn.execute("SELECT pack FROM finding_evidence WHERE source_key = %s ORDER BY machine_id, held_at", [key])
    return [row[0] for row in rows]


def ranking(pack: dict[str, Any]) -> list[str]:
    return [cause["key"] for cause in pack["diagnosis"]["causes"]]


def test_a_pack_says_what_its_finding_stands_on(gate: Gate, judge: Connection) -> None:
    gate.deliver(story(until=700, low=(640, 10_000)), received_s=700)
    gate.tick(701)
    assert STEP(judge, at(702))
    assert not STEP(judge, at(703))
    (pack,) = packs(judge)
    assert pack["window"]["from_us"] == (T0_S + 640 - 600) * S
    signals = {signal["key"]: signal for signal in pack["signals"]}
    oil = signals["engine_oil_pressure_kpa"]
    assert (oil["role"], oil["samples"]) == ("rule", 660)
    assert len(oil["values"]) <= 500
    drop = next(us for us, value in zip(oil["at_us"], oil["values"], strict=True) if value == 50.0)
    assert drop == 600 * S  # the very instant, though the series is thinned
    assert signals["oil_filter_intake_pressure_kpa"]["role"] == "observation"
    thresholds = pack["thresholds"]
    assert "engine_oil_pressure_kpa < lowest" in thresholds["when"]
    assert [(limit["name"], limit["value"]) for limit in thresholds["limits"]] == [("lowest", 100.0)]
    assert {"key": "engine_oil_pressure_kpa", "comparison": "<", "value": 100.0} in thresholds["borders"]
    assert pack["regime"]["at_held"] == "medium"
    assert pack["quality"]["received_ratio"] == pytest.approx(1.0, abs=0.01)
    assert pack["quality"]["gaps"] == []
    frame = {value["key"]: (value["value"], value["age_us"], value["is_held"]) for value in pack["freeze_frame"]}
    assert frame["engine_oil_pressure_kpa"] == (50.0, 0, True)
    assert ranking(pack)[0] == "oil_level_low"
    assert pack["diagnosis"]["next_check"]["text"]["zh"]
    assert pack["diagnosis"]["owner"]["en"]
    assert pack["similar"] == []


def test_taking_one_supporting_signal_away_changes_the_stored_ranking(gate: Gate, judge: Connection) -> None:
    gate.deliver([*story(**FILTER), *story("M-2")], received_s=120)
    STEP(judge, at(122))
    with_it, without = packs(judge)
    assert [ranking(pack)[0] for pack in (with_it, without)] == ["pressure_sender_faulty", "oil_level_low"]
    sender = {cause["key"]: cause for cause in with_it["diagnosis"]["causes"]}["pressure_sender_faulty"]
    assert [seen["when"] for seen in sender["speaks_for"]] == ["oil_filter_intake_pressure_kpa > 200"]
    assert all(pack["quality"]["gaps"] == [] for pack in packs(judge))  # nobody was away before they told first
    assert with_it["quality"]["received_ratio"] == pytest.approx(1.0, abs=0.02)
    bare = {cause["key"]: cause for cause in without["diagnosis"]["causes"]}["pressure_sender_faulty"]
    assert "oil_filter_intake_pressure_kpa > 200" in [seen["when"] for seen in bare["unknown"]]


def test_a_code_told_long_before_the_window_is_evidence_too(gate: Gate, judge: Connection) -> None:
    faults = {
        "boot": "b",
        "seq": 9000,
        "t": (T0_S - 50_000) * 1000,
        "faults": {"list": [{"sa": 0, "spn": 100, "fmi": 4, "oc": 1}]},
    }
    step = STEP
    gate.deliver([("M-1", faults)], received_s=-49_999)
    step(judge, at(-49_990))
    gate.deliver(story(), received_s=120)
    step(judge, at(122))
    (pack,) = packs(judge)
    sender = {cause["key"]: cause for cause in pack["diagnosis"]["causes"]}["pressure_sender_faulty"]
    assert [seen["when"][:11] for seen in sender["speaks_for"]] == ["dtc(100, 2)"]


def test_a_finding_that_ends_gets_its_pack_once_more_and_one_taken_back_none(
    gate: Gate, judge: Connection, owner: Connection
) -> None:
    step = STEP
    gate.deliver(story(low=(60, 90)), received_s=120)
    gate.deliver(story("M-2"), received_s=120)
    owner.execute("UPDATE finding SET withdrawn_at = now() WHERE to_at IS NOT NULL")
    step(judge, at(122))
    (pack,) = packs(judge)
    assert pack["window"]["to_us"] == (T0_S + 122) * S + 1
    gate.deliver([sample("M-2", t, t, **RUNNING) for t in range(120, 140)], received_s=140)
    step(judge, at(141))
    (pack,) = packs(judge)
    assert pack["window"]["to_us"] == (T0_S + 120) * S + 1
    assert judge.execute("SELECT revision FROM finding_evidence").fetchall() == [(2,)]
    assert judge.execute("SELECT count(*) FROM evidence_due").fetchone() == (0,)


def test_a_machines_own_limit_stands_in_its_pack(gate: Gate, judge: Connection, owner: Connection) -> None:
    high = RUNNING | {"main_pump_1_pressure_kpa": 41_000.0}
    gate.deliver([sample("M-1", t, t, **high) for t in range(60)], received_s=60)
    owner.execute(
        "INSERT INTO rule_override (machine_id, rule, limits, reason, until, entered_at, entered_by) VALUES"
        " (1, 'pump_pressure_above_relief', '{\"highest\": \"40 MPa\"}', 'long boom', %s, now(), 'expert')",
        [at(10_000)],
    )
    STEP(judge, at(61))
    (pack,) = packs(judge, "pump_pressure_above_relief")
    (limit,) = pack["thresholds"]["limits"]
    assert (limit["name"], limit["value"], limit["unit"]) == ("highest", 40.0, "MPa")
    assert (limit["own"]["shipped"], limit["own"]["reason"]) == (38.0, "long boom")


def test_a_fault_code_is_diagnosed_from_what_is_known_of_it(gate: Gate, judge: Connection) -> None:
    fault = {"boot": "b", "seq": 0, "t": T0_S * 1000, "faults": {"list": [{"sa": 0, "spn": 110, "fmi": 0, "oc": 1}]}}
    gate.deliver([("M-1", fault)], received_s=1)
    STEP(judge, at(2))
    ((key,),) = judge.execute("SELECT source_key FROM finding").fetchall()
    (pack,) = packs(judge, key)
    assert ranking(pack)[0] == "radiator_blocked"
    assert "engine_coolant_temp_degc" in {signal["key"] for signal in pack["signals"]}
    assert pack["thresholds"] is None


def test_a_pack_that_fails_says_why_waits_longer_each_time_and_holds_up_no_other(
    gate: Gate, judge: Connection, owner: Connection
) -> None:
    step = STEP
    gate.deliver([*story(), *story("M-2"), *story("M-3")], received_s=120)
    gate.tick(121)
    owner.execute("UPDATE machine_state SET signal_values = '{}' WHERE machine_id = 1")  # fails when it is made
    no_code = """UPDATE finding SET code_case = '{"cascade": "", "codes": [[1]]}' WHERE machine_id = 3"""
    owner.execute(no_code)  # and when it is planned
    step(judge, at(122))
    tried = "SELECT pack IS NULL, coalesce(failure, '') FROM finding_evidence ORDER BY machine_id"
    (first, why_first), made, (third, why_third) = judge.execute(tried).fetchall()
    assert (first, made, third) == (True, (False, ""), True)
    assert "ValueError" in why_first
    assert "CaseMember" in why_third
    assert not step(judge, at(126))
    assert step(judge, at(128))
    again = judge.execute("SELECT DISTINCT not_before FROM evidence_due").fetchall()
    assert again == [(at(128 + 20),)]
    owner.execute("UPDATE finding SET code_case = NULL WHERE machine_id = 3")
    owner.execute("UPDATE machine_state SET signal_ids = '{}', signal_at_us = '{}' WHERE machine_id = 1")
    assert step(judge, at(150))
    assert judge.execute("SELECT count(*) FILTER (WHERE failure IS NULL) FROM finding_evidence").fetchone() == (3,)


def test_a_version_that_nobody_knows_costs_the_condition_and_not_the_pack(
    gate: Gate, judge: Connection, owner: Connection
) -> None:
    gate.deliver(story(), received_s=120)
    owner.execute("UPDATE finding SET version = 'of long ago'")
    STEP(judge, at(122))
    (pack,) = packs(judge)
    assert pack["thresholds"] is None
    assert ranking(pack) == ["not_named"]
    assert {signal["key"] for signal in pack["signals"]} >= {"engine_oil_pressure_kpa", "engine_speed_rpm"}


def test_what_changes_while_its_pack_is_made_stays_due(gate: Gate, judge: Connection, owner: Connection) -> None:
    gate.deliver(story(), received_s=120)
    due = list_due(judge, now=at(122), most=10)
    owner.execute("UPDATE finding SET to_at = %s", [at(121)])
    settle(judge, due)
    (left,) = list_due(judge, now=at(122), most=10)
    assert (left.finding_id, left.to_us) == (due[0].finding_id, (T0_S + 121) * S)
    settle(judge, [left])
    assert list_due(judge, now=at(122), most=10) == []


def test_critical_and_new_findings_come_first_and_historic_ones_last(gate: Gate, judge: Connection) -> None:
    gate.deliver(
        [
            *story("M-1"),
            *story("M-2", low=(100, 10_000)),
            *[sample("M-3", t, t, **(RUNNING | {"fuel_level_pct": 3.0})) for t in range(120)],
        ],
        received_s=700,
    )
    gate.deliver(story("M-4"), received_s=5 * 3600)
    due = list_due(judge, now=at(122), most=10)
    assert [(one.machine_id, one.severity) for one in due][:2] == [(2, "critical"), (1, "critical")]
    assert due[-1].machine_id == 4
    assert {one.machine_id for one in due} == {1, 2, 3, 4}


def test_a_step_is_one_connections_until_it_ends(database: Database, judge: Connection) -> None:
    with connect(database.url("ecc_diagnose"), application="test") as other:
        other.autocommit = True
        assert begin_step(other, "evidence")
        assert not begin_step(judge, "evidence")
        assert begin_step(judge, "windows")
    until_s = time.monotonic() + 10  # the server takes a moment to let go
    while not (is_free := begin_step(judge, "evidence")) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert is_free


class Broken:
    """A step that fails as long as it is told to."""

    wrong = True

    def __call__(self, conn: psycopg.Connection, now: datetime) -> bool:
        if Broken.wrong:
            raise ValueError("no such model")
        return False


def test_a_step_that_fails_is_shown_degraded_goes_on_by_itself_and_stops_no_other(
    gate: Gate, judge: Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnose, "BACK_OFF_S", (0.1,) * 3)  # or the test takes a second
    stop, conditions = threading.Event(), dict[str, bool]()
    steps = (Step("evidence", 0.05, lambda url: EvidenceStep()), Step("windows", 0.05, lambda url: Broken()))
    threads = [StepThread(step, database.url("ecc_diagnose"), stop) for step in steps]
    for thread in threads:
        thread.start()
    gate.deliver(story(), received_s=120)
    until_s = time.monotonic() + 20
    while not packs(judge) and time.monotonic() < until_s:
        time.sleep(0.05)
    diagnose.show(conditions, threads)
    assert (len(packs(judge)), conditions["evidence"], conditions["windows"]) == (1, True, False)
    Broken.wrong = False
    while not conditions["windows"] and time.monotonic() < until_s:
        time.sleep(0.05)
        diagnose.show(conditions, threads)
    assert conditions == {"database": True, "evidence": True, "windows": True}
    stop.set()
    for thread in threads:
        thread.join(5)
