"""In which form an answer is given: JSON, an Arrow stream or CSV, by `format` or by the header Accept."""

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
    if wanted is not None:
        return _BY_NAME[wanted]
    accepted = request.headers.get("accept", "*/*") or "*/*"
    for name in sorted(accepted.split(","), key=_quality, reverse=True):
        form = name.partition(";")[0].strip().lower()
        if _quality(name) > 0 and (form in set(Media) or form in _ANY):
            return _ANY.get(form) or Media(form)
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
