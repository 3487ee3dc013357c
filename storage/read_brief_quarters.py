"""Quarter hours of many machines for briefs, as columns: work states, counters and the fuel rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from fleet.batch import Float64Array, Int64Array
from storage.binary import EPOCH_2000_US, fetch_columns, int4s, times
from storage.read_pool import Connection

LOOK_BACK_US = 400 * 86_400_000_000
"""How long ago a counter may have been heard of last and still be what its next reading is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """Stretches of machines, (stretches,) each: row is handed through, from_us <= t < to_us lies on quarter hours, and
    nothing before known_us may be looked at."""

    row: Int64Array
    machine: Int64Array
    from_us: Int64Array
    to_us: Int64Array
    known_us: Int64Array

    def __len__(self) -> int:
        return len(self.row)

    @property
    def parameters(self) -> dict[str, Any]:
        """As the statements are given them."""
        return {
            "rows": int4s(self.row),
            "machines": int4s(self.machine),
            "from": times(self.from_us),
            "to": times(self.to_us),
            "lowest": _at(self.from_us.min()),
            "highest": _at(self.to_us.max()),
        }


def _at(us: Any) -> float:
    return float(us) / 1e6


# The bounds that every stretch lies in are said once more: by them the planner leaves chunks out.
_WORK: LiteralString = """
SELECT array_agg(g.number), array_agg(w.bucket_at), array_agg(w.working_s), array_agg(w.travelling_s),
    array_agg(w.idle_s), array_agg(w.off_s)
FROM unnest(%(rows)s::int[], %(machines)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[])
    AS g (number, machine, from_at, to_at)
CROSS JOIN LATERAL (
    SELECT * FROM work_time_15m x
    WHERE x.machine_id = g.machine AND x.bucket_at >= g.from_at AND x.bucket_at < g.to_at
        AND x.bucket_at >= to_timestamp(%(lowest)s) AND x.bucket_at < to_timestamp(%(highest)s)
    OFFSET 0
) w
"""
_COUNTERS: LiteralString = """
SELECT array_agg(g.number), array_agg(c.bucket_at), array_agg(c.signal_id), array_agg(c.first), array_agg(c.last),
    array_agg(coalesce(c.increase, 0))
FROM unnest(
    %(rows)s::int[], %(machines)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[], %(known)s::timestamptz[]
) AS g (number, machine, from_at, to_at, known_at)
CROSS JOIN unnest(%(signals)s::int[]) AS s (signal_id)
CROSS JOIN LATERAL (
    SELECT x.* FROM rollup_15m x
    WHERE x.machine_id = g.machine AND x.signal_id = s.signal_id AND x.bucket_at >= g.from_at AND x.bucket_at < g.to_at
        AND x.bucket_at >= to_timestamp(%(lowest)s) AND x.bucket_at < to_timestamp(%(highest)s)
    UNION ALL
    (
        SELECT x.* FROM rollup_15m x
        WHERE x.machine_id = g.machine AND x.signal_id = s.signal_id AND x.bucket_at < g.from_at
            AND x.bucket_at >= g.known_at AND x.bucket_at >= to_timestamp(%(earliest)s)
            AND x.bucket_at < to_timestamp(%(highest)s)
        ORDER BY x.bucket_at DESC LIMIT 1
    )
    OFFSET 0
) c
"""
_RATES: LiteralString = """
SELECT array_agg(g.number), array_agg(r.bucket_at), array_agg(r.sum / r.n)
FROM unnest(%(rows)s::int[], %(machines)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[])
    AS g (number, machine, from_at, to_at)
CROSS JOIN LATERAL (
    SELECT x.bucket_at, x.sum, x.n FROM rollup_15m x
    WHERE x.machine_id = g.machine AND x.signal_id = %(signal)s AND x.bucket_at >= g.from_at AND x.bucket_at < g.to_at
        AND x.bucket_at >= to_timestamp(%(lowest)s) AND x.bucket_at < to_timestamp(%(highest)s)
        AND x.n > 0 AND x.sum IS NOT NULL
    OFFSET 0
) r
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterColumns:
    """Columns of quarter hours, in no order: the row of the stretch, at_us, what else was asked for."""

    row: Int64Array
    at_us: Int64Array
    values: Sequence[Float64Array]


async def read_work(conn: Connection, stretches: Stretches) -> QuarterColumns:
    """Seconds worked, travelled, idled and off."""
    return await _columns(conn, _WORK, stretches, {}, ["f4"] * 4)


async def read_counters(conn: Connection, stretches: Stretches, signals: Sequence[int]) -> QuarterColumns:
    """signal, first, last and increase of these counters (catalogue positions), with the last one before each
    stretch."""
    earliest = int(stretches.from_us.min()) - LOOK_BACK_US
    own = {"signals": list(signals), "known": times(stretches.known_us.clip(min=earliest)), "earliest": _at(earliest)}
    return await _columns(conn, _COUNTERS, stretches, own, ["i2", "f8", "f8", "f8"])


async def read_rates(conn: Connection, stretches: Stretches, signal: int) -> QuarterColumns:
    """The mean of a gauge."""
    return await _columns(conn, _RATES, stretches, {"signal": signal}, ["f8"])


async def _columns(
    conn: Connection, statement: LiteralString, stretches: Stretches, own: dict[str, Any], types: Sequence[str]
) -> QuarterColumns:
    found = await fetch_columns(conn, statement, stretches.parameters | own, ["i4", "i8", *types])
    row, at_us, *values = found
    whole = [value.astype("f8") for value in values]
    return QuarterColumns(row=row.astype("i8"), at_us=at_us + EPOCH_2000_US, values=whole)
