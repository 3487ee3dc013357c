"""Guided checks, hand-overs for a visit, the peers' band, and the share of problems solved remotely."""

from typing import Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.bodies import At
from api.schemas.findings import DIAGNOSIS, DiagnosisBasis, DiagnosisItem
from api.schemas.shape import ALARM_UUID, AT, Instant, Shape, UuidText, Words, example
from api.schemas.verdicts import FINDING_UUID

AnswerName = Literal["yes", "no", "unsure"]
NoPeersReason = Literal["no_model", "too_few", "no_signal", "no_readings"]
_CAUSE = {
    "key": "oil_level_low",
    "text": DIAGNOSIS["causes"][0]["text"],
    "share": 0.93,
    "first_share": 0.62,
    "parts": [],
}
_ANSWER = {
    "cause": "oil_level_low",
    "check": "check_engine_oil_level",
    "when": None,
    "answer": "yes",
    "note": "Below the lower mark.",
    "answered_at": AT,
    "answered_by": "expert",
}
_QUESTION = {
    "cause": "oil_level_low",
    "cause_text": _CAUSE["text"],
    "check": "check_engine_oil_level",
    "when": None,
    "text": DIAGNOSIS["next_check"]["text"],
    "minutes": 10.0,
    "is_next": False,
    "answer": "yes",
    "answered_at": AT,
    "answered_by": "expert",
}


class NewAnswer(Input):
    """An answer to one of the guide's questions, named by its members."""

    cause: str | None = Field(default=None, max_length=100)
    """Null: of a check that settles none."""
    check: str | None = Field(default=None, max_length=100)
    when: str | None = Field(default=None, max_length=2000)
    """Of an observation that no signal tells: its condition."""
    answer: AnswerName
    """`unsure` counts for nothing, and takes an earlier answer to the same question out."""
    note: str | None = Field(default=None, max_length=2000)

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"cause": "oil_level_low", "check": "check_engine_oil_level", "answer": "yes"},
        }
    )


class GuidedCause(Shape):
    """A cause as it stands after the answers."""

    key: str
    text: Words
    share: float | None
    """0 to 1, all causes together 1; null where nobody has weighed them: then only their order follows the answers."""
    first_share: float | None
    """Before anybody answered."""
    parts: list[DiagnosisItem]

    model_config = example(_CAUSE)


class GivenAnswer(Shape):
    """What somebody answered."""

    cause: str | None
    check: str | None
    when: str | None
    answer: AnswerName
    note: str | None
    answered_at: Instant
    answered_by: str

    model_config = example(_ANSWER)


class GuidedQuestion(Shape):
    """Whether a check showed its cause, or whether an observation that no signal tells holds."""

    cause: str | None
    """Null: the check settles none of the causes; it is done or not."""
    cause_text: Words | None
    check: str | None
    when: str | None
    text: Words
    """Of the check or the observation."""
    minutes: float | None
    """How long the check takes; 0: what makes it safe. Null of an observation."""
    is_next: bool
    """The one to ask now."""
    answer: AnswerName | None
    """The last; null: nobody has answered yet."""
    answered_at: Instant | None
    answered_by: str | None

    model_config = example(_QUESTION)


class Guide(Shape):
    """The guided checks of a finding, the same for everybody who works on it."""

    finding_id: UuidText
    version: int
    """How many answers there are."""
    basis: DiagnosisBasis | None = None
    """Of the shares before the answers."""
    causes: list[GuidedCause]
    """The likeliest first: the diagnosis's shares by Bayes' rule with what was answered."""
    questions: list[GuidedQuestion]
    """Open checks in the order to make them, then observations, then what was answered."""
    answers: list[GivenAnswer]
    """All that were ever given, the newest first, at most 1,000; of a question the last counts."""
    parts: list[DiagnosisItem]
    """The likeliest cause's first."""
    tools: list[DiagnosisItem]
    """What the open checks need, in their order."""
    customer: str | None
    """Whose machine it was when it was found."""
    customer_language: str | None
    """Which most of its owners have chosen; null: none, or the caller does not see them."""

    model_config = example(
        {
            "finding_id": FINDING_UUID,
            "version": 1,
            "basis": "weighed",
            "causes": [_CAUSE],
            "questions": [_QUESTION],
            "answers": [_ANSWER],
            "parts": [],
            "tools": [],
            "customer": "North Quarry",
            "customer_language": "zh",
        }
    )


class NewVisitHandOver(Input):
    """What whoever goes there should bring and know; causes, evidence and answers are added as they are."""

    parts: list[str] | None = Field(default=None, max_length=50)
    """Keys of the guide's parts, or any text; null: all that the guide names."""
    tools: list[str] | None = Field(default=None, max_length=50)
    """The same of tools."""
    wanted_by: At | None = None
    note: str | None = Field(default=None, max_length=2000)

    model_config = ConfigDict(
        json_schema_extra={"example": {"parts": ["oil_pump"], "note": "Operator on site until 18:00."}}
    )


class HandedAnswer(Shape):
    """An answer that counted when it was handed over."""

    cause: str | None
    cause_text: Words | None
    check: str | None
    when: str | None
    text: Words
    answer: AnswerName
    answered_at: Instant
    answered_by: str


_HAND_OVER = {
    "id": "0198f3b0-11d0-7a52-8c3e-5f0c9d2b7e77",
    "alarm_id": ALARM_UUID,
    "finding_id": FINDING_UUID,
    "evidence_revision": 1,
    "causes": [_CAUSE],
    "answers": [],
    "parts": [{"key": "oil_pump", "text": {"zh": "机油泵", "en": "Oil pump"}}],
    "tools": [],
    "wanted_by": None,
    "note": "Operator on site until 18:00.",
    "made_at": AT,
    "made_by": "expert",
}


class VisitHandOver(Shape):
    """An alarm that was handed over for a visit, with what was known then. Never changed: a newer one replaces it."""

    id: UuidText
    alarm_id: UuidText
    finding_id: UuidText
    evidence_revision: int | None
    """Which evidence there was; `/findings/{id}/evidence` shows the newest."""
    causes: list[GuidedCause]
    """As ranked then."""
    answers: list[HandedAnswer]
    parts: list[DiagnosisItem]
    tools: list[DiagnosisItem]
    wanted_by: Instant | None
    note: str | None
    made_at: Instant
    made_by: str

    model_config = example(_HAND_OVER)


class VisitHandOverPage(Shape):
    """An alarm's hand-overs, the newest first."""

    items: list[VisitHandOver]
    next_cursor: str | None

    model_config = example({"items": [_HAND_OVER], "next_cursor": None})


class RemoteResolution(Shape):
    """Problems (findings whose last verdict is a true fault or a sensor) by how they were solved."""

    problems: int
    remotely: int
    by_visit: int
    unsolved: int
    """Nobody has said yet how they were solved."""
    handed_over: int
    """Of the problems, those that were handed over for a visit."""
    share: float | None
    """Solved remotely, of those solved; null without any."""
    share_low: float | None
    """Its 95 % interval (Wilson)."""
    share_high: float | None
    goal: float

    model_config = example(
        {
            "problems": 50,
            "remotely": 28,
            "by_visit": 14,
            "unsolved": 8,
            "handed_over": 15,
            "share": 0.6667,
            "share_low": 0.516,
            "share_high": 0.7899,
            "goal": 0.6,
        }
    )


class PeerBand(Shape):
    """One signal's band, parallel to `at`; null where fewer than `least` machines worked."""

    unit: str
    low: list[float | None]
    """10 % of the machines' means lie below."""
    middle: list[float | None]
    """The median."""
    high: list[float | None]
    """10 % lie above."""
    machines: list[int]


class Peers(Shape):
    """Where the other machines of a machine's model stood, those that the caller sees, while their engines ran."""

    model: str | None
    machines: int
    """That are seen in this span; at most 60 are counted."""
    least: int
    """Of fewer there is no band, so that none of them can be told apart."""
    bucket_s: float
    at: list[Instant]
    """Starts of the buckets."""
    signals: dict[str, PeerBand]
    none_because: NoPeersReason | None
    """Why there is no band; null where there is one."""

    model_config = example(
        {
            "model": "EX-220",
            "machines": 12,
            "least": 5,
            "bucket_s": 60.0,
            "at": [AT],
            "signals": {
                "engine_oil_pressure_kpa": {
                    "unit": "kPa",
                    "low": [290.0],
                    "middle": [330.0],
                    "high": [380.0],
                    "machines": [11],
                }
            },
            "none_because": None,
        }
    )
