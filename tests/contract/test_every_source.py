"""Every finding of every source has a first diagnosis: a sentence for the owner, causes, checks, and parts or none."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from alerts.silence_reason import SilenceReason, knowledge
from diagnosis.evidence_file import parts_of
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.source_faults import SENSOR_FAULTS, SILENCE, looked_at
from diagnosis.trust import Reason, packaged_checks
from diagnosis.wear.indices import INDICES
from diagnosis.words import packaged_words
from fleet.batch import EventBatch
from fleet.findings import SourceKind
from fleet.signals import packaged_catalogue
from storage.evidence import DueFinding, MachineCase
from storage.history import ReceivedRows
from storage.trust import TrustSpan
from usecases.diagnose_finding import Seen, diagnosed
from usecases.evidence_plan import Plan, finding_of

CATALOGUE = packaged_catalogue()
KEYS = [signal.key for signal in CATALOGUE.signals]
MODELS = ("default", "isolation_forest", "baseline", "peers", "pca")
S = 1_000_000
MACHINE = MachineCase(
    machine_id=1,
    kind="excavator",
    model="EX-1",
    mode="in_service",
    software=None,
    nominal_voltage_v=24.0,
    signal_ids=list(range(len(CATALOGUE))),
    signal_values=[0.0] * len(CATALOGUE),
    signal_at_us=[0] * len(CATALOGUE),
)


def due(kind: SourceKind, key: str, **values: Any) -> DueFinding:
    return DueFinding(
        finding_id=UUID(int=1), due_id=1, attempts=0, machine_id=1, source_kind=kind, source_key=key, version="1",
        severity="medium", from_us=600 * S, held_us=600 * S, to_us=None, values=values, cascade=None, codes=[],
        is_withdrawn=False,
    )  # fmt: skip


def diagnosis(found: DueFinding, *spans: TrustSpan, **last: float) -> Any:
    """Of a machine that told the same for ten minutes; `last`: signals and their values."""
    at_us = np.arange(0, 601, 2, dtype=np.int64) * S
    columns = {str(key): place for place, key in enumerate(key for key in KEYS if key in last)}
    values = np.tile([float(last[key]) for key in columns], (len(at_us), 1)).reshape(len(at_us), len(columns))
    rows = ReceivedRows(np.ones(len(at_us), np.int32), at_us, at_us, values)
    plan = Plan(
        due=found, finding=finding_of(found), book=None, rule=None, window=(0, 601 * S), roles={}, has_track=False
    )
    return diagnosed(plan, MACHINE, Seen(rows, columns, EventBatch.empty(), spans), catalogue=CATALOGUE)


def whole(told: Any) -> Any:
    """The diagnosis, which has everything, in words of both languages."""
    assert told["owner"]["zh"]
    assert told["owner"]["en"].isascii()
    assert told["causes"]
    assert told["next_check"] == told["checks"][0]
    assert sum(cause["share"] for cause in told["causes"]) == pytest.approx(1, abs=2e-3)
    for kind in ("causes", "checks", "parts"):
        assert {one["key"] for one in told[kind]} <= set(getattr(packaged_words("zh"), kind))
    assert told["parts"] or not any(parts_of(cause["key"]) for cause in told["causes"])  # none needed
    return told


@pytest.mark.parametrize("name", MODELS)
def test_a_models_finding_of_any_signal(name: str) -> None:
    for key in KEYS:
        for values in ({}, {key: 5.0, f"expected.{key}": 9.0}, {f"side.{key}": 1.0}):
            whole(diagnosis(due(SourceKind.MODEL, f"{name}:{key}", **values)))


@pytest.mark.parametrize("index", [index.key for index in INDICES])
def test_wear_of_any_index(index: str) -> None:
    told = whole(diagnosis(due(SourceKind.MODEL, f"wear:{index}", low_days=3.2)))
    assert "3" in told["owner"]["zh"]
    assert "in 3 days" in told["owner"]["en"]
    assert "not_named" not in {cause["key"] for cause in told["causes"]}


@pytest.mark.parametrize("key", KEYS)
def test_a_sensor_of_any_signal_for_any_reason(key: str) -> None:
    place = CATALOGUE.index[key]
    known: dict[Reason, str] = {}
    for check in packaged_checks(CATALOGUE):
        known.setdefault(check.reason, check.key)
    for reason in Reason:
        span = TrustSpan(machine_id=1, signal_id=place, from_us=600 * S, to_us=None, score=0.1, checks=[known[reason]])
        told = whole(diagnosis(due(SourceKind.SENSOR, key), span))
        assert told["owner"]["zh"].startswith(CATALOGUE[key].zh)
        assert told["causes"][0]["speaks_for"][0]["text"]["en"].startswith("The readings of this sensor")


def test_a_silent_machine_by_the_last_that_it_told() -> None:
    told = whole(diagnosis(due(SourceKind.PLATFORM, "machine_silent"), signal_strength_dbm=-70.0))
    dead = whole(diagnosis(due(SourceKind.PLATFORM, "machine_silent"), signal_strength_dbm=-109.0))
    assert dead["causes"][0]["key"] == "coverage_dead_zone" != told["causes"][0]["key"]
    assert dead["causes"][0]["speaks_for"]


BEHIND = read_knowledge_file(SILENCE)["machine_silent"]["reasons"]


@pytest.mark.parametrize("reason", [reason for reason in SilenceReason if reason is not SilenceReason.UNKNOWN])
def test_the_diagnosis_of_a_silence_starts_from_the_reason_that_was_told(reason: SilenceReason) -> None:
    """Whatever its last values say: they were weighed when the reason was judged."""
    silence = due(SourceKind.PLATFORM, "machine_silent")
    spoke_for = ("reception_poor", "about_to_stop")
    found = replace(silence, reason={"key": reason.value, "share": 0.75, "spoke_for": spoke_for})
    last = {"signal_strength_dbm": -109.0, "engine_speed_rpm": 800.0, "engine_load_pct": 20.0, "ground_speed_kmh": 0.0}
    told = whole(diagnosis(found, **last))
    causes, behind = [cause["key"] for cause in told["causes"]], BEHIND[reason]
    assert set(causes[: len(behind)]) == set(behind)
    assert sum(cause["share"] for cause in told["causes"][: len(behind)]) == pytest.approx(0.75, abs=2e-3)
    assert told["owner"]["en"] == knowledge().words[reason].owner.en
    said = [seen["text"]["en"] for seen in told["causes"][0]["speaks_for"]]
    assert said[:2] == ["The reception was poor when last heard", "It idled at its place when last heard"]
    assert len(set(said)) == len(said)


def test_a_silence_whose_reason_is_not_known_is_diagnosed_by_its_last_values() -> None:
    silence = replace(
        due(SourceKind.PLATFORM, "machine_silent"), reason={"key": "unknown", "share": 0.4, "spoke_for": []}
    )
    told = whole(diagnosis(silence, signal_strength_dbm=-109.0))
    assert told["causes"][0]["key"] == "coverage_dead_zone"
    assert told["owner"]["en"].startswith("We no longer hear your machine and cannot tell why")


@pytest.mark.parametrize(
    "found",
    [
        due(SourceKind.RULE, "of_a_set_that_nobody_can_read"),
        due(SourceKind.DTC, "0/100/1"),
        due(SourceKind.DTC, "0/519999/14"),
        due(SourceKind.DTC, "cascade:no_such_cascade"),
        due(SourceKind.MODEL, "baseline:a_signal_that_was"),
        due(SourceKind.SENSOR, "a_signal_that_was"),
    ],
)
def test_what_little_is_known_is_told(found: DueFinding) -> None:
    whole(diagnosis(found))


def test_boost_that_is_low_alone_while_the_exhaust_is_as_hot_as_expected_is_the_sensors() -> None:
    key = "intake_manifold_pressure_kpa"
    values = {key: 40.0, f"expected.{key}": 90.0, f"contribution.{key}": 1.6, "contribution.exhaust_temp_degc": 0.2}
    lone = whole(diagnosis(due(SourceKind.MODEL, f"baseline:{key}", **values)))
    assert lone["causes"][0]["key"] == "pressure_sender_faulty"
    assert lone["next_check"]["key"] == "compare_with_gauge"
    hot = values | {"contribution.exhaust_temp_degc": 0.9}
    assert diagnosis(due(SourceKind.MODEL, f"baseline:{key}", **hot))["causes"][0]["key"] == "charge_pipe_leak"
    high = values | {key: 140.0}
    assert diagnosis(due(SourceKind.MODEL, f"baseline:{key}", **high))["causes"][0]["key"] == "wastegate_stuck"


def test_what_the_evidence_of_these_sources_looks_at_is_in_the_catalogue() -> None:
    for name in (SENSOR_FAULTS, SILENCE):
        assert set(looked_at(name, CATALOGUE)) <= set(KEYS)
