-- migrate:up
-- Minutes whose rollups must be recounted: [from_at, to_at), aligned to minutes. claimed_at: housekeeping is at it.
CREATE TABLE dirty_range (
    dirty_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine_id integer NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    claimed_at timestamptz,
    CHECK (from_at < to_at)
);

-- One row a machine, bucket and reported signal. min, max and sum: gauge (state: min and max); increase: counter.
CREATE TABLE rollup_1m (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    signal_id smallint NOT NULL,
    n integer NOT NULL,
    min double precision,
    max double precision,
    sum double precision,
    first double precision NOT NULL,
    last double precision NOT NULL,
    increase double precision
);
SELECT create_hypertable('rollup_1m', by_range('bucket_at', INTERVAL '1 day'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX rollup_1m_bucket ON rollup_1m (machine_id, signal_id, bucket_at);

CREATE TABLE work_time_1m (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    working_s real NOT NULL,
    travelling_s real NOT NULL,
    idle_s real NOT NULL,
    off_s real NOT NULL
);
SELECT create_hypertable('work_time_1m', by_range('bucket_at', INTERVAL '1 day'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX work_time_1m_bucket ON work_time_1m (machine_id, bucket_at);

CREATE TABLE rollup_15m (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    signal_id smallint NOT NULL,
    n integer NOT NULL,
    min double precision,
    max double precision,
    sum double precision,
    first double precision NOT NULL,
    last double precision NOT NULL,
    increase double precision
);
SELECT create_hypertable('rollup_15m', by_range('bucket_at', INTERVAL '14 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX rollup_15m_bucket ON rollup_15m (machine_id, signal_id, bucket_at);

CREATE TABLE work_time_15m (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    working_s real NOT NULL,
    travelling_s real NOT NULL,
    idle_s real NOT NULL,
    off_s real NOT NULL
);
SELECT create_hypertable('work_time_15m', by_range('bucket_at', INTERVAL '14 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX work_time_15m_bucket ON work_time_15m (machine_id, bucket_at);

CREATE TABLE rollup_1h (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    signal_id smallint NOT NULL,
    n integer NOT NULL,
    min double precision,
    max double precision,
    sum double precision,
    first double precision NOT NULL,
    last double precision NOT NULL,
    increase double precision
);
SELECT create_hypertable('rollup_1h', by_range('bucket_at', INTERVAL '60 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX rollup_1h_bucket ON rollup_1h (machine_id, signal_id, bucket_at);

CREATE TABLE work_time_1h (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    working_s real NOT NULL,
    travelling_s real NOT NULL,
    idle_s real NOT NULL,
    off_s real NOT NULL
);
SELECT create_hypertable('work_time_1h', by_range('bucket_at', INTERVAL '60 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX work_time_1h_bucket ON work_time_1h (machine_id, bucket_at);

-- Only the owner of a hypertable may drop its chunks: this lends that to housekeeping, for these tables and nothing else.
CREATE FUNCTION drop_chunks_older_than(hypertable text, older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    dropped integer;
BEGIN
    IF hypertable NOT IN ('reading', 'reading_extra', 'event', 'rollup_1m', 'rollup_15m', 'rollup_1h',
                          'work_time_1m', 'work_time_15m', 'work_time_1h') THEN
        RAISE EXCEPTION 'retention does not apply to %', hypertable;
    END IF;
    SELECT count(*) INTO dropped FROM drop_chunks(hypertable::regclass, older_than => drop_chunks_older_than.older_than);
    RETURN dropped;
END
$$;
REVOKE EXECUTE ON FUNCTION drop_chunks_older_than FROM PUBLIC;

-- migrate:down
DROP FUNCTION drop_chunks_older_than;
DROP TABLE work_time_1h;
DROP TABLE rollup_1h;
DROP TABLE work_time_15m;
DROP TABLE rollup_15m;
DROP TABLE work_time_1m;
DROP TABLE rollup_1m;
DROP TABLE dirty_range;
