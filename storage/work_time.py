"""Seconds that a machine worked, travelled, idled or was off, per bucket."""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from storage.rollup_levels import WITH_DAYS, Names, interval, levels

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


# A row that does not tell the engine speed leaves the state as it is for as long as it lasts; after that it says 'off'.
WORK_MINUTES: LiteralString = """
CREATE TEMPORARY TABLE worked_1m ON COMMIT DROP AS
WITH island AS (
    SELECT machine_id, bucket_at,
           bucket_at - interval '1 minute' * row_number() OVER (PARTITION BY machine_id ORDER BY bucket_at) AS shore
    FROM dirty_minute
), stretch AS (
    SELECT machine_id, min(bucket_at) AS start_at, max(bucket_at) + interval '1 minute' AS end_at
    FROM island GROUP BY machine_id, shore
), seen AS (
    SELECT s.*, r.measured_at, r.rpm IS NOT NULL AS told, r.state,
           max(r.measured_at) FILTER (WHERE r.rpm IS NOT NULL) OVER w AS told_at
    FROM stretch s
    CROSS JOIN LATERAL (
        SELECT measured_at, engine_speed_rpm AS rpm, {state} AS state FROM reading
        WHERE machine_id = s.machine_id AND measured_at >= s.start_at - 2 * {runs_on} AND measured_at < s.end_at
          AND measured_at >= {lowest} AND measured_at < {highest}
        OFFSET 0
    ) AS r
    WINDOW w AS (PARTITION BY s.machine_id, s.start_at ORDER BY r.measured_at)
), phase AS (
    SELECT machine_id, start_at, end_at, state, measured_at AS from_at,
           least(lead(measured_at) OVER (PARTITION BY machine_id, start_at ORDER BY measured_at),
                 measured_at + {runs_on}) AS to_at
    FROM seen WHERE told OR told_at IS NULL OR measured_at - told_at > {runs_on}
), inside AS (
    SELECT machine_id, bucket_at, state,
           extract(epoch FROM least(to_at, bucket_at + interval '1 minute') - greatest(from_at, bucket_at)) AS seconds
    FROM phase, LATERAL (VALUES (date_trunc('minute', from_at)), (date_trunc('minute', from_at) + interval '1 minute'))
                AS touched (bucket_at)
    WHERE to_at > bucket_at AND bucket_at >= start_at AND bucket_at < end_at
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


def recount_work(conn: psycopg.Connection, work: WorkDefinition, bounds: Names, of_days: Names) -> None:
    """Count `dirty_minute` and the coarser buckets around it, and keep them; of_days: bounds of those days."""
    runs_on = interval(f"{RUNS_ON_S} seconds")
    conn.execute(sql.SQL(WORK_MINUTES).format(state=_state(work), runs_on=runs_on, **bounds))
    conn.execute(sql.SQL(KEEP_WORK).format(**levels("work_time", "worked", "1m"), **bounds))
    for finer, level, width in WITH_DAYS:
        within = of_days if level == "1d" else bounds
        names = {**levels("work_time", "worked", level, finer), **within}
        conn.execute(sql.SQL(WORK_COARSER).format(width=interval(width), **names))
        conn.execute(sql.SQL(KEEP_WORK).format(**names))


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
