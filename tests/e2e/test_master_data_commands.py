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


def test_imports_are_made_in_the_name_of_an_organisation(ecc, database, tmp_path):
    ecc("organisations", "add", "kind=dealer", "name=East Machinery", "external_no=D-1")
    ecc("organisations", "add", "kind=customer", "name=North", "parent=D-1")
    ecc("organisations", "add", "kind=customer", "name=South")
    ecc("models", "add", "name=SY215C", "kind=excavator")
    file = tmp_path / "file.csv"

    def imported(noun: str, text: str, *options: str, code: int = 0) -> str:
        file.write_text(text)
        done = ecc(*noun.split(), str(file), *options, code=code)
        return done.stdout + done.stderr

    under = ("--organisation", "East Machinery")
    imported("organisations import", "kind,name\ncustomer,West\n", *under)
    imported("people import", "login,name,role\nwang,Wang,dealer\n", *under)
    imported("sites import", "name,time_zone,organisation\nPit,UTC,North\nYard,UTC,\n", *under)
    machines = "pin,name,equipment_id,model,site,organisation\nP-1,One,三一 SY215C 12号,SY215C,Yard,\nP-2,Two,,,,West\n"
    imported("machines import", machines, *under)
    imported("terminals import", "name\nSPARE\n", *under)
    with psycopg.connect(database.owner_url) as conn:
        rows = conn.execute(
            """SELECT 'organisation', o.name, p.name FROM organisation o JOIN organisation p
                   ON p.organisation_id = o.parent_id WHERE o.name = 'West'
               UNION ALL SELECT 'person', u.login, o.name FROM app_user u JOIN organisation o USING (organisation_id)
               UNION ALL SELECT 'site', s.name, o.name FROM site s JOIN organisation o USING (organisation_id)
               UNION ALL SELECT 'terminal', t.name, o.name FROM terminal t JOIN organisation o USING (organisation_id)
               UNION ALL SELECT 'machine', m.pin, o.name FROM machine m JOIN ownership USING (machine_id)
                   JOIN organisation o USING (organisation_id)"""
        ).fetchall()
        found = conn.execute("SELECT pin FROM machine WHERE equipment_id = '三一 SY215C 12号'").fetchall()
    assert sorted(rows) == [
        ("machine", "P-1", "East Machinery"),
        ("machine", "P-2", "West"),
        ("organisation", "West", "East Machinery"),
        ("person", "wang", "East Machinery"),
        ("site", "Pit", "North"),
        ("site", "Yard", "East Machinery"),
        ("terminal", "P-1", "East Machinery"),
        ("terminal", "P-2", "West"),
        ("terminal", "SPARE", "East Machinery"),
    ]
    assert found == [("P-1",)]
    foreign = imported("sites import", "name,time_zone,organisation\nx,UTC,South\n", *under, code=1)
    assert "line 2, organisation: 'South': no organisation of that name" in foreign
    near = imported("fleet import", machines, "--organisation", "East Machine", code=2)
    assert "did you mean East Machinery" in near
    sold = "pin,to_organisation,at\nP-2,North,2026-01-01T00:00:00Z\n"
    assert "1 recorded" in imported("machines import-transfers", sold, *under)


def test_kinds_software_and_company_logins_are_kept_from_the_command_line(ecc):
    kind = json.loads(ecc("models", "kinds", "add", "code=screener", "zh=筛分机", "en=Screener").stdout)
    assert json.loads(ecc("models", "kinds", "change", "screener", "en=Screen").stdout)["en"] == "Screen"
    assert "screener" in ecc("models", "kinds", "list").stdout
    assert json.loads(ecc("models", "kinds", "show", kind["id"]).stdout)["version"] == 2
    ecc("models", "kinds", "delete", "screener")
    assert "`ecc models kinds list`" in ecc("models", "kinds", "show", "screener", code=2).stderr
    release = ("controller=engine", "release=V2.4.1", "released_at=2026-01-01T00:00:00Z", "note=first")
    assert json.loads(ecc("models", "software", "add", *release).stdout)["released_at"] == "2026-01-01T00:00:00Z"
    assert json.loads(ecc("models", "software", "change", "V2.4.1", "note=").stdout)["note"] is None
    assert "V2.4.1" in ecc("models", "software", "list").stdout
    ecc("models", "software", "delete", "V2.4.1")

    ecc("organisations", "add", "kind=customer", "name=North")
    login = [
        "name=North SSO",
        "issuer=https://login.example.com",
        "client_id=ecc",
        "secret_reference=env:OIDC_SECRET_NORTH",
        'domains=["north.example"]',
    ]
    assert "organisation=" in ecc("company-logins", "add", *login, code=2).stderr
    made = json.loads(ecc("company-logins", "add", *login, "organisation=North").stdout)
    assert made["organisation_name"] == "North"
    assert "North SSO" in ecc("company-logins", "list").stdout
    assert json.loads(ecc("company-logins", "change", "North SSO", "client_id=other").stdout)["client_id"] == "other"
    refused = ecc("company-logins", "change", "North SSO", "secret_reference=s3cret-value", code=2)
    assert "s3cret-value" not in refused.stdout + refused.stderr
    ecc("company-logins", "delete", "North SSO")
    assert "North SSO" not in ecc("company-logins", "list").stdout
