-- migrate:up
-- True when `login` is an e-mail address of a domain for which company logins vouch, none of them of the organisation
-- `wanted` or one above it: nobody takes there what another's newcomers will come with.
CREATE FUNCTION login_of_another(login text, wanted integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE above AS (
        SELECT organisation_id, parent_id FROM organisation WHERE organisation_id = wanted
        UNION
        SELECT o.organisation_id, o.parent_id FROM organisation o JOIN above a ON o.organisation_id = a.parent_id
    ), vouching AS (
        SELECT c.organisation_id FROM company_login c
        WHERE strpos(login, '@') > 0 AND c.domains @> ARRAY[lower(substring(login FROM '[^@]*$'))]
    )
    SELECT EXISTS (SELECT FROM vouching)
        AND NOT EXISTS (SELECT FROM vouching JOIN above USING (organisation_id))
$$;

-- Of which organisation the actor of an audit row is that the tenant sees: its people are told who read their machines,
-- whether or not they see that organisation.
CREATE FUNCTION tenant_audit_actor(wanted bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.name FROM audit a JOIN organisation o ON o.organisation_id = a.actor_organisation_id
    WHERE a.audit_id = wanted AND (
        tenant_sees_all()
        OR a.organisation_id = ANY (tenant_organisation_ids())
        OR a.actor_organisation_id = ANY (tenant_organisation_ids())
        OR EXISTS (
            SELECT FROM ownership x
            WHERE x.machine_id = a.machine_id AND x.from_at <= a.at AND a.at < x.to_at
                AND x.organisation_id = ANY (tenant_organisation_ids())
        )
    )
$$;
REVOKE EXECUTE ON FUNCTION login_of_another, tenant_audit_actor FROM PUBLIC;
GRANT EXECUTE ON FUNCTION login_of_another, tenant_audit_actor TO ecc_api;

-- Others' organisations are named by reads of places only: the owners of the machines are told of them.
ALTER POLICY tenant_append ON audit WITH CHECK (
    (SELECT tenant_sees_all())
    OR (actor_organisation_id IS NULL AND (SELECT tenant()) IS NULL)
    OR (
        actor_organisation_id = (SELECT tenant())
        AND (owner_ids IS NULL OR (action = 'read_positions' AND before IS NULL AND after IS NULL))
    )
);

-- migrate:down
ALTER POLICY tenant_append ON audit WITH CHECK (
    (SELECT tenant_sees_all())
    OR actor_organisation_id = (SELECT tenant())
    OR (actor_organisation_id IS NULL AND (SELECT tenant()) IS NULL)
);
DROP FUNCTION tenant_audit_actor;
DROP FUNCTION login_of_another;
