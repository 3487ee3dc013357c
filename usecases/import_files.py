"""Reading files of an import: the lines of a CSV, the features of a GeoJSON."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import msgspec

from fleet.errors import InvalidInput
from fleet.reasons import Reason, reason

MAX_ENTRIES = 10_000
_OF_MAP_TOOLS = re.compile(r"@?id|fid|title|description|(marker|stroke|fill)(-[a-z]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table (the header is line 1) or a feature of a map (the first is 1).

    `cells`: what it holds by column, None where it holds nothing; columns that the file does not have are not there;
    the geometry of a feature is its cell `geometry`. `wrong`: why it holds nothing that can be understood. `foreign`:
    cells of its own that its noun does not have.
    """

    number: int
    cells: Mapping[str, Any]
    wrong: InvalidInput | None = None
    foreign: Sequence[InvalidInput] = ()


def text_of(content: bytes) -> str:
    """A file's text in UTF-8, with a byte order mark or without. Raises InvalidInput."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise InvalidInput("import_not_utf8", byte=wrong.start) from None


def read_csv(content: bytes, *, required: Sequence[str], optional: Sequence[str]) -> list[Entry]:
    """The lines of a CSV in UTF-8 with a header. Raises InvalidInput."""
    lines = io.StringIO(text_of(content), newline="")
    reader = csv.reader(lines, strict=True)
    entries: list[Entry] = []
    begin = 1  # the line on which a row begins, which may have several
    try:
        header = [name.strip() for name in next(reader, [])]
        begin = reader.line_num + 1
        _check_header(header, required, optional)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                entries.append(_line(reader.line_num, cells, header))
            begin = reader.line_num + 1
            if len(entries) > MAX_ENTRIES:
                raise InvalidInput("import_too_many_lines", most=MAX_ENTRIES)
    except csv.Error as wrong:
        raise InvalidInput("import_csv_unreadable", where=f"line {begin}", line=begin, why=_why(str(wrong))) from None
    return entries


def _why(said: str) -> Reason:
    """Why a row is no CSV, of what the parser says."""
    if "end of data" in said:
        return reason("csv_quote_open")
    if "expected after" in said:
        return reason("csv_quote_inside")
    return reason("csv_cell_too_long" if "field limit" in said else "csv_line_broken")


def _line(number: int, cells: Sequence[str], header: Sequence[str]) -> Entry:
    if len(cells) != len(header):
        return Entry(number, {}, InvalidInput("import_line_uneven", cells=len(cells), header=len(header)))
    return Entry(number, {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)})


def _check_header(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    missing = [name for name in required if name not in header]
    if missing and len(header) == 1 and (other := next((mark for mark in ";\t|" if mark in header[0]), None)):
        raise InvalidInput("import_header_uncut", where="line 1", found=other, names=missing)
    if missing:
        raise InvalidInput("import_header_lacks", where="line 1", names=missing)
    if unknown := [name for name in header if name not in (*required, *optional)]:
        raise InvalidInput("import_header_unknown", where="line 1", names=unknown, known=(*required, *optional))
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        raise InvalidInput("import_header_twice", where="line 1", name=twice[0])


def read_geojson(content: bytes, *, known: Sequence[str]) -> list[Entry]:
    """The features of a GeoJSON FeatureCollection or Feature; what map tools write of their own is left out.

    Raises InvalidInput.
    """
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise _no_json(content, wrong) from None
    kind = document.get("type") if isinstance(document, dict) else None
    features = [document] if kind == "Feature" else document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        raise InvalidInput("import_geojson_unreadable")
    if len(features) > MAX_ENTRIES:
        raise InvalidInput("import_too_many_features", most=MAX_ENTRIES)
    return [_feature(number, feature, known) for number, feature in enumerate(features, 1)]


def _no_json(content: bytes, wrong: Exception) -> InvalidInput:
    """Where a document stops being JSON."""
    if isinstance(wrong, RecursionError):
        return InvalidInput("import_json_too_deep")
    if isinstance(wrong, UnicodeDecodeError):
        return InvalidInput("import_not_utf8", byte=wrong.start)
    told = re.search(r"\(byte (\d+)\)", str(wrong))
    byte = int(told[1]) if told else len(content)
    return InvalidInput("import_json_unreadable", byte=byte, line=content.count(b"\n", 0, byte) + 1)


def _feature(number: int, feature: Any, known: Sequence[str]) -> Entry:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or not isinstance(properties, dict | None):
        return Entry(number, {}, InvalidInput("import_feature_bare"))
    cells = {name: value for name, value in (properties or {}).items() if name in known}
    others = [name for name in properties or {} if name not in known and not _OF_MAP_TOOLS.fullmatch(name)]
    foreign = [_foreign(name, known) for name in others]
    return Entry(number, cells | {"geometry": geometry}, foreign=foreign)


def _foreign(name: str, known: Sequence[str]) -> InvalidInput:
    near = get_close_matches(name.casefold(), known, n=1)
    if near:
        return InvalidInput("import_property_near", where=name, near=near[0])
    return InvalidInput("import_property_unknown", where=name, known=known)
