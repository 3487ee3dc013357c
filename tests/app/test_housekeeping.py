"""What housekeeping keeps how long, from the settings to the tables."""

from datetime import UTC, datetime, timedelta

import psycopg

from app import metrics
from app.housekeeping import _drop_expired, ages_of
from app.settings import Settings
from tests.conftest import Database


def test_days_become_ages_and_0_is_for_ever() -> None:
    ages = ages_of(Settings(quarantine_days=0, event_log_days=5, ledger_days=8, retention_years=2))
    assert (ages.quarantine, ages.event_log, ages.ledger) == (None, timedelta(days=5), timedelta(days=8))
    assert ages.reading_conflict == ages.readings == timedelta(days=730)


def test_what_is_deleted_is_counted_by_table(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO event_log (at, kind, payload)"
            " SELECT now() - d * interval '1 day', 'test', '{}' FROM generate_series(80, 99) d"
        )
    counter = metrics.EXPIRED.labels("event_log")._value
    before = counter.get()
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        assert not _drop_expired(conn, ages_of(Settings()), now=datetime.now(UTC))
        assert conn.execute("SELECT count(*) FROM event_log").fetchone() == (counter.get() - before,)
    assert counter.get() - before == 10
