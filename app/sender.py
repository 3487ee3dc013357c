"""The sender process: works the outbox, sends notices and webhooks. A slow or dead receiver never delays ingest."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from procrastinate import App, JobContext
from prometheus_client import Counter, Gauge

from app.health import serve_health
from app.logging import get_logger, set_up_logging
from app.notices import NoticeDesk
from app.processes import run, settings_or_exit, until_stopped
from app.settings import Settings
from app.webhook_post import Post
from app.webhooks import Courier
from storage.failures import TRY_AGAIN
from storage.jobs import OUTBOX_AWAY, STALLED_TASK, add_periodic_task, count_jobs, outbox, retry_stalled
from storage.migrate import check_version
from storage.pool import connect

CONCURRENCY = 10
HEARTBEAT_S = 2.0
STALLED_AFTER_S = 10.0  # a sender not heard of for so long is dead; its jobs are given back
LOOK_FOR_STALLED = "* * * * * */5"  # every 5 s
FINISH_WITHIN_S = 1.5  # what runs at a stop may finish; then it is interrupted and goes back to the outbox
STOP_WITHIN_S = 2.5
COUNT_EVERY_S = 5.0
POLL_S = 1.0  # how late a job with a time of its own may be begun
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
STATUSES = ("todo", "doing", "failed")

JOBS = Gauge("ecc_outbox_jobs", "Jobs of the outbox by status; done ones are not kept", ["status"])
STALLED = Counter("ecc_outbox_stalled_total", "Jobs given back because their sender was gone")
LOST = Counter("ecc_sender_database_lost_total", "Times the sender had to connect to the database anew")

log = get_logger("sender")


async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give back the jobs of senders that died."""
    ids = await retry_stalled(context, after_s=STALLED_AFTER_S)
    if ids:
        STALLED.inc(len(ids))
        log.warning("jobs of a dead sender are worked again", jobs=list(ids))


def check_database(url: str) -> None:
    """Raises SchemaMismatch when this program does not know the database's schema."""
    with connect(url, application="ecc sender") as conn:
        check_version(conn)


def with_tasks(app: App) -> App:
    """The outbox with every task that this process knows."""
    add_periodic_task(app, STALLED_TASK, retry_stalled_jobs, cron=LOOK_FOR_STALLED)
    return app


@dataclass(slots=True)
class Sender:
    """Works jobs until it is stopped; waits for a database that is away."""

    app: App
    check: Callable[[], None]  # raises SchemaMismatch, and what the database raises when it is away
    working: bool = False

    async def work(self) -> None:
        """Never returns but by cancellation: then what runs has FINISH_WITHIN_S to end, and goes back otherwise."""
        attempt = 0
        while True:
            try:
                await asyncio.to_thread(self.check)
                async with self.app.open_async():
                    await self._work_connected()
                    attempt = 0
            except (*OUTBOX_AWAY, *TRY_AGAIN) as error:
                log.warning("the database is away; trying again", error=type(error).__name__, attempt=attempt)
            finally:
                self.working = False
            LOST.inc()
            await asyncio.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1

    async def _work_connected(self) -> None:
        over = asyncio.Event()
        counting = asyncio.create_task(self._count(over))
        try:
            await self.app.run_worker_async(
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                fetch_job_polling_interval=POLL_S,
                install_signal_handlers=False,
                shutdown_graceful_timeout=FINISH_WITHIN_S,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=STALLED_AFTER_S,
            )
        finally:
            over.set()  # a cancellation alone may be lost in what it interrupts (asyncio.wait_for of Python 3.11)
            counting.cancel()
            with contextlib.suppress(asyncio.CancelledError, *OUTBOX_AWAY, *TRY_AGAIN):
                await counting

    async def _count(self, over: asyncio.Event) -> None:
        """Keep the gauges; that the database answers is what makes the sender ready."""
        while not over.is_set():
            counts = await count_jobs(self.app)
            self.working = True
            for status in STATUSES:
                JOBS.labels(status).set(counts.get(status, 0))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), COUNT_EVERY_S)


async def serve(settings: Settings, app: App) -> None:
    """Work until SIGTERM or SIGINT; ends within 3 s."""
    sender = Sender(app, lambda: check_database(settings.database_url_for("ecc_sender")))
    post = Post(allow_private=settings.webhook_allow_private)
    courier = Courier(settings.database_url_for("ecc_sender"), post)
    desk = NoticeDesk(settings, post)
    desk.add_tasks(app)
    health = await serve_health(settings.http_host, settings.sender_http_port, lambda: {"database": sender.working})
    working = {asyncio.create_task(work) for work in (desk.work(), sender.work(), courier.work())}
    stopped = asyncio.create_task(until_stopped())
    log.info("ready", tasks=sorted(app.tasks))
    try:
        ended, _ = await asyncio.wait({*working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended & working:
            task.result()
    finally:
        for task in (*working, stopped, health):
            task.cancel()
        await asyncio.wait(working, timeout=STOP_WITHIN_S)
        await post.close()


def run_sender(settings: Settings, add_tasks: Callable[[App], App] = with_tasks) -> None:
    """Run the process with the tasks that `add_tasks` knows."""
    set_up_logging(settings, "sender")
    app = add_tasks(outbox(settings.database_url_for("ecc_sender")))
    run(lambda: serve(settings, app))


def main() -> None:
    """Run the sender."""
    run_sender(settings_or_exit())
