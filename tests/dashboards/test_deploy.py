"""deploy/: the compose file against the compose specification's own schema, and what has to agree with the code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml

from app.cli.root import COMMANDS
from app.settings import Settings
from dashboards.grafana.push import FOLDER_UID, Database, datasource
from dashboards.grafana.query import DATASOURCE_UID
from tests.conftest import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = ("gateway", "api", "sender", "housekeeping", "diagnose")
OF_DOCKER = {"ECC_DATABASE_HOST", "ECC_DATABASE_SSLMODE"}  # read by Grafana's provisioning, not by ECC


def test_the_compose_file_is_what_the_specification_allows():
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    validator.validate(COMPOSE)
    wrong = COMPOSE | {"services": {**SERVICES, "api": SERVICES["api"] | {"port": ["8080"]}}}
    with pytest.raises(jsonschema.ValidationError, match="port"):
        validator.validate(wrong)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_runs_with_settings_that_exist_and_its_own_password_only(process):
    service = SERVICES[process]
    assert service["command"] == ["./ecc", process]
    assert process in COMMANDS
    names = set(service["environment"])
    known = {f"ECC_{name.upper()}" for name in Settings.model_fields}
    assert names <= known, names - known
    passwords = {name for name in names if re.fullmatch(r"ECC_\w+_PASSWORD", name)} - {"ECC_MQTT_PASSWORD"}
    assert passwords == {f"ECC_{process.upper()}_PASSWORD"}
    assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_owner_gives_every_role_its_password():
    given = SERVICES["migrate"]["environment"]
    for role in (*PROCESSES, "grafana", "owner"):
        assert f"ECC_{role.upper()}_PASSWORD" in given


def test_files_that_are_mounted_are_in_the_checkout_or_named_as_to_be_made():
    text = (DEPLOY / "compose.yaml").read_text()
    made = {"mosquitto/ecc.passwd", "mosquitto", "grafana/boards", "mosquitto/ca.pem"}
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and source[2:] not in made:
                assert (DEPLOY / source).exists(), source
    assert set(COMPOSE["volumes"]) == set(re.findall(r"^\s+- ([a-z]+):/", text, re.MULTILINE))
    assert (CHECKOUT / SERVICES["api"]["build"]["dockerfile"]).exists()


def test_what_provisioning_says_of_the_data_source_is_what_push_says():
    (provisioned,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/ecc.yaml").read_text())["datasources"]
    pushed = datasource(Database(host="h:1", name="ecc", password="x"))
    assert provisioned["uid"] == pushed["uid"] == DATASOURCE_UID
    for key in ("type", "access", "user"):
        assert provisioned[key] == pushed[key]
    assert provisioned["jsonData"] | {"sslmode": "require"} == pushed["jsonData"]
    environment = SERVICES["grafana"]["environment"]
    asked = set(re.findall(r"\$\{(\w+)\}", json.dumps(provisioned)))
    assert asked <= set(environment)
    assert asked >= OF_DOCKER


def test_boards_are_provisioned_from_the_folder_that_is_mounted():
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/ecc.yaml").read_text())["providers"]
    assert provider["folderUid"] == FOLDER_UID
    mounts = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounts


def test_only_console_grafana_and_broker_are_reached_from_outside():
    open_ports = {name: service["ports"] for name, service in SERVICES.items() if service.get("ports")}
    assert open_ports == {
        "mosquitto": ["8883:8883"],
        "api": ["127.0.0.1:8080:8080"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_script_that_makes_the_database_is_a_shell_script():
    script = DEPLOY / "timescale" / "create.sh"
    shell = shutil.which("sh")
    assert shell is not None
    assert subprocess.run([shell, "-n", script], check=False).returncode == 0
    assert ":'password'" in script.read_text(), "the password is quoted by psql, not by the shell"
