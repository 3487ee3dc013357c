-- migrate:up
ALTER TABLE finding ADD COLUMN code_case jsonb;
COMMENT ON COLUMN finding.code_case IS
'fault codes with one cause: cascade, and codes as [source address, SPN, FMI, from us, to us or null, apart]';

-- Sensors that were not trusted, and since when; what has no row without an end is trusted.
CREATE TABLE signal_trust (
    machine_id integer NOT NULL REFERENCES machine,
    signal_id smallint NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz,
    score real NOT NULL CHECK (score BETWEEN 0 AND 1),
    checks text [] NOT NULL,
    PRIMARY KEY (machine_id, signal_id, from_at),
    CHECK (from_at <= to_at)
);
COMMENT ON COLUMN signal_trust.checks IS 'keys of diagnosis/knowledge/sensor_checks.toml, or SIGNAL:dropout, SIGNAL:errors';
CREATE UNIQUE INDEX signal_trust_open ON signal_trust (machine_id, signal_id) WHERE to_at IS NULL;

ALTER TABLE signal_trust ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON signal_trust TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
-- It is seen as the readings are that it is about.
CREATE POLICY tenant ON signal_trust FOR SELECT TO ecc_api USING (
    (SELECT tenant_sees_all())
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = signal_trust.machine_id
        AND x.organisation_id = ANY((SELECT tenant_organisation_ids())::integer [])
        AND x.from_at <= signal_trust.from_at AND signal_trust.from_at < x.to_at
    )
    OR EXISTS (
        SELECT FROM sharing x
        WHERE x.machine_id = signal_trust.machine_id AND x.data_class IN ('all', 'readings')
        AND x.organisation_id = ANY((SELECT tenant_organisation_ids())::integer [])
        AND x.from_at <= signal_trust.from_at AND signal_trust.from_at < x.to_at
    )
);
GRANT SELECT ON signal_trust TO ecc_api, ecc_gateway;
GRANT SELECT, INSERT, UPDATE ON signal_trust TO ecc_diagnose;
GRANT SELECT ON site TO ecc_diagnose;

-- squawk-ignore ban-drop-constraint
ALTER TABLE finding DROP CONSTRAINT finding_source_kind_check;
ALTER TABLE finding ADD CONSTRAINT finding_source_kind_check
CHECK (source_kind IN ('rule', 'model', 'dtc', 'platform', 'sensor')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE alarm DROP CONSTRAINT alarm_source_kind_check;
ALTER TABLE alarm ADD CONSTRAINT alarm_source_kind_check
CHECK (source_kind IN ('rule', 'model', 'dtc', 'platform', 'sensor')) NOT VALID;

-- migrate:down
UPDATE alarm SET source_kind = 'platform' WHERE source_kind = 'sensor';
UPDATE finding SET source_kind = 'platform' WHERE source_kind = 'sensor';
ALTER TABLE alarm DROP CONSTRAINT alarm_source_kind_check;
ALTER TABLE alarm ADD CONSTRAINT alarm_source_kind_check
CHECK (source_kind IN ('rule', 'model', 'dtc', 'platform')) NOT VALID;
ALTER TABLE finding DROP CONSTRAINT finding_source_kind_check;
ALTER TABLE finding ADD CONSTRAINT finding_source_kind_check
CHECK (source_kind IN ('rule', 'model', 'dtc', 'platform')) NOT VALID;
REVOKE SELECT ON site FROM ecc_diagnose;
DROP TABLE signal_trust;
ALTER TABLE finding DROP COLUMN code_case;
