"""Registering and changing machines: versions, references, modes with their history, options and software."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/v1/machines"


@pytest.fixture(scope="module", autouse=True)
def _lead(world):
    world.person("lead", world.organisations["platform"], "lead")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(clients):
    async with clients.of("owner") as http:
        yield http


async def registered(http, pin: str, **members):
    answer = await http.post(PATH, json={"pin": pin, "name": f"Machine {pin}", **members})
    assert answer.status_code == 201, answer.text
    return answer


def epoch(world) -> int:
    return world.conn.execute("SELECT epoch FROM config_epoch").fetchone()[0]


async def test_a_machine_is_registered_for_ones_own_organisation(world, owner):
    before = epoch(world)
    made = await registered(owner, "NEW-1", serial_number="S-NEW-1", nominal_voltage_v=24)
    machine = made.json()
    assert made.headers["location"] == f"{PATH}/{machine['id']}"
    assert made.headers["etag"] == '"1"'
    assert (machine["organisation"], machine["mode"], machine["nominal_voltage_v"]) == ("North", "in_service", 24)
    read = await owner.get(made.headers["location"])
    assert (read.headers["etag"][:3], read.json()["version"]) == ('"1-', 1)
    assert epoch(world) > before


async def test_the_platform_registers_for_a_customer_and_the_dealer_for_its_own(world, clients):
    ids = {
        name: str(world.conn.execute("SELECT public_id FROM organisation WHERE name = %s", [name]).fetchone()[0])
        for name in ("North", "South")
    }
    async with clients.of("lead") as http:
        assert (await registered(http, "NEW-2", organisation_id=ids["South"])).json()["organisation"] == "South"
        assert (await registered(http, "NEW-3")).json()["organisation"] is None
    async with clients.of("dealer") as http:
        assert (await registered(http, "NEW-4", organisation_id=ids["North"])).json()["organisation"] == "North"
        refused = await http.post(PATH, json={"pin": "NEW-5", "name": "x", "organisation_id": ids["South"]})
    assert refused.status_code == 404
    assert world.conn.execute("SELECT count(*) FROM machine WHERE pin = 'NEW-5'").fetchone() == (0,)


@pytest.mark.parametrize(
    ("members", "status", "words"),
    [
        pytest.param({"pin": "PIN-crane"}, 409, "PIN is there", id="a foreign machine's PIN"),
        pytest.param({"serial_number": "SN-digger"}, 409, "serial number is there", id="a serial number in use"),
        pytest.param({"pin": "CAT0320DJMPBO1234"}, 422, "ISO 10261", id="a PIN with the letter O"),
        pytest.param({"model_id": "0198f3a4-1b2c-7a01-8d11-000000000000"}, 422, "no such model", id="no model"),
        pytest.param({"site_id": "0198f3a4-1b2c-7a01-8d11-000000000000"}, 422, "no such site", id="no site"),
        pytest.param({"options": ["hammer_line"]}, 422, "no such option", id="an option of no model"),
        pytest.param({"mode": "retired"}, 422, "", id="a mode of former times"),
        pytest.param({"colour": "yellow"}, 422, "", id="an unknown member"),
        pytest.param({"name": None}, 422, "", id="no name"),
    ],
)
async def test_a_wrong_machine_is_refused_and_nothing_is_kept(world, owner, members, status, words):
    count = "SELECT count(*) FROM machine"
    before = world.conn.execute(count).fetchone()
    answer = await owner.post(PATH, json={"pin": "WRONG-1", "name": "Wrong", **members})
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text
    assert world.conn.execute(count).fetchone() == before


async def test_a_change_names_its_version_and_leaves_the_rest(world, owner):
    path = (await registered(owner, "CHG-1", equipment_id="EQ-CHG", serial_number="S-CHG")).headers["location"]
    assert (await owner.patch(path, json={"name": "x"})).status_code == 428
    changed = await owner.patch(path, json={"name": "Renamed", "serial_number": None}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    machine = changed.json()
    assert (machine["name"], machine["serial_number"], machine["equipment_id"]) == ("Renamed", None, "EQ-CHG")
    assert changed.headers["etag"] == '"2"'
    stale = await owner.patch(path, json={"name": "y"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    for wrong in ({"name": None}, {"options": None}, {"mode": None}, {"pin": ""}):
        assert (await owner.patch(path, json=wrong, headers={"If-Match": '"2"'})).status_code == 422
    rows = world.conn.execute(
        "SELECT action, before, after, actor_name FROM audit WHERE entity_id = %s ORDER BY audit_id", [machine["id"]]
    ).fetchall()
    assert [row[0] for row in rows] == ["create", "update"]
    assert rows[1][1:] == (
        {"name": "Machine CHG-1", "serial_number": "S-CHG"},
        {"name": "Renamed", "serial_number": None},
        "owner",
    )


async def test_of_those_who_change_it_at_once_one_wins(owner):
    path = (await registered(owner, "RACE-1")).headers["location"]
    answers = await asyncio.gather(
        *(owner.patch(path, json={"name": f"Name {n}"}, headers={"If-Match": '"1"'}) for n in range(6))
    )
    assert sorted(a.status_code for a in answers) == [200] + [412] * 5
    assert (await owner.get(path)).json()["version"] == 2


async def test_only_the_owner_of_now_changes_a_machine(world, clients):
    world.machine("rented", owner="north")
    world.share("rented", "south")
    path = f"{PATH}/{world.public['rented']}"
    async with clients.of("stranger") as http:
        assert (await http.get(path)).status_code == 200
        assert (await http.patch(path, json={"name": "mine"}, headers={"If-Match": '"1"'})).status_code == 403
        foreign = f"{PATH}/{world.public['digger']}"
        assert (await http.patch(foreign, json={"name": "mine"}, headers={"If-Match": '"1"'})).status_code == 404
    async with clients.of("auditor") as http:
        assert (await http.patch(path, json={"name": "mine"}, headers={"If-Match": '"1"'})).status_code == 403
    async with clients.of("dealer") as http:
        assert (await http.patch(path, json={"name": "ours"}, headers={"If-Match": '"1"'})).status_code == 200


async def test_row_level_security_alone_keeps_strangers_from_changing(world, api_database):
    import psycopg

    world.machine("lent out", owner="north")
    world.share("lent out", "south")
    with psycopg.connect(api_database.url("ecc_api"), autocommit=True) as conn:
        conn.execute("SELECT set_config('ecc.organisation_id', %s, false)", [str(world.organisations["south"])])
        renter = "UPDATE machine SET version = version WHERE machine_id = %s"
        assert conn.execute(renter, [world.machines["lent out"]]).rowcount == 0
        for table in ("machine", "installation", "sharing"):
            assert (
                conn.execute(
                    f"UPDATE {table} SET version = version WHERE machine_id = {world.machines['digger']}"
                ).rowcount
                == 0
            )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(
                "SELECT transfer_ownership(%s, %s, now())", [world.machines["digger"], world.organisations["south"]]
            )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT own_new_machine(%s, %s)", [world.public["digger"], world.organisations["south"]])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(
                "INSERT INTO sharing (machine_id, organisation_id, data_class) VALUES (%s, %s, 'all')",
                [world.machines["digger"], world.organisations["south"]],
            )


async def test_modes_have_a_history_with_who_and_why(owner):
    path = (await registered(owner, "MODE-1")).headers["location"]
    for number, (mode, reason) in enumerate([("transport", "to the quarry"), ("in_repair", None)], start=1):
        answer = await owner.patch(
            path, json={"mode": mode, "mode_reason": reason}, headers={"If-Match": f'"{number}"'}
        )
        assert answer.json()["mode"] == mode
    await owner.patch(path, json={"mode": "in_repair"}, headers={"If-Match": '"3"'})
    history = (await owner.get(f"{path}/modes")).json()["items"]
    assert [(h["mode_before"], h["mode"], h["reason"], h["by"]) for h in history] == [
        ("transport", "in_repair", None, "owner"),
        ("in_service", "transport", "to the quarry", "owner"),
    ]


async def test_options_are_those_of_the_model_and_fall_away_with_another(world, clients, owner):
    options = [
        {"code": "hammer_line", "zh": "破碎锤管路", "en": "Hammer line"},
        {"code": "cab_heat", "zh": "暖风", "en": "Heater"},
    ]
    async with clients.of("lead") as http:
        big = (
            await http.post("/api/v1/models", json={"name": "OPT-1", "kind": "excavator", "options": options})
        ).json()
        other = (await http.post("/api/v1/models", json={"name": "OPT-2", "options": options[1:]})).json()
        path = (await registered(owner, "OPT-M", model_id=big["id"], options=["hammer_line", "cab_heat"])).headers[
            "location"
        ]
        kept = await http.patch(f"/api/v1/models/{big['id']}", json={"options": []}, headers={"If-Match": '"1"'})
        assert (kept.status_code, "take it from them" in kept.json()["detail"]) == (409, True)
    has = """SELECT array_agg(code ORDER BY code) FROM machine_option JOIN model_option USING (option_id)
             JOIN machine USING (machine_id) WHERE pin = 'OPT-M'"""
    assert world.conn.execute(has).fetchone() == (["cab_heat", "hammer_line"],)
    await owner.patch(path, json={"model_id": other["id"]}, headers={"If-Match": '"1"'})
    assert world.conn.execute(has).fetchone() == (["cab_heat"],)


async def test_software_is_what_was_entered_and_what_the_machine_reports(world, owner):
    name = "with software"
    world.machine(name, owner="north")
    path = f"{PATH}/{world.public[name]}/software"
    for hours, release in ((9, "V1"), (8, "V1"), (7, "V2")):
        world.event(name, NOW - timedelta(hours=hours), kind=4, text=f"software_id={release}")
    world.event(name, NOW - timedelta(hours=6), kind=4, text="vin=X")
    entered = await owner.post(
        path, json={"controller": "hydraulics", "release": "H7", "from_at": (NOW - timedelta(hours=5)).isoformat()}
    )
    assert (entered.status_code, entered.json()["is_current"]) == (201, True)
    items = (await owner.get(path)).json()["items"]
    assert [(i["controller"], i["release"], i["source"], i["is_current"]) for i in items] == [
        ("hydraulics", "H7", "entered", True),
        ("software_id", "V2", "reported", True),
        ("software_id", "V1", "reported", False),
    ]
    assert items[2]["from_at"].startswith(f"{NOW - timedelta(hours=9):%Y-%m-%dT%H:%M}")
    again = await owner.post(path, json={"controller": "hydraulics", "release": "H8", "from_at": items[0]["from_at"]})
    assert again.status_code == 409


async def test_the_same_registration_sent_again_is_answered_again(world, owner):
    headers = {"Idempotency-Key": "register-once"}
    body = {"pin": "ONCE-1", "name": "Once"}
    first = await owner.post(PATH, json=body, headers=headers)
    second = await owner.post(PATH, json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert world.conn.execute("SELECT count(*) FROM machine WHERE pin = 'ONCE-1'").fetchone() == (1,)
