"""After a sale, at the end of a share, of terminals on machines of others: what stays, and what is not told."""

import asyncio
from datetime import timedelta
from itertools import count

import psycopg
import pytest
import pytest_asyncio

from fleet.identifiers import luhn_digit
from tests.api.conftest import running
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
TERMINALS = "/api/v1/terminals"
HOUR = timedelta(hours=1)
_numbers = count(1)
FIRST = {"If-Match": '"1"'}


@pytest.fixture(scope="module", autouse=True)
def lead(world):
    platform = world.organisations["platform"]
    return world.person("lead", platform, "lead")


@pytest_asyncio.fixture(params=["ecc_api", "ecc_owner"], scope="module", loop_scope="module")
async def clients(request, world, api_database):
    """As ecc_api both guards stand; as the owner of the tables, the queries alone."""
    url = api_database.url("ecc_api") if request.param == "ecc_api" else api_database.owner_url
    async with running(url) as made:
        made.guard = request.param
        yield made


@pytest.fixture
def number():
    return next(_numbers)


def iccid(number: int) -> str:
    body = f"898601{number:013d}"
    return body + str(luhn_digit(body))


def organisation(world, name: str) -> str:
    return str(world.conn.execute("SELECT public_id FROM organisation WHERE name = %s", [name]).fetchone()[0])


@pytest.fixture
def name(clients, request):
    return f"{request.node.originalname[5:50]} {clients.guard}"


@pytest.fixture
def sold(world, name):
    """A machine that North had until an hour ago and South has since."""
    world.machine(name, owner=None)
    world.own(name, "north", to_at=NOW - HOUR)
    world.own(name, "south", from_at=NOW - HOUR)
    return f"/api/v1/machines/{world.public[name]}"


async def on_machine(clients, path, keeper: str, number: int, **members) -> str:
    """A terminal that somebody keeps and that is on a machine; its path."""
    async with clients.of(keeper) as http:
        made = await http.post(TERMINALS, json={"name": f"KEPT-{number}", **members})
    assert made.status_code == 201, made.text
    async with clients.of("lead") as http:
        put = await http.post(f"{path}/installations", json={"terminal_id": made.json()["id"]})
    assert put.status_code == 201, put.text
    return f"{TERMINALS}/{made.json()['id']}"


async def changed(clients, login, path, members):
    async with clients.of(login) as http:
        version = (await http.get(path)).headers.get("etag", '"1"')
        return await http.patch(path, json=members, headers={"If-Match": version})


async def rows(clients, login, path) -> list[dict]:
    async with clients.of(login) as http:
        answer = await http.get(f"{path}/changes")
    return answer.json()["items"] if answer.status_code == 200 else []


@pytest.mark.parametrize("members", [{"clock_offset_s": 3600}, {"coordinate_system": "bd09"}, {"sim": None}], ids=str)
async def test_a_keeper_changes_nothing_on_the_machine_of_another(world, clients, name, number, members):
    machine = f"{name} {number}"
    world.machine(machine, owner="south")
    path = await on_machine(
        clients, f"/api/v1/machines/{world.public[machine]}", "dealer", number, sim={"iccid": iccid(number)}
    )
    refused = await changed(clients, "dealer", path, members)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), refused.text
    async with clients.of("dealer") as http:
        assert (await http.get(path)).json()["sim"] is None
        assert (await http.delete(path, headers=FIRST)).status_code == 403
    async with clients.of("stranger") as http:
        assert (await http.get(path)).json()["sim"]["iccid"] == iccid(number)
    assert (await changed(clients, "stranger", path, members)).status_code == 200


async def test_row_level_security_alone_lets_no_keeper_at_a_terminal_on_the_machine_of_another(world, api_database):
    world.machine("south's alone", owner="south")
    numbers = {"dealer": world.organisations["dealer"], "machine": world.machines["south's alone"]}
    world.conn.execute(
        "WITH t AS (INSERT INTO terminal (name, organisation_id) VALUES ('ALONE', %(dealer)s) RETURNING terminal_id), "
        "s AS (INSERT INTO sim (terminal_id, iccid) SELECT terminal_id, '1' FROM t) "
        "INSERT INTO installation (terminal_id, machine_id) SELECT terminal_id, %(machine)s FROM t",
        numbers,
    )
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        for tenant, touched in (("dealer", 0), ("south", 1)):
            conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(world.organisations[tenant])])
            terminals = conn.execute("UPDATE terminal SET clock_offset_us = 1 WHERE name = 'ALONE'")
            sims = conn.execute("UPDATE sim SET msisdn = '1' WHERE iccid = '1'")
            assert (terminals.rowcount, sims.rowcount) == (touched, touched), tenant
            conn.rollback()


async def test_what_is_done_to_a_terminal_is_the_machine_owners_to_read(world, clients, name, number, sold):
    path = await on_machine(clients, sold, "owner", number)
    for login, firmware in (("stranger", "buyer's"), ("lead", "platform's")):
        assert (await changed(clients, login, path, {"firmware": firmware})).status_code == 200
    told = [(row["action"], (row["after"] or {}).get("firmware")) for row in await rows(clients, "stranger", path)]
    assert told == [("update", "platform's"), ("update", "buyer's")]
    assert [row["action"] for row in await rows(clients, "owner", path)] == ["create"], "the keeper's own time"
    async with clients.of("stranger") as http:
        found = (await http.get("/api/v1/audit", params={"entity": "terminal"})).json()["items"]
    assert {(row["after"] or {}).get("firmware") for row in found} >= {"buyer's", "platform's"}
    of = world.conn.execute(
        "SELECT DISTINCT machine_id FROM audit WHERE entity = 'terminal' AND action = 'update' AND entity_id = %s",
        [path.rsplit("/", 1)[1]],
    )
    assert of.fetchall() == [(world.machines[name],)]


async def test_a_sim_goes_with_the_machine_and_comes_back_with_the_terminal(clients, number, sold):
    path = await on_machine(clients, sold, "owner", number)
    given = await changed(clients, "stranger", path, {"sim": {"iccid": iccid(number), "msisdn": "+8613999999999"}})
    assert given.json()["sim"]["msisdn"] == "+8613999999999"
    for login in ("owner", "dealer"):
        async with clients.of(login) as http:
            assert (await http.get(path)).json()["sim"] is None, login
            assert (await http.get(TERMINALS, params={"q": iccid(number)})).json()["items"] == [], "nor found by it"
        assert "8613999999999" not in str(await rows(clients, login, path))
    async with clients.of("stranger") as http:
        (there,) = (await http.get(f"{sold}/installations")).json()["items"]
        end = f"{sold}/installations/{there['id']}"
        assert (await http.patch(end, json={"to_at": NOW.isoformat()}, headers=FIRST)).status_code == 200
    async with clients.of("owner") as http:
        assert (await http.get(path)).json()["sim"]["iccid"] == iccid(number), "in stock it is its keeper's"


async def test_a_terminal_that_is_taken_over_leaves_a_row_with_each_side(world, clients, number, sold):
    path = await on_machine(clients, sold, "owner", number)
    taken = await changed(clients, "stranger", path, {"organisation_id": organisation(world, "South"), "firmware": "x"})
    assert taken.status_code == 200, taken.text
    ids = {"before": organisation(world, "North"), "after": organisation(world, "South")}
    last, first = await rows(clients, "owner", path)
    assert ({side: last[side] for side in ids}, first["action"]) == (
        {side: {"organisation_id": number} for side, number in ids.items()},
        "create",
    ), "and nothing else of what the buyer did"
    assert any((row["after"] or {}).get("firmware") == "x" for row in await rows(clients, "stranger", path))
    async with clients.of("owner") as http:
        assert (await http.get(path)).status_code == 404


ENTERED = {"name": "at customer ACME", "equipment_id": None, "mode": "in_repair"}


async def renamed(clients, path, name):
    entered = ENTERED | {"equipment_id": f"NEW {name}"}
    answer = await changed(clients, "stranger", path, entered)
    assert answer.status_code == 200, answer.text
    return entered


def is_told_nothing(answer, pin: str) -> None:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["name"], body["pin"], body["serial_number"], body["kind"]) == (
        pin,
        pin,
        pin.replace("PIN", "SN", 1),
        "excavator",
    )
    assert (body["model"], body["maker"], body["visible"] != []) == ("excavator-1", "M", True)
    hidden = ("equipment_id", "mode", "site", "site_id", "organisation", "organisation_id", "version", "updated_at")
    assert {member: body[member] for member in hidden} == dict.fromkeys(hidden)
    assert body["options"] == []


async def test_the_seller_is_not_told_what_the_buyer_enters(world, clients, name, sold):
    alarm = world.alarm(name, raised_at=NOW - 2 * HOUR)
    entered = await renamed(clients, sold, name)
    pin = f"PIN-{name}"
    for login in ("owner", "dealer"):
        async with clients.of(login) as http:
            is_told_nothing(await http.get(sold), pin)
            for reference, status in ((f"equipment:{entered['equipment_id']}", 404), (f"pin:{pin}", 200)):
                assert (await http.get(f"/api/v1/machines/{reference}")).status_code == status, reference
            assert (await http.get(f"/api/v1/alarms/{alarm}")).json()["machine"]["name"] == pin
            listed = (await http.get("/api/v1/alarms", params={"machine": f"pin:{pin}"})).json()["items"]
            assert [item["machine"]["name"] for item in listed] == [pin]
        async with clients.of(login) as http:
            both = [f"equipment:{entered['equipment_id']}", f"pin:{pin}"]
            async with asyncio.timeout(10):  # a stream would not end
                assert (await http.get("/api/v1/live", params={"machine": both})).status_code == 404
    async with clients.of("stranger") as http:
        seen = (await http.get(f"/api/v1/machines/equipment:{entered['equipment_id']}")).json()
    assert {member: seen[member] for member in entered} == entered


async def test_a_renter_is_not_told_what_is_entered_when_its_share_is_over(world, clients, name):
    world.machine(name, owner="south")
    path = f"/api/v1/machines/{world.public[name]}"
    world.conn.execute(
        "INSERT INTO sharing (machine_id, organisation_id, data_class, from_at, to_at) "
        "VALUES (%s, %s, 'hours', %s, %s)",
        [world.machines[name], world.organisations["north"], NOW - 10 * HOUR, NOW - 5 * HOUR],
    )
    entered = await renamed(clients, path, name)
    async with clients.of("owner") as http:
        is_told_nothing(await http.get(path), f"PIN-{name}")
        assert (await http.get(f"/api/v1/machines/equipment:{entered['equipment_id']}")).status_code == 404
        shares = (await http.get("/api/v1/shares", params={"direction": "received", "ended": "true"})).json()["items"]
    assert [s["machine"]["name"] for s in shares if s["machine"]["pin"] == f"PIN-{name}"] == [f"PIN-{name}"]


async def test_old_alarms_are_history_for_the_seller(world, clients, name, sold):
    world.machine(f"{name} kept", owner="north")
    old, own = (world.alarm(machine, raised_at=NOW - 2 * HOUR) for machine in (name, f"{name} kept"))
    async with clients.of("dealer") as http:
        refused = await http.post(f"/api/v1/alarms/{old}/acknowledge")
        assert (refused.status_code, "history" in refused.json()["detail"]) == (403, True), refused.text
        assert (await http.post(f"/api/v1/alarms/{own}/acknowledge")).status_code == 200


async def test_a_site_that_the_owner_does_not_see_stays(world, clients, name):
    world.machine(name, owner="north")
    path = f"/api/v1/machines/{world.public[name]}"
    async with clients.of("dealer") as http:
        made = await http.post("/api/v1/sites", json={"name": f"yard {name}", "time_zone": "Asia/Shanghai"})
    assert made.status_code == 201, made.text
    assert (await changed(clients, "dealer", path, {"site_id": made.json()["id"]})).status_code == 200
    assert (await changed(clients, "owner", path, {"name": name})).status_code == 200
    async with clients.of("dealer") as http:
        assert (await http.get(path)).json()["site_id"] == made.json()["id"]
    assert (await changed(clients, "owner", path, {"site_id": None})).status_code == 200
    async with clients.of("dealer") as http:
        assert (await http.get(path)).json()["site_id"] is None


@pytest.mark.parametrize("seq", [7, -1], ids=["a numbered message", "without a number"])
async def test_a_name_under_which_a_terminal_sends_is_no_customers_to_register(world, clients, number, seq):
    name = f"SENDS-{number}"
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, boot, seq, row_no, payload_hash, reason, detail, topic, "
        "received_at) VALUES (gen_random_uuid(), %s, 'b', %s, 0, '', 'unknown_terminal', '', '', now())",
        [name, seq],
    )
    async with clients.of("stranger") as http:
        refused = await http.post(TERMINALS, json={"name": name})
        assert (refused.status_code, refused.json()["errors"][0]["where"]) == (403, "name"), refused.text
        assert (await http.post(TERMINALS, json={"name": f"SILENT-{number}"})).status_code == 201
    for login, given in (("dealer", name), ("lead", f"PLATFORM-{number}")):
        async with clients.of(login) as http:
            made = await http.post(TERMINALS, json={"name": given})
        assert made.status_code == 201, made.text
    assert made.json()["organisation_id"] is None
