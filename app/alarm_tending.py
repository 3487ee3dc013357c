"""Tending alarms every few seconds, in a thread of the housekeeping process with a connection of its own: nobody waits
for the rollups of a long outage until a shelved alarm calls again."""

import threading
from datetime import UTC, datetime

from app import metrics
from app.logging import get_logger
from storage.failures import OUR_FAULT, TRY_AGAIN
from storage.migrate import check_version
from storage.pool import connect
from usecases.tend_alarms import tend_alarms

EVERY_S = 5.0

log = get_logger("housekeeping.alarms")


class AlarmTending(threading.Thread):
    """Runs until `stop` is set; a database that is away is waited for."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        super().__init__(name="alarms", daemon=True)
        self._url, self._stop_asked = url, stop

    def run(self) -> None:
        """The thread's body."""
        while not self._stop_asked.is_set():
            try:
                with connect(self._url, application="ecc housekeeping, alarms") as conn:
                    conn.autocommit = True
                    check_version(conn)
                    while not self._stop_asked.wait(EVERY_S):
                        for kind, count in tend_alarms(conn, now=datetime.now(UTC)).items():
                            metrics.ALARMS.labels(kind).inc(count)
            except (*TRY_AGAIN, *OUR_FAULT) as error:
                log.warning("alarms are not tended; trying again", error=type(error).__name__)
                self._stop_asked.wait(EVERY_S)
