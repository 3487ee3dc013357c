"""Readings and rollups of one machine as numpy columns, already clipped by the caller to what it may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, LiteralString

import numpy as np
import numpy.typing as npt
from psycopg import sql

from fleet.batch import Float64Array, Int64Array
from fleet.signals import Signal, StoredType
from storage.binary import EPOCH_2000_US, fetch_columns
from storage.read_pool import Connection

RollupName = Literal["1m", "15m", "1h"]
_TABLES: dict[str, LiteralString] = {"1m": "rollup_1m", "15m": "rollup_15m", "1h": "rollup_1h"}


@dataclass(frozen=True, slots=True)
class Span:
    """from_us <= t < to_us, microseconds UTC."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class RawRows:
    """Readings in time order. at_us: (rows,); values: (rows, signals), NaN where a signal was not reported."""

    at_us: Int64Array
    values: Float64Array


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums over buckets of one signal, one row a source and bucket; (cells,) each; a bucket may come several times.

    bucket_us: its start; n: readings; last_us: where `last` is from, to order the parts of a bucket.
    """

    signal: npt.NDArray[np.int16]
    bucket_us: Int64Array
    n: Int64Array
    min: Float64Array
    max: Float64Array
    sum: Float64Array
    last: Float64Array
    last_us: Int64Array

    def __len__(self) -> int:
        return len(self.bucket_us)


NO_CELLS = Cells(*(np.empty(0, kind) for kind in ("i2", "i8", "i8", "f8", "f8", "f8", "f8", "i8")))


def _parameters(machine_id: int, spans: Sequence[Span]) -> dict[str, Any]:
    """The spans as two arrays, and their hull as plain bounds so that chunks are left out when the query is planned."""
    return {
        "machine": machine_id,
        "from": [_instant(s.from_us) for s in spans],
        "to": [_instant(s.to_us) for s in spans],
        "first": _instant(min(s.from_us for s in spans)),
        "last": _instant(max(s.to_us for s in spans)),
    }


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = sql.SQL("""
FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) s (from_at, to_at)
JOIN reading r ON r.machine_id = %(machine)s AND r.measured_at >= s.from_at AND r.measured_at < s.to_at
    AND r.measured_at >= %(first)s AND r.measured_at < %(last)s
""")
COUNT = sql.SQL("SELECT count(*) FROM (SELECT {rows} WHERE {reported} LIMIT %(limit)s) counted")
# One span, so that the rows come in the order of the index and the page ends the reading.
RAW = sql.SQL("""
SELECT array_agg(q.measured_at), {arrays}
FROM (
    SELECT r.measured_at, {columns} FROM reading r
    WHERE r.machine_id = %(machine)s AND r.measured_at >= %(first)s AND r.measured_at < %(last)s AND {reported}
    ORDER BY r.measured_at LIMIT %(limit)s
) q
""")


async def count_raw(
    conn: Connection, machine_id: int, spans: Sequence[Span], signals: Sequence[Signal], *, at_most: int
) -> int:
    """How many rows carry at least one of the signals, counted up to `at_most`."""
    if not spans:
        return 0
    statement = COUNT.format(rows=_ROWS, reported=_reported(signals))
    row = await (await conn.execute(statement, _parameters(machine_id, spans) | {"limit": at_most})).fetchone()
    return int(row[0]) if row else 0


async def list_raw_page(
    conn: Connection, machine_id: int, span: Span, signals: Sequence[Signal], *, limit: int
) -> RawRows:
    """The first `limit` of the rows of one span that carry at least one of the signals, in time order."""
    parameters = _parameters(machine_id, [span]) | {"limit": limit}
    return await _rows(conn, RAW.format(**_columns(signals)), parameters, signals)


ROW_AFTER = sql.SQL("""
SELECT (extract(epoch FROM r.measured_at) * 1000000)::bigint FROM reading r
WHERE r.machine_id = %(machine)s AND r.measured_at >= %(first)s AND r.measured_at < %(last)s AND {reported}
ORDER BY r.measured_at OFFSET %(rows)s LIMIT 1
""")


async def find_row_after(
    conn: Connection, machine_id: int, span: Span, signals: Sequence[Signal], *, rows: int
) -> int | None:
    """When the row behind the first `rows` of the span was measured, microseconds; None when there is none."""
    parameters = _parameters(machine_id, [span]) | {"rows": rows}
    found = await (await conn.execute(ROW_AFTER.format(reported=_reported(signals)), parameters)).fetchone()
    return int(found[0]) if found else None


def _columns(signals: Sequence[Signal]) -> dict[str, sql.Composable]:
    comma = sql.SQL(", ")
    keys = [sql.Identifier(s.key) for s in signals]
    return {
        "columns": comma.join([sql.SQL("r.") + key for key in keys]),
        "arrays": comma.join([sql.SQL("array_agg(coalesce(q.{}, 'NaN'))").format(key) for key in keys]),
        "reported": _reported(signals),
    }


async def _rows(
    conn: Connection, statement: sql.Composed, parameters: dict[str, Any], signals: Sequence[Signal]
) -> RawRows:
    types = ["i8", *("f4" if s.stored is StoredType.FLOAT4 else "f8" for s in signals)]
    at_us, *values = await fetch_columns(conn, statement, parameters, types)
    return RawRows(at_us + EPOCH_2000_US, np.column_stack(values).astype(np.float64))


def _reported(signals: Sequence[Signal]) -> sql.Composable:
    tests = sql.SQL(" OR ").join(sql.SQL("{} IS NOT NULL").format(sql.Identifier("r", s.key)) for s in signals)
    return sql.SQL("({})").format(tests)


_CELL_TYPES = ("i2", "i8", "i8", "f8", "f8", "f8", "f8", "i8")
_CELLS: LiteralString = """
SELECT array_agg(c.signal_id), array_agg(c.bucket_us), array_agg(c.n), array_agg(coalesce(c.min, 'NaN')),
    array_agg(coalesce(c.max, 'NaN')), array_agg(coalesce(c.sum, 'NaN')), array_agg(c.last), array_agg(c.last_us)
FROM ({cells}) c (signal_id, bucket_us, n, min, max, sum, last, last_us)
"""
RAW_CELLS = sql.SQL("""
SELECT v.signal_id, q.at_us / %(width_us)s * %(width_us)s AS bucket_us, count(*), min(v.value), max(v.value),
    sum(v.value), last(v.value, q.at_us), max(q.at_us)
FROM (SELECT (extract(epoch FROM r.measured_at) * 1000000)::bigint AS at_us, {columns} {rows}) q
CROSS JOIN LATERAL (VALUES {pairs}) v (signal_id, value)
WHERE v.value IS NOT NULL
GROUP BY v.signal_id, bucket_us
""")


async def list_raw_cells(
    conn: Connection, machine_id: int, spans: Sequence[Span], signals: Sequence[Signal], *, width_us: int
) -> Cells:
    """Readings summed up to buckets of `width_us`."""
    if not spans:
        return NO_CELLS
    columns = sql.SQL(", ").join(sql.Identifier("r", s.key) for s in signals)
    pairs = sql.SQL(", ").join(
        sql.SQL("({}::int2, {}::float8)").format(sql.Literal(s.id), sql.Identifier("q", s.key)) for s in signals
    )
    statement = RAW_CELLS.format(rows=_ROWS, columns=columns, pairs=pairs)
    parameters = _parameters(machine_id, spans) | {"width_us": width_us}
    return await _cells(conn, statement, parameters)


ROLLUP_CELLS: LiteralString = """
SELECT q.signal_id, q.at_us / %(width_us)s * %(width_us)s AS bucket_us, sum(q.n)::bigint, min(q.min), max(q.max),
    sum(q.sum), last(q.last, q.at_us), max(q.at_us)
FROM (
    SELECT r.signal_id, (extract(epoch FROM r.bucket_at) * 1000000)::bigint AS at_us, r.n, r.min, r.max, r.sum, r.last
    FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) s (from_at, to_at)
    JOIN {table} r ON r.machine_id = %(machine)s AND r.signal_id = ANY(%(signals)s)
        AND r.bucket_at >= s.from_at AND r.bucket_at < s.to_at
        AND r.bucket_at >= %(first)s AND r.bucket_at < %(last)s
) q
GROUP BY q.signal_id, bucket_us
"""


async def list_rollup_cells(
    conn: Connection,
    machine_id: int,
    spans: Sequence[Span],
    signals: Sequence[Signal],
    *,
    rollup: RollupName,
    width_us: int,
) -> Cells:
    """The rollup's buckets whose start lies in the spans, summed up to buckets of `width_us`."""
    if not spans:
        return NO_CELLS
    statement = sql.SQL(ROLLUP_CELLS).format(table=sql.Identifier(_TABLES[rollup]))
    own = {"width_us": width_us, "signals": [s.id for s in signals]}
    return await _cells(conn, statement, _parameters(machine_id, spans) | own)


async def _cells(conn: Connection, cells: sql.Composed, parameters: dict[str, Any]) -> Cells:
    return Cells(*await fetch_columns(conn, sql.SQL(_CELLS).format(cells=cells), parameters, _CELL_TYPES))


PENDING: LiteralString = """
SELECT (extract(epoch FROM greatest(from_at, %(from_at)s)) * 1000000)::bigint,
    (extract(epoch FROM least(to_at, %(to_at)s)) * 1000000)::bigint
FROM dirty_range WHERE machine_id = %(machine)s AND from_at < %(to_at)s AND to_at > %(from_at)s
ORDER BY from_at LIMIT 10000
"""


async def list_pending(conn: Connection, machine_id: int, *, from_at: datetime, to_at: datetime) -> list[Span]:
    """Minutes between the two times whose rollups are not up to date."""
    found = await conn.execute(PENDING, {"machine": machine_id, "from_at": from_at, "to_at": to_at})
    return [Span(first, last) for first, last in await found.fetchall()]
