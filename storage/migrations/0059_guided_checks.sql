-- migrate:up
-- What people answered to the checks of a finding. Append only: the last answer to a question counts.
CREATE TABLE check_answer (
    answer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    finding_id uuid NOT NULL REFERENCES finding,
    cause text,
    check_key text,
    observation text,
    answer text NOT NULL CHECK (answer IN ('yes', 'no', 'unsure')),
    note text,
    answered_at timestamptz NOT NULL,
    answered_by integer REFERENCES app_user,
    by_name text NOT NULL,
    CHECK ((check_key IS NULL) <> (observation IS NULL)),
    CHECK (observation IS NULL OR cause IS NOT NULL)
);
COMMENT ON TABLE check_answer IS 'what the questions are: diagnosis.guided.Question';
COMMENT ON COLUMN check_answer.observation IS 'its condition, in the rule language';
CREATE INDEX check_answer_of ON check_answer (finding_id, answer_id);
CREATE INDEX check_answer_by ON check_answer (answered_by);

ALTER TABLE check_answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON check_answer TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
-- An answer is seen by whoever sees its finding.
CREATE POLICY tenant ON check_answer TO ecc_api
USING ((SELECT tenant_sees_all()) OR EXISTS (SELECT FROM finding f WHERE f.finding_id = check_answer.finding_id));
GRANT SELECT, INSERT ON check_answer TO ecc_api;

-- How a problem was solved: NULL while nobody has said, and of what was none.
ALTER TABLE finding_verdict ADD COLUMN solved text;
ALTER TABLE finding_verdict ADD CONSTRAINT finding_verdict_solved CHECK (
    solved IS NULL OR (solved IN ('remote', 'visit') AND verdict IN ('true_fault', 'sensor'))
) NOT VALID;
COMMENT ON COLUMN finding_verdict.solved IS 'remote: nobody had to go there; visit: somebody had';
CREATE OR REPLACE VIEW last_verdict WITH (security_invoker = TRUE) AS
SELECT DISTINCT ON (finding_id) * FROM finding_verdict ORDER BY finding_id, verdict_id DESC;

-- migrate:down
DROP VIEW last_verdict;
ALTER TABLE finding_verdict DROP COLUMN solved;
CREATE VIEW last_verdict WITH (security_invoker = TRUE) AS
SELECT DISTINCT ON (finding_id) * FROM finding_verdict ORDER BY finding_id, verdict_id DESC;
GRANT SELECT ON last_verdict TO ecc_api, ecc_diagnose, ecc_sender;
DROP TABLE check_answer;
