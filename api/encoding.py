"""JSON out: large answers straight from the use case's dataclasses, and examples for the OpenAPI document."""

from datetime import datetime
from typing import Any

import msgspec
from fastapi.responses import Response

from api.schemas.shape import Shape

_encoder = msgspec.json.Encoder()


def json_response(answer: object) -> Response:
    """An answer whose dataclass has the very fields of its documented model, without validating it again.

    For lists of thousands; tests hold the two together.
    """
    return Response(_encoder.encode(answer), media_type="application/json")


def json_text(answer: object) -> str:
    """The same as text, for frames of the live stream."""
    return _encoder.encode(answer).decode()


def rfc3339(at: datetime) -> str:
    """A time as answers carry it."""
    return at.isoformat().replace("+00:00", "Z")


def shown(model: type[Shape]) -> dict[int | str, dict[str, Any]]:
    """`responses=` with the example of the model's successful answer."""
    extra = model.model_config.get("json_schema_extra")
    example = extra.get("example") if isinstance(extra, dict) else None
    if example is None:
        example = _from_fields(model)
    return {200: {"content": {"application/json": {"example": example}}}}


def _from_fields(model: type[Shape]) -> dict[str, Any]:
    """An example of a page or list whose entries have one."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        arguments = getattr(field.annotation, "__args__", ())
        if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], Shape):
            extra = arguments[0].model_config.get("json_schema_extra")
            found[name] = [extra["example"]] if isinstance(extra, dict) else []
        else:
            found[name] = _PLAIN.get(name)
    return found


_PLAIN: dict[str, Any] = {"truncated": False, "at": "2026-11-21T10:00:00Z"}
