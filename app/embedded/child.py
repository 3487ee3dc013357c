"""One server process of ours: started under its account, ended in an orderly way, found again after a killed run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.embedded.errors import StartError
from app.embedded.places import Account

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_KEEP_BYTES = 10_000_000
# The kernel sends the parent-death signal when the *thread* that forked ends, so one thread that lives as long as the
# process does all the forking.
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="embedded-starter")


def launch_command(command: Sequence[str | Path], account: Account, death_signal: int) -> list[str]:
    """The command that runs `command` as the account, signalled when this process dies (0: not)."""
    uid, gid = (-1, -1) if account.is_self else (account.uid, account.gid)
    own = [str(os.getpid()), str(uid), str(gid), str(int(death_signal))]
    return [sys.executable, "-I", "-S", str(LAUNCHER), *own, *map(str, command)]


def run_as(account: Account, command: Sequence[str | Path], *, cwd: Path, text: str = "") -> None:
    """Run a command to its end as the account; raises StartError with what it printed when it fails."""
    answer = subprocess.run(
        launch_command(command, account, 0),
        input=text,
        cwd=cwd,
        env=server_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise StartError(f"{Path(command[0]).name} failed: {(answer.stderr or answer.stdout).strip()[-1000:]}")


def server_environment() -> dict[str, str]:
    """A small environment: nothing of the caller's PG*, LD_* or locale settings reaches the servers."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Child:
    """A server in a session of its own: a terminal's Ctrl-C does not reach it, the parent's death does."""

    def __init__(self, name: str, account: Account, directory: Path, log: Path, death_signal: int) -> None:
        self.name = name
        self._account = account
        self._directory = directory
        self._log = log
        self._death_signal = death_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process is not None else None

    def start(self, command: Sequence[str | Path], ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Start the server and wait until `ready`; raises StartError with the end of its log when it is not."""
        end_leftovers(self._directory, self.name)
        if self._log.exists() and self._log.stat().st_size > LOG_KEEP_BYTES:
            self._log.unlink()
        with self._log.open("ab") as log:
            self._process = _STARTER.submit(self._spawn, command, log.fileno()).result()
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self._process.poll() is not None:
                raise StartError(f"{self.name} stopped while starting. Its log {self._log} ends:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.end((signal.SIGKILL,), 5)
                raise StartError(f"{self.name} was not ready after {timeout_s:.0f} s. Its log ends:\n{self.log_tail()}")
            time.sleep(0.01)

    def _spawn(self, command: Sequence[str | Path], log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            launch_command(command, self._account, self._death_signal),
            cwd=self._directory,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def signal(self, number: int) -> None:
        """Send a signal to the server; nothing happens when it is not running."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the server's end; False when it still runs after `timeout_s`."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, signals: Sequence[int], patience_s: float) -> None:
        """Send the signals one after the other, waiting after each, until the server is gone."""
        for number in signals:
            self.signal(number)
            if self.wait(patience_s):
                return

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of the server's log."""
        if not self._log.exists():
            return "(no log)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def processes_in(directory: Path, program: str) -> list[int]:
    """Processes of `program` whose working directory is `directory`: ours, whoever started them and whenever."""
    wanted = directory.resolve()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() == program and (entry / "cwd").readlink() == wanted:
                found.append(int(entry.name))
    return found


def end_leftovers(directory: Path, program: str, patience_s: float = 3.0) -> None:
    """End what a killed run left behind in `directory`: politely at first, SIGKILL when that does not help."""
    for number, patience in ((signal.SIGINT, patience_s), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience
        left = processes_in(directory, program)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while left and time.monotonic() < deadline:
            time.sleep(0.02)
            left = processes_in(directory, program)
        if not left:
            return


def free_port(preferred: int | None) -> int:
    """A free loopback port: `preferred` when it is free, else one below the range for outgoing connections.

    A port inside that range could be taken by a client's own outgoing connection between a server's death and its
    restart (a client that reconnects to a port nobody listens on can even connect to itself and keep it).
    """
    if preferred is not None and _is_free(preferred):
        return preferred
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    low, high = (10_000, first_outgoing) if first_outgoing > 12_000 else (10_000, 60_000)
    chooser = random.SystemRandom()
    for _ in range(200):
        port = chooser.randrange(low, high)
        if _is_free(port):
            return port
    raise StartError(f"No free loopback port was found between {low} and {high}.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_readable(path: Path, text: str) -> None:
    """Write a file that the server's account can read whatever the umask; its directory keeps others out."""
    path.write_text(text)
    path.chmod(0o644)


def write_private(path: Path, content: object) -> None:
    """Write JSON that only the owner may read, all of it or nothing."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(content, handle, indent=1)
    new.replace(path)
