"""Every wrong cell of a line is named, with its column and reason in both languages; what follows from it is not."""

import json
from collections.abc import Mapping

import pytest

from tests.api.wrong_cells import FEATURES, WRONG
from usecases import (
    import_geofences,
    import_machines,
    import_models,
    import_organisations,
    import_people,
    import_rosters,
    import_sites,
    import_terminals,
    import_transfers,
)

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


async def test_what_the_database_refuses_is_named_with_its_column_and_ends_nothing(clients, world):
    world.machine("dealt", owner="dealer")
    lines = ["TWO-1,x,SN-crane,", "TWO-2,x,,EQ-dealt", "TWO-3,x,,EQ-crane", "PIN-crane,x,,", "TWO-4,x,S,", "TWO-5,x,S,"]
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


@pytest.fixture(scope="module", autouse=True)
def _lead(world):
    organisation = world.organisations["platform"]
    world.person("lead", organisation, "lead")


@pytest.mark.parametrize(("noun", "login", "cells", "not_named"), WRONG)
async def test_all_cells_of_a_line_are_wrong_and_each_is_named(
    clients, noun, login, cells: Mapping[str, str], not_named
):
    text = f"{','.join(cells)}\n{','.join(cells.values())}\n"
    async with clients.of(login) as http:
        problem = await refused(http, noun, text)
    assert sorted(where for where, _ in named(problem)) == sorted(f"line 2, {name}" for name in {*cells} - not_named)


@pytest.mark.parametrize(("noun", "geometry", "properties", "missing"), FEATURES)
async def test_all_properties_of_a_feature_are_wrong_and_each_is_named(clients, noun, geometry, properties, missing):
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    async with clients.of("dealer") as http:
        problem = await refused(http, noun, json.dumps(feature))
    expected = sorted(f"feature 1, {name}" for name in {*properties, "geometry", *missing})
    assert sorted(where for where, _ in named(problem)) == expected


async def test_no_column_is_left_out_above():
    modules = [import_organisations, import_people, import_rosters, import_models, import_terminals, import_transfers]
    modules += [import_machines, import_sites]
    told: dict[str, set[str]] = {}
    for noun, _, cells, not_named in WRONG:
        told.setdefault(noun, set()).update({*cells} - not_named)
    for module in modules:
        noun = module.__name__.rpartition("import_")[2]
        known = {*module.REQUIRED, *module.OPTIONAL}
        assert told[noun] == known, noun
    properties = {name for noun, _, found, _ in FEATURES for name in found if noun == "geofences"}
    assert properties == {*import_geofences.PROPERTIES}


async def test_a_sim_card_without_its_iccid_is_refused_and_not_lost(clients):
    async with clients.of("dealer") as http:
        for text, expected in (
            ("name,imsi,msisdn,sim_operator\nSIM-T1,460001234567890,13800000000,中国移动\n", ["iccid"]),
            ("name,sim_valid_to\nSIM-T1,2026-02-30\n", ["iccid", "sim_valid_to"]),
            ("name,iccid,sim_status\nSIM-T1,,active\n", ["iccid"]),
        ):
            problem = await refused(http, "terminals", text)
            assert [where for where, _ in named(problem)] == [f"line 2, {name}" for name in expected]
            assert problem["errors"][0]["message"].startswith("missing: ")
        problem = await refused(http, "machines", "pin,name,imsi\nSIM-M1,x,460001234567890\n")
        assert [where for where, _ in named(problem)] == ["line 2, iccid"]


async def test_what_is_said_of_the_terminal_of_a_machine_without_one_is_refused_and_not_lost(world, clients):
    world.machine("bare", owner="north")
    async with clients.of("owner") as http:
        problem = await refused(http, "machines", "pin,hardware\nPIN-bare,TB-4G\n")
    assert named(problem) == [("line 2, terminal", "import_machine_without_terminal")]


async def test_a_property_that_there_is_not_is_refused_and_those_of_map_tools_pass(clients):
    circle = {"type": "Point", "coordinates": [1, 2]}
    properties = {"name": "禁区", "purpos": "forbidden", "bufer_m": 50, "radius_m": 100, "colour": "red"}
    async with clients.of("dealer") as http:
        wrong = json.dumps({"type": "Feature", "geometry": circle, "properties": properties})
        problem = await refused(http, "geofences", wrong)
        assert [(error["where"], error["message"].rpartition("; ")[2]) for error in problem["errors"]] == [
            ("feature 1, purpos", "did you mean purpose?"),
            ("feature 1, bufer_m", "did you mean buffer_m?"),
            ("feature 1, colour", f"known: {', '.join(import_geofences.PROPERTIES)}."),
        ]
        tools = {"id": 7, "@id": "way/1", "fid": 3, "title": "x", "description": "y", "stroke": "#f00", "fill": "#0f0"}
        tools |= {"stroke-width": 2, "stroke-opacity": 1, "fill-opacity": 0.5, "marker-color": "#00f"}
        right = {"type": "Feature", "geometry": circle, "properties": tools | {"name": "simplestyle", "radius_m": 9}}
        answer = await http.post(
            "/api/v1/geofences/import",
            content=json.dumps(right).encode(),
            headers={"content-type": "application/geo+json"},
        )
    assert (answer.status_code, answer.json()["created"]) == (200, 1), answer.text


async def test_people_of_another_organisation_are_told_on_their_own_lines(clients):
    """South's people are not to be seen by the dealer; those of the platform see both."""
    text = (
        "roster,organisation,seat,weekdays,from,to,people\nMixed,North,One,mon-fri,08:00,16:00,owner\n"
        "Mixed,North,Two,mon-fri,16:00,20:00,owner stranger\nMixed,North,Three,mon-fri,20:00,22:00,colleague\n"
        "Mixed,North,Four,sat,08:00,16:00,dealer\nMixed,North,Five,sun,08:00,16:00,owner\n"
    )
    async with clients.of("lead") as http:
        told = named(await refused(http, "rosters", text))
    assert told == [(f"line {line}, people", "person_of_another_organisation") for line in (3, 5)]


async def test_rosters_are_counted_and_not_their_lines(clients):
    text = "roster,seat,weekdays,from,to\nCounted,One,mon-fri,08:00,16:00\nCounted,Two,mon-fri,16:00,23:00\n"
    async with clients.of("dealer") as http:
        for expected in ((2, 1, 0, 0), (2, 0, 0, 1)):
            answer = await http.post(
                "/api/v1/rosters/import", content=text.encode(), headers={"content-type": "text/csv"}
            )
            report = answer.json()
            assert tuple(report[name] for name in ("entries", "created", "updated", "unchanged")) == expected
        other = await refused(http, "rosters", "roster,seat,time_zone\nZones,One,UTC\nZones,Two,Asia/Shanghai\n")
    assert named(other) == [("line 3, time_zone", "import_roster_zone_other")]


@pytest.mark.parametrize(
    ("noun", "content", "where", "said"),
    [
        ("machines", "pin;name\nA;b\n", "line 1", "“;”：请以逗号另存"),
        ("machines", "pin,name\n=cmd|calc,x\n", "line 2, pin", "=cmd|calc"),
        ("people", 'login,name,role\na,"b,c\n', "line 2", "第 2 行不是有效的 CSV：有一个引号没有闭合。"),
        ("people", 'login,name,role\na,"b"c,d\n', "line 2", "第 2 行不是有效的 CSV：带引号的格内有单个引号"),
        ("geofences", '{"type":\n "Feature",,}', "", "在第 2 行第 20 字节处"),
        ("geofences", '{"type":\n "Feat', "", "在第 2 行第 15 字节处"),
    ],
    ids=("semicolons", "pin", "open quote", "quote inside", "json", "json cut short"),
)
async def test_what_is_wrong_with_a_file_is_told_in_words_of_the_language(clients, noun, content, where, said):
    async with clients.of("dealer") as http:
        problem = await refused(http, noun, content, **{"accept-language": "zh"})
    (error,) = problem["errors"]
    assert (error["where"], said in error["message"]) == (where, True), problem
    assert "malformed" not in error["message"]


async def test_one_wrong_line_among_many_costs_no_statement_for_each_of_the_others(clients, monkeypatch):
    made: list[str] = []
    create = import_machines.edit_machines.create_machine

    async def counted(conn, author, given, **rest):
        made.append(given["pin"])
        return await create(conn, author, given, **rest)

    monkeypatch.setattr(import_machines.edit_machines, "create_machine", counted)
    text = "pin,name,mode\n" + "".join(f"MANY-{n},x,{'flying' if n == 700 else ''}\n" for n in range(1_000))
    async with clients.of("dealer") as http:
        problem = await refused(http, "machines", text)
    assert (named(problem), made) == ([("line 702, mode", "choice_unknown")], [])
