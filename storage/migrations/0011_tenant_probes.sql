-- migrate:up
-- Row-level security asked a function about every row, some 60 us each; an index probe into ownership takes 5.
-- The rule itself is unchanged: the tenant's subtree owns the machine, or has 'all' of it shared, at the row's instant.
CREATE FUNCTION tenant_organisation_ids() RETURNS integer []
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(o), '{}') FROM tenant_organisations() o
$$;

CREATE INDEX ownership_machine ON ownership (machine_id);
CREATE INDEX sharing_machine ON sharing (machine_id);

DO $$
DECLARE
    guarded text;
    instant text;
    condition text;
BEGIN
    FOR guarded, instant IN
        VALUES ('machine', NULL), ('machine_attribute', NULL), ('fault_code', NULL),
               ('machine_state', 'measured_at'), ('finding', 'held_at'), ('alarm', 'raised_at')
    LOOP
        condition := CASE WHEN instant IS NULL THEN ''
            ELSE format('AND x.from_at <= %1$I.%2$I AND %1$I.%2$I < x.to_at', guarded, instant) END;
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

DROP POLICY tenant ON alarm_transition;
CREATE POLICY tenant ON alarm_transition TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR EXISTS (SELECT FROM alarm a WHERE a.alarm_id = alarm_transition.alarm_id)
);

-- migrate:down
DROP POLICY tenant ON alarm_transition;
CREATE POLICY tenant ON alarm_transition TO ecc_api
USING ((SELECT tenant_sees_all()) OR alarm_id IN (SELECT a.alarm_id FROM alarm a));
DO $$
DECLARE
    guarded text;
    instant text;
BEGIN
    FOR guarded, instant IN
        VALUES ('machine', NULL), ('machine_attribute', NULL), ('fault_code', NULL),
               ('machine_state', 'measured_at'), ('finding', 'held_at'), ('alarm', 'raised_at')
    LOOP
        EXECUTE format('DROP POLICY tenant ON %I', guarded);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO ecc_api USING ((SELECT tenant_sees_all()) OR %s)', guarded,
            CASE WHEN instant IS NULL THEN 'machine_id IN (SELECT p.machine_id FROM tenant_periods() p)'
            ELSE format('tenant_sees(machine_id, %I)', instant) END);
    END LOOP;
END
$$;
DROP INDEX sharing_machine;
DROP INDEX ownership_machine;
DROP FUNCTION tenant_organisation_ids();
