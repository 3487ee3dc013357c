-- migrate:up
-- An alarm that is handed over for a visit, with what was known then. Append only; whoever changes it adds another.
CREATE TABLE visit_hand_over (
    hand_over_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    alarm_id uuid NOT NULL REFERENCES alarm,
    finding_id uuid NOT NULL REFERENCES finding,
    evidence_revision integer,
    causes jsonb NOT NULL,
    answers jsonb NOT NULL,
    parts jsonb NOT NULL,
    tools jsonb NOT NULL,
    wanted_by timestamptz,
    note text,
    made_at timestamptz NOT NULL,
    made_by integer REFERENCES app_user,
    by_name text NOT NULL
);
COMMENT ON COLUMN visit_hand_over.evidence_revision IS 'of the finding''s evidence; NULL: there was none';
COMMENT ON COLUMN visit_hand_over.causes IS 'as ranked then, with shares and words';
COMMENT ON COLUMN visit_hand_over.answers IS 'to the guided checks, those that counted then';
CREATE INDEX visit_hand_over_of ON visit_hand_over (alarm_id, hand_over_id);
CREATE INDEX visit_hand_over_finding ON visit_hand_over (finding_id);
CREATE INDEX visit_hand_over_by ON visit_hand_over (made_by);

ALTER TABLE visit_hand_over ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON visit_hand_over TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping
USING (TRUE) WITH CHECK (TRUE);
-- Seen by whoever sees its alarm.
CREATE POLICY tenant ON visit_hand_over TO ecc_api
USING ((SELECT tenant_sees_all()) OR EXISTS (SELECT FROM alarm a WHERE a.alarm_id = visit_hand_over.alarm_id));
GRANT SELECT, INSERT ON visit_hand_over TO ecc_api;

-- squawk-ignore ban-drop-constraint
ALTER TABLE alarm_transition DROP CONSTRAINT alarm_transition_kind_check;
ALTER TABLE alarm_transition ADD CONSTRAINT alarm_transition_kind_check CHECK (
    kind IN (
        'raised', 'revised', 'cleared', 'withdrawn', 'acknowledged', 'reset', 'shelved', 'unshelved', 'out_of_service',
        'returned_to_service', 'suppressed', 'unsuppressed', 'inhibited', 'uninhibited', 'escalated', 'commented',
        'assigned', 'investigating', 'judged', 'handed_over'
    )
) NOT VALID;

-- migrate:down
DELETE FROM alarm_transition WHERE kind = 'handed_over';
-- squawk-ignore ban-drop-constraint
ALTER TABLE alarm_transition DROP CONSTRAINT alarm_transition_kind_check;
ALTER TABLE alarm_transition ADD CONSTRAINT alarm_transition_kind_check CHECK (
    kind IN (
        'raised', 'revised', 'cleared', 'withdrawn', 'acknowledged', 'reset', 'shelved', 'unshelved', 'out_of_service',
        'returned_to_service', 'suppressed', 'unsuppressed', 'inhibited', 'uninhibited', 'escalated', 'commented',
        'assigned', 'investigating', 'judged'
    )
) NOT VALID;
DROP TABLE visit_hand_over;
