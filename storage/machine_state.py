"""machine_state: the latest values of each machine as sparse arrays, one row a machine."""

from collections.abc import Sequence
from datetime import timedelta
from typing import LiteralString

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from fleet.batch import EventKind, Float64Array, Int16Array, Int32Array, Int64Array
from storage.binary import EPOCH_2000_US, float8s, int2s, int4s, int8s, times

NEVER_US = np.iinfo(np.int64).min + EPOCH_2000_US  # becomes -infinity

# A row says two things, each with a time of its own: what was measured last, and how the machine was heard of last.
UPSERT: LiteralString = """
INSERT INTO machine_state AS s
    (machine_id, measured_at, received_at, online, work_state, signal_ids, signal_values, signal_at_us)
SELECT machine_id, nullif(measured_at, '-infinity'), received_at,
       CASE online WHEN 1 THEN TRUE WHEN 0 THEN FALSE END, (%(states)s::text[])[work_state + 1],
       (%(ids)s)[first:last], (%(values)s)[first:last], (%(at_us)s)[first:last]
FROM unnest(%(machine)s, %(measured_at)s, %(received_at)s, %(online)s, %(work)s, %(first)s, %(last)s)
    AS n (machine_id, measured_at, received_at, online, work_state, first, last)
ON CONFLICT (machine_id) DO UPDATE SET
    measured_at = CASE WHEN {measured} THEN excluded.measured_at ELSE s.measured_at END,
    work_state = CASE WHEN {measured} THEN excluded.work_state ELSE s.work_state END,
    signal_ids = CASE WHEN {measured} THEN excluded.signal_ids ELSE s.signal_ids END,
    signal_values = CASE WHEN {measured} THEN excluded.signal_values ELSE s.signal_values END,
    signal_at_us = CASE WHEN {measured} THEN excluded.signal_at_us ELSE s.signal_at_us END,
    online = CASE WHEN {heard} THEN excluded.online ELSE s.online END,
    received_at = greatest(excluded.received_at, s.received_at)
WHERE {measured} OR {heard}
"""
NEWER = sql.SQL(UPSERT).format(
    measured=sql.SQL("(excluded.measured_at >= coalesce(s.measured_at, '-infinity'))"),
    heard=sql.SQL("(excluded.received_at >= s.received_at)"),
)


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

    Shapes (machines,); values and at_us (machines, signals), NaN where never reported. `measured_at_us` is the lowest
    int64 where nothing was measured yet. `work_state` indexes `work_states`, -1 is unknown; `online` is 1, 0 or -1 for
    unknown.
    """
    if not len(machine):
        return
    present = ~np.isnan(values)
    last = np.cumsum(present.sum(axis=1))
    conn.execute(
        NEWER,
        {
            "states": list(work_states),
            "ids": int2s(np.nonzero(present)[1]),
            "values": float8s(values[present]),
            "at_us": int8s(at_us[present]),
            "machine": int4s(machine),
            "measured_at": times(np.maximum(measured_at_us, NEVER_US)),
            "received_at": times(received_at_us),
            "online": int2s(online),
            "work": int2s(work_state),
            "first": int4s(np.append(0, last[:-1]) + 1),
            "last": int4s(last),
        },
    )


LOAD: LiteralString = """
SELECT machine_id, coalesce((extract(epoch FROM measured_at) * 1000000)::bigint, %s),
       (extract(epoch FROM received_at) * 1000000)::bigint,
       CASE WHEN online THEN 1 WHEN NOT online THEN 0 ELSE -1 END, signal_ids, signal_values, signal_at_us
FROM machine_state ORDER BY machine_id
"""


def load_states(
    conn: psycopg.Connection, signals: int, never_us: int
) -> tuple[npt.NDArray[np.int64], Float64Array, Int64Array]:
    """All states: (machines, 4) machine, measured_at, received_at, online; values and at_us (machines, signals).

    `never_us` stands where nothing was measured.
    """
    rows = conn.execute(LOAD, [never_us]).fetchall()
    fixed = np.array([row[:4] for row in rows], np.int64).reshape(len(rows), 4)
    values = np.full((len(rows), signals), np.nan)
    at_us = np.full((len(rows), signals), never_us, np.int64)
    for number, (*_, ids, row_values, row_at) in enumerate(rows):
        values[number, ids], at_us[number, ids] = row_values, row_at
    return fixed, values, at_us


def load_reported(conn: psycopg.Connection, signals: int) -> npt.NDArray[np.bool_]:
    """Which signals each machine has sent, (machine ids, signals)."""
    rows = conn.execute("SELECT machine_id, signal_ids FROM machine_state").fetchall()
    told = np.zeros((max((machine for machine, _ in rows), default=-1) + 1, signals), np.bool_)
    for machine, ids in rows:
        told[machine, ids] = True
    return told


STATUSES: LiteralString = """
SELECT n.m, (extract(epoch FROM e.received_at) * 1000000)::bigint, e.value = 1
FROM unnest(%(machines)s, %(since)s) AS n (m, since)
CROSS JOIN LATERAL (
    SELECT received_at, value FROM event
    WHERE machine_id = n.m AND measured_at >= n.since - %(late)s AND kind = %(status)s
      AND received_at >= n.since AND received_at - measured_at <= %(late)s
    ORDER BY received_at DESC LIMIT 1
) e ORDER BY 1
"""


def list_statuses(
    conn: psycopg.Connection, machines: Int32Array, since_us: Int64Array, *, late_after_us: int
) -> list[tuple[int, int, bool]]:
    """(machine, received_at_us, online) of the status each machine sent last, if it came at `since_us` (machines,) or
    later and not more than `late_after_us` after it was true."""
    given = {
        "machines": int4s(machines),
        "since": times(np.maximum(since_us, NEVER_US)),
        "status": int(EventKind.STATUS),
    }
    return conn.execute(STATUSES, given | {"late": timedelta(microseconds=late_after_us)}).fetchall()


RECEIVED: LiteralString = """
SELECT n.m, (extract(epoch FROM r.at) * 1000000)::bigint FROM unnest(%s, %s) AS n (m, since)
CROSS JOIN LATERAL (
    SELECT max(received_at) AS at FROM reading WHERE machine_id = n.m AND measured_at >= n.since
) r WHERE r.at IS NOT NULL
"""


def last_received(conn: psycopg.Connection, machines: Int32Array, since_us: Int64Array) -> dict[int, int]:
    """machine -> when the last of its readings measured since `since_us` (machines,) was received, microseconds."""
    return dict(conn.execute(RECEIVED, [int4s(machines), times(since_us)]).fetchall())
