"""Standing by: a gateway that does not take over waits until no gateway of its id is at work."""

import math
import time

from app.logging import get_logger
from app.settings import Settings
from storage.failures import TRY_AGAIN
from storage.gateway_holder import is_held
from storage.pool import Connection, connect

GONE_FOR_S = 10.0  # a gateway that is started again, or lost its database, is back before that
LOOK_EVERY_S = 1.0

log = get_logger("gateway")


class StandBy:
    """Looks every second whether a gateway of this id is at work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._conn: Connection | None = None

    def wait(self) -> None:
        """Return at once when none is at work, else when none has been for GONE_FOR_S without a break."""
        needed_s, absent_since_s = 0.0, math.inf
        while True:
            held, now_s = self._look(), time.monotonic()
            absent_since_s = min(absent_since_s, now_s) if held is False else math.inf
            if now_s - absent_since_s >= needed_s:
                self._close()
                return
            if held and not needed_s:
                log.info("another gateway is at work; standing by", gateway_id=self._settings.gateway_id)
                needed_s = GONE_FOR_S
            time.sleep(LOOK_EVERY_S)

    def _look(self) -> bool | None:
        """Whether one is at work; None when the database does not say."""
        try:
            if self._conn is None:
                url = self._settings.database_url_for("ecc_gateway")
                self._conn = connect(url, application="ecc gateway, standing by")
                self._conn.autocommit = True
            return is_held(self._conn, self._settings.gateway_id)
        except TRY_AGAIN as error:
            log.warning("the database is away; trying again", error=type(error).__name__)
            self._close()
            return None

    def _close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
