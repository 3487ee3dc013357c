-- migrate:up
-- What turned out to be the matter with a finding. Append only: who changes their mind adds another; the last one counts.
CREATE TABLE finding_verdict (
    verdict_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    finding_id uuid NOT NULL REFERENCES finding,
    verdict text NOT NULL CHECK (verdict IN ('true_fault', 'nuisance', 'sensor', 'not_found')),
    part text,
    note text,
    failed_at timestamptz,
    given_at timestamptz NOT NULL,
    given_by integer REFERENCES app_user,
    by_name text NOT NULL,
    CHECK (failed_at IS NULL OR verdict = 'true_fault')
);
COMMENT ON COLUMN finding_verdict.failed_at IS 'when the fault stopped the machine, on its clock';
CREATE INDEX finding_verdict_of ON finding_verdict (finding_id, verdict_id);
CREATE INDEX finding_verdict_by ON finding_verdict (given_by);

CREATE VIEW last_verdict WITH (security_invoker = TRUE) AS
SELECT DISTINCT ON (finding_id) * FROM finding_verdict ORDER BY finding_id, verdict_id DESC;

ALTER TABLE finding_verdict ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON finding_verdict TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
-- A verdict is seen by whoever sees its finding.
CREATE POLICY tenant ON finding_verdict TO ecc_api
USING (
    (SELECT tenant_sees_all()) OR EXISTS (SELECT FROM finding f WHERE f.finding_id = finding_verdict.finding_id)
);
GRANT SELECT ON finding_verdict, last_verdict TO ecc_api, ecc_diagnose, ecc_sender;
GRANT INSERT ON finding_verdict TO ecc_api;

-- Replays are asked for, wait, run and may be called off; a tuning of a rule is worked like one.
-- squawk-ignore ban-drop-constraint
ALTER TABLE rule_replay DROP CONSTRAINT rule_replay_kind_check;
-- squawk-ignore ban-drop-constraint
ALTER TABLE rule_replay DROP CONSTRAINT rule_replay_state_check;
ALTER TABLE rule_replay ADD CONSTRAINT rule_replay_kind_check
CHECK (kind IN ('no_history', 'history', 'tuning')) NOT VALID;
ALTER TABLE rule_replay ADD CONSTRAINT rule_replay_state_check
CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')) NOT VALID;
ALTER TABLE rule_replay
ADD COLUMN rule text,
ADD COLUMN seats integer CHECK (seats > 0),
ADD COLUMN cancel_asked boolean NOT NULL DEFAULT FALSE,
ADD COLUMN attempts integer NOT NULL DEFAULT 0,
ADD COLUMN heard_at timestamptz,
ADD CONSTRAINT rule_replay_tuned CHECK ((kind = 'tuning') = (rule IS NOT NULL)) NOT VALID;
COMMENT ON COLUMN rule_replay.heard_at IS 'when its worker last said how far it is';
COMMENT ON COLUMN rule_replay.seats IS 'NULL: those of the rosters';
CREATE INDEX rule_replay_waiting ON rule_replay (replay_id) WHERE state IN ('queued', 'running');

CREATE TABLE rule_replay_plot (
    replay_id integer PRIMARY KEY REFERENCES rule_replay ON DELETE CASCADE,
    png bytea NOT NULL,
    svg text NOT NULL
);
ALTER TABLE rule_replay_plot ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON rule_replay_plot TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);

-- squawk-ignore adding-field-with-default
ALTER TABLE rule_replay_finding ADD COLUMN place bigint GENERATED ALWAYS AS IDENTITY;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX rule_replay_finding_of;
CREATE UNIQUE INDEX rule_replay_finding_of ON rule_replay_finding (replay_id, place);

-- A site's file may name machines; which ones they were when it was entered.
ALTER TABLE rule_set ADD COLUMN machines jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN rule_set.machines IS 'machine as the file''s overrides write it -> machine_id';

-- The platform's people work on rules through the API as on the command line.
CREATE POLICY platform_api ON rule_replay FOR ALL TO ecc_api
USING ((SELECT tenant_sees_all())) WITH CHECK ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON rule_replay_plot FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON rule_replay_finding FOR SELECT TO ecc_api USING ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON rule_set FOR INSERT TO ecc_api WITH CHECK ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON rule_set_switch FOR INSERT TO ecc_api WITH CHECK ((SELECT tenant_sees_all()));
GRANT INSERT ON rule_set, rule_set_switch, rule_replay TO ecc_api;
GRANT UPDATE (state, cancel_asked, finished_at) ON rule_replay TO ecc_api;
GRANT SELECT ON rule_replay_plot, rule_replay_finding TO ecc_api;

-- Replays are worked beside `ecc diagnose`.
GRANT SELECT, UPDATE ON rule_replay TO ecc_diagnose;
GRANT SELECT, INSERT, DELETE ON rule_replay_finding, rule_replay_plot TO ecc_diagnose;
GRANT SELECT ON duty_seat, organisation, terminal, installation TO ecc_diagnose;

-- migrate:down
REVOKE SELECT ON duty_seat, organisation, terminal, installation FROM ecc_diagnose;
REVOKE INSERT, DELETE ON rule_replay_finding FROM ecc_diagnose;
REVOKE UPDATE ON rule_replay FROM ecc_diagnose;
REVOKE SELECT ON rule_replay_finding FROM ecc_api;
REVOKE UPDATE ON rule_replay FROM ecc_api;
REVOKE INSERT ON rule_set, rule_set_switch, rule_replay FROM ecc_api;
DROP POLICY platform_api ON rule_set_switch;
DROP POLICY platform_api ON rule_set;
DROP POLICY platform_api ON rule_replay_finding;
DROP POLICY platform_api ON rule_replay;
ALTER TABLE rule_set DROP COLUMN machines;
DROP INDEX rule_replay_finding_of;
ALTER TABLE rule_replay_finding DROP COLUMN place;
CREATE INDEX rule_replay_finding_of ON rule_replay_finding (replay_id, source_key);
DROP TABLE rule_replay_plot;
DELETE FROM rule_replay WHERE kind = 'tuning' OR state IN ('queued', 'cancelled');
DROP INDEX rule_replay_waiting;
ALTER TABLE rule_replay
DROP COLUMN rule, DROP COLUMN seats, DROP COLUMN cancel_asked, DROP COLUMN attempts, DROP COLUMN heard_at;
ALTER TABLE rule_replay DROP CONSTRAINT rule_replay_kind_check;
ALTER TABLE rule_replay DROP CONSTRAINT rule_replay_state_check;
ALTER TABLE rule_replay ADD CHECK (kind IN ('no_history', 'history'));
ALTER TABLE rule_replay ADD CHECK (state IN ('running', 'done', 'failed'));
DROP VIEW last_verdict;
DROP TABLE finding_verdict;
