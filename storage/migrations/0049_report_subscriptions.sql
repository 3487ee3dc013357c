-- migrate:up
-- Who is mailed which work brief. next_at: when it is mailed next, at at_minute of the person's own clocks: each day, on
-- Mondays, on the first of each month; it tells of the day, week or month before.
CREATE TABLE report_subscription (
    subscription_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    machine_id integer REFERENCES machine,
    site_id integer REFERENCES site ON DELETE CASCADE,
    period text NOT NULL CHECK (period IN ('day', 'week', 'month')),
    at_minute smallint NOT NULL CHECK (at_minute BETWEEN 0 AND 1439),
    form text NOT NULL CHECK (form IN ('pdf', 'html', 'csv')),
    next_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK (machine_id IS NULL OR site_id IS NULL)
);
COMMENT ON COLUMN report_subscription.machine_id IS 'NULL and no site: all machines that the person sees';
CREATE UNIQUE INDEX report_subscription_once
ON report_subscription (user_id, coalesce(machine_id, 0), coalesce(site_id, 0), period);
CREATE INDEX report_subscription_due ON report_subscription (next_at);
CREATE INDEX report_subscription_machine ON report_subscription (machine_id);
CREATE INDEX report_subscription_site ON report_subscription (site_id);

ALTER TABLE report_subscription ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON report_subscription TO ecc_sender, ecc_housekeeping USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY tenant ON report_subscription TO ecc_api
USING (EXISTS (SELECT FROM app_user u WHERE u.user_id = report_subscription.user_id))
WITH CHECK (EXISTS (SELECT FROM app_user u WHERE u.user_id = report_subscription.user_id));

-- squawk-ignore ban-drop-constraint
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check
CHECK (kind IN ('alarm', 'reminder', 'collected', 'test', 'code', 'report')) NOT VALID;

-- Machines of a model, whoever's they are: briefs tell how the middle one of them was used, never which they are.
CREATE FUNCTION model_machines(models integer [], most integer) RETURNS TABLE (machine_id integer, model_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT m.machine_id, m.model_id
FROM unnest(models) AS asked (model_id)
CROSS JOIN LATERAL (
    SELECT x.machine_id, x.model_id FROM machine x
    WHERE x.model_id = asked.model_id AND x.mode <> 'scrapped' ORDER BY hashint4(x.machine_id), x.machine_id LIMIT most
) m
$$;
REVOKE EXECUTE ON FUNCTION model_machines(integer [], integer) FROM public;
GRANT EXECUTE ON FUNCTION model_machines(integer [], integer) TO ecc_api, ecc_sender;

GRANT SELECT, INSERT, DELETE ON report_subscription TO ecc_api;
GRANT SELECT, UPDATE (next_at) ON report_subscription TO ecc_sender;
GRANT USAGE ON SEQUENCE report_subscription_subscription_id_seq TO ecc_api;
GRANT SELECT ON work_time_15m, rollup_15m, rollup_1m, maintenance_item TO ecc_sender;

-- migrate:down
REVOKE SELECT ON work_time_15m, rollup_15m, rollup_1m, maintenance_item FROM ecc_sender;
DROP FUNCTION model_machines(integer [], integer);
DELETE FROM notice WHERE kind = 'report';
-- squawk-ignore ban-drop-constraint
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check
CHECK (kind IN ('alarm', 'reminder', 'collected', 'test', 'code')) NOT VALID;
DROP TABLE report_subscription;
