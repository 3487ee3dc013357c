"""A world of organisations, people and machines, and the API on it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from api.app import ApiSettings, create_app
from tests.api.world import PASSWORD, World
from tests.conftest import Database

_names = count(1)


@pytest.fixture(scope="module")
def api_database(servers, superuser, template_database) -> Iterator[Database]:
    """One copy of the migrated database for all tests of a module."""
    name = f"api{next(_names)}"
    superuser.execute(
        sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template_database)
        )
    )
    yield Database(name, servers)
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def world(api_database: Database) -> Iterator[World]:
    """owner and colleague of North, dealer above North, stranger of South, expert of the platform."""
    with psycopg.connect(api_database.owner_url, autocommit=True) as conn:
        yield World.build(conn)


def settings_for(url: str, **changes: object) -> ApiSettings:
    defaults: dict[str, object] = {"database_url": url, "session_secret": "t" * 40, "poll_interval_s": 0.05}
    defaults |= {"anonymous_reads_per_minute": 0, "anonymous_writes_per_minute": 0}  # all tests have one address
    plenty = 1_000_000  # the tests of a module are one caller, and fast
    defaults |= {f"{cost}_per_minute": plenty for cost in ("reads", "expensive_reads", "writes")}
    return ApiSettings(**(defaults | changes))


@asynccontextmanager
async def running(url: str, **changes: object) -> AsyncIterator[Clients]:
    """The application with its lifespan, without a socket."""
    app = create_app(settings_for(url, **changes))
    async with app.router.lifespan_context(app):
        yield Clients(app, url)


class Clients:
    """HTTP clients of one application, by who is signed in."""

    def __init__(self, app, url: str) -> None:
        self.app = app
        self.url = url

    def anybody(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://ecc.test", headers=headers)

    def token(self, login: str, *, lifetime: timedelta = timedelta(hours=1)) -> str:
        """A token of a fresh session, without the cost of a password."""
        now = datetime.now(UTC)
        session = f"session of {login} {next(_names)}"
        with psycopg.connect(self.url) as conn:
            conn.execute("SELECT set_config('ecc.organisation_id', platform_organisation()::text, true)")
            conn.execute(
                "INSERT INTO app_session (session_hash, user_id, expires_at) "
                "SELECT %s, user_id, %s FROM app_user WHERE login = %s",
                [hashlib.sha256(session.encode()).digest(), now + lifetime, login],
            )
        return self.app.state.sessions.sign(session, now=now)[0]

    def of(self, login: str, **headers: str) -> httpx.AsyncClient:
        return self.anybody(authorization=f"Bearer {self.token(login)}", **headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(world: World, api_database: Database) -> AsyncIterator[Clients]:
    async with running(api_database.url("ecc_api")) as made:
        yield made


__all__ = ["PASSWORD"]
