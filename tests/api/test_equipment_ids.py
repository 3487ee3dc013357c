"""Equipment ids and serial numbers as people write them: any script, blanks inside, punctuation."""

from urllib.parse import quote

import pytest
import pytest_asyncio

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
