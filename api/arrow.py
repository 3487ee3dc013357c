"""Columns as an Arrow IPC stream, straight from numpy arrays."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from fastapi.responses import Response

from api.media import Media
from fleet.batch import Float64Array, Int64Array
from fleet.signals import Signal, StoredType
from storage.fleet_columns import NEVER_US

TIME = pa.timestamp("us", tz="UTC")
_UUID_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 16))


def schema_of(columns: Mapping[str, pa.DataType], units: Mapping[str, str], **about: str) -> pa.Schema:
    """A schema whose fields name their units and whose metadata says what the table is about."""
    fields = [
        pa.field(name, kind, metadata={"unit": units[name]} if name in units else None)
        for name, kind in columns.items()
    ]
    return pa.schema(fields, metadata={f"ecc.{name}": value for name, value in about.items()})


def stream_response(table: pa.Table) -> Response:
    """A whole table as one stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type=Media.ARROW)


class ChunkedStream:
    """An Arrow stream that is sent batch by batch; `end` closes it, and a reader misses it when the stream was cut."""

    def __init__(self, schema: pa.Schema) -> None:
        self._sink = _Parts()
        self._writer = pa.ipc.new_stream(pa.PythonFile(self._sink, mode="w"), schema)
        self._schema = schema

    def batch(self, arrays: Sequence[pa.Array]) -> bytes:
        """The bytes of one batch, those of the schema before the first."""
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        return self._sink.taken()

    def end(self) -> bytes:
        """The end-of-stream marker."""
        self._writer.close()
        return self._sink.taken()


class _Parts:
    """A file that gives away what was written to it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.closed = False

    def write(self, part: bytes) -> int:
        """Keep a part."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Leave it open: what is kept is taken by `taken`."""

    def taken(self) -> bytes:
        """What came since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def times(at_us: Int64Array) -> pa.Array:
    """Microseconds since 1970 as timestamps, null where never."""
    return pa.array(at_us, pa.int64(), mask=at_us == NEVER_US).view(TIME)


def floats(values: Float64Array) -> pa.Array:
    """Values, null where NaN."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def stored(signal: Signal, values: Float64Array) -> pa.Array:
    """The values of a signal, and of its means, in the type in which it is stored: float32 for float4."""
    return floats(values).cast(kind_of(signal), safe=False)


def kind_of(signal: Signal) -> pa.DataType:
    """The Arrow type of a signal's values."""
    return pa.float32() if signal.stored is StoredType.FLOAT4 else pa.float64()


def texts(data: bytes, lengths: npt.NDArray[np.int32]) -> pa.Array:
    """UTF-8 texts that lie one after the other in `data`, by their lengths in bytes; nothing is copied."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(data))


def words(codes: npt.NDArray[Any], known: Sequence[str]) -> pa.Array:
    """Codes (-1: null) as texts of a dictionary."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(known, pa.string()))


def uuids(wire: npt.NDArray[np.uint8]) -> pa.Array:
    """UUIDs, (n, 16) bytes, as their usual text."""
    digits = np.frombuffer(wire.tobytes().hex().encode(), np.uint8).reshape(-1, 32)
    text = np.full((len(wire), 36), ord("-"), np.uint8)
    for dashes, (first, last) in enumerate(_UUID_PARTS):
        text[:, 2 * first + dashes : 2 * last + dashes] = digits[:, 2 * first : 2 * last]
    return texts(text.tobytes(), np.full(len(wire), 36, np.int32))


def batches(table: pa.Table) -> Iterator[Sequence[pa.Array]]:
    """The columns of each batch of a table."""
    return (batch.columns for batch in table.to_batches())
