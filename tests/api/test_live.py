"""The live stream over a real socket: who gets what, and that resuming misses nothing."""

import asyncio
import random
import re
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
import pytest_asyncio

from api.app import create_app
from api.live import told
from storage.retention import delete_older
from storage.sight import Scope
from tests.api.conftest import Clients, running, settings_for
from tests.api.streams import served, stream
from usecases.read_live_filter import LiveFilter
from usecases.read_live_stream import RESUME_LIMIT, Position, Wish

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(world, api_database):
    """(address, token by login)"""
    app = create_app(settings_for(api_database.url("ecc_api"), heartbeat_s=0.3))
    clients = Clients(app, api_database.url("ecc_api"))
    async with served(app) as url:
        yield url, clients.token


async def test_it_greets_at_once_shows_everything_and_then_what_changes(world, live):
    url, token = live
    world.state("digger", {"engine_speed_rpm": 800.0, "latitude_deg": 31.0, "longitude_deg": 121.0})
    async with stream(url, token("owner"), signals="engine_speed_rpm") as mine:
        hello = await mine.next()
        assert (hello.event, hello.data["resumed"]) == ("hello", False)
        snapshot = await mine.until("machines")
        assert snapshot.data["snapshot"] is True
        assert snapshot.id is None
        (digger,) = snapshot.data["items"]
        assert digger["signals"]["engine_speed_rpm"]["value"] == 800.0
        world.state("digger", {"engine_speed_rpm": 900.0, "latitude_deg": 31.5, "longitude_deg": 121.0})
        changed = await mine.until("machines", within_s=3)
        assert changed.data["snapshot"] is False
        assert changed.data["items"][0]["latitude_deg"] == 31.5
        assert [s.event for s in await mine.all_for(2.2)] == [], "nothing changed, nothing is told"
        assert mine.comments > 3, "heartbeats keep it open"


async def test_live_values_are_coalesced_to_one_a_second(world, live):
    url, token = live
    async with stream(url, token("owner")) as mine:
        await mine.until("machines")
        for i in range(60):
            world.state("digger", {"engine_speed_rpm": float(i)})
            await asyncio.sleep(0.05)
        told = [s for s in await mine.all_for(0.2) if s.event == "machines"]
    assert 2 <= len(told) <= 5, "three seconds of changes"


async def test_an_alarm_and_its_acknowledgement_reach_those_who_see_the_machine(world, live):
    url, token = live
    async with (
        stream(url, token("owner")) as owner,
        stream(url, token("dealer")) as dealer,
        stream(url, token("expert")) as expert,
        stream(url, token("stranger")) as stranger,
    ):
        for one in (owner, dealer, expert, stranger):
            await one.next()
        alarm_id = world.alarm("digger", key="live")
        for one in (owner, dealer, expert):
            told = await one.until("alarm")
            assert told.data["alarm"]["id"] == str(alarm_id)
            assert told.data["transition"]["kind"] == "raised"
            assert told.id
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {token('dealer')}"}) as http:
            (await http.post(f"{url}/api/v1/alarms/{alarm_id}/acknowledge")).raise_for_status()
        acknowledged = await expert.until("alarm")
        assert acknowledged.data["transition"]["kind"] == "acknowledged"
        assert acknowledged.data["alarm"]["acknowledged_by"] == "dealer"
        assert "alarm" not in [s.event for s in await stranger.all_for(0.5)]


async def test_a_machine_of_ones_own_may_be_followed_alone(world, live):
    url, token = live
    world.machine("other", owner="north")
    async with stream(url, token("owner"), machine="pin:PIN-digger") as mine:
        snapshot = await mine.until("machines")
        assert [m["name"] for m in snapshot.data["items"]] == ["digger"]
        world.log("other", {"n": 1})
        world.log("digger", {"n": 2})
        assert (await mine.until("entry")).data["payload"] == {"n": 2}


async def test_a_machine_known_by_its_status_is_told_as_online(world, live):
    url, token = live
    world.machine("status-only", owner="north", since=datetime.now(UTC) - timedelta(days=1))
    world.conn.execute(
        "INSERT INTO machine_state (machine_id, received_at, online) VALUES (%s, now(), TRUE)",
        [world.machines["status-only"]],
    )
    async with stream(url, token("owner"), machine="pin:PIN-status-only") as mine:
        (told,) = (await mine.until("machines")).data["items"]
        assert (told["online"], told["measured_at"], told["signals"]) == (True, None, {})


async def test_resuming_misses_nothing_while_writers_commit_out_of_order(world, live, api_database):
    """Twelve writers hold transactions open for random times; the reader breaks off and resumes all the while."""
    url, token = live
    expected = set()
    lock = threading.Lock()

    def write(writer):
        chance = random.Random(writer)
        with psycopg.connect(api_database.owner_url) as conn:
            for i in range(15):
                for part in range(chance.randint(1, 3)):
                    conn.execute(
                        "INSERT INTO event_log (at, machine_id, kind, payload) "
                        "VALUES (clock_timestamp(), %s, 'test.race', jsonb_build_object('n', %s::text))",
                        [world.machines["digger"], f"{writer}/{i}/{part}"],
                    )
                    with lock:
                        expected.add(f"{writer}/{i}/{part}")
                    time.sleep(chance.random() * 0.05)
                if chance.random() < 0.15:
                    conn.rollback()
                    with lock:
                        expected.difference_update({f"{writer}/{i}/{part}" for part in range(3)})
                else:
                    conn.commit()

    seen, last = [], None
    async with stream(url, token("owner")) as mine:
        last = (await mine.next()).id
    threads = [threading.Thread(target=write, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    chance = random.Random(99)
    quiet = 0
    while quiet < 3:
        async with stream(url, token("owner"), last_event_id=last) as mine:
            told = [s for s in await mine.all_for(0.1 + chance.random() * 0.4) if s.event == "entry"]
        told = told[: chance.randint(0, len(told))] if any(t.is_alive() for t in threads) else told
        seen += [s.data["payload"]["n"] for s in told]
        last = told[-1].id if told else last
        quiet = 0 if told or any(t.is_alive() for t in threads) else quiet + 1
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)), "nothing twice"
    assert set(seen) == expected


@pytest.mark.parametrize("last_event_id", ["nonsense", "0-0", "999999999999999999-1"])
async def test_a_place_it_does_not_know_is_answered_with_a_reset(world, live, last_event_id, api_database):
    url, token = live
    if last_event_id == "0-0":
        world.conn.execute(
            "INSERT INTO event_log (at, kind, payload) SELECT now(), 'test.flood', '{}' FROM generate_series(0, %s)",
            [RESUME_LIMIT],
        )
        async with stream(url, token("owner")) as first:
            world.log("digger", {"behind": "the flood"})
            await first.until("entry")
    async with stream(url, token("owner"), last_event_id=last_event_id) as mine:
        hello, reset = await mine.next(), await mine.next()
        assert (hello.event, hello.data["resumed"], reset.event) == ("hello", False, "reset")
        assert hello.id == reset.id, "the place that the stream goes on from"
        world.log("digger", {"after": last_event_id})
        assert (await mine.until("entry")).data["payload"] == {"after": last_event_id}
    async with stream(url, token("owner"), last_event_id=reset.id) as mine:
        hello = await mine.next()
        assert (hello.data["resumed"], hello.id) == (True, reset.id)
        assert (await mine.until("entry")).data["payload"] == {"after": last_event_id}


async def test_a_place_before_what_retention_deleted_is_answered_with_a_reset(world, live, api_database):
    url, token = live
    async with stream(url, token("owner")) as mine:
        before = await mine.next()
        for number in range(3):
            world.log("digger", {"old": number})
        told = [await mine.until("entry") for _ in range(3)]
    with psycopg.connect(api_database.owner_url) as owner:
        owner.execute("UPDATE event_log SET at = now() - interval '99 days' WHERE payload ->> 'old' IN ('0', '1')")
        owner.commit()
        assert delete_older(owner, "event_log", before=datetime.now(UTC) - timedelta(days=90)) >= 2
    for place in (before, told[0]):
        async with stream(url, token("owner"), last_event_id=place.id) as mine:
            await mine.until("reset")
    async with stream(url, token("owner"), last_event_id=told[1].id) as mine:
        assert (await mine.until("entry")).id == told[2].id, "everything behind it is there"


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param("DELETE FROM event_log WHERE id = %s", id="the log jumps over it"),
        pytest.param("UPDATE event_log SET payload = '{\"other\": 1}' WHERE id = %s", id="its number was used again"),
    ],
)
async def test_a_place_that_a_restored_log_lost_is_answered_with_a_reset(world, live, api_database, lost):
    """Although the log's end is far behind it; and so is the place of a stream that was told nothing yet."""
    url, token = live
    async with stream(url, token("owner")) as mine:
        await mine.next()
        world.log("digger", {"told": 0})
        told = await mine.until("entry")
    async with stream(url, token("owner")) as mine:
        hello = await mine.next()
    numbers = {int(place.split("-")[1]) for place in (told.id, hello.id)}  # each names an entry
    with psycopg.connect(api_database.superuser_url, autocommit=True) as conn:
        assert [conn.execute(lost, [number]).rowcount for number in numbers] == [1] * len(numbers)
    world.log("digger", {"told": 1})
    for place in (told.id, hello.id):
        async with stream(url, token("owner"), last_event_id=place) as mine:
            assert [(await mine.next()).event for _ in range(2)] == ["hello", "reset"]


async def test_events_go_on_after_the_database_dropped_every_connection(world, live, superuser):
    url, token = live
    async with stream(url, token("owner")) as mine:
        await mine.next()
        superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ecc_api'")
        for n in range(3):
            world.log("digger", {"n": n})
        numbers: list[int] = []
        while len(numbers) < 3:  # what was entered before may come, too: the server's older transactions held it up
            payload = (await mine.until("entry", within_s=15)).data["payload"]
            numbers += [payload["n"]] if "n" in payload else []
        assert numbers == [0, 1, 2]


async def test_a_slow_client_is_dropped_and_may_resume(world, api_database):
    async with running(api_database.url("ecc_api"), live_queue=8) as clients:
        hub = clients.app.state.live
        wanted = Wish(scope=Scope(organisation_id=1, sees_all=True), filter=LiveFilter(), states=False)
        await hub.ready()
        subscription = hub.subscribe(wanted, resume=None, ends_at=datetime.now(UTC) + timedelta(hours=1))
        for n in range(20):
            world.log("digger", {"slow": n})
        async with asyncio.timeout(30):
            while subscription.ended is None:  # noqa: ASYNC110 - polled from outside
                await asyncio.sleep(0.01)
        bodies = [body.decode() async for body in told(hub, subscription, clock=lambda: datetime.now(UTC))]
        assert bodies[0].startswith("event: hello")
        assert bodies[-1].startswith("event: end")
        assert '"slow_client"' in bodies[-1]
        assert str(subscription.start) in bodies[-1]
        found: list[str] = []
        async with asyncio.timeout(30):
            while len(found) < 20:  # the hub stands before an entry until every older transaction of the server is over
                again = hub.subscribe(wanted, resume=subscription.start, ends_at=datetime.now(UTC) + timedelta(hours=1))
                assert await hub.resumable(again) == subscription.start
                backlog = b"".join([page async for page in hub.backlog(again, after=subscription.start)]).decode()
                found = re.findall(r'"slow":(\d+)}', backlog)
                hub.unsubscribe(again)
                await asyncio.sleep(0.01)
        assert found == [str(n) for n in range(20)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("731-42", Position(731, 42)),
        ("731-42-0a1b2c3d", Position(731, 42)),
        ("731-42-0A", Position(-1, 0)),
        (None, None),
        ("x", Position(-1, 0)),
        ("1-2-3", Position(-1, 0)),
    ],
)
async def test_a_last_event_id_is_read_strictly(text, place):
    assert Position.parse(text) == place
