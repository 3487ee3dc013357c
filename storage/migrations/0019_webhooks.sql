-- migrate:up
-- Where to send events of which kind. An empty array is no condition. cursor_*: the place in the event log up to which
-- everything is delivered or failed for good; replay_no rises when somebody moves the cursor or the filter changes, so
-- that a delivery begun before does not move it on.
CREATE TABLE webhook (
    webhook_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    url text NOT NULL CHECK (length(url) <= 2000),
    description text NOT NULL DEFAULT '',
    kinds text [] NOT NULL DEFAULT '{}',
    severities text [] NOT NULL DEFAULT '{}',
    machine_ids integer [] NOT NULL DEFAULT '{}',
    site_ids integer [] NOT NULL DEFAULT '{}',
    model_ids integer [] NOT NULL DEFAULT '{}',
    machine_kinds text [] NOT NULL DEFAULT '{}',
    organisation_ids integer [] NOT NULL DEFAULT '{}',
    active boolean NOT NULL DEFAULT TRUE,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    cursor_xact xid8 NOT NULL DEFAULT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8,
    cursor_entry bigint NOT NULL DEFAULT 9223372036854775807,
    replay_no integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    first_attempt_at timestamptz,
    next_attempt_at timestamptz,
    failed_in_a_row integer NOT NULL DEFAULT 0,
    paused_at timestamptz,
    paused_reason text CHECK (paused_reason IN ('failing', 'gone')),
    test_id uuid
);
COMMENT ON COLUMN webhook.attempts IS 'of the event behind the cursor';
CREATE INDEX webhook_organisation ON webhook (organisation_id);

-- What signs; kept as it is, for that. The API may write it and cannot read it. until: NULL for the newest one.
CREATE TABLE webhook_secret (
    webhook_id integer NOT NULL REFERENCES webhook ON DELETE CASCADE,
    organisation_id integer NOT NULL REFERENCES organisation,
    secret text NOT NULL,
    until timestamptz
);
CREATE INDEX webhook_secret_webhook ON webhook_secret (webhook_id);
CREATE INDEX webhook_secret_organisation ON webhook_secret (organisation_id);

-- One row an attempt. event: its place in the event log, or test-...; answer: the first 1000 characters.
CREATE TABLE webhook_delivery (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id integer NOT NULL REFERENCES webhook ON DELETE CASCADE,
    organisation_id integer NOT NULL REFERENCES organisation,
    event text NOT NULL,
    kind text NOT NULL,
    attempt integer NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('delivered', 'retrying', 'failed')),
    status integer,
    error text,
    latency_ms integer NOT NULL,
    answer text NOT NULL DEFAULT ''
);
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (webhook_id, delivery_id);
CREATE INDEX webhook_delivery_organisation ON webhook_delivery (organisation_id);
CREATE INDEX webhook_delivery_at ON webhook_delivery (at);

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['webhook', 'webhook_secret', 'webhook_delivery'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_sender USING (TRUE) WITH CHECK (TRUE)', guarded);
        EXECUTE format(
            'CREATE POLICY tenant ON %1$I TO ecc_api USING ((SELECT tenant_sees_all()) '
            'OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[])) '
            'WITH CHECK ((SELECT tenant_sees_all()) '
            'OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]))', guarded);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, DELETE ON webhook TO ecc_api;
GRANT UPDATE (url, description, kinds, severities, machine_ids, site_ids, model_ids, machine_kinds, organisation_ids,
active, version, updated_at, cursor_xact, cursor_entry, replay_no, attempts, first_attempt_at, next_attempt_at,
failed_in_a_row, paused_at, paused_reason, test_id)
ON webhook TO ecc_api;
GRANT SELECT (webhook_id, organisation_id, until), INSERT, UPDATE (until), DELETE ON webhook_secret TO ecc_api;
GRANT SELECT ON webhook_delivery TO ecc_api;

GRANT SELECT ON webhook, webhook_secret TO ecc_sender;
GRANT UPDATE (cursor_xact, cursor_entry, attempts, first_attempt_at, next_attempt_at, failed_in_a_row, paused_at,
paused_reason, test_id)
ON webhook TO ecc_sender;
GRANT SELECT, INSERT, DELETE ON webhook_delivery TO ecc_sender;
-- Where the event log stood at a time, for whoever replays from there; tells nothing of what it holds. Entries of about
-- one time are nearly in order: the first place of the next thousand.
CREATE FUNCTION event_log_place(instant timestamptz) RETURNS TABLE (xact xid8, id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT n.xact, n.id FROM (
        SELECT l.xact, l.id FROM event_log l WHERE l.at >= instant ORDER BY l.at LIMIT 1000
    ) n ORDER BY n.xact, n.id LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION event_log_place FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_log_place TO ecc_api;

-- Who sees an event, and that a webhook was paused.
GRANT SELECT ON sharing, signal TO ecc_sender;
GRANT INSERT ON event_log TO ecc_sender;

-- migrate:down
DROP FUNCTION event_log_place;
REVOKE INSERT ON event_log FROM ecc_sender;
REVOKE SELECT ON sharing, signal FROM ecc_sender;
DROP TABLE webhook_delivery;
DROP TABLE webhook_secret;
DROP TABLE webhook;
