"""machine_state: the latest values of each machine as sparse arrays, one row a machine."""

from collections.abc import Sequence
from typing import LiteralString

import numpy as np
import numpy.typing as npt
import psycopg

from fleet.batch import Float64Array, Int16Array, Int32Array, Int64Array
from storage.binary import float8s, int2s, int4s, int8s, times

UPSERT: LiteralString = """
INSERT INTO machine_state AS s
    (machine_id, measured_at, received_at, online, work_state, signal_ids, signal_values, signal_at_us)
SELECT machine_id, measured_at, received_at, CASE online WHEN 1 THEN TRUE WHEN 0 THEN FALSE END,
       (%(states)s::text[])[work_state + 1],
       (%(ids)s)[first:last], (%(values)s)[first:last], (%(at_us)s)[first:last]
FROM unnest(%(machine)s, %(measured_at)s, %(received_at)s, %(online)s, %(work)s, %(first)s, %(last)s)
    AS n (machine_id, measured_at, received_at, online, work_state, first, last)
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
    last = np.cumsum(present.sum(axis=1))
    conn.execute(
        UPSERT,
        {
            "states": list(work_states),
            "ids": int2s(np.nonzero(present)[1]),
            "values": float8s(values[present]),
            "at_us": int8s(at_us[present]),
            "machine": int4s(machine),
            "measured_at": times(measured_at_us),
            "received_at": times(received_at_us),
            "online": int2s(online),
            "work": int2s(work_state),
            "first": int4s(np.append(0, last[:-1]) + 1),
            "last": int4s(last),
        },
    )


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
