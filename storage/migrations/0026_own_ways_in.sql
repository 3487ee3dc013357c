-- migrate:up
-- Links by which people choose their password, made by whoever may; one of a person is open at a time.
CREATE TABLE password_link (
    password_link_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    maker_id integer REFERENCES app_user ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
COMMENT ON COLUMN password_link.maker_id IS 'NULL: the command line';
COMMENT ON COLUMN password_link.ended_at IS 'used, replaced by a newer one, or the password was set in another way';
CREATE UNIQUE INDEX password_link_open ON password_link (user_id) WHERE ended_at IS NULL;
CREATE INDEX password_link_user ON password_link (user_id);
CREATE INDEX password_link_maker ON password_link (maker_id);

ALTER TABLE password_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON password_link TO ecc_housekeeping USING (TRUE);
CREATE POLICY tenant ON password_link TO ecc_api
USING (EXISTS (SELECT FROM app_user u WHERE u.user_id = password_link.user_id))
WITH CHECK (EXISTS (SELECT FROM app_user u WHERE u.user_id = password_link.user_id));
GRANT SELECT, INSERT, UPDATE (ended_at) ON password_link TO ecc_api;
GRANT SELECT (created_at), DELETE ON password_link TO ecc_housekeeping;

-- A webhook is worth what its maker may see: it pauses when the client is revoked, has expired or lost its scopes, and
-- when the person is not active any more. NULL: the command line, or made before this was kept.
ALTER TABLE webhook ADD COLUMN made_by_person uuid;
UPDATE webhook w SET made_by_person = a.actor_id FROM audit a
WHERE a.entity = 'webhook' AND a.entity_id = w.public_id AND a.action = 'create' AND a.actor_kind = 'person';
-- squawk-ignore ban-drop-constraint
ALTER TABLE webhook DROP CONSTRAINT webhook_paused_reason_check;
ALTER TABLE webhook ADD CONSTRAINT webhook_paused_reason_check
CHECK (paused_reason IN ('failing', 'gone', 'client_ended', 'person_inactive')) NOT VALID;
GRANT UPDATE (made_by_client, made_by_person) ON webhook TO ecc_api;
GRANT SELECT (public_id, scopes, revoked_at, expires_at) ON api_client TO ecc_sender;

-- Why a webhook is sent nothing for its maker's sake; NULL: it is.
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

-- migrate:down
DROP FUNCTION webhook_maker_out;
REVOKE SELECT (public_id, scopes, revoked_at, expires_at) ON api_client FROM ecc_sender;
REVOKE UPDATE (made_by_client, made_by_person) ON webhook FROM ecc_api;
UPDATE webhook SET paused_reason = 'failing' WHERE paused_reason IN ('client_ended', 'person_inactive');
ALTER TABLE webhook DROP CONSTRAINT webhook_paused_reason_check;
ALTER TABLE webhook ADD CONSTRAINT webhook_paused_reason_check CHECK (paused_reason IN ('failing', 'gone')) NOT VALID;
ALTER TABLE webhook DROP COLUMN made_by_person;
DROP TABLE password_link;
