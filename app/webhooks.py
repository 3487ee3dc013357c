"""Sending events to webhooks: a reader of the event log with a durable cursor for each of them.

One process sends (whoever holds the lock); to one webhook one event at a time, in the order of the log. An event counts
as delivered, and the cursor moves, in a transaction after the answer: one that was sent and not recorded is sent again,
with the same id.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import Counter, Gauge

from api.rights import RIGHTS, Right
from app.logging import get_logger
from app.webhook_post import Answer, Post
from fleet.signals import packaged_catalogue
from storage import webhook_makers, webhook_sending
from storage.failures import TRY_AGAIN, words_of
from storage.pool import async_pool
from storage.read_pool import Connection
from storage.read_signals import list_added_signals
from storage.webhook_sending import Attempt, Endpoint, Passed
from usecases.read_live_filter import FilterIndex
from usecases.read_live_stream import Position, Told, log_end, told_after
from usecases.webhook_messages import Message, events_for, message_of, test_message, wish_of
from usecases.webhook_retries import Verdict, is_taken, verdict

POLL_S = 0.5
KEEP_EVERY_S = 30.0
FORGET_EVERY_S = 3600.0
FINISH_WITHIN_S = 1.5
AT_ONCE = 50  # webhooks that are sent to at the same time
LOG_KEPT = timedelta(days=30)
FORGET_AT_ONCE = 10_000
POOL_SIZE = 4
APPLICATION = "ecc sender webhooks"
BACK_OFF_S = 2.0
REST_S = 60.0  # of a webhook after a fault of ours
ROLES = RIGHTS[Right.MANAGE_WEBHOOKS]  # of whoever may have one

DELIVERIES = Counter("ecc_webhook_deliveries_total", "Attempts to deliver to webhooks, by outcome", ["outcome"])
PAUSED = Gauge("ecc_webhooks_paused", "Webhooks that are paused because they failed")

FAULTS = Counter("ecc_webhook_faults_total", "Deliveries that ended in a fault of the platform itself")

log = get_logger("webhooks")


@dataclass(slots=True, eq=False)
class Line:
    """One webhook as this process knows it.

    `cursor`: up to where it has nothing left to be sent. `endpoint` stays as it was while something is sent; `latest`
    is what was last read.
    """

    endpoint: Endpoint
    latest: Endpoint
    cursor: Position
    sending: "asyncio.Task[None] | None" = None
    testing: "asyncio.Task[None] | None" = None
    tested: UUID | None = None
    rests_until_s: float = 0.0  # by the monotonic clock, after a fault of ours

    @property
    def is_busy(self) -> bool:
        """True while events are sent."""
        return self.sending is not None and not self.sending.done()

    def is_due(self, now: datetime) -> bool:
        """True unless the next attempt is to wait."""
        if time.monotonic() < self.rests_until_s:
            return False
        return self.endpoint.next_attempt_at is None or self.endpoint.next_attempt_at <= now


class Courier:
    """Sends to all webhooks until it is cancelled; waits for a database that is away."""

    def __init__(self, url: str, post: Post) -> None:
        self._url = url
        self._post = post
        self._pool = async_pool(url, application=APPLICATION, size=POOL_SIZE)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._catalogue = packaged_catalogue()
        self._lines: dict[int, Line] = {}
        self._tail: Position | None = None
        self._is_stopping = False
        self._kept_at = self._forgot_at = float("-inf")

    async def work(self) -> None:
        """Never returns but by cancellation; what is on its way then has FINISH_WITHIN_S to be answered."""
        while True:
            self._pool = async_pool(self._url, application=APPLICATION, size=POOL_SIZE)
            try:
                async with self._pool, self._pool.connection() as conn:
                    await conn.set_autocommit(True)
                    while not await webhook_sending.take_sender_lock(conn):  # noqa: ASYNC110 - another process has it
                        await asyncio.sleep(BACK_OFF_S)
                    try:
                        await self._send(conn)
                    finally:
                        await self._stop()
            except TRY_AGAIN as error:
                log.warning("the database is away; trying again", error=type(error).__name__)
            await asyncio.sleep(BACK_OFF_S)

    async def _stop(self) -> None:
        """Let what is being sent be answered and recorded; what takes longer is interrupted, and sent again."""
        self._is_stopping = True
        tasks = [task for line in self._lines.values() for task in (line.sending, line.testing) if task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=FINISH_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._lines.clear()
        self._tail, self._is_stopping = None, False

    async def _send(self, conn: Connection) -> None:
        """Look for what is to be sent; `conn` holds the lock, and reads."""
        while True:
            began, now = time.monotonic(), datetime.now(UTC)
            await self._refresh(conn, now)
            await self._look(conn, now)
            if began - self._kept_at >= KEEP_EVERY_S:
                self._kept_at = began
                await self._keep(conn)
            if began - self._forgot_at >= FORGET_EVERY_S:
                deleted = await webhook_sending.forget_deliveries(conn, before=now - LOG_KEPT, at_most=FORGET_AT_ONCE)
                self._forgot_at = began if deleted < FORGET_AT_ONCE else self._forgot_at
            await asyncio.sleep(max(0.01, POLL_S - (time.monotonic() - began)))

    async def _refresh(self, conn: Connection, now: datetime) -> None:
        """Take over what owners have changed; a webhook that is gone or off is sent nothing more."""
        await webhook_makers.pause_without_maker(conn, roles=ROLES, now=now)
        endpoints = await webhook_sending.list_endpoints(conn, roles=ROLES, now=now)
        there = {endpoint.webhook_id: endpoint for endpoint in endpoints}
        for webhook_id, line in list(self._lines.items()):
            if webhook_id not in there and not line.is_busy:
                del self._lines[webhook_id]
        for webhook_id, endpoint in there.items():
            if webhook_id not in self._lines:
                self._lines[webhook_id] = Line(endpoint, endpoint, _cursor(endpoint))
            line = self._lines[webhook_id]
            line.latest = endpoint
            if not line.is_busy:
                is_moved = endpoint.replay_no != line.endpoint.replay_no
                line.endpoint, line.cursor = endpoint, _cursor(endpoint) if is_moved else line.cursor

    async def _look(self, conn: Connection, now: datetime) -> None:
        """Begin to send to whom it is time: who is behind, whose next attempt is due, whom new entries concern."""
        before, told = self._tail, await self._new_entries(conn)
        assert self._tail is not None
        index: FilterIndex[Line] = FilterIndex()
        for line in self._lines.values() if told else ():
            wish = wish_of(line.endpoint)
            index.add(line, wish.scope, wish.filter)
        concerned = {line for one in told for line in index.concerned(one.subject)}
        for line in self._lines.values():
            if line.latest.test_id is not None and line.latest.test_id != line.tested:
                line.tested = line.latest.test_id
                line.testing = asyncio.create_task(self._test(line, line.latest))
            if line.is_busy or not line.endpoint.is_sending or not line.is_due(now):
                continue
            if line.endpoint.attempts or before is None or line.cursor < before or line in concerned:
                line.sending = asyncio.create_task(self._deliver(line))
            else:
                line.cursor = max(line.cursor, self._tail)

    async def _new_entries(self, conn: Connection) -> list[Told]:
        """What has come since the last look; the first look only finds the end."""
        if self._tail is None:
            self._tail = await log_end(conn)
            return []
        page = await told_after(conn, self._tail, catalogue=self._catalogue, now=datetime.now(UTC))
        self._tail = page.end
        return page.told

    async def _deliver(self, line: Line) -> None:
        """Send what is behind the line's cursor, in order, until there is no more or something is not taken."""
        async with self._gate, _failing_alone(line):
            while True:
                tail = self._tail
                async with self._pool.connection() as conn:
                    page = await events_for(
                        conn, line.endpoint, line.cursor, catalogue=self._catalogue, now=datetime.now(UTC)
                    )
                for told in page.told:
                    if self._is_stopping or not await self._deliver_one(line, told):
                        return
                line.cursor = max(line.cursor, page.end)
                if not page.is_full:
                    line.cursor = max(line.cursor, tail or line.cursor)  # all of it was there to be read
                    return

    async def _deliver_one(self, line: Line, told: Told) -> bool:
        """Send one event to the webhook as it is now; False when those behind it must wait."""
        async with self._pool.connection() as conn:
            endpoint = await webhook_sending.find_endpoint(
                conn, line.endpoint.webhook_id, roles=ROLES, now=datetime.now(UTC)
            )
        if endpoint is None or not endpoint.is_sending or endpoint.replay_no != line.endpoint.replay_no:
            return False
        line.endpoint = endpoint
        message = message_of(endpoint, told)
        answer, at = await self._sent(endpoint, message)
        found = verdict(endpoint, answer.status, at)
        attempt = _attempt(message, answer, at, endpoint.attempts + 1, found)
        async with self._pool.connection() as conn:
            is_current = await webhook_sending.record_attempt(conn, endpoint, attempt)
        _count(attempt, endpoint)
        is_done = is_current and found.outcome != "retrying"
        line.cursor = told.position if is_done else line.cursor
        return is_done and found.pause is None

    async def _test(self, line: Line, endpoint: Endpoint) -> None:
        """Send the test that the owner asked for, beside whatever else is sent."""
        assert endpoint.test_id is not None
        async with self._gate, _failing_alone(line):
            message = test_message(endpoint, endpoint.test_id, datetime.now(UTC))
            answer, at = await self._sent(endpoint, message)
            found = Verdict(outcome="delivered" if is_taken(answer.status) else "failed")
            attempt = _attempt(message, answer, at, 1, found)
            async with self._pool.connection() as conn:
                await webhook_sending.record_attempt(conn, endpoint, attempt)
            _count(attempt, endpoint)

    async def _sent(self, endpoint: Endpoint, message: Message) -> tuple[Answer, datetime]:
        answer = await self._post.send(endpoint.url, message.headers(endpoint, datetime.now(UTC)), message.body)
        return answer, datetime.now(UTC)

    async def _keep(self, conn: Connection) -> None:
        """Keep how far those have come whom nothing concerned, so that a restart need not read all of it again."""
        passed = [
            Passed(
                webhook_id=webhook_id,
                replay_no=line.endpoint.replay_no,
                xact=line.cursor.xact,
                entry=line.cursor.entry,
            )
            for webhook_id, line in self._lines.items()
            if not line.is_busy and line.endpoint.attempts == 0
        ]
        await webhook_sending.pass_by(conn, passed)
        PAUSED.set(await webhook_sending.count_paused(conn))
        self._catalogue = packaged_catalogue().with_added(await list_added_signals(conn))


@asynccontextmanager
async def _failing_alone(line: Line) -> AsyncIterator[None]:
    """Whatever goes wrong with one webhook ends its delivery and no other's; what was not recorded is sent again."""
    try:
        yield
    except TRY_AGAIN as error:  # the loop finds out itself and begins anew
        log.warning("not recorded; it will be sent again", webhook=str(line.endpoint.public_id), error=words_of(error))
    except Exception:  # a fault of ours with one event must not stop the others, nor be sent on and on
        FAULTS.inc()
        line.rests_until_s = time.monotonic() + REST_S
        log.exception("a fault of the platform; trying again later", webhook=str(line.endpoint.public_id))


def _cursor(endpoint: Endpoint) -> Position:
    return Position(endpoint.cursor_xact, endpoint.cursor_entry)


def _attempt(message: Message, answer: Answer, at: datetime, number: int, found: Verdict) -> Attempt:
    return Attempt(
        place=None if message.place is None else (message.place.xact, message.place.entry),
        event=message.event,
        kind=message.kind,
        number=number,
        at=at,
        outcome=found.outcome,
        status=answer.status,
        error=answer.error,
        latency_ms=answer.latency_ms,
        answer=answer.text,
        next_attempt_at=found.next_attempt_at,
        pause=found.pause,
    )


def _count(attempt: Attempt, endpoint: Endpoint) -> None:
    DELIVERIES.labels(attempt.outcome).inc()
    if attempt.outcome != "delivered":
        log.warning(
            "not delivered",
            webhook=str(endpoint.public_id),
            place=attempt.event,
            attempt=attempt.number,
            outcome=attempt.outcome,
            status=attempt.status,
            error=attempt.error,
            pause=attempt.pause,
        )
