"""One live stream: greeting, what was missed, then the queue until somebody ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from api.live_hub import Frame, LiveHub, Subscription, frame
from api.schemas.live import Hello, LiveEnd, LiveReset
from usecases.read_live_stream import Position

_HEARTBEAT = b": heartbeat\n\n"


async def frames(
    hub: LiveHub, subscription: Subscription, *, heartbeat_s: float, clock: Callable[[], datetime]
) -> AsyncIterator[bytes]:
    """The bytes of a stream; leaves the hub when the client does."""
    try:
        async for body in _told(hub, subscription, heartbeat_s=heartbeat_s, clock=clock):
            yield body
    finally:
        hub.unsubscribe(subscription)


async def _told(
    hub: LiveHub, subscription: Subscription, *, heartbeat_s: float, clock: Callable[[], datetime]
) -> AsyncIterator[bytes]:
    async for body in _greeting(hub, subscription, clock()):
        yield body
    place = subscription.start
    while True:
        ready_or_none = await _next(subscription, min(heartbeat_s, _left_s(subscription, clock())))
        if ready_or_none is not None:
            place = ready_or_none.position or place
            yield ready_or_none.body
            continue
        if clock() >= subscription.ends_at:
            subscription.end("expired")
        if subscription.ended is not None:
            yield _end(subscription, place)
            return
        yield _HEARTBEAT


async def _greeting(hub: LiveHub, subscription: Subscription, now: datetime) -> AsyncIterator[bytes]:
    """`hello`, and what was missed since the place to resume from; `reset` when there is no way from there."""
    resume = await hub.resumable(subscription)
    hello = Hello(at=now, resumed=resume is not None)
    yield frame("hello", hello.model_dump(), resume or subscription.start).body
    if resume is not None:
        async for page in hub.backlog(subscription, after=resume):
            for ready in page:
                yield ready.body
    elif subscription.resume is not None:
        yield frame("reset", LiveReset(at=now).model_dump(), subscription.start).body


async def _next(subscription: Subscription, timeout_s: float) -> Frame | None:
    """The next frame; None when none came in time or the stream is to end.

    A stream that is dropped for slowness does not read on from its queue: what the client has not got, it resumes.
    """
    if subscription.ended is not None:
        return None
    if not subscription.queue.empty():
        return subscription.queue.get_nowait()
    getting = asyncio.ensure_future(subscription.queue.get())
    ending = asyncio.ensure_future(subscription.over.wait())
    try:
        await asyncio.wait((getting, ending), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()
        ending.cancel()


def _left_s(subscription: Subscription, now: datetime) -> float:
    return max(0.0, (subscription.ends_at - now) / timedelta(seconds=1))


def _end(subscription: Subscription, place: Position) -> bytes:
    assert subscription.ended is not None
    data = LiveEnd(reason=subscription.ended, last_event_id=str(place))
    return frame("end", data.model_dump()).body
