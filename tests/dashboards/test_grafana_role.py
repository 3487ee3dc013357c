"""What Grafana's role can do in the database: read the views made for it, and nothing else at all."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fleet.data_classes import DataClass, class_of
from storage.board_statements import find_some_machine, grafana_session, run_statement
from tests.api.world import CATALOGUE, NOW, World
from tests.conftest import Database

HIDDEN = {signal.id for signal in CATALOGUE if class_of(signal) is DataClass.POSITION} | {CATALOGUE["heading_deg"].id}
OF_PEOPLE = {
    "by_name",
    "by_user",
    "login",
    "password_hash",
    "email",
    "address",
    "note",
    "reason_text",
    "body",
    "user_id",
}
MAY_READ = {"schema_migrations"}  # which every role compares before it works


@pytest.fixture(scope="module")
def grafana(world: World, console_database: Database) -> Iterator[psycopg.Connection]:
    for signal in (*sorted(HIDDEN), CATALOGUE["engine_speed_rpm"].id):
        world.conn.execute(
            "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, sum, first, last) "
            "VALUES (%s, date_trunc('hour', %s::timestamptz), %s, 1, 31.2, 31.2, 31.2)",
            [world.machines["digger"], NOW, signal],
        )
    with psycopg.connect(console_database.url("ecc_grafana"), autocommit=True) as conn:
        yield conn


def test_it_reads_no_table_and_no_chunk_of_one(grafana, world):
    relations = world.conn.execute(
        """
        SELECT n.nspname || '.' || c.relname, c.relname, has_any_column_privilege('ecc_grafana', c.oid, 'SELECT'),
            has_any_column_privilege('ecc_grafana', c.oid, 'INSERT, UPDATE')
                OR has_table_privilege('ecc_grafana', c.oid, 'DELETE, TRUNCATE, TRIGGER')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname IN ('public', 'dashboard', '_timescaledb_internal')
            AND pg_get_userbyid(c.relowner) = 'ecc_owner'
        """
    ).fetchall()
    readable = {(place, name) for place, name, reads, _ in relations if reads}
    assert {place.partition(".")[0] for place, name in readable if name not in MAY_READ} == {"dashboard"}
    assert len(relations) > 100
    assert [place for place, _, _, writes in relations if writes] == []
    for table in ("machine", "reading", "app_user", "alarm", "audit", "quarantine", "rollup_1h"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            grafana.execute(f"SELECT * FROM {table} LIMIT 1")


def test_it_writes_nothing_whatever_its_session_says(grafana):
    grafana.execute("SET default_transaction_read_only = off")
    for statement in (
        "INSERT INTO dashboard.organisation (name) VALUES ('x')",
        "UPDATE dashboard.site SET name = 'x'",
        "DELETE FROM dashboard.own_signal",
        "CREATE TABLE mine (x int)",
        "CREATE TABLE dashboard.mine (x int)",
        "CREATE VIEW dashboard.mine AS SELECT 1",
    ):
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
            grafana.execute(statement)
    grafana.execute("RESET default_transaction_read_only")


def test_its_sessions_read_only_and_not_for_long(grafana):
    shown = {
        name: grafana.execute(f"SHOW {name}").fetchone()[0]
        for name in ("default_transaction_read_only", "statement_timeout", "idle_in_transaction_session_timeout")
    }
    assert shown == {
        "default_transaction_read_only": "on",
        "statement_timeout": "10s",
        "idle_in_transaction_session_timeout": "30s",
    }


def test_no_function_lends_it_the_owners_eyes(grafana, world):
    lent = world.conn.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace IN ('public'::regnamespace, "
        "'dashboard'::regnamespace) AND p.prosecdef AND has_function_privilege('ecc_grafana', p.oid, 'EXECUTE') "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    ).fetchall()
    assert lent == []
    grafana.execute("SELECT set_config('ecc.organisation_id', %s, false)", [str(world.organisations["platform"])])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        grafana.execute("SELECT * FROM tenant_periods()")


def test_no_view_shows_a_place(grafana, world):
    found = {row[0] for row in grafana.execute("SELECT signal_id FROM dashboard.signal_rollup WHERE level_s = 3600")}
    assert found == {CATALOGUE["engine_speed_rpm"].id}
    # an error of a condition must not tell of rows that the view leaves out
    probe = (
        "SELECT count(*) FROM dashboard.signal_rollup WHERE level_s = 3600 AND signal_id <> 0 AND 1 / (last - 31.2) > 0"
    )
    assert grafana.execute(probe).fetchone() == (0,)
    barrier = "SELECT reloptions FROM pg_class WHERE oid = 'dashboard.signal_rollup'::regclass"
    assert world.conn.execute(barrier).fetchone() == (["security_barrier=true"],)
    columns = {row[0] for row in world.conn.execute(COLUMNS)}
    assert not {name for name in columns if "latitude" in name or "longitude" in name or "position" in name}


COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'dashboard'"


def test_no_view_names_a_person(world):
    columns = {row[0] for row in world.conn.execute(COLUMNS)}
    assert len(columns) > 80
    assert not columns & OF_PEOPLE


def test_check_runs_statements_as_the_role_and_says_what_fails(grafana, world, console_database):
    with grafana_session(console_database.url("ecc_grafana")) as conn:
        assert find_some_machine(conn) == str(world.public["digger"])
        good = run_statement(conn, "SELECT 1 AS one")
        assert (good.columns, good.rows, good.said) == (["one"], [(1,)], None)
        assert run_statement(conn, "SELECT * FROM machine").said == "permission denied for table machine"
