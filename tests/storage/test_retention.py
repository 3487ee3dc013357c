import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from fleet.errors import InvalidInput
from ingest.retention import MOST_PORTIONS, ROWS, Ages, delete_expired, drop_expired
from storage.readings_write import copy_fresh
from storage.retention import delete_older, delete_worn_sessions
from tests.batches import CATALOGUE, readings, us
from tests.conftest import Database

NOW = datetime.fromtimestamp(us(0) / 1e6, UTC)
DAY = 86_400


def test_only_chunks_wholly_past_their_age_go(database: Database):
    with psycopg.connect(database.url("ecc_gateway")) as conn:
        copy_fresh(conn, readings([(1, -DAY * n, {"fuel_level_pct": n}) for n in range(10)]), CATALOGUE)
        conn.execute(
            """INSERT INTO event (machine_id, measured_at, received_at, kind)
               SELECT 1, t, t, 5 FROM unnest(%s::timestamptz[]) t""",
            [[NOW, NOW - timedelta(days=40)]],
        )
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        dropped = drop_expired(conn, Ages(readings=timedelta(days=5), events=timedelta(days=30)), now=NOW)
        assert dropped == {"reading": 4, "reading_extra": 0, "event": 1}
        assert conn.execute("SELECT count(*), min(fuel_level_pct), max(fuel_level_pct) FROM reading").fetchone() == (
            6,
            0,
            5,
        )
        assert drop_expired(conn, Ages(readings=timedelta(days=5)), now=NOW) == {"reading": 0, "reading_extra": 0}


@pytest.mark.parametrize(
    "ages",
    [
        pytest.param({"rollups_1m": 4}, id="minutes before readings"),
        pytest.param({"rollups_1m": 10, "rollups_15m": 9}, id="quarters before minutes"),
        pytest.param({"rollups_1h": 100}, id="hours before minutes that stay for ever"),
        pytest.param({"rollups_1m": 10, "rollups_15m": 20, "rollups_1h": 30, "rollups_1d": 29}, id="days before hours"),
    ],
)
def test_a_level_may_not_go_before_the_one_it_is_made_from(ages: dict[str, int]):
    with pytest.raises(InvalidInput):
        Ages(readings=timedelta(days=5), **{name: timedelta(days=days) for name, days in ages.items()})


def test_sensible_ages_are_taken():
    days = timedelta(days=1)
    Ages(readings=days, rollups_1m=2 * days, rollups_15m=3 * days, rollups_1h=None)
    Ages(readings=days, rollups_1m=2 * days, rollups_15m=3 * days, rollups_1h=4 * days, rollups_1d=5 * days)


def test_days_past_their_age_go(database: Database):
    age = timedelta(days=400)
    ages = Ages(readings=age, rollups_1m=age, rollups_15m=age, rollups_1h=age, rollups_1d=age)
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        for days in (0, 1000):
            at = [NOW - timedelta(days=days)]
            conn.execute("INSERT INTO work_time_1d SELECT 1, %s, 1, 1, 1, 1", at)
            conn.execute("INSERT INTO arrival_1d SELECT 1, %s, 1, 1, 1, 1, 1, 1, 1", at)
        dropped = drop_expired(conn, ages, now=NOW)
        assert (dropped["work_time_1d"], dropped["arrival_1d"]) == (1, 1)
        assert conn.execute("SELECT count(*) FROM work_time_1d").fetchone() == (1,)


def test_sessions_that_have_ended_are_deleted_and_others_stay(database: Database) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO app_user (public_id, organisation_id, login, password_hash, role)"
            " SELECT gen_random_uuid(), organisation_id, 'x', 'x', 'expert' FROM organisation LIMIT 1"
        )
        owner.execute(
            "INSERT INTO app_session (session_hash, user_id, expires_at)"
            " SELECT h, user_id, at FROM app_user,"
            " (VALUES ('a'::bytea, %s::timestamptz), ('b'::bytea, %s)) AS s(h, at)",
            [now - timedelta(hours=1), now + timedelta(hours=1)],
        )
        owner.execute(
            "INSERT INTO sign_in_counter SELECT 'pair', k, 1, at, at FROM (VALUES ('a'::bytea, %s::timestamptz),"
            " ('b'::bytea, %s)) AS c(k, at)",
            [now - timedelta(days=91), now - timedelta(days=89)],
        )
    with psycopg.connect(database.url("ecc_housekeeping")) as conn:
        assert delete_worn_sessions(conn, now=now) == 1
        assert conn.execute("SELECT session_hash FROM app_session").fetchall() == [(b"b",)]
        assert conn.execute("SELECT key FROM sign_in_counter").fetchall() == [(b"b",)]


FILL = [
    """INSERT INTO machine (machine_id, public_id, pin, name) OVERRIDING SYSTEM VALUE
       VALUES (1, gen_random_uuid(), 'p', 'm')""",
    "INSERT INTO terminal (terminal_id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'T'), (2, 'U')",
    """INSERT INTO ledger (terminal_id, boot, through, first_received_at, last_received_at)
       SELECT t, d::text, 0, now() - d * interval '1 day', now() - d * interval '1 day'
       FROM (VALUES (1, 0), (1, 10), (1, 20), (1, 30), (2, 40), (2, 50)) AS l(t, d)""",
    """INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at)
       SELECT gen_random_uuid(), 'T', d::text::bytea, 'schema', '', 't', now() - d * interval '1 day'
       FROM generate_series(0, 30, 10) d""",
    """INSERT INTO refused_payload (payload_hash, payload, received_at)
       SELECT d::text::bytea, '', now() - d * interval '1 day' FROM (VALUES (0), (10), (30)) AS p(d)""",
    """INSERT INTO reading_conflict (machine_id, measured_at, signal_id, kept, refused, terminal, boot, seq,
                                     received_at)
       SELECT 1, now() - d * interval '1 day', 1, d, 0, 'T', '', d, now() FROM generate_series(0, 30, 10) d""",
    """INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at)
       SELECT gen_random_uuid(), 1, 'rule', n::text, '1', 'low', now(), now() FROM generate_series(1, 3) n""",
    """INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, lifecycle,
                          raised_at, committed_at)
       SELECT finding_id, 1, 'rule', source_key, 'low', finding_id,
              CASE source_key WHEN '2' THEN 'active' ELSE 'cleared' END,
              CASE source_key WHEN '2' THEN 'active_unacknowledged' ELSE 'normal' END, now(), now() FROM finding""",
    """INSERT INTO alarm_transition (alarm_id, at, kind, version, actor)
       SELECT alarm_id, now() - d * interval '1 day', 'revised', source_key, 'platform'
       FROM alarm, (VALUES ('1', 30), ('1', 20), ('2', 30), ('3', 30), ('3', 0)) AS t(k, d) WHERE k = source_key""",
    """INSERT INTO event_log (at, kind, payload)
       SELECT now() - d * interval '1 day', 'test', '{}' FROM generate_series(30, 0, -10) d""",
]


@pytest.fixture
def filled(database: Database) -> Database:
    with psycopg.connect(database.owner_url) as owner:
        for statement in FILL:
            owner.execute(statement)
    return database


def ages(days: int | None) -> Ages:
    age = None if days is None else timedelta(days=days)
    return Ages(readings=timedelta(days=3650), **dict.fromkeys(ROWS.values(), age))


def test_rows_past_their_age_go_and_what_is_still_needed_stays(filled: Database) -> None:
    with psycopg.connect(filled.url("ecc_housekeeping"), autocommit=True) as conn:
        assert delete_expired(conn, ages(None), now=datetime.now(UTC)) == (dict.fromkeys(ROWS, 0), False)
        deleted, is_more = delete_expired(conn, ages(15), now=datetime.now(UTC))
        assert not is_more
        assert deleted == {
            "ledger": 3,  # two of T; of U all but its newest
            "quarantine": 2,
            "refused_payload": 1,
            "event_log": 2,
            "alarm_transition": 2,  # not those of the open alarm, nor of one with a newer transition
            "reading_conflict": 2,
        }
        assert not any(delete_expired(conn, ages(15), now=datetime.now(UTC))[0].values())
    with psycopg.connect(filled.owner_url) as owner:
        assert owner.execute("SELECT boot FROM ledger ORDER BY 1").fetchall() == [("0",), ("10",), ("40",)]
        assert owner.execute("SELECT DISTINCT version FROM alarm_transition ORDER BY 1").fetchall() == [("2",), ("3",)]


def test_portions_are_bounded_and_say_that_there_is_more(filled: Database) -> None:
    with psycopg.connect(filled.owner_url) as owner:
        owner.execute("INSERT INTO event_log (at, kind, payload) SELECT now() - interval '99 days', 'x', '{}'"
                      " FROM generate_series(1, 18)")  # fmt: skip
    with psycopg.connect(filled.url("ecc_housekeeping"), autocommit=True) as conn:
        deleted, is_more = delete_expired(conn, ages(15), now=datetime.now(UTC), portion=1)
        assert (deleted["event_log"], deleted["quarantine"], is_more) == (MOST_PORTIONS, 2, True)
        deleted, is_more = delete_expired(conn, ages(15), now=datetime.now(UTC), portion=9)
        assert (deleted["event_log"], is_more) == (10, False)


def test_what_goes_of_the_event_log_moves_its_horizon(filled: Database) -> None:
    with psycopg.connect(filled.url("ecc_housekeeping"), autocommit=True) as conn:
        delete_expired(conn, ages(15), now=datetime.now(UTC))
    with psycopg.connect(filled.owner_url) as owner:
        (gone,) = owner.execute("SELECT (xact, id)::text FROM event_log_horizon").fetchall()
        (oldest,) = owner.execute("SELECT min(id) FROM event_log").fetchall()
        assert gone[0].endswith(f",{oldest[0] - 1})")


def test_a_power_cycle_that_comes_again_while_it_is_deleted_stays(filled: Database) -> None:
    """The deletion waits for the gateway's row lock and looks at the row again."""
    with psycopg.connect(filled.owner_url) as gateway, psycopg.connect(filled.url("ecc_housekeeping")) as conn:
        gateway.execute("UPDATE ledger SET last_received_at = now() WHERE boot = '30'")
        deleted: list[int] = []
        before = datetime.now(UTC) - timedelta(days=15)
        thread = threading.Thread(target=lambda: deleted.append(delete_older(conn, "ledger", before=before)))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        gateway.commit()
        thread.join(10)
        conn.commit()
        assert deleted == [2]
        assert ("30",) in gateway.execute("SELECT boot FROM ledger").fetchall()


@pytest.mark.parametrize("table", ["alarm", "finding", "event", "terminal", "machine", "machine_state", "rule_state"])
def test_housekeeping_may_delete_nothing_else(database: Database, table: str) -> None:
    with psycopg.connect(database.url("ecc_housekeeping")) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"DELETE FROM {table}")
