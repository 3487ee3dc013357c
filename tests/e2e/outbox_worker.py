"""The sender with a task of the tests: it writes into the event log, once a job however often it is run.

Arguments of a job: word; pause_s before and after the write at the first try, each announced by a line on stdout.
`python -m tests.e2e.outbox_worker OWNER_URL`, settings from the environment.
"""

import asyncio
import sys

import psycopg
from procrastinate import App, JobContext

from app.processes import settings_or_exit
from app.sender import run_sender, with_tasks
from storage.jobs import add_task

WRITE = """
INSERT INTO event_log (at, kind, payload)
SELECT now(), 'outbox.test', jsonb_build_object('job', %(job)s::bigint, 'word', %(word)s::text)
WHERE NOT EXISTS (SELECT FROM event_log WHERE kind = 'outbox.test' AND payload->'job' = to_jsonb(%(job)s::bigint))
"""


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


async def write(context: JobContext, *, word: str, before_s: float = 0.0, after_s: float = 0.0, fail: int = 0) -> None:
    """Write `word`, pausing before and after at the first try; fail at the first `fail` tries."""
    first = context.job.attempts == 0
    say(f"began {word} {context.job.attempts}")
    if context.job.attempts < fail:
        raise RuntimeError("not yet")
    await asyncio.sleep(before_s * first)
    async with await psycopg.AsyncConnection.connect(sys.argv[1]) as conn:
        await conn.execute(WRITE, {"job": context.job.id, "word": word})
    say(f"wrote {word}")
    await asyncio.sleep(after_s * first)


def with_test_task(app: App) -> App:
    add_task(app, "outbox.test", write)
    return with_tasks(app)


if __name__ == "__main__":
    run_sender(settings_or_exit(), with_test_task)
