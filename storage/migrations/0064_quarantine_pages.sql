-- migrate:up
-- The list and the counts of what waits are asked for by people, again and again while a replay runs.
CREATE INDEX quarantine_waiting ON quarantine (reason, received_at, quarantine_id) WHERE replayed_at IS NULL;
CREATE INDEX quarantine_newest ON quarantine (received_at, quarantine_id);

-- migrate:down
DROP INDEX quarantine_newest;
DROP INDEX quarantine_waiting;
