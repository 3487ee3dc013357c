"""`ecc`: every command is found, and none waits for the modules of another."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.root import COMMANDS, app

CHECKOUT = Path(__file__).resolve().parents[2]
HEAVY = {"sklearn", "scipy", "matplotlib", "fastapi", "apprise"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_there_and_says_what_it_does(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert (result.exit_code, f"ecc {name}" in result.output or f"root {name}" in result.output) == (0, True)


def test_every_group_of_commands_can_be_called() -> None:
    named = {place.split(":")[0] for place in COMMANDS.values()}
    alone = {path.stem for path in (CHECKOUT / "app/cli").glob("*.py") if path.stem not in {"__init__", "__main__"}}
    parts_of_others = {"root", "master_data", "people", "rule_overrides", "rule_replays"}
    assert alone - named == parts_of_others


def test_a_misspelt_command_is_told_which_one_was_meant() -> None:
    result = CliRunner().invoke(app, ["gatewai"])
    assert result.exit_code == 2
    assert "'gateway'" in result.output


@pytest.mark.parametrize("name", ["gateway", "housekeeping", "migrate", "servers", "people"])
def test_a_process_starts_without_what_other_commands_need(name: str) -> None:
    asked = (
        "import sys; from app.cli.root import Commands;"
        f"Commands(name='ecc').get_command(None, {name!r}); print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(said.stdout.split())
