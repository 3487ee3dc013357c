"""Stored readings and events of machines over ranges of time, as columns: what history is judged from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from fleet.batch import EventBatch, EventKind, Float64Array, Int32Array, Int64Array
from fleet.signals import Catalogue, Signal, StoredType
from storage.binary import EPOCH_2000_US, copy_out, copy_out_sparse

EARLIEST_US = 0  # nothing is older than 1970
LATEST_US = 4_102_444_800_000_000  # nor newer than 2100
JUDGED_KINDS = (int(EventKind.FAULT), int(EventKind.SENSOR_ERROR))

_RANGES = sql.SQL("""
(SELECT m, to_timestamp(f::float8 / 1e6) AS f, to_timestamp(t::float8 / 1e6) AS t
 FROM unnest({machines}::int[], {from_us}::bigint[], {to_us}::bigint[]) AS n(m, f, t))
""")


def _ranges(machines: Int32Array, from_us: Int64Array, to_us: Int64Array) -> dict[str, sql.Composable]:
    start = np.clip(from_us, EARLIEST_US, LATEST_US)
    end = np.clip(to_us, EARLIEST_US, LATEST_US)
    parts = {"machines": machines.tolist(), "from_us": start.tolist(), "to_us": end.tolist()}
    return {
        "ranges": _RANGES.format(**{name: sql.Literal(values) for name, values in parts.items()}),
        "lowest": _literal_time(int(start.min())),
        "highest": _literal_time(int(end.max())),
    }


def _literal_time(us: int) -> sql.Composable:
    return sql.SQL("to_timestamp({}::float8 / 1e6)").format(sql.Literal(us))


def read_rows(
    conn: psycopg.Connection,
    machines: Int32Array,
    from_us: Int64Array,
    to_us: Int64Array,
    *,
    catalogue: Catalogue,
    signals: Sequence[int],
) -> tuple[Int32Array, Int64Array, Float64Array]:
    """Readings of each machine in its half-open range [from_us, to_us); all inputs shape (machines,).

    Returns machine (rows,), measured_at_us (rows,) and values (rows, len(catalogue)) with only the columns `signals`
    filled, NaN elsewhere, sorted by (machine, measured_at). Two ranges of one machine must not overlap.
    """
    if not len(machines):
        return np.empty(0, np.int32), np.empty(0, np.int64), np.empty((0, len(catalogue)))
    used = [catalogue.signals[i] for i in signals]
    columns = [sql.SQL("coalesce({}::float8, 'NaN')").format(sql.Identifier("r", signal.key)) for signal in used]
    statement = sql.SQL(
        "COPY (SELECT {columns} FROM {ranges} n CROSS JOIN LATERAL (SELECT * FROM reading x WHERE x.machine_id = n.m"
        " AND x.measured_at >= n.f AND x.measured_at < n.t"
        " AND x.measured_at >= {lowest} AND x.measured_at < {highest}) r) TO STDOUT (FORMAT BINARY)"
    ).format(
        columns=sql.SQL(", ").join([sql.SQL("r.machine_id, r.measured_at"), *columns]),
        **_ranges(machines, from_us, to_us),
    )
    names = [(f"s{i}", "f8") for i in signals]
    rows = copy_out(conn, statement, None, [("machine", "i4"), ("at", "i8"), *names])
    machine = rows["machine"].astype(np.int32)
    at_us = rows["at"].astype(np.int64) + EPOCH_2000_US
    order = np.lexsort((at_us, machine))
    values = np.full((len(rows), len(catalogue)), np.nan)
    for name, signal in zip((n for n, _ in names), signals, strict=True):
        values[:, signal] = rows[name][order]
    return machine[order], at_us[order], values


_RECEIVED = sql.SQL(
    "COPY (SELECT {columns} FROM {ranges} n CROSS JOIN LATERAL (SELECT * FROM reading x WHERE x.machine_id = n.m"
    " AND x.measured_at >= n.f AND x.measured_at < n.t"
    " AND x.measured_at >= {lowest} AND x.measured_at < {highest}) r) TO STDOUT (FORMAT BINARY)"
)


@dataclass(frozen=True, slots=True)
class ReceivedRows:
    """Readings sorted by (machine, measured_at), (rows,) each; values (rows, signals), NaN for 'not reported'."""

    machine: Int32Array
    at_us: Int64Array
    received_us: Int64Array
    values: Float64Array

    def of(self, machine: int, from_us: int, to_us: int) -> "ReceivedRows":
        """Those of a machine at from_us <= t < to_us."""
        first, last = np.searchsorted(self.machine, machine, "left"), np.searchsorted(self.machine, machine, "right")
        start, end = first + np.searchsorted(self.at_us[first:last], [from_us, to_us])
        here = slice(int(start), int(end))
        return ReceivedRows(self.machine[here], self.at_us[here], self.received_us[here], self.values[here])


def read_received(
    conn: psycopg.Connection,
    machines: Int32Array,
    from_us: Int64Array,
    to_us: Int64Array,
    *,
    signals: Sequence[Signal],
) -> ReceivedRows:
    """Readings of each machine in its half-open ranges, (machines,) each, of these signals alone, and when they came.

    Two ranges of one machine must not overlap.
    """
    if not len(machines):
        nothing = np.empty(0, np.int64)
        return ReceivedRows(np.empty(0, np.int32), nothing, nothing, np.empty((0, len(signals))))
    columns = [sql.Identifier("r", signal.key) for signal in signals]
    statement = _RECEIVED.format(
        columns=sql.SQL(", ").join([sql.SQL("r.machine_id, r.measured_at, r.received_at"), *columns]),
        **_ranges(machines, from_us, to_us),
    )
    types = ["f4" if signal.stored is StoredType.FLOAT4 else "f8" for signal in signals]
    rows, values = copy_out_sparse(conn, statement, [("machine", "i4"), ("at", "i8"), ("received", "i8")], types)
    machine, at_us = rows["machine"].astype(np.int32), rows["at"] + EPOCH_2000_US
    order = np.lexsort((at_us, machine))
    received_us = rows["received"] + EPOCH_2000_US
    return ReceivedRows(machine[order], at_us[order], received_us[order], values[order])


_USED = sql.SQL(
    "COPY (SELECT {columns} FROM unnest({machines}::int[]) n(m) CROSS JOIN LATERAL (SELECT * FROM reading x"
    " WHERE x.machine_id = n.m AND x.measured_at >= {start} AND x.measured_at < {end}) r) TO STDOUT (FORMAT BINARY)"
)


def read_used_columns(
    conn: psycopg.Connection,
    machines: Int32Array,
    from_us: int,
    to_us: int,
    *,
    catalogue: Catalogue,
    signals: Sequence[int],
) -> tuple[Int32Array, Int64Array, Float64Array]:
    """Readings of machines at from_us <= t < to_us, of the columns `signals` (ascending catalogue positions) alone.

    Returns machine (rows,), measured_at_us (rows,) and values (rows, signals), NaN for 'not reported', sorted by
    (machine, measured_at).
    """
    if not len(machines) or to_us <= from_us:
        return np.empty(0, np.int32), np.empty(0, np.int64), np.empty((0, len(signals)))
    used = [catalogue.signals[i] for i in signals]
    columns = [sql.Identifier("r", signal.key) for signal in used]
    statement = _USED.format(
        columns=sql.SQL(", ").join([sql.SQL("r.machine_id, r.measured_at"), *columns]),
        machines=sql.Literal(machines.tolist()),
        start=_literal_time(from_us),
        end=_literal_time(to_us),
    )
    types = ["f4" if signal.stored is StoredType.FLOAT4 else "f8" for signal in used]
    rows, values = copy_out_sparse(conn, statement, [("machine", "i4"), ("at", "i8")], types)
    machine, at_us = rows["machine"].astype(np.int32), rows["at"] + EPOCH_2000_US
    ordered = (machine[1:] > machine[:-1]) | ((machine[1:] == machine[:-1]) & (at_us[1:] > at_us[:-1]))
    if not ordered.all():
        order = np.lexsort((at_us, machine))
        machine, at_us, values = machine[order], at_us[order], values[order]
    return machine, at_us, values


_EVENT_COLUMNS = (
    ("machine", "i4"),
    ("at", "i8"),
    ("received", "i8"),
    ("kind", "i2"),
    ("source_address", "i2"),
    ("spn", "i4"),
    ("fmi", "i2"),
    ("count", "i2"),
    ("lamps", "i2"),
    ("signal", "i2"),
    ("value", "i2"),
)


def read_events(conn: psycopg.Connection, machines: Int32Array, from_us: Int64Array, to_us: Int64Array) -> EventBatch:
    """Fault and sensor-error events of each machine in its half-open range; `message` is -1, texts are None."""
    if not len(machines):
        return EventBatch.empty()
    statement = sql.SQL(
        "COPY (SELECT r.machine_id, r.measured_at, r.received_at, r.kind, r.source_address, r.spn, r.fmi,"
        " r.occurrence_count, r.lamps, r.signal_id, r.value FROM {ranges} n CROSS JOIN LATERAL (SELECT * FROM event x"
        " WHERE x.machine_id = n.m AND x.measured_at >= n.f AND x.measured_at < n.t"
        " AND x.measured_at >= {lowest} AND x.measured_at < {highest} AND x.kind = ANY({kinds})) r)"
        " TO STDOUT (FORMAT BINARY)"
    ).format(kinds=sql.Literal(list(JUDGED_KINDS)), **_ranges(machines, from_us, to_us))
    rows = copy_out(conn, statement, None, _EVENT_COLUMNS)
    rows = rows[np.lexsort((rows["at"], rows["machine"]))]
    return EventBatch(
        message=np.full(len(rows), -1, np.int32),
        machine=rows["machine"].astype(np.int32),
        measured_at_us=rows["at"].astype(np.int64) + EPOCH_2000_US,
        received_at_us=rows["received"].astype(np.int64) + EPOCH_2000_US,
        kind=rows["kind"].astype(np.int16),
        source_address=rows["source_address"].astype(np.int16),
        spn=rows["spn"].astype(np.int32),
        fmi=rows["fmi"].astype(np.int16),
        count=rows["count"].astype(np.int16),
        lamps=rows["lamps"].astype(np.int16),
        signal=rows["signal"].astype(np.int16),
        value=rows["value"].astype(np.int16),
        text=[None] * len(rows),
    )


_BORDERS = """
SELECT n.m, coalesce((extract(epoch FROM {pick}(r.at, e.at)) * 1000000)::bigint, {none}) FROM unnest(%s::int[]) AS n(m)
LEFT JOIN LATERAL (SELECT measured_at AS at FROM reading WHERE machine_id = n.m
                   ORDER BY measured_at {order} LIMIT 1) r ON true
LEFT JOIN LATERAL (SELECT measured_at AS at FROM event WHERE machine_id = n.m AND kind = ANY(%s)
                   ORDER BY measured_at {order} LIMIT 1) e ON true
"""


def first_instants(conn: psycopg.Connection, machines: npt.NDArray[np.int32]) -> Int64Array:
    """The earliest stored instant (reading, fault or sensor error) of each machine, microseconds; LATEST_US if none."""
    return _borders(conn, machines, "least", "ASC", LATEST_US)


def last_instants(conn: psycopg.Connection, machines: npt.NDArray[np.int32]) -> Int64Array:
    """The latest stored instant of each machine, microseconds; EARLIEST_US - 1 if none."""
    return _borders(conn, machines, "greatest", "DESC", EARLIEST_US - 1)


def _borders(conn: psycopg.Connection, machines: npt.NDArray[np.int32], pick: str, order: str, none: int) -> Int64Array:
    statement = sql.SQL(_BORDERS).format(pick=sql.SQL(pick), order=sql.SQL(order), none=sql.Literal(none))
    found: dict[int, int] = dict(conn.execute(statement, [machines.tolist(), list(JUDGED_KINDS)]).fetchall())
    return np.array([found[m] for m in machines.tolist()], dtype=np.int64)


_NEXT = """
SELECT n.m, (extract(epoch FROM r.at) * 1000000)::bigint
FROM unnest(%s::int[], %s::bigint[]) AS n(m, since)
JOIN LATERAL (SELECT measured_at AS at FROM reading WHERE machine_id = n.m
              AND measured_at > to_timestamp(n.since::float8 / 1e6) ORDER BY measured_at LIMIT 1) r ON TRUE
"""


def next_instants(conn: psycopg.Connection, machines: Sequence[int], after_us: Sequence[int]) -> dict[int, int]:
    """machine -> its first reading measured after its instant, microseconds; machines without one are left out."""
    return dict(conn.execute(_NEXT, [list(machines), list(after_us)]).fetchall())


_LAST_FAULTS = """
SELECT n.m, n.before, (extract(epoch FROM e.at) * 1000000)::bigint
FROM unnest(%s::int[], %s::bigint[]) AS n(m, before)
JOIN LATERAL (SELECT measured_at AS at FROM event WHERE machine_id = n.m AND kind = 1
              AND measured_at < to_timestamp(n.before::float8 / 1e6)
              AND measured_at >= to_timestamp(n.before::float8 / 1e6) - interval '90 days'
              ORDER BY measured_at DESC LIMIT 1) e ON TRUE
"""


def last_faults(
    conn: psycopg.Connection, machines: Sequence[int], before_us: Sequence[int]
) -> dict[tuple[int, int], int]:
    """(machine, instant) -> when it last told its fault codes before, within 90 days; others are left out."""
    return {(row[0], row[1]): row[2] for row in conn.execute(_LAST_FAULTS, [list(machines), list(before_us)])}


_NEW = """
SELECT n.m, n.before FROM unnest(%s::int[], %s::bigint[]) AS n(m, before)
WHERE NOT EXISTS (SELECT FROM reading WHERE machine_id = n.m AND measured_at < to_timestamp(n.before::float8 / 1e6)
                  AND measured_at >= to_timestamp(n.before::float8 / 1e6) - interval '90 days')
"""


def list_new(conn: psycopg.Connection, machines: Sequence[int], before_us: Sequence[int]) -> set[tuple[int, int]]:
    """(machine, instant) of those that told nothing before, within 90 days."""
    return {(row[0], row[1]) for row in conn.execute(_NEW, [list(machines), list(before_us)])}
