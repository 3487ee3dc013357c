"""machine_state on the real database."""

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from fleet.batch import EventKind
from storage.machine_state import last_received, list_statuses, load_states, save_states
from storage.pool import connect
from tests.conftest import Database

T0 = 1_795_000_000_000_000
NEVER = -1


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection]:
    with connect(database.owner_url, application="test") as owner:
        owner.execute(
            "INSERT INTO machine (public_id, pin, name) SELECT gen_random_uuid(), 'M-' || n, 'x' "
            "FROM generate_series(1, 3) n"
        )
    with connect(database.url("ecc_gateway"), application="test") as gateway:
        yield gateway


def save(
    conn: psycopg.Connection,
    machines: list[int],
    at: int,
    values: list[list[float]],
    *,
    received: int | None = None,
    online: int = 1,
) -> None:
    n = len(machines)
    with conn.transaction():
        save_states(
            conn,
            np.array(machines, np.int32),
            measured_at_us=np.full(n, at),
            received_at_us=np.full(n, at + 5 if received is None else received),
            online=np.full(n, online, np.int16),
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


NOTHING = [[np.nan] * 3]
LOWEST = np.iinfo(np.int64).min


def test_a_machine_known_by_its_status_has_no_reading_and_takes_any_first_one(conn: psycopg.Connection) -> None:
    save(conn, [1], LOWEST, NOTHING, received=T0 + 100)
    assert conn.execute("SELECT measured_at FROM machine_state").fetchall() == [(None,)]
    assert load_states(conn, 3, NEVER)[0].tolist() == [[1, NEVER, T0 + 100, 1]]
    save(conn, [1], T0, [[1.0, 2.0, 3.0]], received=T0 + 110)
    fixed, values, _ = load_states(conn, 3, NEVER)
    assert (fixed.tolist(), values.tolist()) == ([[1, T0, T0 + 110, 1]], [[1.0, 2.0, 3.0]])


def test_what_was_measured_and_what_was_heard_are_each_replaced_by_newer_only(conn: psycopg.Connection) -> None:
    save(conn, [1], T0, [[1.0, 1.0, 1.0]], received=T0 + 5)
    save(conn, [1], T0, [[1.0, 1.0, 1.0]], received=T0 + 50, online=0)  # only the status is newer
    assert load_states(conn, 3, NEVER)[0].tolist() == [[1, T0, T0 + 50, 0]]
    save(conn, [1], T0 + 1, [[2.0, 2.0, 2.0]], received=T0 + 40)  # a newer reading that was received before
    save(conn, [1], LOWEST, NOTHING, received=T0 + 45)  # an older status, from where no reading is known
    fixed, values, _ = load_states(conn, 3, NEVER)
    assert (fixed.tolist(), values.tolist()) == ([[1, T0 + 1, T0 + 50, 0]], [[2.0, 2.0, 2.0]])
    save(conn, [1], LOWEST, NOTHING, received=T0 + 60)
    fixed, values, _ = load_states(conn, 3, NEVER)
    assert (fixed.tolist(), values.tolist()) == ([[1, T0 + 1, T0 + 60, 1]], [[2.0, 2.0, 2.0]])


def test_of_each_machine_the_last_status_that_came_in_time(conn: psycopg.Connection) -> None:
    put = (
        "INSERT INTO event (machine_id, measured_at, received_at, kind, value)"
        " SELECT m, to_timestamp(a / 1e6), to_timestamp(r / 1e6), k, v FROM unnest(%s::int[], %s::bigint[],"
        " %s::bigint[], %s::int[], %s::int[]) n (m, a, r, k, v)"
    )
    second = 1_000_000
    events = [
        (1, 0, 0, EventKind.STATUS, 1),
        (1, 5, 9, EventKind.STATUS, 0),  # measured before the next, heard after it
        (1, 6, 7, EventKind.STATUS, 1),
        (1, 20, 20, EventKind.FAULT, 1),
        (1, 10, 90, EventKind.STATUS, 1),  # too late to tell of now
        (2, 3, 3, EventKind.STATUS, 0),
        (3, 3, 3, EventKind.STATUS, 0),
    ]
    machine, measured, received, kind, value = (list(column) for column in zip(*events, strict=True))
    instants = [[T0 + second * s for s in column] for column in (measured, received)]
    conn.execute(put, [machine, *instants, [int(k) for k in kind], value])
    since = np.array([T0, LOWEST, T0 + 4 * second])
    found = list_statuses(conn, np.array([1, 2, 3], np.int32), since, late_after_us=60 * second)
    assert found == [(1, T0 + 9 * second, False), (2, T0 + 3 * second, False)]


def test_when_the_last_of_the_readings_since_an_instant_was_received(conn: psycopg.Connection) -> None:
    conn.execute(
        "INSERT INTO reading (machine_id, measured_at, received_at) SELECT 1, to_timestamp(%s / 1e6) + a * '1 s'"
        "::interval, to_timestamp(%s / 1e6) + r * '1 s'::interval FROM (VALUES (0, 99), (5, 9), (6, 8)) n (a, r)",
        [T0, T0],
    )
    found = last_received(conn, np.array([1, 2], np.int32), np.array([T0 + 1_000_000, T0]))
    assert found == {1: T0 + 9_000_000}
