-- migrate:up
-- What of the quarantine people asked to have sent again. Worked beside the gateway, which may publish to the broker.
CREATE TABLE quarantine_replay (
    replay_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ids uuid [],
    reason text,
    terminal text,
    again boolean NOT NULL,
    offset_ms bigint NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    messages integer NOT NULL DEFAULT 0,
    sent integer NOT NULL DEFAULT 0,
    settled integer NOT NULL DEFAULT 0,
    entries integer NOT NULL DEFAULT 0,
    kept integer NOT NULL DEFAULT 0,
    refused_again jsonb NOT NULL DEFAULT '{}',
    without_sign integer NOT NULL DEFAULT 0,
    unknown integer NOT NULL DEFAULT 0,
    not_sendable uuid [] NOT NULL DEFAULT '{}',
    failure text,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    heard_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CHECK ((failure IS NOT NULL) = (state = 'failed'))
);
COMMENT ON COLUMN quarantine_replay.ids IS 'NULL: by reason and terminal, which may be NULL as well';
COMMENT ON COLUMN quarantine_replay.heard_at IS 'when its worker last said how far it is';
CREATE INDEX quarantine_replay_waiting ON quarantine_replay (replay_id) WHERE state IN ('queued', 'running');

-- What was refused is the platform's own: of whom and of when it is, is what could not be told.
ALTER TABLE quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE refused_payload ENABLE ROW LEVEL SECURITY;
ALTER TABLE quarantine_replay ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON quarantine TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY platform ON refused_payload TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY platform ON quarantine_replay TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
CREATE POLICY platform_api ON quarantine FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON refused_payload FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON quarantine_replay FOR ALL TO ecc_api
USING ((SELECT tenant_sees_all())) WITH CHECK ((SELECT tenant_sees_all()));
GRANT SELECT ON quarantine, refused_payload TO ecc_api;
GRANT SELECT, INSERT ON quarantine_replay TO ecc_api;
GRANT SELECT, UPDATE ON quarantine_replay TO ecc_gateway;

-- migrate:down
REVOKE SELECT ON quarantine, refused_payload FROM ecc_api;
DROP POLICY platform_api ON refused_payload;
DROP POLICY platform_api ON quarantine;
DROP POLICY platform ON refused_payload;
DROP POLICY platform ON quarantine;
ALTER TABLE refused_payload DISABLE ROW LEVEL SECURITY;
ALTER TABLE quarantine DISABLE ROW LEVEL SECURITY;
DROP TABLE quarantine_replay;
