"""What every channel keeps; tests/contract/test_channels.py runs over all of them.

A channel is asked to send one message once. It never raises but CancelledError and never tries again by itself: what
came of the attempt is in its answer, with the provider's own words. The same message sent again bears the same id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Outcome = Literal["delivered", "again", "refused"]
SAID = 1000  # characters of a provider's answer that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message. `media`: as text/html."""

    name: str
    media: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be read. `id` names the notice, `attempt` counts from 1; `content` is for programs; `attachments` go
    along by e-mail, other channels leave them out."""

    id: str
    attempt: int
    subject: str
    body: str
    language: str
    severity: str
    link: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to: an e-mail address or a URL, with the secret that signs where the channel signs."""

    address: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """delivered: the provider has taken it; again: it may later; refused: it never will, as it is."""

    outcome: Outcome
    said: str


def answered(outcome: Outcome, said: str) -> Answer:
    """An answer whose words can be kept."""
    return Answer(outcome=outcome, said=said.replace("\0", "\N{REPLACEMENT CHARACTER}")[:SAID])


class Channel(Protocol):
    """One way by which notices leave."""

    @property
    def is_there(self) -> bool:
        """False when this platform is not set up for it."""

    def check(self, address: str) -> None:
        """Raise InvalidInput (`where` address) unless it may be an address of this channel. Nothing is looked up."""

    async def send(self, message: Message, place: Place) -> Answer:
        """Try once."""

    async def close(self) -> None:
        """Let go of connections."""


class Posted(Protocol):
    """What came of an HTTP request; `status` None: no answer, for the reason in `error`."""

    @property
    def status(self) -> int | None: ...  # noqa: D102 - see above

    @property
    def error(self) -> str | None: ...  # noqa: D102 - see above

    @property
    def text(self) -> str: ...  # noqa: D102 - see above


class HttpPost(Protocol):
    """Posts to addresses that others name: checked, pinned, bounded in time and size; see app/webhook_post.py."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """POST once; never raises but CancelledError."""


def by_status(posted: Posted) -> Answer:
    """What an HTTP answer means: 2xx is taken; none, 408, 425, 429 and 5xx are tried again; the rest is refused."""
    said = f"{posted.status or ''} {posted.error or ''} {posted.text}".strip()
    if posted.status is None or posted.status in (408, 425, 429) or posted.status >= 500:
        return answered("again", said)
    return answered("delivered" if 200 <= posted.status < 300 else "refused", said)
