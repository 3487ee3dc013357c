"""What Grafana writes into a cell and beside a line, by the overrides of a panel's JSON."""

from __future__ import annotations

import re
from typing import Any


def shown(panel: dict[str, Any], column: str, value: object) -> str:
    """The value as a cell of that column shows it: what the first mapping that fits says of it (getValueMappingResult
    in Grafana's valueMappings.ts), else as it is."""
    for mapping in _properties(panel, column).get("mappings", []):
        given = mapping["options"]
        match mapping["type"]:
            case "value" if value in given:
                return str(given[value]["text"])
            case "regex" if isinstance(value, str) and re.search(given["pattern"].strip("/"), value):
                return str(given["result"]["text"])
            case "special" if str(value).lower() == given["match"]:
                return str(given["result"]["text"])
    return str(value)


def drawn(panel: dict[str, Any], metric: str) -> str:
    """What a line of this name is called."""
    return str(_properties(panel, metric).get("displayName", metric))


def _properties(panel: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byName", "options": name}:
            found |= {one["id"]: one["value"] for one in override["properties"]}
    return found
