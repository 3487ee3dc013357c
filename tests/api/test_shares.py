"""Sharing: what is given by whom to whom, when it begins and ends, and who sees that."""

from datetime import timedelta

import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(params=["ecc_api", "ecc_owner"], scope="module", loop_scope="module")
async def clients(request, world, api_database):
    """As ecc_api both guards stand; as the owner of the tables, the queries alone."""
    url = api_database.url("ecc_api") if request.param == "ecc_api" else api_database.owner_url
    async with running(url) as made:
        yield made


@pytest.fixture
def south(world):
    return str(world.conn.execute("SELECT public_id FROM organisation WHERE name = 'South'").fetchone()[0])


@pytest.fixture
def path(world, request):
    name = f"let {request.node.name}"
    world.machine(name, owner=None)
    world.own(name, "north", from_at=NOW - 10 * HOUR)
    yield f"/api/v1/machines/{world.public[name]}"
    world.conn.execute("DELETE FROM sharing WHERE machine_id = %s", [world.machines[name]])


async def give(http, path, organisation, data_class="readings", **members):
    return await http.post(
        f"{path}/shares", json={"organisation_id": organisation, "data_class": data_class, **members}
    )


async def test_a_share_shows_its_class_from_its_beginning_to_its_end(clients, path, south):
    async with clients.of("owner") as owner, clients.of("stranger") as renter:
        assert (await renter.get(path)).status_code == 404
        made = await give(owner, path, south, "position", from_at=(NOW - HOUR).isoformat())
        assert made.status_code == 201, made.text
        share = made.json()
        assert (share["organisation"], share["to_at"], made.headers["etag"]) == (None, None, '"1"')
        assert (await renter.get(path)).status_code == 200
        (received,) = (await renter.get("/api/v1/shares")).json()["items"]
        assert (received["id"], received["data_class"], received["organisation"]) == (share["id"], "position", "South")
        (given,) = (await owner.get("/api/v1/shares", params={"direction": "given"})).json()["items"]
        assert given["id"] == share["id"]
        assert [s["id"] for s in (await owner.get(f"{path}/shares")).json()["items"]] == [share["id"]]

        end = f"{path}/shares/{share['id']}"
        assert (await renter.delete(end, headers={"If-Match": '"1"'})).status_code == 403
        early = await owner.patch(end, json={"to_at": (NOW + HOUR).isoformat()}, headers={"If-Match": '"1"'})
        assert (early.status_code, early.headers["etag"]) == (200, '"2"')
        assert (await owner.delete(end, headers={"If-Match": '"1"'})).status_code == 412
        assert (await owner.delete(end, headers={"If-Match": '"2"'})).status_code == 204
        assert (await renter.get("/api/v1/shares")).json()["items"] == []
        (over,) = (await renter.get("/api/v1/shares", params={"ended": True})).json()["items"]
        assert over["to_at"] is not None


@pytest.mark.parametrize(
    ("members", "status", "words"),
    [
        pytest.param({"data_class": "everything"}, 422, "", id="no such class"),
        pytest.param(
            {"from_at": (NOW - 20 * HOUR).isoformat()}, 422, "owns the machine since", id="before it was ours"
        ),
        pytest.param(
            {"to_at": (NOW - HOUR).isoformat()}, 422, "ends after it begins", id="an end before its beginning"
        ),
        pytest.param({"organisation_id": "0198f3a2-0000-7000-8000-00000000dead"}, 404, "no organisation", id="nobody"),
    ],
)
async def test_a_wrong_share_is_refused(clients, path, south, members, status, words):
    async with clients.of("owner") as owner:
        answer = await owner.post(f"{path}/shares", json={"organisation_id": south, "data_class": "all"} | members)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


async def test_the_same_class_is_shared_once_at_a_time(clients, path, south):
    async with clients.of("owner") as owner:
        assert (await give(owner, path, south)).status_code == 201
        twice = await give(owner, path, south)
        assert (twice.status_code, "already" in twice.json()["detail"]) == (409, True)
        assert (await give(owner, path, south, "alarms")).status_code == 201


async def test_one_that_has_not_begun_is_taken_back(clients, path, south):
    async with clients.of("owner") as owner:
        made = (await give(owner, path, south, from_at=(NOW + HOUR).isoformat())).json()
        gone = await owner.delete(f"{path}/shares/{made['id']}", headers={"If-Match": '"1"'})
        assert gone.status_code == 204
        assert (await owner.get(f"{path}/shares", params={"ended": True})).json()["items"] == []


async def test_a_share_lasts_no_longer_than_the_owners_own_time(world, clients, path, south):
    name = next(name for name, public in world.public.items() if path.endswith(str(public)))
    world.conn.execute("UPDATE ownership SET to_at = %s WHERE machine_id = %s", [NOW + 5 * HOUR, world.machines[name]])
    async with clients.of("owner") as owner:
        made = await give(owner, path, south)
        assert made.json()["to_at"].startswith(f"{NOW + 5 * HOUR:%Y-%m-%dT%H:%M:%S}")


@pytest.mark.parametrize(("login", "status"), [("colleague", 403), ("auditor", 403), ("stranger", 404)])
async def test_who_may_not_share(clients, path, south, login, status):
    async with clients.of(login) as http:
        assert (await give(http, path, south)).status_code == status


async def test_both_sides_find_it_in_their_history(world, clients, path, south):
    async with clients.of("dealer") as dealer:
        made = (await give(dealer, path, south)).json()
    rows = world.conn.execute(
        "SELECT o.name, a.actor_name FROM audit a JOIN organisation o USING (organisation_id) "
        "WHERE a.entity = 'share' AND a.entity_id = %s ORDER BY 1",
        [made["id"]],
    ).fetchall()
    assert rows == [("North", "dealer"), ("South", "dealer")]
