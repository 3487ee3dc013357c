"""Writing readings: fresh rows straight into COPY, everything else looked up first and merged column by column."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from fleet.batch import BoolArray, ReadingBatch
from fleet.signals import Catalogue
from storage.binary import EPOCH_2000_US, copying_in

_HEAD = sql.SQL("machine_id, measured_at, received_at")


@contextmanager
def copying_fresh(conn: psycopg.Connection, readings: ReadingBatch, catalogue: Catalogue) -> Iterator[None]:
    """COPY rows whose (machine, measured_at) is known to be absent, NaN becoming NULL. One COPY, any mix of signals.

    The block runs while the server writes, and must leave `conn` alone. Only columns that occur in the batch are named.
    Raises psycopg's UniqueViolation at the end when a row was there after all. O(rows x signals) in numpy.
    """
    if not len(readings):
        yield
        return
    present = ~np.isnan(readings.values)
    used = np.flatnonzero(present.any(axis=0))
    signals = readings.signals[used]
    columns = sql.SQL(", ").join([_HEAD, *(sql.Identifier(catalogue.signals[i].key) for i in signals)])
    statement = sql.SQL("COPY reading ({}) FROM STDIN (FORMAT BINARY)").format(columns)
    with copying_in(conn, statement, encode(readings, present[:, used], used, catalogue.is_float4[signals])):
        yield


def copy_fresh(conn: psycopg.Connection, readings: ReadingBatch, catalogue: Catalogue) -> None:
    """The same, when there is nothing to do meanwhile."""
    with copying_fresh(conn, readings, catalogue):
        pass


def encode(readings: ReadingBatch, present: BoolArray, used: npt.NDArray[np.intp], is_float4: BoolArray) -> memoryview:
    """COPY rows of (machine, measured_at, received_at, the `used` columns), grouped by the set of signals present.

    `present` (rows, used) says where a value is; each set has one fixed layout, absent = length -1 without data.
    """
    order, starts, representatives = group_by_set(present)
    layouts = [_layout(present[row].tobytes(), is_float4.tobytes()) for row in representatives]
    ends = np.append(starts[1:], len(order))
    size = sum((end - start) * layout.itemsize for layout, start, end in zip(layouts, starts, ends, strict=True))
    wire = np.empty(size, np.uint8)
    at = 0
    for layout, start, end, first in zip(layouts, starts, ends, representatives, strict=True):
        rows = order[start:end]
        block = wire[at : at + len(rows) * layout.itemsize]
        block.reshape(len(rows), layout.itemsize)[:] = layout.template
        fields = block.view(layout.dtype)
        fields["machine"] = readings.machine[rows]
        fields["measured"] = readings.measured_at_us[rows] - EPOCH_2000_US
        fields["received"] = readings.received_at_us[rows] - EPOCH_2000_US
        columns = used[present[first]]
        values = readings.values[rows[:, None], columns]
        for number, name in enumerate(layout.signals):
            fields[name] = values[:, number]
        at += len(block)
    return wire.data


@dataclass(frozen=True, slots=True)
class _Layout:
    """The bytes of a row with one set of signals: lengths filled in, values to come."""

    dtype: np.dtype[Any]
    template: npt.NDArray[np.uint8]
    signals: tuple[str, ...]
    itemsize: int


@lru_cache(maxsize=4096)
def _layout(present: bytes, is_float4: bytes) -> _Layout:
    fields = [("count", ">i2"), ("#machine", ">i4"), ("machine", ">i4"), ("#measured", ">i4"), ("measured", ">i8")]
    fields += [("#received", ">i4"), ("received", ">i8")]
    lengths = {"count": 3 + len(present), "#machine": 4, "#measured": 8, "#received": 8}
    signals = []
    for number, (there, narrow) in enumerate(zip(present, is_float4, strict=True)):
        fields.append((f"#{number}", ">i4"))
        lengths[f"#{number}"] = (4 if narrow else 8) if there else -1
        if there:
            fields.append((f"{number}", ">f4" if narrow else ">f8"))
            signals.append(f"{number}")
    dtype = np.dtype(fields)
    row = np.zeros(1, dtype)
    for name, length in lengths.items():
        row[name] = length
    return _Layout(dtype, row.view(np.uint8), tuple(signals), dtype.itemsize)


def group_by_set(
    present: BoolArray,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows ordered by which signals they carry: (order, start of each set in it, one row of each set).

    `present` is (rows, columns). Sets are told apart by a 64-bit mix of their bits, checked afterwards; the check
    failing (never seen) costs a slower exact grouping.
    """
    packed = np.packbits(present, axis=1)
    padded = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    words = padded.view(np.uint64)
    mixed = np.zeros(len(words), np.uint64)
    for column in range(words.shape[1]):
        mixed = (mixed ^ words[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if not np.array_equal(packed[first][inverse], packed):
        _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        inverse = inverse.reshape(-1)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(first)))
    return order, starts, first
