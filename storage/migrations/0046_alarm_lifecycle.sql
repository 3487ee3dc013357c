-- migrate:up
-- The lifecycle of an alarm (ISA-18.2 / IEC 62682): `state` stays the condition of the machine, `lifecycle` is where the
-- alarm stands with those who answer for it; alerts/lifecycle.py has the table of what may become of it.
ALTER TABLE alarm
ADD COLUMN lifecycle text NOT NULL DEFAULT 'active_unacknowledged', -- squawk-ignore adding-field-with-default
ADD COLUMN asks text NOT NULL DEFAULT 'acknowledgement', -- squawk-ignore adding-field-with-default
ADD COLUMN announced_at timestamptz,
ADD COLUMN suppression text,
ADD COLUMN explains text [],
ADD COLUMN inhibited_by uuid,
ADD COLUMN chattering boolean NOT NULL DEFAULT FALSE, -- squawk-ignore adding-field-with-default
ADD COLUMN fleeting boolean NOT NULL DEFAULT FALSE, -- squawk-ignore adding-field-with-default
ADD COLUMN escalation smallint NOT NULL DEFAULT 0, -- squawk-ignore adding-field-with-default
ADD COLUMN escalate_at timestamptz,
ADD COLUMN assigned_to integer,
ADD COLUMN investigating_since timestamptz,
ADD COLUMN investigated_by integer;
COMMENT ON COLUMN alarm.asks IS 'what it asks of people before it is over: nothing, acknowledgement, reset (it latches)';
COMMENT ON COLUMN alarm.announced_at IS 'when it called whoever is on duty; NULL: never (info, historic, held back)';
COMMENT ON COLUMN alarm.explains IS 'alarms of its machine that follow from it: keys of rules, codes as SPN, SPN/FMI or SA/SPN/FMI';
COMMENT ON COLUMN alarm.inhibited_by IS 'the open alarm of the cause that explains it';
COMMENT ON COLUMN alarm.escalate_at IS 'when somebody else is told unless it is acknowledged';
UPDATE alarm
SET lifecycle = CASE
    WHEN state <> 'active' THEN 'normal'
    WHEN acknowledged_at IS NOT NULL THEN 'active_acknowledged'
    ELSE lifecycle
END,
announced_at = CASE WHEN NOT historic AND severity <> 'info' THEN committed_at END;
ALTER TABLE alarm
ADD CONSTRAINT alarm_assigned FOREIGN KEY (assigned_to) REFERENCES app_user NOT VALID,
ADD CONSTRAINT alarm_investigated FOREIGN KEY (investigated_by) REFERENCES app_user NOT VALID,
ADD CONSTRAINT alarm_asks CHECK (asks IN ('nothing', 'acknowledgement', 'reset')) NOT VALID,
ADD CONSTRAINT alarm_suppression CHECK (suppression IN ('shelved', 'out_of_service', 'by_design')) NOT VALID,
ADD CONSTRAINT alarm_lifecycle CHECK (
    CASE state
        WHEN 'active' THEN lifecycle IN ('active_unacknowledged', 'active_acknowledged')
        WHEN 'cleared' THEN lifecycle IN ('returned_unacknowledged', 'latched', 'normal')
        ELSE lifecycle = 'normal'
    END
) NOT VALID;
CREATE INDEX alarm_announced ON alarm (announced_at) WHERE announced_at IS NOT NULL;
CREATE INDEX alarm_escalates ON alarm (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX alarm_held_back ON alarm (machine_id) WHERE suppression IS NOT NULL AND state = 'active';
CREATE INDEX alarm_to_answer ON alarm (raised_at, alarm_id) WHERE lifecycle IN ('returned_unacknowledged', 'latched');
CREATE INDEX alarm_explaining ON alarm (machine_id) WHERE explains IS NOT NULL AND state = 'active';
CREATE INDEX alarm_inhibited ON alarm (machine_id) WHERE inhibited_by IS NOT NULL AND state = 'active';

-- squawk-ignore ban-drop-constraint
ALTER TABLE alarm_transition DROP CONSTRAINT alarm_transition_kind_check;
ALTER TABLE alarm_transition ADD CONSTRAINT alarm_transition_kind_check CHECK (
    kind IN (
        'raised', 'revised', 'cleared', 'withdrawn', 'acknowledged', 'reset', 'shelved', 'unshelved', 'out_of_service',
        'returned_to_service', 'suppressed', 'unsuppressed', 'inhibited', 'uninhibited', 'escalated', 'commented',
        'assigned', 'investigating', 'judged'
    )
) NOT VALID;

-- What people hold back, by machine and source, whether an alarm stands or not; its history is in alarm_transition.
CREATE TABLE alarm_hold (
    machine_id integer NOT NULL REFERENCES machine,
    source_kind text NOT NULL,
    source_key text NOT NULL,
    hold text NOT NULL CHECK (hold IN ('shelved', 'out_of_service')),
    alarm_id uuid NOT NULL REFERENCES alarm,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until_at timestamptz,
    by_user integer NOT NULL REFERENCES app_user,
    by_name text NOT NULL,
    PRIMARY KEY (machine_id, source_kind, source_key),
    CHECK ((hold = 'shelved') = (until_at IS NOT NULL))
);
COMMENT ON COLUMN alarm_hold.alarm_id IS 'the alarm on which somebody said so';
CREATE INDEX alarm_hold_until ON alarm_hold (until_at);
CREATE INDEX alarm_hold_alarm ON alarm_hold (alarm_id);
CREATE INDEX alarm_hold_by ON alarm_hold (by_user);

-- What the live rule set says of the alarms of its rules; a source without a row has the defaults.
CREATE TABLE alarm_rule (
    source_kind text NOT NULL,
    source_key text NOT NULL,
    asks text NOT NULL CHECK (asks IN ('acknowledgement', 'reset')),
    suppressed_in text [] NOT NULL,
    inhibits text [] NOT NULL,
    PRIMARY KEY (source_kind, source_key)
);
COMMENT ON COLUMN alarm_rule.suppressed_in IS 'machine modes, and engine_off';
COMMENT ON COLUMN alarm_rule.inhibits IS 'keys of rules, and fault codes as SPN or SPN/FMI';

CREATE TABLE alarm_setting (
    only_one boolean PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    chattering_count integer NOT NULL DEFAULT 3 CHECK (chattering_count BETWEEN 2 AND 100),
    chattering_within_s integer NOT NULL DEFAULT 600 CHECK (chattering_within_s BETWEEN 1 AND 86400),
    fleeting_s integer NOT NULL DEFAULT 30 CHECK (fleeting_s BETWEEN 0 AND 3600),
    stale_after_h integer NOT NULL DEFAULT 24 CHECK (stale_after_h BETWEEN 1 AND 8760),
    flood_begins integer NOT NULL DEFAULT 10 CHECK (flood_begins BETWEEN 1 AND 10000),
    flood_ends integer NOT NULL DEFAULT 5 CHECK (flood_ends >= 0),
    escalate_after_min jsonb NOT NULL DEFAULT '{"critical": 5, "high": 15, "medium": 60}',
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (flood_ends <= flood_begins)
);
COMMENT ON COLUMN alarm_setting.escalate_after_min IS 'severity -> minutes unacknowledged; a severity without: never';
INSERT INTO alarm_setting DEFAULT VALUES;

CREATE TABLE alarm_flood (
    flood_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    seats integer NOT NULL CHECK (seats > 0),
    first_out uuid NOT NULL REFERENCES alarm,
    peak integer NOT NULL,
    CHECK (began_at <= ended_at)
);
COMMENT ON COLUMN alarm_flood.first_out IS 'the first alarm of the 10 minutes in which it began';
COMMENT ON COLUMN alarm_flood.peak IS 'most alarms in 10 minutes, of all seats together';
CREATE UNIQUE INDEX alarm_flood_one_open ON alarm_flood ((ended_at IS NULL)) WHERE ended_at IS NULL;
CREATE INDEX alarm_flood_first_out ON alarm_flood (first_out);

-- Why an alarm of this source calls nobody now; NULL: it does. By design alone, and what people hold back first.
CREATE FUNCTION alarm_by_design(machine integer, kind text, key text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'by_design' FROM machine m
    LEFT JOIN alarm_rule r ON r.source_kind = kind AND r.source_key = key
    WHERE m.machine_id = machine
      AND (m.mode = ANY (coalesce(r.suppressed_in, '{in_repair,transport,stored}'))
           OR ('engine_off' = ANY (r.suppressed_in) AND EXISTS (
               SELECT FROM machine_state s WHERE s.machine_id = machine AND s.work_state = 'off')))
$$;
CREATE FUNCTION alarm_suppression(machine integer, kind text, key text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(
        (SELECT h.hold FROM alarm_hold h WHERE h.machine_id = machine AND h.source_kind = kind AND h.source_key = key),
        alarm_by_design(machine, kind, key)
    )
$$;
REVOKE EXECUTE ON FUNCTION alarm_by_design(integer, text, text), alarm_suppression(integer, text, text) FROM public;
GRANT EXECUTE ON FUNCTION alarm_by_design(integer, text, text) TO ecc_housekeeping, ecc_api;
GRANT EXECUTE ON FUNCTION alarm_suppression(integer, text, text) TO ecc_gateway, ecc_diagnose;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['alarm_hold', 'alarm_rule', 'alarm_setting', 'alarm_flood'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['alarm_rule', 'alarm_setting'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO ecc_api USING (tenant() IS NOT NULL)', guarded);
    END LOOP;
END
$$;
CREATE POLICY platform_api ON alarm_setting FOR UPDATE TO ecc_api USING ((SELECT tenant_sees_all()));
CREATE POLICY tenant ON alarm_flood FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
CREATE POLICY tenant ON alarm_hold TO ecc_api USING (
    (SELECT tenant_sees_all())
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = alarm_hold.machine_id AND x.from_at <= now() AND now() < x.to_at
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
    OR EXISTS (
        SELECT FROM sharing x
        WHERE x.machine_id = alarm_hold.machine_id AND x.from_at <= now() AND now() < x.to_at
          AND x.data_class IN ('all', 'alarms')
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
);

GRANT SELECT ON alarm_hold, alarm_rule, alarm_setting TO ecc_gateway, ecc_diagnose, ecc_housekeeping, ecc_sender, ecc_api;
GRANT INSERT, UPDATE, DELETE ON alarm_rule TO ecc_gateway;
GRANT INSERT, UPDATE, DELETE ON alarm_hold TO ecc_api;
GRANT UPDATE (lifecycle, suppression, announced_at, escalation, escalate_at, assigned_to, investigating_since, investigated_by)
ON alarm TO ecc_api;
GRANT UPDATE ON alarm_setting TO ecc_api;
GRANT SELECT ON alarm_flood TO ecc_api;
-- The tick: shelving that is over, suppression by design, escalation, floods.
GRANT DELETE, UPDATE (until_at) ON alarm_hold TO ecc_housekeeping; -- SELECT ... FOR UPDATE asks for UPDATE
GRANT SELECT ON alarm, finding, machine_state, ownership, organisation, roster, duty_seat TO ecc_housekeeping;
GRANT SELECT (user_id, public_id, organisation_id, active) ON app_user TO ecc_housekeeping;
GRANT UPDATE (suppression, announced_at, escalation, escalate_at) ON alarm TO ecc_housekeeping;
GRANT INSERT ON alarm_transition, event_log TO ecc_housekeeping;
GRANT SELECT, INSERT, UPDATE ON alarm_flood TO ecc_housekeeping;
GRANT USAGE ON SEQUENCE alarm_flood_flood_id_seq TO ecc_housekeeping;

-- migrate:down
REVOKE INSERT ON alarm_transition, event_log FROM ecc_housekeeping;
REVOKE UPDATE (suppression, announced_at, escalation, escalate_at) ON alarm FROM ecc_housekeeping;
REVOKE SELECT (user_id, public_id, organisation_id, active) ON app_user FROM ecc_housekeeping;
REVOKE SELECT ON alarm, finding, machine_state, ownership, organisation, roster, duty_seat FROM ecc_housekeeping;
GRANT SELECT (alarm_id, state) ON alarm TO ecc_housekeeping;
DROP FUNCTION alarm_suppression(integer, text, text);
DROP FUNCTION alarm_by_design(integer, text, text);
DROP TABLE alarm_flood;
DROP TABLE alarm_setting;
DROP TABLE alarm_rule;
DROP TABLE alarm_hold;
DELETE FROM alarm_transition
WHERE kind NOT IN ('raised', 'revised', 'cleared', 'withdrawn', 'acknowledged');
ALTER TABLE alarm_transition DROP CONSTRAINT alarm_transition_kind_check;
ALTER TABLE alarm_transition ADD CONSTRAINT alarm_transition_kind_check
CHECK (kind IN ('raised', 'revised', 'cleared', 'withdrawn', 'acknowledged'));
ALTER TABLE alarm
DROP COLUMN lifecycle, DROP COLUMN asks, DROP COLUMN announced_at, DROP COLUMN suppression, DROP COLUMN explains,
DROP COLUMN inhibited_by,
DROP COLUMN chattering, DROP COLUMN fleeting, DROP COLUMN escalation, DROP COLUMN escalate_at, DROP COLUMN assigned_to,
DROP COLUMN investigating_since, DROP COLUMN investigated_by;
