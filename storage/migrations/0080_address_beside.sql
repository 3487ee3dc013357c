-- migrate:up
-- Beside the address of a channel that is told, one may wait for its code: notices go on to the one until the other is
-- verified and takes its place.
-- squawk-ignore ban-drop-constraint
ALTER TABLE notice_address DROP CONSTRAINT notice_address_user_id_channel_key;
CREATE UNIQUE INDEX notice_address_told ON notice_address (user_id, channel) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX notice_address_asked ON notice_address (user_id, channel) WHERE verified_at IS NULL;

-- migrate:down
DELETE FROM notice_address a USING notice_address told
WHERE told.user_id = a.user_id AND told.channel = a.channel AND told.verified_at IS NOT NULL AND a.verified_at IS NULL;
DROP INDEX notice_address_asked;
DROP INDEX notice_address_told;
ALTER TABLE notice_address ADD CONSTRAINT notice_address_user_id_channel_key UNIQUE (user_id, channel);
