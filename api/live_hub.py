"""The live hub: one reader of the database in this process, whose findings are handed to every subscriber's queue."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Literal, Self

from fastapi.sse import format_sse_event

from api.encoding import json_text
from api.metrics import Metrics
from api.settings import ApiSettings
from fleet.errors import EccError
from fleet.signals import Catalogue, Signal
from storage.read_event_log import LiveRow, list_live, list_live_changed, log_horizon
from storage.read_scope import Connection, DatabaseUnavailable, ReadPool
from storage.read_signals import list_added_signals
from usecases.read_live_audience import Audience
from usecases.read_live_stream import (
    PAGE,
    Changes,
    LiveMachines,
    Position,
    Told,
    Wish,
    can_resume,
    log_end,
    machines_for,
    told_after,
)

MACHINES_EVERY_S = 1.0
CONFIGURATION_EVERY_S = 10.0
_BACK_OFF_S = 1.0
_READY_WITHIN_S = 5.0
EndReason = Literal["slow_client", "expired", "shutdown"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes of one event, and its place in the log when it has one."""

    body: bytes
    position: Position | None = None


def frame(event: str, data: object, position: Position | None = None) -> Frame:
    """One Server-Sent Event."""
    identity = None if position is None else str(position)
    return Frame(format_sse_event(data_str=json_text(data), event=event, id=identity), position)


@dataclass(slots=True, eq=False)
class Subscription:
    """One open stream. `start`: the place in the log from which its queue is fed."""

    wish: Wish
    queue: asyncio.Queue[Frame]
    start: Position
    resume: Position | None
    ends_at: datetime
    wants_snapshot: bool = True
    ended: EndReason | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, reason: EndReason) -> None:
        """Let the stream finish with an `end` frame."""
        self.ended = self.ended or reason
        self.over.set()


class LiveHub:
    """Reads the event log and the machines' states for all subscribers of this process.

    What a tick has read is handed out without awaiting in between, so a subscriber's queue starts exactly where the
    hub stood when it subscribed: nothing twice, nothing missing.
    """

    def __init__(
        self, pool: ReadPool, settings: ApiSettings, metrics: Metrics, *, catalogue: "CatalogueHolder"
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._metrics = metrics
        self._catalogue = catalogue
        self._subscriptions: dict[int | None, set[Subscription]] = defaultdict(set)  # by organisation; None sees all
        self._position: Position | None = None
        self._machines = MachineTicks(catalogue)
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
        for subscription in self._all():
            subscription.end("shutdown")

    @property
    def is_reading(self) -> bool:
        """True while the hub's reader runs."""
        return self._task is not None and not self._task.done()

    async def ready(self) -> None:
        """Wait until the hub has found the log's end, some seconds after the start at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), _READY_WITHIN_S)

    def subscribe(self, wanted: Wish, *, resume: Position | None, ends_at: datetime) -> Subscription:
        """A new subscriber. Raises DatabaseUnavailable while the hub has not found the log's end yet, or is full."""
        if self._position is None or len(self._all()) >= self._settings.live_max_subscribers:
            raise DatabaseUnavailable("The live stream is not ready, or has too many subscribers; try again shortly.")
        queue: asyncio.Queue[Frame] = asyncio.Queue(self._settings.live_queue)
        subscription = Subscription(wanted, queue, self._position, resume, ends_at)
        self._subscriptions[_group(wanted)].add(subscription)
        self._metrics.subscribers.set(len(self._all()))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscriber."""
        self._subscriptions[_group(subscription.wish)].discard(subscription)
        self._metrics.subscribers.set(len(self._all()))

    async def resumable(self, subscription: Subscription) -> Position | None:
        """The place that the subscriber asked to resume from.

        None when it asked for none, or when there is no way from there: then it must read the lists again.
        """
        if subscription.resume is None:
            return None
        async with self._pool.platform() as conn:
            possible = await can_resume(conn, subscription.resume, until=subscription.start)
        return subscription.resume if possible else None

    async def backlog(self, subscription: Subscription, *, after: Position) -> AsyncIterator[list[Frame]]:
        """Frames between a place that can be resumed from and the queue's start, a page at a time."""
        while after < subscription.start:
            async with self._pool.platform() as conn:
                told = await told_after(conn, after, catalogue=self._catalogue.current)
            yield [_frame_of(t) for t in told if t.position <= subscription.start and t.is_for(subscription.wish)]
            after = told[-1].position if len(told) == PAGE else subscription.start

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
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), max(0.001, pause_s - (time.monotonic() - began)))

    async def _tick(self) -> bool:
        """Read once and hand out; True when there is more to read at once."""
        async with self._pool.platform() as conn:
            await self._catalogue.refresh(conn)
            if self._position is None:
                self._position = await log_end(conn)
                self._ready.set()
            told = await told_after(conn, self._position, catalogue=self._catalogue.current)
            await self._machines.read(conn, self._all(), touched=told)
        self._hand_out(told)
        for subscription, ready in self._machines.frames(self._all(), now=datetime.now(UTC)):
            self._offer(subscription, ready)
        return len(told) == PAGE

    def _hand_out(self, told: list[Told]) -> None:
        if not told:
            return
        self._position = told[-1].position
        self._metrics.live_lag_s.set((datetime.now(UTC) - told[-1].at) / timedelta(seconds=1))
        for one in told:
            ready: Frame | None = None
            for group in (None, *one.organisations):
                for subscription in list(self._subscriptions.get(group, ())):
                    if one.is_for(subscription.wish):
                        ready = ready or _frame_of(one)
                        self._offer(subscription, ready)

    def _offer(self, subscription: Subscription, ready: Frame) -> None:
        try:
            subscription.queue.put_nowait(ready)
            self._metrics.live_frames.inc()
        except asyncio.QueueFull:
            self._metrics.live_dropped.inc()
            self.unsubscribe(subscription)
            subscription.end("slow_client")

    def _all(self) -> list[Subscription]:
        return [subscription for group in self._subscriptions.values() for subscription in group]


def _group(wanted: Wish) -> int | None:
    return None if wanted.scope.sees_all else wanted.scope.organisation_id


def _frame_of(told: Told) -> Frame:
    return frame(told.event, told.data, told.position)


class CatalogueHolder:
    """The catalogue of this process: the packaged one and the signals that the site has added so far."""

    def __init__(self, packaged: Catalogue) -> None:
        self._packaged = packaged
        self._added: list[Signal] = []
        self._read_at = float("-inf")
        self.current = packaged

    async def refresh(self, conn: Connection) -> None:
        """Read the site's signals again when it is time."""
        if time.monotonic() - self._read_at < CONFIGURATION_EVERY_S:
            return
        added = await list_added_signals(conn)
        self._read_at = time.monotonic()
        if added != self._added:
            self._added = added
            self.current = self._packaged.with_added(added)


class MachineTicks:
    """The `machines` frames: a snapshot for who is new, then once a second what has changed."""

    def __init__(self, catalogue: CatalogueHolder) -> None:
        self._catalogue = catalogue
        self._audience: Audience | None = None
        self._audience_at = 0.0
        self._met: set[int] = set()
        self._horizon: int | None = None
        self._ticked_at = 0.0
        self._changes = Changes()
        self._touched: set[int] = set()
        self._everything: list[LiveRow] | None = None
        self._changed: list[LiveRow] | None = None

    async def read(self, conn: Connection, subscriptions: list[Subscription], *, touched: list[Told]) -> None:
        """Read what `frames` will tell, if it is time."""
        self._everything = self._changed = None
        self._touched.update(t.machine_id for t in touched if t.machine_id is not None)
        if not subscriptions:
            self._horizon = None
            self._touched.clear()
            return
        if any(s.wants_snapshot for s in subscriptions):
            self._everything = await list_live(conn)
        if time.monotonic() - self._ticked_at >= MACHINES_EVERY_S:
            since, self._horizon = self._horizon, await log_horizon(conn)
            rows = (
                await list_live(conn)
                if since is None
                else await list_live_changed(conn, since_xact=since, also=sorted(self._touched))
            )
            self._changed = self._changes.of(rows)
            self._ticked_at = time.monotonic()
            self._touched.clear()
        await self._refresh(conn, {row.machine_id for rows in (self._everything, self._changed) for row in rows or ()})

    async def _refresh(self, conn: Connection, told: set[int]) -> None:
        """Who sees what, read anew when it is time, and at once when a machine is told of for the first time."""
        is_old = self._audience is None or time.monotonic() - self._audience_at >= CONFIGURATION_EVERY_S
        if is_old or not told <= self._met:
            self._audience = await Audience.load(conn)
            self._audience_at = time.monotonic()
        self._met |= told

    def frames(self, subscriptions: list[Subscription], *, now: datetime) -> list[tuple[Subscription, Frame]]:
        """What each subscriber gets of it; equal wishes share the bytes."""
        made: dict[tuple[Wish, bool], Frame | None] = {}
        handed: list[tuple[Subscription, Frame]] = []
        for subscription in subscriptions:
            snapshot = subscription.wants_snapshot and self._everything is not None
            rows = self._everything if snapshot else self._changed
            if rows is None or (subscription.wants_snapshot and not snapshot):
                continue
            key = (subscription.wish, snapshot)
            if key not in made:
                made[key] = self._frame(rows, subscription.wish, snapshot, now)
            if (ready := made[key]) is not None:
                handed.append((subscription, ready))
            subscription.wants_snapshot = False
        return handed

    def _frame(self, rows: list[LiveRow], wanted: Wish, snapshot: bool, now: datetime) -> Frame | None:
        assert self._audience is not None
        items = machines_for(rows, wanted, audience=self._audience, catalogue=self._catalogue.current, now=now)
        if not items and not snapshot:
            return None
        return frame("machines", LiveMachines(at=now, snapshot=snapshot, items=items))
