-- migrate:up
-- A machine of which only the status is known has no measured_at; who may see its state is decided by received_at then.
-- squawk-ignore ban-drop-not-null
ALTER TABLE machine_state ALTER COLUMN measured_at DROP NOT NULL;
UPDATE machine_state SET measured_at = NULL WHERE signal_ids = '{}';

DROP POLICY tenant ON machine_state;
CREATE POLICY tenant ON machine_state TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = machine_state.machine_id
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
          AND x.from_at <= coalesce(machine_state.measured_at, machine_state.received_at)
          AND coalesce(machine_state.measured_at, machine_state.received_at) < x.to_at
    )
    OR EXISTS (
        SELECT FROM sharing x
        WHERE x.machine_id = machine_state.machine_id AND x.data_class = 'all'
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
          AND x.from_at <= coalesce(machine_state.measured_at, machine_state.received_at)
          AND coalesce(machine_state.measured_at, machine_state.received_at) < x.to_at
    )
);

-- migrate:down
DROP POLICY tenant ON machine_state;
CREATE POLICY tenant ON machine_state TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = machine_state.machine_id
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
          AND x.from_at <= machine_state.measured_at AND machine_state.measured_at < x.to_at
    )
    OR EXISTS (
        SELECT FROM sharing x
        WHERE x.machine_id = machine_state.machine_id AND x.data_class = 'all'
          AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
          AND x.from_at <= machine_state.measured_at AND machine_state.measured_at < x.to_at
    )
);
UPDATE machine_state SET measured_at = received_at WHERE measured_at IS NULL;
ALTER TABLE machine_state ALTER COLUMN measured_at SET NOT NULL;
