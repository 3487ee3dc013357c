"""In which form an answer is given: JSON, an Arrow stream or CSV, by `format` or by the header Accept."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request

from fleet.errors import NotAcceptable


class Media(StrEnum):
    """A form that columns can have."""

    JSON = "application/json"
    ARROW = "application/vnd.apache.arrow.stream"
    CSV = "text/csv"


_BY_NAME = {"json": Media.JSON, "arrow": Media.ARROW, "csv": Media.CSV}
_ANY = {"*/*": Media.JSON, "application/*": Media.JSON, "text/*": Media.CSV}


async def _media(
    request: Request,
    wanted: Annotated[
        Literal["json", "arrow", "csv"] | None,
        Query(alias="format", description="Instead of the header Accept."),
    ] = None,
) -> Media:
    """The form asked for. Raises NotAcceptable when Accept names none that there is."""
    return _BY_NAME[wanted] if wanted is not None else Media(accepted(request, tuple(Media), _ANY))


def accepted(request: Request, forms: Sequence[str], ranges: Mapping[str, str]) -> str:
    """The best of `forms` by the header Accept; `ranges`: what is meant by `image/*` and the like.

    Raises NotAcceptable when it names none that there is.
    """
    named = request.headers.get("accept", "*/*") or "*/*"
    for name in sorted(named.split(","), key=_quality, reverse=True):
        form = name.partition(";")[0].strip().lower()
        if _quality(name) > 0 and (form in forms or form in ranges):
            return ranges.get(form) or form
    raise NotAcceptable


def _quality(accepted: str) -> float:
    """The q of one part of Accept; what is no number counts as 0."""
    _, _, value = accepted.replace(" ", "").partition(";q=")
    try:
        return float(value.partition(";")[0]) if value else 1.0
    except ValueError:
        return 0.0


AskedMedia = Annotated[Media, Depends(_media)]

COLUMNS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            Media.ARROW: {"schema": {"type": "string", "format": "binary"}},
            Media.CSV: {"schema": {"type": "string"}},
        }
    }
}
"""For `responses` of endpoints that answer in each form."""
