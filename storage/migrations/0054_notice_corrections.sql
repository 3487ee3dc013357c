-- migrate:up
-- An alarm that was over and is not after all, by data that came late, is told to whom its end was told.
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

-- Several reminders of service are one message: a plan that is entered for a fleet finds many stages reached at once.
-- squawk-ignore ban-drop-constraint
ALTER TABLE notice DROP CONSTRAINT notice_reason_check;
ALTER TABLE notice ADD CONSTRAINT notice_reason_check
CHECK (reason IN ('quiet_hours', 'digest', 'rate_limit', 'rate_limit_critical', 'service')) NOT VALID;

-- migrate:down
UPDATE notice SET reason = 'digest' WHERE reason = 'service';
ALTER TABLE notice DROP CONSTRAINT notice_reason_check;
ALTER TABLE notice ADD CONSTRAINT notice_reason_check
CHECK (reason IN ('quiet_hours', 'digest', 'rate_limit', 'rate_limit_critical')) NOT VALID;
CREATE OR REPLACE FUNCTION tell_of_transitions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice_due SELECT 'alarm', transition_id FROM added
    WHERE kind IN ('raised', 'cleared', 'withdrawn', 'escalated', 'unshelved', 'returned_to_service', 'unsuppressed', 'uninhibited');
    IF FOUND THEN
        PERFORM route_notices();
    END IF;
    RETURN NULL;
END
$$;
