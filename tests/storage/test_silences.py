"""What is known of silent machines, on the real database: how they parted, what was refused, where others were."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from storage.alarms_write import instant
from storage.ids import uuid7
from storage.registry import auto_register
from storage.silences import count_refused_by_clock, list_partings, list_silent_places
from tests.conftest import Database

T0 = 1_795_200_000_000_000
S = 1_000_000


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.url("ecc_gateway")) as connection:
        auto_register(connection, ["A", "B", "C", "D"], instant(T0))
        connection.commit()
        yield connection


def machines(conn: psycopg.Connection) -> dict[str, int]:
    """terminal -> its machine."""
    rows = conn.execute("SELECT t.name, i.machine_id FROM installation i JOIN terminal t USING (terminal_id)")
    return dict(rows.fetchall())


def say(conn: psycopg.Connection, machine: int, *, online: bool, received_us: int, measured_us: int) -> None:
    conn.execute(
        "INSERT INTO event (machine_id, measured_at, received_at, kind, value) VALUES (%s, %s, %s, 3, %s)",
        [machine, instant(measured_us), instant(received_us), int(online)],
    )


def refuse(conn: psycopg.Connection, terminal: str, seq: int, reason: str, received_us: int) -> None:
    conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, boot, seq, payload_hash, reason, detail, topic, "
        "received_at) VALUES (%s, %s, 'b', %s, '', %s, '', '', %s)",
        [uuid7(), terminal, seq, reason, instant(received_us)],
    )


def test_how_each_connection_ended(conn: psycopg.Connection) -> None:
    of = machines(conn)
    heard = {of[name]: T0 + 100 * S for name in "ABCD"}
    for name in "ABC":
        say(conn, of[name], online=True, received_us=T0, measured_us=T0 - 20_000)
    say(conn, of["A"], online=False, received_us=T0 + 101 * S, measured_us=T0 + 101 * S - 30_000)  # with its own time
    say(conn, of["B"], online=False, received_us=T0 + 190 * S, measured_us=T0 + 190 * S)  # counts from its arrival
    assert list_partings(conn, heard) == {of["A"]: "goodbye", of["B"]: "will", of["C"]: "none"}


def test_a_last_will_of_a_terminal_whose_clock_is_corrected(conn: psycopg.Connection, database: Database) -> None:
    of = machines(conn)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE terminal SET clock_offset_us = %s WHERE name = 'A'", [-8 * 3600 * S])
    say(conn, of["A"], online=False, received_us=T0 + 9 * S, measured_us=T0 + 9 * S - 8 * 3600 * S)
    assert list_partings(conn, {of["A"]: T0}) == {of["A"]: "will"}


def test_an_offline_long_before_it_was_heard_tells_nothing(conn: psycopg.Connection) -> None:
    machine = machines(conn)["A"]
    say(conn, machine, online=False, received_us=T0, measured_us=T0)
    assert list_partings(conn, {machine: T0 + 3600 * S}) == {}


def test_messages_refused_for_their_time_since_it_was_heard(conn: psycopg.Connection) -> None:
    of = machines(conn)
    refuse(conn, "A", 1, "clock_future", T0 + 50 * S)  # before it was heard last
    refuse(conn, "A", 2, "clock_future", T0 + 150 * S)
    refuse(conn, "A", 3, "clock_past", T0 + 160 * S)
    refuse(conn, "A", 4, "no_signals", T0 + 170 * S)
    refuse(conn, "B", 1, "clock_past", T0 + 900 * S)  # after now
    refuse(conn, "X", 1, "clock_past", T0 + 150 * S)  # nobody's terminal
    heard = {of[name]: T0 + 100 * S for name in "AB"}
    assert count_refused_by_clock(conn, heard, now_us=T0 + 500 * S) == {of["A"]: 2}
    assert count_refused_by_clock(conn, {}, now_us=T0) == {}


def test_where_machines_went_silent_for_want_of_a_network(conn: psycopg.Connection) -> None:
    machine = machines(conn)["A"]
    said = [
        ("no_coverage", [30.0, 103.0], 1, True),  # taken back by late readings: it lost the network indeed
        ("unknown", [30.1, 103.1], 2, False),
        ("engine_off", [30.2, 103.2], 3, False),
        ("no_coverage", None, 4, False),
        ("no_coverage", [30.3, 103.3], 91, False),
        ("no_coverage", [30.4, 103.4], -1, False),
    ]
    for key, place, days, is_withdrawn in said:
        at = instant(T0 - days * 86_400 * S)
        conn.execute(
            "INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at,"
            " withdrawn_at, reason) VALUES (%s, %s, 'platform', 'machine_silent', 'v', 'low', %s, %s, %s, %s)",
            [
                uuid7(),
                machine,
                at,
                at,
                at if is_withdrawn else None,
                json.dumps({"key": key, "share": 0.9, "spoke_for": [], "place": place}),
            ],
        )
    assert list_silent_places(conn, T0 - 92 * 86_400 * S).shape == (0, 2)
    assert list_silent_places(conn, T0).tolist() == [[30.0, 103.0], [30.1, 103.1]]
