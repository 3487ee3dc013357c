-- migrate:up
-- Whether somebody is told of services that are due is a choice of its own: until now whoever chose anything lost them.
ALTER TABLE notice_preference ADD COLUMN services boolean NOT NULL DEFAULT TRUE;

-- migrate:down
ALTER TABLE notice_preference DROP COLUMN services;
