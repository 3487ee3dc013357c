"""Importing machines with what belongs to them: all lines or none, known machines are changed, errors by cell."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from app.cli.master_data import Operator
from fleet.errors import InvalidInput
from fleet.identifiers import luhn_digit
from fleet.signals import packaged_catalogue
from storage.audit import Actor
from storage.fleet_write import upsert_organisation
from storage.organisations import enter_platform
from storage.pool import Connection, connect
from tests.conftest import Database
from tests.e2e.stack import run_ecc
from usecases.import_entries import RefusedImport
from usecases.import_machines import Making, import_machines

HEADER = "pin,name,model,kind,maker,serial_no,equipment_id,nominal_voltage_v,organisation,terminal,site,time_zone"
RIGHT = f"""{HEADER}
PIN-1,Digger 1,D-1,excavator,ACME,S-1,EQ-1,24,North,TERM-1,Quarry,Asia/Shanghai
PIN-2,挖掘机二号,D-1,excavator,,,,,North,,Quarry,Asia/Shanghai
PIN-3,"Roller, small",R-9,roller,,,,12,South,,,
"""
ICCID = "8986001234567890123" + str(luhn_digit("8986001234567890123"))


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with connect(database.owner_url, application="test") as owner:
        owner.autocommit = True
        yield owner


def imported(
    database: Database, text: str, *, dry_run: bool = False, create: bool = True
) -> tuple[int, int, int] | list[tuple[str, str]]:
    """(created, updated, unchanged), or (where, message) of each error."""

    async def body() -> tuple[int, int, int] | list[tuple[str, str]]:
        async with await psycopg.AsyncConnection.connect(database.owner_url) as conn:
            actor = Actor(kind="system", id=None, name="test", organisation_id=None)
            author = Operator(actor, await enter_platform(conn))
            try:
                report = await import_machines(
                    conn,
                    author,
                    text.encode(),
                    catalogue=packaged_catalogue(),
                    making=Making(models=True, sites=True, organisations=create),
                    dry_run=dry_run,
                    now=datetime.now(UTC),
                )
            except RefusedImport as refused:
                return [(fault.where, str(fault.reason)) for fault in refused.faults]
            return report.created, report.updated, report.unchanged

    return asyncio.run(body())


def counts(conn: Connection) -> tuple[int, ...]:
    """Machines, terminals, organisations, sites, models, audit rows, configuration epoch."""
    tables = ("machine", "terminal", "organisation", "site", "machine_model", "audit")
    row = conn.execute(
        f"SELECT {', '.join(f'(SELECT count(*) FROM {table})' for table in tables)}, (SELECT epoch FROM config_epoch)"
    ).fetchone()
    assert row is not None
    return row


def test_every_machine_gets_its_model_owner_site_and_terminal(conn: Connection, database: Database) -> None:
    before = counts(conn)
    assert imported(database, RIGHT) == (3, 0, 0)
    after = counts(conn)
    assert (after[0], after[1], after[6] - before[6]) == (3, 3, 1), "the gateway is told once"
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


def test_a_dry_run_checks_the_same_and_writes_nothing(conn: Connection, database: Database) -> None:
    before = counts(conn)
    assert imported(database, RIGHT, dry_run=True) == (3, 0, 0)
    assert counts(conn) == before


def test_known_machines_are_changed_and_counted_apart(conn: Connection, database: Database) -> None:
    imported(database, RIGHT)
    before = counts(conn)
    assert imported(database, RIGHT) == (0, 0, 3)
    assert counts(conn) == before
    changes = f"""pin,name,mode,mode_reason,coordinate_system,clock_offset_s,iccid,sim_operator,sim_valid_to
PIN-1,Digger one,in_repair,pump,,,,,
PIN-2,,,,gcj02,-28800,{ICCID},China Mobile,2030-12-31
PIN-3,,,,,,,,
"""
    assert imported(database, changes) == (0, 2, 1)
    assert conn.execute("SELECT name, mode, version FROM machine ORDER BY pin").fetchall() == [
        ("Digger one", "in_repair", 2),
        ("挖掘机二号", "in_service", 1),
        ("Roller, small", "in_service", 1),
    ]
    assert conn.execute("SELECT reason, by_name FROM machine_mode_change").fetchall() == [("pump", "test")]
    sim = """SELECT coordinate_system, clock_offset_us, iccid, operator, valid_to::text
             FROM sim JOIN terminal USING (terminal_id)"""
    assert conn.execute(sim).fetchall() == [("gcj02", -28_800_000_000, ICCID, "China Mobile", "2030-12-31")]
    assert imported(database, changes) == (0, 0, 3), "the same again changes nothing"


@pytest.mark.parametrize(
    ("line", "where", "text"),
    [
        (",n,m,excavator,,,,,,,,", "line 5, pin", "pin is empty"),
        ("P,,m,excavator,,,,,,,,", "line 5, name", "A new machine has a name"),
        ("P,n,m,boat,,,,,,,,", "line 5, kind", "'boat' is not one of excavator"),
        ("P,n,D-1,roller,,,,,,,,", "line 5, kind", "'roller': the model D-1 is of the kind excavator"),
        ("P,n,m,excavator,,,,48,,,,", "line 5, nominal_voltage_v", "nominal_voltage_v '48' is neither 12 nor 24"),
        ("P,n,m,excavator,,,,,,a b,,", "line 5, terminal", "terminal 'a b' may hold only letters"),
        ("CAT0320DJMPBO1234,n,m,excavator,,,,,,,,", "line 5, pin", "pin CAT0320DJMPBO1234: a PIN of 17"),
        ("P,n,m,excavator,,,,,,,Yard,Mars/Base", "line 5, time_zone", "'Mars/Base' is no IANA"),
        ("P,n,m,excavator,,S-1,,,,,,", "line 5, serial_no", "A machine of this serial number is there"),
        ("P,n,m,excavator,,,,,,TERM-1,,", "line 5, terminal", "The terminal 'TERM-1' is on a machine"),
        ("PIN-1,n,m,excavator,,,,,,,,", "line 2, pin", "The PIN 'PIN-1' stands more than once"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_imported(
    conn: Connection, database: Database, line: str, where: str, text: str
) -> None:
    before = counts(conn)
    errors = imported(database, RIGHT + line + "\n")
    assert isinstance(errors, list)
    assert (errors[0][0], errors[0][1].startswith(text)) == (where, True), errors
    assert counts(conn) == before


def test_all_wrong_lines_are_named_at_once(database: Database) -> None:
    errors = imported(database, f"{HEADER}\nA,n,m,boat,,,,,,,,\nB,n,m,roller,,,,13,,,,\nC,n,m,roller,,,,,,,,\n")
    assert isinstance(errors, list)
    assert [where for where, _ in errors] == ["line 2, kind", "line 3, nominal_voltage_v"]


def test_a_failure_of_the_database_in_the_middle_leaves_nothing(conn: Connection, database: Database) -> None:
    before = counts(conn)
    conn.execute("ALTER TABLE machine ADD CONSTRAINT no_rollers CHECK (pin <> 'PIN-3')")
    with pytest.raises(psycopg.errors.CheckViolation):
        imported(database, RIGHT)
    assert counts(conn) == before


OWNERS = "pin,name,model,kind,organisation,parent_organisation"


def test_a_mistyped_organisation_is_an_error_that_names_near_ones(conn: Connection, database: Database) -> None:
    upsert_organisation(conn, "Beishan Earthworks", "customer")
    text = f"{OWNERS}\nP,n,m,tractor,beishan Earthwork,\nQ,n,m,tractor,Beishan Earthworks,\n"
    errors = imported(database, text, create=False)
    assert errors == [
        (
            "line 2, organisation",
            "'beishan Earthwork': no organisation of that name, external_no or id; did you mean Beishan Earthworks?",
        )
    ]


def test_a_new_organisation_is_under_its_parent(conn: Connection, database: Database) -> None:
    upsert_organisation(conn, "Trading", "dealer")
    text = f"{OWNERS}\nP,n,m,tractor,North,Trading\nQ,n,m,tractor,North,\nR,n,m,tractor,South,\n"
    assert imported(database, text, create=False) != (3, 0, 0)
    assert imported(database, text) == (3, 0, 0)
    tree = "SELECT o.name, p.name FROM organisation o LEFT JOIN organisation p ON p.organisation_id = o.parent_id"
    assert dict(conn.execute(tree).fetchall()) == {"ECC": None, "Trading": None, "North": "Trading", "South": None}


def test_a_parent_or_owner_that_does_not_fit_is_an_error(conn: Connection, database: Database) -> None:
    upsert_organisation(conn, "Trading", "dealer")
    upsert_organisation(conn, "North", "customer", "Trading")
    upsert_organisation(conn, "South", "customer")
    assert imported(database, f"{OWNERS}\nOLD,n,m,roller,North,\n") == (1, 0, 0)
    lines = ["A,n,m,roller,North,South", "D,n,m,roller,,Trading", "OLD,n,m,roller,South,"]
    errors = imported(database, "\n".join([OWNERS, *lines]))
    assert isinstance(errors, list)
    assert [text for _, text in errors] == [
        "North is under Trading, not under South.",
        "There is a parent_organisation without an organisation.",
        "South does not own the machine: a sale is recorded as a transfer.",
    ]


@pytest.mark.parametrize("header", ["name,model", "pin,name,model,kind,colour", ""])
def test_a_wrong_header_is_refused_in_words(database: Database, header: str) -> None:
    with pytest.raises(InvalidInput, match=r"The header \(line 1\) (lacks|has unknown columns)"):
        imported(database, f"{header}\nx,y,z,roller\n")


def test_the_command_names_file_and_line(database: Database, servers, tmp_path: Path) -> None:
    environment = {"ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url}
    file = tmp_path / "machines.csv"
    file.write_text("\ufeff" + RIGHT + "P,n,m,boat,,,,,,,,\n", encoding="utf-8")
    wrong = run_ecc(environment, "fleet", "import", str(file), "--create-organisations", "--make-sites")
    assert wrong.returncode == 1
    assert f"{file}:5, kind: 'boat' is not one of" in wrong.stdout
    assert "Nothing was imported: 1 of 4 entries are wrong." in wrong.stdout
    file.write_text(RIGHT, encoding="utf-8")
    asked = ("--create-organisations", "--make-sites")
    dry = run_ecc(environment, "fleet", "import", str(file), "--dry-run", *asked).stdout
    assert "new site: Quarry" in dry
    assert "new organisation: North" in dry
    assert "3 machines created, 0 updated, 0 unchanged; nothing was written" in dry
    typed = run_ecc(environment, "fleet", "import", str(file))
    assert (typed.returncode, "create them with --create-organisations" in typed.stdout) == (1, True)
    sited = run_ecc(environment, "machines", "import", str(file), asked[0])
    assert (sited.returncode, "make them with --make-sites" in sited.stdout) == (1, True), sited.stdout
    done = run_ecc(environment, "fleet", "import", str(file), *asked).stdout
    assert "3 machines created" in done
    again = run_ecc(environment, "machines", "import", str(file)).stdout
    assert "0 machines created, 0 updated, 3 unchanged." in again
    file.write_bytes(b"pin,name,model,kind\nP\xe9,n,m,roller\n")
    latin = run_ecc(environment, "fleet", "import", str(file))
    assert (latin.returncode, "UTF-8" in latin.stdout + latin.stderr) == (2, True)


def test_the_check_command_prints_a_table_and_says_by_its_exit_code(database: Database, servers) -> None:
    environment = {"ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url}
    environment |= {"LC_ALL": "en_US.UTF-8", "COLUMNS": "200"}
    imported(database, f"{HEADER}\nPIN-9,Nine,D-1,excavator,,,,,,,,\n")
    checked = run_ecc(environment, "machines", "check", "PIN-9")
    assert (checked.returncode, "No reading has ever arrived." in checked.stdout) == (1, True), checked.stdout
    in_chinese = run_ecc(environment, "machines", "check", "PIN-9", "--language", "zh")
    assert "从未收到过数据" in in_chinese.stdout
    assert run_ecc(environment, "machines", "check", "PIN-0").returncode == 2
