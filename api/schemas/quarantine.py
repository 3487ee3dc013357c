"""What was refused and waits, and replays of it."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.shape import AT, Instant, Shape, UuidText, example

QUARANTINE_UUID = "0198f3c0-11d0-7a52-8c3e-5f0c9d2b7e63"
QuarantineReasonName = Literal[
    "malformed_json",
    "schema",
    "bad_gzip",
    "too_large",
    "bad_topic",
    "bad_time",
    "bad_frame",
    "unknown_terminal",
    "not_installed",
    "clock_past",
    "clock_future",
    "no_signals",
    "refused_by_database",
]
QuarantinePart = Literal["message", "events", "row"]
PayloadForm = Literal["json", "text", "hex"]
QuarantineReplayState = Literal["queued", "running", "done", "failed"]
QuarantineReplayFailure = Literal["broker_away", "broker_refused", "nobody_listens", "not_found", "lost"]
_ENTRY: dict[str, Any] = {
    "id": QUARANTINE_UUID,
    "terminal": "TERM-17",
    "boot": "b1",
    "seq": 4711,
    "part": "message",
    "row": None,
    "reason": "unknown_terminal",
    "detail": "no terminal of this name is registered",
    "topic": "ecc/v1/TERM-17/telemetry",
    "payload_bytes": 128,
    "received_at": AT,
    "replayed_at": None,
}
_REPLAY: dict[str, Any] = {
    "id": 12,
    "ids": None,
    "reason": "clock_future",
    "terminal": "TERM-17",
    "again": False,
    "offset_ms": -28800000,
    "state": "done",
    "progress_ratio": 1.0,
    "messages": 40,
    "sent": 40,
    "entries": 41,
    "kept": 39,
    "refused_again": {"clock_future": 1},
    "without_sign": 0,
    "unknown": 0,
    "not_sendable": [],
    "failure": None,
    "asked_at": AT,
    "asked_by": "chief",
    "started_at": AT,
    "finished_at": AT,
}


class QuarantineEntry(Shape):
    """A message, or a row of one, that was refused and is kept."""

    id: UuidText
    terminal: str | None
    """The terminal that the topic names; null where it names none."""
    boot: str | None
    seq: int | None
    """Its place in the power cycle; null with `boot` when the message names none."""
    part: QuarantinePart
    """What of the message was refused: all of it, its events, or one row."""
    row: int | None
    reason: QuarantineReasonName
    detail: str
    topic: str
    payload_bytes: int
    received_at: Instant
    replayed_at: Instant | None
    """When it was last sent again; null while it waits."""

    model_config = example(_ENTRY)


class QuarantinedPayload(QuarantineEntry):
    """An entry with the message as it came, made readable."""

    payload: str
    """Indented JSON, text, or a hex dump (offset, 16 bytes, the printable ASCII among them); at most 64 KiB of it."""
    payload_form: PayloadForm
    is_gzip: bool
    """True when it came zipped; `payload` shows it unzipped."""
    is_cut: bool

    model_config = example(
        _ENTRY | {"payload": '{"boot": "b1", "seq": 4711}', "payload_form": "json", "is_gzip": False, "is_cut": False}
    )


class QuarantinePage(Shape):
    """A page of what was refused, newest first."""

    items: list[QuarantineEntry]
    next_cursor: str | None


class QuarantineReasonCount(Shape):
    """How many entries wait for one reason."""

    reason: QuarantineReasonName
    waiting: int
    oldest_at: Instant
    newest_at: Instant

    model_config = example({"reason": "unknown_terminal", "waiting": 31, "oldest_at": AT, "newest_at": AT})


class QuarantineReasonCounts(Shape):
    """How much waits for which reason, the most first."""

    items: list[QuarantineReasonCount]


class NewQuarantineReplay(Input):
    """What is to be sent again: `ids`, or by `reason` and `terminal`, or `everything` that waits."""

    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=1000)
    reason: QuarantineReasonName | None = None
    terminal: str | None = Field(default=None, min_length=1, max_length=200)
    everything: bool = False
    again: bool = False
    """Also what was sent again before."""
    offset: str = Field(default="0s", min_length=1, max_length=20, examples=["-8h"])
    """Added to every time of what was refused: `8h`, `-90min`, `30s`, `250ms`. Not with `everything`."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "unknown_terminal"}})


class QuarantineReplay(Shape):
    """One replay; numbers are of messages but for `entries`."""

    id: int
    ids: list[UuidText] | None
    reason: QuarantineReasonName | None
    terminal: str | None
    again: bool
    offset_ms: int
    state: QuarantineReplayState
    progress_ratio: float
    """0 to 1; one half is sending, the other until it is known what became of each."""
    messages: int
    sent: int
    entries: int
    kept: int
    refused_again: dict[QuarantineReasonName, int]
    """These wait in quarantine as before, with the reason of this time."""
    without_sign: int
    """They name no place in a power cycle, so nothing tells that they are kept; none of them was refused again."""
    unknown: int
    """Not committed within half a minute; the broker keeps them for the gateway."""
    not_sendable: list[UuidText]
    """Entries that cannot be changed as asked, at most 100: their payload is no JSON of the contract."""
    failure: QuarantineReplayFailure | None
    asked_at: Instant
    asked_by: str
    started_at: Instant | None
    finished_at: Instant | None

    model_config = example(_REPLAY)


class QuarantineReplayPage(Shape):
    """A page of replays, newest first."""

    items: list[QuarantineReplay]
    next_cursor: str | None
