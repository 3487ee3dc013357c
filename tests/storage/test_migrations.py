import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.embedded import programs
from app.embedded.places import default_cache_dir, server_account
from fleet.errors import SchemaMismatch
from fleet.signals import packaged_catalogue
from storage.migrate import MIGRATIONS, check_version, known_versions, migrate, set_role_passwords
from tests.conftest import Database


def test_an_empty_database_is_refused_migrated_and_migrated_again_without_change(empty_database: Database):
    with psycopg.connect(empty_database.owner_url) as conn:
        with pytest.raises(SchemaMismatch, match="empty"):
            check_version(conn)
        conn.rollback()
        migrate(empty_database.owner_url)
        before = conn.execute("SELECT count(*) FROM pg_class").fetchone()
        conn.rollback()
        migrate(empty_database.owner_url)
        assert conn.execute("SELECT count(*) FROM pg_class").fetchone() == before
        check_version(conn)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param("DELETE FROM schema_migrations WHERE version = '0009'", "lacks the migrations 0009", id="older"),
        pytest.param("INSERT INTO schema_migrations VALUES ('9999')", "newer than this program", id="newer"),
    ],
)
def test_a_schema_of_another_version_is_refused(database: Database, change: str, words: str):
    with psycopg.connect(database.owner_url) as conn:
        check_version(conn)
        conn.execute(change)
        with pytest.raises(SchemaMismatch, match=words):
            check_version(conn)


def dbmate(url: str, directory: Path, order: str) -> None:
    """Run it on the migrations of a directory."""
    program = str(Path(sys.executable).with_name("dbmate"))
    environment = {**os.environ, "DATABASE_URL": url}
    subprocess.run(
        [program, "--no-dump-schema", "-d", str(directory), order], env=environment, check=True, capture_output=True
    )


def schema_of(database: Database) -> list[str]:
    """The lines of what pg_dump says of it, in the order of the alphabet: grants come in the order of their making."""
    binaries = programs.find(default_cache_dir(), server_account(), print).postgres_bin
    asked = [binaries / "pg_dump", "--schema-only", "--schema=public", database.superuser_url]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    return sorted(line for line in said.splitlines() if "restrict " not in line)  # a number drawn for each dump


def test_every_migration_goes_back_and_forward_and_leaves_what_a_new_database_has(
    empty_database: Database, superuser: psycopg.Connection, tmp_path: Path
):
    """Back, forward and back again each; from every tenth version, and from nothing, all the way to today's schema."""
    directory = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    migrate(empty_database.owner_url)
    todays = schema_of(empty_database)
    assert len(todays) > 1000
    for file in sorted(directory.iterdir(), reverse=True):
        for order in ("rollback", "migrate", "rollback"):
            dbmate(empty_database.owner_url, directory, order)
        if file.name[:4].endswith("1"):
            with copy_of(empty_database, superuser) as earlier:
                migrate(earlier.owner_url)
                found = schema_of(earlier)
                assert (set(todays) - set(found), set(found) - set(todays)) == (set(), set()), file.name
                assert found == todays
        file.unlink()


@contextmanager
def copy_of(database: Database, superuser: psycopg.Connection) -> Iterator[Database]:
    """A database like it."""
    names = (sql.Identifier(f"{database.name[:50]}_copy"), sql.Identifier(database.name))
    superuser.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {}").format(*names))
    yield Database(f"{database.name[:50]}_copy", database.servers)
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


def test_what_waits_in_quarantine_keeps_its_payload_through_an_upgrade_and_back(
    empty_database: Database, tmp_path: Path
):
    old = tmp_path / "old"
    old.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        if file.name[:4] <= "0012":
            shutil.copy(file, old)
    dbmate(empty_database.owner_url, old, "migrate")
    with psycopg.connect(empty_database.owner_url) as conn:
        conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, boot, seq, row_no, payload_hash, reason, detail, topic,"
            " payload, received_at) SELECT gen_random_uuid(), 'T', 'b', seq, row_no, sha256(whole), reason, '', '',"
            " payload, now() - row_no * interval '1 day' FROM (VALUES (1, 0, 'bad_time', 'a'::bytea, 'a'::bytea),"
            " (1, 1, 'bad_time', 'a', ''), (2, -1, 'unknown_terminal', 'b', 'b'), (-1, -1, 'malformed_json', '', ''),"
            " (3, 0, 'bad_time', 'lost', '')) AS o (seq, row_no, reason, whole, payload)"
        )
        conn.commit()
        migrate(empty_database.owner_url)
        rows = (
            "SELECT seq, row_no, p.payload, counted FROM quarantine q LEFT JOIN refused_payload p USING (payload_hash)"
        )
        assert conn.execute(f"{rows} ORDER BY 1, 2").fetchall() == [
            (-1, -1, b"", False), (1, 0, b"a", True), (1, 1, b"a", True), (2, -1, b"b", False), (3, 0, None, True)
        ]  # fmt: skip
        early = "SELECT count(*) FROM quarantine q JOIN refused_payload p USING (payload_hash) WHERE {}"
        assert conn.execute(early.format("p.received_at < q.received_at")).fetchone() == (0,)
        conn.commit()
        for _ in [version for version in known_versions() if version > "0012"]:
            dbmate(empty_database.owner_url, MIGRATIONS, "rollback")
        assert conn.execute("SELECT payload FROM quarantine ORDER BY seq, row_no").fetchall() == [
            (b"",), (b"a",), (b"a",), (b"b",), (b"",)
        ]  # fmt: skip
    migrate(empty_database.owner_url)  # roles are the cluster's: the tests that follow find them as they were


def test_the_columns_of_reading_are_the_catalogue_in_its_order_and_types(database: Database):
    with psycopg.connect(database.owner_url) as conn:
        columns = conn.execute(
            """SELECT attname, atttypid::regtype::text FROM pg_attribute
               WHERE attrelid = 'reading'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
        ).fetchall()
    types = {"float4": "real", "float8": "double precision"}
    assert [name for name, _ in columns[:4]] == ["machine_id", "measured_at", "received_at", "stored_at"]
    assert columns[4:] == [(s.key, types[s.stored]) for s in packaged_catalogue()]


def test_every_role_may_ask_for_the_schema_version(database: Database):
    for role in ("ecc_gateway", "ecc_diagnose", "ecc_sender", "ecc_housekeeping", "ecc_api", "ecc_grafana"):
        with psycopg.connect(database.url(role)) as conn:
            check_version(conn)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("ecc_api", "INSERT INTO reading (machine_id, measured_at, received_at) VALUES (1, now(), now())"),
        ("ecc_api", "UPDATE alarm SET state = 'cleared'"),
        ("ecc_api", "DELETE FROM event_log"),
        ("ecc_api", "DELETE FROM quarantine"),
        ("ecc_api", "SELECT FROM rule_state"),
        ("ecc_api", "SELECT drop_chunks_older_than('reading', now())"),
        ("ecc_sender", "SELECT FROM reading"),
        ("ecc_diagnose", "DELETE FROM alarm"),
        ("ecc_housekeeping", "DELETE FROM reading"),
        ("ecc_housekeeping", "UPDATE reading SET machine_id = 0"),
        ("ecc_gateway", "DELETE FROM reading"),
        ("ecc_gateway", "SELECT FROM app_user"),
        ("ecc_gateway", "UPDATE event_log SET kind = ''"),
        ("ecc_grafana", "SELECT FROM reading"),
        ("ecc_grafana", "SELECT FROM machine"),
        ("ecc_gateway", "CREATE TABLE other (x int)"),
    ],
)
def test_a_role_may_not_do_what_is_not_its_business(database: Database, role: str, statement: str):
    with psycopg.connect(database.url(role)) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


def test_housekeeping_may_not_drop_other_tables_chunks(database: Database):
    with psycopg.connect(database.url("ecc_housekeeping")) as conn, pytest.raises(psycopg.errors.RaiseException):
        conn.execute("SELECT drop_chunks_older_than('finding', now())")


def test_a_role_can_sign_in_with_the_password_it_was_given(database: Database, superuser: psycopg.Connection):
    before = superuser.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'ecc_grafana'").fetchone()
    set_role_passwords(database.owner_url, {"ecc_grafana": "o'clock \\ 7"})
    after = superuser.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'ecc_grafana'").fetchone()
    assert after is not None
    assert after != before
    assert after[0].startswith("SCRAM-SHA-256$")
    assert before is not None
    superuser.execute(sql.SQL("ALTER ROLE ecc_grafana PASSWORD {}").format(before[0]))
