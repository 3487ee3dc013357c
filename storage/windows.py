"""Minutes of machines as columns, from the rollups: what models are learned from and judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString, Self

import numpy as np
import psycopg
from psycopg import sql

from fleet.batch import BoolArray, Float64Array, Int32Array, Int64Array
from fleet.findings import SourceKind
from storage.alarms_write import instant
from storage.binary import EPOCH_2000_US, copy_out
from storage.pool import Connection

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Windows:
    """Minutes sorted by (machine, time): machine (rows,), at_us (rows,), values (rows, signals), the means, NaN not
    reported; least (rows,): the least value of the first signal."""

    machine: Int32Array
    at_us: Int64Array
    values: Float64Array
    least: Float64Array

    def __len__(self) -> int:
        return len(self.machine)

    def where(self, chosen: BoolArray) -> Self:
        """Some of the rows."""
        return type(self)(self.machine[chosen], self.at_us[chosen], self.values[chosen], self.least[chosen])

    def of(self, machine: int) -> slice:
        """The rows of one machine."""
        first, last = np.searchsorted(self.machine, [machine, machine + 1])
        return slice(int(first), int(last))


# A minute counts once nothing of the machine from it on waits to be recounted: a rollup that is behind is no silence.
_WINDOWS = sql.SQL("""
COPY (
    SELECT n.m, r.bucket_at, r.signal_id, r.sum / r.n, r.min
    FROM unnest({machines}::int[], {after}::bigint[], {before}::bigint[]) AS g(m, after, before)
    CROSS JOIN LATERAL (
        SELECT g.m, to_timestamp(g.after::float8 / 1e6) AS after, least(to_timestamp(g.before::float8 / 1e6), (
            SELECT min(d.from_at) FROM dirty_range d
            WHERE d.machine_id = g.m AND d.to_at > to_timestamp(g.after::float8 / 1e6) + interval '1 minute'
        )) AS until
    ) n
    CROSS JOIN LATERAL (
        SELECT x.bucket_at, x.signal_id, x.sum, x.n, x.min FROM rollup_1m x
        WHERE x.machine_id = n.m AND x.signal_id = ANY({signals}::int[])
            AND x.bucket_at > n.after AND x.bucket_at < n.until
            AND x.bucket_at > {lowest} AND x.bucket_at < {highest} AND x.sum IS NOT NULL
        OFFSET 0
    ) r
) TO STDOUT (FORMAT BINARY)
""")


_CELL = (("machine", "i4"), ("at", "i8"), ("signal", "i2"), ("mean", "f8"), ("min", "f8"))


def read_windows(
    conn: psycopg.Connection,
    machines: Sequence[int],
    after_us: Sequence[int],
    before_us: Sequence[int],
    signals: Sequence[int],
) -> Windows:
    """The settled minutes of each machine after its instant and before the other, columns in the order of `signals`.

    signals: catalogue positions. One query.
    """
    if not machines or max(before_us) <= min(after_us):
        return Windows(np.empty(0, np.int32), np.empty(0, np.int64), np.empty((0, len(signals))), np.empty(0))
    statement = _WINDOWS.format(
        machines=sql.Literal(list(machines)),
        after=sql.Literal(list(after_us)),
        before=sql.Literal(list(before_us)),
        highest=_time(max(before_us)),
        lowest=_time(min(after_us)),
        signals=sql.Literal(list(signals)),
    )
    cells = copy_out(conn, statement, None, _CELL)
    machine, at_us = cells["machine"].astype(np.int32), cells["at"].astype(np.int64) + EPOCH_2000_US
    order = np.lexsort((at_us, machine))
    machine, at_us = machine[order], at_us[order]
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (np.diff(machine) != 0) | (np.diff(at_us) != 0)
    values = np.full((int(begins.sum()), len(signals)), np.nan)
    place = {signal: column for column, signal in enumerate(signals)}
    column = np.array([place[signal] for signal in cells["signal"][order].tolist()], dtype=np.int64)
    row, least = np.cumsum(begins) - 1, np.full(len(values), np.nan)
    values[row, column] = cells["mean"][order]
    first = column == 0
    least[row[first]] = cells["min"][order][first]
    return Windows(machine[begins], at_us[begins], values, least)


def _time(us: int) -> sql.Composable:
    return sql.SQL("to_timestamp({}::float8 / 1e6)").format(sql.Literal(us))


FIRST: LiteralString = """
SELECT g.m, (extract(epoch FROM x.bucket_at) * 1000000)::bigint
FROM unnest(%(machines)s::int[], %(after)s::timestamptz[]) AS g(m, after)
JOIN LATERAL (
    SELECT bucket_at FROM rollup_1m r WHERE r.machine_id = g.m AND r.signal_id = %(signal)s AND r.bucket_at > g.after
    ORDER BY bucket_at LIMIT 1
) x ON TRUE
"""


def first_minutes(conn: Connection, machines: Sequence[int], after_us: Sequence[int], signal: int) -> dict[int, int]:
    """machine -> its first minute with the signal after its instant; machines without one are left out."""
    given = {"machines": list(machines), "after": [instant(us) for us in after_us], "signal": signal}
    return dict(conn.execute(FIRST, given).fetchall())


ALARMED: LiteralString = """
SELECT f.machine_id, (extract(epoch FROM f.from_at) * 1000000)::bigint,
    coalesce((extract(epoch FROM f.to_at) * 1000000)::bigint, 9223372036854775807)
FROM finding f
WHERE f.machine_id = ANY(%(machines)s) AND f.withdrawn_at IS NULL
    AND f.severity NOT IN ('info', 'low')
    AND f.source_kind = ANY(%(kinds)s) AND f.from_at < %(until)s AND (f.to_at IS NULL OR f.to_at > %(since)s)
"""


def list_alarmed(
    conn: Connection, machines: Sequence[int], since_us: int, until_us: int, *, kinds: Sequence[SourceKind]
) -> dict[int, Int64Array]:
    """machine -> the spans (n, 2) in which it had an alarm of these kinds, microseconds UTC, not sorted.

    Those of severity low are advice on how a machine is used (it idles for long, its tank is low): it is not ill, and a
    model that never saw it idle for long would take that for a fault.
    """
    given = {"machines": list(machines), "since": instant(since_us), "until": instant(until_us), "kinds": list(kinds)}
    found: dict[int, list[tuple[int, int]]] = {}
    for machine, from_us, to_us in conn.execute(ALARMED, given):
        found.setdefault(machine, []).append((from_us, to_us))
    return {machine: np.array(spans, dtype=np.int64) for machine, spans in found.items()}


def inside(at_us: Int64Array, spans: Int64Array | None) -> BoolArray:
    """Which instants lie in one of the spans."""
    if spans is None:
        return np.zeros(len(at_us), dtype=np.bool_)
    return np.asarray(((at_us[:, None] >= spans[:, 0]) & (at_us[:, None] < spans[:, 1])).any(axis=1))
