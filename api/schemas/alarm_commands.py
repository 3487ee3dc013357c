"""What people tell an alarm, and what was told of it."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.bodies import At
from api.schemas.shape import AT, Instant, SeverityName, Shape, UuidText, example

PERSON_UUID = "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b"
_REASON = "Sender ordered; the reading is known to be wrong."


class Shelving(Input):
    """Until when, and why."""

    until: At
    """At most seven days ahead."""
    reason: str = Field(min_length=1, max_length=500)

    model_config = ConfigDict(json_schema_extra={"example": {"until": "2026-11-21T18:00:00Z", "reason": _REASON}})


class OutOfService(Input):
    """Why."""

    reason: str = Field(min_length=1, max_length=500)

    model_config = ConfigDict(json_schema_extra={"example": {"reason": _REASON}})


class Comment(Input):
    """What is to be kept with the alarm."""

    text: str = Field(min_length=1, max_length=2000)

    model_config = ConfigDict(json_schema_extra={"example": {"text": "The owner checks the dipstick."}})


class Assignment(Input):
    """Whose alarm it is."""

    to: UUID | None
    """The person; null: nobody's."""
    instead_of: UUID | None = None
    """Whose it is now; without this member it must be nobody's, so that of two who take it at once one is told."""

    model_config = ConfigDict(json_schema_extra={"example": {"to": PERSON_UUID}})


class Investigation(Input):
    """Whether somebody looks into it."""

    begins: bool = True
    """False: nobody does any more."""

    model_config = ConfigDict(json_schema_extra={"example": {"begins": True}})


NoticeState = Literal["collecting", "queued", "sending", "sent", "dead"]
_TOLD = {
    "to": "owner",
    "channel": "email",
    "language": "zh",
    "transition": "raised",
    "severity": "critical",
    "state": "sent",
    "subject": "机油压力低：Excavator 7",
    "body": "请立即停机并检查机油油位。",
    "made_at": AT,
    "ended_at": AT,
    "answer": "250 2.0.0 Ok: queued",
}


class ToldNotice(Shape):
    """A notice that told somebody of this alarm."""

    to: str | None
    """Login; null for people whom the caller does not see."""
    channel: str
    language: str
    transition: str
    severity: SeverityName
    state: NoticeState
    subject: str
    """Empty until it is sent."""
    body: str
    made_at: Instant
    ended_at: Instant | None
    answer: str | None
    """What the provider said last."""

    model_config = example(_TOLD)


class ToldNotices(Shape):
    """What was told of an alarm, the newest first, at most 200."""

    items: list[ToldNotice]

    model_config = example({"items": [_TOLD]})


GroupBy = Literal["machine", "site", "cascade", "source"]
_GROUP = {
    "key": "0198f3a1-0000-7000-8000-000000000007",
    "name": "Excavator 7",
    "alarms": 4,
    "unacknowledged": 3,
    "held_back": 0,
    "severity": "critical",
    "first_out": "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44",
    "first_at": AT,
    "last_at": AT,
}


class AlarmGroup(Shape):
    """Alarms that wait for an answer and belong together."""

    key: str
    """Id of the machine or site, of the alarm that explains the others, or kind and key of the source."""
    name: str
    alarms: int
    unacknowledged: int
    held_back: int
    severity: SeverityName
    """Of the worst."""
    first_out: UuidText
    """The alarm that came first."""
    first_at: Instant
    last_at: Instant

    model_config = example(_GROUP)


class AlarmGroups(Shape):
    """The worst groups first, at most as many as asked for."""

    by: GroupBy
    groups: int
    """How many there are."""
    alarms: int
    items: list[AlarmGroup]

    model_config = example({"by": "machine", "groups": 1, "alarms": 4, "items": [_GROUP]})
