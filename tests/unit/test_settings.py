"""Settings from the environment, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.embedded import EmbeddedError
from app.settings import explain, load_settings, unknown_variables


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("ECC_")]:
        monkeypatch.delenv(name)


def complaints(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(f"ECC_{name.upper()}", value)
    with pytest.raises(ValidationError) as caught:
        load_settings()
    return explain(caught.value)


def test_nothing_set_means_the_embedded_servers() -> None:
    settings = load_settings()
    assert settings.uses_embedded_servers
    assert (settings.silence_after_s, settings.late_after_s, settings.retention_years) == (900, 900, 10)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"http_port": "99999"}, "ECC_HTTP_PORT must be at most 65535."),
        ({"batch_rows": "many"}, "ECC_BATCH_ROWS must be a whole number."),
        ({"batch_rows": "0"}, "ECC_BATCH_ROWS must be at least 1."),
        ({"auto_register": "perhaps"}, "ECC_AUTO_REGISTER must be true or false."),
        ({"log_level": "loud"}, "ECC_LOG_LEVEL must be one of 'debug', 'info', 'warning' or 'error'."),
        (
            {"silence_after_s": "239"},
            "ECC_SILENCE_AFTER_S must be at least 240: why a machine is silent shows by who else went silent within "
            "two minutes.",
        ),
        ({"quarantine_days": "-1"}, "ECC_QUARANTINE_DAYS must be at least 0."),
        (
            {"ledger_days": "7"},
            "ECC_LEDGER_DAYS must be more than ECC_LEDGER_WARM_DAYS, or 0 to keep the ledger for ever.",
        ),
        ({"gateway_id": "a b"}, "ECC_GATEWAY_ID must be 1 to 23 letters, digits, - or _."),
        ({"mqtt_url": "http://x"}, "ECC_MQTT_URL must look like mqtt://host:1883 or mqtts://host:8883."),
        (
            {"mqtt_url": "mqtt://me:pw@host"},
            "ECC_MQTT_URL must not carry a login; use ECC_MQTT_USERNAME and ECC_MQTT_PASSWORD.",
        ),
        ({"mqtt_ca_file": "/nowhere/ca.pem"}, "ECC_MQTT_CA_FILE names a file that is not there: /nowhere/ca.pem."),
        (
            {"database_url": "postgresql://u@h/d"},
            "ECC_DATABASE_URL is set and ECC_MQTT_URL is not; set both, or neither for the embedded servers.",
        ),
        ({"mqtt_password": "x"}, "ECC_MQTT_PASSWORD is set and ECC_MQTT_USERNAME is not."),
    ],
)
def test_a_wrong_setting_is_explained_in_words(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    assert complaints(monkeypatch, **environment) == [sentence]


def test_an_explanation_never_repeats_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaints(monkeypatch, database_url="mysql://u:hunter2@h/d", mqtt_url="mqtt://u:hunter2@h")
    assert len(said) == 2
    assert "hunter2" not in str(said)


def test_each_role_logs_in_with_its_own_password_where_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECC_DATABASE_URL", "postgresql://someone:hunter2@db:5432/ecc?sslmode=verify-full")
    monkeypatch.setenv("ECC_MQTT_URL", "mqtts://broker:8883")
    monkeypatch.setenv("ECC_API_PASSWORD", "p@ss/word")
    settings = load_settings()
    assert settings.database_url_for("ecc_api") == "postgresql://ecc_api:p%40ss%2Fword@db:5432/ecc?sslmode=verify-full"
    assert settings.database_url_for("ecc_gateway").startswith("postgresql://someone:hunter2@db")
    assert "hunter2" not in repr(settings)


def test_embedded_servers_that_do_not_run_are_named_with_the_way_to_start_them(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"No embedded servers run on .* Start them with `./ecc up`"):
        load_settings(data_dir=tmp_path).broker_url()


def test_a_misspelt_variable_is_found() -> None:
    assert unknown_variables({"ECC_DATABSE_URL": "x", "ECC_HTTP_PORT": "1", "HOME": "/"}) == [
        "ECC_DATABSE_URL is not a setting; did you mean ECC_DATABASE_URL?"
    ]


def test_for_a_variable_that_is_near_to_no_setting_none_is_suggested() -> None:
    assert unknown_variables({"ECC_FOO": "x"}) == ["ECC_FOO is not a setting; docs/operations.md lists them all."]
