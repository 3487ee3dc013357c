"""Columns as CSV (RFC 4180): CRLF, quotes where needed, a first line of names with their units, empty for nothing."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi.responses import Response

from api.media import Media
from fleet.batch import Float64Array, Int64Array
from storage.fleet_columns import NEVER_US

MEDIA_TYPE = f"{Media.CSV}; charset=utf-8; header=present"


def header(names: Iterable[str], units: Mapping[str, str]) -> str:
    """The first line: `engine_speed_rpm [rpm]`; a name without a unit stands alone."""
    return lines([[f"{name} [{units[name]}]" if units.get(name) else name] for name in names])


def lines(columns: Sequence[Iterable[Any]]) -> str:
    """Parallel columns as lines; None is empty."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(zip(*columns, strict=True))
    return text.getvalue()


def response(names: Sequence[str], columns: Sequence[Iterable[Any]], units: Mapping[str, str]) -> Response:
    """A whole table."""
    return Response(header(names, units) + lines(columns), media_type=MEDIA_TYPE)


def times(at_us: Int64Array) -> list[str | None]:
    """Microseconds since 1970 as RFC 3339 in UTC, None for never."""
    never = at_us == NEVER_US
    told = np.datetime_as_string(np.where(never, 0, at_us).astype("datetime64[us]"), timezone="UTC").astype(object)
    told[never] = None
    found: list[str | None] = told.tolist()
    return found


def booleans(values: npt.NDArray[np.bool_]) -> list[str]:
    """true or false, as in JSON."""
    told: list[str] = np.where(values, "true", "false").tolist()
    return told


def floats(values: Float64Array) -> list[float | None]:
    """Values, None for NaN."""
    told = values.astype(object)
    told[np.isnan(values)] = None
    found: list[float | None] = told.tolist()
    return found
