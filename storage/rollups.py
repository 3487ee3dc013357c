"""Recounting rollups from what is stored: one minute from readings, 15 minutes from minutes, hours from those.

Exact after any disorder, because a bucket is never added to: it is counted again whenever a row of it changed.
"""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from fleet.signals import Aggregation, Catalogue
from storage.binary import index_probes

RUNS_ON_S = 60  # a row's work state lasts until the next row, at most this long


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDefinition:
    """When a machine is off, travelling or working; otherwise it is idle. Travelling comes before working."""

    off_below_rpm: float
    travelling_from_kmh: float
    speeds: tuple[str, ...]
    working_from_load_pct: float
    working_from_kpa: float
    pressures: tuple[str, ...]


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
SELECT min(from_at) - interval '1 hour', max(to_at) + interval '1 hour', count(*) FROM taken
"""

# OFFSET keeps the lookup a lookup: one range of the unique index for each minute.
COUNT_MINUTES: LiteralString = """
CREATE TEMPORARY TABLE counted_1m ON COMMIT DROP AS
WITH value AS (
    SELECT d.machine_id, d.bucket_at, r.measured_at, v.signal_id, v.value
    FROM dirty_minute d
    CROSS JOIN LATERAL (
        SELECT * FROM reading
        WHERE machine_id = d.machine_id AND measured_at >= d.bucket_at
          AND measured_at < d.bucket_at + interval '1 minute'
          AND measured_at >= {lowest} AND measured_at < {highest}
        OFFSET 0
    ) AS r
    CROSS JOIN LATERAL (VALUES {values}) AS v (signal_id, value)
    WHERE d.has_rows AND v.value IS NOT NULL
), step AS (
    SELECT machine_id, bucket_at, signal_id, value - lag(value) OVER w AS difference
    FROM value WHERE signal_id = ANY({counters})
    WINDOW w AS (PARTITION BY machine_id, bucket_at, signal_id ORDER BY measured_at)
), increase AS (
    SELECT machine_id, bucket_at, signal_id, sum(greatest(difference, 0)) AS increase
    FROM step GROUP BY machine_id, bucket_at, signal_id
), summed AS (
    SELECT machine_id, bucket_at, signal_id, count(*) AS n, min(value) AS min, max(value) AS max, sum(value) AS sum,
           first(value, measured_at) AS first, last(value, measured_at) AS last
    FROM value GROUP BY machine_id, bucket_at, signal_id
)
SELECT s.*, CASE WHEN i.signal_id IS NOT NULL THEN coalesce(i.increase, 0) END AS increase
FROM summed s LEFT JOIN increase i USING (machine_id, bucket_at, signal_id)
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

# A row that does not tell the engine speed leaves the state as it is for as long as it lasts; after that it says 'off'.
WORK_MINUTES: LiteralString = """
CREATE TEMPORARY TABLE worked_1m ON COMMIT DROP AS
WITH seen AS (
    SELECT d.machine_id, d.bucket_at, r.measured_at, r.rpm IS NOT NULL AS told, r.state,
           max(r.measured_at) FILTER (WHERE r.rpm IS NOT NULL) OVER w AS told_at
    FROM dirty_minute d
    CROSS JOIN LATERAL (
        SELECT measured_at, engine_speed_rpm AS rpm, {state} AS state FROM reading
        WHERE machine_id = d.machine_id AND measured_at >= d.bucket_at - 2 * {runs_on}
          AND measured_at < d.bucket_at + interval '1 minute'
          AND measured_at >= {lowest} AND measured_at < {highest}
        OFFSET 0
    ) AS r
    WINDOW w AS (PARTITION BY d.machine_id, d.bucket_at ORDER BY r.measured_at)
), phase AS (
    SELECT machine_id, bucket_at, state, measured_at AS from_at,
           least(lead(measured_at) OVER (PARTITION BY machine_id, bucket_at ORDER BY measured_at),
                 measured_at + {runs_on}) AS to_at
    FROM seen WHERE told OR told_at IS NULL OR measured_at - told_at > {runs_on}
), inside AS (
    SELECT machine_id, bucket_at, state, extract(epoch FROM least(to_at, bucket_at + interval '1 minute')
                                                            - greatest(from_at, bucket_at)) AS seconds
    FROM phase WHERE to_at > bucket_at
)
SELECT machine_id, bucket_at,
       coalesce(sum(seconds) FILTER (WHERE state = 'working'), 0) AS working_s,
       coalesce(sum(seconds) FILTER (WHERE state = 'travelling'), 0) AS travelling_s,
       coalesce(sum(seconds) FILTER (WHERE state = 'idle'), 0) AS idle_s,
       coalesce(sum(seconds) FILTER (WHERE state = 'off'), 0) AS off_s
FROM dirty_minute LEFT JOIN inside USING (machine_id, bucket_at)
GROUP BY machine_id, bucket_at
"""

WORK_COARSER: LiteralString = """
CREATE TEMPORARY TABLE {counted} ON COMMIT DROP AS
WITH dirty AS (
    SELECT DISTINCT machine_id, date_bin({width}, bucket_at, 'epoch') AS bucket_at FROM {finer_counted}
)
SELECT d.machine_id, d.bucket_at, coalesce(sum(f.working_s::float8), 0) AS working_s,
       coalesce(sum(f.travelling_s::float8), 0) AS travelling_s, coalesce(sum(f.idle_s::float8), 0) AS idle_s,
       coalesce(sum(f.off_s::float8), 0) AS off_s
FROM dirty d
LEFT JOIN LATERAL (
    SELECT * FROM {finer} AS x
    WHERE x.machine_id = d.machine_id AND x.bucket_at >= d.bucket_at AND x.bucket_at < d.bucket_at + {width}
      AND x.bucket_at >= {lowest} AND x.bucket_at < {highest}
    OFFSET 0
) AS f ON TRUE
GROUP BY d.machine_id, d.bucket_at
"""

# A bucket without any work time has no row, unless it had one before a late row shortened it to nothing.
KEEP_WORK: LiteralString = """
INSERT INTO {level} (machine_id, bucket_at, working_s, travelling_s, idle_s, off_s)
SELECT c.machine_id, c.bucket_at, c.working_s, c.travelling_s, c.idle_s, c.off_s
FROM {counted} c
LEFT JOIN LATERAL (
    SELECT TRUE AS there FROM {level} AS x
    WHERE x.machine_id = c.machine_id AND x.bucket_at = c.bucket_at
      AND x.bucket_at >= {lowest} AND x.bucket_at < {highest}
    LIMIT 1
) AS before ON TRUE
WHERE c.working_s + c.travelling_s + c.idle_s + c.off_s > 0 OR before.there
ORDER BY c.machine_id, c.bucket_at
ON CONFLICT (machine_id, bucket_at) DO UPDATE SET
    working_s = excluded.working_s, travelling_s = excluded.travelling_s, idle_s = excluded.idle_s,
    off_s = excluded.off_s
"""

COARSER = (("1m", "15m", "15 minutes"), ("15m", "1h", "1 hour"))


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
    conn.execute(MINUTES)
    conn.execute("ANALYZE dirty_minute")
    bounds = {"lowest": sql.Literal(lowest), "highest": sql.Literal(highest)}
    with index_probes(conn):
        _recount_signals(conn, catalogue, bounds)
        _recount_work(conn, work, bounds)
    conn.execute("DELETE FROM dirty_range USING taken WHERE dirty_range.dirty_id = taken.dirty_id")
    conn.execute(
        "DROP TABLE taken, dirty_minute, counted_1m, counted_15m, counted_1h, worked_1m, worked_15m, worked_1h"
    )
    return int(count)


def _recount_signals(conn: psycopg.Connection, catalogue: Catalogue, bounds: dict[str, sql.Composable]) -> None:
    values = sql.SQL(", ").join(
        sql.SQL("({}::smallint, r.{}::float8)").format(sql.Literal(signal.id), sql.Identifier(signal.key))
        for signal in catalogue
    )
    counters = sql.Literal([signal.id for signal in catalogue if signal.aggregation is Aggregation.COUNTER])
    conn.execute(sql.SQL(COUNT_MINUTES).format(values=values, counters=counters, **bounds))
    _keep(conn, KEEP, "rollup", "counted", "1m", bounds)
    for finer, level, width in COARSER:
        conn.execute(_coarser(COUNT_COARSER, "rollup", "counted", (finer, level, width), bounds))
        _keep(conn, KEEP, "rollup", "counted", level, bounds)


def _recount_work(conn: psycopg.Connection, work: WorkDefinition, bounds: dict[str, sql.Composable]) -> None:
    runs_on = sql.Literal(f"{RUNS_ON_S} seconds") + sql.SQL("::interval")
    conn.execute(sql.SQL(WORK_MINUTES).format(state=_state(work), runs_on=runs_on, **bounds))
    _keep(conn, KEEP_WORK, "work_time", "worked", "1m", bounds)
    for finer, level, width in COARSER:
        conn.execute(_coarser(WORK_COARSER, "work_time", "worked", (finer, level, width), bounds))
        _keep(conn, KEEP_WORK, "work_time", "worked", level, bounds)


def _state(work: WorkDefinition) -> sql.Composable:
    """A row's work state as an expression over the columns of `reading`; an unknown comparison counts as false."""

    def at_least(columns: tuple[str, ...], limit: float) -> sql.Composable:
        tests = (sql.SQL("coalesce({} >= {}, FALSE)").format(sql.Identifier(c), sql.Literal(limit)) for c in columns)
        return sql.SQL(" OR ").join(tests)

    return sql.SQL(
        "CASE WHEN NOT ({runs}) THEN 'off' WHEN {travels} THEN 'travelling' WHEN {loaded} OR {pressed} THEN 'working'"
        " ELSE 'idle' END"
    ).format(
        runs=at_least(("engine_speed_rpm",), work.off_below_rpm),
        travels=at_least(work.speeds, work.travelling_from_kmh),
        loaded=at_least(("engine_load_pct",), work.working_from_load_pct),
        pressed=at_least(work.pressures, work.working_from_kpa),
    )


def _coarser(
    statement: LiteralString, table: str, counted: str, step: tuple[str, str, str], bounds: dict[str, sql.Composable]
) -> sql.Composed:
    finer, level, width = step
    return sql.SQL(statement).format(
        counted=sql.Identifier(f"{counted}_{level}"),
        finer_counted=sql.Identifier(f"{counted}_{finer}"),
        finer=sql.Identifier(f"{table}_{finer}"),
        width=sql.Literal(width) + sql.SQL("::interval"),
        **bounds,
    )


def _keep(
    conn: psycopg.Connection,
    statement: LiteralString,
    table: str,
    counted: str,
    level: str,
    bounds: dict[str, sql.Composable],
) -> None:
    names = {"level": sql.Identifier(f"{table}_{level}"), "counted": sql.Identifier(f"{counted}_{level}")}
    conn.execute(sql.SQL(statement).format(**names, **bounds))
