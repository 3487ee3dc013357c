-- migrate:up
-- Roles belong to the whole server, so another database of it may have made them already.
CREATE EXTENSION IF NOT EXISTS timescaledb;
CREATE EXTENSION IF NOT EXISTS btree_gist;

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['ecc_owner', 'ecc_gateway', 'ecc_diagnose', 'ecc_sender', 'ecc_housekeeping',
                                  'ecc_api', 'ecc_grafana'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I LOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another migration was quicker
        END;
    END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api, ecc_grafana;

-- migrate:down
-- The roles stay: other databases of the server may use them.
DROP EXTENSION IF EXISTS btree_gist;
