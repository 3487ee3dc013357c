"""What a maintenance plan may say, whether it comes as JSON, TOML or lines of CSV."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, get_args

import msgspec

from alerts.maintenance.plan import DEFAULT_STAGES, Dimension, Plan, Recurrence, Stage, State, Task
from diagnosis.wear.indices import BY_KEY
from fleet.errors import InvalidInput, placed
from usecases.edit_models import CODE
from usecases.master_data import choice, optional_number, optional_text, text

AUDIENCE = ("owner", "dealer")
MEMBERS = ("name", "kind", "model", "source", "tell", "stages", "items")
INTERVALS = ("every_h", "every_km", "every_l", "every_months")
ITEM_MEMBERS = ("code", "zh", "en", "task", "recurrence", *INTERVALS, "wear", "tell_at", "minutes", "parts", "checks")
_OFFSETS = tuple(dimension.value for dimension in Dimension)
_ORDER = (State.SOON, State.DUE, State.OVERDUE)
Member = Mapping[str, Any]


def checked_plan(values: Member) -> dict[str, Any]:
    """The plan as it is kept. Raises InvalidInput with the place: `items.3.every_h`."""
    _known(values, MEMBERS)
    kind, model = optional_text(values, "kind", 64), optional_text(values, "model", 100)
    if (kind is None) == (model is None):
        raise InvalidInput("plan_for_one", where="kind")
    tell = _list(values, "tell", AUDIENCE)
    given = values.get("stages")
    stages = _each(given, "stages", _stage) if given else [msgspec.to_builtins(stage) for stage in DEFAULT_STAGES]
    plan: dict[str, Any] = {
        "name": text(values, "name", 100),
        "kind": kind,
        "model": model,
        "source": optional_text(values, "source", 2000) or "",
        "tell": [choice({"tell": one}, "tell", AUDIENCE) for one in dict.fromkeys(tell)],
        "stages": stages,
        "items": _each(values.get("items"), "items", _item),
    }
    _check_stages(plan["stages"])
    _unique(plan["items"], "items", "code")
    _check_told(plan)
    if not plan["items"]:
        raise InvalidInput("plan_without_items", where="items")
    return plan


def plan_of(content: Member) -> Plan:
    """The plan that this is."""
    return msgspec.convert(content, Plan)


def checked_item(values: Member) -> dict[str, Any]:
    """One item as it is kept. Raises InvalidInput."""
    return _item(values)


def _known(values: Any, members: Sequence[str]) -> None:
    if not isinstance(values, Mapping):
        raise InvalidInput("no_object")
    if unknown := [name for name in values if name not in members]:
        raise InvalidInput("unknown_member", where=str(unknown[0]))


def _list(values: Member, name: str, default: Sequence[Any] = ()) -> Sequence[Any]:
    found = values.get(name)
    if found is None:
        return default
    if not isinstance(found, list | tuple):
        raise InvalidInput("no_list", where=name)
    return found


def _each(found: Any, name: str, check: Callable[[Member], dict[str, Any]]) -> list[dict[str, Any]]:
    checked = []
    for number, one in enumerate(_list({name: found}, name)):
        with placed(f"{name}.{number}"):
            checked.append(check(one))
    return checked


def _unique(members: Sequence[Member], name: str, key: str) -> None:
    seen: set[Any] = set()
    for number, one in enumerate(members):
        if one[key] in seen:
            raise InvalidInput("plan_code_twice", where=f"{name}.{number}.{key}", found=one[key])
        seen.add(one[key])


def _code(values: Member, name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not CODE.fullmatch(found):
        raise InvalidInput("code_wrong", where=name, found=found)
    return found


def _whole(values: Member, name: str, high: int) -> int | None:
    found = optional_number(values, name, 1, high)
    if found is not None and not found.is_integer():
        raise InvalidInput("no_integer", where=name)
    return None if found is None else int(found)


def _stage(values: Member) -> dict[str, Any]:
    _known(values, ("key", *_OFFSETS))
    offsets = {name: optional_number(values, name, -1_000_000, 1_000_000) for name in _OFFSETS}
    told = [offset for offset in offsets.values() if offset is not None]
    if not told or min(told) < 0 < max(told):
        raise InvalidInput("plan_stage_mixed", where="h")
    return {"key": _code(values, "key"), **offsets}


def _check_stages(stages: Sequence[Member]) -> None:
    """Each later than the one before by every unit that both have, and one of them when the item is due."""
    _unique(stages, "stages", "key")
    meant = [msgspec.convert(stage, Stage) for stage in stages]
    for number, (one, other) in enumerate(pairwise(meant), 1):
        pairs = [(one.offset(dimension), other.offset(dimension)) for dimension in Dimension]
        is_later = all(a is None or b is None or a < b for a, b in pairs)
        if not is_later or _ORDER.index(one.state) > _ORDER.index(other.state):
            raise InvalidInput("plan_stages_order", where=f"stages.{number}")
    if not any(stage.state is State.DUE for stage in meant):
        raise InvalidInput("plan_stage_no_due", where="stages")


def _check_told(plan: Member) -> None:
    known = [stage["key"] for stage in plan["stages"]]
    for number, item in enumerate(plan["items"]):
        if unknown := [key for key in item["tell_at"] if key not in known]:
            raise InvalidInput("plan_stage_unknown", where=f"items.{number}.tell_at", found=unknown[0], known=known)


def _item(values: Member) -> dict[str, Any]:
    _known(values, ITEM_MEMBERS)
    item: dict[str, Any] = {
        "code": _code(values, "code"),
        "zh": text(values, "zh", 200),
        "en": text(values, "en", 200),
        "task": choice({"task": values.get("task") or "service"}, "task", get_args(Task)),
        "recurrence": choice(
            {"recurrence": values.get("recurrence") or "floating"}, "recurrence", get_args(Recurrence)
        ),
        "every_h": _interval(values, "every_h", 100_000),
        "every_km": _interval(values, "every_km", 1_000_000),
        "every_l": _interval(values, "every_l", 1_000_000),
        "every_months": _whole(values, "every_months", 240),
        "wear": optional_text(values, "wear", 64),
        "tell_at": [_code({"tell_at": one}, "tell_at") for one in _list(values, "tell_at")],
        "minutes": _whole(values, "minutes", 100_000),
        "parts": _each(values.get("parts"), "parts", _part),
        "checks": _each(values.get("checks"), "checks", _check),
    }
    _unique(item["checks"], "checks", "code")
    if item["wear"] is not None and item["wear"] not in BY_KEY:
        raise InvalidInput("plan_wear_unknown", where="wear", found=item["wear"], known=sorted(BY_KEY))
    if all(item[name] is None for name in (*INTERVALS, "wear")):
        raise InvalidInput("plan_item_without_interval", where="every_h")
    return item


def _interval(values: Member, name: str, high: float) -> float | None:
    found = optional_number(values, name, 0, high)
    if found == 0:
        raise InvalidInput("number_out_of_range", where=name, found=found, low=1, high=high)
    return found


def _part(values: Member) -> dict[str, Any]:
    _known(values, ("code", "name", "quantity"))
    quantity = optional_number(values, "quantity", 0, 10_000)
    return {
        "code": text(values, "code", 64),
        "name": text(values, "name", 200),
        "quantity": 1.0 if quantity is None else quantity,
    }


def _check(values: Member) -> dict[str, Any]:
    _known(values, ("code", "zh", "en"))
    return {"code": _code(values, "code"), "zh": text(values, "zh", 200), "en": text(values, "en", 200)}
