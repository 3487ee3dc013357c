"""Lists narrowed to an organisation or a site, and answers narrowed to some members."""

from datetime import timedelta
from uuid import UUID

import pytest

from storage import read_alarms
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def ids(world) -> dict[str, UUID]:
    """Public ids of organisations and of a site of North, with alarms of North, of South, and of a machine that North
    sold to South an hour ago."""
    yard = world.conn.execute(
        "INSERT INTO site (name, time_zone, organisation_id) VALUES ('Yard', 'UTC', %s) RETURNING site_id, public_id",
        [world.organisations["north"]],
    ).fetchone()
    world.machine("at yard", owner="north")
    world.conn.execute("UPDATE machine SET site_id = %s WHERE machine_id = %s", [yard[0], world.machines["at yard"]])
    world.machine("resold", owner="south", since=NOW - HOUR)
    world.own("resold", "north", to_at=NOW - HOUR)
    for machine, key, ago in (
        *(("at yard", f"yard_{i}", timedelta(minutes=i)) for i in range(9)),
        ("digger", "digger", HOUR),
        ("crane", "crane", HOUR),
        ("resold", "before", 2 * HOUR),
        ("resold", "after", HOUR / 2),
    ):
        world.alarm(machine, key=key, severity="low" if ago > HOUR else "high", raised_at=NOW - ago)
    found = dict(world.conn.execute("SELECT name, public_id FROM organisation").fetchall())
    return found | {"Yard": yard[1]}


async def keys(clients, login, **parameters) -> set[str]:
    """Of all pages; each alarm once."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    async with clients.of(login) as http:
        while True:
            page = (await http.get("/api/v1/alarms", params={**parameters, **cursor, "limit": 4})).raise_for_status()
            found += [alarm["source_key"] for alarm in page.json()["items"]]
            if page.json()["next_cursor"] is None:
                break
            cursor = {"cursor": page.json()["next_cursor"]}
    assert len(found) == len(set(found))
    return set(found)


YARD = {f"yard_{i}" for i in range(9)}


@pytest.mark.parametrize("few", [1500, 0], ids=["sorted", "walked"])
@pytest.mark.parametrize("sort", ["-raised_at", "severity"])
@pytest.mark.parametrize(
    ("login", "asked", "expected"),
    [
        pytest.param("expert", {"organisation": "Dealer"}, YARD | {"digger", "before"}, id="all below it"),
        pytest.param("dealer", {"organisation": "North"}, YARD | {"digger", "before"}, id="of its time as owner"),
        pytest.param("expert", {"organisation": "South"}, {"crane", "after"}, id="the buyer"),
        pytest.param("owner", {"organisation": "South"}, set(), id="not its to know of"),
        pytest.param("owner", {"site": "Yard"}, YARD, id="at a site"),
        pytest.param("expert", {"site": "Yard", "organisation": "South"}, set(), id="both"),
        pytest.param("stranger", {"site": "Yard"}, set(), id="a foreign site"),
    ],
)
async def test_the_alarms_of_an_organisation_or_a_site(ids, clients, monkeypatch, login, asked, expected, sort, few):
    monkeypatch.setattr(read_alarms, "FEW", few)  # of more machines the list is walked rather than sorted
    found = await keys(clients, login, sort=sort, **{name: str(ids[value]) for name, value in asked.items()})
    assert found == expected


@pytest.mark.parametrize(
    ("path", "member"),
    [
        pytest.param("/api/v1/alarms", "severity", id="alarms"),
        pytest.param("/api/v1/alarms/{alarm}", "transitions", id="an alarm"),
        pytest.param("/api/v1/machines/pin:PIN-digger", "name", id="a machine"),
        pytest.param("/api/v1/audit", "action", id="audit"),
        pytest.param("/api/v1/machines/pin:PIN-digger/changes", "action", id="changes of a machine"),
        pytest.param("/api/v1/organisations/{North}/changes", "action", id="changes"),
    ],
)
async def test_only_some_members_are_asked_for(ids, world, clients, path, member):
    alarm = world.conn.execute("SELECT alarm_id FROM alarm WHERE source_key = 'digger'").fetchone()[0]
    path = path.format(alarm=alarm, North=ids["North"])
    async with clients.of("owner") as http:
        await http.get("/api/v1/machines")  # one row of the audit
        version = (await http.get("/api/v1/machines/pin:PIN-digger")).headers["etag"]
        await http.patch("/api/v1/machines/pin:PIN-digger", json={"name": "digger"}, headers={"if-match": version})
        answer = await http.get(path, params={"fields": member})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        for item in body.get("items", [body]):
            assert {*item} == {"id", member}
        wrong = await http.get(path, params={"fields": "colour"})
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "field_unknown")


async def test_newer_lists_are_cut_down_as_well(ids, world, clients):
    """A list's own members stay; an entry without an id has only what is asked for."""
    world.event("digger", NOW, text="a note")
    world.extra("digger", [(NOW, "grease_level_pct", 40.0)])
    async with clients.of("expert") as http:
        for path, members in (
            ("/api/v1/findings", {"id", "severity"}),
            ("/api/v1/machines/pin:PIN-digger/events", {"kind"}),
            ("/api/v1/machines/pin:PIN-digger/extra", {"key"}),
        ):
            whole, cut = [(await http.get(path, params=asked)).json() for asked in ({}, {"fields": ",".join(members)})]
            assert cut.get("items"), (path, cut)
            assert cut == whole | {"items": [{name: item[name] for name in members} for item in whole["items"]]}
            wrong = await http.get(path, params={"fields": "colour"})
            assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "field_unknown")


async def test_a_machine_without_its_place_is_no_reading_of_places(world, clients):
    world.state("digger", {"latitude_deg": 31.0, "longitude_deg": 121.0})
    count = "SELECT count(*) FROM audit WHERE action = 'read_positions' AND detail->>'what' = 'machine'"
    told = []
    async with clients.of("owner") as http:
        for fields in ({"fields": "name,mode"}, {"fields": "position"}, {}):
            before = world.conn.execute(count).fetchone()[0]
            (await http.get("/api/v1/machines/pin:PIN-digger", params=fields)).raise_for_status()
            told.append(world.conn.execute(count).fetchone()[0] - before)
    assert told == [0, 1, 1]
