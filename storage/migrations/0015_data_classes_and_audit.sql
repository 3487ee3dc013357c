-- migrate:up
-- Shares by class of data. 'position' was a class already; 'readings' is new.
-- squawk-ignore ban-drop-constraint
ALTER TABLE sharing DROP CONSTRAINT sharing_data_class_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE sharing ADD CONSTRAINT sharing_data_class_check
CHECK (data_class IN ('all', 'readings', 'position', 'hours', 'alarms'));

-- Who has any part of a machine in sight sees that it exists and its last state, of which the API leaves out the rest;
-- findings, alarms and fault codes need the class 'alarms'.
DO $$
DECLARE
    guarded text;
    instant text;
    classes text;
    condition text;
BEGIN
    FOR guarded, instant, classes IN
        VALUES ('machine', NULL, NULL), ('machine_attribute', NULL, NULL),
               ('fault_code', NULL, '''all'', ''alarms'''),
               ('machine_state', 'coalesce(machine_state.measured_at, machine_state.received_at)', NULL),
               ('finding', 'finding.held_at', '''all'', ''alarms'''),
               ('alarm', 'alarm.raised_at', '''all'', ''alarms''')
    LOOP
        condition := CASE WHEN instant IS NULL THEN ''
            ELSE format('AND x.from_at <= %1$s AND %1$s < x.to_at', instant) END;
        EXECUTE format('DROP POLICY tenant ON %I', guarded);
        EXECUTE format(
            'CREATE POLICY tenant ON %1$I TO ecc_api USING ((SELECT tenant_sees_all()) '
            'OR EXISTS (SELECT FROM ownership x WHERE x.machine_id = %1$I.machine_id '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) %2$s) '
            'OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = %1$I.machine_id %3$s '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) %2$s))',
            guarded, condition,
            CASE WHEN classes IS NULL THEN '' ELSE format('AND x.data_class IN (%s)', classes) END);
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION tenant_periods()
RETURNS TABLE (machine_id integer, from_at timestamptz, to_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.machine_id, '-infinity'::timestamptz, 'infinity'::timestamptz
    FROM machine m WHERE tenant_sees_all()
    UNION ALL
    SELECT o.machine_id, o.from_at, o.to_at
    FROM ownership o WHERE NOT tenant_sees_all() AND o.organisation_id IN (SELECT tenant_organisations())
    UNION ALL
    SELECT s.machine_id, s.from_at, s.to_at
    FROM sharing s WHERE NOT tenant_sees_all() AND s.organisation_id IN (SELECT tenant_organisations())
$$;

-- Of the event log, entries about alarms need the class 'alarms', all others any.
CREATE FUNCTION tenant_sees_entry(wanted integer, kind text, instant timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM ownership o
        WHERE o.machine_id = wanted AND o.from_at <= instant AND instant < o.to_at
          AND o.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
        UNION ALL
        SELECT FROM sharing s
        WHERE s.machine_id = wanted AND s.from_at <= instant AND instant < s.to_at
          AND (s.data_class IN ('all', 'alarms') OR kind NOT LIKE 'alarm.%')
          AND s.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
$$;
DROP POLICY tenant ON event_log;
CREATE POLICY tenant ON event_log TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR tenant_sees_entry(machine_id, kind, at)
    OR (machine_id IS NULL AND organisation_id = ANY ((SELECT tenant_organisation_ids())::integer []))
);
-- squawk-ignore ban-drop-function
DROP FUNCTION tenant_sees(integer, timestamptz);

-- One row per change and per request that reads positions; append only. entity_id: the public id of what it is about.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL,
    organisation_id integer,
    machine_id integer,
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'client', 'system')),
    actor_id uuid,
    actor_name text NOT NULL,
    actor_organisation_id integer,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id uuid,
    before jsonb,
    after jsonb,
    detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN audit.organisation_id IS 'whose data it is about; no foreign key: the row outlives it';
CREATE INDEX audit_entity ON audit (entity, entity_id, audit_id);
CREATE INDEX audit_organisation ON audit (organisation_id, audit_id);
CREATE INDEX audit_actor_organisation ON audit (actor_organisation_id, audit_id);
CREATE INDEX audit_xact ON audit (xact, audit_id);

-- The chain: seal_no runs without gaps; hash = SHA-256 over the hash before and the row's text (storage/audit_chain.py).
CREATE TABLE audit_seal (
    seal_no bigint PRIMARY KEY,
    audit_id bigint NOT NULL UNIQUE,
    xact xid8 NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL
);

-- The seal at which the rows ended that retention has deleted; the chain goes on from its hash.
CREATE TABLE audit_horizon (
    only_one boolean PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    seal_no bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit_horizon (seal_no, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON audit TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY tenant ON audit FOR SELECT TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    OR actor_organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = audit.machine_id AND x.from_at <= audit.at AND audit.at < x.to_at
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
);
-- An actor writes rows of its own organisation only; before signing in (a refused sign-in) there is none.
CREATE POLICY tenant_append ON audit FOR INSERT TO ecc_api
WITH CHECK (
    actor_organisation_id IS NULL OR actor_organisation_id = (SELECT tenant()) OR (SELECT tenant_sees_all())
);
GRANT SELECT, INSERT ON audit TO ecc_api;
GRANT SELECT (audit_id) ON audit_seal TO ecc_api;
GRANT SELECT, DELETE ON audit TO ecc_housekeeping;
GRANT SELECT, INSERT, DELETE ON audit_seal TO ecc_housekeeping;
GRANT SELECT, UPDATE ON audit_horizon TO ecc_housekeeping;
GRANT USAGE ON SEQUENCE audit_audit_id_seq TO ecc_api;

-- migrate:down
DROP TABLE audit_horizon;
DROP TABLE audit_seal;
DROP TABLE audit;
CREATE FUNCTION tenant_sees(wanted integer, instant timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM ownership o
        WHERE o.machine_id = wanted AND o.from_at <= instant AND instant < o.to_at
          AND o.organisation_id IN (SELECT tenant_organisations())
        UNION ALL
        SELECT FROM sharing s
        WHERE s.machine_id = wanted AND s.from_at <= instant AND instant < s.to_at AND s.data_class = 'all'
          AND s.organisation_id IN (SELECT tenant_organisations())
    )
$$;
DROP POLICY tenant ON event_log;
CREATE POLICY tenant ON event_log TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR tenant_sees(machine_id, at)
    OR (machine_id IS NULL AND organisation_id IN (SELECT tenant_organisations()))
);
DROP FUNCTION tenant_sees_entry(integer, text, timestamptz);
DO $$
DECLARE
    guarded text;
    instant text;
    condition text;
BEGIN
    FOR guarded, instant IN
        VALUES ('machine', NULL), ('machine_attribute', NULL), ('fault_code', NULL),
               ('machine_state', 'coalesce(machine_state.measured_at, machine_state.received_at)'),
               ('finding', 'finding.held_at'), ('alarm', 'alarm.raised_at')
    LOOP
        condition := CASE WHEN instant IS NULL THEN ''
            ELSE format('AND x.from_at <= %1$s AND %1$s < x.to_at', instant) END;
        EXECUTE format('DROP POLICY tenant ON %I', guarded);
        EXECUTE format(
            'CREATE POLICY tenant ON %1$I TO ecc_api USING ((SELECT tenant_sees_all()) '
            'OR EXISTS (SELECT FROM ownership x WHERE x.machine_id = %1$I.machine_id '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) %2$s) '
            'OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = %1$I.machine_id AND x.data_class = ''all'' '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) %2$s))',
            guarded, condition);
    END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION tenant_periods()
RETURNS TABLE (machine_id integer, from_at timestamptz, to_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.machine_id, '-infinity'::timestamptz, 'infinity'::timestamptz
    FROM machine m WHERE tenant_sees_all()
    UNION ALL
    SELECT o.machine_id, o.from_at, o.to_at
    FROM ownership o WHERE NOT tenant_sees_all() AND o.organisation_id IN (SELECT tenant_organisations())
    UNION ALL
    SELECT s.machine_id, s.from_at, s.to_at
    FROM sharing s
    WHERE NOT tenant_sees_all() AND s.data_class = 'all' AND s.organisation_id IN (SELECT tenant_organisations())
$$;
DELETE FROM sharing WHERE data_class = 'readings';
ALTER TABLE sharing DROP CONSTRAINT sharing_data_class_check;
ALTER TABLE sharing ADD CONSTRAINT sharing_data_class_check
CHECK (data_class IN ('all', 'position', 'hours', 'alarms'));
