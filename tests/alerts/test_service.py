"""Findings to alarms on the real database: one open a source, a transition row for each step, nothing twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from alerts.service import Change, apply_changes, changes_of
from fleet.findings import CaseMember, Finding, MachineId, Severity, SourceKind
from storage.ids import uuid7
from storage.pool import connect
from storage.recorded_findings import list_findings_since
from tests.conftest import Database

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
S = 1_000_000
T0 = 1_795_000_000 * S


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection]:
    with connect(database.owner_url, application="test") as owner:
        owner.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'M-1', 'one')")
    with connect(database.url("ecc_gateway"), application="test") as gateway:
        yield gateway


def episode(start_s: int, end_s: int | None = None, *, key: str = "low_oil_pressure") -> Finding:
    return Finding(
        machine=MachineId(1),
        source_kind=SourceKind.RULE,
        source_key=key,
        version="v1",
        severity=Severity.CRITICAL,
        from_us=T0 + start_s * S,
        held_us=T0 + (start_s + 10) * S,
        to_us=None if end_s is None else T0 + end_s * S,
        values=(("engine_oil_pressure_kpa", 80.0),),
    )


def apply(conn: psycopg.Connection, *changes: Change) -> list[str]:
    return [str(k) for k in apply_changes(conn, changes, at=AT, is_historic=lambda f: False)]


def alarms(conn: psycopg.Connection) -> list[tuple[str, str]]:
    return conn.execute("SELECT source_key, state FROM alarm ORDER BY raised_at, source_key").fetchall()


def transitions(conn: psycopg.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT kind FROM alarm_transition ORDER BY transition_id")]


def test_an_episode_raises_and_clears_one_alarm(conn: psycopg.Connection) -> None:
    opened, closed = episode(0), episode(0, 60)
    assert apply(conn, Change(None, opened)) == ["raised"]
    assert alarms(conn) == [("low_oil_pressure", "active")]
    assert apply(conn, Change(opened, closed)) == ["cleared"]
    assert alarms(conn) == [("low_oil_pressure", "cleared")]
    logged = conn.execute("SELECT kind, payload->>'source_key' FROM event_log ORDER BY id").fetchall()
    assert logged == [("alarm.raised", "low_oil_pressure"), ("alarm.cleared", "low_oil_pressure")]


def test_the_same_change_twice_leaves_no_second_trace(conn: psycopg.Connection) -> None:
    apply(conn, Change(None, episode(0)))
    assert apply(conn, Change(None, episode(0))) == []
    assert transitions(conn) == ["raised"]


def test_an_episode_that_came_and_went_in_one_batch_is_raised_and_cleared(conn: psycopg.Connection) -> None:
    changes = changes_of([episode(0), episode(0, 60)])
    assert len(changes) == 1
    assert apply(conn, *changes) == ["raised", "cleared"]
    assert alarms(conn) == [("low_oil_pressure", "cleared")]


def test_the_end_of_a_recorded_episode_and_the_start_of_the_next_fit_in_one_batch(conn: psycopg.Connection) -> None:
    apply(conn, Change(None, episode(0)))
    changes = changes_of([episode(0, 60), episode(100)])
    assert apply(conn, *reversed(changes)) == ["cleared", "raised"]
    assert alarms(conn) == [("low_oil_pressure", "cleared"), ("low_oil_pressure", "active")]


def test_late_rows_move_the_start_of_an_open_episode_visibly(conn: psycopg.Connection) -> None:
    apply(conn, Change(None, episode(30)))
    assert apply(conn, Change(episode(30), episode(20))) == ["revised"]
    detail = conn.execute("SELECT detail FROM alarm_transition WHERE kind = 'revised'").fetchone()
    assert detail is not None
    assert detail[0]["before"]["from"] != detail[0]["from"]
    assert conn.execute("SELECT count(*) FROM finding WHERE withdrawn_at IS NULL").fetchone() == (1,)


def test_late_rows_can_take_an_episode_back_and_put_another_in_its_place(conn: psycopg.Connection) -> None:
    apply(conn, Change(None, episode(0)))
    assert apply(conn, Change(None, episode(40)), Change(episode(0), None)) == ["withdrawn", "raised"]
    assert alarms(conn) == [("low_oil_pressure", "withdrawn"), ("low_oil_pressure", "active")]


def test_late_rows_can_open_a_cleared_episode_again(conn: psycopg.Connection) -> None:
    apply(conn, Change(None, episode(0, 60)))
    assert apply(conn, Change(episode(0, 60), episode(0))) == ["revised"]
    assert alarms(conn) == [("low_oil_pressure", "active")]


def test_a_finding_whose_data_came_late_is_marked_historic(conn: psycopg.Connection) -> None:
    apply_changes(conn, [Change(None, episode(0, 60))], at=AT, is_historic=lambda f: True)
    assert conn.execute("SELECT historic FROM alarm").fetchone() == (True,)


def test_the_event_names_the_owner_at_the_time_of_the_finding(conn: psycopg.Connection, database: Database) -> None:
    with connect(database.owner_url, application="test") as owner:
        owner.execute(
            "INSERT INTO organisation (public_id, kind, name) VALUES (%s, 'customer', 'a'), (%s, 'customer', 'b')",
            [uuid7(), uuid7()],
        )
        sale = datetime.fromtimestamp((T0 + 100 * S) / 1e6, UTC)
        owner.execute(
            "INSERT INTO ownership (machine_id, organisation_id, from_at, to_at)"
            " VALUES (1, 1, '-infinity', %(sale)s), (1, 2, %(sale)s, 'infinity')",
            {"sale": sale},
        )
    apply(conn, Change(None, episode(0, 50)), Change(None, replace(episode(200), source_key="low_fuel")))
    query = "SELECT DISTINCT payload->>'source_key', organisation_id FROM event_log ORDER BY 2"
    owners = conn.execute(query).fetchall()
    assert owners == [("low_oil_pressure", 1), ("low_fuel", 2)]


def test_a_code_that_joins_a_finding_revises_its_alarm_and_is_read_back(conn: psycopg.Connection) -> None:
    alone = replace(episode(0, key="0/3509/4"), source_kind=SourceKind.DTC)
    members = (
        CaseMember(0, 3509, 4, T0),
        CaseMember(-1, 100, 4, T0 + S, T0 + 2 * S),
        CaseMember(0, 102, 4, 1, apart=True),
    )
    joined = replace(alone, cascade="sensor_supply_lost", members=members)
    assert apply(conn, *changes_of([alone], [joined])) == ["raised"]
    assert list_findings_since(conn, [1], [T0], [SourceKind.DTC]) == [joined]
    ended = replace(joined, members=(replace(members[0], to_us=T0 + 3 * S), *members[1:]))
    assert apply(conn, *changes_of([], [ended])) == ["revised"]
    assert list_findings_since(conn, [1], [T0], [SourceKind.DTC]) == [ended]
    assert alarms(conn) == [("0/3509/4", "active")]
