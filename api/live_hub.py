"""The live hub: one reader of the database in this process, whose findings are handed to the streams they concern."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from api.catalogue import CatalogueHolder
from api.encoding import json_bytes
from api.live_limits import Holder, StreamLimits
from api.live_machines import MachineTicks
from api.live_subscription import HEARTBEAT, Channel, Subscription, frame, frame_of
from api.metrics import Metrics
from api.settings import ApiSettings
from fleet.errors import EccError
from storage.fleet_changes import current_stand
from storage.read_live_rights import Credential, find_worn
from storage.read_pool import Connection, DatabaseUnavailable, ReadPool
from usecases.read_live_filter import FilterIndex
from usecases.read_live_stream import Position, Told, Wish, can_resume, last_place, told_after

RIGHTS_EVERY_S = 4.0
PLACE_EVERY_S = 10.0  # to those past whom entries went that are not theirs: where to resume from
_SWEEP_EVERY_S = 0.25
_BACK_OFF_S = 1.0
_READY_WITHIN_S = 5.0


class LiveHub:
    """Reads the event log and the machines' states for all subscribers of this process.

    Subscribers with equal wishes share a channel; an index finds the channels that an entry concerns. What a tick has
    read is handed out without awaiting in between, so a subscription begins exactly where the hub stood: nothing twice,
    nothing missing. Each stream is woken once a tick, with all that it gets.
    """

    def __init__(self, pool: ReadPool, settings: ApiSettings, metrics: Metrics, *, catalogue: CatalogueHolder) -> None:
        self._pool = pool
        self._settings = settings
        self._metrics = metrics
        self._catalogue = catalogue
        self._channels: dict[Wish, Channel] = {}
        self._index: FilterIndex[Channel] = FilterIndex()
        self._subscriptions: set[Subscription] = set()
        self._ready_to_write: set[Subscription] = set()
        self._position: Position | None = None
        self._server: str | None = None  # whose log the position is in
        self._machines = MachineTicks(catalogue)
        self._limits = StreamLimits(settings)
        self._rights_at = self._swept_at = self._placed_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._stopping.set()
        if self._task is not None:
            await self._task

    def close(self) -> None:
        """End every stream; clients connect again elsewhere or later."""
        for subscription in self._subscriptions:
            subscription.end("shutdown")

    @property
    def is_reading(self) -> bool:
        """True while the hub's reader runs."""
        return self._task is not None and not self._task.done()

    async def ready(self) -> None:
        """Wait until the hub has found the log's end, some seconds after the start at most."""
        if self._position is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ready.wait(), _READY_WITHIN_S)

    def subscribe(
        self,
        wish: Wish,
        *,
        resume: Position | None,
        ends_at: datetime,
        credential: Credential | None = None,
        holder: Holder | None = None,
    ) -> Subscription:
        """A new subscriber, heard of from here on.

        Raises DatabaseUnavailable while the hub has not found the log's end yet, or is full, and TooManyStreams when
        the holder has as many as it may.
        """
        if self._position is None or len(self._subscriptions) >= self._settings.live_max_subscribers:
            raise DatabaseUnavailable("live_stream_full")
        if holder is not None:
            self._limits.take(holder)
        subscription = Subscription(
            wish=wish,
            credential=credential,
            holder=holder,
            start=self._position,
            resume=resume,
            ends_at=ends_at,
            most_frames=self._settings.live_queue,
            most_bytes=self._settings.live_queue_bytes,
            told_at=time.monotonic(),
            wants_snapshot=wish.states,
        )
        channel = self._channels.get(wish)
        if channel is None:
            channel = self._channels[wish] = Channel(wish)
            self._index.add(channel, wish.scope, wish.filter)
            if wish.states:
                self._machines.add(channel)
        channel.subscribers.add(subscription)
        self._subscriptions.add(subscription)
        self._metrics.subscribers.set(len(self._subscriptions))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscriber, if it is not forgotten yet."""
        if subscription not in self._subscriptions:
            return
        self._subscriptions.discard(subscription)
        if subscription.holder is not None:
            self._limits.give_back(subscription.holder)
        self._metrics.subscribers.set(len(self._subscriptions))
        channel = self._channels.get(subscription.wish)
        if channel is None:
            return
        channel.subscribers.discard(subscription)
        if not channel.subscribers:
            del self._channels[channel.wish]
            self._index.discard(channel, channel.wish.scope, channel.wish.filter)
            self._machines.discard(channel)

    async def resumable(self, subscription: Subscription) -> Position | None:
        """The place that the subscriber asked to resume from.

        None when it asked for none, or when there is no way from there: then it must read the lists again.
        """
        if subscription.resume is None:
            return None
        async with self._pool.platform() as conn:
            possible = await can_resume(conn, subscription.resume, until=subscription.start)
        return subscription.resume if possible else None

    async def backlog(self, subscription: Subscription, *, after: Position) -> AsyncIterator[bytes]:
        """Frames between a place that can be resumed from and the subscription's start, a page at a time."""
        while after < subscription.start:
            async with self._pool.platform() as conn:
                page = await told_after(
                    conn,
                    after,
                    catalogue=self._catalogue.current,
                    wish=subscription.wish,
                    now=datetime.now(UTC),
                )
            yield b"".join(frame_of(told) for told in page.told if told.position <= subscription.start)
            after = page.end if page.is_full else subscription.start

    async def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            pause_s = self._settings.poll_interval_s
            try:
                is_behind = await self._tick()
                pause_s = 0.0 if is_behind else pause_s
            except EccError:
                self._metrics.poll_failures.inc()
                pause_s = _BACK_OFF_S
                self._sweep(datetime.now(UTC))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), max(0.001, pause_s - (time.monotonic() - began)))

    async def _tick(self) -> bool:
        """Read once and hand out; True when there is more to read at once."""
        async with self._pool.platform() as conn:
            await self._catalogue.refresh(conn)
            position = await self._stand(conn)
            now = datetime.now(UTC)
            page = await told_after(conn, position, catalogue=self._catalogue.current, now=now)
            touched = [told.subject.machine_id for told in page.told if told.subject.machine_id is not None]
            await self._machines.read(conn, touched=touched, now=now)
            worn = await self._find_worn(conn, now)
        self._end_worn(worn)
        self._hand_out(page.told)
        for subscription, body in self._machines.frames(now):
            self._offer(subscription, body)
        self._sweep(now)
        for subscription in self._ready_to_write:
            subscription.wake()
        self._ready_to_write.clear()
        return page.is_full

    async def _stand(self, conn: Connection) -> Position:
        """Up to where the log was told; its end at first, and on a server that is another one or was started anew.

        The log may be an earlier one there, whose end is before the place, or one that has gone on past it with other
        entries. All streams are ended: who comes back with an id that is still in the log resumes from it, anybody else
        gets `reset`.
        """
        _, server = await current_stand(conn)
        if self._position is None or server != self._server:
            self._position, self._server = await last_place(conn), server
            for subscription in list(self._subscriptions):
                self.unsubscribe(subscription)
                subscription.end("shutdown")
            self._machines = MachineTicks(self._catalogue)
            self._ready.set()
        return self._position

    def _hand_out(self, entries: Iterable[Told]) -> None:
        for told in entries:
            self._position = told.position
            self._metrics.live_lag_s.set((datetime.now(UTC) - told.at) / timedelta(seconds=1))
            bodies: dict[bool, bytes] = {}
            for channel in self._index.concerned(told.subject):
                is_named = told.names(channel.wish.scope)
                body = bodies.get(is_named) or frame_of(told if is_named else told.unnamed())
                bodies[is_named] = body
                for subscription in list(channel.subscribers):
                    self._offer(subscription, body, told.position)

    def _offer(self, subscription: Subscription, body: bytes, place: Position | None = None) -> None:
        if subscription.offer(body, place):
            subscription.told_at = time.monotonic()
            self._ready_to_write.add(subscription)
            self._metrics.live_frames.inc()
        else:
            self._metrics.live_dropped.inc()
            self.unsubscribe(subscription)
            subscription.end("slow_client")

    async def _find_worn(self, conn: Connection, now: datetime) -> set[Credential]:
        if time.monotonic() - self._rights_at < RIGHTS_EVERY_S:
            return set()
        self._rights_at = time.monotonic()
        asked = list({s.credential for s in self._subscriptions if s.credential is not None})
        return await find_worn(conn, asked, now=now) if asked else set()

    def _end_worn(self, worn: set[Credential]) -> None:
        if worn:
            for subscription in list(self._subscriptions):
                if subscription.credential in worn:
                    self.unsubscribe(subscription)
                    subscription.end("revoked")

    def _sweep(self, now: datetime) -> None:
        """Heartbeats to those who were told nothing lately, and the end of those whose time is over."""
        at = time.monotonic()
        if at - self._swept_at < min(_SWEEP_EVERY_S, self._settings.heartbeat_s):
            return
        self._swept_at = at
        is_placing = at - self._placed_at >= PLACE_EVERY_S
        if is_placing:
            self._placed_at = at
        for subscription in list(self._subscriptions):
            if now >= subscription.ends_at:
                self.unsubscribe(subscription)
                subscription.end("expired")
            elif is_placing and self._position is not None and subscription.is_behind(self._position):
                self._offer(subscription, frame("place", json_bytes({"at": now}), self._position), self._position)
            elif subscription.is_waiting and at - subscription.told_at >= self._settings.heartbeat_s:
                self._offer(subscription, HEARTBEAT)
