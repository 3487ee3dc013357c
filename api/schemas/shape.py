"""What all resources share: strict output models, pages and problems."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

SeverityName = Literal["critical", "high", "medium", "low", "info"]
Instant = Annotated[datetime, Field(description="RFC 3339, UTC.", examples=["2026-11-21T10:00:00Z"])]
UuidText = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]

MACHINE_UUID = "0198f3a0-6a2e-7c4b-9f10-2b7d5c3e8a11"
ALARM_UUID = "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44"
AT = "2026-11-21T10:00:00Z"


class Shape(BaseModel):
    """Base of every answer: read from the use case's dataclass, described by the docstrings under its fields."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True, populate_by_name=True)


def example(value: dict[str, Any]) -> ConfigDict:
    """A model's configuration with the example that the OpenAPI document shows."""
    return ConfigDict(json_schema_extra={"example": value})


class Words(Shape):
    """A text in the languages the platform speaks."""

    zh: str
    en: str


class FieldProblem(Shape):
    """What is wrong with one part of the input."""

    where: str
    """The parameter, the member of the body (`seats.0.name`) or the cell of an import; empty: the whole request."""
    code: str
    """The name of what is wrong, to program against."""
    message: str
    """What is wrong, in the language asked for."""


class Problem(Shape):
    """RFC 9457 problem details; `code` is the stable name to program against."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = []

    model_config = example(
        {
            "type": "/problems/not_found",
            "title": "Not found",
            "status": 404,
            "detail": "There is no such thing, or it is not yours to see.",
            "code": "not_found",
            "errors": [],
        }
    )
