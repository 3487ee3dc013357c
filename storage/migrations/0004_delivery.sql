-- migrate:up
-- What came and was refused, with enough of it to replay it. seq -1: the message named none.
CREATE TABLE quarantine (
    quarantine_id uuid PRIMARY KEY,
    terminal text NOT NULL,
    boot text NOT NULL DEFAULT '',
    seq bigint NOT NULL DEFAULT -1,
    row_no integer NOT NULL DEFAULT -1,
    payload_hash bytea NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    topic text NOT NULL,
    payload bytea NOT NULL,
    received_at timestamptz NOT NULL,
    replayed_at timestamptz
);
CREATE UNIQUE INDEX quarantine_row ON quarantine (terminal, boot, seq, row_no) WHERE seq >= 0;
CREATE UNIQUE INDEX quarantine_payload ON quarantine (terminal, payload_hash, row_no) WHERE seq < 0;
CREATE INDEX quarantine_received ON quarantine (received_at);

-- Per terminal and power cycle: all seq <= through are kept, and those in ranges above it.
CREATE TABLE ledger (
    terminal_id integer NOT NULL REFERENCES terminal,
    boot text NOT NULL,
    through bigint NOT NULL,
    ranges int8multirange NOT NULL DEFAULT '{}',
    messages bigint NOT NULL DEFAULT 0,
    rows_committed bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    redelivered bigint NOT NULL DEFAULT 0,
    max_measured_at timestamptz,
    first_received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    PRIMARY KEY (terminal_id, boot)
) WITH (fillfactor = 50);

-- Half-received multi-packet messages of each terminal, as JSON of gateway.decode.
CREATE TABLE decode_state (
    terminal text PRIMARY KEY,
    parts jsonb NOT NULL
);

-- When the platform was able to take messages, one row an unbroken time; silence is judged inside these only.
CREATE TABLE platform_health (
    health_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    CHECK (from_at <= to_at)
);
CREATE INDEX platform_health_to ON platform_health (to_at);

-- migrate:down
DROP TABLE platform_health;
DROP TABLE decode_state;
DROP TABLE ledger;
DROP TABLE quarantine;
