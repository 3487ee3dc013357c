-- migrate:up
CREATE TABLE rule_state (
    partition smallint PRIMARY KEY CHECK (partition BETWEEN 0 AND 63),
    snapshot_at timestamptz NOT NULL,
    version text NOT NULL,
    state bytea NOT NULL,
    marks bytea NOT NULL
);
COMMENT ON COLUMN rule_state.partition IS 'machine_id % 64';

-- Machines whose history changed behind the stream. Done rows stay until a rule-state snapshot holds their outcome.
CREATE TABLE rejudge (
    machine_id integer PRIMARY KEY REFERENCES machine,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    late_received boolean NOT NULL,
    done boolean NOT NULL DEFAULT FALSE,
    claimed_at timestamptz,
    CHECK (from_at <= to_at)
);

CREATE TABLE finding (
    finding_id uuid PRIMARY KEY,
    machine_id integer NOT NULL REFERENCES machine,
    source_kind text NOT NULL CHECK (source_kind IN ('rule', 'model', 'dtc', 'platform')),
    source_key text NOT NULL,
    version text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    from_at timestamptz NOT NULL,
    held_at timestamptz NOT NULL,
    to_at timestamptz,
    historic boolean NOT NULL DEFAULT FALSE,
    evidence jsonb NOT NULL DEFAULT '{}',
    withdrawn_at timestamptz,
    stored_at timestamptz NOT NULL DEFAULT now(),
    CHECK (from_at <= held_at),
    CHECK (held_at <= to_at)
);
COMMENT ON COLUMN finding.evidence IS 'the values of the signals that drove it, at held_at';
CREATE UNIQUE INDEX finding_identity
ON finding (machine_id, source_kind, source_key, from_at) WHERE withdrawn_at IS NULL;

CREATE TABLE alarm (
    alarm_id uuid PRIMARY KEY,
    machine_id integer NOT NULL REFERENCES machine,
    source_kind text NOT NULL CHECK (source_kind IN ('rule', 'model', 'dtc', 'platform')),
    source_key text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    finding_id uuid NOT NULL REFERENCES finding,
    state text NOT NULL CHECK (state IN ('active', 'cleared', 'withdrawn')),
    raised_at timestamptz NOT NULL,
    cleared_at timestamptz,
    committed_at timestamptz NOT NULL,
    historic boolean NOT NULL DEFAULT FALSE,
    acknowledged_at timestamptz,
    acknowledged_by integer REFERENCES app_user
);
COMMENT ON COLUMN alarm.raised_at IS 'held_at of its finding, on the machine''s clock';
CREATE UNIQUE INDEX alarm_one_open ON alarm (machine_id, source_kind, source_key) WHERE state = 'active';
CREATE INDEX alarm_machine ON alarm (machine_id, raised_at);
CREATE INDEX alarm_raised ON alarm (raised_at, alarm_id);
CREATE INDEX alarm_finding ON alarm (finding_id);

CREATE TABLE alarm_transition (
    transition_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id uuid NOT NULL REFERENCES alarm,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('raised', 'revised', 'cleared', 'withdrawn', 'acknowledged')),
    version text NOT NULL,
    actor text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN alarm_transition.at IS 'the platform''s clock';
CREATE INDEX alarm_transition_alarm ON alarm_transition (alarm_id);

-- Append only. Readers stop below pg_snapshot_xmin(pg_current_snapshot()): ids become visible out of order.
CREATE TABLE event_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL,
    organisation_id integer,
    machine_id integer,
    kind text NOT NULL,
    payload jsonb NOT NULL
);
CREATE INDEX event_log_xact ON event_log (xact, id);

-- migrate:down
DROP TABLE event_log;
DROP TABLE alarm_transition;
DROP TABLE alarm;
DROP TABLE finding;
DROP TABLE rejudge;
DROP TABLE rule_state;
