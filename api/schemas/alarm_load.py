"""The load of alarms, floods, the hand-over of a shift, and the numbers that decide on them."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.alarms import Alarm, SourceKindName
from api.schemas.bodies import Absent, NotNull, left_out
from api.schemas.shape import ALARM_UUID, AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, Words, example

EscalatedName = Literal["critical", "high", "medium", "low"]
_SETTINGS = {
    "chattering_count": 3,
    "chattering_within_s": 600,
    "fleeting_s": 30,
    "stale_after_h": 24,
    "flood_begins": 10,
    "flood_ends": 5,
    "escalate_after_min": {"critical": 5, "high": 15, "medium": 60},
    "version": 1,
    "updated_at": AT,
}


class AlarmSettings(Shape):
    """When alarms chatter, are fleeting, go stale, flow over and are escalated."""

    chattering_count: int
    """An alarm chatters that its source raised so often on a machine ..."""
    chattering_within_s: int
    """... within so many seconds."""
    fleeting_s: int
    """It is fleeting when it went within so many seconds."""
    stale_after_h: int
    """It is stale when it has stood for so many hours."""
    flood_begins: int
    """More alarms a seat within ten minutes are a flood ..."""
    flood_ends: int
    """... which ends below this."""
    escalate_after_min: dict[EscalatedName, int]
    """Minutes without an acknowledgement after which the roster's next is told; a severity that is not there: never."""
    version: int
    updated_at: Instant

    model_config = example(_SETTINGS)


class AlarmSettingsChange(Input):
    """Members to change; `escalate_after_min` is all of it."""

    chattering_count: Annotated[int | Absent, NotNull] = left_out(ge=2, le=100)
    chattering_within_s: Annotated[int | Absent, NotNull] = left_out(ge=1, le=86_400)
    fleeting_s: Annotated[int | Absent, NotNull] = left_out(ge=0, le=3600)
    stale_after_h: Annotated[int | Absent, NotNull] = left_out(ge=1, le=8760)
    flood_begins: Annotated[int | Absent, NotNull] = left_out(ge=1, le=10_000)
    flood_ends: Annotated[int | Absent, NotNull] = left_out(ge=0, le=10_000)
    escalate_after_min: Annotated[dict[EscalatedName, Annotated[int, Field(ge=1, le=10_080)]] | Absent, NotNull] = (
        left_out()
    )

    model_config = ConfigDict(json_schema_extra={"example": {"fleeting_s": 20}})


_FLOOD = {"flood_id": 7, "began_at": AT, "ended_at": None, "seats": 3, "peak": 41, "first_out": ALARM_UUID}
_RATE = {"mean": 0.8, "peak": 11.0, "above_share": 0.02, "acceptable": 1, "manageable": 2}


class AlarmFlood(Shape):
    """More alarms than the seats can answer."""

    flood_id: int
    began_at: Instant
    ended_at: Instant | None
    seats: int
    """Seats of the control centre with somebody on duty when it began."""
    peak: int
    """Most alarms within ten minutes, of all seats together."""
    first_out: UuidText
    """The first alarm of the ten minutes in which it began."""

    model_config = example(_FLOOD)


class AlarmFloodPage(Shape):
    """A page of floods, the newest first."""

    items: list[AlarmFlood]
    next_cursor: str | None

    model_config = example({"items": [_FLOOD], "next_cursor": None})


class Rate(Shape):
    """Alarms a seat and so long, beside the limits of ISA-18.2."""

    mean: float
    peak: float
    above_share: float
    """Share of the time above what can be managed."""
    acceptable: int
    manageable: int

    model_config = example(_RATE)


class AnswerTimes(Shape):
    """How alarms of a severity were answered."""

    severity: SeverityName
    alarms: int
    acknowledged: int
    escalated: int
    median_s: float | None
    """Seconds from calling to the acknowledgement."""
    p90_s: float | None


class Standing(Shape):
    """What stands now."""

    active: int
    unacknowledged: int
    stale: int
    """Longer than the settings say, and not held back."""
    by_design: int
    inhibited: int
    investigating: int


class HeldAlarm(Shape):
    """A machine's source that somebody holds back."""

    machine_id: UuidText
    machine_pin: str
    machine_name: str
    source_kind: SourceKindName
    source_key: str
    text: Words
    hold: Literal["shelved", "out_of_service"]
    reason: str
    since: Instant
    until: Instant | None
    by: str
    alarm_id: UuidText


class BadActor(Shape):
    """A source and what it raised."""

    source_kind: SourceKindName
    source_key: str
    text: Words
    alarms: int
    share: float
    machines: int
    chattering_points: int
    """Machines on which it chattered."""
    fleeting: int


class FalseAlarms(Shape):
    """A source, and what its wrong findings took of the seats, by verdicts (see finding-quality)."""

    source_kind: SourceKindName
    source_key: str
    text: Words
    judged: int
    wrong: int
    minutes: float


_WORDS = {"zh": "机油压力低", "en": "Low oil pressure"}
_HELD = {
    "machine_id": MACHINE_UUID,
    "machine_pin": "ECC00EX0001234567",
    "machine_name": "Crane 7",
    "source_kind": "rule",
    "source_key": "low_oil_pressure",
    "text": _WORDS,
    "hold": "shelved",
    "reason": "Sender ordered.",
    "since": AT,
    "until": AT,
    "by": "expert",
    "alarm_id": ALARM_UUID,
}
_STANDING = {"active": 12, "unacknowledged": 3, "stale": 1, "by_design": 2, "inhibited": 1, "investigating": 2}
_SOURCE = {"source_kind": "rule", "source_key": "low_oil_pressure", "text": _WORDS}
_ANSWER = {
    "severity": "critical", "alarms": 20, "acknowledged": 19, "escalated": 1, "median_s": 48.0, "p90_s": 170.0,
}  # fmt: skip


class AlarmLoad(Shape):
    """How many alarms called whoever answers them, and which are to be mended."""

    from_at: Instant
    to_at: Instant
    seats: int
    alarms: int
    """That called: neither of severity info, nor found late, nor held back, nor explained by another one."""
    ten_minutes: Rate
    hour: Rate
    day: Rate
    flood_share: float
    """Share of the ten minutes with more than 10 alarms a seat."""
    flood_share_most: float
    floods: list[AlarmFlood]
    severity_share: dict[str, float]
    """ISA-18.2 aims at 5 % high (here critical and high), 15 % medium and 80 % low."""
    answers: list[AnswerTimes]
    standing: Standing
    stale_most: int
    chattering_points: int
    """Machines and sources that chattered."""
    fleeting: int
    top: list[BadActor]
    """The ten that raised most; they should have no more than 1 to 5 % of all."""
    top_share: float
    held: list[HeldAlarm]
    """Shelved and out of service now, with since when and why; at most 200."""
    false_alarms: list[FalseAlarms]

    model_config = example(
        {
            "from_at": AT,
            "to_at": AT,
            "seats": 3,
            "alarms": 420,
            "ten_minutes": _RATE,
            "hour": _RATE | {"acceptable": 6, "manageable": 12},
            "day": _RATE | {"acceptable": 150, "manageable": 300},
            "flood_share": 0.004,
            "flood_share_most": 0.01,
            "floods": [_FLOOD],
            "severity_share": {"critical": 0.05, "high": 0.1, "medium": 0.35, "low": 0.5},
            "answers": [_ANSWER],
            "standing": _STANDING,
            "stale_most": 5,
            "chattering_points": 2,
            "fleeting": 11,
            "top": [_SOURCE | {"alarms": 40, "share": 0.095, "machines": 7, "chattering_points": 1, "fleeting": 3}],
            "top_share": 0.31,
            "held": [_HELD],
            "false_alarms": [_SOURCE | {"judged": 12, "wrong": 3, "minutes": 34.5}],
        }
    )


class AlarmSeries(Shape):
    """Alarms that called whoever answers them, stretch by stretch."""

    from_at: Instant
    to_at: Instant
    every_s: int
    """How long a stretch is, in seconds; the last one may be shorter."""
    seats: int
    acceptable: int
    """The limits of ISA-18.2 for a stretch, a seat: very likely acceptable ..."""
    manageable: int
    """... and the most that can be managed."""
    alarms: list[int]
    """Of all seats together, in the order of time."""

    model_config = example(
        {
            "from_at": AT,
            "to_at": AT,
            "every_s": 600,
            "seats": 3,
            "acceptable": 1,
            "manageable": 2,
            "alarms": [0, 2, 11, 1],
        }
    )


class AlarmSaid(Shape):
    """Something that was done with an alarm."""

    alarm_id: UuidText
    at: Instant
    kind: str
    actor: str
    detail: dict[str, Any]


class HandOver(Shape):
    """What a shift leaves to the next one."""

    from_at: Instant
    to_at: Instant
    done: dict[str, int]
    """Transitions of the shift by kind."""
    standing: Standing
    active: list[Alarm]
    """The most severe first, at most 100."""
    to_answer: list[Alarm]
    """Gone before anybody acknowledged them, or to be reset; the newest first, at most 100."""
    held: list[HeldAlarm]
    told: list[AlarmSaid]
    """Comments, verdicts, shelving, escalations, assignments of the shift, the newest first, at most 200."""

    model_config = example(
        {
            "from_at": AT,
            "to_at": AT,
            "done": {"raised": 31, "acknowledged": 28, "escalated": 1},
            "standing": _STANDING,
            "active": [],
            "to_answer": [],
            "held": [_HELD],
            "told": [
                {
                    "alarm_id": ALARM_UUID,
                    "at": AT,
                    "kind": "commented",
                    "actor": "expert",
                    "detail": {"text": "Called."},
                }
            ],
        }
    )
