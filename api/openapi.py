"""The OpenAPI document: security schemes, the stream's models, and an example on every operation."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from api.aemp.forms import PREFIX, PROBLEM_XML
from api.identity.oauth import FORM_TYPE
from api.policy import ENDPOINTS, PUBLIC
from api.problems import MEDIA_TYPE, TABLE
from api.query_names import OPEN
from api.rights import CLIENT_SCOPES
from api.schemas.live import LiveFrame
from api.schemas.oauth import OAuthError
from api.schemas.shape import AT, Problem, Shape

_REF = "#/components/schemas/{model}"
_SIGNED = ("not_authenticated", "forbidden", "invalid_input", "rate_limited", "too_expensive", "database_unavailable")
_SCOPES = {
    "fleet:read": "machines, readings, alarms and their master data",
    "positions": "exact positions; coarse ones without",
    "aemp:read": "the ISO 15143-3 endpoints",
    "webhooks": "webhooks of the client's organisation",
    "machines:write": "change machines and terminals",
    "sites:write": "change sites and geofences",
    "audit:read": "who changed what and who read positions",
}
_BY_PARAMETER = {
    "If-Match": ("precondition_failed", "precondition_required"),
    "Idempotency-Key": ("conflict", "idempotency_mismatch"),
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Build the document once; FastAPI serves it from then on.

    It says of answers with `fields` that only `id` must be there; generated clients go without (`full`).
    """
    if app.openapi_schema is None:
        app.openapi_schema = sparse(full(app))
    return app.openapi_schema


def full(app: FastAPI) -> dict[str, Any]:
    """The document as if nobody ever asked for `fields`: every answer has all its members."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.state.documented,
        tags=app.openapi_tags,
    )
    _add_models(document)
    examples = _examples()
    for name, example in examples.items():
        document["components"]["schemas"].get(name, {})["example"] = example
    document["components"]["securitySchemes"] = {
        "cookie": {"type": "apiKey", "in": "cookie", "name": "ecc_session"},
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "client": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": _SCOPES}},
        },
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _finish(f"{method.upper()} {path}", operation, examples)
    return document


def _add_models(document: dict[str, Any]) -> None:
    _, defined = models_json_schema([(m, "serialization") for m in (LiveFrame, Problem)], ref_template=_REF)
    schemas = document["components"]["schemas"]
    for name, schema in defined["$defs"].items():
        schemas.setdefault(name, schema)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)


def _client_security(endpoint: str) -> list[dict[str, list[str]]]:
    """How an integrator's client may call the endpoint: by a token with one of these scopes, or by its key."""
    rule = ENDPOINTS[endpoint]
    scopes = [scope for scope, rights in CLIENT_SCOPES.items() if rule in rights]
    return [{"client": [scope]} for scope in scopes] + ([{"key": []}] if scopes else [])


def _finish(endpoint: str, operation: dict[str, Any], examples: dict[str, Any]) -> None:
    if ENDPOINTS[endpoint] is not PUBLIC:
        operation.setdefault("security", [{"cookie": []}, {"bearer": []}, *_client_security(endpoint)])
    for code in _codes_of(endpoint, operation):
        operation["responses"].setdefault(str(TABLE[code].status.value), {})
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, answer in operation["responses"].items():
        shapes = set()
        for content in answer.get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
            shapes.add(name)
            if name in examples:
                content["example"] = examples[name]
        if int(status) >= 400 and OAuthError.__name__ not in shapes:
            answer["description"] = _titles(int(status))
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
            if PREFIX in endpoint:
                answer["content"][PROBLEM_XML] = {"schema": {"type": "string"}}


def _codes_of(endpoint: str, operation: dict[str, Any]) -> Iterator[str]:
    """What an operation may answer beside what its route says: by who may call it, its parameters and its body."""
    if ENDPOINTS[endpoint] is not PUBLIC:
        yield from _SIGNED
    if endpoint not in OPEN:
        yield "invalid_input"  # by a parameter that there is not, if by nothing else
    if "requestBody" in operation:
        yield "payload_too_large"
        if FORM_TYPE not in operation["requestBody"]["content"]:
            yield "unsupported_media_type"
    for parameter in operation.get("parameters", ()):
        yield from _BY_PARAMETER.get(parameter["name"], ())
        if parameter["in"] == "query":
            yield "address_too_long"


def sparse(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a second shape for the answers that `fields` cuts down."""
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            if not any(parameter["name"] == "fields" for parameter in operation.get("parameters", ())):
                continue
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json")
                if status.startswith("2") and content and "$ref" in content.get("schema", {}):
                    content["schema"] = {"anyOf": [content["schema"], _cut(content["schema"], schemas)]}
    return document


def _cut(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A schema of which only `id` must be there; of a page, only `id` of each entry."""
    name = schema["$ref"].rsplit("/", 1)[-1]
    whole = schemas[name]
    members = whole["properties"]
    items = None if "id" in members else members.get("items", {}).get("items")  # a thing may have items of its own
    cut = {key: whole[key] for key in ("type", "title", "properties", "required") if key in whole}
    if items is None:
        cut["required"] = ["id"] if "id" in members else []
    else:
        cut["properties"] = members | {"items": {"type": "array", "items": _cut(items, schemas)}}
    schemas[f"{name}Fields"] = cut
    return {"$ref": _REF.format(model=f"{name}Fields")}


def _titles(status: int) -> str:
    return " or ".join(f"{row.title} (`{code}`)" for code, row in TABLE.items() if row.status == status)


def _examples() -> dict[str, Any]:
    """An example by model; pages and lists without their own show one of their entries.

    Set here because FastAPI leaves nulls out of the examples that it is given.
    """
    models = list(_below(Shape))
    found = {model.__name__: given for model in models if (given := _given(model)) is not None}
    for model in models:
        if model.__name__ not in found and "items" in model.model_fields:
            found[model.__name__] = {name: _part(field, name) for name, field in model.model_fields.items()}
    return found


def _below(model: type[Shape]) -> Iterator[type[Shape]]:
    for child in model.__subclasses__():
        yield child
        yield from _below(child)


def _given(model: type[BaseModel]) -> dict[str, Any] | None:
    extra = model.__dict__.get("model_config", {}).get("json_schema_extra")
    return extra.get("example") if isinstance(extra, dict) else None


def _part(field: FieldInfo, name: str) -> Any:
    arguments = getattr(field.annotation, "__args__", ())
    if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel):
        entry = _given(arguments[0])
        return [] if entry is None else [entry]
    return _PLAIN.get(name)


_PLAIN: dict[str, Any] = {"truncated": False, "at": AT}
