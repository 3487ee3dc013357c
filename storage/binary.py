"""PostgreSQL's binary formats from and to numpy: array parameters, array results and COPY rows, without a loop."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.pq.abc import PGconn

EPOCH_2000_US = 946_684_800_000_000  # timestamptz counts from 2000-01-01 UTC
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"
_ENDS = (len(COPY_TRAILER), len(COPY_HEADER) + len(COPY_TRAILER))  # lengths of a COPY's last message
BIGGEST_COPY = 1 << 24  # bytes handed to libpq at once


class _Packed:
    """An array parameter in wire format."""

    __slots__ = ("wire",)

    def __init__(self, wire: bytes) -> None:
        self.wire = wire


class _Int2(_Packed): ...


class _Int4(_Packed): ...


class _Int8(_Packed): ...


class _Float4(_Packed): ...


class _Float8(_Packed): ...


class _Time(_Packed): ...


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Packed) -> Buffer:
        """The parameter as it is."""
        return obj.wire


# class -> (oid of the array, oid of an element, element's wire type)
_TYPES: dict[type[_Packed], tuple[int, int, str]] = {
    _Int2: (1005, 21, ">i2"),
    _Int4: (1007, 23, ">i4"),
    _Int8: (1016, 20, ">i8"),
    _Float4: (1021, 700, ">f4"),
    _Float8: (1022, 701, ">f8"),
    _Time: (1185, 1184, ">i8"),
}
for _kind, (_oid, _element, _wire) in _TYPES.items():
    psycopg.adapters.register_dumper(_kind, type(f"{_kind.__name__}Dumper", (_PackedDumper,), {"oid": _oid}))


def _pack(kind: type[_Packed], values: npt.ArrayLike) -> _Packed:
    _, element, wire = _TYPES[kind]
    flat = np.asarray(values)
    if not len(flat):
        return kind(struct.pack(">iiI", 0, 0, element))
    cells = np.empty(len(flat), [("length", ">i4"), ("value", wire)])
    cells["length"] = np.dtype(wire).itemsize
    cells["value"] = flat
    return kind(struct.pack(">iiIii", 1, 0, element, len(flat), 1) + cells.tobytes())


def int2s(values: npt.ArrayLike) -> _Packed:
    """`values` (n,) as an int2[] parameter."""
    return _pack(_Int2, values)


def int4s(values: npt.ArrayLike) -> _Packed:
    """`values` (n,) as an int4[] parameter."""
    return _pack(_Int4, values)


def int8s(values: npt.ArrayLike) -> _Packed:
    """`values` (n,) as an int8[] parameter."""
    return _pack(_Int8, values)


def float4s(values: npt.ArrayLike) -> _Packed:
    """`values` (n,) as a float4[] parameter."""
    return _pack(_Float4, values)


def float8s(values: npt.ArrayLike) -> _Packed:
    """`values` (n,) as a float8[] parameter."""
    return _pack(_Float8, values)


class _Text(_Packed): ...


psycopg.adapters.register_dumper(_Text, type("_TextDumper", (_PackedDumper,), {"oid": 1009}))


def texts(values: Sequence[str]) -> _Packed:
    """`values` (n,) as a text[] parameter."""
    if not len(values):
        return _Text(struct.pack(">iiI", 0, 0, 25))
    encoded = [value.encode() for value in values]
    cells = b"".join([len(text).to_bytes(4, "big") + text for text in encoded])
    return _Text(struct.pack(">iiIii", 1, 0, 25, len(values), 1) + cells)


def times(at_us: npt.ArrayLike) -> _Packed:
    """Microseconds since 1970 (n,) as a timestamptz[] parameter."""
    return _pack(_Time, np.asarray(at_us, np.int64) - EPOCH_2000_US)


def unpack(wire: bytes | None, dtype: str) -> npt.NDArray[Any]:
    """A one-dimensional array without NULLs, as the server sent it; NULL gives no elements.

    `dtype` is the element's native numpy type ("i4", "i8", "f4", "f8"). Timestamps stay microseconds since 2000.
    """
    if wire is None or len(wire) < 20:
        return np.empty(0, dtype)
    cells = np.frombuffer(wire, [("length", ">i4"), ("value", f">{dtype}")], offset=20)
    return cells["value"].astype(dtype)


def fetch_arrays(conn: psycopg.Connection, query: Any, params: Sequence[Any], types: Sequence[str]) -> list[Any]:
    """Run a query that answers ONE row of arrays without NULLs (`array_agg`), as numpy arrays of `types`."""
    with conn.cursor(binary=True) as cur:
        cur.execute(query, params, prepare=False)
        assert cur.pgresult is not None
        return [unpack(cur.pgresult.get_value(0, column), dtype) for column, dtype in enumerate(types)]


async def fetch_columns(
    conn: psycopg.AsyncConnection[Any], query: Any, params: Any, types: Sequence[str]
) -> list[npt.NDArray[Any]]:
    """The same on an asynchronous connection."""
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(query, params)
        assert cursor.pgresult is not None
        return [unpack(cursor.pgresult.get_value(0, column), dtype) for column, dtype in enumerate(types)]


@contextmanager
def index_probes(conn: psycopg.Connection) -> Iterator[None]:
    """Make `unnest(keys) CROSS JOIN LATERAL (SELECT ... WHERE key = ... LIMIT 1)` inside cost one index probe a key.

    A chunk that is being filled has no statistics or old ones, and the planner guesses that hashing it, or scanning it
    once a key, is cheaper: measured 87 to 1000 us a row instead of 2. TimescaleDB's own node adds 4 us a key.
    """
    conn.execute("SET LOCAL enable_seqscan = off; SET LOCAL timescaledb.enable_chunk_append = off")
    yield
    conn.execute("SET LOCAL enable_seqscan = on; SET LOCAL timescaledb.enable_chunk_append = on")


@contextmanager
def copying_in(conn: psycopg.Connection, statement: Any, rows: bytes | bytearray | memoryview) -> Iterator[None]:
    """COPY ... FROM STDIN (FORMAT BINARY); `rows` without header and trailer.

    The block runs while the server is at it and must leave `conn` alone. What the server says is known, and raised, at
    the block's end; what the block raises ends the COPY.
    """
    view = memoryview(rows)
    with conn.cursor() as cur, cur.copy(statement) as copy:
        copy.write(COPY_HEADER)
        for start in range(0, len(view), BIGGEST_COPY):
            copy.write(view[start : start + BIGGEST_COPY])
        copy.write(COPY_TRAILER)
        yield


def copy_in(conn: psycopg.Connection, statement: Any, rows: bytes | bytearray | memoryview) -> None:
    """The same, when there is nothing to do meanwhile."""
    with copying_in(conn, statement, rows):
        pass


def copy_columns(columns: Sequence[tuple[str, npt.ArrayLike]]) -> bytes:
    """COPY rows of fixed-width columns: (wire type such as ">i8", values (n,)); every value is present."""
    count = len(np.asarray(columns[0][1]))
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for number, (wire, _) in enumerate(columns):
        fields += [(f"length{number}", ">i4"), (f"value{number}", wire)]
    rows = np.empty(count, fields)
    rows["fields"] = len(columns)
    for number, (wire, values) in enumerate(columns):
        rows[f"length{number}"] = np.dtype(wire).itemsize
        rows[f"value{number}"] = values
    return rows.tobytes()


def copy_out(
    conn: psycopg.Connection, statement: Any, params: Any, types: Sequence[tuple[str, str]]
) -> npt.NDArray[Any]:
    """COPY (SELECT ...) TO STDOUT (FORMAT BINARY) of fixed-width columns without NULLs, as a structured array.

    `types` are (name, native numpy type) a column, in order; timestamps stay microseconds since 2000.
    """
    layout: list[tuple[str, str]] = [("#", ">i2")]
    for name, dtype in types:
        layout += [(f"#{name}", ">i4"), (name, f">{dtype}")]
    with conn.cursor() as cur, cur.copy(statement, params) as copy:
        wire = b"".join([*_copied(conn.pgconn), *copy])
    count = (len(wire) - len(COPY_HEADER) - len(COPY_TRAILER)) // np.dtype(layout).itemsize
    return np.frombuffer(wire, layout, count=count, offset=len(COPY_HEADER))


def copy_out_sparse(
    conn: psycopg.Connection, statement: Any, fixed: Sequence[tuple[str, str]], types: Sequence[str]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    """The same where the columns behind the `fixed` ones may be NULL, of `types` "f4" or "f8": the fixed ones as a
    structured array, and the others (rows, columns) with NaN for NULL, column by column in memory.

    A NULL costs the server a tenth of a number. Rows of one presence mask have one layout and are taken together.
    """
    with conn.cursor() as cur, cur.copy(statement) as copy:
        messages = [*_copied(conn.pgconn), *copy]
    messages[0] = messages[0][len(COPY_HEADER) :]
    lengths = np.fromiter(map(len, messages), np.int64, len(messages))
    count = int((lengths > len(COPY_TRAILER)).sum())  # the trailer is the last
    rows = np.empty(count, [(name, dtype) for name, dtype in fixed])
    values = np.full((count, len(types)), np.nan, order="F")
    for length in np.unique(lengths[:count]).tolist():
        places = np.flatnonzero(lengths[:count] == length)
        whole = b"".join(messages[:count] if len(places) == count else [messages[i] for i in places.tolist()])
        block = np.frombuffer(whole, np.uint8).reshape(-1, length)
        while len(places):
            left = _take_alike(block, places, _Sparse(fixed, types), (rows, values))
            block, places = block[left], places[left]
    return rows, values


@dataclass(frozen=True, slots=True)
class _Sparse:
    """Fixed columns and others that may be NULL."""

    fixed: Sequence[tuple[str, str]]
    types: Sequence[str]

    def layout(self, row: npt.NDArray[np.uint8]) -> tuple[np.dtype[Any], list[int], list[int]]:
        """Of a row: its layout, the places of the length fields, and which of the columns are there."""
        fields: list[tuple[str, str]] = [("#", ">i2")]
        for name, dtype in self.fixed:
            fields += [(f"#{name}", ">i4"), (name, f">{dtype}")]
        at = np.dtype(fields).itemsize
        lengths, present = [], []
        for column, dtype in enumerate(self.types):
            lengths.append(at)
            fields.append((f"#{column}", ">i4"))
            at += 4
            if row[lengths[-1]] == 0:  # a length of 4 or 8; NULL is -1
                fields.append((str(column), f">{dtype}"))
                present.append(column)
                at += np.dtype(dtype).itemsize
        return np.dtype(fields), lengths, present


def _take_alike(
    block: npt.NDArray[np.uint8],
    places: npt.NDArray[np.intp],
    sparse: _Sparse,
    into: tuple[npt.NDArray[Any], npt.NDArray[np.float64]],
) -> npt.NDArray[np.intp]:
    """Take the rows (rows, bytes) that have the first one's columns to their places; returns which are left."""
    layout, lengths, present = sparse.layout(block[0])
    alike = (block[:, lengths] == block[0, lengths]).all(axis=1)
    if not alike.all():
        block, places = block[alike], places[alike]
    cells = block.view(layout)[:, 0]
    for name, _ in sparse.fixed:
        into[0][name][places] = cells[name]
    for column in present:
        into[1][places, column] = cells[str(column)]
    return np.flatnonzero(~alike)


def _copied(pgconn: PGconn) -> list[bytes]:
    """The messages of a COPY TO up to its trailer, by libpq's blocking call: psycopg's own loop takes 8 us a row."""
    messages: list[bytes] = []
    take, keep = pgconn.get_copy_data, messages.append
    while True:
        length, message = take(0)
        if length <= 0:
            raise _broken_off(pgconn)
        keep(bytes(message))  # the garbage collector goes through views again and again
        if length in _ENDS and message[-2:] == COPY_TRAILER:
            return messages  # a row of fixed-width columns is of even length, never that of header and trailer together


def _broken_off(pgconn: PGconn) -> psycopg.Error:
    """What the server said when it ended a COPY before its trailer; the connection is free afterwards."""
    said = pgconn.get_result()
    while pgconn.get_result() is not None:
        pass
    return psycopg.OperationalError("COPY ended early") if said is None else psycopg.errors.error_from_result(said)
