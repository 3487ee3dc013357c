"""Running several processes as one: started together, restarted when they die, stopped in seconds, none left over."""

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.back_off import BackOff
from app.embedded import EmbeddedServers
from app.processes import NOT_STARTED
from app.stand_by import GONE_FOR_S

STOP_WITHIN_S = 2.0
TAKEN_OVER = 3  # exit code of a gateway that another one has replaced
LAST_WORDS_BYTES = 131_072  # a traceback of the API goes through every router
STAND_BY = {"gateway": ["--stand-by"]}  # processes that must not steal the work when they are started again
PR_SET_PDEATHSIG = 1
ROOT = Path(__file__).resolve().parent.parent


def _die_with_parent() -> None:
    """The supervisor was killed: nobody is left to wait for an orderly end, and none is needed."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(slots=True)
class Child:
    """One supervised process: its command line, what is running now, and when it may be started again."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    restart: bool = True
    popen: subprocess.Popen[bytes] | None = None
    back_off: BackOff = field(default_factory=BackOff)

    def start(self) -> None:
        """Start it in a session of its own, so that a terminal's Ctrl-C reaches only the supervisor."""
        again = STAND_BY.get(self.name, []) if self.popen is not None else []
        self.back_off.started()
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *self.arguments, *again],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call without locks, before any thread runs
            )

    @property
    def running(self) -> bool:
        """Whether it is alive now."""
        return self.popen is not None and self.popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or before it was started."""
        return None if self.popen is None else self.popen.poll()


@dataclass(slots=True)
class Supervisor:
    """Starts children in order, keeps them and `servers` running, and stops the children in reverse order."""

    log_dir: Path
    servers: EmbeddedServers | None = None
    children: dict[str, Child] = field(default_factory=dict)

    def add(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None, *, restart: bool = True
    ) -> Child:
        """Start a child running `ecc <arguments>`; its output goes to <log_dir>/<name>.log."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        child = Child(name, arguments, environment or {}, self.log_dir / f"{name}.log", restart)
        child.start()
        self.children[name] = child
        return child

    def keep_running(self) -> list[str]:
        """Start dead children again, with a back-off up to 30 s; returns a sentence for each that was found dead now.

        What another one has replaced comes back standing by: it goes on when the other has been gone for a while.
        """
        said = self.servers.keep_running() if self.servers is not None else []
        dead = [c for c in self.children.values() if c.restart and not c.running]
        for child in dead:
            if child.back_off.is_news():
                said.append(_what_happened(child))
            elif child.back_off.is_due():
                child.start()
        return said

    def stop(self) -> None:
        """SIGTERM in reverse order, SIGKILL to what is left after 2 s, and at once to what has nothing to save."""
        for child in reversed(self.children.values()):
            _signal(child, signal.SIGTERM if child.restart else signal.SIGKILL)
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in self.children.values():
            if child.popen is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.popen.wait(max(0.0, deadline - time.monotonic()))
        for child in self.children.values():
            if child.running and child.popen is not None:
                _signal(child, signal.SIGKILL)
                child.popen.wait()


def _what_happened(child: Child) -> str:
    if child.exit_code == TAKEN_OVER and child.name in STAND_BY:
        return (
            f"another {child.name} with this ECC_GATEWAY_ID has taken over. The one here stands by and goes on by"
            f" itself {GONE_FOR_S:.0f} s after the other has stopped; nothing is lost."
            " Stop the other if it is not wanted."
        )
    if child.exit_code == NOT_STARTED and (why := _last_error(child.log)):
        return f"{child.name} could not start: {why}. Trying it again"
    return f"{child.name} is not running; starting it again"


def _last_error(log: Path) -> str | None:
    """The newest error of a log that says what was wrong: its exception's own words, else the line's."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LAST_WORDS_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    for line in reversed(lines):
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            if said.get("level") == "error" and said["event"] != "Application startup failed. Exiting.":
                return _words(said)
    return None


def _words(said: Mapping[str, str]) -> str:
    """What an error says, without the trace that led to it."""
    last = (said.get("exception") or said["event"]).strip().splitlines()[-1]
    return re.sub(r"^[\w.]+: ", "", last).rstrip(".")


def _signal(child: Child, number: signal.Signals) -> None:
    if child.popen is not None and child.running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.popen.pid, number)
