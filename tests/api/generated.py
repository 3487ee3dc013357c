"""Requests made from the OpenAPI document: every operation, and every place of it that takes input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from api.app import create_app
from tests.api.conftest import settings_for

DOCUMENT: dict[str, Any] = json.loads(json.dumps(create_app(settings_for("")).openapi()))
JSON = "application/json"
ENDLESS = "/api/v1/live"  # a stream: it has tests of its own
SOME_UUID = "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44"
KNOWN = {"code": "not_found", "list": "severities", "edition": "2020", "page": "1"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somewhere in a request where a text may stand: `kind` is path, query, header or body."""

    kind: str
    name: str
    keys: tuple[str | int, ...] = ()  # the way to a text inside a JSON body


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    described: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [resolved(parameter) for parameter in self.described.get("parameters", ())]

    @property
    def is_public(self) -> bool:
        return "security" not in self.described

    @property
    def bodies(self) -> dict[str, Any]:
        """Media type -> schema."""
        content = self.described.get("requestBody", {}).get("content", {})
        return {media: resolved(entry.get("schema", {})) for media, entry in content.items()}

    def body(self) -> Any:
        """A JSON body with a value for each member; None when the operation takes none."""
        schema = self.bodies.get(JSON)
        return None if schema is None else value_of(schema)

    def places(self) -> Iterator[Place]:
        """Where input may stand."""
        for parameter in self.parameters:
            if parameter["in"] != "cookie":
                yield Place(kind=parameter["in"], name=parameter["name"])
        for keys in texts_in(self.body()):
            yield Place(kind="body", name=".".join(map(str, keys)), keys=keys)


def operations() -> list[Operation]:
    """All operations but the endless one."""
    return [
        Operation(method=method.upper(), path=path, described=described)
        for path, methods in DOCUMENT["paths"].items()
        for method, described in methods.items()
        if path != ENDLESS
    ]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        found: Any = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def value_of(schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits a schema, with all members of objects; its example where there is one."""
    schema = resolved(schema)
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return value_of(next((s for s in schema[key] if s.get("type") != "null"), {}), depth)
    return _of_type(schema, depth)


def _of_type(schema: dict[str, Any], depth: int) -> Any:
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {}) if depth < 4 else {}
            return {name: value_of(member, depth + 1) for name, member in members.items()}
        case "array":
            return [value_of(schema.get("items", {}), depth + 1)] if depth < 4 else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    by_format = {"uuid": SOME_UUID, "date-time": "2026-11-21T10:00:00Z", "date": "2026-11-21"}
    return by_format.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def texts_in(value: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to the texts and numbers of a JSON value."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from texts_in(member, (*keys, name))
    elif isinstance(value, list):
        for number, member in enumerate(value[:1]):
            yield from texts_in(member, (*keys, number))
    elif keys:
        yield keys


def with_text(body: Any, keys: tuple[str | int, ...], text: Any) -> Any:
    """A copy of the body with `text` at the end of the way."""
    copied = json.loads(json.dumps(body))
    inner = copied
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = text
    return copied


@dataclass(kw_only=True)
class Caller:
    """Makes requests of operations as somebody signed in, on things that this somebody has."""

    http: httpx.AsyncClient
    own: dict[str, str] = field(default_factory=dict)  # parameter, or path up to it -> the id of something there

    async def send(self, operation: Operation, place: Place | None = None, text: str = "") -> httpx.Response:
        """The operation with `text` at `place`, and elsewhere what fits."""
        path = await self._path(operation, place, text)
        asked = {place.name: text} if place and place.kind == "query" else {}
        asked |= {
            parameter["name"]: str(value_of(parameter.get("schema", {})))
            for parameter in operation.parameters
            if parameter["in"] == "query" and parameter.get("required") and parameter["name"] not in asked
        }
        headers = await self._headers(operation, path)
        if place and place.kind == "header":
            headers[place.name] = header_safe(text)
        body = operation.body()
        if place and place.kind == "body":
            body = with_text(body, place.keys, text)
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["content-type"] = JSON
        query = "&".join(f"{name}={escaped(value)}" for name, value in asked.items())
        return await self.http.request(operation.method, f"{path}?{query}", headers=headers, content=content)

    async def _path(self, operation: Operation, place: Place | None, text: str) -> str:
        path = operation.path
        while (found := re.search(r"\{(\w+)\}", path)) is not None:
            name = found[1]
            if place and place.kind == "path" and place.name == name:
                value = escaped(text)
            elif operation.method == "DELETE":
                value = SOME_UUID  # what there is stays
            else:
                value = KNOWN.get(name) or self.own.get(name) or await self._own_id(path[: found.start()].rstrip("/"))
            path = path[: found.start()] + value + path[found.end() :]
        return path

    async def _own_id(self, collection: str) -> str:
        if collection not in self.own:
            answer = await self.http.get(collection)
            items = answer.json().get("items", []) if answer.status_code == 200 else []
            self.own[collection] = next((str(item["id"]) for item in items if "id" in item), SOME_UUID)
        return self.own[collection]

    async def _headers(self, operation: Operation, path: str) -> dict[str, str]:
        if not any(parameter["name"] == "If-Match" for parameter in operation.parameters):
            return {}
        resource = await self.http.get(path)
        return {"if-match": resource.headers.get("etag", '"1"')}


def escaped(text: str) -> str:
    """A text in an address, half characters too."""
    return quote(text, safe="", errors="surrogatepass")


def header_safe(text: str) -> str:
    """What of a text a server lets through in a header."""
    return "".join(char for char in text if " " <= char <= "~").strip() or "x"
