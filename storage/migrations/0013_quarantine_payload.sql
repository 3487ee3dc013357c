-- migrate:up
-- What was refused, once however many of its rows were. received_at: when the newest of its entries came.
CREATE TABLE refused_payload (
    payload_hash bytea PRIMARY KEY,
    payload bytea NOT NULL,
    received_at timestamptz NOT NULL
);
INSERT INTO refused_payload (payload_hash, payload, received_at)
SELECT DISTINCT ON (q.payload_hash) q.payload_hash, q.payload, n.received_at
FROM quarantine q
JOIN (SELECT payload_hash, max(received_at) AS received_at FROM quarantine GROUP BY 1) n USING (payload_hash)
WHERE q.payload <> '' OR q.payload_hash = sha256('')
ORDER BY q.payload_hash;
CREATE INDEX refused_payload_received ON refused_payload (received_at);
GRANT SELECT, INSERT, UPDATE ON refused_payload TO ecc_gateway;
GRANT SELECT, DELETE ON refused_payload TO ecc_housekeeping;

-- Whether the ledger counts the entry's rows as quarantined: not when they were committed before, or have been since.
ALTER TABLE quarantine ADD COLUMN counted boolean NOT NULL DEFAULT FALSE;
UPDATE quarantine SET counted = TRUE
WHERE seq >= 0 AND row_no >= -1 AND replayed_at IS NULL AND reason <> 'unknown_terminal';
-- squawk-ignore ban-drop-column
ALTER TABLE quarantine DROP COLUMN payload;

-- migrate:down
ALTER TABLE quarantine ADD COLUMN payload bytea NOT NULL DEFAULT '';
UPDATE quarantine q SET payload = p.payload FROM refused_payload p WHERE p.payload_hash = q.payload_hash;
ALTER TABLE quarantine ALTER COLUMN payload DROP DEFAULT;
ALTER TABLE quarantine DROP COLUMN counted;
DROP TABLE refused_payload;
