"""Machine states go their own way: what happens to it there does not reach the batches."""

import threading
import time

import psycopg
import pytest

from app.aside import Aside
from fleet.errors import FencedOff
from storage.registry import take_over
from tests.app.gate import Gate, sample
from tests.conftest import Database

STATES = "SELECT p.pin, s.signal_values FROM machine_state s JOIN machine p USING (machine_id) ORDER BY 1"


def test_states_that_did_not_arrive_are_written_by_a_later_tick_and_the_batches_go_on(
    gate: Gate, database: Database
) -> None:
    gate.deliver([sample("M-1", 0, 0, fuel_level_pct=50.0)])
    gate.tick(1)
    (main,) = gate.all("SELECT pg_backend_pid()")[0]
    gate.deliver([sample("M-1", 1, 2, fuel_level_pct=49.0)], received_s=2)
    with psycopg.connect(database.superuser_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'ecc_gateway' AND datname = current_database() AND pid <> %s",
            [main],
        )
    gate.tick(3)
    assert not gate.ticks.states_up
    assert gate.all(STATES) == [("M-1", [50.0])]
    gate.deliver([sample("M-2", 0, 3, fuel_level_pct=10.0)], received_s=3)
    gate.tick(4)
    assert gate.ticks.states_up
    assert gate.all(STATES) == [("M-1", [49.0]), ("M-2", [10.0])]
    assert gate.all("SELECT pg_backend_pid()") == [(main,)]


def test_a_gateway_that_was_taken_over_writes_no_state(gate: Gate, database: Database) -> None:
    gate.deliver([sample("M-1", 0, 0, fuel_level_pct=50.0)])
    with psycopg.connect(database.url("ecc_gateway")) as other:
        take_over(other, "g")
    with pytest.raises(FencedOff):
        gate.tick(1)
    with pytest.raises(FencedOff):
        gate.ticks.finish_states()
    assert gate.all(STATES) == []


def test_an_end_does_not_wait_for_a_lock_that_somebody_else_holds(gate: Gate, database: Database) -> None:
    aside = Aside(gate.connect_aside)
    with psycopg.connect(database.owner_url) as other:
        other.execute("LOCK TABLE machine_state IN ACCESS EXCLUSIVE MODE")
        started = threading.Event()

        def wait_for_the_lock(conn: psycopg.Connection) -> None:
            started.set()
            conn.execute("SELECT count(*) FROM machine_state")

        answer = aside.submit(wait_for_the_lock)
        started.wait(10)
        aside.close(within_s=0.2)
        with pytest.raises(psycopg.errors.QueryCanceled):
            answer.result(10)


def test_what_went_wrong_is_told_to_who_asked_and_the_next_piece_is_done(gate: Gate) -> None:
    aside = Aside(gate.connect_aside)
    done: list[float] = []
    wrong = aside.submit(lambda conn: conn.execute("SELECT 1/0") and None)
    right = aside.submit(lambda conn: done.append(time.monotonic()))
    with pytest.raises(psycopg.errors.DivisionByZero):
        wrong.result(10)
    right.result(10)
    aside.close()
    assert len(done) == 1
