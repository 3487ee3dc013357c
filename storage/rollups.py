"""Recounting rollups from what is stored: one minute from readings, 15 minutes from minutes, hours from those.

Days (UTC) from hours, of work time and arrivals alone.

Exact after any disorder, because a bucket is never added to: it is counted again whenever a row of it changed.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import LiteralString

import psycopg
from psycopg import sql

from fleet.signals import Aggregation, Catalogue, Signal
from storage.arrivals import recount_arrivals
from storage.binary import index_probes
from storage.meters import COUNT_AGAIN
from storage.rollup_levels import COARSER, Names, interval, levels, within
from storage.work_time import WorkDefinition, recount_work

# One recount at a time: two would overwrite each other's buckets with older sums.
LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('ecc.rollups'))"

TAKE: LiteralString = """
CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
SELECT dirty_id, machine_id, from_at, to_at FROM dirty_range WHERE claimed_at IS NOT NULL
ORDER BY from_at, machine_id LIMIT %s
"""

# Minutes whose readings changed, and those whose work time may: what a machine did lasts into the next two minutes.
MINUTES: LiteralString = """
CREATE TEMPORARY TABLE dirty_minute ON COMMIT DROP AS
SELECT machine_id, bucket_at, bool_or(after = 0) AS has_rows
FROM taken, generate_series(from_at, to_at - interval '1 minute', interval '1 minute') AS minute (at),
     generate_series(0, 2) AS carried (after), LATERAL (SELECT at + after * interval '1 minute') AS bucket (bucket_at)
GROUP BY machine_id, bucket_at
"""

BOUNDS: LiteralString = """
SELECT min(from_at) - interval '2 hours', max(to_at) + interval '2 hours', count(*) FROM taken
"""

# The rows of dirty minutes. OFFSET keeps the lookup a lookup: one range of the unique index for each minute.
ROWS: LiteralString = """
FROM dirty_minute d
CROSS JOIN LATERAL (
    SELECT {columns} FROM reading
    WHERE machine_id = d.machine_id AND measured_at >= d.bucket_at AND measured_at < d.bucket_at + interval '1 minute'
      AND measured_at >= {lowest} AND measured_at < {highest}
    OFFSET 0
) AS r
{unpivoted}
WHERE d.has_rows
"""

REPORTED: LiteralString = "SELECT {counts} "

# Summed up side by side and turned into rows afterwards: a quarter of the cost of doing it the other way round.
COUNT_MINUTES: LiteralString = """
CREATE TEMPORARY TABLE counted_1m ON COMMIT DROP AS
WITH wide AS (
    SELECT d.machine_id, d.bucket_at, {sums} {rows} GROUP BY d.machine_id, d.bucket_at
)
SELECT w.machine_id, w.bucket_at, v.signal_id, v.n, v.min, v.max, v.sum, v.first, v.last, NULL::float8 AS increase
FROM wide w CROSS JOIN LATERAL (VALUES {signals}) AS v (signal_id, n, min, max, sum, first, last)
WHERE v.n > 0
"""

SUMS: LiteralString = (
    "count(r.{c}) AS {n}, min(r.{c}) AS {min}, max(r.{c}) AS {max}, sum(r.{c}::float8) AS {sum},"
    " first(r.{c}, r.measured_at) FILTER (WHERE r.{c} IS NOT NULL) AS {first},"
    " last(r.{c}, r.measured_at) FILTER (WHERE r.{c} IS NOT NULL) AS {last}"
)

SIGNAL: LiteralString = (
    "({id}::smallint, w.{n}, w.{min}::float8, w.{max}::float8, w.{sum}, w.{first}::float8, w.{last}::float8)"
)

COUNT_INCREASE: LiteralString = """
WITH value AS (
    SELECT d.machine_id, d.bucket_at, v.signal_id,
           v.value - lag(v.value) OVER (PARTITION BY d.machine_id, d.bucket_at, v.signal_id ORDER BY r.measured_at)
           AS difference
    {rows}
), increase AS (
    SELECT machine_id, bucket_at, signal_id, coalesce(sum(greatest(difference, 0)), 0) AS increase
    FROM value GROUP BY machine_id, bucket_at, signal_id
)
UPDATE counted_1m c SET increase = i.increase FROM increase i
WHERE c.machine_id = i.machine_id AND c.bucket_at = i.bucket_at AND c.signal_id = i.signal_id
"""

# From the finer level: a counter's increase between two buckets is added to that within them.
COUNT_COARSER: LiteralString = """
CREATE TEMPORARY TABLE {counted} ON COMMIT DROP AS
WITH dirty AS (
    SELECT DISTINCT machine_id, signal_id, date_bin({width}, bucket_at, 'epoch') AS bucket_at FROM {finer_counted}
), part AS (
    SELECT f.*, d.bucket_at AS whole, f.first - lag(f.last) OVER w AS difference
    FROM dirty d
    CROSS JOIN LATERAL (
        SELECT * FROM {finer} AS x
        WHERE x.machine_id = d.machine_id AND x.signal_id = d.signal_id AND x.bucket_at >= d.bucket_at
          AND x.bucket_at < d.bucket_at + {width} AND x.bucket_at >= {lowest} AND x.bucket_at < {highest}
        OFFSET 0
    ) AS f
    WINDOW w AS (PARTITION BY f.machine_id, f.signal_id, d.bucket_at ORDER BY f.bucket_at)
)
SELECT machine_id, whole AS bucket_at, signal_id, sum(n) AS n, min(min) AS min, max(max) AS max, sum(sum) AS sum,
       first(first, bucket_at) AS first, last(last, bucket_at) AS last,
       sum(increase + coalesce(greatest(difference, 0), 0)) AS increase
FROM part GROUP BY machine_id, signal_id, whole
"""

KEEP: LiteralString = """
INSERT INTO {level} (machine_id, bucket_at, signal_id, n, min, max, sum, first, last, increase)
SELECT machine_id, bucket_at, signal_id, n, min, max, sum, first, last, increase FROM {counted}
ORDER BY machine_id, signal_id, bucket_at
ON CONFLICT (machine_id, signal_id, bucket_at) DO UPDATE SET
    n = excluded.n, min = excluded.min, max = excluded.max, sum = excluded.sum, first = excluded.first,
    last = excluded.last, increase = excluded.increase
"""

_NOTHING = sql.SQL("")
DAY = timedelta(days=1)


def recount_claimed(conn: psycopg.Connection, catalogue: Catalogue, work: WorkDefinition, *, limit: int) -> int:
    """Recount the buckets of up to `limit` claimed dirty ranges, oldest first, and delete those; returns how many.

    One transaction, the caller's. A crash leaves the ranges claimed, and the next recount finds them. Readings that
    come meanwhile have dirty ranges of their own. Waits for another recount that is under way.
    """
    conn.execute(LOCK)
    conn.execute(TAKE, [limit])
    lowest, highest, count = conn.execute(BOUNDS).fetchone() or (None, None, 0)
    if not count:
        conn.execute("DROP TABLE taken")
        return 0
    conn.execute("SET LOCAL work_mem = '64MB'")
    conn.execute(MINUTES)
    conn.execute("ANALYZE dirty_minute")
    bounds, of_days = within(lowest, highest), within(lowest - DAY, highest + DAY)
    with index_probes(conn):
        _recount_signals(conn, catalogue, bounds)
        recount_work(conn, work, bounds, of_days)
        recount_arrivals(conn, bounds, of_days)
    conn.execute(COUNT_AGAIN)
    conn.execute("DELETE FROM dirty_range WHERE dirty_id = ANY (ARRAY(SELECT dirty_id FROM taken))")  # by their keys
    conn.execute(
        "DROP TABLE taken, dirty_minute, counted_1m, counted_15m, counted_1h, worked_1m, worked_15m, worked_1h, "
        "worked_1d"
    )
    return int(count)


def _recount_signals(conn: psycopg.Connection, catalogue: Catalogue, bounds: Names) -> None:
    used = _reported(conn, catalogue, bounds)
    sums: list[sql.Composable] = [
        sql.SQL(SUMS).format(c=sql.Identifier(signal.key), **_parts(signal)) for signal in used
    ]
    signals: list[sql.Composable] = [
        sql.SQL(SIGNAL).format(id=sql.Literal(signal.id), **_parts(signal)) for signal in used
    ]
    none = sql.SQL("(0::smallint, 0, 0::float8, 0::float8, 0::float8, 0::float8, 0::float8)")
    conn.execute(
        sql.SQL(COUNT_MINUTES).format(
            sums=sql.SQL(", ").join([*sums, sql.SQL("1")]),
            signals=sql.SQL(", ").join([*signals, none]),
            rows=_rows(used, bounds),
        )
    )
    _count_increase(conn, [signal for signal in used if signal.aggregation is Aggregation.COUNTER], bounds)
    conn.execute(sql.SQL(KEEP).format(**levels("rollup", "counted", "1m"), **bounds))
    for finer, level, width in COARSER:
        names = {**levels("rollup", "counted", level, finer), **bounds}
        conn.execute(sql.SQL(COUNT_COARSER).format(width=interval(width), **names))
        conn.execute(sql.SQL(KEEP).format(**names))


def _reported(conn: psycopg.Connection, catalogue: Catalogue, bounds: Names) -> list[Signal]:
    """The signals that occur in dirty minutes at all."""
    counts = sql.SQL(", ").join(sql.SQL("count(r.{})").format(sql.Identifier(key)) for key in catalogue.keys)
    found = conn.execute(sql.SQL(REPORTED).format(counts=counts) + _rows(catalogue.signals, bounds)).fetchone()
    return [signal for signal, count in zip(catalogue, found or (), strict=True) if count]


def _count_increase(conn: psycopg.Connection, counters: Sequence[Signal], bounds: Names) -> None:
    if not counters:
        return
    values = [
        sql.SQL("({}::smallint, r.{}::float8)").format(sql.Literal(signal.id), sql.Identifier(signal.key))
        for signal in counters
    ]
    unpivoted = sql.SQL("JOIN LATERAL (VALUES {}) AS v (signal_id, value) ON v.value IS NOT NULL")
    rows = _rows(counters, bounds, unpivoted.format(sql.SQL(", ").join(values)))
    conn.execute(sql.SQL(COUNT_INCREASE).format(rows=rows))


def _rows(signals: Sequence[Signal], bounds: Names, unpivoted: sql.Composable = _NOTHING) -> sql.Composed:
    columns = [sql.Identifier("measured_at"), *(sql.Identifier(signal.key) for signal in signals)]
    return sql.SQL(ROWS).format(columns=sql.SQL(", ").join(columns), unpivoted=unpivoted, **bounds)


def _parts(signal: Signal) -> Names:
    names = ("n", "min", "max", "sum", "first", "last")
    return {name: sql.Identifier(f"{name}_{signal.id}") for name in names}
