"""A fleet comes in from CSV: every line is checked, all of it is imported or none."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fleet.errors import InvalidInput
from storage.fleet_write import Organisation, list_organisations, upsert_organisation
from storage.pool import Connection, connect
from tests.conftest import Database
from tests.e2e.stack import run_ecc
from usecases.import_fleet import ImportReport, import_fleet

NEW: dict[str, str | None] = {"North": None, "South": None}
HEADER = "pin,name,model,kind,maker,serial_no,equipment_id,nominal_voltage_v,organisation,terminal,site,time_zone"
RIGHT = f"""{HEADER}
PIN-1,Digger 1,D-1,excavator,ACME,S-1,EQ-1,24,North,TERM-1,Quarry,Asia/Shanghai
PIN-2,挖掘机二号,D-1,excavator,,,,,North,,Quarry,Asia/Shanghai
PIN-3,"Roller, small",R-9,roller,,,,12,South,,,
"""


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with connect(database.owner_url, application="test") as owner:
        owner.autocommit = True
        yield owner


def imported(conn: Connection, text: str, *, dry_run: bool = False, create: bool = True) -> ImportReport:
    return import_fleet(conn, text.splitlines(keepends=True), dry_run=dry_run, create_organisations=create)


def complaints(report: ImportReport) -> list[tuple[int, str]]:
    return [(error.line, error.text) for error in report.errors]


def counts(conn: Connection) -> tuple[int, int, int]:
    """Machines, terminals, configuration epoch."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM machine), (SELECT count(*) FROM terminal), (SELECT epoch FROM config_epoch)"
    ).fetchone()
    assert row is not None
    return row


def test_every_machine_gets_its_model_owner_and_terminal(conn: Connection) -> None:
    before = counts(conn)
    assert imported(conn, RIGHT) == ImportReport(imported=3, valid=3, created=NEW)
    assert counts(conn) == (3, 3, before[2] + 1)
    rows = conn.execute(
        """SELECT m.pin, m.name, d.name, d.kind, coalesce(m.nominal_voltage_v, d.nominal_voltage_v), o.name, t.name,
               isfinite(i.from_at), isfinite(i.to_at), s.name, s.time_zone
           FROM machine m JOIN machine_model d USING (model_id) JOIN ownership USING (machine_id)
           JOIN organisation o ON o.organisation_id = ownership.organisation_id
           JOIN installation i USING (machine_id) JOIN terminal t USING (terminal_id)
           LEFT JOIN site s USING (site_id) ORDER BY 1"""
    ).fetchall()
    always = (False, False)
    assert rows == [
        ("PIN-1", "Digger 1", "D-1", "excavator", 24, "North", "TERM-1", *always, "Quarry", "Asia/Shanghai"),
        ("PIN-2", "挖掘机二号", "D-1", "excavator", 24, "North", "PIN-2", *always, "Quarry", "Asia/Shanghai"),
        ("PIN-3", "Roller, small", "R-9", "roller", 12, "South", "PIN-3", *always, None, None),
    ]


def test_a_dry_run_checks_the_same_and_writes_nothing(conn: Connection) -> None:
    before = counts(conn)
    assert imported(conn, RIGHT, dry_run=True) == ImportReport(imported=0, valid=3, created=NEW)
    assert counts(conn) == before


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (",n,m,excavator,,,,,,,,", "pin is empty"),
        ("P,n,m,boat,,,,,,,,", "kind 'boat' is not one of excavator"),
        ("P,n,m,excavator,,,,48,,,,", "nominal_voltage_v '48' is neither 12 nor 24"),
        ("P,n,m,excavator,,,,,,a b,,", "terminal 'a b' may hold only letters"),
        ("P Q,n,m,excavator,,,,,,,,", "terminal 'P Q' may hold only letters"),
        ("P,n,m,excavator,,,,,,,,Mars/Base", "time_zone 'Mars/Base' is no IANA time zone"),
        ("P,n,m,excavator,,,,,,,,,more", "more cells than the header has columns"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(conn: Connection, line: str, text: str) -> None:
    before = counts(conn)
    report = imported(conn, RIGHT + line + "\n")
    assert [(at, found.startswith(text)) for at, found in complaints(report)] == [(5, True)], complaints(report)
    assert (report.imported, report.valid) == (0, 3)
    assert counts(conn) == before


def test_all_wrong_lines_are_named_at_once(conn: Connection) -> None:
    report = imported(conn, f"{HEADER}\n,n,m,excavator,,,,,,,,\nP,,m,boat,,,,13,,,,\n")
    assert [line for line, _ in complaints(report)] == [2, 3, 3, 3]


def test_a_name_may_stand_once_in_the_file_and_once_in_the_platform(conn: Connection) -> None:
    twice = imported(conn, f"{HEADER}\nA,n,m,roller,,S,,,,,,\nA,n,m,roller,,S,,,,B,,\nC,n,m,roller,,,,,,B,,\n")
    assert {(line, text.split(" ")[0]) for line, text in complaints(twice)} == {
        (2, "pin"), (3, "pin"), (2, "serial_no"), (3, "serial_no"), (3, "terminal"), (4, "terminal")
    }  # fmt: skip
    imported(conn, RIGHT)
    again = imported(conn, f"{HEADER}\nPIN-9,n,m,roller,,S-1,EQ-1,,,TERM-1,,\nPIN-2,n,m,roller,,,,,,T-2,,\n")
    assert complaints(again) == [
        (2, "serial_no 'S-1' is already in use"),
        (2, "equipment_id 'EQ-1' is already in use"),
        (2, "terminal 'TERM-1' is already in use"),
        (3, "pin 'PIN-2' is already in use"),
    ]


def test_a_failure_in_the_middle_leaves_nothing(conn: Connection) -> None:
    before = counts(conn)
    conn.execute("ALTER TABLE machine ADD CONSTRAINT no_rollers CHECK (pin <> 'PIN-3')")
    with pytest.raises(psycopg.errors.CheckViolation):
        imported(conn, RIGHT)
    assert counts(conn) == before


OWNERS = "pin,name,model,kind,organisation,parent_organisation"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_mistyped_organisation_is_an_error_that_names_near_ones(conn: Connection, dry_run: bool) -> None:
    upsert_organisation(conn, "Beishan Earthworks", "customer")
    text = f"{OWNERS}\nP,n,m,tractor,beishan Earthwork,\nQ,n,m,roller,Beishan Earthworks,\nR,n,m,roller,Zzz,\n"
    report = imported(conn, text, dry_run=dry_run, create=False)
    assert complaints(report) == [
        (
            2,
            "beishan Earthwork: no organisation of that name; did you mean Beishan Earthworks? "
            "Otherwise create it with --create-organisations",
        ),
        (4, "Zzz: no organisation of that name; create it with --create-organisations"),
    ]
    assert (report.valid, set(list_organisations(conn)), counts(conn)[0]) == (1, {"ECC", "Beishan Earthworks"}, 0)


def test_a_new_organisation_is_under_its_parent_and_said(conn: Connection) -> None:
    upsert_organisation(conn, "Trading", "dealer")
    text = f"{OWNERS}\nP,n,m,tractor,North,Trading\nQ,n,m,roller,North,\nR,n,m,roller,South,\n"
    created = {"North": "Trading", "South": None}
    assert imported(conn, text, dry_run=True) == ImportReport(imported=0, valid=3, created=created)
    assert imported(conn, text) == ImportReport(imported=3, valid=3, created=created)
    assert {name: one for name, one in list_organisations(conn).items() if name != "ECC"} == {
        "Trading": Organisation("dealer", None),
        "North": Organisation("customer", "Trading"),
        "South": Organisation("customer", None),
    }


def test_a_parent_that_cannot_be_one_is_an_error(conn: Connection) -> None:
    upsert_organisation(conn, "Trading", "dealer")
    upsert_organisation(conn, "North", "customer", "Trading")
    lines = [
        "A,n,m,roller,North,Elsewhere",
        "B,n,m,roller,New,Tradin",
        "C,n,m,roller,New,North",
        "D,n,m,roller,,Trading",
    ]
    report = imported(conn, "\n".join([OWNERS, *lines]))
    assert [text for _, text in complaints(report)] == [
        "North is under Trading, not under Elsewhere",
        "Tradin: no organisation of that name; did you mean Trading? Otherwise "
        "a parent_organisation must be there already",
        "North is neither a maker nor a dealer: nothing can be under it",
        "parent_organisation without an organisation",
    ]


@pytest.mark.parametrize("header", ["pin,name,model", "pin,name,model,kind,colour", ""])
def test_a_wrong_header_is_refused_in_words(conn: Connection, header: str) -> None:
    with pytest.raises(InvalidInput, match=r"line 1: (the header lacks|unknown columns)"):
        imported(conn, f"{header}\nx,y,z,roller\n")


def test_the_command_names_file_and_line(database: Database, servers, tmp_path: Path) -> None:
    environment = {"ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url}
    file = tmp_path / "machines.csv"
    file.write_text("\ufeff" + RIGHT + "P,n,m,boat,,,,,,,,\n", encoding="utf-8")
    wrong = run_ecc(environment, "fleet", "import", str(file), "--create-organisations")
    assert wrong.returncode == 1
    assert f"{file}:5: kind 'boat' is not one of" in wrong.stdout
    assert "Nothing was imported: 1 errors; 3 lines are right." in wrong.stdout
    file.write_text(RIGHT, encoding="utf-8")
    assert (
        "3 machines are right; nothing was written"
        in run_ecc(environment, "fleet", "import", str(file), "--dry-run", "--create-organisations").stdout
    )
    typed = run_ecc(environment, "fleet", "import", str(file))
    assert (typed.returncode, f"{file}:2: North: no organisation of that name; create it with" in typed.stdout) == (
        1,
        True,
    )
    done = run_ecc(environment, "fleet", "import", str(file), "--create-organisations").stdout
    assert "New organisation North, at the root: no maker or dealer sees its machines.\n" in done
    assert "3 machines imported." in done
    file.write_bytes(b"pin,name,model,kind\nP\xe9,n,m,roller\n")
    latin = run_ecc(environment, "fleet", "import", str(file))
    assert (latin.returncode, "UTF-8" in latin.stdout + latin.stderr) == (2, True)
    file.write_bytes(b"pin,name,model,kind\nP,n\x00,m,roller\n")
    nul = run_ecc(environment, "fleet", "import", str(file))
    assert (nul.returncode, f"{file}:2: name holds a NUL" in nul.stdout) == (1, True)
