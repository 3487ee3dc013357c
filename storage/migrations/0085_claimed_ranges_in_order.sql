-- migrate:up
-- The claimed ranges in the order in which they are taken: of hundreds of thousands (weeks of back-fill) each portion
-- finds its few hundred without reading the others.
CREATE INDEX dirty_range_claimed ON dirty_range (from_at, machine_id) WHERE claimed_at IS NOT NULL;

-- migrate:down
DROP INDEX dirty_range_claimed;
