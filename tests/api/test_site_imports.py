"""Sites from CSV and GeoJSON."""

import pytest

from tests.api.test_sites import QUARRY

pytestmark = pytest.mark.asyncio(loop_scope="module")
CSV = """\
name,time_zone,organisation,address,latitude_deg,longitude_deg,monday,sunday,holidays
Import A,Asia/Shanghai,North,1 Road,31.2,121.4,08:00-12:00 13:00-17:30,,2026-10-01 2026-10-02
Import B,Europe/Berlin,,,,,22:00-06:00,22:00-06:00,
"""


async def imported(http, content, **query):
    return await http.post(
        "/api/v1/sites/import", content=content.encode(), params=query, headers={"content-type": "text/csv"}
    )


async def test_a_csv_is_imported_once_and_again_without_change(clients):
    async with clients.of("dealer") as http:
        dry = await imported(http, CSV, dry_run="true")
        counted = {"dry_run": True, "entries": 2, "created": 2, "updated": 0, "unchanged": 0, "made": []}
        assert dry.json() == counted, dry.text
        assert (await http.get("/api/v1/sites?q=Import")).json()["items"] == []
        assert (await imported(http, CSV)).json()["created"] == 2
        assert (await imported(http, CSV)).json()["unchanged"] == 2
        changed = (await imported(http, CSV.replace("1 Road", "2 Road"))).json()
        assert (changed["updated"], changed["unchanged"]) == (1, 1)
        first, second = (await http.get("/api/v1/sites?q=Import")).json()["items"]
        assert (first["organisation_name"], first["address"], first["version"]) == ("North", "2 Road", 2)
        assert [e["date"] for e in first["working_calendar"]["exceptions"]] == ["2026-10-01", "2026-10-02"]
        assert second["organisation_name"] == "Dealer"
        history = (await http.get(f"/api/v1/sites/{first['id']}/changes")).json()["items"]
        assert [(e["action"], e["after"].get("address")) for e in history] == [
            ("update", "2 Road"),
            ("create", "1 Road"),
        ]


@pytest.mark.parametrize(
    ("content", "where", "words"),
    [
        pytest.param(CSV.replace("Europe/Berlin", "Europe/Bern"), "line 3, time_zone", "Europe/Bern", id="zone"),
        pytest.param(
            CSV.replace(",North,", ",South,"), "line 2, organisation", "no organisation of that name", id="foreign"
        ),
        pytest.param(CSV.replace("31.2,", "north,"), "line 2, latitude_deg", "no number", id="number"),
        pytest.param(CSV.replace("08:00-12:00", "8-12"), "line 2, monday", "'8-12'", id="hours"),
        pytest.param(CSV + "short,UTC\n", "line 4", "2 cells; the header has 9", id="length"),
    ],
)
async def test_one_wrong_line_imports_nothing_and_is_named(clients, content, where, words):
    async with clients.of("dealer") as http:
        before = (await http.get("/api/v1/sites?limit=1000")).json()["items"]
        answer = await imported(http, content)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["where"] == where
        assert words in answer.json()["errors"][0]["message"]
        assert (await http.get("/api/v1/sites?limit=1000")).json()["items"] == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("name\nx\n", "lacks time_zone", id="column missing"),
        pytest.param("name,time_zone,colour\nx,UTC,red\n", "'colour'", id="column unknown"),
        pytest.param("name,time_zone\n" + "x,UTC\n" * 10_001, "more than 10000 lines", id="too long"),
        pytest.param('name,time_zone\n"x,UTC\n', "Line 2", id="quote without end"),
    ],
)
async def test_a_file_that_is_no_table_of_sites_is_refused(clients, content, words):
    async with clients.of("dealer") as http:
        answer = await imported(http, content)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert words in answer.json()["detail"]
        latin = await http.post(
            "/api/v1/sites/import",
            content="name,time_zone\né,UTC\n".encode("latin-1"),
            headers={"content-type": "text/csv"},
        )
        assert "not UTF-8" in latin.json()["detail"]
        other = await http.post("/api/v1/sites/import", content="x", headers={"content-type": "text/plain"})
        assert (other.status_code, other.json()["code"]) == (415, "unsupported_media_type")
        assert "text/csv, application/geo+json" in other.json()["detail"]


async def test_a_file_may_be_larger_than_other_bodies(clients):
    async with clients.of("dealer") as http:
        answer = await imported(http, "name,time_zone,address\nx,UTC," + "a" * 100_000)
        assert answer.json()["errors"][0] == {
            "where": "line 2, address",
            "code": "text_too_long",
            "message": "address has 100000 characters; 500 are the most.",
        }
        assert (await http.post("/api/v1/sites", json=QUARRY | {"address": "a" * 100_000})).status_code == 413
        assert (await imported(http, "x" * (8 * 1024 * 1024 + 1))).status_code == 413


async def test_a_map_of_sites_makes_their_fences_as_well(clients):
    ring = [[121.40, 31.20], [121.42, 31.20], [121.42, 31.22], [121.40, 31.22], [121.40, 31.20]]
    sites = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"name": "Mapped", "time_zone": "Asia/Shanghai"},
            },
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [121.5, 31.3]},
                "properties": {"name": "Pinned", "time_zone": "Asia/Shanghai"},
            },
        ],
    }
    async with clients.of("owner") as http:
        headers = {"content-type": "application/geo+json"}
        for created, unchanged in ((2, 0), (0, 2)):
            report = (await http.post("/api/v1/sites/import", json=sites, headers=headers)).json()
            assert (report["created"], report["unchanged"]) == (created, unchanged)
        mapped = (await http.get("/api/v1/sites?q=Mapped")).json()["items"][0]
        assert (mapped["latitude_deg"], mapped["longitude_deg"]) == (31.21, 121.41)
        fences = (await http.get(f"/api/v1/geofences?site={mapped['id']}")).json()["items"]
        assert [(f["name"], f["purpose"]) for f in fences] == [("Mapped", "site")]
        sites["features"][1]["properties"]["time_zone"] = "Mars"
        answer = await http.post("/api/v1/sites/import", json=sites, headers=headers)
        assert answer.json()["errors"][0]["where"] == "feature 2, time_zone"
