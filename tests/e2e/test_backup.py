"""Backup and restore as docs/operations.md says: the restored database is the same, and the gateway goes on with it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from app.embedded import programs
from app.embedded.places import default_cache_dir, server_account
from tests.e2e.stack import Stack, eventually, stack_on

COUNTS = """
SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM event), (SELECT count(*) FROM machine),
    (SELECT through FROM ledger), (SELECT count(*) FROM alarm), (SELECT count(*) FROM _timescaledb_catalog.chunk)
"""


def sample(seq: int) -> dict[str, object]:
    at_ms = int(time.time() * 1000) - 60_000 + seq
    return {
        "boot": "b1",
        "seq": seq,
        "t": at_ms,
        "signals": {"fuel_level_pct": 50},
        "faults": {"list": [{"sa": 0, "spn": 100, "fmi": 1}]},
    }


def run(program: str, *arguments: str) -> str:
    """A PostgreSQL program of the embedded servers; returns what it complained of."""
    binaries = programs.find(default_cache_dir(), server_account(), print).postgres_bin
    done = subprocess.run([binaries / program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_dump_is_restored_and_the_gateway_goes_on_with_it(
    stack: Stack, superuser: psycopg.Connection, tmp_path: Path
) -> None:
    stack.gateway.start()
    stack.publish("ecc/v1/KEPT/telemetry", *(sample(seq) for seq in range(20)))
    assert eventually(lambda: stack.value("SELECT through FROM ledger") == 19 if stack.rows(COUNTS)[0][3] else False)
    before = stack.rows(COUNTS)
    dump = tmp_path / "ecc.dump"
    run("pg_dump", "-Fc", "-d", stack.owner_url, "-f", str(dump))
    stack.gateway.stop()

    restored = f"{stack.database}_r"
    name = sql.Identifier(restored)
    superuser.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner").format(name))
    try:
        url = stack.servers.superuser_url(restored)
        run("psql", "-q", "-d", url, "-c", "CREATE EXTENSION timescaledb; SELECT timescaledb_pre_restore();")
        run("pg_restore", "-d", url, str(dump))
        run("psql", "-q", "-d", url, "-c", "SELECT timescaledb_post_restore();")
        directory = tmp_path / "again"
        directory.mkdir()
        with stack_on(stack.servers, restored, directory) as again:
            assert again.rows(COUNTS) == before
            again.gateway.start()
            again.publish("ecc/v1/KEPT/telemetry", *(sample(seq) for seq in range(20, 25)))
            assert eventually(lambda: again.value("SELECT through FROM ledger") == 24), again.gateway.log.read_text()
    finally:
        superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
