"""A site's own signals: a column and a row of the catalogue, or nothing."""

from collections.abc import Iterator

import pytest

from fleet.errors import CatalogueError, Conflict, InvalidInput
from fleet.signals import Aggregation, StoredType, packaged_catalogue
from storage.pool import Connection, connect
from storage.signals_write import load_catalogue
from tests.conftest import Database
from tests.e2e.stack import run_ecc
from usecases.add_signal import add_signal, can_be_signal

PACKAGED = len(packaged_catalogue())


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with connect(database.owner_url, application="test") as owner:
        owner.autocommit = True
        yield owner


def columns(conn: Connection) -> list[tuple[str, str]]:
    """Name and type of the columns after the packaged ones."""
    return conn.execute(
        """SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
           WHERE attrelid = 'reading'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum OFFSET %s""",
        [4 + PACKAGED],
    ).fetchall()


def epoch(conn: Connection) -> int:
    row = conn.execute("SELECT epoch FROM config_epoch").fetchone()
    assert row is not None
    return int(row[0])


def test_it_is_the_next_column_of_its_type_and_the_configuration_moves_on(conn: Connection) -> None:
    before = epoch(conn)
    gauge = add_signal(conn, "boom_pressure_kpa", unit="kPa", en="Boom pressure", zh="动臂压力", valid=(0, 60_000))
    counter = add_signal(conn, "swings_count", unit="1", en="Swings", zh="回转次数", valid=(0, 1e9), counter=True)
    assert (gauge.id, counter.id) == (PACKAGED, PACKAGED + 1)
    assert columns(conn) == [("boom_pressure_kpa", "real"), ("swings_count", "double precision")]
    assert epoch(conn) == before + 2
    catalogue = load_catalogue(conn)
    assert len(catalogue) == PACKAGED + 2
    assert (catalogue["boom_pressure_kpa"].valid, catalogue["boom_pressure_kpa"].zh) == ((0, 60_000), "动臂压力")
    assert (catalogue["swings_count"].stored, catalogue["swings_count"].aggregation) == (
        StoredType.FLOAT8,
        Aggregation.COUNTER,
    )


@pytest.mark.parametrize(
    ("key", "valid", "error"),
    [
        pytest.param("engine_speed_rpm", (0, 1), Conflict, id="a packaged signal"),
        pytest.param("boom_pressure_kpa", (0, 1), Conflict, id="one added before"),
        pytest.param("Boom pressure", (0, 1), CatalogueError, id="no key"),
        pytest.param('x"; drop table reading; --', (0, 1), CatalogueError, id="no key at all"),
        pytest.param("machine_id", (0, 1), Conflict, id="a column that is no signal"),
        pytest.param("stick_pressure_kpa", (5, 5), CatalogueError, id="an empty range"),
        pytest.param("stick_pressure_kpa", (float("nan"), 5), InvalidInput, id="no range"),
        pytest.param("stick_pressure_kpa", (0, float("inf")), InvalidInput, id="no end"),
    ],
)
def test_an_impossible_one_leaves_nothing(
    conn: Connection, key: str, valid: tuple[float, float], error: type[Exception]
) -> None:
    add_signal(conn, "boom_pressure_kpa", unit="kPa", en="Boom pressure", zh="动臂压力", valid=(0, 60_000))
    before = columns(conn), epoch(conn), len(load_catalogue(conn))
    with pytest.raises(error):
        add_signal(conn, key, unit="kPa", en="Stick pressure", zh="斗杆压力", valid=valid)
    assert (columns(conn), epoch(conn), len(load_catalogue(conn))) == before


def test_the_command_adds_and_lists_it(database: Database, servers) -> None:
    environment = {
        "ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url, "COLUMNS": "160"
    }  # fmt: skip
    words = ["--unit", "kPa", "--en", "Boom pressure", "--zh", "动臂压力", "--min", "0", "--max", "60000"]
    added = run_ecc(environment, "signals", "add", "boom_pressure_kpa", *words)
    assert f"Signal boom_pressure_kpa added as column {PACKAGED}." in added.stdout, added.stderr
    listed = run_ecc(environment, "signals", "list").stdout
    assert next(line for line in listed.splitlines() if "boom_pressure_kpa" in line).split("│")[2].strip() == "kPa"
    again = run_ecc(environment, "signals", "add", "boom_pressure_kpa", *words)
    assert (again.returncode, again.stderr) == (2, "There is a signal boom_pressure_kpa already.\n")
    reserved = run_ecc(environment, "signals", "add", "machine_id", *words)
    assert reserved.stderr == "machine_id is reserved: a column of every reading has that name.\n"
    nothing = run_ecc(environment, "signals", "add", "bad key", *words)
    assert (nothing.returncode, "must be lower-case" in nothing.stderr) == (2, True)


def test_keys_that_cannot_be_signals_are_told_apart() -> None:
    assert can_be_signal("boom_pressure_kpa")
    assert not any(map(can_be_signal, ("machine_id", "measured_at", "a b; drop", "Boom", "", "x" * 60)))


def test_unpromoted_says_which_keys_are_not_usable(database: Database, servers, conn: Connection) -> None:
    environment = {"ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url}
    insert = "INSERT INTO reading_extra (machine_id, measured_at, key, value) VALUES (1, now(), %s, 1)"
    conn.execute(insert, ["machine_id"])
    listed = run_ecc(environment, "signals", "unpromoted").stdout
    assert "Not usable as a signal's key: 'machine_id'\n" in listed
    assert "Make one a signal" not in listed
    conn.execute(insert, ["oil_glow"])
    assert "Make one a signal" in run_ecc(environment, "signals", "unpromoted").stdout
