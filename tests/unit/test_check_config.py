"""`ecc check-config` says in words what is wrong with the settings, and that nothing is when nothing is."""

import pytest

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


def test_consistent_settings_are_called_so() -> None:
    assert (
        "The settings are consistent. Database and broker: the embedded servers." in run_ecc({}, "check-config").stdout
    )
    own = {"ECC_DATABASE_URL": "postgresql://ecc@db/ecc", "ECC_MQTT_URL": "mqtt://broker"}
    assert "ECC_DATABASE_URL and ECC_MQTT_URL" in run_ecc(own, "check-config").stdout
