-- migrate:up
-- By how much the readings of each minute came late, one row a machine and hour in which it was heard. Bit i is minute i of
-- the hour; a minute is as late as the last of its readings. Housekeeping sets the bits of minutes that it counts again.
CREATE TABLE arrival_1h (
    machine_id integer NOT NULL,
    bucket_at timestamptz NOT NULL,
    heard bigint NOT NULL,
    in_10s bigint NOT NULL,
    in_1m bigint NOT NULL,
    in_15m bigint NOT NULL,
    in_1h bigint NOT NULL,
    in_1d bigint NOT NULL,
    latest_s real NOT NULL
);
COMMENT ON COLUMN arrival_1h.heard IS 'minutes with readings; in_...: those of them that were complete so soon';
COMMENT ON COLUMN arrival_1h.latest_s IS 'seconds from measuring to receiving, of the reading that took longest';
SELECT create_hypertable('arrival_1h', by_range('bucket_at', INTERVAL '7 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX arrival_1h_bucket ON arrival_1h (bucket_at, machine_id);
GRANT SELECT, INSERT, UPDATE ON arrival_1h TO ecc_housekeeping;
GRANT SELECT ON arrival_1h TO ecc_api;

-- Few power cycles have holes. Of one that has none `ranges` never changes, so its updates stay HOT.
CREATE INDEX ledger_holes ON ledger (terminal_id) WHERE NOT isempty(ranges); -- squawk-ignore require-concurrent-index-creation

-- What was refused by hour and reason. A tenant is told of terminals that were on a machine while it saw anything of it;
-- whose the others are nobody knows.
CREATE FUNCTION tenant_refusal_counts(from_at timestamptz, to_at timestamptz)
RETURNS TABLE (hour_at timestamptz, reason text, refused bigint, waiting bigint, last_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine integer [];
BEGIN
    IF tenant_sees_all() THEN
        RETURN QUERY
        SELECT date_bin('1 hour', q.received_at, 'epoch'), q.reason, count(*),
            count(*) FILTER (WHERE q.replayed_at IS NULL), max(q.received_at)
        FROM quarantine q
        WHERE q.received_at >= tenant_refusal_counts.from_at AND q.received_at < tenant_refusal_counts.to_at
        GROUP BY 1, 2;
    ELSE
        mine := tenant_organisation_ids();
        RETURN QUERY
        SELECT date_bin('1 hour', q.received_at, 'epoch'), q.reason, count(*),
            count(*) FILTER (WHERE q.replayed_at IS NULL), max(q.received_at)
        FROM quarantine q
        WHERE q.received_at >= tenant_refusal_counts.from_at AND q.received_at < tenant_refusal_counts.to_at
            AND EXISTS (
                SELECT FROM terminal t JOIN installation i USING (terminal_id)
                WHERE t.name = q.terminal AND i.from_at <= q.received_at AND q.received_at < i.to_at AND (EXISTS (
                    SELECT FROM ownership x WHERE x.machine_id = i.machine_id AND x.organisation_id = ANY (mine)
                        AND x.from_at <= q.received_at AND q.received_at < x.to_at
                ) OR EXISTS (
                    SELECT FROM sharing x WHERE x.machine_id = i.machine_id AND x.organisation_id = ANY (mine)
                        AND x.from_at <= q.received_at AND q.received_at < x.to_at
                ))
            )
        GROUP BY 1, 2;
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION tenant_refusal_counts(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_refusal_counts(timestamptz, timestamptz) TO ecc_api;

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

-- migrate:down
CREATE OR REPLACE FUNCTION drop_chunks_older_than(hypertable text, older_than timestamptz) RETURNS integer
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
DROP FUNCTION tenant_refusal_counts(timestamptz, timestamptz);
DROP INDEX ledger_holes;
DROP TABLE arrival_1h;
