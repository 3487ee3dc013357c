"""Beside the gateway, which may publish: replays of the quarantine that people asked for through the API."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from app.logging import get_logger
from app.pipeline import platform_now
from storage.failures import OUR_FAULT, TRY_AGAIN
from storage.pool import Connection
from storage.quarantine_replays import give_back_unheard

ROOT = Path(__file__).resolve().parent.parent
LOOK_EVERY_S = 2.0

log = get_logger("gateway")


class ReplayWatch(threading.Thread):
    """Looks for what waits, and starts one process that does all of it and ends: the gateway's own threads have no time
    for it. Its death, or this process's, gives the replay back (storage/quarantine_replays.py)."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        super().__init__(name="quarantine replays", daemon=True)  # nobody's exit waits for it
        self._connect = connect
        self._stopped = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Look until stopped; a database that is away is asked again."""
        conn: Connection | None = None
        while not self._stopped.is_set():
            try:
                conn = self._connect() if conn is None or conn.closed else conn
                self._look(conn)
            except (*TRY_AGAIN, *OUR_FAULT) as error:
                log.warning("replays of the quarantine are not looked for", error=type(error).__name__)
                if conn is not None:
                    conn.close()
            self._stopped.wait(LOOK_EVERY_S)
        if conn is not None:
            conn.close()

    def _look(self, conn: Connection) -> None:
        is_waiting = give_back_unheard(conn, now=platform_now())
        if self._child is not None and (code := self._child.poll()) is not None:
            if code != 0:
                log.warning("the process that replays the quarantine has ended", exit_code=code)
            self._child = None
        if is_waiting and self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "quarantine", "work"], cwd=ROOT, stdin=subprocess.DEVNULL
            )

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
