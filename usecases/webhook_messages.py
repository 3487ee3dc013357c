"""What is sent to a webhook: the event as the live stream tells it, signed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.sight import Scope
from storage.webhook_sending import Endpoint
from usecases.event_log_kinds import TEST_KIND
from usecases.read_live_filter import LiveFilter
from usecases.read_live_stream import LiveEntry, Page, Position, Told, Wish, told_after
from usecases.webhook_signing import signature

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event for one webhook. `place` is None for a test."""

    event: str
    kind: str
    place: Position | None
    body: bytes

    def headers(self, endpoint: Endpoint, now: datetime) -> dict[str, str]:
        """The headers that go with it, signed now with every secret in force."""
        return {
            "Content-Type": "application/json",
            "User-Agent": "ECC-Telematics-Webhook/1",
            "ECC-Webhook-Id": str(endpoint.public_id),
            "ECC-Event-Id": self.event,
            "ECC-Event-Kind": self.kind,
            "ECC-Signature": signature(endpoint.secrets, int(now.timestamp()), self.body),
        }


def wish_of(endpoint: Endpoint) -> Wish:
    """What a webhook is sent: what its organisation may see when it happens, cut to its conditions."""
    return Wish(
        scope=Scope(organisation_id=endpoint.organisation_id, sees_all=endpoint.sees_all),
        filter=LiveFilter(
            kinds=frozenset(endpoint.kinds),
            severities=frozenset(endpoint.severities),
            machines=frozenset(endpoint.machine_ids),
            sites=frozenset(endpoint.site_ids),
            models=frozenset(endpoint.model_ids),
            machine_kinds=frozenset(endpoint.machine_kinds),
            organisations=frozenset(endpoint.organisation_ids),
        ),
        states=False,
    )


async def events_for(
    conn: Connection, endpoint: Endpoint, after: Position, *, catalogue: Catalogue, now: datetime
) -> Page:
    """The next page of the event log behind `after`, of which only the webhook's own events are left."""
    return await told_after(conn, after, catalogue=catalogue, wish=wish_of(endpoint), now=now)


def message_of(endpoint: Endpoint, told: Told) -> Message:
    """An event of the log as this webhook is sent it."""
    kind = told.subject.kind or "unknown"
    return Message(event=told.position.numbers, kind=kind, place=told.position, body=_body(endpoint, kind, told))


def _body(endpoint: Endpoint, kind: str, told: Told) -> bytes:
    content = {
        "id": told.position.numbers,
        "kind": kind,
        "at": told.at,
        "webhook_id": str(endpoint.public_id),
        "event": told.event,
        "data": told.data,
    }
    return _encoder.encode(content)


def test_message(endpoint: Endpoint, test_id: UUID, now: datetime) -> Message:
    """A test event, which stands in no log."""
    event = f"test-{test_id}"
    data = LiveEntry(kind=TEST_KIND, at=now, machine_id=None, payload={})
    content = {
        "id": event,
        "kind": TEST_KIND,
        "at": now,
        "webhook_id": str(endpoint.public_id),
        "event": "entry",
        "data": data,
    }
    return Message(event=event, kind=TEST_KIND, place=None, body=_encoder.encode(content))
