"""The console's files served by the real API on a real database, in a real browser."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser
from psycopg import sql

from api.app import create_app
from api.settings import ApiSettings
from app.api import KEEP_ALIVE_S
from tests.api.world import World
from tests.conftest import CHECKOUT, Database
from tests.dashboards.console_page import OPEN, chromium

_names = count(1)
_STARTED_WITHIN_S = 20.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a failure what the consoles of the fixtures show; those opened in the test tell it themselves."""
    report = yield
    if report.failed and call.when == "call":
        report.sections.extend(("the console as it stands", one.as_it_stands()) for one in OPEN)
    return report


class ConsoleServer:
    """The API with the console, on one port that survives stopping and starting again."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._end_streams: Callable[[], None] = lambda: None
        self.hang: Callable[[float], object] = lambda seconds: None  # answer nobody for so long, connections open

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve; the first start takes a free port, later ones the same again."""
        app = create_app(self._settings)
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=self._port,
            log_level="error",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEEP_ALIVE_S,
            lifespan="on",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=asyncio.run, args=[self._serve(app, self._server)], name="console-server"
        )
        self._thread.start()
        deadline = time.monotonic() + _STARTED_WITHIN_S
        while not self._server.started:
            assert self._thread.is_alive(), "the API did not start"
            assert time.monotonic() < deadline, "the API did not start in time"
            time.sleep(0.02)
        self._port = self._server.servers[0].sockets[0].getsockname()[1]

    async def _serve(self, app: FastAPI, server: uvicorn.Server) -> None:
        loop = asyncio.get_running_loop()
        self.hang = lambda seconds: loop.call_soon_threadsafe(time.sleep, seconds)
        self._end_streams = lambda: loop.call_soon_threadsafe(app.state.live.close)
        await server.serve()

    def stop(self) -> None:
        """End the server and every open stream."""
        if self._server is not None and self._thread is not None:
            self._end_streams()
            self._server.should_exit = True
            self._thread.join(20)
            assert not self._thread.is_alive()
        self._server = self._thread = None


@pytest.fixture(scope="session")
def console_dist() -> Path:
    """The built console; ECC_CONSOLE_DIST names a build beside the checkout's own."""
    dist = Path(os.environ.get("ECC_CONSOLE_DIST", CHECKOUT / "dashboards" / "console" / "dist"))
    if not (dist / "index.html").is_file():
        pytest.skip("the console is not built: make console")
    return dist


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with chromium(chromium_path) as started:
        yield started


@pytest.fixture(scope="module")
def console_database(servers, superuser, template_database) -> Iterator[Database]:
    """One copy of the migrated database for all tests of a module."""
    name = f"console{next(_names)}"
    superuser.execute(
        sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template_database)
        )
    )
    yield Database(name, servers)
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def world(console_database: Database) -> Iterator[World]:
    """Machines `digger` and `crane`, and the expert who sees both."""
    with psycopg.connect(console_database.owner_url, autocommit=True) as conn:
        yield World.build(conn)


@pytest.fixture
def english(world: World) -> None:
    """Everybody's account speaks English, whatever a test before has chosen."""
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")


@pytest.fixture(scope="module")
def console_server(world: World, console_database: Database, console_dist: Path) -> Iterator[ConsoleServer]:
    settings = ApiSettings(
        database_url=console_database.url("ecc_api"),
        session_secret="t" * 40,
        console_dist=console_dist,
        poll_interval_s=0.2,
        free_sign_in_attempts=1000,
    )
    server = ConsoleServer(settings)
    server.start()
    yield server
    server.stop()
