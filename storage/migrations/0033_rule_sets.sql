-- migrate:up
-- Rule sets as they were entered, never changed again: those that ship, and a site's edits on one of them.
CREATE TABLE rule_set (
    rule_set_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('base', 'site')),
    base_id integer REFERENCES rule_set,
    version text NOT NULL,
    content_hash text NOT NULL UNIQUE,
    files jsonb NOT NULL,
    note text NOT NULL DEFAULT '',
    entered_at timestamptz NOT NULL,
    entered_by text NOT NULL,
    CHECK ((kind = 'site') = (base_id IS NOT NULL))
);
COMMENT ON COLUMN rule_set.version IS 'names its conditions; findings say it. Sets that differ in words only share one';
COMMENT ON COLUMN rule_set.files IS 'file name -> TOML; of a site''s set its edits on the base';

-- What a set would have found in the stored history. A base set enters a site without readings as no_history.
CREATE TABLE rule_replay (
    replay_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_set_id integer NOT NULL REFERENCES rule_set,
    against_id integer REFERENCES rule_set,
    kind text NOT NULL CHECK (kind IN ('no_history', 'history')),
    from_at timestamptz,
    to_at timestamptz,
    machine_ids integer [],
    state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    done_until timestamptz,
    rows bigint NOT NULL DEFAULT 0,
    summary jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    started_by text NOT NULL,
    UNIQUE (replay_id, rule_set_id),
    CHECK (kind = 'no_history' OR from_at < to_at)
);
COMMENT ON COLUMN rule_replay.machine_ids IS 'NULL: all';
CREATE INDEX rule_replay_of_set ON rule_replay (rule_set_id, replay_id);

-- Append only. The last row of a role says which set has it; a live one has a replay of its own.
CREATE TABLE rule_set_switch (
    switch_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('live', 'shadow')),
    rule_set_id integer REFERENCES rule_set,
    replay_id integer,
    action text NOT NULL CHECK (action IN ('enter', 'promote', 'rollback', 'shadow')),
    at timestamptz NOT NULL,
    by_name text NOT NULL,
    FOREIGN KEY (replay_id, rule_set_id) REFERENCES rule_replay (replay_id, rule_set_id),
    CHECK (role = 'shadow' OR (rule_set_id IS NOT NULL AND replay_id IS NOT NULL))
);

-- What the set in shadow finds on the stream; never an alarm.
CREATE TABLE shadow_finding (
    rule_set_id integer NOT NULL REFERENCES rule_set,
    machine_id integer NOT NULL REFERENCES machine,
    source_key text NOT NULL,
    version text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    from_at timestamptz NOT NULL,
    held_at timestamptz NOT NULL,
    to_at timestamptz,
    evidence jsonb NOT NULL DEFAULT '{}',
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (rule_set_id, machine_id, source_key, from_at)
);
CREATE INDEX shadow_finding_machine ON shadow_finding (machine_id);

ALTER TABLE rule_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE rule_replay ENABLE ROW LEVEL SECURITY;
ALTER TABLE rule_set_switch ENABLE ROW LEVEL SECURITY;
ALTER TABLE shadow_finding ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['rule_set', 'rule_replay', 'rule_set_switch', 'shadow_finding'] LOOP
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    -- the words of rules are everybody's who is signed in, replays the platform's
    FOREACH guarded IN ARRAY ARRAY['rule_set', 'rule_set_switch'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO ecc_api USING (tenant() IS NOT NULL)', guarded);
    END LOOP;
END
$$;
CREATE POLICY tenant ON rule_replay FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
GRANT SELECT ON rule_set, rule_replay, rule_set_switch TO ecc_api, ecc_diagnose;
GRANT SELECT ON shadow_finding TO ecc_diagnose;
GRANT SELECT ON rule_set, rule_set_switch TO ecc_sender;
-- The base set enters when the gateway starts.
GRANT SELECT, INSERT ON rule_set, rule_replay, rule_set_switch TO ecc_gateway;
GRANT SELECT, INSERT, UPDATE ON shadow_finding TO ecc_gateway;

-- migrate:down
DROP TABLE shadow_finding;
DROP TABLE rule_set_switch;
DROP TABLE rule_replay;
DROP TABLE rule_set;
