"""Verdicts on findings, and how well the sources of findings do by them."""

from typing import Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.alarms import SourceKindName
from api.schemas.bodies import At
from api.schemas.findings import DiagnosisItem
from api.schemas.shape import AT, Instant, Shape, UuidText, Words, example

VerdictName = Literal["true_fault", "nuisance", "sensor", "not_found"]
SolvedName = Literal["remote", "visit"]
FINDING_UUID = "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e55"
_VERDICT = {
    "id": "0198f3b0-11d0-7a52-8c3e-5f0c9d2b7e66",
    "verdict": "true_fault",
    "part": "oil pump",
    "part_key": "oil_pump",
    "part_named": {"key": "oil_pump", "text": {"zh": "机油泵", "en": "Oil pump"}},
    "part_meant": None,
    "note": "Pressure relief valve stuck open.",
    "failed_at": None,
    "solved": "visit",
    "given_at": AT,
    "given_by": "expert",
}


class NewVerdict(Input):
    """What turned out to be the matter."""

    verdict: VerdictName
    """`true_fault`: the machine had it; `nuisance`: nothing was wrong; `sensor`: the sensor or its wiring was;
    `not_found`: somebody looked and found nothing."""
    part: str | None = Field(default=None, max_length=200)
    """The part that failed; needed of a true fault, and of nothing else. `unknown`: nobody knows it yet, it is kept as
    null until a later verdict names it."""
    note: str | None = Field(default=None, max_length=2000)
    failed_at: At | None = None
    """When the fault stopped the machine or would not wait any longer; of a true fault only."""
    solved: SolvedName | None = None
    """`remote`: it is solved, and nobody had to go there; `visit`: somebody had. Of a true fault or a sensor only;
    null: it is not solved yet. `/remote-resolution` counts them."""

    model_config = ConfigDict(json_schema_extra={"example": {"verdict": "true_fault", "part": "oil pump"}})


class Verdict(Shape):
    """What somebody who looked says of a finding; the last one counts."""

    id: UuidText
    verdict: VerdictName
    part: str | None
    part_key: str | None
    """Which of the parts that diagnoses name it is; null of any other text, a maker's number for example."""
    part_named: DiagnosisItem | None
    """That part with its words."""
    part_meant: DiagnosisItem | None
    """Of a text that is none of them: the part that the finding names and that is written nearly so; ask back."""
    note: str | None
    failed_at: Instant | None
    solved: SolvedName | None
    """How it was solved; null: nobody has said that it is."""
    given_at: Instant
    given_by: str

    model_config = example(_VERDICT)


class VerdictPage(Shape):
    """A finding's verdicts, the newest first."""

    items: list[Verdict]
    next_cursor: str | None

    model_config = example({"items": [_VERDICT], "next_cursor": None})


class VerdictCounts(Shape):
    """How many findings have which verdict as their last."""

    true_fault: int
    nuisance: int
    sensor: int
    not_found: int


class FindingQuality(Shape):
    """How well one version of a rule or a model does, by the verdicts on its findings."""

    source_kind: SourceKindName
    source_key: str
    text: Words
    version: str
    findings: int
    verdicts: VerdictCounts
    precision: float | None
    """Share of the findings with a verdict that were right; null without one. `sensor` is right of a distrusted sensor
    only, everything but `true_fault` wrong of all others."""
    precision_low: float | None
    """Its 95 % interval (Wilson)."""
    precision_high: float | None
    false_alarm_minutes: float
    """What wrong findings took of the control centre's seats: from acknowledging to the verdict, at most 60 minutes
    each, 5 where nobody acknowledged; none of `info` and of what was found late."""
    leads: int
    """True faults whose lead is known: by `failed_at`, or by a fault code of one of its signals within 30 days."""
    lead_h_median: float | None
    """Hours from the finding to the failure, half of them more; below 0: after it."""
    lead_h_least: float | None


_QUALITY = {
    "source_kind": "rule",
    "source_key": "low_oil_pressure",
    "text": {"zh": "机油压力低", "en": "Low oil pressure"},
    "version": "a1b2c3d4e5f6",
    "findings": 40,
    "verdicts": {"true_fault": 18, "nuisance": 2, "sensor": 1, "not_found": 0},
    "precision": 0.857,
    "precision_low": 0.654,
    "precision_high": 0.95,
    "false_alarm_minutes": 42.0,
    "leads": 7,
    "lead_h_median": 30.5,
    "lead_h_least": 0.4,
}


class FindingQualityPage(Shape):
    """A page of sources and versions."""

    items: list[FindingQuality]
    next_cursor: str | None

    model_config = example({"items": [_QUALITY], "next_cursor": None})
