"""Sales: who may, what is cut, what the buyer and the seller see, and the correction of a wrong one."""

from datetime import timedelta

import pytest
import pytest_asyncio

from storage.ownership import leave_sold_sites
from tests.api.conftest import running
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", autouse=True)
def lead(world):
    platform = world.organisations["platform"]
    return world.person("lead", platform, "lead")


@pytest_asyncio.fixture(params=["ecc_api", "ecc_owner"], scope="module", loop_scope="module")
async def clients(request, world, api_database):
    """As ecc_api both guards stand; as the owner of the tables, the queries alone."""
    url = api_database.url("ecc_api") if request.param == "ecc_api" else api_database.owner_url
    async with running(url) as made:
        yield made


@pytest.fixture
def ids(world):
    return {
        name: str(world.conn.execute("SELECT public_id FROM organisation WHERE name = %s", [name]).fetchone()[0])
        for name in ("North", "South", "Dealer")
    }


@pytest.fixture
def path(world, request):
    name = f"for sale {request.node.name}"
    world.machine(name, owner="north")
    world.readings(name, [(NOW - m * timedelta(minutes=1), {"engine_speed_rpm": float(m)}) for m in range(1, 180)])
    return f"/api/v1/machines/{world.public[name]}"


async def sell(clients, login, path, buyer, at, **members):
    async with clients.of(login) as http:
        return await http.post(f"{path}/transfers", json={"to_organisation": buyer, "at": at.isoformat(), **members})


async def minutes_seen(clients, login, path) -> tuple[float, float] | None:
    """The oldest and the newest reading that somebody sees."""
    span = {"from": (NOW - 4 * HOUR).isoformat(), "to": NOW.isoformat(), "signals": "engine_speed_rpm"}
    async with clients.of(login) as http:
        answer = await http.get(f"{path}/readings", params=span)
    if answer.status_code == 404:
        return None
    series = answer.json()["signals"].get("engine_speed_rpm")
    values = [v for v in series["mean"] if v is not None] if series else []
    return (max(values), min(values)) if values else None


@pytest.mark.parametrize("login", ["owner", "dealer"])
async def test_the_buyer_sees_from_then_on_and_the_seller_until_then(clients, path, ids, login):
    made = await sell(clients, login, path, ids["South"], NOW - HOUR, document_no="INV-1")
    assert made.status_code == 201, made.text
    assert (made.json()["from_organisation_id"], made.json()["to_organisation_id"]) == (ids["North"], ids["South"])
    assert await minutes_seen(clients, "owner", path) == (179.0, 61.0)
    assert await minutes_seen(clients, "stranger", path) == (60.0, 1.0)
    for side in ("owner", "stranger"):
        async with clients.of(side) as http:
            (transfer,) = (await http.get(f"{path}/transfers")).json()["items"]
            assert (transfer["document_no"], transfer["recorded_by"]) == ("INV-1", login)


async def test_a_sale_of_tomorrow_changes_nothing_today(world, clients, path, ids):
    assert (await sell(clients, "owner", path, ids["South"], NOW + 24 * HOUR)).status_code == 201
    assert await minutes_seen(clients, "stranger", path) is None
    async with clients.of("owner") as http:
        assert (await http.get(path)).json()["organisation"] == "North"
        etag = (await http.get(path)).headers["etag"]
        assert (await http.patch(path, json={"name": "still mine"}, headers={"If-Match": etag})).status_code == 200
    again = await sell(clients, "owner", path, ids["Dealer"], NOW)
    assert (again.status_code, "A later transfer" in again.json()["detail"]) == (409, True)


async def test_a_sale_and_its_correction_make_stale_what_was_read_before(world, clients, path, ids):
    seen = {"If-Match": '"1"'}
    made = await sell(clients, "dealer", path, ids["South"], NOW - HOUR)
    async with clients.of("lead", **seen) as http:
        assert (await http.patch(path, json={"name": "for North"})).status_code == 412
        seen = {"If-Match": (await http.get(path)).headers["etag"]}
    taken_back = await sell(clients, "stranger", path, ids["North"], NOW - HOUR, corrects=made.json()["id"])
    assert taken_back.status_code == 201, taken_back.text
    async with clients.of("lead") as http:
        assert (await http.patch(path, json={"name": "for South"}, headers=seen)).status_code == 412


async def test_an_import_of_sales_makes_stale_what_was_read_before(world, clients, path, ids):
    async with clients.of("owner") as http:
        pin = (await http.get(path)).json()["pin"]
        line = f"pin,to_organisation,at\n{pin},{ids['South']},{NOW - HOUR:%Y-%m-%dT%H:%M:%SZ}\n"
        answer = await http.post("/api/v1/transfers/import", content=line, headers={"content-type": "text/csv"})
        assert (answer.status_code, answer.json()["created"]) == (200, 1), answer.text
    async with clients.of("lead", **{"If-Match": '"1"'}) as http:
        assert (await http.patch(path, json={"name": "for North"})).status_code == 412


@pytest.mark.parametrize(
    ("login", "status"),
    [("colleague", 403), ("auditor", 403), ("expert", 403), ("stranger", 404)],
)
async def test_who_may_not_sell(clients, path, ids, login, status):
    answer = await sell(clients, login, path, ids["South"], NOW)
    assert answer.status_code == status, answer.text


async def test_a_renter_may_not_sell_and_a_buyer_must_exist(world, clients, path, ids):
    name = next(name for name, public in world.public.items() if path.endswith(str(public)))
    world.share(name, "south")
    assert (await sell(clients, "stranger", path, ids["South"], NOW)).status_code == 403
    nobody = await sell(clients, "owner", path, "0198f3a2-0000-7000-8000-00000000dead", NOW)
    assert nobody.status_code == 404
    assert (await sell(clients, "owner", path, ids["North"], NOW)).status_code == 422


async def test_the_answer_tells_nothing_of_the_buyer_but_its_id(clients, path, ids):
    made = await sell(clients, "owner", path, ids["South"], NOW - HOUR)
    assert "South" not in made.text
    async with clients.of("owner") as http:
        assert "South" not in (await http.get(f"{path}/transfers")).text


async def test_what_the_seller_shared_ends_with_the_sale(world, clients, path, ids):
    name = next(name for name, public in world.public.items() if path.endswith(str(public)))
    world.share(name, "dealer", data_class="position")
    assert (await sell(clients, "owner", path, ids["South"], NOW - HOUR)).status_code == 201
    found = world.conn.execute("SELECT to_at FROM sharing WHERE machine_id = %s", [world.machines[name]]).fetchall()
    assert found == [(NOW - HOUR,)]


async def test_a_wrong_sale_is_corrected_by_the_platform_and_both_stay_recorded(world, clients, path, ids):
    name = next(name for name, public in world.public.items() if path.endswith(str(public)))
    world.share(name, "platform", data_class="hours")
    wrong = (await sell(clients, "owner", path, ids["South"], NOW - HOUR)).json()
    right = await sell(clients, "lead", path, ids["South"], NOW - 2 * HOUR, corrects=wrong["id"])
    assert right.status_code == 201, right.text
    assert right.json()["corrects"] == wrong["id"]
    assert await minutes_seen(clients, "stranger", path) == (120.0, 1.0)
    twice = await sell(clients, "lead", path, ids["South"], NOW, corrects=wrong["id"])
    assert (twice.status_code, "corrected already" in twice.json()["detail"]) == (409, True)
    back = await sell(clients, "lead", path, ids["North"], NOW - 2 * HOUR, corrects=right.json()["id"])
    assert back.status_code == 201, back.text
    assert await minutes_seen(clients, "stranger", path) is None
    assert await minutes_seen(clients, "owner", path) == (179.0, 1.0)
    share = world.conn.execute("SELECT to_at::text FROM sharing WHERE machine_id = %s", [world.machines[name]])
    assert share.fetchall() == [("infinity",)], "what had been shared is shared on"
    async with clients.of("owner") as http:
        items = (await http.get(f"{path}/transfers")).json()["items"]
    assert [(i["corrects"] is not None, i["corrected_by"] is not None) for i in items] == [
        (True, False), (True, True), (False, True)
    ]  # fmt: skip
    assert items[0] == back.json(), "what was answered is what is recorded"
    rows = world.conn.execute(
        "SELECT action, count(*) FROM audit WHERE machine_id = %s GROUP BY 1 ORDER BY 1", [world.machines[name]]
    ).fetchall()
    assert dict(rows) == {"transfer": 2, "correct_transfer": 4}


@pytest.mark.parametrize("login", ["owner", "dealer"])
@pytest.mark.parametrize("buyer", ["North", "South"])
async def test_the_seller_opens_no_time_of_the_buyer_by_a_correction(world, clients, path, ids, login, buyer):
    sold = (await sell(clients, "owner", path, ids["South"], NOW - HOUR)).json()
    answer = await sell(clients, login, path, ids[buyer], NOW - timedelta(minutes=1), corrects=sold["id"])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
    assert "taken effect" in answer.json()["detail"]
    assert await minutes_seen(clients, "owner", path) == (179.0, 61.0)
    assert await minutes_seen(clients, "stranger", path) == (60.0, 1.0)


async def test_the_seller_takes_back_a_sale_that_has_not_begun(clients, path, ids):
    sold = (await sell(clients, "owner", path, ids["South"], NOW + 24 * HOUR)).json()
    back = await sell(clients, "owner", path, ids["North"], NOW + 24 * HOUR, corrects=sold["id"])
    assert back.status_code == 201, back.text
    again = await sell(clients, "owner", path, ids["Dealer"], NOW)
    assert again.status_code == 201, again.text


async def test_the_buyer_gives_back_and_takes_no_more(clients, path, ids):
    sold = (await sell(clients, "owner", path, ids["South"], NOW - HOUR)).json()
    for to, at in (("South", NOW - 3 * HOUR), ("North", NOW - 3 * HOUR), ("Dealer", NOW - HOUR)):
        refused = await sell(clients, "stranger", path, ids[to], at, corrects=sold["id"])
        assert (refused.status_code, "only give" in refused.json()["detail"]) == (403, True), refused.text
    assert await minutes_seen(clients, "stranger", path) == (60.0, 1.0)
    back = await sell(clients, "stranger", path, ids["North"], NOW - HOUR, corrects=sold["id"])
    assert back.status_code == 201, back.text
    assert await minutes_seen(clients, "owner", path) == (179.0, 1.0)
    assert await minutes_seen(clients, "stranger", path) is None
    async with clients.of("owner") as http:
        assert (await http.get(f"{path}/transfers")).json()["items"][0] == back.json()


async def test_only_the_last_sale_can_be_corrected(clients, path, ids):
    first = (await sell(clients, "owner", path, ids["South"], NOW - 2 * HOUR)).json()
    assert (await sell(clients, "stranger", path, ids["Dealer"], NOW - HOUR)).status_code == 201
    late = await sell(clients, "lead", path, ids["North"], NOW - 2 * HOUR, corrects=first["id"])
    assert (late.status_code, "last transfer" in late.json()["detail"]) == (409, True)
    assert await minutes_seen(clients, "dealer", path) is not None


async def test_a_sale_of_later_takes_the_machine_off_the_sellers_site_when_it_takes_effect(clients, path, ids, world):
    async with clients.of("owner") as http:
        site = (await http.post("/api/v1/sites", json={"name": "old yard", "time_zone": "Asia/Shanghai"})).json()
        seen = await http.get(path)
        moved = {"site_id": site["id"]}
        assert (await http.patch(path, json=moved, headers={"if-match": seen.headers["etag"]})).status_code == 200
    effective = NOW + 2 * HOUR
    assert (await sell(clients, "owner", path, ids["South"], effective)).status_code == 201

    def left(at):
        leave_sold_sites(world.conn, now=at)
        return world.conn.execute("SELECT site_id IS NULL FROM machine WHERE public_id = %s", [path[-36:]]).fetchone()[
            0
        ]

    assert not left(effective - HOUR)
    assert left(effective)
    async with clients.of("owner") as http:
        answer = await http.delete(f"/api/v1/sites/{site['id']}", headers={"if-match": '"1"'})
        assert answer.status_code == 204, answer.text
