-- migrate:up
-- A sale that takes effect later: the machine leaves the seller's site when it does. Transfers of the last month are looked
-- at, so that nobody who puts a machine back on a site meanwhile meets an old sale.
CREATE FUNCTION leave_sold_sites(at_time timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH left_behind AS (
        UPDATE machine m SET site_id = NULL, version = m.version + 1
        FROM machine_transfer t, site s
        WHERE t.machine_id = m.machine_id AND t.at <= at_time AND t.at > at_time - interval '31 days'
            AND t.at > t.recorded_at AND s.site_id = m.site_id AND s.organisation_id = t.from_organisation_id
            AND NOT EXISTS (
                SELECT FROM ownership o WHERE o.machine_id = m.machine_id AND o.organisation_id = s.organisation_id
                    AND o.from_at <= at_time AND o.to_at > at_time)
        RETURNING m.machine_id
    )
    SELECT count(*) FROM left_behind
$$;
REVOKE EXECUTE ON FUNCTION leave_sold_sites(timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION leave_sold_sites(timestamptz) TO ecc_housekeeping;

-- migrate:down
DROP FUNCTION leave_sold_sites(timestamptz);
