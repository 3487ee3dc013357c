"""Equipment ids and serial numbers as people write them: any script, blanks inside, punctuation."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio

from storage.read_live_filter import find_machines
from storage.read_pool import ReadPool
from storage.sight import Scope
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/v1/machines"
REAL = "三一 SY215C 12号"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(clients):
    async with clients.of("owner") as http:
        yield http


@pytest.mark.parametrize("number", [REAL, "Бульдозер №7", "كاتربيلر 5", "A-12 (new) #3 50%", "EX?12&a=b", "క్‌ష 4"])
async def test_a_machine_is_found_by_what_people_call_it(owner, number):
    pin = f"EQ{abs(hash(number)) % 10**9}"
    made = await owner.post(
        PATH, json={"pin": pin, "name": "x", "equipment_id": f"  {number} ", "serial_number": number}
    )
    assert made.status_code == 201, made.text
    for alias in ("equipment", "serial"):
        found = await owner.get(f"{PATH}/{quote(f'{alias}:{number}', safe='')}")
        assert (found.status_code, found.json().get("pin")) == (200, pin), found.text
    assert (found.json()["equipment_id"], found.json()["serial_number"]) == (number, number)
    aemp = await owner.get(
        f"/aemp/2.0/Fleet/Equipment/ID/{quote(number, safe='')}", headers={"accept": "application/json"}
    )
    assert aemp.json()["Equipment"]["EquipmentHeader"]["EquipmentID"] == number
    alarms = await owner.get("/api/v1/alarms", params={"machine": f"equipment:{number}"})
    assert alarms.status_code == 200, alarms.text


@pytest.mark.parametrize("number", ["a\nb", "a\x00b", "a\x85b", "a\u2028b", "soft\u00adhyphen", "\u202eturned", "  "])
async def test_what_nobody_can_read_out_is_refused(owner, number):
    for member in ("equipment_id", "serial_number"):
        answer = await owner.post(PATH, json={"pin": "EQ-BAD", "name": "x", member: number})
        assert answer.status_code == 422, answer.text
        assert [error["where"] for error in answer.json()["errors"]] == [member]


async def test_it_is_imported_and_changed_and_taken_only_once(owner):
    text = f"pin,name,equipment_id\nEQ-CSV-1,x,矿山 {REAL}\nEQ-CSV-2,y,第 2 台\n"
    headers = {"content-type": "text/csv"}
    assert (await owner.post(f"{PATH}/import", content=text.encode(), headers=headers)).json()["created"] == 2
    found = await owner.get(f"{PATH}/{quote('equipment:第 2 台')}")
    assert found.json()["pin"] == "EQ-CSV-2"
    taken = await owner.patch(
        f"{PATH}/pin:EQ-CSV-2", json={"equipment_id": f"矿山 {REAL} "}, headers={"if-match": found.headers["etag"]}
    )
    assert taken.status_code == 409, taken.text
    wrong = await owner.post(f"{PATH}/import", content=b"pin,equipment_id\nEQ-CSV-2,a\tb\n", headers=headers)
    assert [error["where"] for error in wrong.json()["errors"]] == ["line 2, equipment_id"]


async def register(http, pin, **members):
    return await http.post(PATH, json={"pin": pin, "name": pin, "equipment_id": "EX-12"} | members)


async def test_it_is_the_owners_own_and_tells_nothing_of_what_others_have(clients, world, owner, api_database):
    async with clients.of("stranger") as south, clients.of("dealer") as dealer, clients.of("expert") as expert:
        for http, pin in ((owner, "OWN-NORTH"), (south, "OWN-SOUTH")):
            assert (await register(http, pin)).status_code == 201
            again = await register(http, f"{pin}-2")
            assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "equipment_id_taken")
            assert (await http.get(f"{PATH}/equipment:EX-12")).json()["pin"] == pin
        lines = b"pin,name,equipment_id\nOWN-CSV-1,x,EX-13\nOWN-CSV-2,y,EX-12\n"
        refused = await south.post(f"{PATH}/import", content=lines, headers={"content-type": "text/csv"})
        assert [(e["where"], e["code"]) for e in refused.json()["errors"]] == [
            ("line 3, equipment_id", "equipment_id_taken")
        ]
        assert (await dealer.get(f"{PATH}/equipment:EX-12")).json()["pin"] == "OWN-NORTH", "of its customer"
        assert (await register(dealer, "OWN-DEALER")).status_code == 201
        assert (await dealer.get(f"{PATH}/equipment:EX-12")).json()["pin"] == "OWN-DEALER", "its own first"
        of_all = await expert.get(f"{PATH}/equipment:EX-12")
        assert (of_all.status_code, of_all.json()["errors"][0]["code"]) == (404, "equipment_id_several")
        aemp = await expert.get("/aemp/2.0/Fleet/Equipment/ID/EX-12")
        assert aemp.status_code == 404
        heard = await expert.get("/api/v1/live?machine=equipment:EX-12")
        assert (heard.status_code, heard.json()["errors"][0]["code"]) == (404, "filter_absent")
        mine = (await dealer.get(f"{PATH}/equipment:EX-12")).json()["id"]
    organisations = world.organisations["dealer"], world.organisations["north"]
    scope = Scope(organisation_id=organisations[0], organisations=organisations, sees_all=False)
    async with (
        ReadPool(api_database.url("ecc_owner"), size=1, statement_timeout_ms=5000) as pool,
        pool.platform() as conn,
    ):
        found = await find_machines(conn, scope, {"equipment": ["EX-12"], "id": [mine]})
    assert found["equipment", "EX-12"] == found["id", mine], "a filter takes its own first as well"


async def test_two_who_give_it_at_once_do_not_both_get_it(clients, world):
    async with clients.of("owner") as http:
        answers = await asyncio.gather(*(register(http, f"RACE-{n}", equipment_id="RACE") for n in range(6)))
    assert sorted(a.status_code for a in answers) == [201, *[409] * 5]


async def test_a_machine_that_is_sold_to_who_has_another_of_its_number_comes_without(clients, world):
    south = world.conn.execute("SELECT public_id::text FROM organisation WHERE name = 'South'").fetchone()[0]
    async with clients.of("owner") as north, clients.of("stranger") as buyer:
        for http, pin in ((north, "SOLD-1"), (buyer, "BOUGHT-1")):
            assert (await register(http, pin, equipment_id="S-1")).status_code == 201
        assert (await register(north, "SOLD-2", equipment_id="S-2")).status_code == 201
        for pin in ("SOLD-1", "SOLD-2"):
            sale = {"to_organisation": south, "at": (NOW - timedelta(minutes=1)).isoformat()}
            sold = await north.post(f"{PATH}/pin:{pin}/transfers", json=sale)
            assert sold.status_code == 201, sold.text
        found = [(await buyer.get(f"{PATH}/pin:{pin}")).json()["equipment_id"] for pin in ("SOLD-1", "SOLD-2")]
        assert found == [None, "S-2"]
        assert (await register(north, "NEW-1", equipment_id="S-2")).status_code == 201, "the number is free again"
