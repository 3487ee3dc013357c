"""Every wrong cell of a line is named, with its column and reason in both languages; what follows from it is not."""

import json

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(http, noun: str, content: str, **headers: str) -> dict:
    kind = "application/geo+json" if content.startswith("{") else "text/csv"
    answer = await http.post(
        f"/api/v1/{noun}/import", content=content.encode(), headers={"content-type": kind, **headers}
    )
    assert answer.status_code == 422, answer.text
    return answer.json()


def named(problem: dict) -> list[tuple[str, str]]:
    return [(error["where"], error["code"]) for error in problem["errors"]]


@pytest.mark.parametrize(
    ("noun", "content", "expected"),
    [
        pytest.param(
            "organisations",
            "kind,name,language,contact_email,active,parent\nboat,,xx,nobody,perhaps,Nowhere\ncustomer,Good,,,,\n",
            ["name", "active", "parent", "kind", "language", "contact_email"],
            id="organisations",
        ),
        pytest.param(
            "people",
            "login,name,role,email,language,time_zone,active\nw x,,boss,w,fr,Mars,maybe\n",
            ["login", "active", "name", "email", "language", "time_zone", "role"],
            id="people",
        ),
        pytest.param(
            "sites",
            "name,time_zone,latitude_deg,longitude_deg,monday,holidays,organisation\nPit,Mars,north,1,8-25,soon,Nowhere\n",
            ["organisation", "latitude_deg", "monday", "time_zone", "holidays"],
            id="sites",
        ),
        pytest.param(
            "rosters",
            "roster,seat,role,weekdays,from,to,people,time_zone\nDesk,One,cook,fooday,8am,10:00,nobody,Mars\n",
            ["role", "weekdays", "people", "from", "time_zone"],
            id="rosters",
        ),
        pytest.param(
            "machines",
            "pin,name,serial_no,mode,nominal_voltage_v,model,kind,iccid,clock_offset_s,organisation\n"
            "ERR-1,x,a\tb,flying,13,No such,boat,123,late,Nowhere\n",
            ["organisation", "nominal_voltage_v", "kind", "model", "serial_no", "mode", "clock_offset_s", "iccid"],
            id="machines",
        ),
        pytest.param(
            "terminals",
            "name,coordinate_system,clock_offset_s,iccid,organisation\na b,mars,late,123,Nowhere\n",
            ["organisation", "clock_offset_s", "name", "coordinate_system", "iccid"],
            id="terminals",
        ),
        pytest.param(
            "transfers", "pin,to_organisation,at\nNONE,Nowhere,soon\n", ["pin", "at", "to_organisation"], id="transfers"
        ),
    ],
)
async def test_every_wrong_cell_of_a_line_is_named(clients, noun, content, expected):
    async with clients.of("dealer") as http:
        problem = await refused(http, noun, content)
    assert sorted(where for where, _ in named(problem)) == sorted(f"line 2, {column}" for column in expected), problem
    assert all(error["code"] and error["message"] for error in problem["errors"])


async def test_every_line_is_looked_at_and_the_right_ones_give_no_error_of_their_own(clients):
    text = "kind,name,parent,language\ndealer,Up,,xx\ncustomer,Down,Up,\ncustomer,Sub,Down,\nx\ncustomer,Also,Up,yy\n"
    async with clients.of("dealer") as http:
        english = await refused(http, "organisations", text)
        chinese = await refused(http, "organisations", text, **{"accept-language": "zh"})
        listed = (await http.get("/api/v1/organisations?q=Up")).json()["items"]
    assert named(english) == [
        ("line 2, language", "choice_unknown"),
        ("line 4, parent", "organisation_misplaced"),
        ("line 5", "import_line_uneven"),
        ("line 6, language", "choice_unknown"),
    ]
    assert "4 of 5 entries" in english["detail"]
    assert named(chinese) == named(english)
    assert "5 条中有 4 条" in chinese["detail"]
    assert chinese["errors"][2]["message"] == "有 1 格，而表头有 4 列。"
    assert listed == []


async def test_what_the_database_refuses_is_named_with_its_column_and_ends_nothing(clients):
    lines = ["TWO-1,x,SN-crane,", "TWO-2,x,,EQ-crane", "TWO-3,x,,", "PIN-crane,x,,", "TWO-4,x,S,", "TWO-5,x,S,"]
    text = "\n".join(["pin,name,serial_no,equipment_id", *lines])
    async with clients.of("dealer") as http:
        problem = await refused(http, "machines", text)
        assert (await http.get("/api/v1/machines/pin:TWO-3")).status_code == 404
    wrong = ["line 2, serial_no", "line 3, equipment_id", "line 5, pin", "line 7, serial_no"]
    assert [where for where, _ in named(problem)] == wrong


async def test_every_wrong_property_of_a_feature_is_named(clients):
    broken = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}
    properties = {"name": "", "purpose": "picnic", "buffer_m": -1, "valid_from": "soon", "site": "Nowhere"}
    good = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [1, 2]},
        "properties": {"name": "x", "radius_m": 5},
    }
    collection = {"type": "FeatureCollection", "features": [good, {"type": "Feature"}]}
    collection["features"].append({"type": "Feature", "geometry": broken, "properties": properties})
    async with clients.of("dealer") as http:
        problem = await refused(http, "geofences", json.dumps(collection))
    assert sorted(where for where, _ in named(problem)) == [
        "feature 2",
        "feature 3, buffer_m",
        "feature 3, geometry",
        "feature 3, name",
        "feature 3, purpose",
        "feature 3, site",
        "feature 3, valid_from",
    ]


async def test_a_roster_without_roles_is_taken_and_keeps_those_it_has(clients):
    async with clients.of("dealer") as http:
        for text, role in (
            ("roster,seat,weekdays,from,to\nNo roles,One,mon-fri,08:00,16:00\n", "dealer"),
            ("roster,seat,role\nNo roles,One,service_engineer\n", "service_engineer"),
            ("roster,seat,weekdays,from,to\nNo roles,One,mon-fri,08:00,16:00\n", "service_engineer"),
        ):
            answer = await http.post(
                "/api/v1/rosters/import", content=text.encode(), headers={"content-type": "text/csv"}
            )
            assert answer.status_code == 200, answer.text
            (roster,) = (await http.get("/api/v1/rosters?q=No roles")).json()["items"]
            assert [seat["role"] for seat in roster["seats"]] == [role]
