-- migrate:up
-- Who invited: an invitation is worth what its inviter may grant when it is accepted. NULL: the command line.
ALTER TABLE invitation ADD COLUMN inviter_id integer;
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
ALTER TABLE invitation ADD CONSTRAINT invitation_inviter FOREIGN KEY (inviter_id) REFERENCES app_user;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX invitation_inviter ON invitation (inviter_id);
UPDATE invitation i SET inviter_id = u.user_id FROM app_user u WHERE u.login = i.created_by;

-- The public id of the client that made a webhook, for clients touch no other's; NULL: a person.
ALTER TABLE webhook ADD COLUMN made_by_client uuid;
UPDATE webhook w SET made_by_client = a.actor_id FROM audit a
WHERE a.entity = 'webhook' AND a.entity_id = w.public_id AND a.action = 'create' AND a.actor_kind = 'client';

-- migrate:down
ALTER TABLE webhook DROP COLUMN made_by_client;
ALTER TABLE invitation DROP COLUMN inviter_id;
