"""Notices: how somebody is told, what was sent, and the texts."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input, Language
from api.schemas.bodies import Absent, At, NotNull, left_out
from api.schemas.people import PERSON_UUID
from api.schemas.shape import ALARM_UUID, AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, example
from api.schemas.sites import TimeOfDay

NOTICE_UUID = "0198f3c0-11d0-7a52-8c3e-5f0c9d2b7e71"
ADDRESS_UUID = "0198f3c0-11d0-7a52-8c3e-5f0c9d2b7e72"
ChannelName = Literal["email", "webhook", "dingtalk", "wecom", "feishu", "apprise"]
NoticeState = Literal["collecting", "queued", "sending", "sent", "dead"]
DigestName = Literal["off", "hourly", "daily"]
NoticeKind = Literal["alarm", "reminder", "collected", "test", "code", "report", "help"]
NoticeReason = Literal["quiet_hours", "digest", "rate_limit", "rate_limit_critical", "service", "chattering"]
NoticeOutcome = Literal["delivered", "retrying", "refused", "given_up", "interrupted"]
TemplateKeyName = Literal["alarm", "collected", "reminder", "services", "test", "code", "report", "help"]
Severities = Annotated[list[SeverityName], Field(max_length=5)]
_PREFERENCE: dict[str, Any] = {
    "channels": {"email": ["critical", "high"], "wecom": ["critical"]},
    "quiet_from": "22:00",
    "quiet_to": "06:00",
    "through_quiet": ["critical"],
    "digest": "daily",
    "digest_severities": ["medium", "low"],
    "digest_at": "08:00",
    "most_per_hour": 30,
    "cleared": True,
    "services": True,
}
_ADDRESS = {
    "id": ADDRESS_UUID,
    "channel": "email",
    "address": "wang.li@example.com",
    "verified": False,
    "created_at": AT,
    "signing_secret": None,
}
_NOTICE = {
    "id": NOTICE_UUID,
    "person_id": PERSON_UUID,
    "login": "wang.li",
    "channel": "email",
    "kind": "alarm",
    "reason": None,
    "severity": "critical",
    "language": "zh",
    "alarm_id": ALARM_UUID,
    "subject": "【紧急】1 号挖掘机：机油压力低",
    "body": "王丽，您好：……",
    "state": "sent",
    "made_at": AT,
    "due_at": AT,
    "ended_at": AT,
    "attempts": 1,
    "answer": "250 2.0.0 OK",
}
_TEMPLATE = {
    "key": "test",
    "language": "en",
    "subject": "A test message",
    "body": "Hello {person}, this is the test.",
    "is_shipped": True,
    "placeholders": ["channel", "person", "sent_at"],
    "made_at": None,
    "made_by": None,
    "version": 0,
}


class NoticePreference(Shape):
    """How somebody is told."""

    channels: dict[str, list[SeverityName]]
    """By each channel the severities that are told by it."""
    quiet_from: str | None
    """On the person's own clocks; what comes until `quiet_to` is told in one message then."""
    quiet_to: str | None
    through_quiet: list[SeverityName]
    """What is told in quiet hours all the same."""
    digest: DigestName
    digest_severities: list[SeverityName]
    """What is told in the digest only."""
    digest_at: str
    """When the daily digest is sent, on the person's own clocks."""
    most_per_hour: int
    """Single messages an hour by one channel; those beyond are told in one. 0: any number."""
    cleared: bool
    """Whether the end of an alarm is told."""
    services: bool
    """Whether services that come near, are due or overdue are told, by every channel named above."""
    version: int

    model_config = example(_PREFERENCE | {"version": 1})


class NoticePreferenceChange(Input):
    """What is to change; members that are left out stay."""

    channels: Annotated[dict[ChannelName, Severities] | Absent, NotNull] = left_out(max_length=6)
    quiet_from: TimeOfDay | None = None
    quiet_to: TimeOfDay | None = None
    through_quiet: Annotated[Severities | Absent, NotNull] = left_out()
    digest: Annotated[DigestName | Absent, NotNull] = left_out()
    digest_severities: Annotated[Severities | Absent, NotNull] = left_out()
    digest_at: Annotated[TimeOfDay | Absent, NotNull] = left_out()
    most_per_hour: Annotated[int | Absent, NotNull] = left_out(ge=0, le=10_000)
    cleared: Annotated[bool | Absent, NotNull] = left_out()
    services: Annotated[bool | Absent, NotNull] = left_out()

    model_config = ConfigDict(json_schema_extra={"example": {"cleared": False, "most_per_hour": 10}})


class NoticeAddress(Shape):
    """Where somebody is reached by a channel. An e-mail in the person's own record counts without being here."""

    id: UuidText
    channel: ChannelName
    address: str
    verified: bool
    """Notices go there only when it is; beside it there may be one of the same channel that waits for its code."""
    created_at: Instant
    signing_secret: str | None
    """Of a webhook, in the answer that made it and nowhere else."""

    model_config = example(_ADDRESS)


class NoticeAddressPage(Shape):
    """All addresses of one person."""

    items: list[NoticeAddress]
    next_cursor: str | None

    model_config = example({"items": [_ADDRESS], "next_cursor": None})


class NewNoticeAddress(Input):
    """An address that takes the place of the channel's so far once its code is entered."""

    channel: ChannelName
    address: str = Field(min_length=1, max_length=2000, pattern=r"^[!-~]+$")
    """An e-mail address; the URL of a webhook or a group's robot; a URL of apprise (`tgram://...`)."""
    secret: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"^[!-~]+$")
    """With which a robot of DingTalk or Feishu wants messages signed."""

    model_config = ConfigDict(json_schema_extra={"example": {"channel": "email", "address": "wang.li@example.com"}})


class NoticeCode(Input):
    """The code that was sent to an address."""

    code: str = Field(pattern=r"^[0-9]{6}$")

    model_config = ConfigDict(json_schema_extra={"example": {"code": "123456"}})


class NoticeTest(Input):
    """By which channel to send a test."""

    channel: ChannelName

    model_config = ConfigDict(json_schema_extra={"example": {"channel": "email"}})


class NoticeAsked(Shape):
    """The notice that is on its way."""

    notice_id: UuidText

    model_config = example({"notice_id": NOTICE_UUID})


class NoticeMute(Shape):
    """A machine of which somebody is told nothing."""

    machine_id: UuidText
    name: str
    until: Instant | None
    """null: until it is ended."""


_MUTE = {"machine_id": MACHINE_UUID, "name": "Excavator 1", "until": AT}


class NoticeMutePage(Shape):
    """The machines that one person has muted."""

    items: list[NoticeMute]
    next_cursor: str | None

    model_config = example({"items": [_MUTE], "next_cursor": None})


class NewNoticeMute(Input):
    """Which machine to be told nothing of, and until when."""

    machine: UUID
    until: At | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"machine": MACHINE_UUID, "until": "2027-11-21T10:00:00Z"}})


class Notice(Shape):
    """One message to one person by one channel."""

    id: UuidText
    person_id: UuidText
    login: str
    channel: str
    kind: NoticeKind
    reason: NoticeReason | None
    """Why several are in one."""
    severity: SeverityName
    language: Language
    alarm_id: UuidText | None
    subject: str
    body: str
    """As it was sent, links without their tokens; empty until then."""
    state: NoticeState
    """`collecting`: more may join it until `due_at`; `dead`: given up after a day, or refused for good."""
    made_at: Instant
    due_at: Instant
    ended_at: Instant | None
    attempts: int
    answer: str | None
    """What the provider said last."""

    model_config = example(_NOTICE)


class NoticePage(Shape):
    """A page of notices, newest first."""

    items: list[Notice]
    next_cursor: str | None

    model_config = example({"items": [_NOTICE], "next_cursor": None})


class NoticeAttempt(Shape):
    """What became of an attempt; equal failures one after the other are one entry."""

    attempt: int
    first_at: Instant
    at: Instant
    times: int
    outcome: NoticeOutcome
    """`interrupted`: the sender died before it knew; the notice was sent once more with the same id."""
    answer: str
    latency_ms: int | None


_ATTEMPT = {
    "attempt": 1,
    "first_at": AT,
    "at": AT,
    "times": 1,
    "outcome": "delivered",
    "answer": "250 2.0.0 OK",
    "latency_ms": 40,
}


class NoticeAttemptPage(Shape):
    """The log of one notice, newest first."""

    items: list[NoticeAttempt]
    next_cursor: str | None

    model_config = example({"items": [_ATTEMPT], "next_cursor": None})


class NoticeQueueEntry(Shape):
    """How many notices wait, or are dead."""

    state: NoticeState
    severity: SeverityName
    channel: str
    notices: int
    late_s: float
    """Since when the oldest of them is due."""


_QUEUED = {"state": "queued", "severity": "critical", "channel": "email", "notices": 3, "late_s": 0.4}


class NoticeQueue(Shape):
    """What waits, and what is dead, by state, severity and channel."""

    items: list[NoticeQueueEntry]
    next_cursor: str | None

    model_config = example({"items": [_QUEUED], "next_cursor": None})


class NoticeTemplate(Shape):
    """A text of notices, as it is in force."""

    key: TemplateKeyName
    language: Language
    subject: str
    body: str
    is_shipped: bool
    """True for the text that comes with the platform."""
    placeholders: list[str]
    """What may stand in braces in it."""
    made_at: Instant | None
    made_by: str | None
    version: int
    """0: nobody has written one."""

    model_config = example(_TEMPLATE)


class NoticeTemplatePage(Shape):
    """All texts."""

    items: list[NoticeTemplate]
    next_cursor: str | None

    model_config = example({"items": [_TEMPLATE], "next_cursor": None})


class NoticeText(Input):
    """A text with placeholders in braces (`{machine}`); `{{` is a brace. An empty body: the text that ships."""

    subject: str = Field(max_length=300)
    body: str = Field(max_length=20_000)

    model_config = ConfigDict(
        json_schema_extra={"example": {"subject": "A test", "body": "Hello {person}, this came by {channel}."}}
    )


class NoticePreview(Shape):
    """A text as a reader would see it."""

    subject: str
    body: str

    model_config = example({"subject": "A test", "body": "Hello Wang Li, this came by email."})
