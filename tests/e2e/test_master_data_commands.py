import json

import psycopg
import pytest

from tests.e2e.stack import run_ecc


@pytest.fixture
def ecc(database, tmp_path):
    environment = {
        "ECC_DATABASE_URL": database.owner_url,
        "ECC_MQTT_URL": "mqtt://127.0.0.1:1",
        "ECC_DATA_DIR": str(tmp_path),
    }

    def run(*arguments: str, code: int = 0):
        done = run_ecc(environment, *arguments)
        assert done.returncode == code, done
        return done

    return run


def test_organisations_people_sites_and_rosters_are_kept_from_the_command_line(ecc, database, tmp_path):
    east = json.loads(ecc("organisations", "add", "kind=dealer", "name=East", "external_no=D-1").stdout)
    north = json.loads(ecc("organisations", "add", "kind=customer", "name=North", "parent=D-1").stdout)
    assert north["parent_id"] == east["id"]
    changed = json.loads(ecc("organisations", "change", "North", "contact_name=Wang", "parent=").stdout)
    assert (changed["contact_name"], changed["parent_id"], changed["version"]) == ("Wang", None, 2)

    ecc("people", "add", "login=wang", "name=Wang Li", "role=dealer", "organisation=East")
    assert json.loads(ecc("people", "change", "wang", "active=false").stdout)["active"] is False
    assert "roles" not in ecc("people", "add", "login=x", "name=X", "role=expert", "organisation=East", code=2).stdout

    calendar = tmp_path / "calendar.json"
    calendar.write_text('{"weekdays": {"monday": [{"from": "08:00", "to": "12:00"}]}}')
    site = json.loads(
        ecc(
            "sites", "add", "name=Pit", "time_zone=Asia/Shanghai", "organisation=North", f"working_calendar=@{calendar}"
        ).stdout
    )
    assert site["working_calendar"]["weekdays"]["monday"] == [{"from": "08:00", "to": "12:00"}]
    assert json.loads(ecc("sites", "show", "Pit").stdout) == site
    listed = ecc("sites", "list").stdout.splitlines()
    assert listed[0].split()[:2] == ["id", "name"]
    assert "North" in listed[1]

    ecc("people", "change", "wang", "active=true")
    rosters = tmp_path / "rosters.csv"
    rosters.write_text(
        "roster,organisation,seat,role,weekdays,from,to,people\nDesk,East,One,expert,mon-sun,00:00,24:00,wang\n"
    )
    assert ecc("rosters", "import", str(rosters)).stdout == "1 created, 0 updated, 0 unchanged.\n"
    duty = json.loads(ecc("rosters", "on-duty", "Desk", "--at", "2026-11-21T10:00:00+08:00").stdout)
    assert [p["login"] for p in duty["seats"][0]["now"]["people"]] == ["wang"]
    ecc("rosters", "delete", "Desk")
    assert "called 'Desk'" in ecc("rosters", "show", "Desk", code=2).stderr

    with psycopg.connect(database.owner_url) as conn:
        actors = conn.execute("SELECT DISTINCT actor_kind, actor_name FROM audit WHERE entity <> 'signal'").fetchall()
    assert [kind for kind, _ in actors] == ["system"]
    assert "@" in actors[0][1]


def test_what_is_wrong_with_a_command_is_said_in_a_sentence(ecc, tmp_path):
    assert "colour=red" in ecc("sites", "add", "colour=red", code=2).stderr
    assert "IANA" in ecc("sites", "add", "name=x", "time_zone=Mars", code=2).stderr
    assert "takes a number" in ecc("sites", "add", "name=x", "time_zone=UTC", "latitude_deg=north", code=2).stderr
    assert "cannot be changed" in ecc("people", "change", "x", "login=y", code=2).stderr
    table = tmp_path / "sites.csv"
    table.write_text("name,time_zone\na,UTC\nb,Mars\n")
    done = ecc("sites", "import", str(table), code=1)
    assert f"{table}: line 3, time_zone: " in done.stdout
    assert "Nothing was imported: 1 of 2 entries are wrong." in done.stdout
    assert ecc("sites", "list").stdout.splitlines()[1:] == []
    table.write_text("name,time_zone\na,UTC\n")
    assert ecc("sites", "import", "--dry-run", str(table)).stdout == (
        "1 created, 0 updated, 0 unchanged; nothing was written (dry run).\n"
    )
    fences = tmp_path / "fences.geojson"
    point = {"type": "Point", "coordinates": [121.4, 31.2]}
    features = [{"type": "Feature", "geometry": point, "properties": {"name": "c", "radius_m": 50}}]
    fences.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert ecc("geofences", "import", str(fences)).stdout == "1 created, 0 updated, 0 unchanged.\n"
