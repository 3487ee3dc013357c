"""Pages of machines against a naive sort and filter of the same: walked along indexes, and among candidates."""

import csv
import itertools
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa
import pytest
import pytest_asyncio

from api.fleet_memory import FleetMemory
from storage import few_machines, machine_pages
from tests.api.world import NOW
from usecases import read_fleet_overview

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = ["excavator", "roller", "truck_crane"]
RULES = {"critical": "low_oil_pressure", "high": "engine_overspeed", "low": "low_fuel"}
WEIGHTS = {"critical": 5, "high": 4, "low": 2, None: 0}
SORTS = ["name", "-name", "pin", "-pin", "kind", "-kind", "measured_at", "-measured_at", "severity"]
OWNERS = {"owner": {"north"}, "dealer": {"north"}, "stranger": {"south"}, "expert": {"north", "south"}}


@pytest.fixture(scope="module")
def fleet(world):
    """Forty machines of two owners, some sold yesterday with an alarm and a state from before the sale."""
    chance = random.Random(7)
    site = world.conn.execute(
        "INSERT INTO site (name, organisation_id) VALUES ('Pit', %s) RETURNING site_id, public_id",
        [world.organisations["north"]],
    ).fetchone()
    machines = []
    for number in range(40):
        name = f"{chance.choice(['挖机', 'Digger', 'digger'])} {chance.randrange(30)}-{number}"
        kind, owner = chance.choice(KINDS), chance.choice(["north", "south"])
        sold = chance.random() < 0.3
        since = NOW - timedelta(days=1) if sold else None
        machine_id = world.machine(name, owner=owner, kind=kind, since=since)
        if chance.random() < 0.1:
            kind = "other"
            world.conn.execute("UPDATE machine SET model_id = NULL WHERE machine_id = %s", [machine_id])
        mode = chance.choice(["in_service", "stored"])
        on_site = chance.random() < 0.5
        world.conn.execute(
            "UPDATE machine SET mode = %s, site_id = %s WHERE machine_id = %s",
            [mode, site[0] if on_site else None, machine_id],
        )
        found = {"name": name, "kind": kind, "owner": owner, "mode": mode, "site": on_site, "since": since}
        machines.append(found | {"machine_id": machine_id} | history_of(world, name, chance, since))
    return machines, site[1]


def history_of(world, name, chance, since):
    """A last state or none, and some alarms; what lies before the sale is the seller's."""
    measured, online, severities = None, None, []
    if chance.random() < 0.8:
        at = NOW - timedelta(minutes=chance.choice([1, 1, 2, 50, 3000]), seconds=chance.randrange(60))
        online = chance.random() < 0.5
        world.state(name, {"engine_speed_rpm": 800.0, "latitude_deg": 31.26}, at=at, online=online)
        measured = at
    for severity in chance.sample(sorted(RULES), chance.randrange(3)):
        raised_at = NOW - timedelta(minutes=chance.choice([5, 3000]))
        world.alarm(name, key=RULES[severity], severity=severity, raised_at=raised_at)
        severities.append((severity, raised_at))
    return {"measured": measured, "online": online, "alarms": severities}


def seen_by(machine, login):
    """The machine as the login sees it: nothing from before the sale, unless it is the platform."""
    since = None if login == "expert" else machine["since"]
    alive = machine["measured"] is not None and (since is None or machine["measured"] >= since)
    open_ = [s for s, at in machine["alarms"] if since is None or at >= since]
    worst = max(open_, key=WEIGHTS.__getitem__, default=None)
    minute = machine["measured"].replace(second=0, microsecond=0) if alive else None
    return machine | {"online": machine["online"] if alive else None, "minute": minute, "worst": worst}


FILTERS = {
    "nothing": ({}, lambda m: True),
    "kind": ({"kind": "roller"}, lambda m: m["kind"] == "roller"),
    "no model": ({"kind": "other"}, lambda m: m["kind"] == "other"),
    "online": ({"online": "true"}, lambda m: m["online"]),
    "offline": ({"online": "false"}, lambda m: not m["online"]),
    "alarmed": ({"has_open_alarm": "true"}, lambda m: m["worst"] is not None),
    "calm": ({"has_open_alarm": "false"}, lambda m: m["worst"] is None),
    "worst": ({"severity": "high"}, lambda m: m["worst"] == "high"),
    "words": ({"q": "DIGGER 1"}, lambda m: "digger 1" in m["name"].lower()),
    "two letters": ({"q": "挖机"}, lambda m: "挖机" in m["name"]),
    "one letter": ({"q": "7"}, lambda m: "7" in m["name"]),
    "a sign": ({"q": "%"}, lambda m: False),
    "mode": ({"mode": "stored"}, lambda m: m["mode"] == "stored"),
    "several": (
        {"kind": "excavator", "online": "false", "q": "digger", "mode": "in_service"},
        lambda m: (
            m["kind"] == "excavator" and not m["online"] and "digger" in m["name"].lower() and m["mode"] == "in_service"
        ),
    ),
}


OF_FILTERS = {"name", "-measured_at", "severity", "kind"}


def sorted_naively(machines, sort):
    base, down = sort.removeprefix("-"), sort.startswith("-")
    if base == "severity":
        some = [m for m in machines if m["worst"]]
        none = [m for m in machines if not m["worst"]]
        some.sort(key=lambda m: (WEIGHTS[m["worst"]], m["machine_id"]), reverse=True)
        return some + sorted(none, key=lambda m: m["machine_id"], reverse=True)
    if base == "measured_at":
        some = [m for m in machines if m["minute"]]
        none = [m for m in machines if not m["minute"]]
        some.sort(key=lambda m: (m["minute"], m["machine_id"]), reverse=down)
        return some + sorted(none, key=lambda m: m["machine_id"], reverse=down)
    key = "name" if base == "pin" else base  # PIN-<name>
    return sorted(machines, key=lambda m: (m[key], m["machine_id"]), reverse=down)


async def walk(http, **parameters):
    names, cursor = [], None
    while True:
        answer = await http.get("/api/v1/machines", params=parameters | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        names += [item["name"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return [name for name in names if name not in {"digger", "crane"}]


@pytest.fixture
def walked(clients):
    """Pages are found by the database, as long as the index is not loaded or cannot tell."""
    state = clients.app.state
    kept, state.fleet = state.fleet, FleetMemory(state.pool, state.metrics, is_on=False)
    yield
    state.fleet = kept


@pytest_asyncio.fixture(loop_scope="module")
async def indexed(clients, monkeypatch):
    """The index is loaded, and whoever asks the database where a page is fails."""
    index = await clients.app.state.fleet.catch_up()
    monkeypatch.setattr(read_fleet_overview, "find_page", None)  # the other way to a page
    return index


@pytest.mark.parametrize("login", ["owner", "expert", "dealer", "stranger"])
async def test_pages_out_of_the_index_are_what_a_naive_look_gives(clients, fleet, indexed, login):
    await look_at_pages(clients, fleet, login)


@pytest.mark.parametrize(("login", "few"), [("owner", 0), ("expert", 0), ("dealer", 1_500), ("stranger", 1_500)])
async def test_pages_are_what_a_naive_look_gives(clients, fleet, walked, monkeypatch, login, few):
    # as if there were many machines: with so few of them, everybody's pages come from candidates
    monkeypatch.setattr(few_machines, "FEW", few)  # a tenant of thousands takes minutes to make
    monkeypatch.setattr(machine_pages, "SPARE", 2)  # words are found in order with hardly more than a page
    await look_at_pages(clients, fleet, login)


async def look_at_pages(clients, fleet, login):
    machines, _ = fleet
    mine = [seen_by(m, login) for m in machines if m["owner"] in OWNERS[login]]
    async with clients.of(login) as http:
        for (name, (parameters, holds)), sort in itertools.product(FILTERS.items(), SORTS):
            if not {"q"} & parameters.keys() and name != "nothing" and sort not in OF_FILTERS:
                continue
            expected = [m["name"] for m in sorted_naively([m for m in mine if holds(m)], sort)]
            limit = 7 if name == "nothing" else 3 if "q" in parameters else 1000
            assert await walk(http, sort=sort, limit=limit, **parameters) == expected, (name, sort)


async def test_by_site_model_and_organisation(world, clients, fleet):
    machines, site = fleet
    north = world.conn.execute(
        "SELECT public_id FROM organisation WHERE organisation_id = %s", [world.organisations["dealer"]]
    ).fetchone()[0]
    model = world.conn.execute("SELECT public_id FROM machine_model WHERE name = 'roller-1'").fetchone()[0]
    for parameters, holds in (
        ({"site": site}, lambda m: m["site"]),
        ({"model": model}, lambda m: m["kind"] == "roller"),
        ({"organisation": north}, lambda m: m["owner"] == "north"),
        ({"organisation": UUID(int=1)}, lambda m: False),
    ):
        async with clients.of("expert") as http:
            found = await walk(http, limit=1000, **{k: str(v) for k, v in parameters.items()})
        assert found == sorted(m["name"] for m in machines if holds(m)), parameters


async def test_sparse_fields(clients, fleet):
    async with clients.of("expert") as http:
        page = (await http.get("/api/v1/machines", params={"fields": "name,kind", "limit": 3})).json()
        assert all(set(item) == {"id", "name", "kind"} for item in page["items"])
        assert (await http.get("/api/v1/machines", params={"fields": "nonsense"})).status_code == 422


@pytest.mark.parametrize("login", ["owner", "stranger", "expert", "auditor"])
async def test_all_positions_say_the_same_in_each_form(clients, fleet, login):
    async with clients.of(login) as http:
        plain = (await http.get("/api/v1/fleet/positions")).json()["items"]
        answer = await http.get("/api/v1/fleet/positions", params={"format": "arrow"})
        lines = (await http.get("/api/v1/fleet/positions", params={"format": "csv"})).text.split("\r\n")
    table = pa.ipc.open_stream(answer.content).read_all().to_pylist()
    for row, item in zip(table, plain, strict=True):
        at = item["measured_at"]
        assert row == item | {"measured_at": at and datetime.fromisoformat(at).astimezone(UTC)}
    assert len(lines) == len(plain) + 2
    for row, item in zip(csv.DictReader(lines), plain, strict=True):
        online = "" if item["online"] is None else str(item["online"]).lower()
        assert (row["online"], row["is_coarse"]) == (online, str(item["is_coarse"]).lower())
    coarse = {item["is_coarse"] for item in plain if item["latitude_deg"] is not None}
    latitudes = {item["latitude_deg"] for item in plain} - {None}
    assert (coarse, latitudes) == (({True}, {31.3}) if login == "auditor" else ({False}, {31.26}))


async def test_the_matrix_holds_last_values_and_their_ages(world, clients, fleet):
    machines, _ = fleet
    keys = "engine_speed_rpm,latitude_deg,fuel_level_pct"
    async with clients.of("expert") as http:
        answer = (await http.get("/api/v1/fleet/matrix", params={"signals": keys})).json()
        few = (await http.get("/api/v1/fleet/matrix", params={"signals": keys, "kind": "roller"})).json()
        arrow = await http.get("/api/v1/fleet/matrix", params={"signals": keys, "format": "arrow"})
    by_name = {m["name"]: m for m in machines}
    assert sorted(set(answer["names"]) - {"digger", "crane"}) == sorted(by_name)
    table = pa.ipc.open_stream(arrow.content).read_all()
    assert table["name"].to_pylist() == answer["names"]
    assert table["engine_speed_rpm"].to_pylist() == answer["signals"]["engine_speed_rpm"]["value"]
    kinds = [table.schema.field(key).type for key in keys.split(",")]
    assert kinds == [pa.float32(), pa.float64(), pa.float32()], "as the signals are stored"
    now = datetime.fromisoformat(answer["at"])
    for place, name in enumerate(answer["names"]):
        measured = by_name.get(name, {}).get("measured")
        speed = answer["signals"]["engine_speed_rpm"]
        assert speed["value"][place] == (None if measured is None else 800.0)
        age_s = None if measured is None else (now - measured) / timedelta(seconds=1)
        assert speed["age_s"][place] == (None if age_s is None else pytest.approx(age_s, abs=0.01))
        assert answer["signals"]["fuel_level_pct"]["value"][place] is None
    assert sorted(few["names"]) == sorted(m["name"] for m in machines if m["kind"] == "roller")


@pytest.mark.parametrize("login", ["owner", "stranger", "expert"])
async def test_the_matrix_is_in_the_order_of_the_list(clients, fleet, login):
    async with clients.of(login) as http:
        for sort in SORTS:
            asked = {"signals": "engine_speed_rpm", "sort": sort}
            matrix = (await http.get("/api/v1/fleet/matrix", params=asked)).json()
            names = [name for name in matrix["names"] if name not in {"digger", "crane"}]
            assert names == await walk(http, sort=sort, limit=1000), sort
        by_name = (await http.get("/api/v1/fleet/matrix", params={"signals": "engine_speed_rpm"})).json()["names"]
        assert by_name == sorted(by_name)


@pytest.mark.parametrize(
    ("data_class", "shown"), [("hours", (None, None)), ("position", (None, 31.26)), ("readings", (800.0, 31.3))]
)
async def test_the_matrix_shows_each_class_to_whom_it_is_shared(world, clients, data_class, shown):
    world.machine(f"shared {data_class}", owner="north")
    world.share(f"shared {data_class}", "south", data_class=data_class)
    world.state(f"shared {data_class}", {"engine_speed_rpm": 800.0, "latitude_deg": 31.26})
    async with clients.of("stranger") as http:
        query = {"signals": "engine_speed_rpm,latitude_deg", "q": f"shared {data_class}"}
        answer = (await http.get("/api/v1/fleet/matrix", params=query)).json()
    assert tuple(column["value"][0] for column in answer["signals"].values()) == shown
