-- migrate:up
-- Further raises and ends of what chatters are one message, sent when it has been quiet, or every hour.
-- squawk-ignore ban-drop-constraint
ALTER TABLE notice DROP CONSTRAINT notice_reason_check;
ALTER TABLE notice ADD CONSTRAINT notice_reason_check
CHECK (reason IN ('quiet_hours', 'digest', 'rate_limit', 'rate_limit_critical', 'service', 'chattering')) NOT VALID;

-- migrate:down
UPDATE notice SET reason = 'digest' WHERE reason = 'chattering';
ALTER TABLE notice DROP CONSTRAINT notice_reason_check;
ALTER TABLE notice ADD CONSTRAINT notice_reason_check
CHECK (reason IN ('quiet_hours', 'digest', 'rate_limit', 'rate_limit_critical', 'service')) NOT VALID;
