"""The OpenAPI document: security schemes, the stream's models, and an example on every operation."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.problems import MEDIA_TYPE, TABLE
from api.schemas.live import LiveFrame
from api.schemas.shape import Problem

_REF = "#/components/schemas/{model}"
_PUBLIC = {"/healthz", "/readyz", "/metrics", "/api/v1/auth/login", "/api/v1/auth/logout"}


def describe(app: FastAPI) -> dict[str, Any]:
    """Build the document once; FastAPI serves it from then on."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        _add_models(document)
        document["components"]["securitySchemes"] = {
            "cookie": {"type": "apiKey", "in": "cookie", "name": "ecc_session"},
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        }
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _finish(path, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _add_models(document: dict[str, Any]) -> None:
    _, defined = models_json_schema([(m, "serialization") for m in (LiveFrame, Problem)], ref_template=_REF)
    schemas = document["components"]["schemas"]
    for name, schema in defined["$defs"].items():
        schemas.setdefault(name, schema)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)


def _finish(path: str, operation: dict[str, Any]) -> None:
    if path not in _PUBLIC:
        operation["security"] = [{"cookie": []}, {"bearer": []}]
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            answer["description"] = _titles(int(status))
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}


def _titles(status: int) -> str:
    return " or ".join(f"{row.title} (`{code}`)" for code, row in TABLE.items() if row.status == status)
