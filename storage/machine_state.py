"""machine_state: the latest values of each machine as sparse arrays, one row a machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg

from fleet.batch import BoolArray, Float64Array, Int16Array, Int32Array, Int64Array
from storage.binary import EPOCH_2000_US, copy_in

INT2, INT8, FLOAT8 = 21, 20, 701  # type oids of array elements

STAGE: LiteralString = """
CREATE TEMPORARY TABLE IF NOT EXISTS machine_state_staged
(machine_id int, measured_at timestamptz, received_at timestamptz, online int2, work_state int2,
 signal_ids int2[], signal_values float8[], signal_at_us int8[]) ON COMMIT DELETE ROWS
"""

COPY: LiteralString = "COPY machine_state_staged FROM STDIN (FORMAT BINARY)"

UPSERT: LiteralString = """
INSERT INTO machine_state AS s
    (machine_id, measured_at, received_at, online, work_state, signal_ids, signal_values, signal_at_us)
SELECT machine_id, measured_at, received_at, CASE online WHEN 1 THEN TRUE WHEN 0 THEN FALSE END,
       (%s::text[])[work_state + 1], signal_ids, signal_values, signal_at_us
FROM machine_state_staged ORDER BY machine_id
ON CONFLICT (machine_id) DO UPDATE SET
    measured_at = excluded.measured_at, received_at = excluded.received_at, online = excluded.online,
    work_state = excluded.work_state, signal_ids = excluded.signal_ids, signal_values = excluded.signal_values,
    signal_at_us = excluded.signal_at_us
WHERE excluded.measured_at >= s.measured_at
"""


def save_states(
    conn: psycopg.Connection,
    machine: Int32Array,
    *,
    measured_at_us: Int64Array,
    received_at_us: Int64Array,
    online: Int16Array,
    work_state: Int16Array,
    work_states: Sequence[str],
    values: Float64Array,
    at_us: Int64Array,
) -> None:
    """Write the latest state of each machine, in the caller's transaction; an older state never replaces a newer one.

    Shapes (machines,); values and at_us (machines, signals), NaN where never reported. `work_state` indexes
    `work_states`, -1 is unknown; `online` is 1, 0 or -1 for unknown.
    """
    if not len(machine):
        return
    present = ~np.isnan(values)
    counts = present.sum(axis=1)
    fixed: dict[str, npt.NDArray[Any]] = {
        "machine": machine,
        "measured": measured_at_us - EPOCH_2000_US,
        "received": received_at_us - EPOCH_2000_US,
        "online": online,
        "work": work_state,
    }
    parts = []
    for count in np.unique(counts):
        chosen = np.flatnonzero(counts == count)
        columns = {name: column[chosen] for name, column in fixed.items()}
        parts.append(_rows(columns, values[chosen], at_us[chosen], present[chosen]))
    conn.execute(STAGE)
    copy_in(conn, COPY, b"".join(parts))
    conn.execute(UPSERT, [list(work_states)])


_FIXED = {"machine": ">i4", "measured": ">i8", "received": ">i8", "online": ">i2", "work": ">i2"}


@dataclass(frozen=True, slots=True)
class _ArrayColumn:
    """A column of arrays of equal length: element oid and wire type, cells (machines, count)."""

    name: str
    oid: int
    wire: str
    cells: npt.NDArray[Any]

    @property
    def head(self) -> list[int]:
        """The array's own header: dimensions, no NULLs, element type, and for each dimension length and lower bound."""
        count = self.cells.shape[1]
        return [1, 0, self.oid, count, 1] if count else [0, 0, self.oid]

    @property
    def element_bytes(self) -> int:
        """Bytes of a value without its length."""
        return int(np.dtype(self.wire).itemsize)


def _rows(columns: dict[str, npt.NDArray[Any]], values: Float64Array, at_us: Int64Array, present: BoolArray) -> bytes:
    """COPY rows of machines that have equally many signals."""
    count = int(present[0].sum())
    signal = np.nonzero(present)[1].reshape(len(values), count)
    arrays = [
        _ArrayColumn("ids", INT2, ">i2", signal),
        _ArrayColumn("values", FLOAT8, ">f8", np.take_along_axis(values, signal, 1)),
        _ArrayColumn("ats", INT8, ">i8", np.take_along_axis(at_us, signal, 1)),
    ]
    rows = np.zeros(len(values), _layout(arrays))
    rows["fields"] = len(_FIXED) + len(arrays)
    for name, wire in _FIXED.items():
        rows[f"#{name}"], rows[name] = np.dtype(wire).itemsize, columns[name]
    for array in arrays:
        rows[f"{array.name}_head"] = array.head
        rows[f"#{array.name}"] = 4 * len(array.head) + count * (4 + array.element_bytes)
        rows[array.name]["length"], rows[array.name]["value"] = array.element_bytes, array.cells
    return rows.tobytes()


def _layout(arrays: Sequence[_ArrayColumn]) -> np.dtype[Any]:
    fields: list[Any] = [("fields", ">i2")]
    for name, wire in _FIXED.items():
        fields += [(f"#{name}", ">i4"), (name, wire)]
    for array in arrays:
        element = np.dtype([("length", ">i4"), ("value", array.wire)])
        head = (f"{array.name}_head", ">i4", (len(array.head),))
        fields += [(f"#{array.name}", ">i4"), head, (array.name, element, (array.cells.shape[1],))]
    return np.dtype(fields)


LOAD: LiteralString = """
SELECT machine_id, (extract(epoch FROM measured_at) * 1000000)::bigint,
       (extract(epoch FROM received_at) * 1000000)::bigint,
       CASE WHEN online THEN 1 WHEN NOT online THEN 0 ELSE -1 END, signal_ids, signal_values, signal_at_us
FROM machine_state ORDER BY machine_id
"""


def load_states(
    conn: psycopg.Connection, signals: int, never_us: int
) -> tuple[npt.NDArray[np.int64], Float64Array, Int64Array]:
    """All states: (machines, 4) machine, measured_at, received_at, online; values and at_us (machines, signals)."""
    rows = conn.execute(LOAD).fetchall()
    fixed = np.array([row[:4] for row in rows], np.int64).reshape(len(rows), 4)
    values = np.full((len(rows), signals), np.nan)
    at_us = np.full((len(rows), signals), never_us, np.int64)
    for number, (*_, ids, row_values, row_at) in enumerate(rows):
        values[number, ids], at_us[number, ids] = row_values, row_at
    return fixed, values, at_us
