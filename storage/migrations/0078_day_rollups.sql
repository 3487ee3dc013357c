-- migrate:up
-- Days (UTC) of what boards sum up over all machines: a row a machine and day in place of 24. Housekeeping counts a day again
-- from its hours with every hour that changed. double precision: a day is the sum of its hours, whatever their number.
CREATE TABLE work_time_1d (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    working_s double precision NOT NULL,
    travelling_s double precision NOT NULL,
    idle_s double precision NOT NULL,
    off_s double precision NOT NULL
);
SELECT create_hypertable('work_time_1d', by_range('bucket_at', INTERVAL '360 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX work_time_1d_bucket ON work_time_1d (machine_id, bucket_at);
CREATE INDEX work_time_1d_at ON work_time_1d (bucket_at);

CREATE TABLE arrival_1d (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    minutes smallint NOT NULL,
    over_10s smallint NOT NULL,
    over_1m smallint NOT NULL,
    over_15m smallint NOT NULL,
    over_1h smallint NOT NULL,
    over_1d smallint NOT NULL,
    latest_s real NOT NULL
);
COMMENT ON COLUMN arrival_1d.minutes IS 'minutes with readings; over_...: those of them that were complete only later than that';
SELECT create_hypertable('arrival_1d', by_range('bucket_at', INTERVAL '360 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX arrival_1d_bucket ON arrival_1d (bucket_at, machine_id);

GRANT SELECT, INSERT, UPDATE ON work_time_1d, arrival_1d TO ecc_housekeeping;

-- What there is already, once: some seconds for a million hours.
INSERT INTO work_time_1d
SELECT machine_id, date_bin('1 day', bucket_at, 'epoch'), sum(working_s::float8), sum(travelling_s::float8),
    sum(idle_s::float8), sum(off_s::float8)
FROM work_time_1h GROUP BY 1, 2 ORDER BY 2, 1;
INSERT INTO arrival_1d
SELECT machine_id, date_bin('1 day', bucket_at, 'epoch'), sum(bit_count(heard::bit(64))),
    sum(bit_count((heard & ~in_10s)::bit(64))), sum(bit_count((heard & ~in_1m)::bit(64))),
    sum(bit_count((heard & ~in_15m)::bit(64))), sum(bit_count((heard & ~in_1h)::bit(64))),
    sum(bit_count((heard & ~in_1d)::bit(64))), max(latest_s)
FROM arrival_1h GROUP BY 1, 2 ORDER BY 2, 1;

-- The ends of a span, of all machines at once; the hours of a machine's day; the days of a span among those of years.
CREATE INDEX work_time_1h_at ON work_time_1h (bucket_at); -- squawk-ignore require-concurrent-index-creation
CREATE INDEX arrival_1h_machine ON arrival_1h (machine_id, bucket_at); -- squawk-ignore require-concurrent-index-creation
CREATE INDEX meter_day_at ON meter_day (day_at); -- squawk-ignore require-concurrent-index-creation

CREATE OR REPLACE FUNCTION drop_chunks_older_than(hypertable text, older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    dropped integer;
BEGIN
    IF hypertable NOT IN ('reading', 'reading_extra', 'event', 'rollup_1m', 'rollup_15m', 'rollup_1h', 'work_time_1m',
                          'work_time_15m', 'work_time_1h', 'work_time_1d', 'arrival_1h', 'arrival_1d') THEN
        RAISE EXCEPTION 'retention does not apply to %', hypertable;
    END IF;
    SELECT count(*) INTO dropped FROM drop_chunks(hypertable::regclass, older_than => drop_chunks_older_than.older_than);
    RETURN dropped;
END
$$;

-- migrate:down
CREATE OR REPLACE FUNCTION drop_chunks_older_than(hypertable text, older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    dropped integer;
BEGIN
    IF hypertable NOT IN ('reading', 'reading_extra', 'event', 'rollup_1m', 'rollup_15m', 'rollup_1h',
                          'work_time_1m', 'work_time_15m', 'work_time_1h', 'arrival_1h') THEN
        RAISE EXCEPTION 'retention does not apply to %', hypertable;
    END IF;
    SELECT count(*) INTO dropped FROM drop_chunks(hypertable::regclass, older_than => drop_chunks_older_than.older_than);
    RETURN dropped;
END
$$;
DROP INDEX meter_day_at;
DROP INDEX arrival_1h_machine;
DROP INDEX work_time_1h_at;
DROP TABLE arrival_1d;
DROP TABLE work_time_1d;
