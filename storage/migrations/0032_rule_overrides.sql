-- migrate:up
-- A machine's own limits of a rule, or the rule switched off for it, until an instant. What was there before is in the audit.
CREATE TABLE rule_override (
    machine_id integer NOT NULL REFERENCES machine,
    rule text NOT NULL,
    limits jsonb NOT NULL DEFAULT '{}',
    is_off boolean NOT NULL DEFAULT FALSE,
    reason text NOT NULL,
    until timestamptz NOT NULL CHECK (isfinite(until)),
    entered_at timestamptz NOT NULL,
    entered_by text NOT NULL,
    PRIMARY KEY (machine_id, rule),
    CHECK (is_off = (limits = '{}'))
);
COMMENT ON COLUMN rule_override.limits IS 'name -> value as it was given, such as "80 kPa"';
COMMENT ON COLUMN rule_override.until IS 'on the machine''s clock: from then on the rule''s own value counts';

ALTER TABLE rule_override ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON rule_override TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
-- with the machine; written by its owner of now
CREATE POLICY tenant ON rule_override FOR SELECT TO ecc_api
USING (EXISTS (SELECT FROM machine m WHERE m.machine_id = rule_override.machine_id));
CREATE POLICY tenant_write ON rule_override TO ecc_api USING (tenant_owns(machine_id, now()));
GRANT SELECT ON rule_override TO ecc_gateway, ecc_diagnose;
GRANT SELECT, INSERT, UPDATE, DELETE ON rule_override TO ecc_api;

-- What rules ask of machines beside their readings.
GRANT SELECT ON geofence, machine_software TO ecc_gateway, ecc_diagnose;
GRANT SELECT ON machine_attribute, machine_state, ownership TO ecc_diagnose;

-- migrate:down
REVOKE SELECT ON machine_attribute, machine_state, ownership FROM ecc_diagnose;
REVOKE SELECT ON geofence, machine_software FROM ecc_gateway, ecc_diagnose;
DROP TABLE rule_override;
