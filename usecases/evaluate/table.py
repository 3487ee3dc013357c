"""Tables of recorded machines, as they come: CSV, plain, gzipped or the one member of a .tar.gz."""

import gzip
import re
import tarfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute, csv

from fleet.errors import InvalidInput

FloatArray = npt.NDArray[np.float64]
MAX_BYTES = 2 * 2**30
SEPARATORS = ",;\t|"
STAMPS = (csv.ISO8601, "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)$"
_HEAD = 65_536  # bytes that tell how a table writes its numbers
TIME_NAME = re.compile(r"(date|time|datetime|timestamp|ts|t|时间|日期)([ _(\[].*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The numeric columns of a table, rows in the order of the file.

    values: rows x columns, NaN where the file says nothing; columns that say nothing at all are left out.
    time: the name of the column that tells the time ("" when none does); it is not one of `columns`.
    instants: that column as numbers that grow (seconds for dates: `is_dated`), the row numbers without one.
    ignored: columns that are neither.
    unread: cells that are no number, in columns where most are: column -> how many; NaN among `values`.
    """

    columns: tuple[str, ...]
    values: FloatArray
    time: str
    instants: FloatArray
    is_dated: bool
    ignored: tuple[str, ...]
    unread: Mapping[str, int]

    def column(self, name: str) -> FloatArray:
        """One column; raises InvalidInput naming those that there are."""
        if name not in self.columns:
            raise InvalidInput("column_unknown", where="column", found=name, known=list(self.columns))
        return self.values[:, self.columns.index(name)]

    def without(self, names: Collection[str]) -> tuple[tuple[str, ...], FloatArray]:
        """The names and the values of all columns but these."""
        kept = [at for at, name in enumerate(self.columns) if name not in names]
        return tuple(self.columns[at] for at in kept), np.ascontiguousarray(self.values[:, kept])


def read_table(
    path: Path, *, separator: str | None = None, counters: Collection[str] = (), names: Collection[str] = ()
) -> Table:
    """Reads a table; without a separator, the one its first line uses most.

    The time is the first column of dates; else a numeric one that never falls and is named like a time; else one that
    grows with every row. Those of `counters` are never the time; words in columns of `names` become numbers, one for
    each word. Raises InvalidInput.
    """
    content = _as_utf8(_content(path), path)
    if separator is None:
        heading = content[: content.find(b"\n") + 1 or None].decode("utf-8", "replace")
        separator = max(SEPARATORS, key=heading.count)
    if len(separator) != 1:
        raise InvalidInput("separator_wrong", where="sep", found=separator)
    try:
        table = csv.read_csv(
            pa.BufferReader(content),
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=csv.ParseOptions(delimiter=separator),
            convert_options=csv.ConvertOptions(
                strings_can_be_null=True, timestamp_parsers=STAMPS, decimal_point=_decimal_point(content, separator)
            ),
        )
    except pa.ArrowInvalid as error:
        raise InvalidInput("table_unreadable", where="csv", file=path.name, why=str(error)) from error
    if not table.num_rows:
        raise InvalidInput("table_empty", where="csv", file=path.name)
    if table.num_columns == 1:
        raise InvalidInput("table_one_column", where="sep", file=path.name, separator=separator)
    for at, title in enumerate(table.column_names):
        if title.strip() in names and pa.types.is_string(table.column(at).type):
            table = table.set_column(at, title, _numbered(table.column(at)))
    return _sorted_out(table, counters)


def _as_utf8(content: bytes, path: Path) -> bytes:
    """The table in UTF-8; what is not is taken for GB 18030 (GBK), as spreadsheets in China write it."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding).encode()
    raise InvalidInput("table_unreadable", where="csv", file=path.name, why="neither UTF-8 nor GB 18030")


def _decimal_point(content: bytes, separator: str) -> str:
    """A comma where no column is separated by one and numbers have no points."""
    cells = re.split(rb"[\r\n" + re.escape(separator.encode()) + rb"]+", content[:_HEAD])
    commas, points = (
        sum(bool(re.fullmatch(rb"[+-]?\d*%b\d+" % mark, cell)) for cell in cells) for mark in (b",", rb"\.")
    )
    return "," if separator != "," and commas > points else "."


def _content(path: Path) -> bytes:
    """The table's bytes, out of whatever it is packed in: by what it is, not by its name."""
    try:
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                member = next((one for one in archive if one.isfile()), None)
                file = member and archive.extractfile(member)
                if member is None or not file or member.size > MAX_BYTES:
                    raise InvalidInput("archive_without_table", where="csv", file=path.name)
                return file.read()
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, tarfile.TarError, EOFError) as error:
        raise InvalidInput("file_unreadable", where="csv", path=str(path), why=str(error)) from error


def _sorted_out(table: pa.Table, counters: Collection[str]) -> Table:
    """Which columns are numbers, which tells the time, and which are neither."""
    dates: dict[str, FloatArray] = {}
    numbers: dict[str, FloatArray] = {}
    ignored: list[str] = []
    unread: dict[str, int] = {}
    for title, column in zip(table.column_names, table.columns, strict=True):
        name = title.strip()
        if pa.types.is_temporal(column.type):
            dates[name] = _seconds(column)
        elif (found := _numbers(column)) is not None and np.isfinite(found[0]).any() and name not in numbers:
            numbers[name], lost = found
            unread |= {name: lost} if lost else {}
        else:
            ignored.append(name)
    time = next(iter(dates), None) or _time_among(numbers, counters)
    instants = dates.get(time or "", numbers.get(time or "", np.arange(table.num_rows, dtype=np.float64)))
    columns = tuple(name for name in numbers if name != time)
    return Table(
        columns=columns,
        values=np.column_stack([numbers[name] for name in columns]) if columns else np.empty((table.num_rows, 0)),
        time=time or "",
        instants=instants,
        is_dated=bool(time) and time in dates,
        ignored=(*ignored, *(name for name in dates if name != time)),
        unread=unread,
    )


def _numbered(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().dictionary_encode().indices


def _seconds(column: pa.ChunkedArray) -> FloatArray:
    if pa.types.is_time(column.type) or pa.types.is_duration(column.type):
        return np.arange(len(column), dtype=np.float64)
    stamps = compute.cast(compute.cast(column, pa.timestamp("us"), safe=False), pa.int64())
    return _floats(stamps) / 1e6


def _numbers(column: pa.ChunkedArray) -> tuple[FloatArray, int] | None:
    """The column as numbers, infinities as not reported, and how many cells are none; None for one of words."""
    lost = 0
    if pa.types.is_string(column.type):
        told = compute.utf8_trim_whitespace(column)
        is_number = compute.match_substring_regex(told, NUMBER)
        told = compute.if_else(is_number, told, None)
        lost = told.null_count - column.null_count
        if 2 * lost > len(column) - column.null_count:
            return None
        column = compute.cast(told, pa.float64())
    if pa.types.is_null(column.type):
        return None
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_boolean(column.type)):
        return None
    values = _floats(column)
    values[~np.isfinite(values)] = np.nan
    return values, lost


def _floats(column: pa.ChunkedArray) -> FloatArray:
    return np.array(compute.cast(column, pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _time_among(numbers: dict[str, FloatArray], counters: Collection[str]) -> str | None:
    grown = {
        name: steps.min(initial=np.inf)
        for name, values in numbers.items()
        if name not in counters and np.isfinite(steps := np.diff(values)).all() and len(values) > 1
    }
    named = [name for name, least in grown.items() if least >= 0 and TIME_NAME.fullmatch(name)]
    return next(iter(named), None) or next((name for name, least in grown.items() if least > 0), None)
