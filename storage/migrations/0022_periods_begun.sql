-- migrate:up
-- A sale or a share of a future day shows its receiver nothing before that day, not even that the machine exists.
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['machine', 'machine_attribute'] LOOP
        EXECUTE format(
            'ALTER POLICY tenant ON %1$I USING ((SELECT tenant_sees_all()) '
            'OR EXISTS (SELECT FROM ownership x WHERE x.machine_id = %1$I.machine_id AND x.from_at <= now() '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) OFFSET 0) '
            'OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = %1$I.machine_id AND x.from_at <= now() '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) OFFSET 0))', guarded);
    END LOOP;
END
$$;

-- migrate:down
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['machine', 'machine_attribute'] LOOP
        EXECUTE format(
            'ALTER POLICY tenant ON %1$I USING ((SELECT tenant_sees_all()) '
            'OR EXISTS (SELECT FROM ownership x WHERE x.machine_id = %1$I.machine_id '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) OFFSET 0) '
            'OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = %1$I.machine_id '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) OFFSET 0))', guarded);
    END LOOP;
END
$$;
