-- migrate:up
-- What a replayed set finds otherwise than the live one; what both find alike is counted in the replay's summary.
CREATE TABLE rule_replay_finding (
    replay_id integer NOT NULL REFERENCES rule_replay ON DELETE CASCADE,
    machine_id integer NOT NULL REFERENCES machine,
    source_kind text NOT NULL CHECK (source_kind IN ('rule', 'dtc')),
    source_key text NOT NULL,
    change text NOT NULL CHECK (change IN ('new', 'gone', 'moved')),
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    from_at timestamptz,
    held_at timestamptz,
    to_at timestamptz,
    live_from_at timestamptz,
    live_held_at timestamptz,
    live_to_at timestamptz,
    CHECK ((change = 'gone') = (from_at IS NULL)),
    CHECK ((change = 'new') = (live_from_at IS NULL))
);
CREATE INDEX rule_replay_finding_of ON rule_replay_finding (replay_id, source_key);
CREATE INDEX rule_replay_finding_machine ON rule_replay_finding (machine_id);

ALTER TABLE rule_replay_finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON rule_replay_finding TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
GRANT SELECT ON rule_replay_finding TO ecc_diagnose;

-- migrate:down
DROP TABLE rule_replay_finding;
