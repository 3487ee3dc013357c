"""Bringing a database to the schema this program knows, and refusing to run on another one."""

import os
import subprocess
import sys
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from fleet.errors import EccError, SchemaMismatch
from storage.pool import connect

MIGRATIONS = Path(__file__).parent / "migrations"


class MigrationFailed(EccError):
    """A migration could not be applied; the database is as it was before that migration."""

    code = "migration_failed"


def migrate(owner_url: str) -> None:
    """Apply the migrations which the database at `owner_url` lacks; doing it again changes nothing.

    `owner_url` is that of the schema's owner (or a superuser on a private server): roles and extensions are created
    where they are missing. Processes that migrate at the same time wait for each other. Raises MigrationFailed with
    the database's own words, and what `connect` raises when it does not let us in.
    """
    connect(owner_url, application="ecc migrate").close()
    answer = subprocess.run(
        [_dbmate(), "--no-dump-schema", "--migration-lock", "--migrations-dir", str(MIGRATIONS), "migrate"],
        env={**os.environ, "DATABASE_URL": _dbmate_url(owner_url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise MigrationFailed((answer.stderr or answer.stdout).strip()[-2000:])
    _keep_temporary_tables(owner_url)


def _keep_temporary_tables(owner_url: str) -> None:
    """Temporary tables are for the roles that count; ecc_api, which strangers talk to, makes none.

    A privilege of the database, so it is in no migration: neither a dump nor a copy of a template brings it along.
    """
    with connect(owner_url, application="ecc migrate") as conn:
        name = sql.Identifier(conn.info.dbname)
        conn.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
        conn.execute(
            sql.SQL("GRANT TEMPORARY ON DATABASE {} TO ecc_gateway, ecc_diagnose, ecc_housekeeping").format(name)
        )


def known_versions() -> tuple[str, ...]:
    """The versions of the packaged migrations, oldest first."""
    return tuple(sorted(path.name.split("_")[0] for path in MIGRATIONS.glob("*.sql")))


def check_version(conn: psycopg.Connection) -> None:
    """Raise SchemaMismatch unless the database has exactly the migrations this program knows."""
    if conn.execute("SELECT to_regclass('schema_migrations')").fetchone() == (None,):
        raise SchemaMismatch("database_empty")
    compare_versions({row[0] for row in conn.execute("SELECT version FROM schema_migrations")})


def compare_versions(applied: Set[str]) -> None:
    """Raise SchemaMismatch, which names them, unless those applied are exactly those that this program knows."""
    known = set(known_versions())
    if missing := known - applied:
        raise SchemaMismatch("migrations_missing", versions=sorted(missing))
    if newer := applied - known:
        raise SchemaMismatch("migrations_newer", versions=sorted(newer))


def set_role_passwords(owner_url: str, passwords: Mapping[str, str]) -> None:
    """Give each role of the server its password; `passwords` maps role names to clear text."""
    with psycopg.connect(owner_url, autocommit=True) as conn:
        for role, password in passwords.items():
            hashed = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            conn.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed.decode()))
            )


@cache
def _dbmate() -> str:
    program = Path(sys.executable).with_name("dbmate")
    return str(program) if program.exists() else "dbmate"


def _dbmate_url(url: str) -> str:
    """`url` as dbmate wants it: it does not fall back to an unencrypted connection by itself, libpq does."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    local = parts.hostname in {None, "", "localhost", "127.0.0.1", "::1"} or parts.hostname.startswith("%2F")
    if "sslmode" not in query:
        query["sslmode"] = "disable" if local else "require"
    if query.get("host", "").startswith("/"):
        query["socket"] = query.pop("host")
    return urlunsplit(("postgres", parts.netloc, parts.path, urlencode(query), ""))
