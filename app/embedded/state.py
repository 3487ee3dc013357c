"""What a running pair of embedded servers tells other processes: its ports, its socket and where the passwords are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.embedded.child import processes_in, write_private
from app.embedded.roles import DATABASE, OWNER, passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServers:
    """Addresses of embedded servers that another process started."""

    data_dir: Path
    owner_pid: int
    postgres_port: int
    socket_dir: str
    mqtt_port: int

    @property
    def mqtt_url(self) -> str:
        """The broker's address."""
        return f"mqtt://127.0.0.1:{self.mqtt_port}"

    def database_url(self, role: str = OWNER, database: str = DATABASE, *, tcp: bool = False) -> str:
        """The database's address for a role."""
        password = passwords(self.data_dir)[role]
        return address(role, password, database, self.postgres_port, None if tcp else self.socket_dir)


def address(role: str, password: str, database: str, port: int | None, socket_dir: str | None) -> str:
    """A connection address over the unix socket, or over TCP where `socket_dir` is None."""
    login = f"{role}:{quote(password, safe='')}"
    if socket_dir is None:
        return f"postgresql://{login}@127.0.0.1:{port}/{database}?sslmode=disable"
    return f"postgresql://{login}@/{database}?host={quote(socket_dir, safe='')}&port={port}"


def running(data_dir: Path) -> RunningServers | None:
    """The servers that run on this data directory now; None when none do."""
    state = read_state(data_dir)
    for program, key in (("postgres", "postgres_pid"), ("mosquitto", "mqtt_pid")):
        if state.get(key) not in processes_in(data_dir / program, program):
            return None
    return RunningServers(
        data_dir=data_dir,
        owner_pid=int(state["pid"]),
        postgres_port=int(state["postgres_port"]),
        socket_dir=str(state["socket_dir"]),
        mqtt_port=int(state["mqtt_port"]),
    )


def read_state(data_dir: Path) -> dict[str, str | int]:
    """What the last start on this data directory wrote; empty when there was none."""
    path = data_dir / "servers.json"
    if not path.exists():
        return {}
    state: dict[str, str | int] = json.loads(path.read_text())
    return state


def write_state(data_dir: Path, **state: str | int | None) -> None:
    """Write what `running` reads, for this account only."""
    write_private(data_dir / "servers.json", state)
