"""The housekeeping process: rolls up what changed and tends alarms every few seconds, drops what is too old hourly."""

import threading
import time
from datetime import UTC, datetime, timedelta

from app import metrics
from app.alarm_tending import AlarmTending
from app.health_thread import HealthThread
from app.logging import get_logger, set_up_logging
from app.processes import settings_or_exit
from app.settings import Settings
from app.up import stop_event
from ingest.retention import Ages, delete_expired, drop_expired
from ingest.rollups import Portion, roll_up
from storage import audit_chain
from storage.failures import TRY_AGAIN
from storage.idempotency import delete_expired_keys
from storage.migrate import check_version
from storage.ownership import leave_sold_sites
from storage.pool import Connection, connect
from storage.retention import delete_fleet_changes, delete_worn_sessions
from storage.signals_write import load_catalogue

ROLL_UP_EVERY_S = 5.0
RETENTION_EVERY_S = 3600.0
BACK_OFF_S = 2.0

log = get_logger("housekeeping")


def main() -> None:
    """Run until SIGTERM or Ctrl-C; a database that is away is waited for."""
    settings = settings_or_exit()
    set_up_logging(settings, "housekeeping")
    stop = stop_event()
    health = HealthThread(settings.http_host, settings.housekeeping_http_port)
    health.start()
    url = settings.database_url_for("ecc_housekeeping")
    AlarmTending(url, stop).start()
    while not stop.is_set():
        try:
            with connect(url, application="ecc housekeeping") as conn:
                conn.autocommit = True
                check_version(conn)
                health.conditions["database"] = True
                _work(conn, settings, stop)
        except TRY_AGAIN as error:
            health.conditions["database"] = False
            log.warning("the database is away; trying again", error=type(error).__name__)
            stop.wait(BACK_OFF_S)


def _work(conn: Connection, settings: Settings, stop: threading.Event) -> None:
    retention_due = 0.0
    portion = Portion()
    while not stop.is_set():
        began = time.monotonic()
        done = roll_up(conn, load_catalogue(conn), portion=portion)
        metrics.ROLLED_UP.inc(done)
        leave_sold_sites(conn, now=datetime.now(UTC))
        while audit_chain.seal(conn, now=datetime.now(UTC)) == audit_chain.PORTION:
            log.info("sealed a portion of the audit; there is more")
        if began >= retention_due:
            is_more = _drop_expired(conn, ages_of(settings), now=datetime.now(UTC))
            retention_due = began + (0.0 if is_more else RETENTION_EVERY_S)
        stop.wait(max(0.0, ROLL_UP_EVERY_S - (time.monotonic() - began)))


def ages_of(settings: Settings) -> Ages:
    """How long what is kept; 0 days are for ever."""
    readings = timedelta(days=365 * settings.retention_years)
    return Ages(
        readings=readings,
        events=readings,
        rollups_1m=readings,
        reading_conflict=readings,
        ledger=_days(settings.ledger_days),
        quarantine=_days(settings.quarantine_days),
        event_log=_days(settings.event_log_days),
        alarm_transition=_days(settings.alarm_history_days),
        audit=_days(settings.audit_days),
    )


def _days(count: int) -> timedelta | None:
    return timedelta(days=count) if count else None


def _drop_expired(conn: Connection, ages: Ages, *, now: datetime) -> bool:
    """Drop what is past its age; True when there is more to do at once."""
    dropped = drop_expired(conn, ages, now=now)
    deleted, is_more = delete_expired(conn, ages, now=now)
    deleted["app_session"] = delete_worn_sessions(conn, now=now)
    deleted["fleet_change"] = delete_fleet_changes(conn, now=now)
    if ages.audit is not None:
        deleted["audit"] = audit_chain.delete_expired(conn, before=now - ages.audit)
        is_more |= deleted["audit"] == audit_chain.PORTION
    deleted["idempotency"] = delete_expired_keys(conn, now=now)
    for table, rows in deleted.items():
        metrics.EXPIRED.labels(table).inc(rows)
    if any(dropped.values()) or any(deleted.values()):
        log.info("dropped what is past its age", chunks=_some(dropped), rows=_some(deleted))
    return is_more


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {table: count for table, count in counts.items() if count}
