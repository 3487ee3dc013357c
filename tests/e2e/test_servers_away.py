"""Servers that do not answer: a gateway waits for its database, a command says which server and ends."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.embedded.child import free_port
from tests.e2e.stack import Process, Stack, eventually, run_ecc

SECRET = "hunter2"
AWAY = {"ECC_DATABASE_URL": f"postgresql://u:{SECRET}@127.0.0.1:1/x", "ECC_MQTT_URL": "mqtt://127.0.0.1:1"}
WAITS = '"event": "the database is away; trying again"'
LOG_LINE = "(1700000000.000000) can0 18FEFC00#FF80FFFFFFFFFFFF\n"


def rename(superuser: psycopg.Connection, old: str, new: str) -> None:
    superuser.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def test_a_gateway_started_before_its_database_waits_and_goes_on(stack: Stack, superuser: psycopg.Connection) -> None:
    rename(superuser, stack.database, f"{stack.database}_later")
    try:
        stack.gateway.begin()
        assert eventually(lambda: stack.gateway.log.read_text().count(WAITS) >= 2), stack.gateway.log.read_text()
        with socket.create_connection(("127.0.0.1", stack.gateway.port), timeout=2) as door:
            door.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            assert b" 503 " in door.recv(100)
    finally:
        rename(superuser, f"{stack.database}_later", stack.database)
    stack.gateway.wait_until_ready()
    stack.publish("ecc/v1/PIN-1/telemetry", {"boot": "b", "seq": 0, "t": int(time.time() * 1000), "signals": {}})
    assert eventually(lambda: stack.value("SELECT count(*) FROM ledger") == 1)
    stack.gateway.stop(within_s=5)
    assert stack.gateway.exit_code == 0
    assert "Traceback" not in stack.gateway.log.read_text()


def test_a_gateway_whose_database_never_answers_ends_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/x"
        port = free_port(None)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")}
        environment |= AWAY | {"ECC_DATABASE_URL": url, "ECC_GATEWAY_HTTP_PORT": str(port)}
        gateway = Process("gateway", environment, port, tmp_path / "gateway.log")
        gateway.begin()
        try:
            silent.settimeout(30)
            with silent.accept()[0]:
                gateway.stop(within_s=8)  # a connection is tried for 10 s
            assert gateway.exit_code == 0
        finally:
            gateway.kill()
    assert SECRET not in gateway.log.read_text()


def test_a_gateway_ends_on_a_schema_that_it_does_not_know(stack: Stack) -> None:
    with psycopg.connect(stack.owner_url) as conn:
        conn.execute("INSERT INTO schema_migrations (version) VALUES ('9999')")
    stack.gateway.begin()
    assert eventually(lambda: not stack.gateway.running)
    said = stack.gateway.log.read_text()
    assert "The database is newer than this program (it has 9999)." in said
    assert (stack.gateway.exit_code, "Traceback" in said) == (2, False)


@pytest.mark.parametrize(
    "command",
    [
        "quarantine list",
        "quarantine show abcd",
        "quarantine replay --all",
        "signals list",
        "signals unpromoted",
        "signals take-over x_pct",
        "fleet import --dry-run {file}",
        "replay candump {log} --machine x",
        "migrate",
        "up",
    ],
)
def test_a_command_says_which_database_does_not_answer(command: str, tmp_path: Path) -> None:
    file, log = tmp_path / "machines.csv", tmp_path / "drive.log"
    file.write_text("pin,name,model,kind\nPIN-7,Seven,D-7,dozer\n")
    log.write_text(LOG_LINE)
    settings = {**os.environ, **AWAY, "ECC_DATA_DIR": str(tmp_path)}
    done = run_ecc(settings, *command.format(file=file, log=log).split())
    assert done.returncode == 1, done
    assert done.stderr.startswith("The database at 127.0.0.1:1 does not answer (Connection refused).")
    assert "ECC_DATABASE_URL" in done.stderr
    assert "`./ecc check-config`" in done.stderr
    assert (SECRET in done.stderr, done.stderr.count("\n")) == (False, 1)


def test_a_command_says_that_the_broker_does_not_answer(stack: Stack, tmp_path: Path) -> None:
    log = tmp_path / "drive.log"
    log.write_text(LOG_LINE)
    away = {"ECC_MQTT_URL": AWAY["ECC_MQTT_URL"]}
    done = stack.ecc("replay", "candump", str(log), "--machine", "x", check=False, **away)
    assert done.returncode == 1, done
    assert done.stderr.startswith("The broker at 127.0.0.1:1 does not answer")
    assert "ECC_MQTT_URL" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_command_says_that_the_embedded_servers_do_not_run(tmp_path: Path) -> None:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")}
    done = run_ecc(settings | {"ECC_DATA_DIR": str(tmp_path)}, "quarantine", "list")
    assert done.returncode == 1
    assert "Start them with `./ecc up` or `make demo`" in done.stderr
