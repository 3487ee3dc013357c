"""One open stream as the hub knows it: what waits to be written, and when it is to end."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from api.encoding import json_bytes
from api.live_limits import Holder
from storage.read_live_rights import Credential
from usecases.read_live_stream import Position, Told, Wish

EndReason = Literal["slow_client", "expired", "shutdown", "revoked"]
HEARTBEAT = b": heartbeat\n\n"
LAST_WORDS_S = 5.0  # for a client to take its `end`


def frame(event: str, data: bytes, place: Position | None = None) -> bytes:
    """One Server-Sent Event; `data` is JSON on one line."""
    identity = b"" if place is None else b"id: %b\n" % str(place).encode()
    return b"event: %b\ndata: %b\n%b\n" % (event.encode(), data, identity)


def frame_of(told: Told) -> bytes:
    """The event of an entry of the log, the same for all who may see it and see its machine now."""
    return frame(told.event, json_bytes(told.data), told.position)


@dataclass(slots=True, eq=False)
class Subscription:
    """One open stream. `start`: the place in the log from which the hub feeds it; `place`: up to where it was taken.

    The hub offers frames; the stream's own task takes all that waits at once and writes it.
    """

    wish: Wish
    credential: Credential | None
    holder: Holder | None
    start: Position
    resume: Position | None
    ends_at: datetime
    most_frames: int
    most_bytes: int
    told_at: float  # when the hub last offered anything, by the monotonic clock
    wants_snapshot: bool = False
    ended: EndReason | None = None
    cut_off: Callable[[], None] | None = None  # closes the line at once
    is_gone: bool = False
    place: Position = field(init=False)
    _offered: Position = field(init=False)
    _waiting: list[bytes] = field(default_factory=list)
    _bytes: int = 0
    _wake: "asyncio.Future[None] | None" = None
    _cutting: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.place = self._offered = self.start

    def offer(self, body: bytes, place: Position | None = None) -> bool:
        """Let a frame wait; False when too much waits already (one frame may be of any size). Wakes nobody."""
        too_many = len(self._waiting) >= self.most_frames
        if too_many or (self._waiting and self._bytes + len(body) > self.most_bytes):
            return False
        self._waiting.append(body)
        self._bytes += len(body)
        if place is not None:
            self._offered = place
        return True

    @property
    def is_waiting(self) -> bool:
        """True when nothing waits to be written, so that the stream waits for the hub."""
        return not self._waiting

    def is_behind(self, place: Position) -> bool:
        """True when the last id it was offered is older than this place."""
        return self._offered < place

    def wake(self) -> None:
        """Let the stream's task go on."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def end(self, reason: EndReason) -> None:
        """Let the stream finish with an `end` frame; what waits is not written, its client resumes.

        The line of a client that does not read that within LAST_WORDS_S is cut off.
        """
        if self.ended is None:
            self.ended = reason
            if self.cut_off is not None:
                self._cutting = asyncio.get_running_loop().call_later(LAST_WORDS_S, self.cut_off)
        self.wake()

    def close(self) -> None:
        """The stream is written to its end, or its client has gone."""
        if self._cutting is not None:
            self._cutting.cancel()

    def leave(self) -> None:
        """The client has gone."""
        self.is_gone = True
        self.wake()

    async def take(self) -> bytes:
        """All that waits, joined; waits for something. Empty when the stream is to end or its client has gone."""
        while not self._waiting and self.ended is None and not self.is_gone:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
            self._wake = None
        if self.ended is not None or self.is_gone:
            return b""
        body = b"".join(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting, self._bytes, self.place = [], 0, self._offered
        return body


@dataclass(slots=True, eq=False)
class Channel:
    """Subscribers with one and the same wish: they get the same bytes."""

    wish: Wish
    subscribers: set[Subscription] = field(default_factory=set)

    def newcomers(self) -> Iterable[Subscription]:
        """Those who have not had their snapshot."""
        return [subscription for subscription in self.subscribers if subscription.wants_snapshot]
