"""The alarm list, one alarm, and acknowledging it."""

import asyncio
from datetime import timedelta

import pytest

from diagnosis.parser import parse_condition
from tests.api.world import CATALOGUE, NOW
from usecases.read_alarm_limits import limits_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

RANK = ["critical", "high", "medium", "low", "info"]


def at(minutes):
    return (NOW - timedelta(minutes=minutes)).isoformat()


@pytest.fixture(scope="module")
def alarms(world):
    world.machine("alarmed", owner="north")
    world.machine("roller", owner="north", kind="roller")
    made = {}
    for i in range(31):
        machine = ("alarmed", "roller")[i % 2]
        made[
            world.alarm(
                machine,
                key=f"rule_{i}",
                severity=RANK[i % 5],
                state=("active", "cleared", "withdrawn")[i % 3],
                raised_at=NOW - timedelta(minutes=i // 4),
            )
        ] = i
    world.alarm("crane", key="not_yours")
    return made


async def walk(http, **parameters):
    seen, cursor = [], None
    while True:
        query = parameters | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/api/v1/alarms", params=query)).raise_for_status().json()
        seen += page["items"]
        assert len(seen) < 1000, "the pages go round in a circle"
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


@pytest.mark.parametrize("limit", [1, 4, 31, 200])
@pytest.mark.parametrize("sort", ["-raised_at", "raised_at", "severity", "-committed_at"])
async def test_walking_the_pages_shows_every_alarm_exactly_once_in_order(alarms, clients, sort, limit):
    async with clients.of("owner") as http:
        seen = await walk(http, sort=sort, limit=limit)
    assert len(seen) == 31
    assert {a["id"] for a in seen} == {str(alarm_id) for alarm_id in alarms}
    times = [a["raised_at"] for a in seen]
    if sort == "severity":
        keys = [RANK.index(a["severity"]) for a in seen]
        assert keys == sorted(keys)
    else:
        assert times == sorted(times, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({"state": "active"}, lambda i: i % 3 == 0, id="active"),
        pytest.param({"state": ["active", "cleared"]}, lambda i: i % 3 != 2, id="two states"),
        pytest.param({"severity": "high"}, lambda i: i % 5 == 1, id="severity"),
        pytest.param({"machine": "pin:PIN-roller"}, lambda i: i % 2 == 1, id="a machine by its PIN"),
        pytest.param({"kind": "roller"}, lambda i: i % 2 == 1, id="kind of machine"),
        pytest.param({"source_kind": "dtc"}, lambda i: False, id="source kind"),
        pytest.param({"acknowledged": "false"}, lambda i: True, id="not acknowledged"),
        pytest.param({"from": at(3)}, lambda i: i // 4 <= 3, id="from"),
        pytest.param({"from": at(5), "to": at(3)}, lambda i: 3 < i // 4 <= 5, id="from and to"),
    ],
)
async def test_filters_leave_what_they_say(alarms, clients, parameters, expected):
    async with clients.of("owner") as http:
        seen = await walk(http, limit=200, **parameters)
    assert {a["id"] for a in seen} == {str(alarm_id) for alarm_id, i in alarms.items() if expected(i)}


async def test_a_time_that_ends_before_it_begins_is_refused(clients):
    async with clients.of("owner") as http:
        answer = await http.get("/api/v1/alarms", params={"from": at(1), "to": at(2)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "span_backwards")


async def test_the_expert_sees_alarms_of_all_organisations(alarms, clients):
    async with clients.of("expert") as http:
        seen = await walk(http, limit=10)
    assert {a["machine"]["name"] for a in seen} == {"alarmed", "roller", "crane"}


async def test_one_alarm_tells_its_words_values_and_transitions(world, clients):
    alarm_id = world.alarm("digger", evidence={"engine_oil_pressure_kpa": 82.0, "engine_speed_rpm": 1500.0})
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).raise_for_status().json()
    assert alarm["values"] == [
        {"key": "engine_oil_pressure_kpa", "value": 82.0, "unit": "kPa"},
        {"key": "engine_speed_rpm", "value": 1500.0, "unit": "rpm"},
    ]
    assert alarm["limits"] == [{"key": "engine_oil_pressure_kpa", "comparison": "<", "value": 100.0, "unit": "kPa"}]
    assert [t["kind"] for t in alarm["transitions"]] == ["raised"]
    assert alarm["text"]["en"]
    assert alarm["text"]["zh"] != alarm["text"]["en"]
    assert alarm["from_at"] < alarm["raised_at"]


async def test_the_list_tells_the_values_in_the_order_of_the_rule(world, clients):
    world.machine("listed", owner="north")
    world.alarm(
        "listed", key="coolant_overheat", evidence={"engine_speed_rpm": 1720.0, "engine_coolant_temp_degc": 106.2}
    )
    async with clients.of("owner") as http:
        alarm = (await walk(http, machine="pin:PIN-listed"))[0]
    assert alarm["values"] == [
        {"key": "engine_coolant_temp_degc", "value": 106.2, "unit": "degC"},
        {"key": "engine_speed_rpm", "value": 1720.0, "unit": "rpm"},
    ]
    assert "limits" not in alarm


async def test_a_signal_that_the_catalogue_no_longer_knows_keeps_its_value(world, clients):
    world.machine("older", owner="north")
    world.alarm("older", key="retired_rule", evidence={"retired_signal": 7.5, "note": "no number"})
    async with clients.of("owner") as http:
        alarm = (await walk(http, machine="pin:PIN-older"))[0]
    assert alarm["values"] == [{"key": "retired_signal", "value": 7.5, "unit": ""}]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("engine_speed_rpm > 2600", [("engine_speed_rpm", ">", 2600.0)], id="one comparison"),
        pytest.param("95 <= hydraulic_oil_temp_degc", [("hydraulic_oil_temp_degc", ">=", 95.0)], id="number first"),
        pytest.param("ambient_temp_degc < -10", [("ambient_temp_degc", "<", -10.0)], id="below zero"),
        pytest.param(
            "engine_oil_pressure_kpa < 100 and engine_speed_rpm > 600",
            [("engine_oil_pressure_kpa", "<", 100.0)],
            id="the engine-running guard is no limit",
        ),
        pytest.param(
            "fuel_level_pct < 10 and fuel_level_pct > 0", [("fuel_level_pct", "<", 10.0)], id="an unwired sender"
        ),
        pytest.param("battery_voltage_v / nominal_voltage_v > 1.25", [], id="a ratio"),
        pytest.param("fuel_level_pct < 10 or engine_speed_rpm > 2600", [], id="either of two"),
        pytest.param("fuel_level_pct < 10 and delta(fuel_level_pct, 10min) < -5", [], id="a change"),
        pytest.param("engine_speed_rpm != 0", [], id="no side"),
        pytest.param("fuel_level_pct < engine_load_pct", [], id="two signals"),
    ],
)
async def test_a_rules_plain_comparisons_are_its_limits(when, expected):
    found = limits_of(parse_condition(when, CATALOGUE.keys), CATALOGUE)
    assert [(limit.key, limit.comparison, limit.value) for limit in found] == expected
    assert all(limit.unit == CATALOGUE[limit.key].unit for limit in found)


async def test_a_fault_code_alarm_has_neither_values_nor_limits(world, clients):
    alarm_id = world.alarm("digger", kind="dtc", key="0/110/0", evidence={"note": "no number"})
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()
    assert (alarm["values"], alarm["limits"]) == ([], [])


async def test_a_fault_code_alarm_is_named_by_its_signal_and_failure_mode(world, clients):
    alarm_id = world.alarm("digger", kind="dtc", key="0/100/1")
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()
    assert alarm["text"]["en"] == "Engine oil pressure: below normal range, most severe (SPN 100 FMI 1)"


async def test_an_alarm_of_several_codes_is_named_by_their_cause_and_lists_them(world, clients):
    codes = [[0, 3509, 4, 1_795_000_000_000_000, None, False], [-1, 100, 4, 1_794_999_999_000_000, None, True]]
    case = {"cascade": "sensor_supply_lost", "codes": codes}
    alarm_id = world.alarm("digger", kind="dtc", key="0/3509/4", code_case=case)
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()
        listed = (await http.get("/api/v1/alarms", params={"source_kind": "dtc"})).json()["items"]
    assert alarm["text"]["en"] == "Codes brought on by a lost 5 V sensor supply"
    assert alarm["text"] == next(one["text"] for one in listed if one["id"] == str(alarm_id))
    assert alarm["advice"]["en"].startswith("One sensor supply has failed")
    told = [(code["source_address"], code["spn"], code["fmi"], code["has_own_alarm"]) for code in alarm["codes"]]
    assert told == [(0, 3509, 4, False), (None, 100, 4, True)]
    assert alarm["codes"][0]["from_at"] == "2026-11-18T11:06:40Z"
    assert (
        alarm["codes"][1]["text"]["en"] == "Engine oil pressure: voltage below normal or shorted to low (SPN 100 FMI 4)"
    )


async def test_a_cause_without_a_code_of_its_own_gives_its_alarm_the_name(world, clients):
    alarm_id = world.alarm("digger", kind="dtc", key="cascade:sensor_supply_lost:0")
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()
    assert alarm["text"]["en"] == "Codes brought on by a lost 5 V sensor supply"


async def test_a_silence_says_why_and_never_where(world, clients):
    reason = {"key": "no_coverage", "share": 0.93, "spoke_for": ["reception_poor", "gone"], "place": [30.1, 103.2]}
    alarm_id = world.alarm("digger", kind="platform", key="machine_silent", evidence={}, reason=reason)
    async with clients.of("owner") as http:
        answer = await http.get(f"/api/v1/alarms/{alarm_id}")
        listed = (await http.get("/api/v1/alarms", params={"source_kind": "platform"})).json()["items"]
    alarm = answer.json()
    assert alarm["text"] == {"zh": "设备失联：网络盲区", "en": "Machine silent: no coverage"}
    assert alarm["text"] == next(one["text"] for one in listed if one["id"] == str(alarm_id))
    assert alarm["advice"]["en"].startswith("The machine is most likely where there is no network")
    assert (alarm["silence"]["reason"], alarm["silence"]["share"]) == ("no_coverage", 0.93)
    assert [sign["en"] for sign in alarm["silence"]["signs"]] == ["the reception was poor when last heard"]
    assert "103.2" not in answer.text


async def test_of_two_who_acknowledge_at_once_one_wins(world, clients):
    world.machine("contested", owner="north")
    alarm_id = world.alarm("contested")
    async with clients.of("dealer") as one, clients.of("expert") as two:
        answers = await asyncio.gather(*(http.post(f"/api/v1/alarms/{alarm_id}/acknowledge") for http in (one, two)))
        later = await one.post(f"/api/v1/alarms/{alarm_id}/acknowledge")
        alarm = (await two.get(f"/api/v1/alarms/{alarm_id}")).json()  # a dealer does not see the platform's people
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert (later.status_code, later.json()["code"]) == (409, "conflict")
    assert alarm["acknowledged_by"] in {"dealer", "expert"}
    assert [(t["kind"], t["actor"]) for t in alarm["transitions"]] == [
        ("raised", "platform"),
        ("acknowledged", alarm["acknowledged_by"]),
    ]
    logged = world.conn.execute(
        "SELECT count(*) FROM event_log WHERE kind = 'alarm.acknowledged' AND payload->>'alarm_id' = %s",
        [str(alarm_id)],
    ).fetchone()
    assert logged == (1,)


async def test_who_acknowledged_is_named_to_those_who_see_nothing_else_of_that_person(world, clients):
    alarm_id = world.alarm("digger", key="named")
    async with clients.of("expert") as expert, clients.of("dealer") as dealer:
        assert (await expert.post(f"/api/v1/alarms/{alarm_id}/acknowledge")).status_code == 200
        shown = (await dealer.get(f"/api/v1/alarms/{alarm_id}")).json()
        listed = (await dealer.get("/api/v1/alarms", params={"acknowledged": True})).json()["items"]
    assert shown["acknowledged_by"] == "expert"
    assert {one["acknowledged_by"] for one in listed if one["id"] == str(alarm_id)} == {"expert"}


async def test_acknowledging_again_with_the_same_key_gets_the_same_answer(world, clients):
    world.machine("acknowledged", owner="north")
    alarm_id = world.alarm("acknowledged")
    path = f"/api/v1/alarms/{alarm_id}"
    async with clients.of("dealer", **{"idempotency-key": "acknowledged"}) as http:
        first, again = [await http.post(f"{path}/acknowledge") for _ in range(2)]
        assert (first.status_code, again.status_code) == (200, 200)
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert first.json() == (await http.get(path)).json()
    async with clients.of("dealer", **{"idempotency-key": "another"}) as http:
        assert (await http.post(f"{path}/acknowledge")).status_code == 409


async def test_an_alarm_that_is_over_cannot_be_acknowledged(world, clients):
    alarm_id = world.alarm("digger", key="over", state="cleared")
    async with clients.of("dealer") as http:
        assert (await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")).status_code == 409


async def test_an_auditor_reads_and_does_not_acknowledge(world, clients):
    alarm_id = world.alarm("digger", key="audited")
    async with clients.of("auditor") as http:
        assert (await http.get(f"/api/v1/alarms/{alarm_id}")).status_code == 200
        refused = await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
