"""A job is run exactly when its transaction was committed, and its effect is there once, whatever kills the sender."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from app.embedded import EmbeddedServers
from storage.jobs import defer
from storage.migrate import migrate
from tests.e2e.stack import CHECKOUT, Stack, eventually, stack_on

pytestmark = pytest.mark.slow

WORDS = "SELECT payload->>'word' FROM event_log WHERE kind = 'outbox.test' ORDER BY 1"
JOBS = "SELECT status::text FROM procrastinate_jobs WHERE task_name = 'outbox.test'"


class Worker:
    """The sender with the tests' task, in a process of its own."""

    def __init__(self, stack: Stack) -> None:
        self.log = stack.directory / "worker.log"
        self._out = self.log.open("ab")
        self.began = self.log.stat().st_size
        self.popen = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "tests.e2e.outbox_worker", stack.owner_url],
            cwd=CHECKOUT,
            env=stack.environment,
            stdout=self._out,
            stderr=self._out,
        )

    def said(self, word: str) -> bool:
        return word in self.log.read_text()[self.began :]

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> float:
        """SIGTERM; returns how long it took."""
        began_s = time.monotonic()
        self.popen.terminate()
        self.popen.wait(10)
        return time.monotonic() - began_s

    def close(self) -> None:
        if self.popen.poll() is None:
            self.kill()
        self._out.close()


@contextmanager
def worker(stack: Stack) -> Iterator[Worker]:
    running = Worker(stack)
    try:
        yield running
    finally:
        running.close()


def put(stack: Stack, **arguments: object) -> None:
    with psycopg.connect(stack.servers.database_url("ecc_gateway", stack.database)) as conn:
        defer(conn, "outbox.test", arguments)


def words(stack: Stack) -> list[str]:
    return [row[0] for row in stack.rows(WORDS)]


def test_a_job_of_a_rolled_back_transaction_is_never_run_and_a_committed_one_is(stack: Stack) -> None:
    with psycopg.connect(stack.servers.database_url("ecc_gateway", stack.database)) as conn:
        with pytest.raises(ZeroDivisionError), conn.transaction():  # noqa: PT012
            defer(conn, "outbox.test", {"word": "rolled back"})
            raise ZeroDivisionError
        with conn.transaction():
            defer(conn, "outbox.test", {"word": "committed"})
            assert words(stack) == []
    with worker(stack) as running:
        assert eventually(lambda: words(stack) == ["committed"], 40), running.log.read_text()
        put(stack, word="later")  # a worker that waits is told at once
        assert eventually(lambda: words(stack) == ["committed", "later"], 4)
        assert eventually(lambda: stack.rows(JOBS) == [], 5)  # done jobs are not kept
        assert not running.said("rolled back")


def test_a_job_whose_sender_is_killed_is_done_once_by_the_next(stack: Stack) -> None:
    put(stack, word="before its work", before_s=60.0)
    put(stack, word="after its work", after_s=60.0)
    with worker(stack) as first:
        assert eventually(lambda: first.said("began before its work 0") and first.said("wrote after its work"), 40)
        first.kill()
    assert words(stack) == ["after its work"]
    with worker(stack) as second:
        assert eventually(lambda: second.said("wrote before its work") and second.said("wrote after its work"), 40)
        assert eventually(lambda: stack.rows(JOBS) == [], 10)
    assert words(stack) == ["after its work", "before its work"]


def test_a_sender_that_is_told_to_stop_does_so_at_once_and_gives_its_work_back(stack: Stack) -> None:
    put(stack, word="long", before_s=60.0)
    with worker(stack) as first:
        assert eventually(lambda: first.said("began long 0"), 40)
        assert first.stop() < 30.0, "its job would have taken 60 s"
        assert first.popen.returncode == 0, first.log.read_text()
    assert stack.rows(JOBS) == [("todo",)]
    with worker(stack):
        assert eventually(lambda: words(stack) == ["long"], 40)


def test_a_job_that_fails_is_tried_again(stack: Stack) -> None:
    put(stack, word="third time", fail=2)
    with worker(stack) as running:
        assert eventually(lambda: words(stack) == ["third time"], 60), running.log.read_text()
        assert running.said("began third time 2")


def test_the_sender_itself_is_ready_tells_its_metrics_and_survives_a_lost_connection(stack: Stack) -> None:
    stack.sender.start()
    metrics = httpx.get(f"http://127.0.0.1:{stack.sender.port}/metrics").text
    assert re.search(r'^ecc_outbox_jobs\{status="failed"\} 0.0', metrics, re.MULTILINE)
    stack.rows("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'ecc_sender'")
    assert eventually(lambda: stack.sender.is_ready, 20)
    of_sender = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ecc_sender' AND datname = current_database()"
    assert eventually(lambda: stack.value(of_sender) >= 2, 20)  # its pool, and the one that listens
    stack.sender.stop()
    assert stack.sender.exit_code == 0
    assert [line for line in stack.sender.log.read_text().splitlines() if not line.startswith("{")] == []


def test_the_sender_waits_for_a_database_that_is_away(server_dir: Path, tmp_path: Path) -> None:
    with EmbeddedServers(server_dir) as servers:
        migrate(servers.database_url("ecc_owner"))
        with stack_on(servers, "ecc", tmp_path) as stack:
            stack.sender.start()
            servers.postgres.kill()
            assert eventually(lambda: not stack.sender.is_ready, 20)
            assert stack.sender.running
            servers.postgres.restart()
            assert eventually(lambda: stack.sender.is_ready, 40), stack.sender.log.read_text()
