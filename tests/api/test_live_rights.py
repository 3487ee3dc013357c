"""How long the live stream tells somebody something, and what it tells former owners."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
import pytest_asyncio

from api import live_hub
from api.app import create_app
from fleet.signals import packaged_catalogue
from storage.read_pool import ReadPool
from storage.sight import Scope
from tests.api.conftest import Clients, settings_for
from tests.api.streams import served, stream
from tests.api.world import NOW
from usecases.read_live_filter import LiveFilter
from usecases.read_live_stream import Position, Wish, told_after

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(world, api_database):
    """(address, token by login)"""
    app = create_app(settings_for(api_database.url("ecc_api"), heartbeat_s=0.3))
    async with served(app) as url:
        yield url, Clients(app, api_database.url("ecc_api")).token


def numbers(seen):
    return [s.data["payload"]["n"] for s in seen if s.event == "entry"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            "DELETE FROM app_session s USING app_user u WHERE u.user_id = s.user_id AND u.login = %s", id="revoked"
        ),
        pytest.param("UPDATE app_user SET active = FALSE WHERE login = %s", id="deactivated"),
        pytest.param("UPDATE app_user SET role = 'auditor' WHERE login = %s", id="another role"),
        pytest.param(
            "UPDATE organisation SET active = FALSE FROM app_user u "
            "WHERE u.organisation_id = organisation.organisation_id AND u.login = %s",
            id="the organisation is deactivated",
        ),
    ],
)
async def test_a_stream_ends_within_seconds_when_its_right_does(world, live, change, monkeypatch):
    assert live_hub.RIGHTS_EVERY_S < 8
    monkeypatch.setattr(live_hub, "RIGHTS_EVERY_S", 0.3)  # seconds, in production
    url, token = live
    world.conn.execute("UPDATE app_user SET active = TRUE, role = 'owner' WHERE login = 'stranger'")
    world.conn.execute("UPDATE organisation SET active = TRUE")
    async with stream(url, token("stranger")) as mine, stream(url, token("owner")) as other:
        await mine.until("machines")
        await other.until("machines")
        began = time.monotonic()
        world.conn.execute(change, ["stranger"])
        ended = await mine.until("end", within_s=10)
        assert ended.data["reason"] == "revoked"
        assert time.monotonic() - began < 5
        world.log("digger", {"n": 1})
        assert numbers([await other.until("entry")]) == [1]
    world.conn.execute("UPDATE app_user SET active = TRUE, role = 'owner' WHERE login = 'stranger'")
    world.conn.execute("UPDATE organisation SET active = TRUE")


async def test_a_sale_and_the_end_of_a_share_narrow_an_open_stream_at_once(world, live):
    url, token = live
    world.machine("sold", owner="north")
    world.machine("rented", owner="south")
    world.share("rented", "north")
    async with stream(url, token("owner")) as mine:
        shown = await mine.until("machines")
        assert {"sold", "rented"} <= {m["name"] for m in shown.data["items"]}
        now = datetime.now(UTC)
        for table, name in (("ownership", "sold"), ("sharing", "rented")):
            world.conn.execute(
                f"UPDATE {table} SET to_at = %s WHERE machine_id = %s AND organisation_id = %s",
                [now, world.machines[name], world.organisations["north"]],
            )
        for name in ("sold", "rented", "digger"):
            world.log(name, {"n": name})
            world.state(name, {"engine_speed_rpm": 900.0 + time.time() % 100})
        told = await mine.all_for(2.0)
        assert numbers(told) == ["digger"]
        assert {m["name"] for s in told if s.event == "machines" for m in s.data["items"]} == {"digger"}


def public_id(world, name):
    found = world.conn.execute("SELECT public_id FROM machine WHERE machine_id = %s", [world.machines[name]]).fetchone()
    return str(found[0])


async def told_gone(open_stream, seconds):
    return [id for s in await open_stream.all_for(seconds) if s.event == "machines" for id in s.data["gone"]]


async def test_an_open_stream_names_once_what_is_not_its_callers_any_more(world, live):
    """Sold, and a share that ends by itself: the seller and its dealer, nobody else; back again it is told anew."""
    url, token = live
    world.machine("handed over", owner="north")
    world.machine("borrowed", owner="south")
    world.share("borrowed", "north")
    for name in ("handed over", "borrowed"):
        world.state(name, {"engine_speed_rpm": 800.0})
    sold, borrowed = (public_id(world, name) for name in ("handed over", "borrowed"))
    async with (
        stream(url, token("owner")) as seller,
        stream(url, token("dealer")) as dealer,
        stream(url, token("expert")) as platform,
        stream(url, token("owner"), machine="pin:PIN-digger") as other,
    ):
        shown = await seller.until("machines")
        assert shown.data["gone"] == []
        assert {sold, borrowed} <= {m["id"] for m in shown.data["items"]}
        now = datetime.now(UTC)
        there = [world.machines["handed over"], world.organisations["north"]]
        world.conn.execute(
            "UPDATE ownership SET to_at = %s WHERE machine_id = %s AND organisation_id = %s", [now, *there]
        )
        world.conn.execute(
            "UPDATE sharing SET to_at = %s WHERE machine_id = %s",
            [now + timedelta(seconds=0.5), world.machines["borrowed"]],
        )
        assert sorted(await told_gone(seller, 3.0)) == sorted([sold, borrowed])
        assert sorted(await told_gone(dealer, 0)) == sorted([sold, borrowed])
        assert await told_gone(platform, 0) == await told_gone(other, 0) == []
        world.conn.execute(
            "UPDATE ownership SET to_at = 'infinity' WHERE machine_id = %s AND organisation_id = %s", there
        )
        back = await seller.until("machines", within_s=4)
        assert [m["id"] for m in back.data["items"]] == [sold]


async def test_a_customer_that_moves_to_another_dealer_takes_its_machines_along(world, live):
    url, token = live
    dealer_of = "UPDATE organisation SET parent_id = %s WHERE organisation_id = %s"
    async with stream(url, token("dealer")) as dealer, stream(url, token("owner")) as owner:
        await dealer.until("machines")
        await owner.until("machines")
        before = world.conn.execute(
            "SELECT parent_id FROM organisation WHERE organisation_id = %s", [world.organisations["north"]]
        ).fetchone()[0]
        world.conn.execute(dealer_of, [None, world.organisations["north"]])
        try:
            assert public_id(world, "digger") in await told_gone(dealer, 2.0)
            assert await told_gone(owner, 0) == []
        finally:
            world.conn.execute(dealer_of, [before, world.organisations["north"]])


async def test_a_stream_ends_when_its_time_is_over(world, api_database):
    app = create_app(settings_for(api_database.url("ecc_api"), live_lifetime=timedelta(seconds=1)))
    token = Clients(app, api_database.url("ecc_api")).token("owner")
    async with served(app) as url, stream(url, token) as mine:
        assert (await mine.until("end", within_s=4)).data["reason"] == "expired"


async def test_a_clients_stream_ends_when_its_secret_does(world, live, api_database, monkeypatch):
    """The token's scopes may be fewer than the client's: that is no reason to end."""
    monkeypatch.setattr(live_hub, "RIGHTS_EVERY_S", 0.3)  # seconds, in production
    url, token = live
    async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token('owner')}"}) as http:
        body = {"name": "live", "scopes": ["fleet:read", "aemp:read"]}
        made = (await http.post("/api/v1/clients", json=body)).json()
        grant = {"grant_type": "client_credentials", "scope": "fleet:read"}
        got = await http.post("/oauth/token", data=grant, auth=(made["id"], made["secret"]))
        assert got.status_code == 200, got.text
    async with stream(url, got.json()["access_token"], machine="pin:PIN-digger") as mine:
        await mine.until("machines")
        assert "end" not in [s.event for s in await mine.all_for(1)]
        with psycopg.connect(api_database.owner_url) as conn:
            conn.execute("UPDATE api_client SET revoked_at = now() WHERE public_id = %s", [made["id"]])
        assert (await mine.until("end", within_s=8)).data["reason"] == "revoked"


@pytest.fixture(scope="module")
def sold(world):
    """A machine that North had until an hour ago, and what South calls it now."""
    world.machine("pride of South", owner=None)
    world.own("pride of South", "north", to_at=NOW - HOUR)
    world.own("pride of South", "south", from_at=NOW - HOUR)
    return "pride of South"


async def names_told(live, login, alarm, **more):
    url, token = live
    async with stream(url, token(login), **more) as mine:
        place = (await mine.next()).id
        raised = alarm() if alarm else None
        while True:
            told = (await mine.until("alarm")).data["alarm"]
            if raised is None or told["id"] == str(raised):
                return told["machine"]["name"], place


async def test_of_an_alarm_of_its_time_a_former_owner_is_told_the_pin(world, live, sold):
    raised = {
        login: lambda login=login: world.alarm(sold, key=f"key of {login}", raised_at=NOW - 2 * HOUR)
        for login in ("owner", "expert", "dealer")
    }
    (told, place), (seen, _), (above, _) = [await names_told(live, login, alarm) for login, alarm in raised.items()]
    assert (told, above, seen) == (f"PIN-{sold}", f"PIN-{sold}", sold)
    assert (await names_told(live, "owner", None, last_event_id=place))[0] == f"PIN-{sold}", "also one that comes back"
    assert (await names_told(live, "expert", None, last_event_id=place))[0] == sold


async def test_a_webhooks_page_is_told_the_same(world, api_database, sold):
    world.alarm(sold, key="for a webhook", raised_at=NOW - 2 * HOUR)
    url = api_database.url("ecc_api")
    async with ReadPool(url, size=1, statement_timeout_ms=5000) as pool, pool.platform() as conn:
        for organisation, sees_all in (("north", False), ("platform", True)):
            scope = Scope(organisation_id=world.organisations[organisation], sees_all=sees_all)
            wish = Wish(scope=scope, filter=LiveFilter(kinds=frozenset({"alarm.raised"})))
            page = await told_after(conn, Position(0, 0), catalogue=packaged_catalogue(), wish=wish, now=NOW)
            names = {told.data.alarm.machine.name for told in page.told if told.event == "alarm"}
            assert (f"PIN-{sold}" in names, sold in names) == (not sees_all, sees_all)
