"""The index of the fleet outlives its server: what was loaded from another one, or from before a crash, a restore or a
swap of databases, finds nothing any more."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
import pytest_asyncio

from app.embedded import EmbeddedServers
from storage.migrate import migrate
from tests.api.conftest import Clients, running
from tests.api.world import World
from tests.conftest import TEST_CONFIG, temporary_directory

pytestmark = pytest.mark.asyncio(loop_scope="module")
RENAME = "UPDATE machine SET name = %s WHERE pin = 'PIN-digger'"


@pytest.fixture(scope="module")
def own() -> Iterator[EmbeddedServers]:
    with (
        temporary_directory() as directory,
        # an archive with nothing in it: a copy of the data is recovered to its end, on a timeline of its own
        EmbeddedServers(directory, postgres_config=TEST_CONFIG | {"restore_command": "/bin/false"}) as servers,
    ):
        migrate(servers.database_url())
        with psycopg.connect(servers.database_url(), autocommit=True) as conn:
            World.build(conn)
        yield servers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(own):
    async with running(own.database_url("ecc_api")) as made:
        await made.app.state.fleet.catch_up()
        yield made


def rename(own: EmbeddedServers, name: str, database: str = "ecc") -> None:
    with psycopg.connect(own.database_url(database=database)) as conn:
        conn.execute(RENAME, [name])


async def called(clients: Clients, token: str, word: str) -> list[str]:
    """The machines on the first page of those called so, as soon as the database is back."""
    async with clients.anybody(authorization=f"Bearer {token}") as http:
        for _ in range(100):
            answer = await http.get("/api/v1/machines", params={"q": word})
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.05)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def reloaded(clients: Clients) -> str:
    """What is said of the index when it was brought up to date again; it is loaded anew, not followed."""
    before = clients.app.state.fleet.index
    found = await clients.app.state.fleet.catch_up()
    assert found is not before
    return clients.app.state.fleet.standing


async def test_a_server_put_back_to_what_it_was(own, clients):
    token = clients.token("owner")
    rename(own, "before")
    data = own.data_dir / "postgres"
    own.postgres.stop()
    kept = data.with_name("kept")
    await asyncio.to_thread(subprocess.run, ["cp", "-a", data, kept], check=True)
    own.postgres.restart()
    rename(own, "after")
    assert (await called(clients, token, "after")) == ["after"]
    own.postgres.stop()
    shutil.rmtree(data)
    kept.rename(data)
    (data / "recovery.signal").touch()
    own.postgres.restart()
    assert await called(clients, token, "after") == []
    assert await called(clients, token, "before") == ["before"]
    assert await reloaded(clients) == "in_use"
    rename(own, "again")
    assert await called(clients, token, "again") == ["again"]


async def test_a_crash_in_which_the_server_stays(own, clients):
    """A backend that dies takes all others along; the numbers of transactions that were not on disk are used again."""
    index, token = await clients.app.state.fleet.catch_up(), clients.token("owner")
    with psycopg.connect(own.database_url()) as conn:
        os.kill(conn.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            conn.execute("SELECT 1")
    assert await called(clients, token, "again") == ["again"]
    assert index.upto is None
    assert await reloaded(clients) == "in_use"


async def test_another_database_of_its_name(own, clients):
    token = clients.token("owner")
    with psycopg.connect(own.superuser_url(), autocommit=True) as conn:
        conn.execute("ALTER DATABASE ecc ALLOW_CONNECTIONS false")
        conn.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'ecc'")
        conn.execute("CREATE DATABASE other OWNER ecc_owner TEMPLATE ecc STRATEGY file_copy")
        rename(own, "other one", "other")
        conn.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'other'")
        conn.execute("ALTER DATABASE ecc RENAME TO former")
        conn.execute("ALTER DATABASE other RENAME TO ecc")
    assert await called(clients, token, "other") == ["other one"]
    assert await reloaded(clients) == "in_use"


async def test_a_standby_that_takes_over(own, clients):
    """Its snapshots do not name what runs; it is not started anew when it takes over."""
    token = clients.token("owner")
    (own.data_dir / "postgres" / "standby.signal").touch()
    own.postgres.restart()
    assert await called(clients, token, "other") == ["other one"], "read from the standby"
    assert await reloaded(clients) == "not_loaded"
    with psycopg.connect(own.superuser_url(), autocommit=True) as conn:
        assert conn.execute("SELECT pg_promote()").fetchone() == (True,)
    assert await reloaded(clients) == "in_use"
    rename(own, "led")
    assert await called(clients, token, "led") == ["led"]
