"""The test stand: servers, one gateway at a time, and the processes that send and count, all below this one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError

from app.embedded import EmbeddedServers
from app.settings import Settings
from bench import bare_subscriber, generator, raw_copy, usage
from bench.database import Database, fresh, make_template
from bench.load import Load
from gateway.session import SESSION_EXPIRY_S

CHECKOUT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 60.0
# measured on top of production settings: commit stamps, flush times, no background workers in the template
POSTGRES_CONFIG = {
    "track_commit_timestamp": "on",
    "track_wal_io_timing": "on",
    "timescaledb.max_background_workers": "0",
}
# fsync and synchronous_commit stay as in production: on. The gateway's default Receive Maximum serves both sides.
RECEIVE_MAXIMUM = int(Settings.model_fields["receive_maximum"].default)


class Worker:
    """A `python -m bench.<name>`: takes one line of JSON, says ready, answers with one line of JSON."""

    def __init__(self, module: str, order: str) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
        )
        self._module = module
        self._write(order)
        self._ready = False

    def _write(self, line: str) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.write(line + "\n")
        self._popen.stdin.flush()

    def _read(self) -> str:
        assert self._popen.stdout is not None
        line = self._popen.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._module} ended with code {self._popen.wait()}; its words are above")
        return line

    def await_ready(self) -> Self:
        """Wait until it has prepared everything."""
        if not self._ready and self._read().strip() != "ready":
            raise RuntimeError(f"{self._module} did not say that it is ready")
        self._ready = True
        return self

    def go(self) -> None:
        """Start the clock."""
        self.await_ready()
        self._write("go")

    def answer(self) -> dict[str, Any]:
        """What it found; ends the process."""
        answer: dict[str, Any] = json.loads(self._read())
        self.end()
        return answer

    def end(self, *, kill: bool = False) -> None:
        """Wait for its end, or end it whatever it does."""
        if kill:
            self._popen.kill()
        with self._popen:  # closes the pipes and waits
            pass


class Gateway:
    """A running gateway."""

    def __init__(self, popen: subprocess.Popen[bytes], log: Path) -> None:
        self._popen = popen
        self._log = log
        self.pid = popen.pid

    def check(self) -> None:
        """Raise RuntimeError with its last words when it has ended."""
        if self._popen.poll() is not None:
            words = self._log.read_text()[-3000:]
            raise RuntimeError(f"the gateway ended with code {self._popen.returncode}:\n{words}")

    def await_ready(self, url: str) -> None:
        """Wait until it takes messages."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not _answers(url):
            self.check()
            if time.monotonic() > deadline:
                words = self._log.read_text()[-3000:]
                raise RuntimeError(f"the gateway is not ready after {READY_WITHIN_S:.0f} s:\n{words}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it in an orderly way; SIGKILL after 15 s."""
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(15)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


class Stand:
    """`with Stand(data_dir) as stand:` the servers run and the template of `machines` machines is made."""

    def __init__(self, data_dir: Path, machines: int, connections: int = 4) -> None:
        self.servers = EmbeddedServers(data_dir, postgres_config=POSTGRES_CONFIG)
        self.machines = machines
        self.connections = connections
        self._data_dir = data_dir
        self._workers: list[Worker] = []
        self._gateway: Gateway | None = None

    def __enter__(self) -> Self:
        self.servers.start()
        make_template(self.servers, self.machines)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end(kill=True)
        self.servers.stop()

    def _worker(self, module: str, order: str) -> Worker:
        worker = Worker(module, order)
        self._workers.append(worker)
        return worker

    def fresh_database(self) -> Database:
        """A new database, and a broker that remembers no session."""
        broker = self.servers.mosquitto
        broker.stop()
        (self._data_dir / "mosquitto" / "mosquitto.db").unlink(missing_ok=True)
        broker.restart()
        return fresh(self.servers)

    @contextlib.contextmanager
    def gateway(self, database: Database, settings: Mapping[str, str] | None = None) -> Iterator[Gateway]:
        """A gateway on `database`, ready to take messages; stopped at the end."""
        port = free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")} | {
            "ECC_DATABASE_URL": database.url("ecc_gateway"),
            "ECC_MQTT_URL": self.servers.mqtt_url,
            "ECC_RECEIVE_MAXIMUM": str(RECEIVE_MAXIMUM),
            "ECC_GATEWAY_HTTP_PORT": str(port),
            "ECC_DATA_DIR": str(self._data_dir),
            **(settings or {}),
        }
        path = self._data_dir / "gateway.log"
        with path.open("wb") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "gateway"], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
            )
        self._gateway = Gateway(popen, path)
        try:
            self._gateway.await_ready(f"http://127.0.0.1:{port}/readyz")
            yield self._gateway
        finally:
            self._gateway.stop()

    def check_gateway(self) -> None:
        """Raise RuntimeError when the gateway has ended."""
        if self._gateway is not None:
            self._gateway.check()

    def generator(self, load: Load, rate: float | None = None, *, nice: int = 0) -> Worker:
        """A generator that builds its packets and waits for go()."""
        host, port = self._broker
        order = generator.Order(host=host, port=port, load=load, rate=rate, connections=self.connections, nice=nice)
        return self._worker("bench.generator", order.as_json())

    def bare_subscriber(self, messages: int) -> Worker:
        """A bare subscriber with the gateway's limits; it counts from the first message on."""
        host, port = self._broker
        order = bare_subscriber.Order(
            host=host,
            port=port,
            messages=messages,
            receive_maximum=RECEIVE_MAXIMUM,
            session_expiry_s=SESSION_EXPIRY_S,
        )
        return self._worker("bench.bare_subscriber", order.as_json())

    def raw_copy(self, database: Database, load: Load, batches: list[int]) -> Worker:
        """A raw COPY of the load's rows that waits for go()."""
        order = raw_copy.Order(database_url=self.servers.superuser_url(database.name), load=load, batches=batches)
        return self._worker("bench.raw_copy", order.as_json())

    @property
    def _broker(self) -> tuple[str, int]:
        return self.servers.mosquitto.host, self.servers.mosquitto.port or 0

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time so far of database and broker."""
        pids = {"database": self.servers.postgres.pid, "broker": self.servers.mosquitto.pid}
        return {name: usage.cpu_seconds(pid) for name, pid in pids.items() if pid is not None}


def temporary_data_dir() -> tempfile.TemporaryDirectory[str]:
    """A directory that the servers' account may enter."""
    directory = tempfile.TemporaryDirectory(prefix="ecc-bench-")
    Path(directory.name).chmod(0o755)
    return directory


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False
