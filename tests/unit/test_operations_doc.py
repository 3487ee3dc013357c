"""docs/operations.md names what there is: every setting with its default, every metric, every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from prometheus_client import REGISTRY, CollectorRegistry

import app.metrics
import app.sender  # noqa: F401 - registers its metrics
from api.metrics import Metrics
from app.cli import app as command_line
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SETTING = re.compile(r"^\| `(ECC_\w+)` \| (.*?) \|", re.MULTILINE)


def metric_names(registry: CollectorRegistry) -> set[str]:
    """Names of our metrics as Prometheus shows them."""
    return {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in registry.collect()
        if metric.name.startswith("ecc_")
    }


def test_every_setting_is_in_the_table_once_and_nothing_else() -> None:
    assert [name for name, _ in SETTING.findall(TEXT)] == [f"ECC_{name.upper()}" for name in Settings.model_fields]


@pytest.mark.parametrize(("name", "default"), SETTING.findall(TEXT))
def test_a_default_that_is_given_is_the_programs(name: str, default: str) -> None:
    field = Settings.model_fields[name.removeprefix("ECC_").lower()]
    if default.startswith("`"):
        assert default == f"`{field.default}`"
    else:  # said in words
        assert field.default is None or field.default_factory is not None


def test_every_metric_is_named() -> None:
    missing = {name for name in metric_names(REGISTRY) | metric_names(Metrics().registry) if f"`{name}" not in TEXT}
    assert missing == set()


def test_every_metric_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(ecc_[a-z_]+)(?:\{\w+\})?`", TEXT)) - {"ecc_owner"}
    named = {name for name in named if not name.startswith(("ecc_gateway`", "ecc_api`"))}
    roles = {name for name in named if name.count("_") == 1}
    assert named - roles - metric_names(REGISTRY) - metric_names(Metrics().registry) == set()


def test_every_command_of_an_example_is_there() -> None:
    known = {path for path, _ in commands(typer.main.get_command(command_line))}
    for line in re.findall(r"\./ecc ([a-z][a-z -]*)", TEXT):
        words = line.split(" --", maxsplit=1)[0].split()
        assert any(tuple(words[:length]) in known for length in (1, 2)), line


def commands(group: object, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    """All commands with their words."""
    found = [(path, group)] if path else []
    for name, command in getattr(group, "commands", {}).items():
        found += commands(command, (*path, name))
    return found


def test_every_file_that_is_linked_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
