"""The embedded PostgreSQL with TimescaleDB: made once, started and stopped many times, on loopback only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from app.embedded.child import Child, end_leftovers, free_port, run_as, write_readable
from app.embedded.errors import EmbeddedError, StartError
from app.embedded.places import Account, own_directory
from app.embedded.roles import DATABASE, OWNER, SUPERUSER, role_statements
from app.embedded.state import address

ACCESS = """\
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
"""
LONGEST_SOCKET_DIR = 80  # a socket's path has room for 107 characters
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT


class PostgresServer:
    """One PostgreSQL on a data directory. start(), stop(); kill() and terminate() are for tests of faults."""

    def __init__(
        self,
        bin_dir: Path,
        data_dir: Path,
        account: Account,
        passwords: Mapping[str, str],
        config: Mapping[str, str] | None = None,
    ) -> None:
        self._bin = bin_dir
        self._data = data_dir / "postgres"
        self._account = account
        self._passwords = passwords
        self._config = dict(config or {})
        self.socket_dir = data_dir / "run"
        self.port: int | None = None
        # the death signal asks for a fast, orderly shutdown
        self._child = Child("postgres", account, self._data, data_dir / "postgres.log", FAST)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._child.pid

    def initialise(self) -> bool:
        """Create the cluster, its roles and the database when there is none; False when there was one."""
        end_leftovers(self._data, "postgres")
        if self._data.exists():
            self._check_version()
            return False
        new = self._data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        own_directory(new, self._account, 0o700)
        locale = ["--locale=C", "--encoding=UTF8"]
        if self.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--auth-local=peer", "--auth-host=reject", f"--username={SUPERUSER}"]  # until ACCESS takes its place
        run_as(self._account, [self._bin / "initdb", "-D", new, "--data-checksums", *access, *locale], cwd=new)
        (new / "pg_hba.conf").write_text(ACCESS)
        with (new / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude = 'ecc.conf'  # written anew at each start\n")
        write_readable(new / "ecc.conf", "")
        self._alone(new, [*role_statements(self._passwords), f"CREATE DATABASE {DATABASE} OWNER {OWNER};"])
        new.rename(self._data)
        return True

    def reset_roles(self) -> None:
        """Set roles and passwords of a stopped cluster anew (after secrets.json changed)."""
        self._alone(self._data, role_statements(self._passwords))

    def _alone(self, data: Path, statements: list[str]) -> None:
        """Run statements, one line each, in single-user mode: no port, no password, nobody else."""
        command: list[str | Path] = [
            self._bin / "postgres",
            "--single",
            "-c",
            "exit_on_error=on",
            "-D",
            data,
            "postgres",
        ]
        run_as(self._account, command, cwd=data, text="\n".join(statements) + "\n")

    @property
    def major(self) -> int:
        """The program's major version."""
        answer = subprocess.run([self._bin / "postgres", "--version"], capture_output=True, text=True, check=True)
        version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
        if version is None:
            raise StartError(f"{self._bin / 'postgres'} does not tell its version: {answer.stdout.strip()}")
        return int(version[1])

    def _check_version(self) -> None:
        version = self._data / "PG_VERSION"
        if not version.exists():
            raise EmbeddedError(f"{self._data} is no PostgreSQL data directory; name another with --data-dir.")
        made_by = int(version.read_text().strip())
        if made_by != self.major:
            raise EmbeddedError(
                f"{self._data} was made by PostgreSQL {made_by} and the program here is {self.major}. "
                "Dump it with the old program and restore it, or name another directory with --data-dir."
            )

    def start(self, preferred_port: int | None = None) -> None:
        """Start on the port of before, or a free one; returns when connections are accepted.

        Raises StartError with the end of the log when it does not come up.
        """
        # stale, since the directory is locked and leftovers are ended; their process ids may be somebody else's by now
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(self.socket_dir, ignore_errors=True)
        self.port = free_port(preferred_port or self.port)
        self._write_config()
        self._child.start([self._bin / "postgres", "-D", self._data], self._is_ready)

    def _write_config(self) -> None:
        own_directory(self.socket_dir, self._account, 0o755)
        if len(str(self.socket_dir)) > LONGEST_SOCKET_DIR:
            raise EmbeddedError(f"The path of {self.socket_dir} is too long for a socket; name a shorter --data-dir.")
        lines = [f"{name} = '{value}'" for name, value in (self._defaults() | self._config).items()]
        write_readable(self._data / "ecc.conf", "\n".join(lines) + "\n")

    def _defaults(self) -> dict[str, str]:
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        return {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0777",
            "max_connections": "200",
            "shared_preload_libraries": "timescaledb",
            "timescaledb.telemetry_level": "off",
            "timescaledb.max_background_workers": "4",
            "max_worker_processes": "16",
            "max_locks_per_transaction": "256",
            "fsync": "on",
            "synchronous_commit": "on",
            "track_commit_timestamp": "on",
            "full_page_writes": "on",
            "jit": "off",
            "shared_buffers": f"{min(512, max(64, memory_mb // 8))}MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "wal_buffers": "16MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }

    def _is_ready(self) -> bool:
        """The postmaster itself says 'ready' in line 8 of its pid file."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and lines[0] == str(self.pid)

    def stop(self, timeout_s: float = 4.0) -> None:
        """Stop in an orderly way; at once (recovering at the next start) when that takes too long."""
        self._child.end((FAST,), timeout_s)
        self._child.end((IMMEDIATE, signal.SIGKILL), 2.0)

    def request_stop(self) -> None:
        """Ask for the end without waiting for it; stop() waits."""
        self._child.signal(FAST)

    def kill(self) -> None:
        """SIGKILL the postmaster; its backends end by themselves, and the next start sees to it."""
        self._child.end((signal.SIGKILL,), 10)

    def terminate(self) -> None:
        """SIGTERM the postmaster (a smart shutdown: waits for sessions) without waiting for it."""
        self._child.signal(signal.SIGTERM)

    def restart(self) -> None:
        """Start again after kill(), terminate() or stop(), on the same port and data directory."""
        if self.port is None:
            raise StartError("PostgreSQL was never started, so it cannot be restarted.")
        port = self.port
        if self.pid is not None:
            self.stop()
        end_leftovers(self._data, "postgres")
        if free_port(port) != port:
            raise StartError(f"Port {port} was taken while PostgreSQL was down.")
        self.start(port)

    def url(self, role: str = OWNER, database: str = DATABASE, *, tcp: bool = False) -> str:
        """A connection address for a role: over the unix socket (faster), or over TCP."""
        directory = None if tcp else str(self.socket_dir)
        return address(role, self._passwords[role], database, self.port, directory)
