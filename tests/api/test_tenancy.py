"""Who sees what: over every endpoint, with row-level security on and with queries alone."""

from datetime import timedelta

import httpx
import psycopg
import pytest
import pytest_asyncio

from api.rights import ROLES
from storage.users import ensure_organisation
from tests.api.conftest import running
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR = timedelta(hours=1)
ENDPOINTS = [
    "/api/v1/machines/{machine}",
    "/api/v1/machines/{machine}/state",
    "/api/v1/machines/{machine}/readings",
    "/api/v1/machines/{machine}/events",
    "/api/v1/machines/{machine}/extra",
    "/api/v1/machines/{machine}/faults",
    "/api/v1/machines/{machine}/ledger",
    "/api/v1/alarms?machine={machine}",
    "/api/v1/live?machine={machine}",
]
LISTS = ["/api/v1/machines", "/api/v1/fleet/positions", "/api/v1/signals", "/api/v1/auth/me"]
TABLES = [
    *("machine", "machine_state", "machine_attribute", "fault_code", "alarm", "alarm_transition"),
    *("finding", "event_log", "site", "organisation"),
]


@pytest_asyncio.fixture(params=["ecc_api", "ecc_owner"], scope="module", loop_scope="module")
async def clients(request, world, api_database):
    """As ecc_api both guards stand; as the owner of the tables, who passes row-level security, the queries alone."""
    url = api_database.url("ecc_api") if request.param == "ecc_api" else api_database.owner_url
    async with running(url) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def _a_rival(world):
    """A dealer who sells to nobody here."""
    organisation = ensure_organisation(world.conn, kind="dealer", name="Rival")
    world.person("rival", organisation, "dealer")


@pytest.fixture(scope="module")
def sold(world):
    """A machine that North sold to South an hour ago."""
    world.machine("sold", owner=None)
    sale = NOW - HOUR
    world.own("sold", "north", to_at=sale)
    world.own("sold", "south", from_at=sale)
    world.readings("sold", [(NOW - m * timedelta(minutes=1), {"engine_speed_rpm": float(m)}) for m in range(1, 120)])
    world.state("sold", {"engine_speed_rpm": 1.0, "fuel_level_pct": 50.0}, at=NOW, fuel_level_pct=NOW - 2 * HOUR)
    world.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, date_trunc('hour', %s::timestamptz), %s)",
        [world.machines["sold"], NOW - 3 * HOUR, NOW],
    )
    for minutes in (5, 90):
        world.event("sold", NOW - timedelta(minutes=minutes), text=f"{minutes} minutes ago")
        world.alarm("sold", key=f"rule_{minutes}", raised_at=NOW - timedelta(minutes=minutes), severity="high")
    return world


async def get(clients, login, path, **parameters):
    async with clients.of(login) as http:
        return await http.get(path, params=parameters or None)


@pytest.mark.parametrize(
    ("endpoint", "reference"),
    [
        *((endpoint, "{id}") for endpoint in ENDPOINTS),
        *((ENDPOINTS[1], alias) for alias in ("pin:PIN-digger", "serial:SN-digger", "equipment:EQ-digger")),
    ],
)
async def test_a_strangers_machine_is_not_there(world, clients, endpoint, reference):
    asked, absent = reference.format(id=world.public["digger"]), "pin:PIN-of-nobody"
    answer = await get(clients, "stranger", endpoint.format(machine=asked))
    nowhere = await get(clients, "stranger", endpoint.format(machine=absent))
    assert answer.status_code == 404
    # a filter names what was asked for, and nothing else differs
    assert answer.text.replace(asked, absent) == nowhere.text, "the words do not tell whether it exists"


@pytest.mark.parametrize("endpoint", ENDPOINTS[:-1])
@pytest.mark.parametrize("login", ["owner", "colleague", "dealer", "expert", "auditor"])
async def test_owner_colleague_dealer_and_expert_see_it(world, clients, endpoint, login):
    answer = await get(clients, login, endpoint.format(machine="pin:PIN-digger"))
    assert answer.status_code == 200, answer.text


async def test_a_strangers_alarm_is_not_there(world, clients):
    alarm_id = world.alarm("digger", key=f"mine_{id(clients)}")
    async with clients.of("stranger") as http:
        assert (await http.get(f"/api/v1/alarms/{alarm_id}")).status_code == 404
        assert alarm_id not in {a["id"] for a in (await http.get("/api/v1/alarms")).json()["items"]}
    async with clients.of("rival") as http:
        assert (await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")).status_code == 404
    async with clients.of("owner") as http:
        assert (await http.get(f"/api/v1/alarms/{alarm_id}")).json()["acknowledged_at"] is None


MAY_ACKNOWLEDGE = {"dealer", "expert", "lead", "administrator"}


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_the_control_centre_and_the_dealer_acknowledge_and_all_others_read(world, clients, role):
    login = f"{role} {id(clients)}"
    organisation = world.organisations["dealer" if role not in {"owner", "operator"} else "north"]
    world.person(login, organisation, role)
    alarm_id = world.alarm("digger", key=f"{role}_{id(clients)}")
    async with clients.of(login, **{"accept-language": "zh"}) as http:
        may = (await http.get("/api/v1/auth/me")).json()["may_acknowledge"]
        answer = await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).raise_for_status().json()
    assert may == (role in MAY_ACKNOWLEDGE)
    assert answer.status_code == (200 if may else 403)
    assert alarm["acknowledged_by"] == (login if may else None)
    if not may:
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["detail"]) == ("forbidden", "您的角色不允许此操作。")
        async with clients.of("expert") as http:
            assert (await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")).status_code == 200


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        pytest.param("owner", {"digger"}, id="owner"),
        pytest.param("dealer", {"digger"}, id="dealer above the owner"),
        pytest.param("stranger", {"crane", "sold"}, id="stranger"),
        pytest.param("expert", {"digger", "crane", "sold"}, id="expert"),
    ],
)
async def test_lists_hold_the_machines_of_the_organisation_now(sold, clients, login, sees):
    machines = (await get(clients, login, "/api/v1/machines")).json()["items"]
    positions = (await get(clients, login, "/api/v1/fleet/positions")).json()["items"]
    assert {m["name"] for m in machines if " " not in m["name"]} == sees
    assert {m["name"] for m in positions if " " not in m["name"]} == sees


async def test_a_sale_cuts_readings_events_and_alarms(sold, clients):
    span = {"from": (NOW - 3 * HOUR).isoformat(), "to": NOW.isoformat(), "signals": "engine_speed_rpm"}
    seen = {}
    for login in ("owner", "stranger", "expert"):
        readings = (await get(clients, login, "/api/v1/machines/pin:PIN-sold/readings", **span)).json()
        events = (await get(clients, login, "/api/v1/machines/pin:PIN-sold/events")).json()["items"]
        alarms = (await get(clients, login, "/api/v1/alarms", machine="pin:PIN-sold")).json()["items"]
        seen[login] = (
            set(readings["signals"]["engine_speed_rpm"]["mean"]),
            {e["text"] for e in events},
            {a["source_key"] for a in alarms},
        )
    before, after = {float(m) for m in range(61, 120)}, {float(m) for m in range(1, 61)}
    assert seen["owner"] == (before, {"90 minutes ago"}, {"rule_90"})
    assert seen["stranger"] == (after, {"5 minutes ago"}, {"rule_5"})
    assert seen["expert"] == (before | after, {"90 minutes ago", "5 minutes ago"}, {"rule_90", "rule_5"})


@pytest.mark.parametrize("max_points", [5, 20, 119])
async def test_buckets_do_not_leak_over_the_sale(sold, clients, max_points):
    span = {"from": (NOW - 3 * HOUR).isoformat(), "to": NOW.isoformat(), "signals": "engine_speed_rpm"}
    for login, low, high in (("owner", 61, 119), ("stranger", 1, 60)):
        answer = (
            await get(clients, login, "/api/v1/machines/pin:PIN-sold/readings", max_points=max_points, **span)
        ).json()
        series = answer["signals"]["engine_speed_rpm"]
        found = [v for name in ("mean", "min", "max") for v in series[name] or [] if v is not None]
        assert min(found) >= low
        assert max(found) <= high


async def test_the_new_owner_sees_no_value_from_before_the_sale(sold, clients):
    state = (await get(clients, "stranger", "/api/v1/machines/pin:PIN-sold/state")).json()
    assert set(state["signals"]) == {"engine_speed_rpm"}
    assert (await get(clients, "owner", "/api/v1/machines/pin:PIN-sold/state")).status_code == 404
    listed = (await get(clients, "stranger", "/api/v1/machines", q="sold", signals="fuel_level_pct")).json()["items"]
    assert listed[0]["signals"] == {}
    assert listed[0]["open_alarms"] == {"count": 1, "severity": "high"}
    past = (await get(clients, "owner", "/api/v1/machines/pin:PIN-sold")).json()
    assert (past["measured_at"], past["open_alarms"]["count"], past["visible"][0]["from_at"]) == (None, 0, None)


async def test_a_shared_machine_is_seen_until_the_share_ends(world, clients):
    name = f"shared {id(clients)}"
    world.machine(name, owner="north")
    path = f"/api/v1/machines/{world.public[name]}"
    assert (await get(clients, "stranger", path)).status_code == 404
    world.share(name, "south")
    assert (await get(clients, "stranger", path)).status_code == 200
    world.conn.execute("DELETE FROM sharing")
    assert (await get(clients, "stranger", path)).status_code == 404
    world.conn.execute("DELETE FROM ownership WHERE machine_id = %s", [world.machines[name]])


@pytest.mark.parametrize("table", TABLES)
async def test_row_level_security_shows_nothing_without_an_organisation(world, api_database, table):
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("endpoint", [*ENDPOINTS, *LISTS])
async def test_nobody_sees_anything_without_signing_in(clients, endpoint, method):
    async with clients.anybody() as http:
        answer: httpx.Response = await http.request(method, endpoint.format(machine="pin:PIN-digger"))
    assert answer.status_code in ({401} if method == "GET" else {401, 405})
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["ownership", "sharing"])
async def test_what_begins_tomorrow_shows_nothing_today(world, clients, given):
    name = f"{given} of tomorrow {id(clients)}"
    world.machine(name, owner=None)
    values = [world.machines[name], world.organisations["south"], NOW + timedelta(days=1)]
    if given == "ownership":
        world.conn.execute("INSERT INTO ownership (machine_id, organisation_id, from_at) VALUES (%s, %s, %s)", values)
    else:
        world.conn.execute(
            "INSERT INTO sharing (machine_id, organisation_id, from_at, data_class) VALUES (%s, %s, %s, 'all')", values
        )
    assert (await get(clients, "stranger", f"/api/v1/machines/{world.public[name]}")).status_code == 404
    assert (await get(clients, "stranger", "/api/v1/machines", q="of tomorrow")).json()["items"] == []
    with psycopg.connect(clients.url) as conn:
        conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(world.organisations["south"])])
        guarded = "ecc_api" in clients.url
        seen = conn.execute("SELECT count(*) FROM machine WHERE public_id = %s", [world.public[name]]).fetchone()
        assert seen == (0 if guarded else 1,), "row-level security says the same"
    world.conn.execute(f"DELETE FROM {given} WHERE machine_id = %s", [world.machines[name]])
