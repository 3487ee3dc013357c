-- migrate:up
-- Days for boards that look at months: of whole days (UTC) within a span the day is read, of its two ends the hours, and of
-- the hours at the very ends quarters and minutes. So a sum is exact to the minute, whatever time zone a span was meant in.

-- dashboard.work_time level by level: a plan of one table is made sooner than one of all.
CREATE VIEW dashboard.work_minute AS
SELECT machine_id AS number, bucket_at AS at, working_s::float8 AS working_s, travelling_s::float8 AS travelling_s,
    idle_s::float8 AS idle_s, off_s::float8 AS off_s
FROM work_time_1m;

CREATE VIEW dashboard.work_quarter AS
SELECT machine_id AS number, bucket_at AS at, working_s::float8 AS working_s, travelling_s::float8 AS travelling_s,
    idle_s::float8 AS idle_s, off_s::float8 AS off_s
FROM work_time_15m;

CREATE VIEW dashboard.work_hour AS
SELECT machine_id AS number, bucket_at AS at, working_s::float8 AS working_s, travelling_s::float8 AS travelling_s,
    idle_s::float8 AS idle_s, off_s::float8 AS off_s
FROM work_time_1h;

CREATE VIEW dashboard.work_day AS
SELECT machine_id AS number, bucket_at AS at, working_s, travelling_s, idle_s, off_s FROM work_time_1d;

-- The counts of dashboard.arrival by whole days (UTC).
CREATE VIEW dashboard.arrival_day AS
SELECT machine_id AS number, bucket_at AS at, minutes, over_10s, over_1m, over_15m, over_1h, over_1d, latest_s FROM arrival_1d;

-- The first border of whole days, or hours, at or after an instant. Adding seconds depends on no time zone, so it is
-- immutable although PostgreSQL's operator is not: bounds must be constants to the planner, or it opens every chunk.
CREATE FUNCTION dashboard.border(at timestamptz, width_s integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN floor_at = at THEN at ELSE floor_at + make_interval(secs => width_s) END
    FROM (SELECT date_bin(make_interval(secs => width_s), at, 'epoch') AS floor_at) b
$$;

-- What machines did from one instant until before another, in the widest pieces that lie within the span and are no wider
-- than width_ms. A minute counts when it begins in the span; below an hour's width_ms pieces are of one level, and count so.
CREATE FUNCTION dashboard.work_between(from_at timestamptz, to_at timestamptz, width_ms bigint)
RETURNS TABLE (
    number integer, at timestamptz, working_s double precision, travelling_s double precision, idle_s double precision,
    off_s double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT w.number, w.at, w.working_s, w.travelling_s, w.idle_s, w.off_s FROM dashboard.work_day w
    WHERE width_ms >= 86400000
        AND w.at >= dashboard.border(from_at, 86400) AND w.at < date_bin('1 day', to_at, 'epoch')
    UNION ALL
    SELECT w.number, w.at, w.working_s, w.travelling_s, w.idle_s, w.off_s FROM dashboard.work_hour w
    WHERE width_ms >= 3600000 AND w.at >= from_at
        AND w.at < least(
            date_bin('1 hour', to_at, 'epoch'),
            CASE WHEN width_ms >= 86400000 THEN dashboard.border(from_at, 86400) ELSE 'infinity' END
        )
    UNION ALL
    SELECT w.number, w.at, w.working_s, w.travelling_s, w.idle_s, w.off_s FROM dashboard.work_hour w
    WHERE width_ms >= 86400000
        AND w.at >= greatest(dashboard.border(from_at, 86400), date_bin('1 day', to_at, 'epoch'))
        AND w.at < date_bin('1 hour', to_at, 'epoch')
    UNION ALL
    SELECT o.number, w.at, w.working_s, w.travelling_s, w.idle_s, w.off_s FROM dashboard.work_hour o
    CROSS JOIN LATERAL (
        SELECT * FROM dashboard.work_quarter x
        WHERE x.number = o.number AND x.at >= from_at
            AND x.at < least(date_bin('15 minutes', to_at, 'epoch'), dashboard.border(from_at, 3600))
        UNION ALL
        SELECT * FROM dashboard.work_minute x
        WHERE x.number = o.number AND x.at >= from_at AND x.at < least(to_at, dashboard.border(from_at, 900))
        UNION ALL
        SELECT * FROM dashboard.work_minute x
        WHERE x.number = o.number
            AND x.at >= greatest(dashboard.border(from_at, 900), date_bin('15 minutes', to_at, 'epoch'))
            AND x.at < least(to_at, dashboard.border(from_at, 3600))
        OFFSET 0
    ) w
    WHERE width_ms >= 3600000 AND o.at = date_bin('1 hour', from_at, 'epoch')
        AND from_at < dashboard.border(from_at, 3600)
    UNION ALL
    SELECT o.number, w.at, w.working_s, w.travelling_s, w.idle_s, w.off_s FROM dashboard.work_hour o
    CROSS JOIN LATERAL (
        SELECT * FROM dashboard.work_quarter x
        WHERE x.number = o.number AND x.at >= date_bin('1 hour', to_at, 'epoch')
            AND x.at < date_bin('15 minutes', to_at, 'epoch')
        UNION ALL
        SELECT * FROM dashboard.work_minute x
        WHERE x.number = o.number AND x.at >= date_bin('15 minutes', to_at, 'epoch') AND x.at < to_at
        OFFSET 0
    ) w
    WHERE width_ms >= 3600000 AND o.at = date_bin('1 hour', to_at, 'epoch')
        AND dashboard.border(from_at, 3600) <= date_bin('1 hour', to_at, 'epoch')
    UNION ALL
    SELECT w.number, w.at, w.working_s, w.travelling_s, w.idle_s, w.off_s FROM dashboard.work_time w
    WHERE w.level_s = dashboard.level_s(width_ms) AND width_ms < 3600000 AND w.at >= from_at AND w.at < to_at
$$;

-- How late what came from one instant until before another was: whole days as such, hours at the two ends; an hour counts
-- when it begins in the span.
CREATE FUNCTION dashboard.arrival_between(from_at timestamptz, to_at timestamptz)
RETURNS TABLE (
    number integer, minutes integer, over_10s integer, over_1m integer, over_15m integer, over_1h integer, over_1d integer,
    latest_s real
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT d.number, d.minutes::integer, d.over_10s::integer, d.over_1m::integer, d.over_15m::integer, d.over_1h::integer,
        d.over_1d::integer, d.latest_s
    FROM dashboard.arrival_day d
    WHERE d.at >= dashboard.border(from_at, 86400) AND d.at < date_bin('1 day', to_at, 'epoch')
    UNION ALL
    SELECT h.number, h.minutes::integer, h.over_10s::integer, h.over_1m::integer, h.over_15m::integer, h.over_1h::integer,
        h.over_1d::integer, h.latest_s
    FROM dashboard.arrival h
    WHERE h.at >= from_at AND h.at < least(to_at, dashboard.border(from_at, 86400))
    UNION ALL
    SELECT h.number, h.minutes::integer, h.over_10s::integer, h.over_1m::integer, h.over_15m::integer, h.over_1h::integer,
        h.over_1d::integer, h.latest_s
    FROM dashboard.arrival h
    WHERE h.at >= greatest(dashboard.border(from_at, 86400), date_bin('1 day', to_at, 'epoch')) AND h.at < to_at
$$;

REVOKE EXECUTE ON FUNCTION dashboard.border(timestamptz, integer) FROM public;
REVOKE EXECUTE ON FUNCTION dashboard.work_between(timestamptz, timestamptz, bigint) FROM public;
REVOKE EXECUTE ON FUNCTION dashboard.arrival_between(timestamptz, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION dashboard.border(timestamptz, integer) TO ecc_grafana;
GRANT EXECUTE ON FUNCTION dashboard.work_between(timestamptz, timestamptz, bigint) TO ecc_grafana;
GRANT EXECUTE ON FUNCTION dashboard.arrival_between(timestamptz, timestamptz) TO ecc_grafana;
GRANT SELECT ON dashboard.work_minute, dashboard.work_quarter, dashboard.work_hour, dashboard.work_day,
dashboard.arrival_day TO ecc_grafana;

-- A board asks its panels at once: workers of one would only take the processors from the others.
DO $$
BEGIN
    ALTER ROLE ecc_grafana SET max_parallel_workers_per_gather = 0;
EXCEPTION WHEN internal_error THEN
    NULL; -- "tuple concurrently updated": another database's migration was quicker, and says the same
END
$$;

-- migrate:down
ALTER ROLE ecc_grafana RESET max_parallel_workers_per_gather;
DROP FUNCTION dashboard.arrival_between(timestamptz, timestamptz);
DROP FUNCTION dashboard.work_between(timestamptz, timestamptz, bigint);
DROP FUNCTION dashboard.border(timestamptz, integer);
DROP VIEW dashboard.arrival_day;
DROP VIEW dashboard.work_day;
DROP VIEW dashboard.work_hour;
DROP VIEW dashboard.work_quarter;
DROP VIEW dashboard.work_minute;
