"""A step of `ecc diagnose`: replays and tunings that people asked for are done in a process of their own."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from app.logging import get_logger
from storage.pool import Connection
from storage.rule_replays import give_back_unheard

ROOT = Path(__file__).resolve().parent.parent

log = get_logger("diagnose")


class ReplayStep:
    """Looks for what waits, and starts one process that does all of it at a low priority and ends.

    What it does may take hours; its own death, or this process's, gives the replay back (storage/rule_replays.py).
    """

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None

    def __call__(self, conn: Connection, now: datetime) -> bool:
        """One look; never more to do at once."""
        is_waiting = give_back_unheard(conn, now=now)
        if self.child is not None and (code := self.child.poll()) is not None:
            if code != 0:
                log.warning("the process that replays rules has ended", exit_code=code)
            self.child = None
        if is_waiting and self.child is None:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "rules", "work"], cwd=ROOT, stdin=subprocess.DEVNULL
            )
        return False
