"""A rule's table as a text to begin an edit with: what judges, its tests as tables of their own."""

from collections.abc import Mapping
from typing import Any

from diagnosis.tuning import toml_value

_WHEN = ("when", "for", "clear", "limits", "severity", "max_gap")
_JUDGES = (*_WHEN, "applies_to", "latched", "suppressed_in", "inhibits")


def rule_text(key: str, table: Mapping[str, Any]) -> str:
    """The members that decide on findings and alarms, and the tests. Words, causes and checks stay as they are: an edit
    that does not name them does not hide those of the next shipped set."""
    names = [name for name in _JUDGES if name in table]
    width = max(map(len, names), default=0)
    lines = [f"[{key}]", *(f"{name.ljust(width)} = {toml_value(table[name])}" for name in names)]
    for test in table.get("tests", []):
        lines += ["", f"[[{key}.tests]]", *(f"{name} = {toml_value(value)}" for name, value in test.items())]
    return "\n".join(lines) + "\n"
