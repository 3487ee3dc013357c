"""`ecc check-config` says in words what is wrong with the settings, and that nothing is when nothing is."""

import socket
import time
from pathlib import Path

import pytest

from app.embedded import EmbeddedServers
from app.embedded.child import free_port
from tests.conftest import Database
from tests.e2e.stack import run_ecc


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"ECC_BATCH_ROWS": "many"}, "ECC_BATCH_ROWS must be a whole number."),
        ({"ECC_DATABASE_URL": "postgresql://x@h/d"}, "set both, or neither for the embedded servers."),
        ({"ECC_RETENTION_YEAR": "5"}, "ECC_RETENTION_YEAR is not a setting; did you mean ECC_RETENTION_YEARS?"),
        ({"ECC_HTTP_PORT": "8o80", "ECC_LOG_LEVEL": "loud"}, "ECC_LOG_LEVEL must be one of"),
    ],
)
def test_what_is_wrong_is_said_and_the_exit_code_is_2(environment: dict[str, str], sentence: str) -> None:
    done = run_ecc(environment, "check-config")
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_every_wrong_setting_is_said_and_no_secret_is_repeated() -> None:
    environment = {
        "ECC_DATABASE_URL": "mysql://me:hunter2@host/db",
        "ECC_MQTT_URL": "mqtt://me:swordfish@host",
        "ECC_HTTP_PORT": "-1",
    }
    done = run_ecc(environment, "check-config")
    assert len(done.stderr.splitlines()) == 3, done.stderr
    assert "hunter2" not in done.stderr
    assert "swordfish" not in done.stderr


def test_consistent_settings_are_called_so(tmp_path: Path) -> None:
    own = {"ECC_DATABASE_URL": "postgresql://ecc@db/ecc", "ECC_MQTT_URL": "mqtt://broker"}
    said = "The settings are consistent. Database and broker: ECC_DATABASE_URL and ECC_MQTT_URL.\n"
    assert run_ecc(own, "check-config", "--offline") == (0, said, "")
    done = run_ecc({"ECC_DATA_DIR": str(tmp_path)}, "check-config")
    assert done.stdout.endswith(
        "Database and broker: the embedded servers, which do not run now; `./ecc up` starts them.\n"
    )
    assert done.returncode == 0


def test_servers_that_answer_are_said_to(servers: EmbeddedServers, database: Database) -> None:
    done = run_ecc(settings_of(servers, database), "check-config")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("ECC_DATABASE_URL and ECC_MQTT_URL; both answer.\n")
    own = run_ecc({"ECC_DATA_DIR": str(servers.data_dir)}, "check-config")
    assert own.stdout.endswith("the embedded servers; both answer.\n")


def test_servers_that_do_not_answer_are_named_with_what_to_do(servers: EmbeddedServers) -> None:
    nobody, silent = free_port(None), socket.create_server(("127.0.0.1", 0))
    deaf = silent.getsockname()[1]
    with silent:
        began_s = time.monotonic()
        refused = {
            "ECC_DATABASE_URL": f"postgresql://x:hunter2@127.0.0.1:{nobody}/e",
            "ECC_MQTT_URL": f"mqtt://127.0.0.1:{deaf}",
        }
        done = run_ecc(refused, "check-config")
        timed_out = {
            "ECC_DATABASE_URL": f"postgresql://x@127.0.0.1:{deaf}/e",
            "ECC_MQTT_URL": f"mqtt://127.0.0.1:{nobody}",
        }
        other = run_ecc(timed_out, "check-config")
        assert time.monotonic() - began_s < 8
    assert (done.returncode, done.stdout, other.returncode) == (1, "", 1)
    database, broker = done.stderr.splitlines()
    assert database.startswith(f"The database at 127.0.0.1:{nobody} does not answer (Connection refused")
    assert database.endswith("Start it, or correct ECC_DATABASE_URL.")
    assert "did not let us in: no answer." in broker
    database, broker = other.stderr.splitlines()
    assert database.startswith(f"The database at 127.0.0.1:{deaf} does not answer (")
    assert "timeout expired" in database
    assert broker.startswith(f"The broker at 127.0.0.1:{nobody} does not answer (")
    assert "hunter2" not in done.stderr


def test_a_role_that_is_not_let_in_is_named(servers: EmbeddedServers, database: Database) -> None:
    environment = settings_of(servers, database) | {"ECC_API_PASSWORD": "hunter2"}
    done = run_ecc(environment, "check-config")
    (said,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "does not let ecc_api in (password authentication failed" in said
    assert "ECC_API_PASSWORD; `./ecc migrate`" in said
    assert "hunter2" not in said


def settings_of(servers: EmbeddedServers, database: Database) -> dict[str, str]:
    return {"ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url}
