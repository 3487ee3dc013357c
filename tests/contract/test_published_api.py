"""A change of the API that would break programs written against the published /api/v1 stops here."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.api_changes import breaking_changes
from tests.contract.published_api import PUBLISHED, broken

Document = dict[str, Any]


def test_what_was_published_still_holds() -> None:
    found = broken()
    assert not found, (
        "programs that use the API would break:\n  " + "\n  ".join(found) + "\n"
        "Inside v1 things are only added (make openapi publishes additions). For what was never released: "
        "python -m tests.contract.published_api --update --breaking"
    )


SITE = {
    "type": "object",
    "required": ["id", "name", "note"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "size": {"type": "integer"},
        "hours": {"type": "array", "items": {"$ref": "#/components/schemas/Hours"}},
        "by_day": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Hours"}},
        "inside": {"anyOf": [{"$ref": "#/components/schemas/Site"}, {"type": "null"}]},
    },
}
NEW = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 200},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "size": {"type": "number", "minimum": 0},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
HOURS = {"type": "object", "required": ["from"], "properties": {"from": {"type": "string"}}}
DOCUMENT: Document = {
    "paths": {
        "/sites": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 500}},
                    {"in": "query", "name": "sort", "schema": {"type": "string", "enum": ["name", "-name"]}},
                ],
                "security": [{"bearer": []}, {"client": ["fleet:read"]}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Site"}},
                            "text/csv": {"schema": {"type": "string"}},
                        }
                    },
                    "404": {"content": {}},
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {"201": {"content": {}}},
            },
        }
    },
    "components": {"schemas": {"Site": SITE, "New": NEW, "Hours": HOURS}},
}
GET, POST = ("paths", "/sites", "get"), ("paths", "/sites", "post")
ANSWER, BODY = ("components", "schemas", "Site"), ("components", "schemas", "New")


def at(document: Document, *place: str | int) -> Any:
    part: Any = document
    for step in place:
        part = part[step]
    return part


def setting(*place: str | int, to: Any) -> Callable[[Document], None]:
    return lambda document: at(document, *place[:-1]).__setitem__(place[-1], to)


def without(*place: str | int) -> Callable[[Document], None]:
    return lambda document: at(document, *place[:-1]).__delitem__(place[-1])


def with_parameter(**parameter: Any) -> Callable[[Document], None]:
    return lambda document: at(document, *GET, "parameters").append({"in": "query", **parameter})


INTEGER = {"type": "integer"}
BREAKS = [
    (without(*GET[:2]), "GET /sites is gone"),
    (without(*GET), "GET /sites is gone"),
    (without(*GET, "parameters", 0), "GET /sites: the query parameter limit is gone"),
    (with_parameter(name="of", required=True, schema=INTEGER), "the query parameter of is new and required"),
    (setting(*GET, "parameters", 0, "required", to=True), "the query parameter limit is required now"),
    (setting(*GET, "parameters", 0, "schema", "maximum", to=100), "limit: maximum is 100 now, it was 500"),
    (setting(*GET, "parameters", 0, "schema", to={"type": "boolean"}), "limit is not taken as integer any more"),
    (setting(*GET, "parameters", 1, "schema", "enum", to=["name"]), "sort: the value '-name' is gone"),
    (without(*GET, "responses", "200", "content", "text/csv"), "the answer 200 is not text/csv any more"),
    (setting(*GET, "responses", to={"206": {"content": {}}}), "GET /sites: does not answer 200 any more"),
    (setting(*GET, "security", to=[{"bearer": []}]), "cannot be called with client fleet:read any more"),
    (setting(*GET, "security", 1, to={"client": ["admin"]}), "cannot be called with client fleet:read any more"),
    (setting(*POST, "security", to=[{"bearer": []}]), "POST /sites: asks for a sign-in now"),
    (setting(*POST, "requestBody", "required", to=True), "POST /sites: a body is required now"),
    (without(*POST, "requestBody"), "POST /sites: takes no body any more"),
    (without(*ANSWER, "properties", "name"), "the answer 200: its member name is gone"),
    (setting(*ANSWER, "required", to=["id", "note"]), "its member name may be absent now"),
    (setting(*ANSWER, "properties", "name", to={"type": ["string", "null"]}), "its member name may be null now"),
    (setting(*ANSWER, "properties", "name", to=INTEGER), "its member name may be integer now"),
    (setting(*ANSWER, "properties", "name", to={}), "its member name may be anything now"),
    (setting(*ANSWER, "properties", "size", "type", to="number"), "its member size may be number now"),
    (setting(*ANSWER, "properties", "id", "format", to="date"), "id has the format date instead of uuid"),
    (setting(*ANSWER, "properties", "state", "enum", to=["open"]), "its member state: the value 'closed' is gone"),
    (without("components", "schemas", "Hours", "properties", "from"), "hours, each item: its member from is gone"),
    (setting(*ANSWER, "properties", "hours", to=SITE), "its member hours may be object now"),
    (without(*BODY, "properties", "note"), "the body: its member note is gone"),
    (setting(*BODY, "required", to=["name", "size"]), "the body: its member size is required now"),
    (setting(*BODY, "properties", "name", "maxLength", to=50), "name: maxLength is 50 now, it was 200"),
    (setting(*BODY, "properties", "name", "pattern", to="^a"), "name: the pattern is ^a now, it was any"),
    (setting(*BODY, "properties", "size", "type", to="integer"), "its member size is not taken as number any more"),
    (setting(*BODY, "properties", "note", to={"type": "string"}), "its member note is not taken as null any more"),
    (setting(*BODY, "properties", "name", "enum", to=["a"]), "its member name must be one of 'a' now"),
    (setting(*BODY, "properties", "state", "enum", to=["open"]), "its member state: the value 'closed' is gone"),
]


@pytest.mark.parametrize(("change", "sentence"), BREAKS, ids=[sentence for _, sentence in BREAKS])
def test_a_change_that_breaks_is_told_in_words(change: Callable[[Document], None], sentence: str) -> None:
    after = copy.deepcopy(DOCUMENT)
    change(after)
    found = breaking_changes(DOCUMENT, after)
    assert any(sentence in said for said in found), found


ADDITIONS = {
    "nothing": lambda document: None,
    "a path": setting("paths", "/others", to={"get": {"responses": {}}}),
    "an operation": setting("paths", "/sites", "delete", to={"responses": {}, "security": [{"bearer": []}]}),
    "an optional parameter": with_parameter(name="of", schema=INTEGER),
    "a wider parameter": setting(*GET, "parameters", 0, "schema", "maximum", to=1000),
    "a word that a parameter may be": setting(*GET, "parameters", 1, "schema", "enum", to=["name", "-name", "size"]),
    "an error": setting(*GET, "responses", "409", to={"content": {}}),
    "no error any more": without(*GET, "responses", "404"),
    "a form of the answer": setting(*GET, "responses", "200", "content", "text/html", to={}),
    "another way of signing in": setting(
        *GET, "security", to=[{"key": []}, {"bearer": []}, {"client": ["fleet:read"]}]
    ),
    "no sign-in any more": without(*GET, "security"),
    "a member of an answer": setting(*ANSWER, "properties", "area", to=INTEGER),
    "a word of an answer": setting(*ANSWER, "properties", "state", "enum", to=["open", "closed", "planned"]),
    "a member that is always there": setting(*ANSWER, "required", to=["id", "name", "note", "state"]),
    "a member that is never null": setting(*ANSWER, "properties", "note", to={"type": "string"}),
    "an optional member of a body": setting(*BODY, "properties", "area", to=INTEGER),
    "a member of a body that may be left out": setting(*BODY, "required", to=[]),
    "a body that takes more": setting(*BODY, "properties", "name", to={"type": ["string", "null"]}),
    "no limit any more": setting(*BODY, "properties", "size", to={"type": "number"}),
    "other words about it": setting(*ANSWER, "properties", "name", "description", to="How it is called."),
}


@pytest.mark.parametrize("change", ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_passes(change: Callable[[Document], None]) -> None:
    after = copy.deepcopy(DOCUMENT)
    change(after)
    assert breaking_changes(DOCUMENT, after) == []


def test_every_operation_of_the_published_document_is_looked_at() -> None:
    """Take each away, one after the other: each is missed."""
    published = json.loads(PUBLISHED.read_text("utf-8"))
    for path, operations in published["paths"].items():
        for method in operations:
            after = {
                **published,
                "paths": {**published["paths"], path: {k: v for k, v in operations.items() if k != method}},
            }
            assert breaking_changes(published, after) == [f"{method.upper()} {path} is gone"]


def test_a_member_that_goes_from_what_the_live_stream_carries_is_missed() -> None:
    published = json.loads(PUBLISHED.read_text("utf-8"))
    after = copy.deepcopy(published)
    del after["components"]["schemas"]["LiveEntry"]["properties"]["payload"]
    assert any("payload is gone" in said for said in breaking_changes(published, after))
