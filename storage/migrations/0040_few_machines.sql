-- migrate:up
-- The machines of which the tenant sees anything at an instant, with what a page of them is sorted by, when they are at most
-- so many; otherwise one row without a machine. Row-level security would be asked about each of them, in each table. `by` is
-- 'name', 'pin', 'kind', 'measured_at' or 'severity'. Only organisations that are the tenant's count.
CREATE FUNCTION tenant_few_machines(organisations integer [], instant timestamptz, at_most integer, by text)
RETURNS TABLE (
    machine_id integer, seen_from timestamptz, readings_from timestamptz, position_from timestamptz,
    hours_from timestamptz, alarms_from timestamptz,
    name text, pin text, kind text, measured_minute timestamptz, severity_weight integer
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off ROWS 500 AS $$
#variable_conflict use_column
DECLARE
    mine CONSTANT integer [] := ARRAY(SELECT unnest(organisations) INTERSECT SELECT unnest(tenant_organisation_ids()));
BEGIN
    IF (
        SELECT count(*) FROM (
            SELECT FROM ownership o
            WHERE o.organisation_id = ANY (mine) AND o.from_at <= instant AND instant < o.to_at
            UNION ALL
            SELECT FROM sharing s
            WHERE s.organisation_id = ANY (mine) AND s.from_at <= instant AND instant < s.to_at
            LIMIT at_most + 1
        ) few
    ) > at_most THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT v.machine_id, v.seen_from, v.readings_from, v.position_from, v.hours_from, v.alarms_from,
        m.name, m.pin, CASE WHEN by = 'kind' THEN coalesce(
            (SELECT k.kind FROM machine_model k WHERE k.model_id = m.model_id), 'other') END,
        CASE WHEN by = 'measured_at' THEN (
            SELECT s.measured_minute FROM machine_state s
            WHERE s.machine_id = v.machine_id AND coalesce(s.measured_at, s.received_at) >= v.seen_from) END,
        CASE WHEN by = 'severity' THEN (
            SELECT max(l.severity_weight)::integer FROM alarm l
            WHERE l.machine_id = v.machine_id AND l.state = 'active' AND l.raised_at >= v.alarms_from) END
    FROM (
        SELECT p.machine_id, min(p.from_at) AS seen_from,
            min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'readings')) AS readings_from,
            min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'position')) AS position_from,
            min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'readings', 'hours')) AS hours_from,
            min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'alarms')) AS alarms_from
        FROM (
            SELECT o.machine_id, greatest(o.from_at, '1900-01-01Z') AS from_at, 'all' AS data_class
            FROM ownership o
            WHERE o.organisation_id = ANY (mine) AND o.from_at <= instant AND instant < o.to_at
            UNION ALL
            SELECT s.machine_id, greatest(s.from_at, '1900-01-01Z'), s.data_class
            FROM sharing s
            WHERE s.organisation_id = ANY (mine) AND s.from_at <= instant AND instant < s.to_at
        ) p GROUP BY p.machine_id
    ) v JOIN machine m ON m.machine_id = v.machine_id;
END
$$;
REVOKE EXECUTE ON FUNCTION tenant_few_machines(integer [], timestamptz, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_few_machines(integer [], timestamptz, integer, text) TO ecc_api;

-- migrate:down
DROP FUNCTION tenant_few_machines(integer [], timestamptz, integer, text);
