-- migrate:up
-- Models that learned what is healthy: of all machines of a model, or of one machine. Never changed again.
CREATE TABLE detector (
    detector_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    name text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    kind text NOT NULL CHECK (kind IN ('detector', 'rul')),
    model_id integer REFERENCES machine_model,
    machine_id integer REFERENCES machine,
    sha256 text NOT NULL,
    card jsonb NOT NULL,
    machines integer NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    CHECK ((model_id IS NULL) <> (machine_id IS NULL)),
    UNIQUE NULLS NOT DISTINCT (name, model_id, machine_id, version)
);
COMMENT ON COLUMN detector.name IS 'as registered in diagnosis/detectors or diagnosis/wear';
COMMENT ON COLUMN detector.card IS 'what its file says of it, without whose machines taught it';
CREATE INDEX detector_model ON detector (model_id);
CREATE INDEX detector_machine ON detector (machine_id);

-- npz and JSON, read as one of the registered models and never run. machine_ids: whose rows taught it.
CREATE TABLE detector_file (
    detector_id integer PRIMARY KEY REFERENCES detector ON DELETE CASCADE,
    content bytea NOT NULL,
    machine_ids integer [] NOT NULL
);

-- Append only. The last row of a name and what it is for says which version is in force; NULL: none.
CREATE TABLE detector_switch (
    switch_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    model_id integer REFERENCES machine_model,
    machine_id integer REFERENCES machine,
    detector_id integer REFERENCES detector,
    action text NOT NULL CHECK (action IN ('promote', 'rollback')),
    at timestamptz NOT NULL,
    by_name text NOT NULL,
    CHECK ((model_id IS NULL) <> (machine_id IS NULL))
);
CREATE INDEX detector_switch_for ON detector_switch (name, model_id, machine_id, switch_id);

-- How far a machine is judged by a detector, and what it remembers of the machine: bounded, a few kB.
CREATE TABLE detector_state (
    machine_id integer NOT NULL REFERENCES machine,
    name text NOT NULL,
    detector_id integer NOT NULL REFERENCES detector,
    standing text NOT NULL CHECK (standing IN ('learning', 'family', 'own', 'frozen', 'not_assessed')),
    marked_at timestamptz NOT NULL,
    windows bigint NOT NULL DEFAULT 0,
    score real,
    state bytea NOT NULL,
    episode jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (machine_id, name)
);
COMMENT ON COLUMN detector_state.marked_at IS 'the last minute that was judged, on the machine''s clock';
CREATE INDEX detector_state_of ON detector_state (detector_id);

-- Only what is not well, and since when; what is well has no row.
CREATE TABLE detector_health (
    detector_id integer PRIMARY KEY REFERENCES detector ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('slow', 'missing', 'corrupt', 'failing')),
    reason text NOT NULL,
    since timestamptz NOT NULL
);

-- What wear shows of a machine on a day (UTC), of how many minutes.
CREATE TABLE wear_day (
    machine_id integer NOT NULL REFERENCES machine,
    index_key text NOT NULL,
    day_at timestamptz NOT NULL,
    value real NOT NULL,
    minutes integer NOT NULL,
    PRIMARY KEY (machine_id, index_key, day_at)
);
CREATE TABLE wear_outlook (
    machine_id integer NOT NULL REFERENCES machine,
    index_key text NOT NULL,
    as_of timestamptz NOT NULL,
    days integer NOT NULL,
    level real,
    limit_value real,
    slope_per_day real,
    expected_days real,
    low_days real,
    high_days real,
    remind_at timestamptz,
    PRIMARY KEY (machine_id, index_key)
);
COMMENT ON COLUMN wear_outlook.as_of IS 'the end of the last day that was looked at, whether it said anything or not';
COMMENT ON COLUMN wear_outlook.remind_at IS 'when the limit is reached by the pessimistic end of the interval';

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['detector', 'detector_file', 'detector_switch', 'detector_state', 'detector_health',
                                   'wear_day', 'wear_outlook'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    -- what is for a model is everybody's who is signed in, what is for a machine goes with the machine
    FOREACH guarded IN ARRAY ARRAY['detector', 'detector_switch'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %1$I FOR SELECT TO ecc_api USING (tenant() IS NOT NULL AND '
                       '(machine_id IS NULL OR EXISTS (SELECT FROM machine m WHERE m.machine_id = %1$I.machine_id)))',
                       guarded);
    END LOOP;
END
$$;
CREATE POLICY tenant ON detector_health FOR SELECT TO ecc_api
USING (EXISTS (SELECT FROM detector d WHERE d.detector_id = detector_health.detector_id));
-- What readings come to is seen as readings are.
DO $$
DECLARE
    guarded text;
    instant text;
BEGIN
    FOR guarded, instant IN
        VALUES ('detector_state', 'marked_at'), ('wear_day', 'day_at'), ('wear_outlook', 'as_of')
    LOOP
        EXECUTE format(
            'CREATE POLICY tenant ON %1$I FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()) '
            'OR EXISTS (SELECT FROM ownership x WHERE x.machine_id = %1$I.machine_id '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) '
            'AND x.from_at <= %1$I.%2$I AND %1$I.%2$I < x.to_at) '
            'OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = %1$I.machine_id AND x.data_class IN (''all'', ''readings'') '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) '
            'AND x.from_at <= %1$I.%2$I AND %1$I.%2$I < x.to_at))',
            guarded, instant);
    END LOOP;
END
$$;

GRANT SELECT (detector_id, public_id, name, version, kind, model_id, machine_id, sha256, card, machines, made_at)
ON detector TO ecc_api;
GRANT SELECT (switch_id, name, model_id, machine_id, detector_id, action, at) ON detector_switch TO ecc_api;
GRANT SELECT (machine_id, name, detector_id, standing, marked_at, windows, score) ON detector_state TO ecc_api;
GRANT SELECT ON detector_health, wear_day, wear_outlook TO ecc_api;
GRANT SELECT ON detector, detector_file, detector_switch, dirty_range, alarm, alarm_transition, machine_model
TO ecc_diagnose;
GRANT SELECT, INSERT, UPDATE, DELETE ON detector_state, detector_health, wear_outlook TO ecc_diagnose;
GRANT SELECT, INSERT, UPDATE ON wear_day TO ecc_diagnose;
-- The findings of models become alarms in the transaction that keeps what the model remembers.
GRANT INSERT, UPDATE ON finding, alarm TO ecc_diagnose;
GRANT INSERT ON alarm_transition, event_log TO ecc_diagnose;

-- migrate:down
REVOKE INSERT ON alarm_transition, event_log FROM ecc_diagnose;
REVOKE INSERT, UPDATE ON finding, alarm FROM ecc_diagnose;
REVOKE SELECT ON dirty_range FROM ecc_diagnose;
DROP TABLE wear_outlook;
DROP TABLE wear_day;
DROP TABLE detector_health;
DROP TABLE detector_state;
DROP TABLE detector_switch;
DROP TABLE detector_file;
DROP TABLE detector;
