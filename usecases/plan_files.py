"""Maintenance plans as files: TOML, a plan a file, and CSV, a line an item."""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.errors import InvalidInput
from usecases.import_entries import number
from usecases.plan_members import INTERVALS, ITEM_MEMBERS, MEMBERS

PACKAGED = Path(__file__).parents[1] / "alerts" / "maintenance" / "plans"
REQUIRED = ("plan", "code", "zh", "en")
OPTIONAL = ("kind", "model", "source", "tell", "stages", "task", "recurrence", *INTERVALS, "wear", "tell_at", "minutes")
LISTS = {"parts": ("code", "name", "quantity"), "checks": ("code", "zh", "en")}
COLUMNS = (*REQUIRED, *OPTIONAL, *LISTS)
_STAGE = ("key", "h", "km", "l", "days")
_WORDS = ("zh", "en", "task", "recurrence", "wear")


def read_toml(content: bytes) -> dict[str, Any]:
    """The plan of a file; what it says is not checked. Raises InvalidInput."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise InvalidInput("import_not_utf8", byte=wrong.start) from None
    except tomllib.TOMLDecodeError as wrong:
        raise InvalidInput("plan_toml_unreadable", found=str(wrong)) from None


def as_toml(plan: Mapping[str, Any]) -> str:
    """The file of a plan; read again it is the same."""
    lines = [f"{name} = {_toml(plan[name])}" for name in MEMBERS if name not in ("stages", "items") and plan[name]]
    for table, members in (("stages", _STAGE), ("items", ITEM_MEMBERS)):
        for one in plan[table]:
            lines += ["", f"[[{table}]]"]
            lines += [f"{name} = {_toml(one[name])}" for name in members if one.get(name) not in (None, [], ())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    # A JSON text is a TOML one, but for the control character DEL, which no text of a plan holds.
    return json.dumps(value, ensure_ascii=False)


def as_csv(plan: Mapping[str, Any]) -> str:
    """The lines of a plan; what is said of the plan itself stands in the first of them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for place, item in enumerate(plan["items"]):
        cells = dict(item) | {"plan": plan["name"], "kind": plan["kind"], "model": plan["model"]}
        if place == 0:
            cells |= {"source": plan["source"], "tell": ";".join(plan["tell"])}
            cells["stages"] = ";".join("|".join(_cell(stage.get(name)) for name in _STAGE) for stage in plan["stages"])
        cells["tell_at"] = ";".join(item.get("tell_at") or ())
        for name, parts in LISTS.items():
            cells[name] = ";".join("|".join(_cell(one[part]) for part in parts) for one in item[name])
        writer.writerow([_cell(cells.get(name)) for name in COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def item_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """The item of a line; what it says is not checked. Raises InvalidInput for a cell that cannot be read."""
    item: dict[str, Any] = {"code": cells.get("code")} | {name: cells.get(name) for name in _WORDS}
    item |= {name: number(cells, name) for name in (*INTERVALS, "minutes")}
    item["tell_at"] = _names(cells, "tell_at")
    item["parts"] = [
        {"code": code, "name": name, "quantity": number({"parts": quantity or None}, "parts")}
        for code, name, quantity in _pieces(cells, "parts", 3)
    ]
    item["checks"] = [{"code": code, "zh": zh, "en": en} for code, zh, en in _pieces(cells, "checks", 3)]
    return item


def head_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """What a line says of its plan itself. Raises InvalidInput."""
    head: dict[str, Any] = {"name": cells.get("plan")}
    head |= {name: cells[name] for name in ("kind", "model", "source") if cells.get(name) is not None}
    if cells.get("tell") is not None:
        head["tell"] = _names(cells, "tell")
    if cells.get("stages") is not None:
        head["stages"] = [
            {"key": key}
            | {name: number({"stages": one or None}, "stages") for name, one in zip(_STAGE[1:], offsets, strict=True)}
            for key, *offsets in _pieces(cells, "stages", 5)
        ]
    return head


def _names(cells: Mapping[str, Any], column: str) -> list[str]:
    return [part.strip() for part in str(cells.get(column) or "").split(";") if part.strip()]


def _pieces(cells: Mapping[str, Any], column: str, parts: int) -> list[list[str]]:
    """The entries of a cell, separated by `;`, each of so many parts separated by `|`."""
    found = [
        [part.strip() for part in one.split("|")] for one in str(cells.get(column) or "").split(";") if one.strip()
    ]
    if wrong := [one for one in found if len(one) != parts]:
        raise InvalidInput("plan_cell_unreadable", where=column, found="|".join(wrong[0]), parts=parts)
    return found
