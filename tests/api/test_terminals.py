"""Terminals with SIM cards; install, remove and swap, with the history kept."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from fleet.identifiers import luhn_digit
from tests.api.conftest import running
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/v1/terminals"
HOUR = timedelta(hours=1)


def iccid(number: int) -> str:
    body = f"898600{number:013d}"
    return body + str(luhn_digit(body))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(clients):
    async with clients.of("owner") as http:
        yield http


async def made(http, name: str, **members) -> dict:
    answer = await http.post(PATH, json={"name": name, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def machine(world, name: str, owner: str = "north") -> str:
    world.machine(name, owner=owner)
    return f"/api/v1/machines/{world.public[name]}"


def epoch(world) -> int:
    return world.conn.execute("SELECT epoch FROM config_epoch").fetchone()[0]


async def test_a_terminal_is_kept_with_its_sim_and_changed_by_version(world, owner):
    before = epoch(world)
    sim = {"iccid": iccid(1), "imsi": "460001234567890", "msisdn": "+8613800000000", "operator": "China Mobile"}
    terminal = await made(owner, "T-SIM", hardware="TB-4G", sim=sim | {"valid_to": "2030-12-31"})
    path = f"{PATH}/{terminal['id']}"
    assert (terminal["sim"]["status"], terminal["sim"]["valid_to"]) == ("active", "2030-12-31")
    assert epoch(world) == before + 1
    changed = await owner.patch(
        path, json={"clock_offset_s": -28800.5, "coordinate_system": "gcj02"}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["clock_offset_s"], changed.json()["coordinate_system"]) == (-28800.5, "gcj02")
    assert changed.json()["sim"]["iccid"] == iccid(1)
    assert world.conn.execute("SELECT clock_offset_us FROM terminal WHERE name = 'T-SIM'").fetchone() == (
        -28_800_500_000,
    )
    assert epoch(world) == before + 2
    assert (await owner.patch(path, json={"sim": None}, headers={"If-Match": '"2"'})).json()["sim"] is None
    assert (await owner.patch(path, json={"sim": None}, headers={"If-Match": '"2"'})).status_code == 412


@pytest.mark.parametrize(
    ("members", "status", "words"),
    [
        pytest.param({"name": "T-SIM"}, 409, "name is there", id="a name in use"),
        pytest.param({"name": "a b"}, 422, "", id="a name no topic can carry"),
        pytest.param({"sim": {"iccid": iccid(2)[:-1] + str((int(iccid(2)[-1]) + 1) % 10)}}, 422, "mistyped", id="Luhn"),
        pytest.param({"coordinate_system": "wgs72"}, 422, "", id="a coordinate system there is not"),
        pytest.param({"clock_offset_s": 1e12}, 422, "", id="an offset of centuries"),
    ],
)
async def test_a_wrong_terminal_is_refused(owner, members, status, words):
    answer = await owner.post(PATH, json={"name": "T-WRONG", **members})
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


async def test_a_sim_is_in_one_terminal_only(owner):
    await made(owner, "T-SIM-A", sim={"iccid": iccid(3)})
    answer = await owner.post(PATH, json={"name": "T-SIM-B", "sim": {"iccid": iccid(3)}})
    assert (answer.status_code, "in another terminal" in answer.json()["detail"]) == (409, True)


async def test_terminals_are_their_keepers_and_their_machines_owners_to_see(world, clients, owner, api_database):
    north = await made(owner, "T-NORTH", sim={"iccid": iccid(4)})
    async with clients.of("stranger") as stranger:
        assert (await stranger.get(f"{PATH}/{north['id']}")).status_code == 404
        lent = machine(world, "lent")
        world.share("lent", "south", data_class="hours")
        await owner.post(f"{lent}/installations", json={"terminal_id": north["id"]})
        seen = (await stranger.get(f"{PATH}/{north['id']}")).json()
        assert (seen["name"], seen["sim"], seen["machine"]["name"]) == ("T-NORTH", None, "lent")
        answer = await stranger.patch(f"{PATH}/{north['id']}", json={"firmware": "x"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 403
        listed = (await stranger.get(PATH, params={"fields": "name"})).json()["items"]
        assert [item["name"] for item in listed] == ["T-NORTH"]
    async with running(api_database.owner_url) as bare, bare.of("stranger") as stranger:
        seen = (await stranger.get(f"{PATH}/{north['id']}")).json()
        assert (seen["name"], seen["sim"]) == ("T-NORTH", None), "the query alone hides it too"
        assert len((await stranger.get(PATH)).json()["items"]) == 1
    async with clients.of("dealer") as dealer:
        assert (await dealer.get(f"{PATH}/{north['id']}")).json()["sim"]["iccid"] == iccid(4)


async def test_pages_of_terminals_show_each_once(owner):
    for number in range(5):
        await made(owner, f"PAGE-{number}")
    names, cursor = [], None
    while True:
        page = (
            await owner.get(
                PATH, params={"q": "page-", "limit": 2, "sort": "-name"} | ({"cursor": cursor} if cursor else {})
            )
        ).json()
        names += [item["name"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == [f"PAGE-{number}" for number in (4, 3, 2, 1, 0)]


async def test_a_swap_keeps_the_history_and_bumps_the_configuration(world, owner):
    path = machine(world, "swapped")
    old, new = [await made(owner, name) for name in ("T-OLD", "T-NEW")]
    installed = await owner.post(f"{path}/installations", json={"terminal_id": old["id"]})
    assert (installed.status_code, installed.json()["from_at"], installed.headers["etag"]) == (201, None, '"1"')
    before, at = epoch(world), NOW - HOUR
    swap = await owner.post(f"{path}/terminal-swaps", json={"install": new["id"], "at": at.isoformat()})
    assert swap.status_code == 201, swap.text
    assert epoch(world) == before + 1
    history = (await owner.get(f"{path}/installations")).json()["items"]
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}"
    assert [(i["terminal"], (i["from_at"] or "")[:19], (i["to_at"] or "")[:19]) for i in history] == [
        ("T-NEW", stamp, ""),
        ("T-OLD", "", stamp),
    ]
    assert (await owner.get(f"{PATH}/{new['id']}")).json()["machine"]["name"] == "swapped"
    assert (await owner.get(f"{PATH}/{old['id']}")).json()["machine"] is None
    actions = world.conn.execute(
        "SELECT action FROM audit WHERE entity = 'installation' AND machine_id = %s ORDER BY audit_id",
        [world.machines["swapped"]],
    ).fetchall()
    assert [row[0] for row in actions] == ["create", "swap"]


async def test_of_two_swaps_at_once_the_later_is_told_of_the_other(world, owner):
    """It named no version, so that it has none to be told of."""
    path = machine(world, "contended")
    old, new = [await made(owner, name) for name in ("T-LEAVES", "T-COMES")]
    assert (await owner.post(f"{path}/installations", json={"terminal_id": old["id"]})).status_code == 201
    with world.conn.transaction():
        world.conn.execute(
            "UPDATE installation SET version = version + 1 WHERE machine_id = %s", [world.machines["contended"]]
        )
        swap = asyncio.create_task(owner.post(f"{path}/terminal-swaps", json={"install": new["id"]}))
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while world.conn.execute(waits).fetchone() == (0,):  # noqa: ASYNC110 - PostgreSQL has no event for it
            await asyncio.sleep(0.01)
    answer = await swap
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_overlaps_are_refused_in_words(world, owner):
    first, second = machine(world, "first"), machine(world, "second")
    one, two = [await made(owner, name) for name in ("T-ONE", "T-TWO")]
    assert (await owner.post(f"{first}/installations", json={"terminal_id": one["id"]})).status_code == 201
    elsewhere = await owner.post(f"{second}/installations", json={"terminal_id": one["id"], "from_at": NOW.isoformat()})
    assert (elsewhere.status_code, "is on a machine at that time" in elsewhere.json()["detail"]) == (409, True)
    another = await owner.post(f"{first}/installations", json={"terminal_id": two["id"], "from_at": NOW.isoformat()})
    assert (another.status_code, "has the terminal T-ONE" in another.json()["detail"]) == (409, True)
    body = {"terminal_id": two["id"], "from_at": NOW.isoformat(), "additional": True}
    assert (await owner.post(f"{first}/installations", json=body)).status_code == 201
    unclear = await owner.post(f"{first}/terminal-swaps", json={"install": one["id"]})
    assert (unclear.status_code, "2 terminals" in unclear.json()["detail"]) == (409, True)
    future = await owner.post(
        f"{second}/installations", json={"terminal_id": one["id"], "from_at": "2199-01-01T00:00:00Z"}
    )
    assert (future.status_code, "future" in future.json()["detail"]) == (422, True)


async def test_removing_ends_the_installation_and_frees_the_terminal(world, owner):
    path, other = machine(world, "emptied"), machine(world, "next")
    terminal = await made(owner, "T-FREE")
    installed = (await owner.post(f"{path}/installations", json={"terminal_id": terminal["id"]})).json()
    end = f"{path}/installations/{installed['id']}"
    at = (NOW - HOUR).isoformat()
    assert (await owner.patch(end, json={"to_at": at})).status_code == 428
    ended = await owner.patch(end, json={"to_at": at}, headers={"If-Match": '"1"'})
    assert (ended.status_code, ended.headers["etag"]) == (200, '"2"')
    assert (
        await owner.post(f"{other}/installations", json={"terminal_id": terminal["id"], "from_at": at})
    ).status_code == 201
    reopened = await owner.patch(end, json={"to_at": NOW.isoformat()}, headers={"If-Match": '"2"'})
    assert reopened.status_code == 409


async def test_only_a_terminal_that_was_never_used_is_deleted(world, owner):
    unused, used = await made(owner, "T-UNUSED"), await made(owner, "T-USED")
    await owner.post(f"{machine(world, 'user')}/installations", json={"terminal_id": used["id"]})
    for terminal, status in ((unused, 204), (used, 409)):
        answer = await owner.delete(f"{PATH}/{terminal['id']}", headers={"If-Match": '"1"'})
        assert answer.status_code == status, answer.text
    assert (await owner.get(f"{PATH}/{unused['id']}")).status_code == 404


async def test_a_terminal_sold_with_its_machine_is_the_buyers_to_change(world, clients, owner):
    terminal = await made(owner, "T-SOLD", sim={"iccid": iccid(9)})
    world.machine("sold with it", owner=None)
    world.own("sold with it", "north", to_at=NOW - HOUR)
    world.own("sold with it", "south", from_at=NOW - HOUR)
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id) SELECT terminal_id, %s FROM terminal WHERE name = 'T-SOLD'",
        [world.machines["sold with it"]],
    )
    path = f"{PATH}/{terminal['id']}"
    assert (await owner.patch(path, json={"firmware": "2"}, headers={"If-Match": '"1"'})).status_code == 403
    async with clients.of("stranger") as buyer:
        assert (await buyer.patch(path, json={"firmware": "2"}, headers={"If-Match": '"1"'})).status_code == 200
