-- migrate:up
-- A set that gives the same findings another severity differs too.
ALTER TABLE rule_replay_finding
ADD COLUMN live_severity text CHECK (live_severity IN ('critical', 'high', 'medium', 'low', 'info'));
COMMENT ON COLUMN rule_replay_finding.live_severity IS
'of the live set''s finding; null: it has none, or the replay is older than this column';
-- squawk-ignore ban-drop-constraint
ALTER TABLE rule_replay_finding DROP CONSTRAINT rule_replay_finding_change_check;
ALTER TABLE rule_replay_finding ADD CONSTRAINT rule_replay_finding_change_check
CHECK (change IN ('new', 'gone', 'moved', 'regraded')) NOT VALID;

-- migrate:down
DELETE FROM rule_replay_finding WHERE change = 'regraded';
ALTER TABLE rule_replay_finding DROP COLUMN live_severity;
ALTER TABLE rule_replay_finding DROP CONSTRAINT rule_replay_finding_change_check;
ALTER TABLE rule_replay_finding ADD CONSTRAINT rule_replay_finding_change_check
CHECK (change IN ('new', 'gone', 'moved')) NOT VALID;
