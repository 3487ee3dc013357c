"""The outbox: jobs written in the transaction of what they tell of, and worked by the sender (procrastinate).

A job that is committed is run; one that is rolled back never was. It may be run twice when a sender dies between its
work and the note that it is done, so what a task does must be safe to do again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.jobs import Job

from storage.pool import Connection, _arguments

ATTEMPTS = 30
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=10)
STALLED_TASK = "outbox.retry_stalled"
TaskBody = Callable[..., Awaitable[None]]

OUTBOX_AWAY = (ConnectorException,)


class UntilDone(BaseRetryStrategy):
    """Again after 1 s, 2 s, 4 s ... 10 min, at most ATTEMPTS times, then the job stays as failed. A job that the end of
    its sender interrupted goes back at once."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """See BaseRetryStrategy."""
        if isinstance(exception, asyncio.CancelledError | JobAborted):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= ATTEMPTS:
            return None
        pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(job.attempts, 20))
        return RetryDecision(retry_in={"seconds": round(pause.total_seconds())})


def outbox(url: str, *, application: str = "ecc sender", size: int = 4) -> App:
    """The sender's side: a closed App on its own connections; add tasks with `add_task`."""
    return App(
        connector=PsycopgConnector(
            conninfo=url, kwargs=_arguments(application), min_size=1, max_size=size, name=application, timeout=5.0
        )
    )


def add_task(app: App, name: str, body: TaskBody, *, queue: str = "default") -> None:
    """Let jobs of this name be done by `body(context, **arguments)`; tried again until it does not raise."""
    app.task(name=name, queue=queue, pass_context=True, retry=UntilDone())(body)


def add_periodic_task(app: App, name: str, body: TaskBody, *, cron: str, queue: str = "builtin") -> None:
    """Let `body(context, timestamp=...)` run by the clock, once however many senders there are."""
    task = app.task(name=name, queue=queue, pass_context=True, queueing_lock=name)(body)
    app.periodic(cron=cron, periodic_id=name)(task)


_DEFERRING = App(connector=SyncPsycopgConnector())


def defer(
    conn: Connection,
    name: str,
    arguments: Mapping[str, Any],
    *,
    queue: str = "default",
    lock: str | None = None,
    at: datetime | None = None,
) -> int:
    """Write a job into the caller's transaction; returns its id.

    `arguments` must be JSON. Jobs with one `lock` are worked one after the other; `at` is the earliest time. Raises
    psycopg's own errors, as any statement of the transaction.
    """
    job = _DEFERRING.configure_task(name, queue=queue, lock=lock, schedule_at=at, connection=conn)
    try:
        return job.defer(**arguments)
    except ConnectorException as error:
        raise error.__cause__ or error from None


RETRY_STALLED: LiteralString = """
WITH stalled AS (
    SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing'
        AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(after_s)s))
    FOR UPDATE OF j SKIP LOCKED
)
SELECT id, procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled
"""


async def retry_stalled(context: JobContext, *, after_s: float) -> Sequence[int]:
    """Give back the jobs whose sender has not been heard of for `after_s`; returns their ids.

    One statement, so two of these at once cannot give a job back that has been taken again in between.
    """
    rows = await context.app.connector.execute_query_all_async(RETRY_STALLED, after_s=after_s)
    return [row["id"] for row in rows]


COUNT: LiteralString = "SELECT status::text AS status, count(*) AS jobs FROM procrastinate_jobs GROUP BY 1"


async def count_jobs(app: App) -> dict[str, int]:
    """How many jobs there are in each status; those that succeeded are not kept."""
    return {row["status"]: row["jobs"] for row in await app.connector.execute_query_all_async(COUNT)}
