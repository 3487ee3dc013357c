from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest

from fleet.errors import FencedOff
from storage.ids import uuid7
from storage.registry import ALWAYS_FROM_US, ALWAYS_TO_US, auto_register, fence, load_registry, take_over
from tests.batches import us
from tests.conftest import Database

NOW = datetime.fromtimestamp(us(0) / 1e6, UTC)


@pytest.fixture
def conn(database: Database):
    with psycopg.connect(database.url("ecc_gateway")) as connection:
        yield connection


def test_an_empty_registry_loads(conn: psycopg.Connection):
    rows = load_registry(conn)
    assert rows.terminals == {}
    assert len(rows.terminal_id) == len(rows.from_us) == 0


def test_terminals_register_themselves_once_on_a_machine_since_ever(conn: psycopg.Connection):
    assert auto_register(conn, ["T1", "T2", "T1"], NOW) == 2
    assert auto_register(conn, ["T2", "T3"], NOW) == 1
    rows = load_registry(conn)
    assert set(rows.terminals) == {"T1", "T2", "T3"}
    assert rows.from_us.tolist() == [ALWAYS_FROM_US] * 3
    assert rows.to_us.tolist() == [ALWAYS_TO_US] * 3
    assert sorted(rows.pin[m] for m in rows.machine_id) == ["T1", "T2", "T3"]
    assert {int(rows.organisation_id[m]) for m in rows.machine_id} != {-1}
    assert np.isnan(rows.nominal_voltage_v[rows.machine_id]).all()
    assert conn.execute("SELECT count(*) FROM organisation WHERE kind = 'customer'").fetchone() == (1,)


def test_a_terminal_named_like_a_known_machine_is_put_on_it_and_its_owner_stays(database: Database, conn):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("INSERT INTO organisation (public_id, kind, name) VALUES (%s, 'dealer', 'D')", [uuid7()])
        owner.execute(
            """WITH d AS (INSERT INTO machine_model (name, kind, nominal_voltage_v, slot_s, preferred_source_address)
                          VALUES ('M', 'roller', 24, 0.5, '{0,3}') RETURNING model_id),
                    m AS (INSERT INTO machine (public_id, pin, name, model_id)
                          SELECT %s, 'PIN7', 'seven', model_id FROM d RETURNING machine_id)
               INSERT INTO ownership (machine_id, organisation_id)
               SELECT machine_id, max(organisation_id) FROM m, organisation GROUP BY 1""",
            [uuid7()],
        )
    auto_register(conn, ["PIN7"], NOW)
    rows = load_registry(conn)
    (machine,) = rows.machine_id.tolist()
    assert rows.terminals["PIN7"][2:] == ((0, 3), 0.5)
    assert (rows.kind[machine], rows.nominal_voltage_v[machine]) == ("roller", 24)
    assert conn.execute("SELECT kind FROM organisation JOIN ownership USING (organisation_id)").fetchall() == [
        ("dealer",)
    ]


def test_installations_come_sorted_with_open_ends_as_numbers(conn: psycopg.Connection):
    auto_register(conn, ["A", "B"], NOW)
    conn.execute("INSERT INTO terminal (name, clock_offset_us) VALUES ('C', -5)")
    conn.execute(
        """INSERT INTO installation (terminal_id, machine_id, from_at, to_at)
           SELECT t.terminal_id, m.machine_id, s, e FROM machine m, terminal t,
                  (VALUES ('2026-01-02Z'::timestamptz, 'infinity'::timestamptz),
                          ('-infinity', '2026-01-01T00:00:00.000001Z')) v (s, e)
           WHERE m.pin = 'A' AND t.name = 'C'"""
    )
    rows = load_registry(conn)
    number, offset, *_ = rows.terminals["C"]
    mine = rows.terminal_id == number
    assert offset == -5
    assert rows.from_us[mine].tolist() == [ALWAYS_FROM_US, 1_767_312_000_000_000]
    assert rows.to_us[mine].tolist() == [1_767_225_600_000_001, ALWAYS_TO_US]


def test_the_owner_of_tomorrow_is_not_the_owner_today(database: Database, conn: psycopg.Connection):
    auto_register(conn, ["A"], NOW)
    conn.commit()
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("INSERT INTO organisation (public_id, kind, name) VALUES (%s, 'customer', 'Buyer')", [uuid7()])
        owner.execute("UPDATE ownership SET to_at = now() + interval '1 day'")
        owner.execute(
            "INSERT INTO ownership (machine_id, organisation_id, from_at) "
            "SELECT w.machine_id, o.organisation_id, w.to_at FROM ownership w, organisation o WHERE o.name = 'Buyer'"
        )
        seller = owner.execute("SELECT organisation_id FROM organisation WHERE name = 'Unassigned'").fetchone()
    rows = load_registry(conn)
    assert rows.organisation_id[rows.machine_id].tolist() == [seller[0]]


def test_a_terminal_cannot_be_on_two_machines_at_once(conn: psycopg.Connection):
    auto_register(conn, ["A", "B"], NOW)
    with pytest.raises(psycopg.errors.ExclusionViolation):
        conn.execute(
            """INSERT INTO installation (terminal_id, machine_id, from_at)
               SELECT t.terminal_id, m.machine_id, now() FROM machine m, terminal t
               WHERE m.pin = 'A' AND t.name = 'B'"""
        )


def test_a_gateway_that_was_taken_over_cannot_go_on(database: Database, conn: psycopg.Connection):
    old = take_over(conn, "g")
    conn.commit()
    epochs = fence(conn, "g", old)
    assert epochs.config_epoch >= 1
    with psycopg.connect(database.url("ecc_gateway")) as successor:
        successor.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            take_over(successor, "g")  # waits for the running batch
        successor.rollback()
        conn.commit()
        new = take_over(successor, "g")
    assert new > old
    with pytest.raises(FencedOff):
        fence(conn, "g", old)
    assert fence(conn, "g", new) == epochs
    with pytest.raises(FencedOff):
        fence(conn, "other", new)


def test_ids_sort_by_their_time_and_say_version_seven():
    ids = [uuid7(ms) for ms in (0, 1, 2**40, 2**48 - 1)]
    assert sorted(ids) == ids
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert len({uuid7(5) for _ in range(1000)}) == 1000
    assert ids[2].int >> 80 == 2**40
