-- migrate:up
-- What the seller's side held back ends with the sale, and the buyer does not read who held what back and why.
GRANT SELECT (machine_id, at, recorded_at) ON machine_transfer TO ecc_housekeeping;
ALTER POLICY tenant ON alarm_hold USING (
    (SELECT tenant_sees_all())
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = alarm_hold.machine_id AND x.from_at <= now() AND now() < x.to_at AND x.from_at <= alarm_hold.since
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
    OR EXISTS (
        SELECT FROM sharing x
        WHERE x.machine_id = alarm_hold.machine_id AND x.from_at <= now() AND now() < x.to_at
          AND x.data_class IN ('all', 'alarms')
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
);

-- migrate:down
ALTER POLICY tenant ON alarm_hold USING (
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
REVOKE SELECT (machine_id, at, recorded_at) ON machine_transfer FROM ecc_housekeeping;
