-- migrate:up
-- Findings whose evidence is to be put together, once more when they change. Those who change findings append only, so
-- that they never wait for `ecc diagnose`.
CREATE TABLE evidence_due (
    due_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    finding_id uuid NOT NULL,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    attempts integer NOT NULL DEFAULT 0
);
COMMENT ON COLUMN evidence_due.not_before IS 'later than now: it failed and is tried again then';

-- What a finding stands on, made by `ecc diagnose`.
CREATE TABLE finding_evidence (
    finding_id uuid PRIMARY KEY REFERENCES finding,
    machine_id integer NOT NULL REFERENCES machine,
    source_kind text NOT NULL,
    source_key text NOT NULL,
    held_at timestamptz NOT NULL,
    revision integer NOT NULL,
    made_at timestamptz NOT NULL,
    frame jsonb NOT NULL DEFAULT '{}',
    pack jsonb,
    failure text,
    CHECK (pack IS NOT NULL OR failure IS NOT NULL)
);
COMMENT ON COLUMN finding_evidence.frame IS 'the held values at held_at by signal: by them past cases are compared';
COMMENT ON COLUMN finding_evidence.failure IS 'why it could not be made the last time; what was made before stays';
CREATE INDEX finding_evidence_alike ON finding_evidence (source_kind, source_key, held_at);

CREATE INDEX finding_held ON finding (held_at, finding_id);
CREATE INDEX finding_of_machine ON finding (machine_id, held_at, finding_id);
CREATE INDEX finding_of_source ON finding (source_kind, source_key, held_at, finding_id);
CREATE INDEX finding_open ON finding (held_at, finding_id) WHERE to_at IS NULL AND withdrawn_at IS NULL;

CREATE FUNCTION evidence_falls_due() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO evidence_due (finding_id) VALUES (NEW.finding_id);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION evidence_falls_due() FROM public;
CREATE TRIGGER finding_made AFTER INSERT ON finding FOR EACH ROW EXECUTE FUNCTION evidence_falls_due();
CREATE TRIGGER finding_changed AFTER UPDATE ON finding FOR EACH ROW
WHEN (NEW.withdrawn_at IS NULL AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION evidence_falls_due();
INSERT INTO evidence_due (finding_id)
SELECT finding_id FROM finding
WHERE withdrawn_at IS NULL AND (to_at IS NULL OR held_at > now() - INTERVAL '30 days');

ALTER TABLE evidence_due ENABLE ROW LEVEL SECURITY;
ALTER TABLE finding_evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON evidence_due TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY platform ON finding_evidence TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
-- with its finding; what it holds of readings the API clips to the machine's periods
CREATE POLICY tenant ON finding_evidence FOR SELECT TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR EXISTS (SELECT FROM finding f WHERE f.finding_id = finding_evidence.finding_id)
);
GRANT SELECT ON finding_evidence TO ecc_api;
GRANT SELECT, DELETE, UPDATE (not_before, attempts) ON evidence_due TO ecc_diagnose;
GRANT SELECT, INSERT, UPDATE ON finding_evidence TO ecc_diagnose;
-- the quality of the data behind a finding
GRANT SELECT ON platform_health, installation TO ecc_diagnose;
GRANT SELECT (terminal_id, name) ON terminal TO ecc_diagnose;
GRANT SELECT (terminal, reason, received_at) ON quarantine TO ecc_diagnose;

-- migrate:down
REVOKE SELECT (terminal, reason, received_at) ON quarantine FROM ecc_diagnose;
REVOKE SELECT (terminal_id, name) ON terminal FROM ecc_diagnose;
REVOKE SELECT ON platform_health, installation FROM ecc_diagnose;
DROP TRIGGER finding_changed ON finding;
DROP TRIGGER finding_made ON finding;
DROP FUNCTION evidence_falls_due();
DROP INDEX finding_open;
DROP INDEX finding_of_source;
DROP INDEX finding_of_machine;
DROP INDEX finding_held;
DROP TABLE finding_evidence;
DROP TABLE evidence_due;
