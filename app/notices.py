"""The sender's tasks for notices: routing what is due, sending one notice; and the gauges of what waits."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from procrastinate import App, JobContext
from prometheus_client import Counter, Gauge, Histogram

from alerts.channels.contract import HttpPost, answered
from app.channels import close_channels, mail_server
from app.fault_points import AFTER_SEND, passing
from app.logging import get_logger
from app.settings import Settings
from fleet.signals import packaged_catalogue
from storage import notice_sending
from storage.failures import TRY_AGAIN, words_of
from storage.jobs import add_periodic_task, add_task
from storage.pool import async_pool
from storage.read_pool import Connection
from storage.read_signals import list_added_signals
from usecases.notice_channels import make_channels
from usecases.report_subscriptions import AT_ONCE, tell_due
from usecases.route_notices import route_due
from usecases.send_notice import Post, begin, finish, tried
from usecases.tell_help import tell_help

ROUTE_TASK, SEND_TASK, REPORT_TASK, QUEUE = "notices.route", "notices.send", "notices.report", "notices"
POOL_SIZE = 6
APPLICATION = "ecc sender notices"
COUNT_EVERY_S = 5.0
EVERY_MINUTE = "* * * * *"
FORGET_EVERY_S = 3600.0
FORGET_AT_ONCE = 10_000
KEPT_FOR = timedelta(days=400)

SENT = Counter("ecc_notices_total", "Attempts to send notices, by channel and outcome", ["channel", "outcome"])
ROUTED = Counter("ecc_notices_routed_total", "Transitions and reminders that were routed to those who are told")
WAITING = Gauge(
    "ecc_notices_waiting", "Notices by state and severity; those that were sent are not counted", ["state", "severity"]
)
LATE_SECONDS = Gauge(
    "ecc_notices_late_seconds", "Since when the oldest notice that waits is due, by severity", ["severity"]
)
FAULTS = Counter("ecc_notice_faults_total", "Attempts that ended in a fault of the platform itself")
SEND_SECONDS = Histogram("ecc_notice_send_seconds", "One attempt, from its claim to its record", ["channel"])
STATES = ("collecting", "queued", "sending", "dead")
SEVERITIES = ("critical", "high", "medium", "low", "info")

log = get_logger("notices")


class NoticeDesk:
    """Everything that sending notices needs, for as long as the sender works."""

    def __init__(self, settings: Settings, post: HttpPost) -> None:
        self._pool = async_pool(settings.database_url_for("ecc_sender"), application=APPLICATION, size=POOL_SIZE)
        self._channels = make_channels(post, mail_server(settings), is_open=settings.webhook_allow_private)
        self._post = Post(
            transaction=self._transaction,
            channels=self._channels,
            catalogue=packaged_catalogue(),
            address=(settings.public_url or "").rstrip("/"),
            scale=settings.notice_retry_scale,
        )
        self._forgot_at = float("-inf")

    def add_tasks(self, app: App) -> None:
        """Let the outbox's jobs of notices be done here."""
        add_task(app, ROUTE_TASK, self.route, queue=QUEUE)
        add_task(app, SEND_TASK, self.send, queue=QUEUE)
        add_periodic_task(app, REPORT_TASK, self.report, cron=EVERY_MINUTE, queue=QUEUE)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._pool.connection() as conn:
            yield conn

    async def route(self, context: JobContext) -> None:
        """Route whatever is due, this job's and others'."""
        served = frozenset(name for name, channel in self._channels.items() if channel.is_there)
        while True:
            async with self._transaction() as conn:
                routed = await route_due(conn, now=datetime.now(UTC), served=served, scale=self._post.scale)
                routed += await tell_help(conn, now=datetime.now(UTC), served=served)
            ROUTED.inc(routed)
            if not routed:
                return

    async def report(self, context: JobContext, timestamp: int) -> None:
        """Make a notice of every work brief whose time has come."""
        while True:
            async with self._transaction() as conn:
                told = await tell_due(conn, now=datetime.now(UTC))
            if told < AT_ONCE:
                return

    async def send(self, context: JobContext, *, notice_id: int) -> None:
        """One attempt to send a notice; what is to be tried again has a job of its own by then."""
        assert context.job.id is not None
        began_s = time.monotonic()
        claimed = await begin(self._post, notice_id, job_id=context.job.id)
        if claimed is None:
            return
        try:
            answer, written = await tried(self._post, claimed)
        except TRY_AGAIN:  # the database is away: the job is run again
            raise
        except Exception as error:  # a fault of ours with one notice must stop no other, nor lose it
            FAULTS.inc()
            log.exception("a fault of the platform; trying again later", notice=str(claimed.public_id))
            answer, written = answered("again", f"a fault of the platform: {type(error).__name__}"), None
        passing(AFTER_SEND)
        outcome = await finish(self._post, claimed, answer, written, began_s=began_s)
        SENT.labels(claimed.channel, outcome).inc()
        SEND_SECONDS.labels(claimed.channel).observe(time.monotonic() - began_s)
        if outcome != "delivered" and (outcome != "retrying" or claimed.attempt == 1):
            said = {"notice": str(claimed.public_id), "channel": claimed.channel, "attempt": claimed.attempt}
            log.warning("not delivered", outcome=outcome, answer=answer.said[:200], **said)

    async def work(self) -> None:
        """Keep the gauges and forget what is old, until cancelled."""
        await self._pool.open(wait=False)
        try:
            while True:
                try:
                    await self._look()
                except TRY_AGAIN as error:
                    log.warning("the database is away; trying again", error=words_of(error))
                await asyncio.sleep(COUNT_EVERY_S)
        finally:
            await close_channels(self._channels)
            await self._pool.close()

    async def _look(self) -> None:
        now = datetime.now(UTC)
        async with self._transaction() as conn:
            rows = await notice_sending.read_queue(conn, now=now)
            added = await list_added_signals(conn)
            if time.monotonic() - self._forgot_at >= FORGET_EVERY_S:
                before = now - KEPT_FOR
                gone = await notice_sending.forget(conn, before=before, now=now, at_most=FORGET_AT_ONCE)
                self._forgot_at = time.monotonic() if gone < FORGET_AT_ONCE else self._forgot_at
        self._post.catalogue = packaged_catalogue().with_added(added)
        for severity in SEVERITIES:
            mine = [row for row in rows if row.severity == severity]
            LATE_SECONDS.labels(severity).set(max((row.late_s for row in mine if row.state != "dead"), default=0.0))
            for state in STATES:
                WAITING.labels(state, severity).set(sum(row.notices for row in mine if row.state == state))
