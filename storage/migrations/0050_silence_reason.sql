-- migrate:up
-- Why a machine is silent (alerts/silence_reason.py).
ALTER TABLE finding ADD COLUMN reason jsonb;
COMMENT ON COLUMN finding.reason IS 'of a silence: key, share, spoke_for; place finds dead zones and is never served';
CREATE INDEX finding_silence ON finding (from_at) WHERE source_kind = 'platform' AND source_key = 'machine_silent';

-- migrate:down
DROP INDEX finding_silence;
ALTER TABLE finding DROP COLUMN reason;
