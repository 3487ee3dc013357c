"""Replays of rule sets over the stored history, and tunings of rules."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.alarms import SourceKindName
from api.schemas.bodies import At
from api.schemas.shape import AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, Words, example
from api.schemas.verdicts import FINDING_UUID, VerdictName

ReplayStateName = Literal["queued", "running", "done", "failed", "cancelled"]
ReplayKindName = Literal["no_history", "history"]
ChangeName = Literal["new", "gone", "moved", "regraded"]
UntunedReason = Literal["too_few_faults", "too_few_nuisances", "nothing_saved"]
SetReference = Field(default="live", pattern=r"^([1-9][0-9]{0,8}|live|shadow|base)$", examples=["7"])
_MACHINES = Field(default=None, min_length=1, max_length=1000)
_LOAD = {"alarms": 420, "mean": 0.24, "peak": 3.0, "busy_share": 0.01, "flood_share": 0.0}
_COUNTS = {"of": 20, "found": 20, "live": 20}
_SUMMARY: dict[str, Any] = {
    "rows": 51840000,
    "machines": 200,
    "signals": 64,
    "seats": 3,
    "read_cpu_seconds": 61.2,
    "judge_cpu_seconds": 201.7,
    "changes": {"gone": 31},
    "by_rule": {"low_oil_pressure": {"found": 40, "live": 71, "raised": 74, "gone": 31}},
    "verdicts": {
        "confirmed": {**_COUNTS, "lost": 0},
        "nuisances": {"of": 12, "found": 3, "live": 12, "saved": 9},
        "lost": [],
        "lead_h": {"found": 30.1, "live": 30.5},
    },
    "load": {
        "found": _LOAD,
        "live": _LOAD,
        "raised": _LOAD,
        "limits": {"acceptable": 1, "manageable": 2, "flood": 10},
    },
}
_REPLAY: dict[str, Any] = {
    "id": 12,
    "kind": "history",
    "rule_set_id": 7,
    "against_id": 3,
    "from_at": "2026-10-01T00:00:00Z",
    "to_at": "2026-11-01T00:00:00Z",
    "machines": None,
    "state": "done",
    "progress_ratio": 1.0,
    "done_until": "2026-11-01T00:00:00Z",
    "rows": 51840000,
    "error": None,
    "summary": _SUMMARY,
    "started_at": AT,
    "finished_at": AT,
    "started_by": "expert",
}


class NewRuleReplay(Input):
    """What is to be replayed."""

    rule_set: str = SetReference
    """A set's number, or `live`, `shadow`, `base`."""
    from_at: At
    to_at: At
    machines: list[str] | None = _MACHINES
    """Ids or aliases (`pin:...`); all machines when left out."""
    seats: int | None = Field(default=None, ge=1, le=1000)
    """Seats that share the alarms; those of the control centre's rosters when left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"rule_set": "live", "from_at": "2026-10-01T00:00:00Z", "to_at": "2026-10-02T00:00:00Z"}
        }
    )


class RuleReplay(Shape):
    """A rule set over the stored history, beside the set that was live when it was asked for."""

    id: int
    kind: ReplayKindName
    """`no_history`: the record with which the shipped set enters a fresh site."""
    rule_set_id: int
    against_id: int | None
    from_at: Instant | None
    to_at: Instant | None
    machines: list[UuidText] | None
    """Null: all."""
    state: ReplayStateName
    progress_ratio: float
    done_until: Instant | None
    rows: int
    error: Words | None
    """Why it failed."""
    summary: dict[str, Any]
    """Once it is done: findings by rule; confirmed faults and nuisances that both sets have, by the last verdicts;
    hours of lead; alarms a seat and 10 minutes with the limits of ISA-18.2. `raised`: on the stream, by what was live
    then; `live`: the live set replayed."""
    started_at: Instant
    """When it was asked for, and once it runs when it began."""
    finished_at: Instant | None
    started_by: str

    model_config = example(_REPLAY)


class RuleReplayPage(Shape):
    """A page of replays, the newest first."""

    items: list[RuleReplay]
    next_cursor: str | None

    model_config = example({"items": [_REPLAY], "next_cursor": None})


class Episode(Shape):
    """When a finding began, had held long enough and ended; null: it had not ended by the end of the span."""

    from_at: Instant
    held_at: Instant
    to_at: Instant | None


class ReplayMachine(Shape):
    """The machine of a finding."""

    id: UuidText
    pin: str
    name: str


class ReplayFinding(Shape):
    """A finding that the replayed set has and the live one has not, or the other way round, or at other times
    (moved), or at the same times with another severity (regraded)."""

    id: int
    machine: ReplayMachine
    source_kind: SourceKindName
    source_key: str
    change: ChangeName
    severity: SeverityName
    """The replayed set's; the live one's of what is gone."""
    live_severity: SeverityName | None
    """The live set's; null where it has no such finding, and in replays of before this was kept."""
    found: Episode | None
    live: Episode | None
    finding_id: UuidText | None
    """The finding on record that is the live set's."""
    verdict: VerdictName | None
    """Its last verdict."""


class ReplayFindingPage(Shape):
    """A page of what a replay found otherwise, machine by machine."""

    items: list[ReplayFinding]
    next_cursor: str | None

    model_config = example(
        {
            "items": [
                {
                    "id": 1,
                    "machine": {"id": MACHINE_UUID, "pin": "ECC00EX0001234567", "name": "Excavator 7"},
                    "source_kind": "rule",
                    "source_key": "low_oil_pressure",
                    "change": "gone",
                    "severity": "critical",
                    "live_severity": "critical",
                    "found": None,
                    "live": {"from_at": AT, "held_at": AT, "to_at": None},
                    "finding_id": FINDING_UUID,
                    "verdict": "nuisance",
                }
            ],
            "next_cursor": None,
        }
    )


class NewTuning(Input):
    """Which rule is to be tuned."""

    rule: str = Field(pattern=r"^[a-z0-9_]{1,60}$")
    from_at: At
    to_at: At
    machines: list[str] | None = _MACHINES
    """Ids or aliases (`pin:...`); all machines when left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rule": "low_oil_pressure",
                "from_at": "2026-10-01T00:00:00Z",
                "to_at": "2026-11-01T00:00:00Z",
            }
        }
    )


_TUNING: dict[str, Any] = {
    name: value for name, value in _REPLAY.items() if name not in {"kind", "against_id", "summary", "rows"}
} | {
    "rule": "low_oil_pressure",
    "result": {
        "faults": 18,
        "nuisances": 4,
        "least_faults": 10,
        "least_nuisances": 3,
        "may_be_lost_ratio": 0.153,
        "reason": None,
        "tried": 22,
        "proposals": [
            {
                "members": {"for": "20s"},
                "faults_kept": 18,
                "nuisances_saved": [FINDING_UUID],
                "later_s": 10.0,
                "findings": 31,
                "findings_before": 44,
                "edits": 'language = 1\n\n[low_oil_pressure]\nfor = "20s"\ntests = []\n',
            }
        ],
    },
}


class Proposal(Shape):
    """A stricter variant that keeps every confirmed fault which the rule finds in the stored history."""

    members: dict[str, Any]
    """The rule's members that it has otherwise."""
    faults_kept: int
    nuisances_saved: list[UuidText]
    """The findings that it would not have raised."""
    later_s: float
    """How much later it finds the faults; half of them more."""
    findings: int
    """On the machines with verdicts, judged or not."""
    findings_before: int
    edits: str
    """The site's edits with it: a file for POST /rule-sets, to be replayed like any other."""


class TuningResult(Shape):
    """What a tuning came to."""

    faults: int
    nuisances: int
    least_faults: int
    least_nuisances: int
    may_be_lost_ratio: float
    """So many of such faults may be lost although all of these were kept (95 %)."""
    reason: UntunedReason | None
    """Why nothing is proposed."""
    tried: int
    proposals: list[Proposal]


class Tuning(Shape):
    """A search for a stricter threshold, `for` or `clear` of one rule."""

    id: int
    rule: str
    rule_set_id: int
    """The set whose rule it is: the live one when it was asked for."""
    from_at: Instant
    to_at: Instant
    machines: list[UuidText] | None
    state: ReplayStateName
    progress_ratio: float
    done_until: Instant | None
    error: Words | None
    """Why it failed."""
    result: TuningResult | None
    """Once it is done."""
    started_at: Instant
    finished_at: Instant | None
    started_by: str

    model_config = example(_TUNING)


class TuningPage(Shape):
    """A page of tunings, the newest first."""

    items: list[Tuning]
    next_cursor: str | None

    model_config = example({"items": [_TUNING], "next_cursor": None})
