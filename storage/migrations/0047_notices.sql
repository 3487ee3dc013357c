-- migrate:up
-- What nobody has been told of yet: transitions of alarms, reminders. Triggers write it, and one job a transaction that
-- works it, with the transition itself: who makes one cannot forget it.
CREATE TABLE notice_due (
    source text NOT NULL CHECK (source IN ('alarm', 'reminder')),
    source_id bigint NOT NULL,
    PRIMARY KEY (source, source_id)
);

CREATE FUNCTION route_notices() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('ecc.routed_in', TRUE) IS DISTINCT FROM pg_current_xact_id()::text THEN
        PERFORM set_config('ecc.routed_in', pg_current_xact_id()::text, TRUE);
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
        VALUES ('notices', 'notices.route', 1000, '{}');
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION route_notices() FROM public;

CREATE FUNCTION tell_of_transitions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice_due SELECT 'alarm', transition_id FROM added
    WHERE kind IN ('raised', 'cleared', 'withdrawn', 'escalated', 'unshelved', 'returned_to_service', 'unsuppressed', 'uninhibited');
    IF FOUND THEN
        PERFORM route_notices();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_of_transitions AFTER INSERT ON alarm_transition REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION tell_of_transitions();

-- For the trigger of the table of reminders.
CREATE FUNCTION tell_of_reminders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice_due SELECT 'reminder', reminder_id FROM added;
    IF FOUND THEN
        PERFORM route_notices();
    END IF;
    RETURN NULL;
END
$$;

-- How somebody is told; who has no row is told as alerts/routing.py says of their organisation's kind.
CREATE TABLE notice_preference (
    user_id integer PRIMARY KEY REFERENCES app_user ON DELETE CASCADE,
    channels jsonb NOT NULL,
    quiet_from smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to smallint CHECK (quiet_to BETWEEN 0 AND 1439),
    through_quiet text [] NOT NULL,
    digest text NOT NULL CHECK (digest IN ('off', 'hourly', 'daily')),
    digest_severities text [] NOT NULL,
    digest_at smallint NOT NULL CHECK (digest_at BETWEEN 0 AND 1439),
    most_per_hour integer NOT NULL CHECK (most_per_hour >= 0),
    cleared boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);
COMMENT ON COLUMN notice_preference.channels IS 'channel -> severities';
COMMENT ON COLUMN notice_preference.quiet_from IS 'minute of the day on the person''s own clocks, as quiet_to and digest_at';

CREATE TABLE notice_mute (
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    machine_id integer NOT NULL REFERENCES machine,
    until timestamptz NOT NULL DEFAULT 'infinity',
    muted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, machine_id)
);
CREATE INDEX notice_mute_machine ON notice_mute (machine_id);

-- Where somebody is reached. The API writes the secret and cannot read it; of the code only its hash is kept.
CREATE TABLE notice_address (
    address_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'webhook', 'dingtalk', 'wecom', 'feishu', 'apprise', 'sms')),
    address text NOT NULL CHECK (length(address) BETWEEN 1 AND 2000),
    secret text,
    code_hash bytea,
    code_until timestamptz,
    code_tries smallint NOT NULL DEFAULT 0,
    verified_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (user_id, channel)
);

-- One message to one person by one channel. due_at: when its job runs; reason: why several transitions are in one.
CREATE TABLE notice (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    channel text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('alarm', 'reminder', 'collected', 'test', 'code')),
    reason text CHECK (reason IN ('quiet_hours', 'digest', 'rate_limit', 'rate_limit_critical')),
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    alarm_id uuid REFERENCES alarm,
    language text NOT NULL CHECK (language IN ('zh', 'en')),
    content jsonb NOT NULL DEFAULT '{}',
    subject text NOT NULL DEFAULT '',
    body text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('collecting', 'queued', 'sending', 'sent', 'dead')),
    made_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    first_attempt_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    job_id bigint,
    ended_at timestamptz,
    CHECK ((kind = 'collected') = (reason IS NOT NULL)),
    CHECK (kind <> 'alarm' OR alarm_id IS NOT NULL)
);
COMMENT ON COLUMN notice.body IS 'as last sent, links without their tokens; a code is not kept';
COMMENT ON COLUMN notice.attempts IS 'begun; the log has what became of each';
COMMENT ON COLUMN notice.job_id IS 'of the job that is sending it, or was when its sender died';
CREATE INDEX notice_person ON notice (user_id, notice_id);
CREATE INDEX notice_alarm ON notice (alarm_id);
CREATE INDEX notice_unsent ON notice (severity, due_at) WHERE state IN ('collecting', 'queued', 'sending');
CREATE INDEX notice_dead ON notice (notice_id) WHERE state = 'dead';
CREATE INDEX notice_made ON notice (user_id, made_at);
CREATE UNIQUE INDEX notice_collecting ON notice (user_id, channel, reason) WHERE state = 'collecting';

CREATE FUNCTION send_when_due() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, scheduled_at)
    VALUES ('notices', 'notices.send',
            CASE new.severity WHEN 'critical' THEN 400 WHEN 'high' THEN 300 WHEN 'medium' THEN 200 WHEN 'low' THEN 100 ELSE 0 END,
            jsonb_build_object('notice_id', new.notice_id), new.due_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER send_when_due AFTER INSERT OR UPDATE OF due_at ON notice
FOR EACH ROW EXECUTE FUNCTION send_when_due();

-- A transition (or a reminder) is in one notice to a person by a channel, whatever runs twice.
CREATE TABLE notice_told (
    source text NOT NULL CHECK (source IN ('alarm', 'reminder')),
    source_id bigint NOT NULL,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    channel text NOT NULL,
    notice_id bigint NOT NULL REFERENCES notice ON DELETE CASCADE,
    PRIMARY KEY (source, source_id, user_id, channel)
);
COMMENT ON COLUMN notice_told.source_id IS 'transition_id of an alarm, reminder_id; it may outlive them';
CREATE INDEX notice_told_notice ON notice_told (notice_id);
CREATE INDEX notice_told_user ON notice_told (user_id);

-- What became of each attempt, with the provider's own words. interrupted: its sender died; whether it arrived is unknown.
-- times: equal failures one after the other are one row, from first_at to at.
CREATE TABLE notice_delivery (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice_id bigint NOT NULL REFERENCES notice ON DELETE CASCADE,
    attempt integer NOT NULL,
    first_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    times integer NOT NULL DEFAULT 1,
    outcome text NOT NULL CHECK (outcome IN ('delivered', 'retrying', 'refused', 'given_up', 'interrupted')),
    answer text NOT NULL DEFAULT '',
    latency_ms integer
);
CREATE INDEX notice_delivery_notice ON notice_delivery (notice_id, delivery_id);

-- Texts as people write them over those that ship; never changed, the last version counts. Empty texts: those that ship.
CREATE TABLE notice_template (
    template_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL,
    language text NOT NULL CHECK (language IN ('zh', 'en')),
    version integer NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    UNIQUE (key, language, version)
);

-- Links by which the reader of a notice answers with one tap; of the token only its hash is kept.
CREATE TABLE notice_token (
    token_hash bytea PRIMARY KEY,
    notice_id bigint NOT NULL REFERENCES notice ON DELETE CASCADE,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    alarm_id uuid NOT NULL REFERENCES alarm,
    action text NOT NULL CHECK (action IN ('fixed', 'wrong', 'call_me')),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX notice_token_notice ON notice_token (notice_id);
CREATE INDEX notice_token_user ON notice_token (user_id);
CREATE INDEX notice_token_alarm ON notice_token (alarm_id);
CREATE INDEX notice_token_expires ON notice_token (expires_at);

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['notice_due', 'notice_preference', 'notice_mute', 'notice_address', 'notice',
                                   'notice_told', 'notice_delivery', 'notice_template', 'notice_token'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_sender, ecc_housekeeping USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    -- whatever is a person's is seen by whoever sees the person
    FOREACH guarded IN ARRAY ARRAY['notice_preference', 'notice_mute', 'notice_address', 'notice', 'notice_told',
                                   'notice_token'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %1$I TO ecc_api '
                       'USING (EXISTS (SELECT FROM app_user u WHERE u.user_id = %1$I.user_id)) '
                       'WITH CHECK (EXISTS (SELECT FROM app_user u WHERE u.user_id = %1$I.user_id))', guarded);
    END LOOP;
END
$$;
CREATE POLICY tenant ON notice_delivery FOR SELECT TO ecc_api
USING (EXISTS (SELECT FROM notice n WHERE n.notice_id = notice_delivery.notice_id));
CREATE POLICY tenant ON notice_template FOR SELECT TO ecc_api USING (tenant() IS NOT NULL);
CREATE POLICY platform_api ON notice_template FOR INSERT TO ecc_api WITH CHECK ((SELECT tenant_sees_all()));

GRANT SELECT, DELETE ON notice_due TO ecc_sender;
GRANT SELECT ON notice_preference, notice_mute, notice_address, notice_template, roster, duty_seat TO ecc_sender;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice TO ecc_sender;
GRANT SELECT, INSERT ON notice_told TO ecc_sender;
GRANT SELECT, INSERT, UPDATE ON notice_delivery TO ecc_sender;
GRANT SELECT, INSERT, DELETE ON notice_token TO ecc_sender;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice_preference, notice_mute TO ecc_api;
GRANT SELECT (address_id, public_id, user_id, channel, address, code_hash, code_until, code_tries, verified_at, version,
created_at, updated_at), INSERT, UPDATE, DELETE ON notice_address TO ecc_api;
GRANT SELECT, INSERT ON notice TO ecc_api;
GRANT UPDATE (state, due_at, first_attempt_at, ended_at) ON notice TO ecc_api;
GRANT SELECT ON notice_told, notice_delivery TO ecc_api;
GRANT SELECT, INSERT ON notice_template TO ecc_api;
GRANT SELECT, UPDATE (used_at) ON notice_token TO ecc_api;
GRANT USAGE ON SEQUENCE notice_notice_id_seq, notice_delivery_delivery_id_seq TO ecc_sender;
GRANT USAGE ON SEQUENCE notice_notice_id_seq, notice_address_address_id_seq, notice_template_template_id_seq TO ecc_api;

-- migrate:down
REVOKE SELECT ON roster, duty_seat FROM ecc_sender;
DELETE FROM procrastinate_jobs WHERE queue_name = 'notices';
DROP TABLE notice_token;
DROP TABLE notice_template;
DROP TABLE notice_delivery;
DROP TABLE notice_told;
DROP TABLE notice;
DROP FUNCTION send_when_due();
DROP TABLE notice_address;
DROP TABLE notice_mute;
DROP TABLE notice_preference;
DROP TRIGGER tell_of_transitions ON alarm_transition;
DROP FUNCTION tell_of_reminders();
DROP FUNCTION tell_of_transitions();
DROP FUNCTION route_notices();
DROP TABLE notice_due;
