-- migrate:up
-- An alarm found in readings that came late calls once live ones show that it stands: a transition of its own, told as
-- what is raised is. Of what is revised it is told besides that it is back: that its reason or its severity is another.
-- squawk-ignore ban-drop-constraint
ALTER TABLE alarm_transition DROP CONSTRAINT alarm_transition_kind_check;
ALTER TABLE alarm_transition ADD CONSTRAINT alarm_transition_kind_check CHECK (
    kind IN (
        'raised', 'revised', 'cleared', 'withdrawn', 'acknowledged', 'reset', 'shelved', 'unshelved', 'out_of_service',
        'returned_to_service', 'suppressed', 'unsuppressed', 'inhibited', 'uninhibited', 'confirmed', 'escalated',
        'commented', 'assigned', 'investigating', 'judged', 'handed_over'
    )
) NOT VALID;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX alarm_late ON alarm (machine_id) WHERE historic AND state = 'active';

CREATE OR REPLACE FUNCTION tell_of_transitions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice_due SELECT 'alarm', transition_id FROM added
    WHERE kind IN ('raised', 'cleared', 'withdrawn', 'escalated', 'unshelved', 'returned_to_service', 'unsuppressed',
                   'uninhibited', 'confirmed')
        OR (kind = 'revised' AND (detail @> '{"back": true}' OR detail ?| ARRAY['reason', 'severity_before']));
    IF FOUND THEN
        PERFORM route_notices();
    END IF;
    RETURN NULL;
END
$$;

-- migrate:down
DELETE FROM alarm_transition WHERE kind = 'confirmed';
-- squawk-ignore ban-drop-constraint
ALTER TABLE alarm_transition DROP CONSTRAINT alarm_transition_kind_check;
ALTER TABLE alarm_transition ADD CONSTRAINT alarm_transition_kind_check CHECK (
    kind IN (
        'raised', 'revised', 'cleared', 'withdrawn', 'acknowledged', 'reset', 'shelved', 'unshelved', 'out_of_service',
        'returned_to_service', 'suppressed', 'unsuppressed', 'inhibited', 'uninhibited', 'escalated', 'commented',
        'assigned', 'investigating', 'judged', 'handed_over'
    )
) NOT VALID;
DROP INDEX alarm_late;
CREATE OR REPLACE FUNCTION tell_of_transitions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice_due SELECT 'alarm', transition_id FROM added
    WHERE kind IN ('raised', 'cleared', 'withdrawn', 'escalated', 'unshelved', 'returned_to_service', 'unsuppressed', 'uninhibited')
        OR (kind = 'revised' AND detail @> '{"back": true}');
    IF FOUND THEN
        PERFORM route_notices();
    END IF;
    RETURN NULL;
END
$$;
