"""The workshop's editor: edits checked without being kept, a rule with its tests, who switched sets."""

from __future__ import annotations

import tomllib

import pytest
import pytest_asyncio

from storage.pool import connect, url_of
from tests.api.world import CATALOGUE, NOW
from usecases.rules_in_force import enter_packaged_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNIT_ERROR = 'language = 1\n[low_fuel]\nfor = "20s"\n[low_oil_pressure]\nwhen = "engine_oil_pressure_kpa < 90 degC"\n'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(world, clients):
    with connect(url_of(world.conn), application="test") as conn:
        enter_packaged_rules(conn, CATALOGUE, now=NOW)
    async with clients.of("expert") as made:
        yield made


async def check(http, text, **more):
    answer = await http.post("/api/v1/rule-sets/check", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_mistake_is_told_with_its_place_and_nothing_is_kept(http):
    before = (await http.get("/api/v1/rule-sets")).json()["items"]
    told = await check(http, UNIT_ERROR)
    (problem,) = told["problems"]
    assert (problem["where"], problem["line"], problem["column"]) == ("low_oil_pressure.when", 5, 35)
    assert all("kPa" in problem["message"][language] for language in ("en", "zh"))
    assert (told["changed"], told["added"], told["off"]) == (["low_fuel", "low_oil_pressure"], [], [])
    assert {test["rule"] for test in told["tests"]} == {"low_fuel"}
    assert (await http.get("/api/v1/rule-sets")).json()["items"] == before


async def test_the_tests_of_one_rule_are_run_with_their_series(http):
    text = 'language = 1\n[low_fuel]\nlimits = { least = "12 %" }\n[low_oil_pressure]\nlatched = true\n'
    told = await check(http, text, rule="low_fuel")
    assert [test["passed"] for test in told["tests"]] == [True, True, False, True]
    fires = told["tests"][3]
    assert (fires["at_s"], fires["signals"]) == ([0, 15, 60, 90], {"fuel_level_pct": [9.6, 9.6, 0, 80]})
    assert fires["found"] == [{"from_s": 0, "held_s": 15, "to_s": 90, "code": None}] == fires["expected"]
    assert told["limits"][0]["limits"] == [{"key": "fuel_level_pct", "comparison": "<", "value": 12, "unit": "%"}]


async def test_machines_and_kinds_that_there_are_not_are_told(http):
    override = '[[override]]\nrule = "low_fuel"\nmachine = "PIN-none"\noff = true\nreason = "r"\n'
    override += "until = 2099-01-01T00:00:00Z\n"
    told = await check(http, f'language = 1\n[low_fuel]\napplies_to = ["submarine"]\n{override}')
    assert [(one["where"], one["line"]) for one in told["problems"]] == [("override", 6)]
    assert [(one["where"], one["line"]) for one in told["warnings"]] == [("low_fuel.applies_to.kind", 3)]


async def test_what_can_be_checked_is_what_can_be_entered(http):
    """The editor says nothing of edits that are taken, and something of those that are refused."""
    for text, is_right in (
        (UNIT_ERROR, False),
        ("language = 1\n[low_fuel]\noff = true\n", True),
        ('language = 1\n[low_fuel]\nlimits = { least = "12 %" }\n', False),
        ("language = 1\n", False),
    ):
        told = await check(http, text)
        says_nothing = not told["problems"] and all(test["passed"] for test in told["tests"])
        entered = await http.post("/api/v1/rule-sets", json={"text": text})
        assert (says_nothing, entered.status_code) == (is_right, 201 if is_right else 422), text


async def test_a_rule_is_shown_with_its_tests_and_a_text_to_begin_with(http):
    rule = (await http.get("/api/v1/rule-sets/live/rules/low_fuel")).json()
    assert (rule["signals"], rule["max_gap_s"], len(rule["tests"])) == (["fuel_level_pct"], 60, 4)
    assert all(test["passed"] for test in rule["tests"])
    assert tomllib.loads(rule["text"])["low_fuel"]["limits"] == {"least": "10 %"}
    assert "where makers light the reserve lamp" in rule["shipped"]
    assert (await http.get("/api/v1/rule-sets/live/rules/bogus")).status_code == 404


async def test_who_switched_which_set_is_listed(http):
    page = (await http.get("/api/v1/rule-sets/switches")).json()
    live = (await http.get("/api/v1/rule-sets/live")).json()
    (first,) = page["items"]
    assert (first["role"], first["action"], first["rule_set_id"]) == ("live", "enter", live["id"])
    assert (page["back_to"], page["next_cursor"]) == (None, None)
    made = (await http.post("/api/v1/rule-sets", json={"text": "language = 1\n[low_fuel]\noff = true\n"})).json()
    await http.post(f"/api/v1/rule-sets/{made['id']}/shadow", headers={"If-Match": f'"{made["revision"]}"'})
    newest = (await http.get("/api/v1/rule-sets/switches", params={"limit": 1})).json()
    assert (newest["items"][0]["rule_set_id"], newest["items"][0]["role"]) == (made["id"], "shadow")
    rest = (await http.get("/api/v1/rule-sets/switches", params={"cursor": newest["next_cursor"]})).json()
    assert [one["id"] for one in rest["items"]] == [first["id"]]
