-- migrate:up
-- Housekeeping may delete what is past its age, and nothing else.
GRANT SELECT, DELETE ON ledger, quarantine, event_log, alarm_transition, reading_conflict TO ecc_housekeeping;
GRANT SELECT (alarm_id, state) ON alarm TO ecc_housekeeping;

-- Not on ledger.last_received_at: a row is updated with each batch of its terminal, in place only without an index.
CREATE INDEX event_log_at ON event_log (at);
CREATE INDEX alarm_transition_at ON alarm_transition (at);
CREATE INDEX reading_conflict_measured ON reading_conflict (measured_at);

-- The newest entry of the event log that was deleted: whoever had read less than that cannot go on from there.
CREATE TABLE event_log_horizon (
    only_one boolean PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    xact xid8 NOT NULL,
    id bigint NOT NULL
);
INSERT INTO event_log_horizon (xact, id) VALUES ('0', 0);
GRANT SELECT, UPDATE ON event_log_horizon TO ecc_housekeeping;
GRANT SELECT ON event_log_horizon TO ecc_api;

-- migrate:down
DROP TABLE event_log_horizon;
DROP INDEX reading_conflict_measured;
DROP INDEX alarm_transition_at;
DROP INDEX event_log_at;
REVOKE SELECT (alarm_id, state) ON alarm FROM ecc_housekeeping;
REVOKE SELECT ON alarm_transition, reading_conflict FROM ecc_housekeeping;
REVOKE DELETE ON ledger, quarantine, event_log, alarm_transition, reading_conflict FROM ecc_housekeeping;
