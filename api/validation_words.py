"""What the schemas find wrong with an input, as reasons: pydantic's own errors and those of api/schemas."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any, LiteralString

from pydantic_core import PydanticCustomError

from fleet.reasons import Fault, Reason, sentences

EXTRA = "extra_forbidden"
REASONS: Mapping[str, str] = {
    "missing": "missing",
    EXTRA: "unknown_member",
    "json_invalid": "no_json",
    "model_type": "no_object",
    "model_attributes_type": "no_object",
    "dict_type": "no_object",
    "list_type": "no_list",
    "string_type": "no_text",
    "string_unicode": "no_text",
    "string_too_short": "too_few_characters",
    "string_too_long": "too_many_characters",
    "string_pattern_mismatch": "wrong_pattern",
    "bool_type": "no_boolean",
    "bool_parsing": "no_boolean",
    "int_type": "no_integer",
    "int_parsing": "no_integer",
    "int_parsing_size": "no_integer",
    "int_from_float": "no_integer",
    "float_type": "no_number",
    "float_parsing": "no_number",
    "finite_number": "not_finite",
    "greater_than": "not_above",
    "greater_than_equal": "too_small",
    "less_than": "not_below",
    "less_than_equal": "too_great",
    "multiple_of": "no_multiple",
    "too_short": "too_few_entries",
    "too_long": "too_many_entries",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
    "union_tag_invalid": "not_one_of",
    "union_tag_not_found": "missing",
    "uuid_type": "no_uuid",
    "uuid_parsing": "no_uuid",
    "date_type": "no_date",
    "date_parsing": "no_date",
    "date_from_datetime_parsing": "no_date",
    "date_from_datetime_inexact": "no_date",
    "time_type": "no_time_of_day",
    "time_parsing": "no_time_of_day",
    "datetime_type": "no_time",
    "datetime_parsing": "no_time",
    "datetime_object_invalid": "no_time",
    "datetime_from_date_parsing": "no_time",
    "timezone_aware": "time_without_zone",
}
"""Type of pydantic's error -> key of fleet/reasons.toml."""
PATTERNS: Mapping[str, str] = {
    r"\S": "form_not_blank",
    r"^\S+$": "form_no_blanks",
    r"^[!-~]+$": "form_printable",
    r"^[^\x00-\x1f\x7f]+$": "form_no_control",
    r"^[^\x00]*$": "form_no_nul",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$": "form_time_of_day",
    r"^[a-z][a-z0-9_]{0,63}$": "form_code",
    r"^[a-z0-9_]{1,59}$": "form_signal_key",
    r"^[a-z0-9_]+(,[a-z0-9_]+)*$": "form_names_list",
    r"^[a-z_]{1,40}$": "form_list_name",
    r"^([1-9][0-9]{0,8}|live|shadow|base)$": "form_rule_set",
    r"^[a-z0-9_]{1,60}$": "form_rule_key",
    r"^89[0-9]{16,18}$": "form_iccid",
    r"^[0-9]{14,15}$": "form_imsi",
    r"^[0-9]{6}$": "form_six_digits",
    r"^\+?[0-9]{5,15}$": "form_msisdn",
    r"^[A-Za-z0-9._:-]{1,64}$": "form_terminal_name",
    r"^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?)$": "form_event_kind",
    r"^\d{1,18}-\d{1,19}$": "form_event_place",
    r"^[A-Za-z0-9_-]{43}$": "form_link_token",
    r"^[0-9a-fA-F-]{36}$": "no_uuid",
    r"^([0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(pin|serial|equipment):[^\x00-\x1f\x7f]{1,64})$": "form_machine_reference",
}
"""Pattern of a schema -> key of fleet/reasons.toml: an expression says nothing to a reader."""

_PLACES = {"body", "query", "path"}  # callers name what stands there without saying where
_PLUS_LOST = re.compile(r"\d \d{2}:?\d{2}$")  # 18:00:00+08:00 as a query says it without %2B
_MEMBER = re.compile(r"[a-z_][a-z0-9_]*")


def refused(key: LiteralString) -> PydanticCustomError:
    """The error of a schema's own validator."""
    return PydanticCustomError(key, sentences()[key]["en"])


def faults(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """What pydantic found wrong, named as the caller knows it: `seats.0.name` of the body, a parameter's name.

    A member that may be left out is `T | None`, of which pydantic tells both sides: its null is not asked for.
    """
    optional = {tuple(error["loc"][:-1]) for error in errors if error["type"] == "none_required"}
    return [Fault(_where(error, optional), _reason(error)) for error in errors if error["type"] != "none_required"]


def _where(error: Mapping[str, Any], optional: Set[tuple[str | int, ...]]) -> str:
    kind, place = error["type"], tuple(error["loc"])
    if kind == "json_invalid":  # behind it stands the character
        return str(place[0])
    if place[0] == "header":
        return str(place[-1])
    steps = [
        str(step)
        for number, step in enumerate(place)
        if place[:number] not in optional
        and (_is_member(step) or (number == len(place) - 1 and (kind == EXTRA or place[0] == "query")))
    ]
    if kind.startswith("union_tag"):
        steps.append(error["ctx"]["discriminator"].strip("'"))
    return ".".join(steps[1:] if place[0] in _PLACES else steps) or str(place[0])


def _is_member(step: str | int) -> bool:
    """Members are in small letters; pydantic names what a union may be in between: Polygon, constrained-str."""
    return isinstance(step, int) or _MEMBER.fullmatch(step) is not None


def _reason(error: Mapping[str, Any]) -> Reason:
    kind = str(error["type"])
    key = REASONS.get(kind) or (kind if kind in sentences() else "not_understood")
    values = dict(error.get("ctx") or {})
    if key == "no_time" and error["loc"][0] == "query" and _PLUS_LOST.search(str(error.get("input"))):
        return Reason("plus_as_blank")
    if key == "wrong_pattern":
        return Reason(PATTERNS.get(values["pattern"], key))
    if kind == "json_invalid":
        values["position"] = error["loc"][-1]
    if key == "not_one_of":  # 'a', 'b' or 'c'
        expected = str(values.get("expected") or values["expected_tags"])
        values["expected"] = [one.strip("'") for one in re.split(", | or ", expected)]
    return Reason(key, values)
