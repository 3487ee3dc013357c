-- migrate:up
-- What a POST with an Idempotency-Key was answered, so that the same request sent again is answered the same, not done
-- again. The row is inserted in the transaction of what it is for; the key is kept as its hash, the body encrypted.
CREATE TABLE idempotency (
    organisation_id integer NOT NULL REFERENCES organisation ON DELETE CASCADE,
    principal text NOT NULL,
    key_hash bytea NOT NULL,
    fingerprint bytea NOT NULL, -- of the request: method, target and body
    created_at timestamptz NOT NULL,
    status smallint,
    headers jsonb,
    body bytea,
    PRIMARY KEY (organisation_id, principal, key_hash)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON idempotency TO ecc_housekeeping USING (TRUE);
-- The caller's own organisation only, not those below it; the platform's sees no other's either.
CREATE POLICY tenant ON idempotency TO ecc_api
USING (organisation_id = (SELECT tenant())) WITH CHECK (organisation_id = (SELECT tenant()));
GRANT SELECT, INSERT, UPDATE ON idempotency TO ecc_api;
GRANT SELECT (created_at), DELETE ON idempotency TO ecc_housekeeping;

-- migrate:down
DROP TABLE idempotency;
