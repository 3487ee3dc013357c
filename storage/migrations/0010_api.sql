-- migrate:up
-- The platform's own organisation: the live stream reads the event log for everybody in its name.
INSERT INTO organisation (public_id, kind, name)
SELECT gen_random_uuid(), 'ecc', 'ECC' WHERE NOT EXISTS (SELECT FROM organisation WHERE kind = 'ecc');

CREATE FUNCTION platform_organisation() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT min(organisation_id) FROM organisation WHERE kind = 'ecc'
$$;

-- Which minutes of a machine still wait to be rolled up: the API counts those itself.
CREATE INDEX dirty_range_machine ON dirty_range (machine_id);
GRANT SELECT ON dirty_range TO ecc_api;

-- Pages of the machine list and of the alarm list.
CREATE INDEX machine_name ON machine (name, machine_id);
CREATE INDEX alarm_committed ON alarm (committed_at, alarm_id);

-- migrate:down
DROP INDEX alarm_committed;
DROP INDEX machine_name;
REVOKE SELECT ON dirty_range FROM ecc_api;
DROP INDEX dirty_range_machine;
DROP FUNCTION platform_organisation();
