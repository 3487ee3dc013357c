"""The machine list, one machine, its state, and the light list of the fleet."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def fleet(world):
    for i in range(37):
        name = f"loader {i % 7} {i:02}"
        world.machine(name, owner="north", kind="wheel_loader")
        if i % 3:
            world.state(
                name,
                {"fuel_level_pct": 13.2, "latitude_deg": 31.25, "longitude_deg": 121.5},
                at=NOW - timedelta(seconds=i // 2),
                online=i % 2 == 0,
            )
        if i % 5 == 0:
            world.alarm(name, severity=("low", "critical", "medium")[i % 3])
    return world


@pytest.mark.parametrize(
    "sort", ["name", "-name", "pin", "-pin", "kind", "-kind", "measured_at", "-measured_at", "severity"]
)
@pytest.mark.parametrize("limit", [1, 7, 38, 100])
async def test_walking_the_pages_shows_every_machine_exactly_once(fleet, clients, sort, limit):
    async with clients.of("owner") as http:
        seen, cursor = [], None
        while True:
            parameters = {"sort": sort, "limit": limit} | ({"cursor": cursor} if cursor else {})
            page = (await http.get("/api/v1/machines", params=parameters)).raise_for_status().json()
            assert len(page["items"]) <= limit
            seen += [item["name"] for item in page["items"]]
            assert len(seen) < 1000, "the pages go round in a circle"
            cursor = page["next_cursor"]
            if cursor is None:
                break
    expected = {name for name in fleet.machines if name != "crane"}
    assert len(seen) == len(expected)
    assert set(seen) == expected
    if sort == "name":
        assert seen == sorted(seen)
    if sort == "-name":
        assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({"q": "LOADER 3"}, lambda n, i: n.startswith("loader 3"), id="part of the name, any case"),
        pytest.param({"q": "PIN-digger"}, lambda n, i: n == "digger", id="a PIN"),
        pytest.param({"q": "%"}, lambda n, i: False, id="a percent sign is a character"),
        pytest.param({"kind": "wheel_loader"}, lambda n, i: n != "digger", id="kind"),
        pytest.param({"online": "true"}, lambda n, i: i is not None and i % 3 != 0 and i % 2 == 0, id="online"),
        pytest.param({"has_open_alarm": "true"}, lambda n, i: i is not None and i % 5 == 0, id="with an open alarm"),
        pytest.param({"has_open_alarm": "false"}, lambda n, i: i is None or i % 5, id="without an open alarm"),
    ],
)
async def test_filters_leave_what_they_say(fleet, clients, parameters, expected):
    async with clients.of("owner") as http:
        page = (await http.get("/api/v1/machines", params=parameters | {"limit": 100})).json()
    numbers = {n: int(n[-2:]) if n.startswith("loader") else None for n in fleet.machines if n != "crane"}
    assert {item["name"] for item in page["items"]} == {n for n, i in numbers.items() if expected(n, i)}


async def test_an_entry_shows_place_alarms_and_the_signals_asked_for(fleet, clients):
    async with clients.of("owner") as http:
        page = await http.get(
            "/api/v1/machines", params={"q": "loader 3 10", "signals": "fuel_level_pct,engine_speed_rpm"}
        )
    (entry,) = page.json()["items"]
    assert entry["position"]["latitude_deg"] == 31.25
    assert entry["open_alarms"] == {"count": 1, "severity": "critical"}
    assert entry["organisation"] == "North"
    assert list(entry["signals"]) == ["fuel_level_pct"]
    assert entry["signals"]["fuel_level_pct"]["value"] == 13.2, "a float4 is shown as its shortest decimal"
    assert entry["measured_at"].endswith("Z")


HALF_A_CHARACTER = base64.urlsafe_b64encode(rb'["name","\ud800",1]').decode().rstrip("=")  # JSON can say it


@pytest.mark.parametrize(
    "cursor", ["x", "", "é", "W10", "eyJhIjoxfQ", "WyJuYW1lIiwxLDJd", "WyJwaW4iLCJhIiwxXQ", "W" * 900, HALF_A_CHARACTER]
)
async def test_a_foreign_cursor_is_refused(clients, cursor):
    async with clients.of("owner") as http:
        answer = await http.get("/api/v1/machines", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize("reference", ["{id}", "pin:PIN-digger", "serial:SN-digger", "equipment:EQ-digger"])
async def test_a_machine_is_found_by_id_and_by_each_alias(world, clients, reference):
    reference = reference.format(id=world.public["digger"])
    async with clients.of("owner") as http:
        answer = (await http.get(f"/api/v1/machines/{reference}")).raise_for_status().json()
    assert answer["id"] == str(world.public["digger"])
    assert answer["visible"] == [{"from_at": None, "to_at": None}]
    assert answer["nominal_voltage_v"] == 24


async def test_the_state_tells_values_units_and_ages(world, clients):
    at = datetime.now(UTC) - timedelta(seconds=30)
    world.machine("stateful", owner="north")
    world.state(
        "stateful",
        {"engine_speed_rpm": 1800.5, "latitude_deg": 31.123456789, "longitude_deg": 121.5, "battery_voltage_v": 13.2},
        at=at,
        battery_voltage_v=at - timedelta(hours=1),
    )
    async with clients.of("owner") as http:
        state = (await http.get("/api/v1/machines/pin:PIN-stateful/state")).raise_for_status().json()
    assert state["online"] is True
    assert state["work_state"] == "working"
    assert state["signals"]["engine_speed_rpm"]["unit"] == "rpm"
    assert 30 <= state["signals"]["engine_speed_rpm"]["age_s"] < 60
    assert state["signals"]["battery_voltage_v"]["value"] == 13.2
    assert 3630 <= state["signals"]["battery_voltage_v"]["age_s"] < 3660
    assert state["position"]["latitude_deg"] == 31.123456789


async def test_a_machine_that_never_reported_has_an_empty_state(world, clients):
    world.machine("silent", owner="north")
    async with clients.of("owner") as http:
        state = (await http.get("/api/v1/machines/pin:PIN-silent/state")).raise_for_status().json()
    assert (state["online"], state["measured_at"], state["position"], state["signals"]) == (None, None, None, {})


@pytest.mark.parametrize("login", ["owner", "expert"])
async def test_a_machine_known_by_its_status_is_online_and_has_no_reading(world, clients, login):
    name = f"status only {login}"
    world.machine(name, owner="north", since=NOW - timedelta(days=1))
    world.conn.execute(
        "INSERT INTO machine_state (machine_id, received_at, online) VALUES (%s, now(), TRUE)", [world.machines[name]]
    )
    path = f"/api/v1/machines/{world.public[name]}"
    async with clients.of(login) as http:
        state, one = [(await http.get(path + end)).raise_for_status().json() for end in ("/state", "")]
        listed = (await http.get("/api/v1/machines", params={"q": name})).raise_for_status().json()["items"]
        places = (await http.get("/api/v1/fleet/positions")).raise_for_status().json()["items"]
    (place,) = [item for item in places if item["name"] == name]
    for shown in (state, one, *listed, place):
        assert (shown["online"], shown["measured_at"]) == (True, None)
    assert (len(listed), state["signals"], state["position"]) == (1, {}, None)


async def test_positions_show_the_whole_fleet_with_its_worst_alarms(fleet, clients):
    async with clients.of("owner") as http:
        positions = (await http.get("/api/v1/fleet/positions")).raise_for_status().json()
    by_name = {item["name"]: item for item in positions["items"]}
    assert set(by_name) == {name for name in fleet.machines if name != "crane"}
    assert not positions["truncated"]
    assert by_name["loader 3 10"]["severity"] == "critical"
    assert by_name["loader 3 10"]["latitude_deg"] == 31.25
    assert by_name["loader 0 00"]["latitude_deg"] is None


async def test_signals_are_named_in_the_language_asked_for(clients):
    async with clients.of("owner", **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}) as http:
        zh = (await http.get("/api/v1/signals")).json()["items"]
    async with clients.of("owner", **{"accept-language": "en-GB, zh;q=0.3"}) as http:
        en = (await http.get("/api/v1/signals")).json()["items"]
    assert zh[0]["name"] == "发动机转速"
    assert en[0]["name"] == "Engine speed"
    assert len(en) >= 60
