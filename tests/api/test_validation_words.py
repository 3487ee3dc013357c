"""Whatever the schemas find wrong is told in both languages, and named as the caller knows it."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi.dependencies.models import Dependant
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from api.endpoints import served
from api.schemas.bodies import Absent, At, NotNull
from api.validation_words import PATTERNS, REASONS, faults

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What each kind of pydantic-core schema may refuse, without its constraints.
REFUSALS = {
    "str": {"string_type"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"},
    "float": {"float_type", "float_parsing"},
    "bool": {"bool_type", "bool_parsing"},
    "date": {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"},
    "datetime": {"datetime_type", "datetime_parsing", "datetime_object_invalid", "datetime_from_date_parsing"},
    "uuid": {"uuid_type", "uuid_parsing"},
    "literal": {"literal_error"},
    "enum": {"enum"},
    "list": {"list_type"},
    "dict": {"dict_type"},
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"model_attributes_type", "missing"},
    "tagged-union": {"union_tag_invalid", "union_tag_not_found"},
    **{
        kind: set()
        for kind in (
            "none",
            "nullable",
            "default",
            "union",
            "model-field",
            "function-after",
            "function-before",
            "no-info",
        )
    },
}
CONSTRAINTS = {
    "ge": "greater_than_equal",
    "gt": "greater_than",
    "le": "less_than_equal",
    "lt": "less_than",
    "multiple_of": "multiple_of",
    "pattern": "string_pattern_mismatch",
    "tz_constraint": "timezone_aware",
    "extra_fields_behavior": "extra_forbidden",
}


def parameters(dependant: Dependant) -> Iterator[Any]:
    yield from (*dependant.path_params, *dependant.query_params, *dependant.header_params, *dependant.cookie_params)
    yield from dependant.body_params
    for below in dependant.dependencies:
        yield from parameters(below)


def refusals(schema: Any) -> Iterator[str]:
    """The types of all errors that a core schema can give."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        yield from (error for name, error in CONSTRAINTS.items() if name in schema)
        if isinstance(kind, str):
            yield from REFUSALS[kind]
            unit = "string_too" if kind == "str" else "too"
            yield from (
                f"{unit}_{size}" for size, name in (("short", "min_length"), ("long", "max_length")) if name in schema
            )
            yield from ("finite_number",) if schema.get("allow_inf_nan") is False else ()
        for name, inner in schema.items():
            if name not in ("metadata", "serialization", "ref", "expected", "discriminator"):
                yield from refusals(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            yield from refusals(inner)


async def test_every_refusal_that_the_schemas_know_has_a_reason(clients):
    adapters = [
        inner
        for route in served(clients.app).values()
        for field in parameters(route.dependant)
        for inner in vars(field).values()
        if isinstance(inner, TypeAdapter)
    ]
    possible = {error for adapter in adapters for error in refusals(adapter.core_schema)}
    assert len(adapters) > 300
    assert {"extra_forbidden", "string_too_long", "too_long", "timezone_aware", "union_tag_invalid"} <= possible
    assert possible - set(REASONS) == set()


def patterns(node: Any) -> Iterator[str]:
    """The patterns of a core schema or of a published one."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for name, inner in node.items():
            if name not in ("metadata", "serialization"):
                yield from patterns(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from patterns(inner)


async def test_every_pattern_of_the_schemas_has_words_of_its_own(clients):
    published = set(patterns(clients.app.openapi()))
    assert len(published) > 12
    inner = {
        pattern
        for route in served(clients.app).values()
        for field in parameters(route.dependant)
        for adapter in vars(field).values()
        if isinstance(adapter, TypeAdapter)
        for pattern in patterns(adapter.core_schema)
    }
    assert (published | inner) - set(PATTERNS) == set()
    assert set(PATTERNS) - (published | inner) == set(), "no schema has this pattern"


@pytest.mark.parametrize(
    ("path", "where", "code"),
    [
        ("/machines/foo:bar", "machine", "form_machine_reference"),
        ("/machines?signals=", "signals", "form_names_list"),
        ("/machines?q=%00", "q", "form_no_nul"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_no_reader_sees_a_pattern(clients, path, where, code, language):
    async with clients.of("expert", **{"accept-language": language}) as http:
        answer = await http.get(f"/api/v1{path}")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["where"], fault["code"]) == (where, code)
    assert "^" not in answer.text
    assert "\\S" not in answer.text


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Seat(BaseModel, extra="forbid"):
    name: Annotated[str, Field(min_length=2, max_length=3)]
    note: str | Absent = None
    most: Annotated[int, Field(gt=0, lt=9)] | None = None


class Point(BaseModel):
    type: Literal["Point"]
    places: list[int]


class Line(BaseModel):
    type: Literal["Line"]


class Body(BaseModel, extra="forbid"):
    seats: Annotated[list[Seat], Field(min_length=1, max_length=2)] = Field(default_factory=list)
    shape: Annotated[Point | Line, Field(discriminator="type")] | None = None
    kept: Annotated[str | None, NotNull] = None
    at: At | None = None


# Seconds to some, milliseconds to others; without seconds; an offset without its colon.
WRONG_TIMES = ("yesterday", 1763809200, "1763809200000", "2026-11-22T11:00Z", "2026-11-22T11:00:00+0530")


@pytest.mark.parametrize(
    ("kind", "value", "where", "code", "en", "zh"),
    [
        (Body, {"seats": [{"name": "a"}]}, "seats.0.name", "too_few_characters", "at least 2", "至少 2 个字符"),
        (Body, {"seats": [{"name": "abcd"}]}, "seats.0.name", "too_many_characters", "at most 3", "最多 3 个字符"),
        (Body, {"seats": [{"name": "abc", "note": 5}]}, "seats.0.note", "no_text", "no text", "不是文本"),
        (Body, {"seats": [{"name": "abc", "most": 9}]}, "seats.0.most", "not_below", "less than 9", "小于 9"),
        (Body, {"seats": [{"name": "abc", "most": 0}]}, "seats.0.most", "not_above", "greater than 0", "大于 0"),
        (
            Body,
            {"seats": [{"Name": "abc", "name": "abc"}]},
            "seats.0.Name",
            "unknown_member",
            "no member",
            "没有此名称",
        ),
        (Body, {"seats": []}, "seats", "too_few_entries", "at least 1 entries", "至少 1 项"),
        (Body, {"seats": [{"name": "abc"}] * 3}, "seats", "too_many_entries", "at most 2", "最多 2 项"),
        (Body, {"seats": {}}, "seats", "no_list", "no list", "不是列表"),
        (Body, {"seats": [1]}, "seats.0", "no_object", "no object", "不是对象"),
        (Body, {"shape": {"type": "Circle"}}, "shape.type", "not_one_of", "none of Point, Line", "Point、Line"),
        (Body, {"shape": {}}, "shape.type", "missing", "missing", "缺少"),
        (Body, {"shape": {"type": "Point", "places": [1.5]}}, "shape.places.0", "no_integer", "whole", "整数"),
        (Body, {"kept": None}, "kept", "not_null", "is not null", "不能为 null"),
        (Body, {"at": "1969-01-01T00:00:00Z"}, "at", "time_out_of_range", "between 1970", "1970 年"),
        (Body, {"at": "2026-01-01T00:00:00"}, "at", "time_without_zone", "no zone", "没有时区"),
        *((Body, {"at": at}, "at", "no_time", "no time such as", "不是时间") for at in WRONG_TIMES),
        (Colour, "green", "x", "not_one_of", "none of red, blue", "red、blue"),
        (Literal[12, 24], 13, "x", "not_one_of", "none of 12, 24", "12、24"),
        (UUID, "7", "x", "no_uuid", "no id (UUID)", "UUID"),
        (date, "2026-02-30", "x", "no_date", "no date", "不是日期"),
        (bool, "maybe", "x", "no_boolean", "neither true nor false", "既不是"),
        (float, "x", "x", "no_number", "no number", "不是数"),
        (Annotated[float, Field(allow_inf_nan=False)], "inf", "x", "not_finite", "finite", "有限"),
        (Annotated[int, Field(ge=1, le=200)], 0, "x", "too_small", "at least 1", "不得小于 1"),
        (Annotated[float, Field(le=60)], 61, "x", "too_great", "at most 60.", "不得大于 60。"),
        (Annotated[int, Field(multiple_of=5)], 6, "x", "no_multiple", "multiple of 5", "5 的倍数"),
        (Annotated[str, Field(pattern="^a+$")], "b", "x", "wrong_pattern", "right form", "格式不符"),
        (dict[str, int], [], "x", "no_object", "no object", "不是对象"),
        (AwareDatetime, 1e30, "x", "no_time", "no time", "不是时间"),
    ],
)
async def test_what_is_wrong_is_told_in_both_languages(kind, value, where, code, en, zh):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    place = ("body",) if kind is Body else ("query", "x")
    told = faults([error | {"loc": (*place, *error["loc"])} for error in caught.value.errors()])
    assert [(fault.where, fault.reason.key) for fault in told] == [(where, code)]
    assert en in told[0].reason.in_language("en")
    assert zh in told[0].reason.in_language("zh")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-11-21T18:00:00%2B08:00", None),
        ("2026-11-21T18:00:00+08:00", "plus_as_blank"),
        ("2026-11-21T18:00:00.5+0800", "plus_as_blank"),
        ("2026-11-21 18:00:00", "time_without_zone"),
        ("yesterday", "no_time"),
        ("1763809200", "no_time"),
    ],
)
async def test_a_plus_that_became_a_blank_is_told_of(clients, written, code):
    async with clients.of("owner") as http:
        for path in ("/api/v1/geofences?valid_at=", "/api/v1/machines/pin:PIN-digger/events?from="):
            answer = await http.get(path + written)
            assert answer.status_code == (200 if code is None else 422), answer.text
            assert code is None or [error["code"] for error in answer.json()["errors"]] == [code]
    assert code != "plus_as_blank" or "%2B" in answer.json()["errors"][0]["message"]


async def test_the_api_says_where_and_why_in_the_language_asked_for(clients):
    async with clients.of("owner", **{"accept-language": "zh"}) as http:
        query = (await http.get("/api/v1/machines?limit=0&sort=colour")).json()
        body = (await http.post("/api/v1/sites", json={"time_zone": "UTC", "colour": 1, "address": 7})).json()
        broken = await http.post("/api/v1/sites", content=b'{"name"', headers={"content-type": "application/json"})
        nothing = (await http.post("/api/v1/sites")).json()
        domain = (await http.post("/api/v1/sites", json={"name": "a", "time_zone": "CET+1"})).json()
    told = {error["where"]: (error["code"], error["message"]) for error in query["errors"]}
    assert told["limit"] == ("too_small", "不得小于 1。")
    assert told["sort"][0] == "not_one_of"
    assert {e["where"]: e["code"] for e in body["errors"]} == {
        "name": "missing",
        "colour": "unknown_member",
        "address": "no_text",
    }
    assert broken.json()["errors"] == [
        {"where": "body", "code": "no_json", "message": "请求体不是 JSON（第 7 个字符处）。"}
    ]
    assert [(e["where"], e["code"]) for e in nothing["errors"]] == [("body", "missing")]
    assert domain["errors"] == [
        {"where": "time_zone", "code": "zone_unknown", "message": "“CET+1” 不是 IANA 时区（如 Asia/Shanghai）。"}
    ]
    assert domain["detail"] == "time_zone：“CET+1” 不是 IANA 时区（如 Asia/Shanghai）。"
