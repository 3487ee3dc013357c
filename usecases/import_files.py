"""Reading files of an import: the lines of a CSV, the features of a GeoJSON."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fleet.errors import InvalidInput

MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table (the header is line 1) or a feature of a map (the first is 1).

    `cells`: what it holds by column, None where it holds nothing; columns that the file does not have are not there;
    the geometry of a feature is its cell `geometry`. `wrong`: why it holds nothing that can be understood.
    """

    number: int
    cells: Mapping[str, Any]
    wrong: InvalidInput | None = None


def read_csv(content: bytes, *, required: Sequence[str], optional: Sequence[str]) -> list[Entry]:
    """The lines of a CSV in UTF-8 with a header. Raises InvalidInput."""
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as wrong:
        raise InvalidInput("import_not_utf8", byte=wrong.start) from None
    reader = csv.reader(lines, strict=True)
    entries: list[Entry] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, required, optional)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                entries.append(_line(reader.line_num, cells, header))
            if len(entries) > MAX_ENTRIES:
                raise InvalidInput("import_too_many_lines", most=MAX_ENTRIES)
    except csv.Error as wrong:
        raise InvalidInput("import_csv_unreadable", where=f"line {reader.line_num}", why=str(wrong)) from None
    return entries


def _line(number: int, cells: Sequence[str], header: Sequence[str]) -> Entry:
    if len(cells) != len(header):
        return Entry(number, {}, InvalidInput("import_line_uneven", cells=len(cells), header=len(header)))
    return Entry(number, {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)})


def _check_header(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    if missing := [name for name in required if name not in header]:
        raise InvalidInput("import_header_lacks", where="line 1", names=missing)
    if unknown := [name for name in header if name not in (*required, *optional)]:
        raise InvalidInput("import_header_unknown", where="line 1", names=unknown, known=(*required, *optional))
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        raise InvalidInput("import_header_twice", where="line 1", name=twice[0])


def read_geojson(content: bytes, *, known: Sequence[str]) -> list[Entry]:
    """The features of a GeoJSON FeatureCollection or Feature, with the properties that are known."""
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise InvalidInput("import_json_unreadable", why=str(wrong)) from None
    kind = document.get("type") if isinstance(document, dict) else None
    features = [document] if kind == "Feature" else document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        raise InvalidInput("import_geojson_unreadable")
    if len(features) > MAX_ENTRIES:
        raise InvalidInput("import_too_many_features", most=MAX_ENTRIES)
    return [_feature(number, feature, known) for number, feature in enumerate(features, 1)]


def _feature(number: int, feature: Any, known: Sequence[str]) -> Entry:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or not isinstance(properties, dict | None):
        return Entry(number, {}, InvalidInput("import_feature_bare"))
    cells = {name: value for name, value in (properties or {}).items() if name in known}
    return Entry(number, cells | {"geometry": geometry})
