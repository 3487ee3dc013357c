-- migrate:up
-- True for whoever may change a terminal, install it and see its SIM: while it is on a machine, the owner of that machine;
-- in stock, its keeper. Row-level security hides installations on machines of others, so it is asked here.
CREATE FUNCTION tenant_keeps_terminal(wanted integer, instant timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tenant_sees_all() OR coalesce(
        (
            SELECT bool_and(tenant_owns(i.machine_id, instant)) FROM installation i
            WHERE i.terminal_id = wanted AND i.to_at > instant
        ),
        (SELECT t.organisation_id = ANY (tenant_organisation_ids()) FROM terminal t WHERE t.terminal_id = wanted),
        FALSE
    )
$$;

-- Whoever registers a terminal gets what it sends. A name under which somebody's terminal is sending already is for the
-- platform and for dealers to give: a customer could take what is another's.
CREATE FUNCTION tenant_may_name_terminal(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tenant_sees_all()
        OR EXISTS (SELECT FROM organisation o WHERE o.organisation_id = tenant() AND o.kind <> 'customer')
        OR NOT (
            EXISTS (  -- each by its own index
                SELECT FROM quarantine q
                WHERE q.terminal = wanted AND q.seq >= 0 AND q.reason = 'unknown_terminal' AND q.replayed_at IS NULL
            )
            OR EXISTS (
                SELECT FROM quarantine q
                WHERE q.terminal = wanted AND q.seq < 0 AND q.reason = 'unknown_terminal' AND q.replayed_at IS NULL
            )
        )
$$;
REVOKE EXECUTE ON FUNCTION tenant_keeps_terminal(integer, timestamptz), tenant_may_name_terminal(text) FROM public;
GRANT EXECUTE ON FUNCTION tenant_keeps_terminal(integer, timestamptz), tenant_may_name_terminal(text) TO ecc_api;

ALTER POLICY tenant_write ON terminal USING ((SELECT tenant_sees_all()) OR tenant_keeps_terminal(terminal_id, now()));
ALTER POLICY tenant ON sim USING ((SELECT tenant_sees_all()) OR tenant_keeps_terminal(terminal_id, now()));

-- migrate:down
ALTER POLICY tenant ON sim USING (
    EXISTS (
        SELECT FROM terminal t
        WHERE t.terminal_id = sim.terminal_id AND (
            (SELECT tenant_sees_all())
            OR t.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
            OR EXISTS (
                SELECT FROM installation i
                WHERE i.terminal_id = t.terminal_id AND i.to_at > now() AND tenant_owns(i.machine_id, now())
            )
        )
    )
);
ALTER POLICY tenant_write ON terminal USING (
    (SELECT tenant_sees_all())
    OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    OR EXISTS (
        SELECT FROM installation i
        WHERE i.terminal_id = terminal.terminal_id AND i.to_at > now() AND tenant_owns(i.machine_id, now())
    )
);
DROP FUNCTION tenant_may_name_terminal(text);
DROP FUNCTION tenant_keeps_terminal(integer, timestamptz);
