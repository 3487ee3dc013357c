"""Real servers for the tests: started once, one migrated template database, a copy of it for each test that asks."""

from __future__ import annotations

import gc
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import LiteralString, NamedTuple

import psycopg
import pytest
from psycopg import sql

from app.embedded import EmbeddedServers

CHECKOUT = Path(__file__).resolve().parents[1]
TEMPLATE = "ecc_template"
_numbers = count(1)


class Broker(NamedTuple):
    """Where the test session's Mosquitto listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Database:
    """One test's own migrated database."""

    name: str
    servers: EmbeddedServers

    @property
    def owner_url(self) -> str:
        """Address for ecc_owner, who owns the tables."""
        return self.servers.database_url("ecc_owner", self.name)

    @property
    def superuser_url(self) -> str:
        """Address for the superuser."""
        return self.servers.superuser_url(self.name)

    def url(self, role: str) -> str:
        """Address for one of the roles: ecc_gateway, ecc_api ... (app.embedded.roles.ROLES)."""
        return self.servers.database_url(role, self.name)


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """PostgreSQL with TimescaleDB, and Mosquitto, for the whole session, on a data directory that goes away.

    Tests that kill a server start their own EmbeddedServers on `server_dir` instead.
    """
    with temporary_directory() as directory, EmbeddedServers(directory, postgres_config=TEST_CONFIG) as running:
        yield running


# No jobs run in the background (a template with a connected worker cannot be copied); everything else as in production.
TEST_CONFIG = {"timescaledb.max_background_workers": "0", "max_wal_size": "256MB"}


@pytest.fixture
def server_dir() -> Iterator[Path]:
    """A data directory that the servers' account can enter (as root, pytest's tmp_path is closed to it)."""
    with temporary_directory() as directory:
        yield directory


# A database is copied 20 times as fast in memory as on a disk; what a killed process leaves is the same in both.
MEMORY, ROOM_NEEDED_BYTES = Path("/dev/shm"), 4 * 2**30


def _has_room(directory: Path) -> bool:
    return os.access(directory, os.W_OK) and shutil.disk_usage(directory).free >= ROOM_NEEDED_BYTES


@contextmanager
def temporary_directory() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="ecc-test-", dir=MEMORY if _has_room(MEMORY) else None))
    root.chmod(0o755)
    (root / "data").mkdir()
    try:
        yield root / "data"
    finally:
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def superuser(servers: EmbeddedServers) -> Iterator[psycopg.Connection]:
    """The superuser's connection to the maintenance database, in autocommit."""
    with psycopg.connect(servers.superuser_url(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def template_database(servers: EmbeddedServers, superuser: psycopg.Connection) -> str:
    """The name of a database with every migration applied, closed to connections so that it can be copied."""
    from storage.migrate import migrate

    _execute(superuser, "CREATE DATABASE {} OWNER ecc_owner", TEMPLATE)
    migrate(servers.database_url("ecc_owner", TEMPLATE))
    _execute(superuser, "ALTER DATABASE {} ALLOW_CONNECTIONS false", TEMPLATE)
    superuser.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [TEMPLATE])
    return TEMPLATE


@pytest.fixture
def database(
    servers: EmbeddedServers, superuser: psycopg.Connection, template_database: str, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """The test's own copy of the migrated database, dropped afterwards."""
    name = f"t{next(_numbers)}_{re.sub(r'[^a-z0-9]+', '_', request.node.name.lower())[:40]}"
    _execute(superuser, "CREATE DATABASE {} OWNER ecc_owner TEMPLATE {} STRATEGY file_copy", name, template_database)
    yield Database(name, servers)
    _execute(superuser, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def empty_database(
    servers: EmbeddedServers, superuser: psycopg.Connection, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A database of the test's own without any migration, dropped afterwards."""
    name = f"e{next(_numbers)}_{re.sub(r'[^a-z0-9]+', '_', request.node.name.lower())[:40]}"
    _execute(superuser, "CREATE DATABASE {} OWNER ecc_owner", name)
    yield Database(name, servers)
    _execute(superuser, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(connection: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session")
def broker(servers: EmbeddedServers) -> Broker:
    """Host and port of the session's broker; take a topic prefix or terminal of your own in each test."""
    return Broker(servers.mosquitto.host, servers.mosquitto.port or 0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recorded logs and tables in ../shared/data."""
    path = CHECKOUT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"recorded data is not there: {path}")
    return path


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Debian's Chromium for browser tests (start it with --no-sandbox when root)."""
    found = shutil.which("chromium")
    fonts = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
    if found is None or not fonts.exists():
        pytest.skip("browser tests need Debian's chromium and fonts-noto-cjk: apt-get install chromium fonts-noto-cjk")
    return Path(found)


def pytest_configure() -> None:
    """Collecting makes some millions of objects and no garbage: looking for it takes nearly half of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays; nothing looks through it again."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With workers (`make test`: each takes whole files, whose tests share databases), what takes long begins first: in
    turn what computes (browsers) and what mostly waits (machines' minutes, restarts)."""
    if not hasattr(config, "workerinput"):
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    is_slow = {path for path, tests in files.items() if any(one.get_closest_marker("slow") for one in tests)}
    looks = {path for path in is_slow if files[path][0].get_closest_marker("browser")}
    turns = {
        path: (place + 0.5) / len(group)
        for group in (looks, is_slow - looks)
        for place, path in enumerate(sorted(group))
    }
    order = sorted(files, key=lambda path: (path not in is_slow, turns.get(path, 0.0)))
    items[:] = [item for path in order for item in files[path]]
