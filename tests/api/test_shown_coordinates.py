"""Places of machines whose terminals state GCJ-02 or BD-09 are shown in WGS 84 wherever places are shown."""

import csv
import io
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import psycopg
import pyarrow as pa
import pytest

from api.app import create_app
from api.media import Media
from fleet.coordinates import from_wgs84
from ingest.rollups import roll_up
from tests.api.conftest import Clients, settings_for
from tests.api.streams import served, stream
from tests.api.world import CATALOGUE

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
BEGIN = AT - timedelta(hours=30)
SWAP = BEGIN + timedelta(hours=12, minutes=20, seconds=10)
STEP = timedelta(minutes=1)
PLACE = (39.908823, 116.39747)
FARTHEST_DEG = 0.5e-5  # half a metre of latitude
MACHINES = {"plain": "wgs84", "mars": "gcj02", "baidu": "bd09"}
EDGE = (39.9495, 116.3501)  # on the grid of 0.1 degree: 39.9, 116.4; as GCJ-02 it would be 40.0
KEYS = ["latitude_deg", "longitude_deg"]


def stated(place, system):
    lat, lon = from_wgs84(*place, system)
    return {"latitude_deg": float(lat), "longitude_deg": float(lon)}


def install(world, machine, system, *, from_at=None, to_at=None):
    name = f"T-{machine}-{system}"
    world.conn.execute("INSERT INTO terminal (name, coordinate_system) VALUES (%s, %s)", [name, system])
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id, from_at, to_at) SELECT terminal_id, %s, "
        "coalesce(%s::timestamptz, '-infinity'), coalesce(%s::timestamptz, 'infinity') FROM terminal WHERE name = %s",
        [world.machines[machine], from_at, to_at, name],
    )


def track(places):
    return [(BEGIN + n * STEP, place | {"engine_speed_rpm": 900.0}) for n, place in enumerate(places)]


@pytest.fixture(scope="module")
def placed(world):
    """Three machines at one place, whose terminals state it in three systems; and one whose terminal was swapped."""
    steps = (AT - BEGIN) // STEP
    for machine, system in MACHINES.items():
        world.machine(machine, owner="north")
        install(world, machine, system)
        world.state(machine, stated(PLACE, system) | {"engine_speed_rpm": 900.0}, at=AT)
        world.readings(machine, track([stated(PLACE, system)] * steps))
    world.machine("swapped", owner="north")
    install(world, "swapped", "gcj02", to_at=SWAP)
    install(world, "swapped", "wgs84", from_at=SWAP)
    systems = ["gcj02" if BEGIN + n * STEP < SWAP else "wgs84" for n in range(steps)]
    world.readings("swapped", track([stated(PLACE, system) for system in systems]))
    world.state("swapped", stated(PLACE, "gcj02"), at=SWAP - STEP)  # nothing came since
    world.machine("edge", owner="north")
    install(world, "edge", "gcj02")
    world.state("edge", stated(EDGE, "gcj02"), at=AT)
    world.readings("edge", track([stated(EDGE, "gcj02")] * 100))
    world.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) SELECT machine_id, %s, %s FROM machine", [BEGIN, AT]
    )
    with psycopg.connect(world.conn.info.dsn, password=world.conn.info.password, autocommit=True) as conn:
        roll_up(conn, CATALOGUE)
    north = world.organisations["north"]
    world.person("north auditor", north, "auditor")
    return world


async def get(clients, path, *, who="owner", accept=None, **parameters):
    async with clients.of(who, **({"accept": accept} if accept else {})) as http:
        answer = await http.get(f"/api/v1{path}", params=parameters or None)
    return answer.raise_for_status()


def assert_place(latitude, longitude):
    assert np.allclose(latitude, PLACE[0], rtol=0, atol=FARTHEST_DEG), latitude
    assert np.allclose(longitude, PLACE[1], rtol=0, atol=FARTHEST_DEG), longitude


def assert_all_at_place(places):
    assert places, "nothing is no proof"
    for latitude, longitude in places:
        assert_place(latitude, longitude)


def arrow_of(answer):
    return pa.ipc.open_stream(answer.content).read_all().to_pydict()


@pytest.mark.parametrize("machine", [*MACHINES, "swapped"])
async def test_one_machine_and_its_state(placed, clients, machine):
    shown = (await get(clients, f"/machines/pin:PIN-{machine}")).json()
    assert_place(shown["position"]["latitude_deg"], shown["position"]["longitude_deg"])
    state = (await get(clients, f"/machines/pin:PIN-{machine}/state")).json()
    assert_place(state["position"]["latitude_deg"], state["position"]["longitude_deg"])
    assert_place(*(state["signals"][key]["value"] for key in KEYS))


@pytest.mark.parametrize("who", ["owner", "dealer", "expert"])
async def test_the_list_the_map_and_the_matrix(placed, clients, who):
    named = {*MACHINES, "swapped"}
    listed = (await get(clients, "/machines", who=who, signals=",".join(KEYS))).json()["items"]
    mine = [m for m in listed if m["name"] in named]
    assert_all_at_place([(m["position"]["latitude_deg"], m["position"]["longitude_deg"]) for m in mine])
    assert_all_at_place([tuple(m["signals"][key]["value"] for key in KEYS) for m in mine])
    positions = (await get(clients, "/fleet/positions", who=who)).json()["items"]
    assert_all_at_place([tuple(m[key] for key in KEYS) for m in positions if m["name"] in named])
    table = arrow_of(await get(clients, "/fleet/positions", who=who, accept=Media.ARROW))
    lines = zip(table["name"], *(table[key] for key in KEYS), strict=True)
    assert_all_at_place([(lat, lon) for name, lat, lon in lines if name in named])


async def test_the_matrix_converts_a_latitude_that_is_asked_for_alone(placed, clients):
    both = (await get(clients, "/fleet/matrix", signals=",".join(KEYS))).json()
    lone = (await get(clients, "/fleet/matrix", signals="latitude_deg,engine_speed_rpm")).json()
    assert list(lone["signals"]) == ["latitude_deg", "engine_speed_rpm"]
    at = [both["names"].index(machine) for machine in (*MACHINES, "swapped")]
    assert_all_at_place([tuple(both["signals"][key]["value"][n] for key in KEYS) for n in at])
    assert [lone["signals"]["latitude_deg"]["value"][lone["names"].index(m)] for m in MACHINES] == [
        both["signals"]["latitude_deg"]["value"][both["names"].index(m)] for m in MACHINES
    ]


SPANS = {
    "raw": (SWAP - timedelta(minutes=15), SWAP + timedelta(minutes=15), 1000),
    "minutes": (SWAP - timedelta(hours=2), SWAP + timedelta(hours=2), 60),
    "rollup": (BEGIN, AT, 200),
    "hours": (BEGIN, AT, 30),
}


@pytest.mark.parametrize("machine", [*MACHINES, "swapped"])
@pytest.mark.parametrize("span", SPANS)
async def test_a_track(placed, clients, machine, span):
    begin, end, points = SPANS[span]
    asked = {"from": begin.isoformat(), "to": end.isoformat(), "max_points": points}
    path = f"/machines/pin:PIN-{machine}/readings"
    series = (await get(clients, path, signals=",".join([*KEYS, "engine_speed_rpm"]), **asked)).json()
    assert (series["bucket_s"] is None, series["pending"]) == (span == "raw", False)
    assert list(series["signals"]) == [*KEYS, "engine_speed_rpm"]
    means = [series["signals"][key]["mean"] for key in KEYS]
    assert len(means[0]) > 20
    assert_place(*means)
    lone = (await get(clients, path, signals="longitude_deg", **asked)).json()
    assert list(lone["signals"]) == ["longitude_deg"]
    assert lone["signals"]["longitude_deg"]["mean"] == means[1]
    table = arrow_of(await get(clients, path, accept=Media.ARROW, signals=",".join(KEYS), **asked))
    suffix = "" if span == "raw" else "_mean"
    assert_place(*(table[key + suffix] for key in KEYS))


async def test_an_export_of_the_readings_themselves(placed, clients):
    asked = {"from": BEGIN.isoformat(), "to": AT.isoformat(), "resolution": "raw"}
    path = "/machines/pin:PIN-swapped/readings"
    text = (await get(clients, path, accept="text/csv", signals="latitude_deg,engine_speed_rpm", **asked)).text
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [name.split()[0] for name in lines[0]] == ["measured_at", "latitude_deg", "engine_speed_rpm"]
    column = next(name for name in lines[0] if name.startswith("latitude_deg"))
    assert np.allclose([float(line[column]) for line in lines], PLACE[0], rtol=0, atol=FARTHEST_DEG)
    table = arrow_of(await get(clients, path, accept=Media.ARROW, signals=",".join(KEYS), **asked))
    assert len(table["latitude_deg"]) == (AT - BEGIN) // STEP
    assert_place(*(table[key] for key in KEYS))


async def test_what_is_kept_stays_as_it_came(placed):
    row = placed.conn.execute(
        "SELECT latitude_deg, longitude_deg FROM reading WHERE machine_id = %s LIMIT 1", [placed.machines["mars"]]
    ).fetchone()
    assert dict(zip(KEYS, row, strict=True)) == stated(PLACE, "gcj02")


async def test_a_place_is_made_coarse_after_it_is_converted(placed, clients):
    assert round(stated(EDGE, "gcj02")["latitude_deg"], 1) == 40.0, "the two ways round differ"
    path = "/machines/pin:PIN-edge"
    state = (await get(clients, f"{path}/state", who="north auditor")).json()["position"]
    assert state["is_coarse"]
    assert (state["latitude_deg"], state["longitude_deg"]) == (39.9, 116.4)
    (point,) = [
        m for m in (await get(clients, "/fleet/positions", who="north auditor")).json()["items"] if m["name"] == "edge"
    ]
    assert (point["latitude_deg"], point["longitude_deg"], point["is_coarse"]) == (39.9, 116.4, True)
    span = {"from": BEGIN.isoformat(), "to": AT.isoformat(), "signals": ",".join(KEYS)}
    track_ = (await get(clients, f"{path}/readings", who="north auditor", **span)).json()["signals"]
    assert [set(track_[key]["mean"]) - {None} for key in KEYS] == [{39.9}, {116.4}]
    export = await get(clients, f"{path}/readings", who="north auditor", accept=Media.ARROW, resolution="raw", **span)
    assert [set(arrow_of(export)[key]) for key in KEYS] == [{39.9}, {116.4}]


async def test_half_a_place_is_not_shown(placed, clients):
    placed.machine("half", owner="north")
    install(placed, "half", "gcj02")
    placed.state("half", {"latitude_deg": 39.9, "engine_speed_rpm": 900.0}, at=AT)
    state = (await get(clients, "/machines/pin:PIN-half/state")).json()
    assert (list(state["signals"]), state["position"]) == (["engine_speed_rpm"], None)


async def test_a_new_machine_is_compared_with_where_the_others_of_its_site_are(placed, clients):
    placed.conn.execute(
        "WITH yard AS (INSERT INTO site (name, time_zone, organisation_id) VALUES ('Yard', 'Asia/Shanghai', %s) "
        "RETURNING site_id) UPDATE machine SET site_id = yard.site_id FROM yard WHERE name IN ('mars', 'plain')",
        [placed.organisations["north"]],
    )
    check = (await get(clients, "/machines/pin:PIN-plain/commissioning")).json()
    (position,) = [item for item in check["items"] if item["code"] == "position"]
    assert position["facts"]["distance_m"] == 0


async def test_the_live_stream(placed, api_database):
    app = create_app(settings_for(api_database.url("ecc_api"), heartbeat_s=0.3))
    async with served(app) as url, stream(url, Clients(app, api_database.url("ecc_api")).token("owner")) as mine:
        snapshot = (await mine.until("machines")).data["items"]
        assert_all_at_place([tuple(m[key] for key in KEYS) for m in snapshot if m["name"] in {*MACHINES, "swapped"}])
        placed.state("mars", stated(PLACE, "gcj02") | {"engine_speed_rpm": 901.0}, at=AT)
        (changed,) = (await mine.until("machines", within_s=3)).data["items"]
        assert_place(*(changed[key] for key in KEYS))


async def test_iso_15143_3(placed, clients):
    for machine in (*MACHINES, "swapped"):
        async with clients.of("owner", accept="application/json") as http:
            one = await http.get(f"/aemp/2.0/Fleet/Equipment/PIN-{machine}")
            begin, end = (at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (SWAP - timedelta(hours=2), SWAP + 2 * HOUR))
            series = await http.get(f"/aemp/2.0/Fleet/Equipment/PIN-{machine}/Locations/{begin}/{end}/1")
        assert_all_at_place(locations(one))
        found = locations(series)
        assert len(found) > 15
        assert_all_at_place(found)


HOUR = timedelta(hours=1)


def locations(answer: httpx.Response):
    found = []

    def walk(node):
        if isinstance(node, dict):
            if "Latitude" in node:
                found.append((float(node["Latitude"]), float(node["Longitude"])))
            node = list(node.values())
        if isinstance(node, list):
            for one in node:
                walk(one)

    walk(answer.raise_for_status().json())
    return found
