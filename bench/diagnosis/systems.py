"""Which system of a machine a rule or an unusual signal speaks of."""

import tomllib
from functools import cache
from pathlib import Path

SYSTEMS = Path(__file__).parent / "systems.toml"


@cache
def system_of_rule() -> dict[str, str]:
    """Rule key -> system."""
    return _inverted("rules")


@cache
def system_of_signal() -> dict[str, str]:
    """Signal that a model found unusual -> system."""
    return _inverted("signals")


def keys_of_systems(table: str) -> dict[str, list[str]]:
    """System -> its keys; table: rules or signals."""
    keys: dict[str, list[str]] = tomllib.loads(SYSTEMS.read_text(encoding="utf-8"))[table]
    return keys


def _inverted(table: str) -> dict[str, str]:
    return {key: system for system, keys in keys_of_systems(table).items() for key in keys}
