"""What the live stream carries, by event name."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.alarms import Alarm, Transition
from api.schemas.machines import LastValue
from api.schemas.shape import Instant, SeverityName, Shape, UuidText

EventKind = Annotated[str, Field(max_length=64, pattern=r"^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?)$")]
EventKinds = Annotated[list[EventKind], Field(max_length=50, examples=[["alarm.*"]])]
"""Kinds of the event log; a kind that ends in `.*` stands for all that begin so."""
MachineKinds = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=50, examples=[["excavator"]])
]


class Hello(Shape):
    """`hello`: sent at once; its id is the place to resume from."""

    at: Instant
    resumed: bool
    """True when the stream goes on from the Last-Event-ID that was given."""


class LiveMachine(Shape):
    """One machine of `machines`: sent when anything of it changed, at most once a second."""

    id: UuidText
    name: str
    kind: str
    online: bool | None
    """null: nothing was heard of it in the time that is the caller's to see."""
    work_state: str | None
    measured_at: Instant | None
    latitude_deg: float | None
    longitude_deg: float | None
    is_coarse: bool
    """True: the place is rounded to 0.1 degree."""
    severity: SeverityName | None
    open_alarms: int
    signals: dict[str, LastValue]
    """The signals asked for with `signals`."""


class LiveMachines(Shape):
    """`machines`: first all that the caller sees, then those that changed since the last tick. Without an id."""

    at: Instant
    snapshot: bool
    items: list[LiveMachine]
    gone: list[UuidText]
    """Machines that the caller sees no more (sold, a share that has ended); those in `items` come first."""


class LiveAlarm(Shape):
    """`alarm`: a transition, with the alarm as it is now. Its id resumes the stream."""

    transition: Transition
    alarm: Alarm


class LiveEntry(Shape):
    """`entry`: any other entry of the event log. Its id resumes the stream."""

    kind: str
    at: Instant
    machine_id: UuidText | None
    payload: dict[str, Any]


class LiveEnd(Shape):
    """`end`: the server closes the stream; connect again with `last_event_id`."""

    reason: Literal["slow_client", "expired", "shutdown", "revoked"]
    last_event_id: str


class LivePlace(Shape):
    """`place`: entries went by that are not yours; its id is the place to resume from."""

    at: Instant


class LiveReset(Shape):
    """`reset`: the Last-Event-ID is unknown or too old; read the lists again, the stream goes on from now."""

    at: Instant


class LiveFrame(Shape):
    """The shapes of `data`, by the `event` that carries them (documentation of the stream)."""

    hello: Hello | None = None
    machines: LiveMachines | None = None
    alarm: LiveAlarm | None = None
    entry: LiveEntry | None = None
    place: LivePlace | None = None
    end: LiveEnd | None = None
    reset: LiveReset | None = None
