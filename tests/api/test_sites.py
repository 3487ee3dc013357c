"""Sites: what everything that people keep has in common is tested here, with sites."""

import asyncio
from uuid import UUID

import psycopg
import pytest

from storage import geofences, organisations, people, rosters, sites
from storage.pages import PageOf
from storage.sight import Scope

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUARRY = {
    "name": "Quarry",
    "time_zone": "Asia/Shanghai",
    "address": "1 Quarry Road",
    "latitude_deg": 31.23,
    "longitude_deg": 121.47,
    "working_calendar": {
        "weekdays": {"tuesday": [{"from": "13:00", "to": "17:00"}, {"from": "08:00", "to": "12:00"}]},
        "exceptions": [{"date": "2026-10-06", "hours": [], "note": "国庆节"}],
    },
}

FENCE = {"name": "f", "geometry": {"type": "Point", "coordinates": [121.4, 31.2]}, "radius_m": 50}


async def made(http, **changes):
    answer = await http.post("/api/v1/sites", json=QUARRY | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_site_is_made_read_changed_and_deleted_and_its_history_tells(clients):
    async with clients.of("owner") as http:
        answer = await http.post("/api/v1/sites", json=QUARRY)
        assert answer.status_code == 201, answer.text
        site = answer.json()
        path = f"/api/v1/sites/{site['id']}"
        assert (answer.headers["location"], answer.headers["etag"]) == (path, '"1"')
        assert (site["organisation_name"], site["version"]) == ("North", 1)
        assert site["working_calendar"]["weekdays"]["tuesday"][0] == {"from": "08:00", "to": "12:00"}
        assert (await http.get(path)).json() == site
        changed = await http.patch(path, json={"address": None, "name": "Pit"}, headers={"if-match": '"1"'})
        assert changed.status_code == 200, changed.text
        assert changed.headers["etag"] == '"2"'
        assert (changed.json()["address"], changed.json()["name"], changed.json()["time_zone"]) == (
            None,
            "Pit",
            "Asia/Shanghai",
        )
        assert (await http.delete(path, headers={"if-match": '"2"'})).status_code == 204
        assert (await http.get(path)).status_code == 404
        history = (await http.get(f"{path}/changes")).json()["items"]
    assert [entry["action"] for entry in history] == ["delete", "update", "create"]
    assert (history[1]["before"], history[1]["after"]) == (
        {"name": "Quarry", "address": "1 Quarry Road"},
        {"name": "Pit", "address": None},
    )
    assert {entry["actor"] for entry in history} == {"owner"}


async def test_the_gateway_is_told_of_a_sites_new_clock(clients, world):
    async with clients.of("owner") as http:
        site = await made(http, name="clock")
        (before,) = world.conn.execute("SELECT epoch FROM config_epoch").fetchone()
        path, zone = f"/api/v1/sites/{site['id']}", {"time_zone": "Asia/Kathmandu"}
        assert (await http.patch(path, json=zone, headers={"if-match": '"1"'})).status_code == 200
    assert world.conn.execute("SELECT epoch FROM config_epoch").fetchone() == (before + 1,)


async def test_a_change_names_the_version_it_was_made_from(clients):
    async with clients.of("owner") as http:
        site = await made(http, name="versions")
        path = f"/api/v1/sites/{site['id']}"
        assert (await http.patch(path, json={"name": "v"})).status_code == 428
        assert (await http.delete(path)).status_code == 428
        assert (await http.patch(path, json={"name": "v"}, headers={"if-match": '"7"'})).status_code == 412
        assert (await http.delete(path, headers={"if-match": '"7"'})).status_code == 412
        same = await http.patch(path, json={"name": "versions"}, headers={"if-match": '"1"'})
        assert (same.status_code, same.json()["version"]) == (200, 1)


async def test_of_two_changes_from_the_same_version_one_is_refused(clients):
    async with clients.of("owner") as http, clients.of("colleague") as other:
        site = await made(http, name="race")
        path = f"/api/v1/sites/{site['id']}"
        for version in range(1, 6):
            tag = {"if-match": f'"{version}"'}
            answers = await asyncio.gather(
                http.patch(path, json={"address": f"{version} a"}, headers=tag),
                other.patch(path, json={"address": f"{version} b"}, headers=tag),
            )
            assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_queries_keep_tenants_apart_without_row_level_security_too(clients, world, api_database):
    async with clients.of("owner") as http:
        site = await made(http, name="kept apart")
        await http.post("/api/v1/geofences", json=FENCE | {"site_id": site["id"]})
    async with clients.of("dealer") as http:
        await http.post("/api/v1/rosters", json={"name": "kept apart"})
    south = world.organisations["south"]
    scope = Scope(organisation_id=south, organisations=(south,), sees_all=False)
    async with await psycopg.AsyncConnection.connect(api_database.owner_url) as conn:
        assert await sites.list_sites(conn, scope, sites.SiteFilter(), PageOf()) == []
        assert await geofences.list_geofences(conn, scope, geofences.GeofenceFilter(), PageOf()) == []
        assert await rosters.list_rosters(conn, scope, rosters.RosterFilter(), PageOf()) == []
        found = await people.list_people(conn, scope, people.PersonFilter(), PageOf())
        assert {person.organisation_name for person in found} == {"South"}
        found = await organisations.list_organisations(conn, scope, organisations.OrganisationFilter(), PageOf())
        assert [organisation.name for organisation in found] == ["South"]
        assert await sites.find_site(conn, scope, UUID(site["id"])) is None


async def test_an_idempotency_key_makes_a_site_once(clients):
    async with clients.of("owner") as http:
        first = await http.post("/api/v1/sites", json=QUARRY | {"name": "once"}, headers={"idempotency-key": "k-1"})
        again = await http.post("/api/v1/sites", json=QUARRY | {"name": "once"}, headers={"idempotency-key": "k-1"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        twice = await http.post("/api/v1/sites", json=QUARRY | {"name": "once"})
        assert (twice.status_code, twice.json()["code"]) == (409, "conflict")


async def test_another_tenants_site_is_not_there_and_a_role_without_the_right_is_refused(clients):
    async with clients.of("owner") as http:
        site = await made(http, name="ours")
    path, tag = f"/api/v1/sites/{site['id']}", {"if-match": '"1"'}
    async with clients.of("stranger") as http:
        for answer in (
            await http.get(path),
            await http.patch(path, json={"name": "theirs"}, headers=tag),
            await http.delete(path, headers=tag),
            await http.get(f"{path}/changes"),
            await http.get(f"{path}/working-hours"),
            await http.post("/api/v1/sites", json=QUARRY | {"organisation_id": site["organisation_id"]}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.request.url
        assert site["id"] not in [s["id"] for s in (await http.get("/api/v1/sites?limit=1000")).json()["items"]]
    async with clients.of("auditor") as http:
        assert (await http.get(path)).status_code == 200
        for answer in (
            await http.post("/api/v1/sites", json=QUARRY),
            await http.patch(path, json={}, headers=tag),
            await http.delete(path, headers=tag),
            await http.post("/api/v1/sites/import", content="", headers={"content-type": "text/csv"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    for login in ("dealer", "expert"):
        async with clients.of(login) as http:
            assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"time_zone": "Asia/Beijing"}, "no IANA time zone", id="zone"),
        pytest.param({"latitude_deg": None}, "come together", id="half a place"),
        pytest.param({"latitude_deg": 91}, "", id="beyond the pole"),
        pytest.param({"name": "  "}, "name is empty", id="blank name"),
        pytest.param({"name": "a\u0000b"}, "control character", id="a control character"),
        pytest.param({"name": "a\u202eb"}, "control character", id="turns the text round"),
        pytest.param({"name": "a\u2028b"}, "control character", id="ends the line for some"),
        pytest.param({"name": "a\uffffb"}, "control character", id="no character"),
        pytest.param({"colour": "red"}, "", id="unknown member"),
        pytest.param(
            {
                "working_calendar": {
                    "weekdays": {"monday": [{"from": "08:00", "to": "12:00"}, {"from": "11:00", "to": "13:00"}]}
                }
            },
            "monday: Hours of one day must not overlap",
            id="hours overlap",
        ),
        pytest.param(
            {"working_calendar": {"exceptions": [{"date": "2026-01-01"}, {"date": "2026-01-01"}]}},
            "more than once",
            id="date",
        ),
    ],
)
async def test_what_is_no_site_is_refused(clients, wrong, words):
    async with clients.of("owner") as http:
        answer = await http.post("/api/v1/sites", json=QUARRY | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert words in answer.text


async def test_lists_are_filtered_sorted_paged_and_cut_to_fields(clients):
    async with clients.of("dealer") as http:
        for name in ("page b", "page a", "page ä", "page C"):
            await made(http, name=name)
        for sort in ("name", "-name"):
            seen, cursor = [], None
            while True:
                query = {"q": "PAGE ", "sort": sort, "limit": 3} | ({"cursor": cursor} if cursor else {})
                page = (await http.get("/api/v1/sites", params=query | {"fields": "name"})).json()
                seen += [item["name"] for item in page["items"]]
                assert all(set(item) == {"id", "name"} for item in page["items"])
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert sorted(seen) == ["page C", "page a", "page b", "page ä"]
            assert len(seen) == 4
        own = (await http.get("/api/v1/auth/me")).json()["organisation"]["id"]
        listed = (await http.get("/api/v1/sites", params={"organisation": own, "time_zone": "Asia/Shanghai"})).json()
        assert {item["organisation_name"] for item in listed["items"]} == {"Dealer"}
        assert (await http.get("/api/v1/sites", params={"cursor": "abc"})).status_code == 422
        assert (await http.get("/api/v1/sites", params={"fields": "colour"})).status_code == 422


async def test_the_working_hours_of_a_span_follow_the_calendar(clients):
    async with clients.of("owner") as http:
        site = await made(http, name="hours")
        path = f"/api/v1/sites/{site['id']}/working-hours"
        found = (await http.get(path, params={"from": "2026-09-28T00:00:00Z", "to": "2026-10-13T16:00:00Z"})).json()
        assert (found["hours"], len(found["stretches"])) == (16.0, 4)
        assert found["stretches"][0] == {"from_at": "2026-09-29T00:00:00Z", "to_at": "2026-09-29T04:00:00Z"}
        long = await http.get(path, params={"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"})
        assert long.status_code == 422


async def test_nobody_knows_the_hours_of_a_site_without_a_calendar(clients):
    span = {"from": "2026-09-28T00:00:00Z", "to": "2026-10-13T16:00:00Z"}
    async with clients.of("owner") as http:
        for calendar, hours in ((None, None), ({"weekdays": {"monday": []}}, 0.0), (QUARRY["working_calendar"], 16.0)):
            site = await made(http, name=f"hours of {hours}", working_calendar=calendar)
            found = (await http.get(f"/api/v1/sites/{site['id']}/working-hours", params=span)).json()
            assert (found["hours"], found["stretches"] == []) == (hours, not hours), calendar


async def test_a_site_with_a_machine_on_it_stays(clients, world):
    async with clients.of("owner") as http:
        site = await made(http, name="in use")
        world.conn.execute(
            "UPDATE machine SET site_id = (SELECT site_id FROM site WHERE name = 'in use') WHERE name = 'digger'"
        )
        answer = await http.delete(f"/api/v1/sites/{site['id']}", headers={"if-match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
