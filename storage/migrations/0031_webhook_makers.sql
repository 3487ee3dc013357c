-- migrate:up
-- A webhook is worth what its maker may have: beside being there, the maker must have a role that manages webhooks, and
-- stand in the webhook's organisation, in one above it or in the platform's.
-- squawk-ignore ban-drop-constraint
ALTER TABLE webhook DROP CONSTRAINT webhook_paused_reason_check;
ALTER TABLE webhook ADD CONSTRAINT webhook_paused_reason_check
CHECK (paused_reason IN ('failing', 'gone', 'client_ended', 'person_inactive', 'right_lost')) NOT VALID;
GRANT SELECT (role, organisation_id) ON api_client TO ecc_sender;
-- squawk-ignore ban-drop-function
DROP FUNCTION webhook_maker_out;

-- True when organisation `maker` is active and is `held`, one above it or the platform's.
CREATE FUNCTION organisation_holds(maker integer, held integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above AS (
        SELECT organisation_id, parent_id FROM organisation WHERE organisation_id = held
        UNION
        SELECT o.organisation_id, o.parent_id FROM organisation o JOIN above a ON o.organisation_id = a.parent_id
    )
    SELECT EXISTS (
        SELECT FROM organisation o WHERE o.organisation_id = maker
            AND (o.kind = 'ecc' OR (o.active AND maker IN (SELECT organisation_id FROM above)))
    )
$$;
-- Why a webhook of `held` is sent nothing for its maker's sake; NULL: it is. `roles`: those that manage webhooks.
CREATE FUNCTION webhook_maker_out(client uuid, person uuid, held integer, roles text [], instant timestamptz)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN client IS NOT NULL AND NOT EXISTS (
            SELECT FROM api_client c
            WHERE c.public_id = client AND c.revoked_at IS NULL AND c.scopes @> '{fleet:read,webhooks}'
                AND (c.expires_at IS NULL OR c.expires_at > instant)
        ) THEN 'client_ended'
        WHEN client IS NOT NULL AND NOT EXISTS (
            SELECT FROM api_client c
            WHERE c.public_id = client AND c.role = ANY (roles) AND organisation_holds(c.organisation_id, held)
        ) THEN 'right_lost'
        WHEN person IS NOT NULL AND NOT EXISTS (
            SELECT FROM app_user u WHERE u.public_id = person AND u.active
        ) THEN 'person_inactive'
        WHEN person IS NOT NULL AND NOT EXISTS (
            SELECT FROM app_user u
            WHERE u.public_id = person AND u.role = ANY (roles) AND organisation_holds(u.organisation_id, held)
        ) THEN 'right_lost'
    END
$$;
REVOKE EXECUTE ON FUNCTION organisation_holds, webhook_maker_out FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organisation_holds, webhook_maker_out TO ecc_sender;

-- migrate:down
DROP FUNCTION webhook_maker_out;
DROP FUNCTION organisation_holds;
CREATE FUNCTION webhook_maker_out(client uuid, person uuid, instant timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN client IS NOT NULL AND NOT EXISTS (
            SELECT FROM api_client c
            WHERE c.public_id = client AND c.revoked_at IS NULL AND c.scopes @> '{fleet:read,webhooks}'
                AND (c.expires_at IS NULL OR c.expires_at > instant)
        ) THEN 'client_ended'
        WHEN person IS NOT NULL AND NOT EXISTS (
            SELECT FROM app_user u WHERE u.public_id = person AND u.active
        ) THEN 'person_inactive'
    END
$$;
REVOKE EXECUTE ON FUNCTION webhook_maker_out FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_maker_out TO ecc_sender;
REVOKE SELECT (role, organisation_id) ON api_client FROM ecc_sender;
UPDATE webhook SET paused_reason = 'client_ended' WHERE paused_reason = 'right_lost' AND made_by_client IS NOT NULL;
UPDATE webhook SET paused_reason = 'person_inactive' WHERE paused_reason = 'right_lost';
ALTER TABLE webhook DROP CONSTRAINT webhook_paused_reason_check;
ALTER TABLE webhook ADD CONSTRAINT webhook_paused_reason_check
CHECK (paused_reason IN ('failing', 'gone', 'client_ended', 'person_inactive')) NOT VALID;
