"""Both embedded servers on one data directory, as a context manager."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.embedded import programs
from app.embedded.errors import DataDirInUseError, EmbeddedError, StartError
from app.embedded.kept import KeptServer
from app.embedded.made import remember
from app.embedded.mosquitto import MosquittoServer
from app.embedded.places import create_directory, default_cache_dir, default_data_dir, may_enter, server_account
from app.embedded.postgres import PostgresServer
from app.embedded.roles import DATABASE, OWNER, ROLES, SUPERUSER, passwords
from app.embedded.state import read_state, write_state

Say = Callable[[str], None]
PORT_ATTEMPTS = 3
PATIENCE_S = 3.5  # for an orderly stop of both


def say_on_stderr(sentence: str) -> None:
    """The default voice: one line on standard error."""
    sys.stderr.write(f"  {sentence}\n")
    sys.stderr.flush()


class EmbeddedServers:
    """PostgreSQL with TimescaleDB, and Mosquitto. `with EmbeddedServers(path) as servers: ...`

    What a killed earlier run left behind is cleaned up first. Raises EmbeddedError, in words, when they cannot run;
    DataDirInUseError when another running ECC holds the directory.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        cache_dir: Path | None = None,
        say: Say = say_on_stderr,
        postgres_config: Mapping[str, str] | None = None,
        mosquitto_config: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = (data_dir or default_data_dir()).resolve()
        self._cache_dir = (cache_dir or default_cache_dir()).resolve()
        self._say = say
        self._postgres_config = postgres_config
        self._mosquitto_config = mosquitto_config
        self._postgres: PostgresServer | None = None
        self._mosquitto: MosquittoServer | None = None
        self._lock: IO[str] | None = None
        self._kept: list[KeptServer] = []
        self._writes_state = threading.Lock()

    @property
    def postgres(self) -> PostgresServer:
        """The database server; kill(), terminate() and restart() are there for tests of faults."""
        if self._postgres is None:
            raise StartError("The embedded servers are not started.")
        return self._postgres

    @property
    def mosquitto(self) -> MosquittoServer:
        """The broker; kill(), terminate() and restart() are there for tests of faults."""
        if self._mosquitto is None:
            raise StartError("The embedded servers are not started.")
        return self._mosquitto

    @property
    def mqtt_url(self) -> str:
        """The broker's address, mqtt://127.0.0.1:PORT."""
        return self.mosquitto.url

    def database_url(self, role: str = OWNER, database: str = DATABASE, *, tcp: bool = False) -> str:
        """The database's address for a role of roles.ROLES (unix socket; TCP on demand)."""
        return self.postgres.url(role, database, tcp=tcp)

    def superuser_url(self, database: str = "postgres") -> str:
        """The database's address for its superuser: tests, and what only a superuser may do."""
        return self.postgres.url(SUPERUSER, database)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Fetch what is missing, clean up after a killed run, start both."""
        account = server_account()
        found = programs.find(self._cache_dir, account, self._say)
        self._take_directory()
        try:
            known = sorted(json.loads(self._secrets_path.read_text())) if self._secrets_path.exists() else []
            secret = passwords(self.data_dir)
            self._postgres = PostgresServer(found.postgres_bin, self.data_dir, account, secret, self._postgres_config)
            self._mosquitto = MosquittoServer(found.mosquitto, self.data_dir, account, self._mosquitto_config)
            if not self._postgres_exists:
                self._say(f"creating the database in {self.data_dir}")
            if not self._postgres.initialise() and known != sorted(ROLES):
                self._postgres.reset_roles()
            before = read_state(self.data_dir)
            _start_on_free_port(self._postgres.start, before.get("postgres_port"))
            _start_on_free_port(self._mosquitto.start, before.get("mqtt_port"))
            self._write_state()
            named = (("database", self._postgres), ("broker", self._mosquitto))
            self._kept = [KeptServer(name, server, self._write_state) for name, server in named]
        except BaseException:
            self.stop()
            raise

    @property
    def _secrets_path(self) -> Path:
        return self.data_dir / "secrets.json"

    @property
    def _postgres_exists(self) -> bool:
        return (self.data_dir / "postgres").exists()

    def _take_directory(self) -> None:
        account = server_account()
        if not may_enter(self.data_dir, account):
            raise EmbeddedError(
                f"The account '{account.name}' runs the servers and cannot enter {self.data_dir}; "
                "name another directory with --data-dir."
            )
        fresh = not self.data_dir.exists()
        try:
            create_directory(self.data_dir, account)
            lock = (self.data_dir / "lock").open("a+")
        except OSError as error:
            raise EmbeddedError(
                f"The data directory {self.data_dir} cannot be used ({error.strerror}); name another with --data-dir."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise DataDirInUseError(
                f"Another ECC (process {holder}) uses {self.data_dir}; stop it or name another with --data-dir."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        default = default_data_dir().resolve()
        if fresh and self.data_dir in (default, default / "demo"):
            remember(self.data_dir)  # `make clean` removes it; a directory somebody named stays theirs

    def _write_state(self) -> None:
        with self._writes_state:
            write_state(
                self.data_dir,
                pid=os.getpid(),
                postgres_pid=self.postgres.pid,
                postgres_port=self.postgres.port,
                socket_dir=str(self.postgres.socket_dir),
                mqtt_pid=self.mosquitto.pid,
                mqtt_port=self.mosquitto.port,
            )

    def keep_running(self) -> list[str]:
        """Start what died again, on its port and its data, with a back-off up to 30 s and without waiting for it.

        To be called every now and then; returns a sentence for each that died or is back since the last call.
        """
        return [sentence for kept in self._kept for sentence in kept.keep_running()]

    def stop(self) -> None:
        """Stop both in an orderly way, within 5 s, and let go of the data directory; safe to call again."""
        running = [server for server in (self._mosquitto, self._postgres) if server is not None]
        for server in running:
            server.request_stop()
        deadline = time.monotonic() + PATIENCE_S
        while any(kept.is_starting for kept in self._kept):  # it may only now become a process that can be asked
            time.sleep(0.02)
            for server in running:
                if time.monotonic() < deadline:
                    server.request_stop()
                else:
                    server.kill()
        self._kept = []
        for server in running:
            server.stop(max(0.1, deadline - time.monotonic()))
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _start_on_free_port(start: Callable[[int | None], None], preferred: str | int | None) -> None:
    """Start a server; on another port when somebody took the chosen one in the meantime."""
    port = int(preferred) if preferred else None
    for attempt in range(1, PORT_ATTEMPTS + 1):
        try:
            return start(port)
        except StartError as error:
            if "already in use" not in str(error) or attempt == PORT_ATTEMPTS:
                raise
            port = None
