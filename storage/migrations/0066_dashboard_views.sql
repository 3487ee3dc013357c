-- migrate:up
-- What Grafana reads, and nothing else: views made for its boards (docs/grafana.md). They are the control centre's, so they hold
-- the machines of every organisation; they hold no places and no people, since nobody notes who looked at a board.
CREATE SCHEMA dashboard;

CREATE VIEW dashboard.organisation AS
SELECT public_id AS organisation_id, name, kind FROM organisation;

-- Each organisation with itself and all below it.
CREATE VIEW dashboard.organisation_below AS
WITH RECURSIVE below (above, organisation_id) AS (
    SELECT organisation_id, organisation_id FROM organisation
    UNION
    SELECT b.above, o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
)
SELECT a.public_id AS organisation_id, b.organisation_id AS below FROM below b JOIN organisation a ON a.organisation_id = b.above;

-- The machines that an organisation, or one below it, owns now.
CREATE VIEW dashboard.owned AS
SELECT b.organisation_id, w.machine_id AS number
FROM dashboard.organisation_below b
JOIN ownership w ON w.organisation_id = b.below AND w.from_at <= now() AND now() < w.to_at;

-- number: what the other views know a machine by. The owner is looked up for lines that are shown only.
CREATE VIEW dashboard.machine AS
SELECT m.machine_id AS number, m.public_id AS machine_id, m.pin, m.name, coalesce(mm.kind, 'other') AS kind,
    mm.public_id AS model_id, mm.name AS model, mm.maker, t.public_id AS site_id, t.name AS site,
    coalesce(t.time_zone, 'UTC') AS time_zone, m.mode, m.registered_at,
    (
        SELECT o.name FROM ownership w JOIN organisation o USING (organisation_id)
        WHERE w.machine_id = m.machine_id AND w.from_at <= now() AND now() < w.to_at
    ) AS organisation
FROM machine m LEFT JOIN machine_model mm USING (model_id) LEFT JOIN site t USING (site_id);

CREATE VIEW dashboard.model AS
SELECT public_id AS model_id, name, kind, maker FROM machine_model;

CREATE VIEW dashboard.site AS
SELECT public_id AS site_id, name, time_zone FROM site;

CREATE VIEW dashboard.machine_now AS
SELECT machine_id AS number, online, work_state, measured_at, received_at, signal_ids FROM machine_state;

-- Signals that this site added; those of the catalogue are in the boards themselves.
CREATE VIEW dashboard.own_signal AS
SELECT signal_id, key, unit, en, zh FROM signal WHERE aggregation <> 'position';

-- Which rollup answers for points so far apart: the coarsest that is not wider, so that a board of 90 days reads hours.
CREATE FUNCTION dashboard.level_s(interval_ms bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN interval_ms >= 3600000 THEN 3600 WHEN interval_ms >= 900000 THEN 900 ELSE 60 END
$$;

-- level_s: one of those; a query that names it reads that table alone. The barrier keeps conditions from seeing places.
CREATE VIEW dashboard.signal_rollup WITH (security_barrier = TRUE) AS
SELECT * FROM (
    SELECT 60 AS level_s, machine_id AS number, bucket_at AS at, signal_id, n, min, max, sum, first, last, increase
    FROM rollup_1m
    UNION ALL
    SELECT 900, machine_id, bucket_at, signal_id, n, min, max, sum, first, last, increase FROM rollup_15m
    UNION ALL
    SELECT 3600, machine_id, bucket_at, signal_id, n, min, max, sum, first, last, increase FROM rollup_1h
) r
WHERE r.signal_id <> ALL ('{60,61,62,64}') -- latitude_deg, longitude_deg, altitude_m, heading_deg
    AND r.signal_id <> ALL (ARRAY(SELECT s.signal_id FROM signal s WHERE s.aggregation = 'position'));

CREATE VIEW dashboard.work_time AS
SELECT level_s, number, at, working_s::float8 AS working_s, travelling_s::float8 AS travelling_s, idle_s::float8 AS idle_s,
    off_s::float8 AS off_s
FROM (
    SELECT 60 AS level_s, machine_id AS number, bucket_at AS at, working_s, travelling_s, idle_s, off_s FROM work_time_1m
    UNION ALL
    SELECT 900, machine_id, bucket_at, working_s, travelling_s, idle_s, off_s FROM work_time_15m
    UNION ALL
    SELECT 3600, machine_id, bucket_at, working_s, travelling_s, idle_s, off_s FROM work_time_1h
) w;

-- What each machine's counters had grown by at the end of a day (UTC), gap-safe: docs/maintenance.md.
CREATE VIEW dashboard.meter_day AS
SELECT machine_id AS number, day_at, hours[1] + hours[2] AS hours_h, distance[1] AS distance_km, fuel[1] AS fuel_l FROM meter_day;

CREATE VIEW dashboard.alarm AS
SELECT alarm_id, finding_id, machine_id AS number, source_kind, source_key, severity, severity_weight, state, lifecycle,
    suppression, raised_at, cleared_at, committed_at, announced_at, acknowledged_at, historic, chattering, fleeting,
    escalation, inhibited_by IS NOT NULL AS inhibited
FROM alarm;

-- Why a machine is silent now (docs/silence.md).
CREATE VIEW dashboard.silence AS
SELECT a.alarm_id, a.machine_id AS number, a.severity, a.raised_at, f.from_at AS last_heard_at,
    coalesce(f.reason ->> 'key', 'unknown') AS reason
FROM alarm a JOIN finding f USING (finding_id)
WHERE a.state = 'active' AND a.source_kind = 'platform' AND a.source_key = 'machine_silent';

-- The last verdict on each finding, without who gave it and what they wrote.
CREATE VIEW dashboard.verdict AS
SELECT v.finding_id, f.machine_id AS number, f.source_kind, f.source_key, f.version, f.severity, f.held_at, v.verdict,
    v.part, v.given_at,
    (SELECT a.alarm_id FROM alarm a WHERE a.finding_id = v.finding_id LIMIT 1) AS alarm_id
FROM finding_verdict v JOIN finding f USING (finding_id)
WHERE NOT EXISTS (
    SELECT FROM finding_verdict later WHERE later.finding_id = v.finding_id AND later.verdict_id > v.verdict_id
);

CREATE VIEW dashboard.fault_code AS
SELECT machine_id AS number, source_address, spn, fmi, first_seen_at, last_seen_at,
    nullif(occurrence_count, -1) AS occurrence_count, active
FROM fault_code;

CREATE VIEW dashboard.distrusted_signal AS
SELECT machine_id AS number, signal_id, from_at, to_at, score, checks FROM signal_trust;

-- What plans ask for, and what was done.
CREATE VIEW dashboard.service AS
SELECT machine_id AS number, item, zh, en, task, (ARRAY['overdue', 'due', 'soon', 'ok'])[rank + 1] AS state, rank,
    due_low, CASE WHEN isfinite(due_on) THEN due_on END AS due_on, due_high,
    CASE WHEN snoozed_until > now() THEN snoozed_until END AS snoozed_until, evaluated_at
FROM maintenance_item WHERE is_active;

CREATE VIEW dashboard.service_done AS
SELECT machine_id AS number, service_id, item, zh, en, done_at, minutes, recorded_at
FROM maintenance_done d
WHERE NOT EXISTS (SELECT FROM maintenance_done later WHERE later.corrects = d.done_id);

-- Limits and seats by which the load of alarms is counted (docs/alarms.md).
CREATE VIEW dashboard.alarm_setting AS
SELECT stale_after_h, flood_begins, flood_ends, chattering_count, chattering_within_s, fleeting_s,
    (
        SELECT greatest(1, count(*)) FROM duty_seat s JOIN organisation o USING (organisation_id) WHERE o.kind = 'ecc'
    )::integer AS seats
FROM alarm_setting;

CREATE VIEW dashboard.alarm_flood AS
SELECT flood_id, began_at, ended_at, seats, peak, first_out AS alarm_id FROM alarm_flood;

CREATE VIEW dashboard.alarm_hold AS
SELECT machine_id AS number, source_kind, source_key, hold, since, until_at, alarm_id FROM alarm_hold;

-- The platform itself.
CREATE VIEW dashboard.platform_health AS
SELECT gateway_id, from_at, to_at FROM platform_health;

-- missing: sequence numbers between the first and the last message of a power cycle that did not come.
CREATE VIEW dashboard.power_cycle AS
SELECT t.name AS terminal, i.machine_id AS number, l.boot, l.messages, l.rows_committed, l.rows_quarantined, l.redelivered,
    CASE WHEN isempty(l.ranges) THEN 0 ELSE upper(l.ranges) - 1 - l.through - above.came END AS missing,
    l.max_measured_at, l.first_received_at, l.last_received_at
FROM ledger l
JOIN terminal t USING (terminal_id)
LEFT JOIN installation i
    ON i.terminal_id = l.terminal_id AND i.from_at <= l.last_received_at AND l.last_received_at < i.to_at
CROSS JOIN LATERAL (SELECT coalesce(sum(upper(x) - lower(x)), 0)::bigint AS came FROM unnest(l.ranges) x) above;

CREATE VIEW dashboard.refused AS
SELECT terminal, reason, received_at, replayed_at FROM quarantine;

-- Minutes with readings, and those of them that were complete only later than that, as the trust page counts them. Most
-- hours have none of those: bits are counted where there are some.
CREATE VIEW dashboard.arrival AS
SELECT machine_id AS number, bucket_at AS at, bit_count(heard::bit(64)) AS minutes,
    CASE WHEN heard = in_10s THEN 0 ELSE bit_count((heard & ~in_10s)::bit(64)) END AS over_10s,
    CASE WHEN heard = in_1m THEN 0 ELSE bit_count((heard & ~in_1m)::bit(64)) END AS over_1m,
    CASE WHEN heard = in_15m THEN 0 ELSE bit_count((heard & ~in_15m)::bit(64)) END AS over_15m,
    CASE WHEN heard = in_1h THEN 0 ELSE bit_count((heard & ~in_1h)::bit(64)) END AS over_1h,
    CASE WHEN heard = in_1d THEN 0 ELSE bit_count((heard & ~in_1d)::bit(64)) END AS over_1d, latest_s
FROM arrival_1h;

CREATE VIEW dashboard.conflict AS
SELECT machine_id AS number, signal_id, measured_at, received_at FROM reading_conflict;

CREATE VIEW dashboard.rollup_backlog AS
SELECT machine_id AS number, from_at, to_at FROM dirty_range;

CREATE VIEW dashboard.job AS
SELECT queue_name, status::text AS status, scheduled_at, attempts FROM procrastinate_jobs;

CREATE VIEW dashboard.notice AS
SELECT channel, kind, severity, state, made_at, due_at, ended_at, attempts FROM notice;

-- migrate:down
DROP SCHEMA dashboard CASCADE;
