-- migrate:up
-- Row-level security asks for the tenant's organisations up to fifteen times a statement. They are kept for the rest of the
-- transaction, with the tenant that they are of; whoever could write them there could name another tenant as well.
CREATE OR REPLACE FUNCTION tenant_organisation_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    mine CONSTANT text := tenant()::text || ':';
    kept CONSTANT text := current_setting('ecc.organisation_ids', TRUE);
    found integer [];
BEGIN
    IF starts_with(kept, mine) THEN
        RETURN substr(kept, length(mine) + 1);
    END IF;
    WITH RECURSIVE below AS (
        SELECT organisation_id FROM organisation WHERE organisation_id = tenant()
        UNION
        SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
    )
    SELECT coalesce(array_agg(organisation_id), '{}') INTO found FROM below;
    IF mine IS NOT NULL THEN
        PERFORM set_config('ecc.organisation_ids', mine || found::text, TRUE);
    END IF;
    RETURN found;
END
$$;
CREATE FUNCTION forget_organisation_ids() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('ecc.organisation_ids', '', TRUE);
    RETURN NULL;
END
$$;
CREATE TRIGGER organisation_moved AFTER INSERT OR DELETE OR UPDATE OF parent_id ON organisation
FOR EACH STATEMENT EXECUTE FUNCTION forget_organisation_ids();

-- When a machine had a terminal whose places are not WGS 84, of the machines `wanted` (NULL: of all), as far as that lies in
-- a period that has begun in which the tenant sees anything of the machine. Row-level security would be asked about every
-- installation and terminal. Where no terminal was ever shifted, terminal_not_wgs84 has no page but its first, and that is all
-- that is looked at; with the first shifted terminal it gets its second page and keeps it.
CREATE FUNCTION tenant_shifted(wanted integer [])
RETURNS TABLE (
    machine_id integer, public_id uuid, from_at timestamptz, to_at timestamptz, coordinate_system text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 10 AS $$
#variable_conflict use_column
DECLARE
    everything boolean;
    mine integer [];
BEGIN
    IF pg_relation_size('terminal_not_wgs84') <= current_setting('block_size')::bigint THEN
        RETURN;
    END IF;
    everything := tenant_sees_all();
    mine := tenant_organisation_ids();
    IF wanted IS NULL THEN
        RETURN QUERY
        SELECT i.machine_id, m.public_id, i.from_at, i.to_at, t.coordinate_system
        FROM terminal t JOIN installation i USING (terminal_id) JOIN machine m USING (machine_id)
        WHERE t.coordinate_system <> 'wgs84' AND (everything OR EXISTS (
            SELECT FROM ownership x WHERE x.machine_id = i.machine_id AND x.organisation_id = ANY (mine)
                AND x.from_at <= now() AND x.from_at < i.to_at AND i.from_at < x.to_at
        ) OR EXISTS (
            SELECT FROM sharing x WHERE x.machine_id = i.machine_id AND x.organisation_id = ANY (mine)
                AND x.from_at <= now() AND x.from_at < i.to_at AND i.from_at < x.to_at
        ));
    ELSE
        RETURN QUERY
        SELECT i.machine_id, m.public_id, i.from_at, i.to_at, t.coordinate_system
        FROM installation i JOIN terminal t USING (terminal_id) JOIN machine m USING (machine_id)
        WHERE i.machine_id = ANY (wanted) AND t.coordinate_system <> 'wgs84'
            AND (everything OR EXISTS (
            SELECT FROM ownership x WHERE x.machine_id = i.machine_id AND x.organisation_id = ANY (mine)
                AND x.from_at <= now() AND x.from_at < i.to_at AND i.from_at < x.to_at
        ) OR EXISTS (
            SELECT FROM sharing x WHERE x.machine_id = i.machine_id AND x.organisation_id = ANY (mine)
                AND x.from_at <= now() AND x.from_at < i.to_at AND i.from_at < x.to_at
        ));
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_organisation_ids, tenant_shifted FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_shifted TO ecc_api;

-- As before, but it asks about the one machine instead of listing the periods of all.
CREATE OR REPLACE FUNCTION tenant_refusals(wanted integer, from_at timestamptz, to_at timestamptz)
RETURNS TABLE (minute_at timestamptz, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT date_bin('1 minute', q.received_at, 'epoch'), q.reason
    FROM installation i
    JOIN terminal t USING (terminal_id)
    JOIN quarantine q ON q.terminal = t.name AND q.received_at >= i.from_at AND q.received_at < i.to_at
    WHERE i.machine_id = wanted AND q.received_at >= tenant_refusals.from_at AND q.received_at < tenant_refusals.to_at
      AND q.replayed_at IS NULL AND (
        tenant_sees_all()
        OR EXISTS (
            SELECT FROM ownership x WHERE x.machine_id = wanted AND x.organisation_id = ANY (tenant_organisation_ids())
                AND x.from_at <= q.received_at AND q.received_at < x.to_at
        )
        OR EXISTS (
            SELECT FROM sharing x WHERE x.machine_id = wanted AND x.organisation_id = ANY (tenant_organisation_ids())
                AND x.from_at <= q.received_at AND q.received_at < x.to_at
        )
    )
    ORDER BY 1, 2 LIMIT 100000
$$;

-- Of the machines that the tenant ever saw anything of, those whose words hold `part`, in the order of a page by name or PIN
-- behind a place: found by their letters and sorted, however they lie in that order.
CREATE FUNCTION tenant_machines_called(
    part text, by_pin boolean, descending boolean, after_value text, after_id integer, at_most integer
) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    direction CONSTANT text := CASE WHEN descending THEN 'DESC' ELSE 'ASC' END;
BEGIN
    RETURN QUERY EXECUTE
    'SELECT called.machine_id FROM ('
    || 'SELECT m.machine_id, m.' || CASE WHEN by_pin THEN 'pin' ELSE 'name' END || ' AS place FROM machine m '
    || 'WHERE letter_pairs(m.words) @> letter_pairs($1) AND strpos(m.words, $1) > 0'
    || CASE WHEN tenant_sees_all() THEN '' ELSE
        ' AND m.machine_id IN (SELECT machine_id FROM ownership WHERE organisation_id = ANY ($5)'
        ' UNION ALL SELECT machine_id FROM sharing WHERE organisation_id = ANY ($5))' END
    || ' OFFSET 0) called'
    || CASE WHEN after_value IS NULL THEN '' WHEN descending THEN ' WHERE (place, machine_id) < ($2, $3)'
        ELSE ' WHERE (place, machine_id) > ($2, $3)' END
    || ' ORDER BY place ' || direction || ', machine_id ' || direction || ' LIMIT $4'
    USING part, after_value, after_id, at_most, tenant_organisation_ids();
END
$$;
REVOKE EXECUTE ON FUNCTION tenant_machines_called(text, boolean, boolean, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_machines_called(text, boolean, boolean, text, integer, integer) TO ecc_api;

-- migrate:down
DROP FUNCTION tenant_machines_called(text, boolean, boolean, text, integer, integer);
CREATE OR REPLACE FUNCTION tenant_refusals(wanted integer, from_at timestamptz, to_at timestamptz)
RETURNS TABLE (minute_at timestamptz, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT date_bin('1 minute', q.received_at, 'epoch'), q.reason
    FROM installation i
    JOIN terminal t USING (terminal_id)
    JOIN quarantine q ON q.terminal = t.name AND q.received_at >= i.from_at AND q.received_at < i.to_at
    WHERE i.machine_id = wanted AND q.received_at >= tenant_refusals.from_at AND q.received_at < tenant_refusals.to_at
      AND q.replayed_at IS NULL AND wanted IN (SELECT p.machine_id FROM tenant_periods() p WHERE p.machine_id = wanted)
    ORDER BY 1, 2 LIMIT 100000
$$;
DROP FUNCTION tenant_shifted(integer []);
DROP TRIGGER organisation_moved ON organisation;
DROP FUNCTION forget_organisation_ids();
CREATE OR REPLACE FUNCTION tenant_organisation_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (
        WITH RECURSIVE below AS (
            SELECT organisation_id FROM organisation WHERE organisation_id = tenant()
            UNION
            SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
        )
        SELECT coalesce(array_agg(organisation_id), '{}') FROM below
    );
END
$$;
