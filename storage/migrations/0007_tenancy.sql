-- migrate:up
-- Who sees what. A session of ecc_api names its organisation in ecc.organisation_id; without it, it sees no tenant's rows.
CREATE FUNCTION tenant() RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('ecc.organisation_id', TRUE), '')::integer
$$;

CREATE FUNCTION tenant_sees_all() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM organisation WHERE organisation_id = tenant() AND kind = 'ecc')
$$;

-- The tenant's organisation and everything below it.
CREATE FUNCTION tenant_organisations() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT organisation_id FROM organisation WHERE organisation_id = tenant()
        UNION
        SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
    )
    SELECT organisation_id FROM below
$$;

-- The one place that says for which machine and time the tenant may see readings, findings and alarms.
CREATE FUNCTION tenant_periods() RETURNS TABLE (machine_id integer, from_at timestamptz, to_at timestamptz)
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

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE site ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine ENABLE ROW LEVEL SECURITY;
ALTER TABLE ownership ENABLE ROW LEVEL SECURITY;
ALTER TABLE sharing ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_attribute ENABLE ROW LEVEL SECURITY;
ALTER TABLE fault_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE finding ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm ENABLE ROW LEVEL SECURITY;
ALTER TABLE alarm_transition ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_log ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['organisation', 'site', 'machine', 'ownership', 'sharing', 'machine_state',
                                   'machine_attribute', 'fault_code', 'finding', 'alarm', 'alarm_transition',
                                   'event_log'] LOOP
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['organisation', 'site', 'ownership', 'sharing'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I TO ecc_api USING ((SELECT tenant_sees_all()) '
                       'OR organisation_id IN (SELECT tenant_organisations()))', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['machine', 'machine_attribute', 'fault_code'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I TO ecc_api USING ((SELECT tenant_sees_all()) '
                       'OR machine_id IN (SELECT p.machine_id FROM tenant_periods() p))', guarded);
    END LOOP;
END
$$;

CREATE POLICY tenant ON machine_state TO ecc_api
USING ((SELECT tenant_sees_all()) OR tenant_sees(machine_id, measured_at));
CREATE POLICY tenant ON finding TO ecc_api
USING ((SELECT tenant_sees_all()) OR tenant_sees(machine_id, held_at));
CREATE POLICY tenant ON alarm TO ecc_api
USING ((SELECT tenant_sees_all()) OR tenant_sees(machine_id, raised_at));
CREATE POLICY tenant ON alarm_transition TO ecc_api
USING ((SELECT tenant_sees_all()) OR alarm_id IN (SELECT a.alarm_id FROM alarm a));
CREATE POLICY tenant ON event_log TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR tenant_sees(machine_id, at)
    OR (machine_id IS NULL AND organisation_id IN (SELECT tenant_organisations()))
);
CREATE POLICY tenant_append ON event_log FOR INSERT TO ecc_api WITH CHECK (TRUE);
CREATE POLICY tenant_append ON alarm_transition FOR INSERT TO ecc_api WITH CHECK (TRUE);

-- migrate:down
DO $$
DECLARE
    guarded text;
    rule text;
BEGIN
    FOR guarded, rule IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP POLICY %I ON %I', rule, guarded);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', guarded);
    END LOOP;
END
$$;
DROP FUNCTION tenant_sees;
DROP FUNCTION tenant_periods;
DROP FUNCTION tenant_organisations;
DROP FUNCTION tenant_sees_all;
DROP FUNCTION tenant;
