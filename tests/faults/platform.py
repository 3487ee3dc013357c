"""The platform's side of the kill test: servers and gateways as processes of their own, and how each of them dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from urllib.error import URLError

from app.embedded import EmbeddedServers
from app.embedded.child import free_port
from tests.faults.plan import Plan

CHECKOUT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 40.0


class GatewayProcess:
    """`ecc gateway` in a process of its own."""

    def __init__(self, mqtt_url: str, database_url: str, log: Path, fault_point: str | None = None) -> None:
        self._port = free_port(None)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")} | {
            "ECC_DATABASE_URL": database_url,
            "ECC_MQTT_URL": mqtt_url,
            "ECC_AUTO_REGISTER": "true",
            "ECC_GATEWAY_HTTP_PORT": str(self._port),
        }
        if fault_point is not None:
            environment["ECC_FAULT_POINT"] = fault_point
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "gateway"], cwd=CHECKOUT, env=environment, stdout=out, stderr=out
            )

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._popen.poll()

    @property
    def is_ready(self) -> bool:
        """Whether it says that it takes messages."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False

    def kill(self) -> None:
        """SIGKILL."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        if self.exit_code is None:
            self._popen.send_signal(signal.SIGTERM)
            self._popen.wait(20)


class PublisherProcess:
    """tests.faults.publisher, and what it last said."""

    def __init__(self, servers: EmbeddedServers, plan: Plan, run: str, rate: int) -> None:
        order = {
            "host": servers.mosquitto.host,
            "port": servers.mosquitto.port,
            "plan": asdict(plan),
            "run": run,
            "rate": rate,
        }
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.publisher"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said: Mapping[str, int] = {"sent": 0, "covered": 0}
        self._write(json.dumps(order))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _write(self, line: str) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.write(line + "\n")
        self._popen.stdin.flush()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self.said = json.loads(line)

    def permit(self, messages: int) -> None:
        """Let so many messages in all go out."""
        self._write(str(messages))

    @property
    def is_done(self) -> bool:
        """Whether every message is covered by a commit ack. Raises RuntimeError when it died."""
        if self.said.get("done"):
            return True
        if self._popen.poll() is not None:
            self._reader.join(2)
            if not self.said.get("done"):
                raise RuntimeError(f"the publisher ended with code {self._popen.returncode}")
        return bool(self.said.get("done"))

    def end(self) -> None:
        """End it whatever it does."""
        if not self.said.get("done"):
            self._popen.kill()
        self._reader.join(5)
        with self._popen:
            pass


def wait_ready(gateway: GatewayProcess, log: Path) -> None:
    """Wait until the gateway takes messages, or has died at its fault point while starting."""
    deadline = time.monotonic() + READY_WITHIN_S
    while gateway.exit_code is None and not gateway.is_ready:
        assert time.monotonic() < deadline, f"the gateway does not become ready:\n{log.read_text()[-3000:]}"
        time.sleep(0.05)
    assert gateway.exit_code in {None, -signal.SIGKILL}, f"the gateway gave up:\n{log.read_text()[-3000:]}"
