"""The embedded Mosquitto: a persistent broker on a free loopback port, with limits that do not drop what is queued."""

from __future__ import annotations

import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from app.embedded.child import Child, end_leftovers, free_port, write_readable
from app.embedded.errors import StartError
from app.embedded.places import Account, own_directory


class MosquittoServer:
    """One broker on a data directory. start(), stop(); kill() and terminate() are for tests of faults."""

    def __init__(
        self, program: Path, data_dir: Path, account: Account, config: Mapping[str, str] | None = None
    ) -> None:
        self._program = program
        self._data = data_dir / "mosquitto"
        self._account = account
        self._config = dict(config or {})
        self.host = "127.0.0.1"
        self.port: int | None = None
        self._child = Child("mosquitto", account, self._data, data_dir / "mosquitto.log", signal.SIGTERM)

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self._child.pid

    @property
    def url(self) -> str:
        """The broker's address as ECC_MQTT_URL takes it."""
        return f"mqtt://{self.host}:{self.port}"

    def start(self, preferred_port: int | None = None) -> None:
        """Start on the port of before, or a free one; returns when connections are accepted."""
        own_directory(self._data, self._account, 0o700)
        end_leftovers(self._data, "mosquitto")
        self.port = free_port(preferred_port or self.port)
        conf = self._data / "mosquitto.conf"
        settings = [f"{name} {value}" for name, value in (self._defaults() | self._config).items()]
        write_readable(conf, "\n".join(settings) + "\n")
        self._child.start([self._program, "-c", conf], self._is_ready)

    def _defaults(self) -> dict[str, str]:
        return {
            "listener": f"{self.port} {self.host}",
            "allow_anonymous": "true",  # loopback only; a real site names its own broker in ECC_MQTT_URL
            "persistence": "true",
            "persistence_location": f"{self._data}/",
            "autosave_interval": "5",
            "max_queued_messages": "0",
            "max_queued_bytes": "0",
            "max_inflight_messages": "0",
            "max_inflight_bytes": "0",
            "set_tcp_nodelay": "false",
            "connection_messages": "false",
            "log_dest": "stderr",
            "log_timestamp_format": "%Y-%m-%dT%H:%M:%SZ",
        }

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port or 0), timeout=1) as probe:
                # our own port as the peer's would be a connection to itself, not to the broker
                return bool(probe.getsockname() != probe.getpeername())
        except OSError:
            return False

    def stop(self, timeout_s: float = 4.0) -> None:
        """Stop in an orderly way (it saves its queue); SIGKILL when that takes too long."""
        self._child.end((signal.SIGTERM,), timeout_s)
        self._child.end((signal.SIGKILL,), 2.0)

    def request_stop(self) -> None:
        """Ask for the end without waiting for it; stop() waits."""
        self._child.signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL the broker: what it had not saved since its last autosave is gone."""
        self._child.end((signal.SIGKILL,), 10)

    def terminate(self) -> None:
        """SIGTERM the broker and wait: it saves its queue."""
        self._child.end((signal.SIGTERM,), 10)

    def restart(self) -> None:
        """Start again after kill(), terminate() or stop(), on the same port and data directory."""
        if self.port is None:
            raise StartError("Mosquitto was never started, so it cannot be restarted.")
        port = self.port
        if self.pid is not None:
            self.stop()
        end_leftovers(self._data, "mosquitto")
        if free_port(port) != port:
            raise StartError(f"Port {port} was taken while Mosquitto was down.")
        self.start(port)
