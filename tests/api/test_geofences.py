import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
YARD = [[121.40, 31.20], [121.42, 31.20], [121.42, 31.22], [121.40, 31.22], [121.40, 31.20]]
FENCE = {"name": "Yard", "purpose": "site", "geometry": {"type": "Polygon", "coordinates": [YARD]}, "buffer_m": 10}
GEOJSON = {"content-type": "application/geo+json"}


async def made(http, name, **members):
    answer = await http.post("/api/v1/geofences", json=FENCE | {"name": name} | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(http, fence, **members):
    tag = {"if-match": f'"{fence["version"]}"'}
    return await http.patch(f"/api/v1/geofences/{fence['id']}", json=members, headers=tag)


async def test_a_fence_of_a_site_is_the_sites_organisations(clients):
    async with clients.of("owner") as http:
        site = (await http.post("/api/v1/sites", json={"name": "Quarry", "time_zone": "Asia/Shanghai"})).json()
    async with clients.of("dealer") as http:
        fence = await made(http, "fence", site_id=site["id"], valid_from="2026-01-01T00:00:00+08:00")
        assert (fence["organisation_name"], fence["site_name"]) == ("North", "Quarry")
        assert fence["valid_from"] == "2025-12-31T16:00:00Z"
        of_site = {"site": site["id"]}
        for at, count in (("2025-12-31T15:59:00Z", 0), ("2026-01-01T00:00:00Z", 1)):
            listed = (await http.get("/api/v1/geofences", params=of_site | {"valid_at": at})).json()["items"]
            assert len(listed) == count
    async with clients.of("owner") as http:
        assert (await http.get("/api/v1/geofences", params={"purpose": "site", "q": "FENCE"})).json()["items"] == [
            fence
        ]
        blocked = await http.delete(f"/api/v1/sites/{site['id']}", headers={"if-match": '"1"'})
        assert (blocked.status_code, blocked.json()["code"]) == (409, "conflict")


async def test_a_fence_is_changed_to_another_shape_and_deleted(clients):
    async with clients.of("owner") as http:
        fence = await made(http, "shapes")
        circle = {"type": "Point", "coordinates": [121.41, 31.21]}
        assert (await change(http, fence, geometry=circle)).status_code == 422  # no radius
        changed = (await change(http, fence, geometry=circle, radius_m=500)).json()
        assert (changed["geometry"]["type"], changed["radius_m"], changed["version"]) == ("Point", 500.0, 2)
        line = {"type": "LineString", "coordinates": [[121.4, 31.2], [121.5, 31.3]]}
        changed = (await change(http, changed, geometry=line, width_m=30, purpose="route")).json()
        assert (changed["radius_m"], changed["width_m"], changed["purpose"]) == (None, 30.0, "route")
        assert (await change(http, fence, name="stale")).status_code == 412
        path = f"/api/v1/geofences/{fence['id']}"
        assert (await http.delete(path, headers={"if-match": '"3"'})).status_code == 204
        assert (await http.get(path)).status_code == 404
        actions = [e["action"] for e in (await http.get(f"{path}/changes")).json()["items"]]
        assert actions == ["delete", "update", "update", "create"]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param(
            {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}},
            "self-intersection at longitude 0.5, latitude 0.5",
            id="self-intersection with its place",
        ),
        pytest.param(
            {"geometry": {"type": "Polygon", "coordinates": [YARD[:4]]}}, "Ring 1 is not closed", id="open ring"
        ),
        pytest.param({"geometry": {"type": "MultiPoint", "coordinates": []}}, "", id="another kind"),
        pytest.param({"radius_m": 5}, "does not belong", id="a polygon with a radius"),
        pytest.param(
            {"valid_from": "2026-01-02T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}, "after", id="backwards"
        ),
        pytest.param({"valid_from": "0001-01-01T00:00:00+14:00"}, "1970", id="before time"),
        pytest.param({"purpose": "art"}, "", id="no purpose"),
    ],
)
async def test_what_is_no_fence_is_refused(clients, members, words):
    async with clients.of("owner") as http:
        answer = await http.post("/api/v1/geofences", json=FENCE | members)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert words in answer.text


async def test_another_tenants_fence_is_not_there(clients):
    async with clients.of("owner") as http:
        fence = await made(http, "ours")
        site = (await http.post("/api/v1/sites", json={"name": "Ours", "time_zone": "UTC"})).json()
    path = f"/api/v1/geofences/{fence['id']}"
    async with clients.of("stranger") as http:
        for answer in (
            await http.get(path),
            await http.get(f"{path}/changes"),
            await change(http, fence, name="theirs"),
            await http.delete(path, headers={"if-match": '"1"'}),
            await http.post("/api/v1/geofences", json=FENCE | {"site_id": site["id"]}),
            await http.post("/api/v1/geofences", json=FENCE | {"organisation_id": fence["organisation_id"]}),
        ):
            assert answer.status_code == 404
        assert (await http.get("/api/v1/geofences")).json()["items"] == []
    async with clients.of("auditor") as http:
        assert (await change(http, fence, name="x")).status_code == 403
        assert (await http.post("/api/v1/geofences/import", json={}, headers=GEOJSON)).status_code == 403


async def test_what_a_list_gives_as_geojson_is_imported_without_change(clients):
    async with clients.of("stranger") as http:
        site = (await http.post("/api/v1/sites", json={"name": "Pit", "time_zone": "UTC"})).json()
        clockwise = {"type": "Polygon", "coordinates": [YARD[::-1]]}
        await made(http, "a", geometry=clockwise, site_id=site["id"], valid_to="2030-01-01T00:00:00Z")
        await made(http, "b", geometry={"type": "Point", "coordinates": [1, 2, 30]}, radius_m=50)
        answer = await http.get("/api/v1/geofences", headers={"accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        collection = answer.json()
        assert [f["properties"]["name"] for f in collection["features"]] == ["a", "b"]
        assert collection["features"][0]["geometry"]["coordinates"][0][1] == [121.42, 31.20]  # counter-clockwise
        assert collection["features"][1]["geometry"]["coordinates"] == [1.0, 2.0]
        one = collection["features"][0]
        single = await http.get(f"/api/v1/geofences/{one['id']}", headers={"accept": "application/geo+json"})
        assert (single.json(), single.headers["etag"][:3]) == (one, '"1-')
        again = await http.post("/api/v1/geofences/import", json=collection, headers=GEOJSON)
        unchanged = {"dry_run": False, "entries": 2, "created": 0, "updated": 0, "unchanged": 2, "made": []}
        assert again.json() == unchanged
        one["properties"]["buffer_m"] = 25
        collection["features"].append({**one, "properties": {"name": "c", "stroke": "red"}})
        dry = await http.post("/api/v1/geofences/import?dry_run=true", json=collection, headers=GEOJSON)
        done = await http.post("/api/v1/geofences/import", json=collection, headers=GEOJSON)
        assert dry.json() | {"dry_run": False} == done.json()
        assert (done.json()["created"], done.json()["updated"]) == (1, 1)


@pytest.mark.parametrize(
    ("feature", "where", "words"),
    [
        pytest.param(
            {"geometry": {"type": "Point", "coordinates": [1, 2]}}, "feature 2, radius_m", "missing", id="radius"
        ),
        pytest.param(
            {"properties": {"name": "x", "radius_m": "5"}}, "feature 2, radius_m", "", id="a text for a number"
        ),
        pytest.param({"properties": {"name": 5}}, "feature 2, name", "no text", id="a number for a text"),
        pytest.param({"properties": {}}, "feature 2, name", "name is empty", id="no name"),
        pytest.param({"properties": {"name": "x", "site": "Nowhere"}}, "feature 2, site", "no site", id="site"),
        pytest.param({"properties": {"name": "x", "valid_to": "soon"}}, "feature 2, valid_to", "soon", id="time"),
        pytest.param(
            {"properties": {"name": "x", "organisation": "North"}}, "feature 2, organisation", "", id="foreign"
        ),
        pytest.param(
            {"geometry": {"type": "Polygon", "coordinates": [[[179, 0], [-179, 0], [-179, 1], [179, 0]]]}},
            "feature 2, geometry",
            "180th meridian",
            id="antimeridian",
        ),
        pytest.param(
            {"geometry": {"type": "Polygon", "coordinates": [[[10**400, 0]] * 4]}},
            "feature 2, geometry",
            "",
            id="endless",
        ),
    ],
)
async def test_one_wrong_feature_imports_nothing_and_is_named(clients, feature, where, words):
    good = {"type": "Feature", "geometry": FENCE["geometry"], "properties": {"name": "never"}}
    collection = {"type": "FeatureCollection", "features": [good, good | {"properties": {"name": "x"}} | feature]}
    async with clients.of("stranger") as http:
        answer = await http.post("/api/v1/geofences/import", json=collection, headers=GEOJSON)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["where"] == where
        assert words in answer.json()["errors"][0]["message"]
        assert (await http.get("/api/v1/geofences?q=never")).json()["items"] == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"type": "FeatureCollection"}', '{"type": "Feature", "geometry": 5}', "[" * 100_000]
)
async def test_what_is_no_geojson_is_refused(clients, content):
    async with clients.of("stranger") as http:
        answer = await http.post("/api/v1/geofences/import", content=content, headers=GEOJSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_whether_a_place_is_on_its_site_is_asked_of_the_sites_own_fences(clients, world, api_database):
    from datetime import UTC, datetime

    import psycopg

    from storage.sight import Scope
    from usecases.edit_geofences import is_on_site

    async with clients.of("stranger") as http:
        site = (await http.post("/api/v1/sites", json={"name": "Asked", "time_zone": "UTC"})).json()
        number = world.conn.execute("SELECT site_id FROM site WHERE name = 'Asked'").fetchone()[0]
        everything = Scope(organisation_id=world.organisations["platform"], sees_all=True)

        async def asked(latitude, longitude):
            async with await psycopg.AsyncConnection.connect(api_database.owner_url) as conn:
                place = {"latitude_deg": latitude, "longitude_deg": longitude, "at": datetime(2026, 6, 1, tzinfo=UTC)}
                return await is_on_site(conn, everything, number, **place)

        await made(http, "parking", site_id=site["id"], purpose="parking")
        assert await asked(31.21, 121.41) is None
        await made(http, "fence", site_id=site["id"], valid_to="2026-05-31T00:00:00Z")
        assert await asked(31.21, 121.41) is None
        await made(http, "fence now", site_id=site["id"])
        assert [await asked(31.21, 121.41), await asked(31.19995, 121.41), await asked(31.19, 121.41)] == [
            True,
            True,  # within its buffer of 10 m
            False,
        ]
