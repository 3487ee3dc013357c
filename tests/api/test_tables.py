"""Every table is guarded as tests/api/tables.py says: two tenants with a row in each see their own and no other."""

import ast
import re
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from storage.users import ensure_organisation
from tests.api.tables import TABLES, Guard, seed_tenant
from tests.api.world import World

TENANTS = {"north": 101.5, "south": 202.5}
GUARDED = sorted(name for name, table in TABLES.items() if table.guard is Guard.TENANT)


@pytest.fixture(scope="module")
def seeded(world: World):
    for name, mark in TENANTS.items():
        world.machine(f"seeded {name}", owner=name)
        login = f"seeded {name}"
        organisation = world.organisations[name]
        user = world.person(login, organisation, "owner")
        seed_tenant(
            world.conn,
            organisation=organisation,
            machine=world.machines[f"seeded {name}"],
            user=user,
            tag=f"seeded-{name}",
            mark=mark,
        )
    return world


@pytest.fixture(scope="module")
def as_api(seeded, api_database):
    """Connections of ecc_api in a tenant's scope, read as the API reads."""
    with psycopg.connect(api_database.url("ecc_api"), autocommit=True) as conn:

        def enter(organisation: str | None) -> psycopg.Connection:
            number = "" if organisation is None else str(seeded.organisations[organisation])
            conn.execute("SELECT set_config('ecc.organisation_id', %s, false)", [number])
            return conn

        yield enter


def test_every_table_of_the_database_says_how_it_is_guarded(seeded):
    found = seeded.conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert {row[0] for row in found} == set(TABLES), "add the table to tests/api/tables.py"


@pytest.mark.parametrize("table", GUARDED)
def test_a_tenant_sees_its_own_rows_and_no_other(seeded, as_api, table):
    rows = {name: whole(as_api(name), table) for name in (*TENANTS, None, "platform")}
    assert rows["north"], f"north's row of {table} is hidden from north"
    assert rows["south"], f"south's row of {table} is hidden from south"
    assert not rows["north"] & rows["south"], f"both tenants see the same row of {table}"
    assert not rows[None], f"{table} shows rows without a tenant"
    if table != "idempotency":  # answers kept for repeating are the caller's organisation's alone
        assert rows["platform"] >= rows["north"] | rows["south"]


def whole(conn: psycopg.Connection, table: str) -> set[str]:
    columns = conn.execute(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND has_column_privilege(table_name::text, column_name, "
        "'SELECT')",
        [table],
    ).fetchone()
    assert columns is not None, table
    return {row[0] for row in conn.execute(f"SELECT ROW({columns[0]})::text FROM {table}")}


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_a_tenant_changes_no_foreign_row(seeded, as_api, api_database, table, statement):
    """Whatever columns the API may write: of the other tenant's rows it reaches none."""
    column = seeded.conn.execute(
        "SELECT column_name FROM information_schema.column_privileges WHERE grantee = 'ecc_api' "
        "AND table_name = %s AND privilege_type = 'UPDATE' AND column_name NOT IN (SELECT column_name FROM "
        "information_schema.columns WHERE table_name = %s AND is_identity = 'YES') ORDER BY 1 LIMIT 1",
        [table, table],
    ).fetchone()
    if statement.startswith("UPDATE") and column is None:
        return
    others = seeded.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    conn = as_api("north")
    with conn.transaction(force_rollback=True):
        mine = conn.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table}) x").fetchone()[0] if sees(conn, table) else 0
        try:
            changed = conn.execute(statement.format(table=table, column=column and column[0])).rowcount
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation):
            return
        assert changed <= mine < others


def sees(conn: psycopg.Connection, table: str) -> bool:
    row = conn.execute("SELECT has_any_column_privilege(%s, 'SELECT')", [table]).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize("table", sorted(n for n, t in TABLES.items() if t.guard is Guard.CLOSED))
def test_the_api_cannot_read_what_is_not_its(as_api, table):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_api("platform").execute(f"SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize("table", sorted(n for n, t in TABLES.items() if t.guard is Guard.SHARED))
def test_what_everybody_shares_is_written_by_the_platform_alone(as_api, table):
    conn = as_api("north")
    with conn.transaction(force_rollback=True), suppress(psycopg.errors.InsufficientPrivilege):
        assert conn.execute(f"DELETE FROM {table}").rowcount == 0


OF_THE_BRIEFS = {"work_time_15m", "rollup_15m", "rollup_1m"}  # what `ecc sender` writes mailed work briefs from


@pytest.mark.parametrize(("role", "granted"), [("ecc_sender", OF_THE_BRIEFS), ("ecc_grafana", set())])
def test_a_role_that_clips_nothing_reads_no_hypertable_and_no_chunk_of_one(seeded, api_database, role, granted):
    chunks = seeded.conn.execute(
        "SELECT format('%I.%I', chunk_schema, chunk_name), hypertable_name FROM timescaledb_information.chunks "
        "UNION ALL SELECT hypertable_name, hypertable_name FROM timescaledb_information.hypertables"
    ).fetchall()
    assert len(chunks) > len(TABLES) / 10
    with psycopg.connect(api_database.url(role), autocommit=True) as conn:
        for chunk, table in chunks:
            if table in granted:
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT * FROM {chunk} LIMIT 1")


STATEMENT = re.compile(r"\b(?:FROM|JOIN)\s+(?:reading|reading_extra|event|(?:rollup|work_time)_\w+)\b")
NOT_THE_APIS = {  # modules of the gateway, of housekeeping and of commands
    *("history", "readings_merge", "readings_write", "events_write", "rollups", "work_time", "rejudge", "demo_report"),
    *("registry", "retention", "unpromoted", "quarantine", "signals_write"),
}


def test_every_statement_of_the_api_on_a_hypertable_names_its_machines():
    found = 0
    for path in sorted(Path("storage").glob("*.py")):
        if path.stem in NOT_THE_APIS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value):
                found += 1
                assert re.search(r"machine_id\s*(=|IN)", node.value), f"{path}:{node.lineno} reads all machines"
    assert found > 5


def test_the_hypertables_are_those_that_the_code_clips(seeded):
    found = seeded.conn.execute("SELECT hypertable_name FROM timescaledb_information.hypertables").fetchall()
    by_machine = {name for name, table in TABLES.items() if table.guard in {Guard.BY_MACHINE, Guard.CLOSED}}
    assert {row[0] for row in found} <= by_machine


def test_the_platforms_own_organisation_is_the_only_one_that_sees_all(seeded, as_api):
    ensure_organisation(seeded.conn, kind="maker", name="Maker")
    for name in ("dealer", "north"):
        assert as_api(name).execute("SELECT tenant_sees_all()").fetchone() == (False,)
    assert as_api("platform").execute("SELECT tenant_sees_all()").fetchone() == (True,)
