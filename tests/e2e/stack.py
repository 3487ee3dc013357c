"""The platform as a site runs it: its processes on real servers, for tests that go all the way through."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import paho.mqtt.client as paho
import psycopg
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from app.cli import app as command_line
from app.embedded import EmbeddedServers
from app.embedded.child import free_port
from app.embedded.roles import WORKERS, passwords
from storage.users import seed_demo_user

CHECKOUT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60.0
LOGIN, PASSWORD = "expert", "a password of the test"
# Made once, since each reads the system's certificates anew (30 ms); no connection outlives its question.
_HTTP = httpx.Client(timeout=2, limits=httpx.Limits(max_keepalive_connections=0))


def eventually(question: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Ask until the answer is yes; False when it was not in time."""
    until_s = time.monotonic() + within_s
    while not question():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.05)
    return True


class Done(NamedTuple):
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run_ecc(environment: Mapping[str, str], *arguments: str) -> Done:
    """Run a command of `ecc` in this process, with nobody at the keyboard; `environment` is all of its settings."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, keyboard = dict(os.environ), sys.stdin
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for name in [name for name in os.environ if name.startswith("ECC_")]:
        del os.environ[name]
    os.environ.update(environment)
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            command_line(list(arguments), prog_name="ecc")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.stdin = keyboard
        os.environ.clear()
        os.environ.update(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return Done(code, out.getvalue(), err.getvalue())


class Process:
    """`ecc <name>` as a process of its own, with its health door."""

    def __init__(self, name: str, environment: Mapping[str, str], port: int, log: Path) -> None:
        self.name, self.environment, self.port, self.log = name, environment, port, log
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Start it and wait until it is ready; `environment` adds to or changes its own from now on."""
        self.begin(**environment)
        self.wait_until_ready()

    def begin(self, **environment: str) -> None:
        """Start it and do not wait."""
        assert not self.running
        self.environment = {**self.environment, **environment}
        with self.log.open("ab") as out:
            self._popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "app.cli", self.name],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def wait_until_ready(self) -> None:
        """Wait for /readyz. Fails with the end of its log."""
        ready = eventually(lambda: not self.running or self.is_ready, READY_WITHIN_S)
        assert (ready, self.running) == (True, True), f"{self.name} is not ready:\n{self.log.read_text()[-3000:]}"

    @property
    def is_ready(self) -> bool:
        """What /readyz says."""
        try:
            return _HTTP.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self._popen is None else self._popen.poll()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._popen is not None
        return self._popen.pid

    def stop(self, within_s: float = 20.0) -> None:
        """SIGTERM, and wait."""
        if self._popen is not None and self.running:
            self._popen.send_signal(signal.SIGTERM)
            self._popen.wait(within_s)

    def kill(self) -> None:
        """SIGKILL."""
        if self._popen is not None and self.running:
            self._popen.kill()
            self._popen.wait()


class Stack:
    """The platform's processes on a database and a broker; none of them runs until it is started.

    `environment` are the settings of all of them. With the session's servers the gateway has an id of its own, so that
    no message of another test waits for it at the broker.
    """

    def __init__(self, servers: EmbeddedServers, database: str, directory: Path, **environment: str) -> None:
        self.servers, self.database, self.directory = servers, database, directory
        self.gateway_id = f"g-{database[:20]}".replace("_", "-")
        self.mqtt_host, self.mqtt_port = servers.mosquitto.host, servers.mosquitto.port or 0
        ports = {name: free_port(None) for name in ("gateway", "api", "sender", "housekeeping", "diagnose")}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")} | {
            "ECC_DATABASE_URL": servers.database_url("ecc_owner", database),
            "ECC_MQTT_URL": servers.mqtt_url,
            "ECC_DATA_DIR": str(directory),
            "ECC_GATEWAY_ID": self.gateway_id,
            "ECC_HTTP_PORT": str(ports["api"]),
            "ECC_EXPENSIVE_READS_PER_MINUTE": "0",  # tests ask again and again until something is there
            "ECC_GATEWAY_HTTP_PORT": str(ports["gateway"]),
            "ECC_SENDER_HTTP_PORT": str(ports["sender"]),
            "ECC_HOUSEKEEPING_HTTP_PORT": str(ports["housekeeping"]),
            "ECC_DIAGNOSE_HTTP_PORT": str(ports["diagnose"]),
            "ECC_SESSION_SECRET": "t" * 40,
            "ECC_AUTO_REGISTER": "true",
            "COLUMNS": "200",
            **{
                f"ECC_{role.removeprefix('ecc_').upper()}_PASSWORD": passwords(servers.data_dir)[role]
                for role in WORKERS
            },
            **environment,
        }
        self.gateway, self.api, self.sender, self.housekeeping, self.diagnose = (
            Process(name, self.environment, ports[name], directory / f"{name}.log") for name in ports
        )

    @property
    def owner_url(self) -> str:
        """Database address of the tables' owner."""
        return self.servers.database_url("ecc_owner", self.database)

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.api.port}"

    def ecc(self, *arguments: str, check: bool = True, **environment: str) -> Done:
        """Run a command of `ecc` in this process and return what it printed; with `check` it must succeed."""
        done = run_ecc(self.environment | environment, *arguments)
        assert not check or done.returncode == 0, f"ecc {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database as the owner."""
        with psycopg.connect(self.owner_url, autocommit=True, options="-c timezone=UTC") as conn:
            return conn.execute(query, parameters or None).fetchall()  # type: ignore[call-overload, no-any-return]

    def value(self, query: str, *parameters: object) -> Any:
        """The one value that a query answers with."""
        return self.rows(query, *parameters)[0][0]

    @contextlib.contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """An HTTP client signed in as an expert of the platform, who sees everything."""
        with psycopg.connect(self.owner_url) as conn:
            seed_demo_user(conn, LOGIN, PASSWORD)
        with httpx.Client(base_url=f"{self.api_url}/api/v1", timeout=20) as client:
            answer = client.post("/auth/login", json={"login": LOGIN, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
            yield client

    def publish(self, topic: str, *payloads: bytes | Mapping[str, object] | list[object]) -> None:
        """Publish with QoS 1, each confirmed by the broker."""
        client = self._mqtt(f"test-{os.getpid()}-{time.monotonic_ns()}")
        client.loop_start()
        for payload in payloads:
            body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            client.publish(topic, body, qos=1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()

    def _mqtt(self, client_id: str) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 0
        client.connect(self.mqtt_host, self.mqtt_port, clean_start=True, properties=session)
        return client

    def end(self) -> None:
        """Stop everything and take the gateway's session away from the broker."""
        for process in (self.api, self.sender, self.housekeeping, self.diagnose, self.gateway):
            process.stop()
        if self.servers.mosquitto.pid is not None:
            self.forget_session()

    def forget_session(self) -> None:
        """Make the broker forget the gateway, which must not run, and what waits for it."""
        client = self._mqtt(f"ecc-{self.gateway_id}")
        client.loop_start()
        assert eventually(client.is_connected, 10.0)
        client.disconnect()
        client.loop_stop()


@contextlib.contextmanager
def stack_on(servers: EmbeddedServers, database: str, directory: Path, **environment: str) -> Iterator[Stack]:
    """A Stack that is ended afterwards."""
    stack = Stack(servers, database, directory, **environment)
    try:
        yield stack
    finally:
        stack.end()
