"""The live stream by filter, over restarts and processes, and while rights change."""

import asyncio
import socket
import time
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from api import live_hub, live_subscription
from api.app import create_app
from tests.api.conftest import Clients, settings_for
from tests.api.streams import served, stream

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def places(world):
    """A site, a model and an organisation below North, with the public ids that filters take."""
    conn = world.conn
    world.machine("loader", owner="north", kind="wheel_loader")
    conn.execute(
        "INSERT INTO organisation (public_id, kind, name, parent_id) VALUES (%s, 'customer', 'Below', %s)",
        [uuid4(), world.organisations["north"]],
    )
    world.organisations["below"] = conn.execute("SELECT max(organisation_id) FROM organisation").fetchone()[0]
    world.machine("lent", owner="below")
    site = conn.execute(
        "INSERT INTO site (name, organisation_id) VALUES ('Pit', %s) RETURNING site_id, public_id::text",
        [world.organisations["north"]],
    ).fetchone()
    conn.execute("UPDATE machine SET site_id = %s WHERE machine_id = %s", [site[0], world.machines["loader"]])
    model = conn.execute("SELECT public_id::text FROM machine_model WHERE name = 'wheel_loader-1'").fetchone()[0]
    below = conn.execute("SELECT public_id::text FROM organisation WHERE name = 'Below'").fetchone()[0]
    return {"site": site[1], "model": model, "organisation": below}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(world, places, api_database):
    """(address, token by login)"""
    app = create_app(settings_for(api_database.url("ecc_api"), heartbeat_s=0.3))
    clients = Clients(app, api_database.url("ecc_api"))
    async with served(app) as url:
        yield url, clients.token


def numbers(seen):
    return [s.data["payload"]["n"] for s in seen if s.event == "entry"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({"machine": ["pin:PIN-digger", "pin:PIN-lent"]}, ["digger", "lent"], id="machines"),
        pytest.param({"site": "site"}, ["loader"], id="site"),
        pytest.param({"model": "model"}, ["loader"], id="model"),
        pytest.param({"machine_kind": ["excavator"]}, ["digger", "lent"], id="kind of machine"),
        pytest.param({"organisation": "organisation"}, ["lent"], id="organisation below mine"),
        pytest.param({"machine_kind": ["excavator"], "organisation": "organisation"}, ["lent"], id="both"),
        pytest.param({"kinds": ["webhook.*"]}, ["digger", "loader", "lent"], id="kinds of events"),
        pytest.param({"kinds": ["alarm.*"]}, [], id="another kind"),
        pytest.param({"severity": ["critical"]}, [], id="entries without severity"),
    ],
)
async def test_a_filter_takes_what_it_names_and_nothing_else(world, live, places, wanted, expected):
    url, token = live
    parameters = {name: places[value] if isinstance(value, str) else value for name, value in wanted.items()}
    async with stream(url, token("owner"), **parameters) as mine:
        snapshot = await mine.until("machines")
        about_machines = not {"kinds", "severity"} & wanted.keys()
        shown = expected if about_machines else ["digger", "loader", "lent"]
        assert sorted(m["name"] for m in snapshot.data["items"]) == sorted(shown)
        for name in ("digger", "loader", "lent", "crane"):
            world.log(name, {"n": name})
        told = await mine.all_for(0.6)
        assert numbers(told) == expected
        for name in ("digger", "loader", "lent", "crane"):
            world.state(name, {"engine_speed_rpm": time.time() % 1000})
        changed = await mine.all_for(1.6)
        names = {m["name"] for s in changed if s.event == "machines" for m in s.data["items"]}
        assert names == set(shown)


async def test_a_filter_cannot_name_what_is_anothers(world, live, places):
    url, token = live
    async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token('stranger')}"}) as http:
        for name in ("site", "organisation"):
            answer = await http.get("/api/v1/live", params={name: places[name]})
            assert answer.status_code == 404, name
        assert (await http.get("/api/v1/live", params={"machine": "pin:PIN-digger"})).status_code == 404
        assert (await http.get("/api/v1/live", params={"kinds": "Not A Kind"})).status_code == 422


async def test_what_a_filter_names_and_is_not_there_is_named(places, clients):
    async with clients.of("owner") as http:
        answer = await http.get("/api/v1/live", params={"machine": ["pin:PIN-digger", "pin:NOPE"]})
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["where"], fault["code"]) == (404, "machine.1", "filter_absent")
        machines = [*["pin:PIN-digger"] * 3, str(uuid4())]
        made = await http.post("/api/v1/webhooks", json={"url": "https://example.org/h", "machines": machines})
        assert (made.status_code, made.json()["errors"][0]["where"]) == (404, "machines.3")


@pytest.mark.parametrize(
    ("method", "path", "where"),
    [
        ("GET", "/live?machine_kind=excavtor", "machine_kind"),
        ("POST", "/webhooks", "machine_kinds"),
        ("GET", "/machines?kind=excavtor", "kind"),
        ("GET", "/fleet/matrix?signals=fuel_level_pct&kind=excavtor", "kind"),
        ("GET", "/models?kind=excavtor", "kind"),
    ],
)
async def test_a_kind_of_machines_that_there_is_not_is_refused(places, clients, method, path, where):
    body = {"url": "https://example.org/h", "machine_kinds": ["excavator", "excavtor"]} if method == "POST" else None
    async with clients.of("owner") as http:
        answer = await http.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == 422, answer.text
        (fault,) = answer.json()["errors"]
        assert (fault["where"], fault["code"]) == (where, "unknown_machine_kind")
        assert fault["message"].endswith("excavator?")


async def test_a_kind_without_machines_is_no_error(world, places, clients):
    world.conn.execute("INSERT INTO machine_kind (code, zh, en) VALUES ('grader_x', '平地机', 'Grader')")
    async with clients.of("owner") as http:
        answer = await http.get("/api/v1/machines", params={"kind": "grader_x"})
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param("alarm.rased", "did you mean alarm.raised?", id="misspelt"),
        pytest.param("alarms.*", "did you mean alarm.", id="a beginning of none"),
        pytest.param("weather", "there are: alarm.raised, alarm.revised", id="nothing near"),
    ],
)
async def test_a_kind_of_events_that_there_is_not_is_refused(world, live, kind, words):
    url, token = live
    async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token('owner')}"}) as http:
        told = await http.get("/api/v1/live", params={"kinds": ["alarm.*", kind]})
        body = {"url": "https://example.com/ecc", "kinds": [kind]}
        made = await http.post("/api/v1/webhooks", json=body)
    for answer in (told, made):
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["where"], error["code"]) == (422, "kinds", "unknown_event_kind")
        assert words in error["message"]


async def test_resuming_with_a_filter_over_a_restart_and_another_process_misses_nothing(world, places, api_database):
    """Events are told by whichever API process the client finds; its filter lets most of them go by."""
    told, last, written = [], None, 0
    settings = settings_for(api_database.url("ecc_api"))
    async with served(create_app(settings)) as one:
        clients = Clients(create_app(settings), api_database.url("ecc_api"))
        token = clients.token("owner")
        filters = {"machine_kind": "wheel_loader", "kinds": "webhook.*", "states": "false"}
        async with stream(one, token, **filters) as mine:
            last = (await mine.next()).id
        for turn in range(4):
            for _ in range(5):
                world.log("loader", {"n": written})
                world.log("digger", {"n": "not wanted"})
                world.log("loader", {"n": "not wanted"}, kind="other.note")
                written += 1
            if turn % 2:  # a process that has only now been started
                async with (
                    served(create_app(settings)) as two,
                    stream(two, token, last_event_id=last, **filters) as mine,
                ):
                    seen = await mine.all_for(0.5)
            else:
                async with stream(one, token, last_event_id=last, **filters) as mine:
                    world.log("loader", {"n": written})
                    written += 1
                    seen = await mine.all_for(0.6)
            assert "reset" not in [s.event for s in seen]
            seen = [s for s in seen if s.event == "entry"]
            told += numbers(seen)
            last = seen[-1].id if seen else last
    assert told == list(range(written))


async def test_who_is_told_nothing_still_learns_where_to_resume_from(world, live, monkeypatch):
    monkeypatch.setattr(live_hub, "PLACE_EVERY_S", 0.2)
    url, token = live
    async with stream(url, token("owner"), kinds="alarm.withdrawn", states="false") as mine:
        hello = await mine.next()
        for _ in range(3):
            world.log("digger", {"n": "not asked for"})
        place = await mine.until("place")
    assert place.id != hello.id
    async with stream(url, token("owner"), kinds="webhook.test", last_event_id=place.id, states="false") as mine:
        assert numbers(await mine.all_for(0.4)) == [], "nothing behind it"


async def test_positions_are_exact_only_for_who_may_and_each_subscription_is_one_row_of_the_audit(world, live):
    url, token = live
    world.state("digger", {"latitude_deg": 31.2345, "longitude_deg": 121.4567})
    count = "SELECT count(*) FROM audit WHERE action = 'read_positions'"
    before = world.conn.execute(count).fetchone()[0]
    places = {}
    for login in ("owner", "auditor"):
        async with stream(url, token(login), machine="pin:PIN-digger") as mine:
            (item,) = (await mine.until("machines")).data["items"]
            places[login] = (item["latitude_deg"], item["longitude_deg"], item["is_coarse"])
    assert places == {"owner": (31.2345, 121.4567, False), "auditor": (31.2, 121.5, True)}
    async with stream(url, token("owner"), states="false") as mine:
        world.log("digger", {"n": 1})
        assert [s.event for s in await mine.all_for(0.5) if s.event != "hello"] == ["entry"]
    assert world.conn.execute(count).fetchone()[0] == before + 2, "not for events alone"


async def test_a_client_that_reads_nothing_is_cut_off_and_the_others_are_told_in_time(world, api_database, monkeypatch):
    monkeypatch.setattr(live_subscription, "LAST_WORDS_S", 0.3)
    settings = settings_for(api_database.url("ecc_api"), live_queue=20, live_queue_bytes=200_000)
    app = create_app(settings)
    clients = Clients(app, api_database.url("ecc_api"))
    async with served(app) as url, stream(url, clients.token("owner"), states="false") as good:
        await good.next()
        port = int(url.rpartition(":")[2])
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", port))
            request = (
                f"GET /api/v1/live?states=false HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {clients.token('owner')}"
            )
            deaf.sendall(f"{request}\r\n\r\n".encode())
            deaf.setblocking(False)
            hub = app.state.live
            async with asyncio.timeout(30):
                while len(hub._subscriptions) < 2:  # noqa: ASYNC110 - the deaf one says nothing
                    await asyncio.sleep(0.01)
            for n in range(60):
                began = time.monotonic()
                world.log("digger", {"n": n, "much": "x" * 30_000})
                assert numbers([await good.until("entry")]) == [n]
                assert time.monotonic() - began < 2, "nobody waits for the deaf one"
                if len(hub._subscriptions) == 1:
                    break
            assert len(hub._subscriptions) == 1
            await asyncio.sleep(live_subscription.LAST_WORDS_S + 0.5)
            async with asyncio.timeout(30):
                assert await is_reset(deaf), "the line itself is cut, not only forgotten"


async def is_reset(line):
    while True:
        try:
            if not line.recv(1 << 20):
                return False
        except BlockingIOError:
            await asyncio.sleep(0.02)
        except ConnectionError:
            return True


async def test_many_streams_of_one_wish_share_what_is_read(world, live):
    url, token = live
    bearer = token("owner")
    opened = [stream(url, bearer, machine="pin:PIN-digger") for _ in range(20)]
    streams = [await one.__aenter__() for one in opened]
    try:
        for one in streams:
            await one.until("machines")
        world.log("digger", {"n": 7})
        assert [numbers([await one.until("entry")]) for one in streams] == [[7]] * 20
    finally:
        for one in opened:
            await one.__aexit__(None, None, None)
