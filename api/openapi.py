"""The OpenAPI document: security schemes, the stream's models, and an example on every operation."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from api.problems import MEDIA_TYPE, TABLE
from api.schemas.live import LiveFrame
from api.schemas.shape import AT, Problem, Shape

_REF = "#/components/schemas/{model}"
_PUBLIC = {"/healthz", "/readyz", "/metrics", "/api/v1/auth/login", "/api/v1/auth/logout"}


def describe(app: FastAPI) -> dict[str, Any]:
    """Build the document once; FastAPI serves it from then on."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        _add_models(document)
        examples = _examples()
        for name, example in examples.items():
            document["components"]["schemas"].get(name, {})["example"] = example
        document["components"]["securitySchemes"] = {
            "cookie": {"type": "apiKey", "in": "cookie", "name": "ecc_session"},
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        }
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _finish(path, operation, examples)
        app.openapi_schema = document
    return app.openapi_schema


def _add_models(document: dict[str, Any]) -> None:
    _, defined = models_json_schema([(m, "serialization") for m in (LiveFrame, Problem)], ref_template=_REF)
    schemas = document["components"]["schemas"]
    for name, schema in defined["$defs"].items():
        schemas.setdefault(name, schema)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)


def _finish(path: str, operation: dict[str, Any], examples: dict[str, Any]) -> None:
    if path not in _PUBLIC:
        operation["security"] = [{"cookie": []}, {"bearer": []}]
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
            if name in examples:
                content["example"] = examples[name]
        if int(status) >= 400:
            answer["description"] = _titles(int(status))
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}


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
