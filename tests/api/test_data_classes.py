"""What a share of each class shows, and who sees how exactly where a machine is."""

from datetime import timedelta

import pyarrow.ipc
import pytest

from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")

MACHINE = "/api/v1/machines/pin:PIN-rented"
EXACT, COARSE = (31.23045, 121.47371), (31.2, 121.5)
SIGNALS = "engine_speed_rpm,engine_hours_h,latitude_deg,longitude_deg"
PLACES = {"latitude_deg", "longitude_deg"}
SHOWN = {
    "all": {"engine_speed_rpm", "engine_hours_h", *PLACES},
    "readings": {"engine_speed_rpm", "engine_hours_h", *PLACES},
    "position": PLACES,
    "hours": {"engine_hours_h"},
    "alarms": set(),
}
CLASSES = {"all": {"readings", "position", "hours", "alarms"}, "readings": {"readings", "hours"}}


@pytest.fixture(scope="module")
def rented(world):
    """A machine of North which a renter gets to see a part of."""
    world.machine("rented", owner="north")
    values = {"engine_speed_rpm": 1500.0, "engine_hours_h": 812.25, "latitude_deg": EXACT[0], "longitude_deg": EXACT[1]}
    world.state("rented", values, at=NOW)
    world.readings("rented", [(NOW - m * timedelta(minutes=1), dict(values)) for m in range(1, 30)])
    world.alarm("rented", key="rented_alarm", evidence={"engine_oil_pressure_kpa": 82.0, "latitude_deg": EXACT[0]})
    world.event("rented", NOW - timedelta(minutes=3), kind=1, spn=100, fmi=1, source_address=0)
    world.event("rented", NOW - timedelta(minutes=3), text="boom greased")
    world.extra("rented", [(NOW - timedelta(minutes=4), "gps_lat_raw", EXACT[0])])
    world.conn.execute(
        "INSERT INTO fault_code VALUES (%s, 0, 100, 1, %s, %s, 1, true)", [world.machines["rented"], NOW, NOW]
    )
    for login, role in (("north auditor", "auditor"), ("south auditor", "auditor")):
        organisation = world.organisations[login.split()[0]]
        world.person(login, organisation, role)
    return world


@pytest.fixture(params=sorted(SHOWN))
def share(rented, request):
    rented.share("rented", "south", data_class=request.param)
    yield request.param
    rented.conn.execute("DELETE FROM sharing")


async def get(clients, login, path, **parameters):
    async with clients.of(login) as http:
        answer = await http.get(path, params=parameters or None)
        return answer.raise_for_status().json()


async def readings(clients, login, **parameters):
    span = {"from": (NOW - timedelta(hours=1)).isoformat(), "to": NOW.isoformat(), "signals": SIGNALS}
    return await get(clients, login, f"{MACHINE}/readings", **span, **parameters)


async def test_a_share_shows_its_class_and_names_what_it_withholds(share, clients):
    state = await get(clients, "stranger", f"{MACHINE}/state")
    assert set(state["signals"]) == SHOWN[share]
    series = await readings(clients, "stranger")
    given = {key for key, one in series["signals"].items() if any(v is not None for v in one["mean"])}
    assert given == SHOWN[share]
    assert set(series["withheld"]) == set(SIGNALS.split(",")) - SHOWN[share]
    detail = await get(clients, "stranger", MACHINE)
    assert set(detail["visible_classes"]) == CLASSES.get(share, {share})


async def test_alarms_and_fault_codes_need_their_class(share, clients):
    seen = share in {"all", "alarms"}
    alarms = await get(clients, "stranger", "/api/v1/alarms", machine="pin:PIN-rented")
    assert len(alarms["items"]) == (1 if seen else 0)
    faults = await get(clients, "stranger", f"{MACHINE}/faults")
    assert len(faults["items"]) == (1 if seen else 0)
    listed = await get(clients, "stranger", "/api/v1/machines", q="rented")
    assert listed["items"][0]["open_alarms"]["count"] == (1 if seen else 0)
    events = {e["kind"] for e in (await get(clients, "stranger", f"{MACHINE}/events"))["items"]}
    assert events == {"all": {"fault", "note"}, "readings": {"note"}, "alarms": {"fault"}}.get(share, set())


async def test_the_place_is_exact_coarse_or_not_there(share, clients):
    expected = {"all": (EXACT, False), "position": (EXACT, False), "readings": (COARSE, True)}.get(share)
    state = await get(clients, "stranger", f"{MACHINE}/state")
    listed = (await get(clients, "stranger", "/api/v1/machines", q="rented"))["items"][0]
    light = await get(clients, "stranger", "/api/v1/fleet/positions")
    one = next(m for m in light["items"] if m["name"] == "rented")
    series = (await readings(clients, "stranger"))["signals"]
    if expected is None:
        assert state["position"] is None
        assert listed["position"] is None
        assert one["latitude_deg"] is None
        return
    place, is_coarse = expected
    for position in (state["position"], listed["position"], one):
        assert (position["latitude_deg"], position["longitude_deg"], position["is_coarse"]) == (*place, is_coarse)
    assert {v for v in series["latitude_deg"]["mean"] if v is not None} == {place[0]}
    assert (state["signals"]["latitude_deg"]["value"], state["signals"]["longitude_deg"]["value"]) == place


@pytest.mark.parametrize("login", ["north auditor", "owner"])
@pytest.mark.parametrize("max_points", [5, 1000])
async def test_an_auditor_of_the_owner_sees_places_coarsely_at_every_resolution(rented, clients, login, max_points):
    place = EXACT if login == "owner" else COARSE
    series = (await readings(clients, login, max_points=max_points))["signals"]
    for key, value in zip(("latitude_deg", "longitude_deg"), place, strict=True):
        assert {v for v in series[key]["mean"] if v is not None} == {value}
        assert series[key]["min"] is None
    state = await get(clients, login, f"{MACHINE}/state")
    assert (state["position"]["latitude_deg"], state["position"]["is_coarse"]) == (place[0], login != "owner")


async def test_whether_it_works_is_a_reading(share, clients):
    seen = "working" if share in {"all", "readings"} else None
    state = await get(clients, "stranger", f"{MACHINE}/state")
    listed = (await get(clients, "stranger", "/api/v1/machines", q="rented"))["items"][0]
    light = await get(clients, "stranger", "/api/v1/fleet/positions")
    one = next(m for m in light["items"] if m["name"] == "rented")
    assert [part["work_state"] for part in (state, listed, one)] == [seen] * 3
    assert state["online"], "that it is there is everybody's to see"


async def test_a_key_of_a_sites_own_may_be_a_place(share, clients):
    extra = await get(clients, "stranger", f"{MACHINE}/extra")
    assert len(extra["items"]) == (1 if share == "all" else 0)


async def test_the_owner_finds_who_read_where_its_machine_is(rented, clients):
    rented.share("rented", "south", data_class="position")
    for path in (MACHINE, f"{MACHINE}/state", f"{MACHINE}/readings?signals=latitude_deg"):
        await get(clients, "stranger", path)
    rented.conn.execute("DELETE FROM sharing")
    rows = (await get(clients, "owner", "/api/v1/audit", action="read_positions", limit=100))["items"]
    assert {r["detail"]["what"] for r in rows if r["actor"] == "stranger"} >= {"machine", "machine state", "readings"}
    changes = (await get(clients, "owner", "/api/v1/audit", reads=False, limit=100))["items"]
    assert "read_positions" not in {row["action"] for row in changes}


async def test_no_alarm_holds_an_exact_place(rented, clients):
    alarm = (await get(clients, "owner", "/api/v1/alarms", machine="pin:PIN-rented"))["items"][0]
    values = {v["key"]: v["value"] for v in alarm["values"]}
    assert values == {"engine_oil_pressure_kpa": 82.0, "latitude_deg": COARSE[0]}


@pytest.mark.parametrize(
    ("path", "parameters", "rows"),
    [
        pytest.param("/api/v1/fleet/positions", {}, 1, id="all positions"),
        pytest.param("/api/v1/machines", {}, 1, id="a page"),
        pytest.param(f"{MACHINE}", {}, 1, id="one machine"),
        pytest.param(f"{MACHINE}/state", {}, 1, id="its state"),
        pytest.param(f"{MACHINE}/readings", {"signals": SIGNALS}, 1, id="its track"),
        pytest.param(f"{MACHINE}/readings", {"signals": "engine_speed_rpm"}, 0, id="no places in it"),
        pytest.param("/api/v1/machines", {"fields": "pin"}, 0, id="a page without places"),
        pytest.param("/api/v1/machines", {"q": "nothing of this name"}, 0, id="an empty page"),
        pytest.param(f"{MACHINE}/extra", {}, 1, id="keys of a site's own"),
        pytest.param(f"{MACHINE}/faults", {}, 0, id="fault codes"),
        pytest.param("/api/v1/alarms", {}, 0, id="alarms"),
    ],
)
async def test_each_request_that_reads_positions_is_one_row_of_the_audit(rented, clients, path, parameters, rows):
    count = "SELECT count(*) FROM audit WHERE action = 'read_positions' AND actor_name = 'owner'"
    before = rented.conn.execute(count).fetchone()[0]
    await get(clients, "owner", path, **parameters)
    assert rented.conn.execute(count).fetchone()[0] == before + rows


async def test_the_audit_is_read_by_those_whose_it_is(rented, clients):
    await get(clients, "owner", f"{MACHINE}/state")
    mine = await get(clients, "north auditor", "/api/v1/audit", action="read_positions")
    assert {e["actor"] for e in mine["items"]} >= {"owner"}
    foreign = await get(clients, "south auditor", "/api/v1/audit", action="read_positions")
    assert "owner" not in {e["actor"] for e in foreign["items"]}
    async with clients.of("colleague") as http:
        assert (await http.get("/api/v1/audit")).status_code == 403
    async with clients.of("north auditor") as http:
        late, early = "2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z"
        refused = await http.get("/api/v1/audit", params={"from": late, "to": early})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "span_backwards")
    first = await get(clients, "north auditor", "/api/v1/audit", limit=1)
    second = await get(clients, "north auditor", "/api/v1/audit", limit=1, cursor=first["next_cursor"])
    assert int(second["items"][0]["id"]) < int(first["items"][0]["id"])


@pytest.fixture(params=sorted(SHOWN))
def share_of_now(rented, request):
    """A share that begins after the last message."""
    rented.conn.execute(
        "INSERT INTO sharing (machine_id, organisation_id, data_class, from_at) VALUES (%s, %s, %s, %s)",
        [rented.machines["rented"], rented.organisations["south"], request.param, NOW + timedelta(milliseconds=1)],
    )
    yield request.param
    rented.conn.execute("DELETE FROM sharing")


async def everywhere(clients, login):
    """The machine as each list and page shows it to somebody: the page, the list, the state, the map."""
    listed = (await get(clients, login, "/api/v1/machines", q="rented"))["items"][0]
    light = await get(clients, login, "/api/v1/fleet/positions")
    one = next(m for m in light["items"] if m["name"] == "rented")
    return [await get(clients, login, MACHINE), listed, await get(clients, login, f"{MACHINE}/state"), one]


async def test_what_was_heard_within_a_share_is_shown_of_any_class(share, clients):
    for shown in await everywhere(clients, "stranger"):
        assert (shown["online"], shown["measured_at"]) == (True, NOW.isoformat().replace("+00:00", "Z"))


async def test_of_a_machine_not_heard_of_since_the_share_began_nothing_is_claimed(share_of_now, clients):
    """It is not known to be offline, and has no place that could be coarse."""
    page, listed, state, light = await everywhere(clients, "stranger")
    for shown in (page, listed, state, light):
        assert (shown["online"], shown["work_state"], shown["measured_at"]) == (None, None, None)
    assert (page["position"], listed["position"], state["position"], state["signals"]) == (None, None, None, {})
    assert (light["latitude_deg"], light["longitude_deg"], light["is_coarse"]) == (None, None, False)
    assert page["received_at"] is listed["received_at"] is state["received_at"] is None
    matrix = await get(clients, "stranger", "/api/v1/fleet/matrix", signals=SIGNALS, q="rented")
    for one in matrix["signals"].values():
        assert (one["value"], one["age_s"]) == ([None], [None])
    async with clients.of("stranger", accept="text/csv") as http:
        lines = (await http.get("/api/v1/fleet/positions")).text.splitlines()
    (line,) = (line for line in lines if ",rented," in line)
    assert line.split(",", 1)[1] == "rented,excavator,,,,,,false,,0"
    async with clients.of("stranger", accept="application/vnd.apache.arrow.stream") as http:
        table = pyarrow.ipc.open_stream((await http.get("/api/v1/fleet/positions")).content).read_all().to_pylist()
    (row,) = (row for row in table if row["name"] == "rented")
    assert (row["online"], row["measured_at"], row["is_coarse"]) == (None, None, False)
    offline = await get(clients, "stranger", "/api/v1/machines", q="rented", online="false")
    assert [m["name"] for m in offline["items"]] == ["rented"], "not left out of both"


async def test_a_message_within_the_share_tells_it_again(share_of_now, rented, clients):
    world, later = rented, NOW + timedelta(seconds=1)
    world.state("rented", {"engine_speed_rpm": 1.0, "engine_hours_h": 812.5}, at=later)
    for shown in await everywhere(clients, "stranger"):
        assert shown["online"] is True
    state = await get(clients, "stranger", f"{MACHINE}/state")
    assert set(state["signals"]) == SHOWN[share_of_now] - PLACES
    values = {"engine_speed_rpm": 1500.0, "engine_hours_h": 812.25, "latitude_deg": EXACT[0], "longitude_deg": EXACT[1]}
    world.state("rented", values, at=NOW)
