from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from fleet.errors import InvalidInput
from ingest.retention import Ages, drop_expired
from storage.readings_write import copy_fresh
from storage.retention import delete_worn_sessions
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
    ],
)
def test_a_level_may_not_go_before_the_one_it_is_made_from(ages: dict[str, int]):
    with pytest.raises(InvalidInput):
        Ages(readings=timedelta(days=5), **{name: timedelta(days=days) for name, days in ages.items()})


def test_sensible_ages_are_taken():
    days = timedelta(days=1)
    Ages(readings=days, rollups_1m=2 * days, rollups_15m=3 * days, rollups_1h=None)


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
    with psycopg.connect(database.url("ecc_housekeeping")) as conn:
        assert delete_worn_sessions(conn, now=now) == 1
        assert conn.execute("SELECT session_hash FROM app_session").fetchall() == [(b"b",)]
