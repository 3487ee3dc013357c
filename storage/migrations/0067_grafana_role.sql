-- migrate:up
-- ecc_grafana reads the views of the schema dashboard, and the version of the database's schema as every role does. Whoever may
-- edit a board, or ask its data source, sends whatever SQL they like: what keeps them out of everything else are these grants;
-- reading only, and not for long, are its sessions' defaults, which a session may change.
GRANT USAGE ON SCHEMA dashboard TO ecc_grafana;
GRANT SELECT ON ALL TABLES IN SCHEMA dashboard TO ecc_grafana;
REVOKE EXECUTE ON FUNCTION dashboard.level_s(bigint) FROM public;
GRANT EXECUTE ON FUNCTION dashboard.level_s(bigint) TO ecc_grafana;

-- These answer by the tenant that a session names, and any role could name one; they are the API's, and those they were made for.
DO $$
DECLARE
    guarded regprocedure;
BEGIN
    FOR guarded IN
        SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND has_function_privilege('ecc_grafana', p.oid, 'EXECUTE')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM public', guarded);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api', guarded);
    END LOOP;
END
$$;

-- Of the whole server: what belongs to one database would be lost with its copies and dumps.
DO $$
BEGIN
    ALTER ROLE ecc_grafana SET statement_timeout = '10s';
    ALTER ROLE ecc_grafana SET idle_in_transaction_session_timeout = '30s';
    ALTER ROLE ecc_grafana SET default_transaction_read_only = on;
    ALTER ROLE ecc_grafana SET work_mem = '32MB'; -- sorted in memory, not on the disk
    ALTER ROLE ecc_grafana CONNECTION LIMIT 20;
EXCEPTION WHEN internal_error THEN
    NULL; -- "tuple concurrently updated": another database's migration was quicker, and says the same
END
$$;

-- migrate:down
ALTER ROLE ecc_grafana CONNECTION LIMIT -1;
ALTER ROLE ecc_grafana RESET work_mem;
ALTER ROLE ecc_grafana RESET default_transaction_read_only;
ALTER ROLE ecc_grafana RESET idle_in_transaction_session_timeout;
ALTER ROLE ecc_grafana RESET statement_timeout;
REVOKE ALL ON ALL TABLES IN SCHEMA dashboard FROM ecc_grafana;
REVOKE EXECUTE ON FUNCTION dashboard.level_s(bigint) FROM ecc_grafana;
REVOKE USAGE ON SCHEMA dashboard FROM ecc_grafana;
