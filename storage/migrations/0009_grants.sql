-- migrate:up
GRANT SELECT ON schema_migrations TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api, ecc_grafana;

-- gateway: the batch transaction
GRANT SELECT, INSERT, UPDATE ON reading, event, reading_extra, reading_conflict, fault_code, machine_attribute,
machine_state, ledger, quarantine, platform_health, finding, alarm
TO ecc_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON rejudge, rule_state, decode_state TO ecc_gateway;
GRANT SELECT, INSERT ON dirty_range, alarm_transition, event_log, machine, terminal, installation, ownership,
organisation, machine_model, site
TO ecc_gateway;
GRANT SELECT, INSERT, UPDATE ON gateway_epoch TO ecc_gateway;
-- SELECT ... FOR SHARE asks for UPDATE
GRANT SELECT, UPDATE ON config_epoch, rollup_epoch TO ecc_gateway;
GRANT SELECT ON signal, sharing TO ecc_gateway;

-- housekeeping: rollups, retention, worn-out sessions, stalled jobs
GRANT SELECT ON reading, machine, site, signal, ledger, quarantine, event_log TO ecc_housekeeping;
GRANT SELECT, INSERT, UPDATE, DELETE ON rollup_1m, rollup_15m, rollup_1h, work_time_1m, work_time_15m, work_time_1h,
dirty_range
TO ecc_housekeeping;
GRANT SELECT, UPDATE ON rollup_epoch TO ecc_housekeeping;
GRANT SELECT, DELETE ON app_session TO ecc_housekeeping;
GRANT EXECUTE ON FUNCTION drop_chunks_older_than TO ecc_housekeeping;

-- diagnose: models on windows, in a process of their own
GRANT SELECT ON reading, event, rollup_1m, rollup_15m, rollup_1h, machine, machine_model, signal, finding
TO ecc_diagnose;

-- sender: what a notice says
GRANT SELECT ON alarm, alarm_transition, finding, machine, machine_model, site, organisation, ownership, app_user,
event_log
TO ecc_sender;

-- api: row-level security guards the relational tables; hypertables only through machines and periods it looked up there
GRANT SELECT ON organisation, site, machine_model, machine, terminal, installation, ownership, sharing, signal,
config_epoch, machine_state, machine_attribute, fault_code, finding, alarm, alarm_transition, event_log,
platform_health, ledger, reading, reading_extra, event, rollup_1m, rollup_15m, rollup_1h, work_time_1m, work_time_15m,
work_time_1h
TO ecc_api;
GRANT UPDATE (acknowledged_at, acknowledged_by) ON alarm TO ecc_api;
GRANT INSERT ON alarm_transition, event_log TO ecc_api;
GRANT SELECT, INSERT, UPDATE ON app_user TO ecc_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON app_session TO ecc_api;

GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
procrastinate_workers
TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api;

-- migrate:down
REVOKE ALL ON ALL TABLES IN SCHEMA public
FROM ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api, ecc_grafana;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public
FROM ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping, ecc_api, ecc_grafana;
