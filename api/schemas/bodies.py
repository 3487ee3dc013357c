"""What bodies of changes share: times, and members that may be left out but are never null."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from api.validation_words import refused

_YEARS = range(1970, 2200)
Absent = SkipJsonSchema[None]
"""Stands in the type of a member that may be left out: it is not null in the OpenAPI document."""


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)


def _of_rfc_3339(given: Any) -> Any:
    """What is no text is no time, nor is a number in one: it would be seconds to some and milliseconds to others."""
    if not (isinstance(given, datetime) or (isinstance(given, str) and _RFC_3339.fullmatch(given))):
        raise refused("no_time")
    return given


Time = Annotated[AwareDatetime, BeforeValidator(_of_rfc_3339)]
"""A time as RFC 3339 writes it; one without a zone is refused in words of its own."""


def _in_range(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise refused("time_out_of_range")
    return at.astimezone(UTC)


def _not_null(value: Any) -> Any:
    if value is None:
        raise refused("not_null")
    return value


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


At = Annotated[Time, AfterValidator(_in_range), Field(description="RFC 3339.", examples=["2026-11-21T10:00:00Z"])]
NotNull = AfterValidator(_not_null)


def left_out(**constraints: Any) -> Any:
    """The field of a member that may be left out; with a type of `... | Absent` and NotNull."""
    return Field(default=None, json_schema_extra=_without_default, **constraints)
