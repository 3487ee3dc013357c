"""machine_state on the real database."""

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from storage.fleet_write import NewMachine, insert_machine
from storage.machine_state import load_states, save_states
from storage.pool import connect
from tests.conftest import Database

T0 = 1_795_000_000_000_000
NEVER = -1


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection]:
    with connect(database.owner_url, application="test") as owner:
        for number in range(1, 4):
            insert_machine(owner, NewMachine(pin=f"M-{number}", name="x", model="XE215", kind="excavator"), None)
    with connect(database.url("ecc_gateway"), application="test") as gateway:
        yield gateway


def save(conn: psycopg.Connection, machines: list[int], at: int, values: list[list[float]]) -> None:
    n = len(machines)
    with conn.transaction():
        save_states(
            conn,
            np.array(machines, np.int32),
            measured_at_us=np.full(n, at),
            received_at_us=np.full(n, at + 5),
            online=np.full(n, 1, np.int16),
            work_state=np.full(n, 1, np.int16),
            work_states=["off", "idle"],
            values=np.array(values),
            at_us=np.full((n, 3), at),
        )


def test_states_come_back_as_they_were_saved(conn: psycopg.Connection) -> None:
    nan = np.nan
    save(conn, [1, 2, 3], T0, [[1.5, nan, 3.25], [nan, nan, nan], [1.0, 2.0, 3.0]])
    fixed, values, at_us = load_states(conn, 3, NEVER)
    assert fixed.tolist() == [[m, T0, T0 + 5, 1] for m in (1, 2, 3)]
    np.testing.assert_array_equal(values, [[1.5, nan, 3.25], [nan, nan, nan], [1.0, 2.0, 3.0]])
    assert at_us.tolist() == [[T0, NEVER, T0], [NEVER] * 3, [T0] * 3]
    assert conn.execute("SELECT DISTINCT work_state, online FROM machine_state").fetchall() == [("idle", True)]


def test_an_older_state_never_replaces_a_newer_one(conn: psycopg.Connection) -> None:
    save(conn, [1], T0, [[1.0, 1.0, 1.0]])
    save(conn, [1], T0 - 1, [[0.0, 0.0, 0.0]])
    assert load_states(conn, 3, NEVER)[1].tolist() == [[1.0, 1.0, 1.0]]
    save(conn, [1], T0 + 1, [[2.0, 2.0, 2.0]])
    assert load_states(conn, 3, NEVER)[1].tolist() == [[2.0, 2.0, 2.0]]
