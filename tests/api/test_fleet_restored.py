"""The index of the fleet and the live stream outlive their server: what was read from another one, or from before a
crash, a restore or a swap of databases, finds nothing any more."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import class_row

from api.live import told
from api.live_hub import LiveHub
from api.live_subscription import Subscription
from app.embedded import EmbeddedServers
from storage.migrate import migrate
from storage.read_event_log import LAST_ENTRY, EntryRow
from storage.sight import Scope
from tests.api.conftest import Clients, running
from tests.api.world import World
from tests.conftest import TEST_CONFIG, temporary_directory
from usecases.read_live_filter import LiveFilter
from usecases.read_live_stream import Position, Wish

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


def log(own: EmbeddedServers, times: int = 1) -> None:
    """Entries of the event log, each in a transaction of its own."""
    with psycopg.connect(own.database_url(), autocommit=True) as conn:
        for _ in range(times):
            conn.execute("INSERT INTO event_log (at, kind, payload) VALUES (now(), 'webhook.test', '{}')")


async def listening(hub: LiveHub, resume: Position | None = None) -> Subscription:
    await hub.ready()
    wish = Wish(scope=Scope(organisation_id=1, sees_all=True), filter=LiveFilter(), states=False)
    return hub.subscribe(wish, resume=resume, ends_at=datetime.now(UTC) + timedelta(hours=1))


def last_place(own: EmbeddedServers) -> Position:
    with psycopg.connect(own.database_url(), row_factory=class_row(EntryRow)) as conn:
        return Position.of(conn.execute(LAST_ENTRY).fetchone())


async def events(hub: LiveHub, subscription: Subscription, *, until: str, times: int = 1) -> list[str]:
    """The names of the frames of a stream, until one has come so often."""
    found: list[str] = []
    async with asyncio.timeout(60):
        async for body in told(hub, subscription, clock=lambda: datetime.now(UTC)):
            found += [line[7:] for line in body.decode().splitlines() if line.startswith("event: ")]
            if found.count(until) >= times:
                break
    return found


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
    hub: LiveHub = clients.app.state.live
    first = await listening(hub)
    rename(own, "before")
    data = own.data_dir / "postgres"
    own.postgres.stop()
    kept = data.with_name("kept")
    await asyncio.to_thread(subprocess.run, ["cp", "-a", data, kept], check=True)
    own.postgres.restart()
    rename(own, "after")
    assert await events(hub, first, until="end") == ["hello", "end"]
    log(own, 200)  # the log ends far before what it told of, when it is put back
    stream = await listening(hub, first.place)
    assert await events(hub, stream, until="entry", times=200) == ["hello", *["entry"] * 200]
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
    assert await events(hub, stream, until="end") == ["hello", "end"]
    log(own)
    assert await events(hub, await listening(hub, stream.place), until="entry") == ["hello", "reset", "entry"]
    while last_place(own) <= stream.place:
        log(own, 50)
    while (await listening(hub)).start <= stream.place:  # noqa: ASYNC110 - until the hub has read on as well
        await asyncio.sleep(0.05)
    late = await listening(hub, stream.place)
    log(own)
    assert await events(hub, late, until="entry") == ["hello", "reset", "entry"], "what it lost is not passed over"


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
