"""Findings and their first diagnoses."""

from typing import Any, Literal

from pydantic import Field

from api.schemas.alarms import FINDING_UUID, AlarmMachine, SignalValue, SourceKindName
from api.schemas.shape import ALARM_UUID, AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, Words, example

VerdictName = Literal["true_fault", "nuisance", "sensor", "not_found"]
EvidenceState = Literal["waiting", "made", "failed"]
DiagnosisBasis = Literal["weighed", "typical", "order"]
_HELD = "2026-11-21T10:00:10Z"
_WORDS = {"zh": "机油油位低", "en": "Oil level low"}
_CHECK = {"key": "check_engine_oil_level", "text": {"zh": "检查机油油位", "en": "Check the engine oil level"}}
DIAGNOSIS: dict[str, Any] = {
    "causes": [
        {
            "key": "oil_level_low",
            "text": _WORDS,
            "share": 0.62,
            "parts": [],
            "note": None,
            "speaks_for": [
                {"when": "engine_oil_level_pct < 30", "text": {"zh": "油位低于30 %", "en": "Level below 30 %"}}
            ],
            "speaks_against": [],
            "unknown": [],
        }
    ],
    "basis": "weighed",
    "next_check": _CHECK,
    "checks": [_CHECK],
    "parts": [],
    "owner": {"zh": "请立即停机。", "en": "Stop the engine now."},
}
FINDING: dict[str, Any] = {
    "id": FINDING_UUID,
    "machine": {"id": MACHINE_UUID, "pin": "ECC00EX0001234567", "name": "Excavator 7", "kind": "excavator"},
    "source_kind": "rule",
    "source_key": "low_oil_pressure",
    "version": "a1b2c3d4e5f6",
    "text": {"zh": "机油压力低", "en": "Low oil pressure"},
    "severity": "critical",
    "from_at": AT,
    "held_at": _HELD,
    "to_at": None,
    "historic": False,
    "withdrawn_at": None,
    "alarm_id": ALARM_UUID,
    "values": [{"key": "engine_oil_pressure_kpa", "value": 82.0, "unit": "kPa"}],
    "evidence": "made",
    "verdict": None,
}


class Finding(Shape):
    """One episode in which a rule, a fault code, a model or the platform found something on a machine."""

    id: UuidText
    machine: AlarmMachine
    source_kind: SourceKindName
    source_key: str
    """Rule key, SA/SPN/FMI of a fault code, or a model's name and signal."""
    version: str
    """Of the rule set or the model."""
    text: Words
    severity: SeverityName
    from_at: Instant
    """Machine clock: first instant of the condition."""
    held_at: Instant
    """When it had held for the rule's `for`."""
    to_at: Instant | None
    """When it was over; null while it holds."""
    historic: bool
    """Found in readings that came late."""
    withdrawn_at: Instant | None
    """When it was taken back: late readings have shown that it never was. Lists leave these out unless asked for
    them (`withdrawn=true`)."""
    alarm_id: UuidText | None
    values: list[SignalValue]
    """The signals that drove it, at `held_at`."""
    evidence: EvidenceState
    """Whether `/findings/{id}/evidence` is there; it follows a finding within about a second."""
    verdict: VerdictName | None
    """What turned out to be the matter; the last word counts."""

    model_config = example(FINDING)


class FindingPage(Shape):
    """A page of findings, the newest first."""

    items: list[Finding]
    next_cursor: str | None

    model_config = example({"items": [FINDING], "next_cursor": None})


class DiagnosisObservation(Shape):
    """A condition of the rule language that was looked at when the finding held."""

    when: str
    text: Words


class DiagnosisItem(Shape):
    """A check or a part."""

    key: str
    text: Words


class DiagnosisCause(DiagnosisItem):
    """A possible cause with its share of the whole, and what speaks for it, against it, or is not known."""

    share: float | None
    """0 to 1, all causes together 1; null where nobody has weighed the causes (`basis` is order)."""
    parts: list[DiagnosisItem] = Field(default_factory=list)
    """What it is likely to need; empty where work, a fill or a talk is all it needs."""
    note: Words | None = None
    """Where no signal speaks of this cause: that only the check tells."""
    speaks_for: list[DiagnosisObservation]
    speaks_against: list[DiagnosisObservation]
    unknown: list[DiagnosisObservation]
    """Observations whose signals the machine does not tell."""


class Diagnosis(Shape):
    """The first diagnosis of a finding."""

    causes: list[DiagnosisCause]
    """The likeliest first."""
    basis: DiagnosisBasis | None = None
    """Of the shares: weighed with what this machine told; typical of such findings; order: as written, not weighed."""
    next_check: DiagnosisItem | None
    """The one that tells most for its time."""
    checks: list[DiagnosisItem]
    """In the order to make them."""
    parts: list[DiagnosisItem]
    owner: Words | None
    """One plain sentence: may I go on working, what waiting costs."""

    model_config = example(DIAGNOSIS)


class FindingDetail(Finding):
    """One finding with its first diagnosis."""

    withdrawn: Words | None = None
    """Of a finding that was taken back, that it was; null of one that stands."""
    diagnosis: Diagnosis | None
    """Null until its evidence is made."""

    model_config = example(FINDING | {"withdrawn": None, "diagnosis": DIAGNOSIS})
