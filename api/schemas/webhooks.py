"""Webhooks: where events are sent, signed, and what became of it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.bodies import Absent, At, NotNull, left_out
from api.schemas.live import EventKinds, MachineKinds
from api.schemas.shape import AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, example
from usecases.read_live_filter import MOST_NAMED

WEBHOOK_UUID = "0198f3a4-77c0-7b21-9d43-6a1b2c3d4e5f"
Place = Annotated[str, Field(max_length=64, pattern=r"^\d{1,18}-\d{1,19}$", examples=["731-42"])]
Severities = Annotated[list[SeverityName], Field(max_length=5)]
Machines = Annotated[
    list[Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]], Field(max_length=MOST_NAMED)
]
Uuids = Annotated[list[UUID], Field(max_length=MOST_NAMED)]
Url = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://example.com/ecc"])]
Description = Annotated[str, Field(max_length=500)]
StateName = Literal["active", "retrying", "paused", "off"]
PauseReason = Literal["failing", "gone", "client_ended", "person_inactive"]
_WEBHOOK: dict[str, Any] = {
    "id": WEBHOOK_UUID,
    "organisation_id": "0198f3a2-0000-7000-8000-000000000001",
    "url": "https://example.com/ecc",
    "description": "Workshop planning",
    "kinds": ["alarm.*"],
    "severities": ["critical", "high"],
    "machines": [MACHINE_UUID],
    "sites": [],
    "models": [],
    "machine_kinds": [],
    "organisations": [],
    "active": True,
    "state": "active",
    "paused_at": None,
    "paused_reason": None,
    "failed_in_a_row": 0,
    "next_attempt_at": None,
    "cursor": "731-42",
    "old_secret_until": None,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class NewWebhook(Input):
    """A webhook to be made. Conditions are as those of the live stream: empty is none."""

    url: Url
    organisation_id: UUID | None = None
    """Whose webhook it is; your own organisation's when left out."""
    description: Description = ""
    kinds: EventKinds = Field(default_factory=list)
    """Kinds of events; one that ends in `.*` stands for all that begin so."""
    severities: Severities = Field(default_factory=list)
    machines: Machines = Field(default_factory=list)
    """Ids, or `pin:...`, `serial:...`, `equipment:...`."""
    sites: Uuids = Field(default_factory=list)
    models: Uuids = Field(default_factory=list)
    machine_kinds: MachineKinds = Field(default_factory=list)
    organisations: Uuids = Field(default_factory=list)
    active: bool = True

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "https://example.com/ecc", "kinds": ["alarm.*"], "severities": ["critical"]}
        }
    )


class WebhookChange(Input):
    """What is to change of a webhook. `active: true` ends a pause as well."""

    url: Annotated[Url | Absent, NotNull] = left_out()
    description: Annotated[Description | Absent, NotNull] = left_out()
    kinds: Annotated[EventKinds | Absent, NotNull] = left_out()
    severities: Annotated[Severities | Absent, NotNull] = left_out()
    machines: Annotated[Machines | Absent, NotNull] = left_out()
    sites: Annotated[Uuids | Absent, NotNull] = left_out()
    models: Annotated[Uuids | Absent, NotNull] = left_out()
    machine_kinds: Annotated[MachineKinds | Absent, NotNull] = left_out()
    organisations: Annotated[Uuids | Absent, NotNull] = left_out()
    active: Annotated[bool | Absent, NotNull] = left_out()

    model_config = ConfigDict(json_schema_extra={"example": {"active": True}})


class Webhook(Shape):
    """Where events are sent. What the caller does not see any more is left out of the conditions."""

    id: UuidText
    organisation_id: UuidText
    url: str
    description: str
    kinds: list[str]
    severities: list[SeverityName]
    machines: list[UuidText]
    sites: list[UuidText]
    models: list[UuidText]
    machine_kinds: list[str]
    organisations: list[UuidText]
    active: bool
    state: StateName
    """`retrying`: the event behind the cursor failed and is sent again; `paused`: see `paused_reason`; set `active`."""
    paused_at: Instant | None
    paused_reason: PauseReason | None
    """`failing`: five events in a row were given up; `gone`: the receiver said 410; `client_ended`: the client that
    made it is revoked, has expired or may not read any more; `person_inactive`: whoever made it is not active now."""
    failed_in_a_row: int
    """Events given up since one was delivered."""
    next_attempt_at: Instant | None
    cursor: str
    """The place in the event log up to which everything is delivered, given up or not for this webhook."""
    old_secret_until: Instant | None
    """Until when what is sent carries a second signature, by the secret before."""
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_WEBHOOK)


class WebhookWithSecret(Webhook):
    """A webhook with its secret, which no other answer shows."""

    secret: str
    """Signs what is sent; see docs/live-and-webhooks.md."""

    model_config = example(_WEBHOOK | {"secret": "whsec_..."})


class WebhookPage(Shape):
    """A page of webhooks."""

    items: list[Webhook]
    next_cursor: str | None


class Rotation(Input):
    """How long the secret so far goes on signing beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=720)

    model_config = ConfigDict(json_schema_extra={"example": {"overlap_hours": 24}})


class Replay(Input):
    """From where to send again: behind a place of the event log, or from a time on."""

    from_: Annotated[Place | At, Field(alias="from", union_mode="left_to_right")]

    model_config = ConfigDict(json_schema_extra={"example": {"from": "731-42"}})


class TestAsked(Shape):
    """A test event is on its way."""

    event: str
    """Its id, in the delivery log and in the header ECC-Event-Id."""

    model_config = example({"event": f"test-{WEBHOOK_UUID}"})


class Delivery(Shape):
    """One attempt to deliver an event."""

    delivery_id: int
    event: str
    """The event's place in the log, or `test-...`."""
    kind: str
    attempt: int
    at: Instant
    outcome: Literal["delivered", "retrying", "failed"]
    status: int | None
    """The HTTP status of the answer; null when none came."""
    error: str | None
    latency_ms: int
    answer: str
    """The first 1,000 characters of the answer's body."""

    model_config = example(
        {
            "delivery_id": 17,
            "event": "731-42",
            "kind": "alarm.raised",
            "attempt": 1,
            "at": AT,
            "outcome": "delivered",
            "status": 200,
            "error": None,
            "latency_ms": 84,
            "answer": "ok",
        }
    )


class DeliveryPage(Shape):
    """A page of the delivery log, newest first."""

    items: list[Delivery]
    next_cursor: str | None
