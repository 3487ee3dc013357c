"""Whose machines' places were read in one request: each owner finds that, who and when, and nothing of the others."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio

from api.app import create_app
from storage.audit_chain import seal
from tests.api.conftest import Clients, settings_for
from tests.api.streams import served, stream
from tests.api.world import NOW
from usecases.verify_audit import verify_audit

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUDIT = "/api/v1/audit"
PLACE = {"latitude_deg": 31.23, "longitude_deg": 121.47, "engine_speed_rpm": 900.0}


@pytest.fixture(scope="module")
def fleet(world):
    """North and South own two machines each with a place; South shares one of them with Renter, one without a place."""
    from storage.users import ensure_organisation

    world.organisations["renter"] = ensure_organisation(world.conn, kind="customer", name="Renter")
    for login, organisation, role in (
        ("renter", "renter", "owner"),
        ("south auditor", "south", "auditor"),
        ("lead", "platform", "lead"),
    ):
        world.person(login, world.organisations[organisation], role)
    for name, owner in (("n1", "north"), ("n2", "north"), ("s1", "south"), ("s2", "south"), ("lost", None)):
        world.machine(name, owner=owner, kind="roller" if name.startswith("s") else "excavator")
        world.state(name, PLACE, at=NOW)
    world.machine("silent", owner="south")
    world.machine("dumb", owner="renter")
    world.state("dumb", {"engine_speed_rpm": 1.0}, at=NOW)
    world.share("s1", "renter", data_class="position")
    world.share("silent", "renter")
    world.share("s2", "renter", data_class="alarms")
    return world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(fleet, api_database):
    """(address, token by login) of an application that serves streams."""
    app = create_app(settings_for(api_database.url("ecc_api"), heartbeat_s=0.3))
    made = Clients(app, api_database.url("ecc_api"))
    async with served(app) as url:
        yield url, made.token


async def ask(clients, login, path, **parameters):
    async with clients.of(login) as http:
        answer = await http.get(path, params=parameters or None)
        assert answer.status_code == 200, answer.text
        return answer


async def told(clients, login, **parameters):
    """The reads by others that somebody finds."""
    page = await ask(clients, login, AUDIT, action="read_positions", by="others", limit=200, **parameters)
    return page.json()["items"]


def newest(world):
    """The newest read of places: its number, its owners, its machine."""
    return world.conn.execute(
        "SELECT audit_id, owner_ids, machine_id FROM audit WHERE action = 'read_positions' "
        "ORDER BY audit_id DESC LIMIT 1"
    ).fetchone()


def owners(world, *names):
    return sorted(world.organisations[name] for name in names)


WHOLE_FLEET = [
    pytest.param("/api/v1/fleet/positions", {}, ("north", "south"), id="the map"),
    pytest.param("/api/v1/fleet/positions", {"media": "text/csv"}, ("north", "south"), id="the map as CSV"),
    pytest.param("/api/v1/fleet/matrix", {"signals": "latitude_deg"}, ("north", "south"), id="matrix"),
    pytest.param("/api/v1/fleet/matrix", {"signals": "longitude_deg", "kind": "roller"}, ("south",), id="some of it"),
    pytest.param("/api/v1/fleet/matrix", {"signals": "altitude_m"}, None, id="nobody told its altitude"),
    pytest.param("/api/v1/fleet/matrix", {"signals": "engine_speed_rpm"}, None, id="no places asked for"),
    pytest.param("/api/v1/machines", {"limit": "100"}, ("north", "south"), id="a page"),
    pytest.param("/api/v1/machines", {"kind": "roller", "fields": "position"}, ("south",), id="places only"),
    pytest.param("/api/v1/machines", {"signals": "latitude_deg", "fields": "signals", "q": "n1"}, ("north",), id="one"),
    pytest.param("/api/v1/machines", {"fields": "name"}, None, id="names only"),
    pytest.param("/aemp/2020/Fleet", {}, ("north", "south"), id="ISO 15143-3"),
]


@pytest.mark.parametrize(("path", "parameters", "expected"), WHOLE_FLEET)
async def test_a_read_of_many_is_one_row_with_the_owners_of_what_was_answered(
    fleet, clients, path, parameters, expected
):
    before = newest(fleet)
    media = parameters.pop("media", None)
    async with clients.of("expert", **({"accept": media} if media else {})) as http:
        answer = await http.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    after = newest(fleet)
    if expected is None:
        assert after == before
        return
    assert after[1:] == (owners(fleet, *expected), None)
    count = "SELECT count(*) FROM audit WHERE action = 'read_positions' AND audit_id > %s"
    assert fleet.conn.execute(count, [before[0] if before else 0]).fetchone() == (1,)
    for login, organisation in (("owner", "north"), ("south auditor", "south")):
        found = [row for row in await told(clients, login) if row["id"] == str(after[0])]
        assert len(found) == (1 if organisation in expected else 0), login


async def test_an_owner_is_told_who_read_and_nothing_else(fleet, clients, live):
    secret = "n1,PIN-n1,Renter"
    await ask(clients, "expert", "/api/v1/fleet/matrix", signals="latitude_deg,engine_speed_rpm", mode="in_service")
    url, token = live
    async with stream(url, token("expert"), machine=f"{fleet.public['n1']}") as opened:
        await opened.until("machines")
    (of_stream, of_matrix, *_) = await told(clients, "owner")
    assert (of_matrix["actor"], of_matrix["actor_kind"], of_matrix["actor_organisation"]) == ("expert", "person", "ECC")
    assert of_matrix["detail"] == {"what": "fleet matrix", "exact": True}
    assert of_stream["detail"] == {"what": "live stream", "exact": True}, "not what else it filtered by"
    assert (of_matrix["before"], of_matrix["after"], of_matrix["entity_id"]) == (None, None, None)
    assert set(of_matrix) == {*(await ask(clients, "lead", AUDIT, limit=1)).json()["items"][0]}
    shown = json.dumps(await told(clients, "owner"))
    for foreign in ("South", "Renter", "PIN-", "roller", *secret.split(",")[1:]):
        assert foreign not in shown, foreign
    for foreign in ("North", "PIN-", "owner_ids"):
        assert foreign not in json.dumps(await told(clients, "stranger"))


async def test_row_level_security_keeps_the_row_itself_from_the_owners(fleet, clients, api_database):
    """What they are told comes from a function that knows the tenant; the row stays its reader's."""
    await ask(clients, "expert", "/api/v1/fleet/positions")
    audit_id = newest(fleet)[0]
    for organisation, rows, reads in (("north", 0, 1), ("south", 0, 1), ("renter", 0, 0), ("platform", 1, 0)):
        with psycopg.connect(api_database.url("ecc_api")) as conn:
            conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(fleet.organisations[organisation])])
            seen = conn.execute("SELECT count(*) FROM audit WHERE audit_id = %s", [audit_id]).fetchone()
            asked = "SELECT count(*) FROM tenant_place_reads(%s, 1, NULL, NULL, NULL) WHERE audit_id = %s"
            found = conn.execute(asked, [audit_id + 1, audit_id]).fetchone()
        assert (seen, found) == ((rows,), (reads,)), organisation
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        assert conn.execute("SELECT count(*) FROM tenant_place_reads(%s, 9, NULL, NULL, NULL)", [2**60]).fetchone() == (
            0,
        )
        assert conn.execute("SELECT place_owners(%s, '{}', now())", [list(fleet.machines.values())]).fetchone() == (
            None,
        )


async def test_who_has_a_share_reads_places_of_the_one_who_gave_it(fleet, clients, live):
    await ask(clients, "renter", "/api/v1/fleet/positions")
    assert newest(fleet)[1] == owners(fleet, "south"), "of s1 the place is seen, of the others not"
    (row, *_) = await told(clients, "south auditor")
    assert (row["actor"], row["actor_organisation"]) == ("renter", "Renter")
    assert "renter" not in {row["actor"] for row in await told(clients, "owner")}
    url, token = live
    async with stream(url, token("renter")) as opened:
        await opened.until("machines")
    assert newest(fleet)[1] == owners(fleet, "renter", "south")


@pytest.mark.parametrize(
    ("login", "condition", "expected"),
    [
        pytest.param("expert", {}, ("north", "south", "renter"), id="everything"),
        pytest.param("expert", {"machine_kind": "roller"}, ("south",), id="a kind"),
        pytest.param("expert", {"machine": "pin:PIN-n1"}, ("north",), id="a machine"),
        pytest.param("expert", {"organisation": "dealer"}, ("north",), id="an organisation and those below"),
        pytest.param("dealer", {}, ("north",), id="a dealer"),
        pytest.param("renter", {"machine": "pin:PIN-s2"}, None, id="of which no place is seen"),
        pytest.param("expert", {"states": "false"}, None, id="events alone"),
    ],
)
async def test_a_stream_names_the_owners_it_begins_with(fleet, live, login, condition, expected):
    if "organisation" in condition:
        row = fleet.conn.execute(
            "SELECT public_id FROM organisation WHERE organisation_id = %s",
            [fleet.organisations[condition["organisation"]]],
        ).fetchone()
        condition = {"organisation": str(row[0])}
    before = newest(fleet)
    url, token = live
    async with stream(url, token(login), **condition) as opened:
        await opened.until("hello")
    after = newest(fleet)
    if condition.get("states") == "false":
        assert after == before
    else:
        assert after[0] != before[0]
        assert after[1] == (None if expected is None else owners(fleet, *expected))


async def test_own_and_others_are_told_apart_and_pages_hold_both(fleet, clients):
    await ask(clients, "owner", "/api/v1/fleet/positions")
    await ask(clients, "expert", "/api/v1/fleet/positions")
    await ask(clients, "expert", f"/api/v1/machines/{fleet.public['n1']}")
    everything = (await ask(clients, "owner", AUDIT, action="read_positions", limit=200)).json()["items"]
    own = (await ask(clients, "owner", AUDIT, action="read_positions", by="own", limit=200)).json()["items"]
    others = await told(clients, "owner")
    assert {row["actor"] for row in own} == {"owner"}
    assert "owner" not in {row["actor"] for row in others}
    assert [row["id"] for row in others[:2]] == sorted((row["id"] for row in others[:2]), key=int, reverse=True)
    assert others[0]["detail"]["what"] == "machine"
    assert sorted(row["id"] for row in own + others) == sorted(row["id"] for row in everything)
    walked, cursor = [], None
    while True:
        page = (await ask(clients, "owner", AUDIT, limit=3, **({"cursor": cursor} if cursor else {}))).json()
        walked += [row["id"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert walked == sorted(set(walked), key=int, reverse=True)
    assert {row["id"] for row in everything} <= set(walked)


async def test_filters_of_the_audit_hold_for_what_owners_are_told(fleet, clients):
    await ask(clients, "expert", "/api/v1/fleet/positions")
    (row, *_) = await told(clients, "owner")
    assert await told(clients, "owner", actor=row["actor_id"])
    assert not await told(clients, "owner", actor="0198f3a0-6a2e-7c4b-9f10-2b7d5c3e8a99")
    later = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    assert not await told(clients, "owner", **{"from": later})
    assert not (await ask(clients, "owner", AUDIT, entity="machine", by="others", limit=200)).json()["items"]


async def test_a_later_owner_is_not_told_of_what_was_read_before(fleet, clients):
    fleet.machine("traded", owner=None)
    fleet.own("traded", "north", to_at=datetime.now(UTC) + timedelta(seconds=0.2))
    fleet.state("traded", PLACE, at=NOW)
    await ask(clients, "expert", "/api/v1/machines", q="traded", fields="position")
    assert newest(fleet)[1] == owners(fleet, "north")
    count = len(await told(clients, "stranger"))
    fleet.conn.execute("UPDATE ownership SET to_at = now() WHERE machine_id = %s", [fleet.machines["traded"]])
    fleet.own("traded", "south", from_at=datetime.now(UTC))
    assert len(await told(clients, "stranger")) == count


async def test_the_owners_are_part_of_what_is_sealed(fleet, clients, api_database):
    await ask(clients, "expert", "/api/v1/fleet/positions")
    with psycopg.connect(api_database.url("ecc_housekeeping"), autocommit=True) as sealer:
        seal(sealer, now=datetime.now(UTC))
    with psycopg.connect(api_database.owner_url, autocommit=True) as conn:
        assert verify_audit(conn).holds
        for touched in ("owner_ids[1:1]", "NULL"):
            with conn.transaction(force_rollback=True):
                conn.execute(f"UPDATE audit SET owner_ids = {touched} WHERE audit_id = %s", [newest(fleet)[0]])
                assert not verify_audit(conn).holds, touched
        assert verify_audit(conn).holds


@pytest.mark.parametrize("what", ["", "/state", "/commissioning", "/readings?signals=latitude_deg,longitude_deg"])
async def test_a_read_of_one_machine_names_it(fleet, clients, what):
    await ask(clients, "dealer", f"/api/v1/machines/pin:PIN-n1{what}")
    named = {"machine_id": str(fleet.public["n1"]), "pin": "PIN-n1", "machine_name": "n1"}
    (row, *_) = await told(clients, "owner")
    assert (row["actor"], {name: row[name] for name in named}) == ("dealer", named)
    await ask(clients, "owner", f"/api/v1/machines/pin:PIN-n1{what}")
    own = (await ask(clients, "owner", AUDIT, action="read_positions", by="own", limit=1)).json()["items"]
    assert {name: own[0][name] for name in named} == named


@pytest.mark.parametrize(
    "query", ["/machines?kind=roller&fields=position", "/fleet/matrix?signals=latitude_deg&kind=roller"]
)
async def test_the_filters_of_a_list_stand_in_ones_own_row_only(fleet, clients, query):
    await ask(clients, "lead", f"/api/v1{query}")
    own = (await ask(clients, "lead", AUDIT, action="read_positions", limit=1)).json()["items"][0]
    assert own["detail"]["filter"] == query.partition("?")[2]
    assert (own["machine_id"], own["pin"], own["machine_name"]) == (None, None, None)
    (row, *_) = await told(clients, "south auditor")
    assert set(row["detail"]) == {"what", "exact"}
