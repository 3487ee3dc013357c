"""The diagnose process: what takes longer than a batch may, beside the stream.

Each step has a thread and a database connection of its own. What goes wrong in one is logged, counted, shown as
degraded and tried again with a back-off; the others, the stream and rule alarms do not notice.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app import metrics
from app.evidence_step import EvidenceStep
from app.health_thread import HealthThread
from app.logging import get_logger, set_up_logging
from app.processes import settings_or_exit
from app.replaying import ReplayStep
from app.up import stop_event
from storage.evidence import begin_step
from storage.failures import is_away
from storage.migrate import check_version
from storage.pool import Connection, connect

LOOK_EVERY_S = 0.5
STOP_WITHIN_S = 1.5
STUCK_AFTER_S = 120.0  # a step that takes longer is shown as degraded, though nothing has failed
SELDOM_S, HEAVY_AFTER_S = 60.0, 10.0  # what is done seldom loads much; fresh findings come first at a start
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

log = get_logger("diagnose")


class Work(Protocol):
    """One run of a step on its connection (in autocommit); True when there is more to do at once."""

    def __call__(self, conn: Connection, now: datetime) -> bool:
        """Do what is due at `now`."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something done again and again. make(database url) gives its work anew at the start and after a failure; it is
    called in the step's thread."""

    name: str
    every_s: float
    make: Callable[[str], Work]


def _models(url: str) -> Work:
    """What models need is loaded in the step's own thread: where that fails, the others run."""
    from usecases.score_windows import Scorer

    return Scorer().step


def _wear(url: str) -> Work:
    from usecases.trend_wear import WearStep

    return WearStep().step


def _peers(url: str) -> Work:
    from usecases.compare_peers import PeersStep

    return PeersStep().step


def _trust(url: str) -> Work:
    from usecases.judge_trust import TrustStep

    return TrustStep().step


def _maintenance(url: str) -> Work:
    from usecases.remind_maintenance import MaintenanceStep

    return MaintenanceStep().step


STEPS = (
    Step("evidence", 0.25, lambda url: EvidenceStep()),
    Step("windows", 60.0, _models),
    Step("trust", 60.0, _trust),
    Step("wear", 3600.0, _wear),
    Step("peers", 600.0, _peers),
    Step("maintenance", 60.0, _maintenance),
    Step("replays", 2.0, lambda url: ReplayStep()),
)


class StepThread(threading.Thread):
    """Runs one step until it is stopped; waits for a database that is away, and while another process does it."""

    def __init__(self, step: Step, url: str, stop: threading.Event) -> None:
        super().__init__(name=step.name, daemon=True)
        self.step = step
        self.is_connected = False
        self._url, self._stop_event = url, stop
        self._failures = 0
        self._began_s: float | None = None

    @property
    def is_degraded(self) -> bool:
        """Whether the last run failed, or this one takes too long."""
        began_s = self._began_s
        return self._failures > 0 or (began_s is not None and time.monotonic() - began_s > STUCK_AFTER_S)

    def run(self) -> None:
        """The thread's body."""
        while not self._stop_event.is_set():
            try:
                with connect(self._url, application=f"ecc diagnose {self.step.name}") as conn:
                    self._work_on(conn)
            except Exception as error:  # noqa: BLE001 - logged in _after(): a step's fault must not end the others
                self._stop_event.wait(self._after(error))
            finally:
                self.is_connected, self._began_s = False, None

    def _after(self, error: Exception) -> float:
        """Say what went wrong; returns how long to wait, in seconds."""
        if is_away(error):
            log.warning("the database is away; trying again", step=self.step.name, error=type(error).__name__)
            return BACK_OFF_S[0]
        log.error("a step failed; trying again", step=self.step.name, exc_info=error)
        metrics.DIAGNOSE_FAILURES.labels(self.step.name).inc()
        self._failures += 1
        return BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1]

    def _work_on(self, conn: Connection) -> None:
        conn.autocommit = True
        check_version(conn)
        while not begin_step(conn, self.step.name):
            self.is_connected = True
            if self._stop_event.wait(BACK_OFF_S[2]):
                return
        self.is_connected = True
        if self._stop_event.wait(HEAVY_AFTER_S if self.step.every_s >= SELDOM_S else 0.0):
            return
        work = self.step.make(self._url)
        while not self._stop_event.is_set():
            self._began_s = time.monotonic()
            is_more = work(conn, datetime.now(UTC))
            took_s = time.monotonic() - self._began_s
            self._began_s, self._failures = None, 0
            metrics.DIAGNOSE_SECONDS.labels(self.step.name).observe(took_s)
            if not is_more:
                self._stop_event.wait(max(0.0, self.step.every_s - took_s))


def main(steps: tuple[Step, ...] = STEPS) -> None:
    """Run until SIGTERM or Ctrl-C."""
    settings = settings_or_exit()
    set_up_logging(settings, "diagnose")
    stop = stop_event()
    health = HealthThread(settings.http_host, settings.diagnose_http_port)
    health.conditions |= {step.name: True for step in steps}
    health.start()
    url = settings.database_url_for("ecc_diagnose")
    threads = [StepThread(step, url, stop) for step in steps]
    for thread in threads:
        thread.start()
    log.info("ready", steps=[step.name for step in steps])
    while not stop.is_set():
        show(health.conditions, threads)
        stop.wait(LOOK_EVERY_S)
    deadline = time.monotonic() + STOP_WITHIN_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def show(conditions: dict[str, bool], threads: list[StepThread]) -> None:
    """Say of each step whether it does its work, for /readyz and the metrics."""
    conditions["database"] = all(thread.is_connected for thread in threads)
    for thread in threads:
        degraded = thread.is_degraded
        conditions[thread.step.name] = not degraded
        metrics.DIAGNOSE_DEGRADED.labels(thread.step.name).set(degraded)
