"""One live stream: greeting, what was missed, then whatever the hub offers until somebody ends it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.encoding import json_bytes
from api.live_hub import LiveHub
from api.live_subscription import Subscription, frame
from api.schemas.live import Hello, LiveEnd, LiveReset

TRANSPORT: Final = "ecc.transport"
"""The connection under a request, among the scope's extensions (api/connection.py)."""
SEND_BUFFER = 128 * 1024  # bytes that the kernel holds for one client
UNHEARD_MS = 30_000  # of a client that has something to take: then its line is dead


class LiveAnswer(Response):
    """The stream as an ASGI answer that writes straight to `send`, all that waits at once."""

    media_type = "text/event-stream"

    def __init__(self, hub: LiveHub, subscription: Subscription, *, clock: Callable[[], datetime]) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._hub = hub
        self._subscription = subscription
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell until the client has gone or the stream is ended; a client that reads nothing is cut off."""
        listening = asyncio.ensure_future(self._listen(receive))
        try:
            transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT, {}).get("transport")
            if transport is not None:
                _bound(transport)
                self._subscription.cut_off = partial(_cut_off, transport)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for body in told(self._hub, self._subscription, clock=self._clock):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._hub.unsubscribe(self._subscription)
            self._subscription.close()
            listening.cancel()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._subscription.leave()


def _bound(transport: asyncio.Transport) -> None:
    """A client that does not read is found out soon, and costs little memory until then."""
    line = _open_line(transport)
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if line.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)


def _open_line(transport: asyncio.Transport) -> socket.socket | None:
    """The socket; None when the client has gone, which may be before the stream has begun."""
    line: socket.socket | None = transport.get_extra_info("socket")
    return line if line is not None and line.fileno() >= 0 else None


def _cut_off(transport: asyncio.Transport) -> None:
    """Close the line at once; what the kernel still holds for the client is thrown away."""
    line = _open_line(transport)
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def told(hub: LiveHub, subscription: Subscription, *, clock: Callable[[], datetime]) -> AsyncIterator[bytes]:
    """The bytes of a stream, in pieces that end with a frame."""
    async for body in _greeting(hub, subscription, clock()):
        yield body
    while body := await subscription.take():
        yield body
    if subscription.ended is not None:
        data = LiveEnd(reason=subscription.ended, last_event_id=str(subscription.place))
        yield frame("end", json_bytes(data.model_dump()))


async def _greeting(hub: LiveHub, subscription: Subscription, now: datetime) -> AsyncIterator[bytes]:
    """`hello`, and what was missed since the place to resume from; `reset` when there is no way from there."""
    resume = await hub.resumable(subscription)
    hello = Hello(at=now, resumed=resume is not None)
    yield frame("hello", json_bytes(hello.model_dump()), resume or subscription.start)
    if resume is not None:
        async for page in hub.backlog(subscription, after=resume):
            if page:
                yield page
    elif subscription.resume is not None:
        yield frame("reset", json_bytes(LiveReset(at=now).model_dump()), subscription.start)
