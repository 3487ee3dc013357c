-- migrate:up
-- What of the fleet changed, transaction by transaction: an API process keeps what lists of machines are filtered and sorted by
-- in memory, and asks with each page for what has changed since (docs/adr/0005-fleet-index.md). Kept for a week.
CREATE TABLE fleet_change (
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT now(),
    machine_id integer -- NULL: what is said of models
);
CREATE INDEX fleet_change_xact ON fleet_change (xact);
CREATE INDEX fleet_change_at ON fleet_change (at);
GRANT SELECT, DELETE ON fleet_change TO ecc_housekeeping;

CREATE FUNCTION note_fleet_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO fleet_change (machine_id) VALUES (old.machine_id);
    ELSE
        INSERT INTO fleet_change (machine_id) VALUES (new.machine_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION note_model_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO fleet_change (machine_id) VALUES (NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER machine_listed AFTER INSERT OR DELETE OR UPDATE OF name, pin, serial_no, equipment_id, model_id, site_id, mode
ON machine FOR EACH ROW EXECUTE FUNCTION note_fleet_change();
CREATE TRIGGER ownership_listed AFTER INSERT OR DELETE OR UPDATE ON ownership
FOR EACH ROW EXECUTE FUNCTION note_fleet_change();
CREATE TRIGGER sharing_listed AFTER INSERT OR DELETE OR UPDATE ON sharing
FOR EACH ROW EXECUTE FUNCTION note_fleet_change();
CREATE TRIGGER model_listed AFTER INSERT OR DELETE OR UPDATE ON machine_model
FOR EACH STATEMENT EXECUTE FUNCTION note_model_change();
CREATE TRIGGER alarm_raised_listed AFTER INSERT ON alarm
FOR EACH ROW WHEN (new.state = 'active') EXECUTE FUNCTION note_fleet_change();
CREATE TRIGGER alarm_changed_listed AFTER UPDATE ON alarm
FOR EACH ROW WHEN (
    (old.state = 'active' OR new.state = 'active')
    AND (old.state <> new.state OR old.severity <> new.severity OR old.raised_at <> new.raised_at)
) EXECUTE FUNCTION note_fleet_change();
CREATE TRIGGER alarm_deleted_listed AFTER DELETE ON alarm
FOR EACH ROW WHEN (old.state = 'active') EXECUTE FUNCTION note_fleet_change();

-- States change every second. What a list says by them changes by the minute, in which indexes are written anyway: the row
-- itself keeps the transaction of its last such change. Of a machine without a reading every change counts.
ALTER TABLE machine_state ADD COLUMN listed_xact xid8;
CREATE INDEX machine_state_listed ON machine_state (listed_xact); -- squawk-ignore require-concurrent-index-creation
CREATE FUNCTION note_state_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    new.listed_xact := pg_current_xact_id();
    RETURN new;
END
$$;
CREATE TRIGGER state_begun BEFORE INSERT ON machine_state FOR EACH ROW EXECUTE FUNCTION note_state_change();
CREATE TRIGGER state_listed BEFORE UPDATE ON machine_state
FOR EACH ROW WHEN (
    new.measured_at IS NULL OR new.online IS DISTINCT FROM old.online
    OR date_bin('1 minute', new.measured_at, 'epoch') IS DISTINCT FROM old.measured_minute
) EXECUTE FUNCTION note_state_change();

-- What has changed for lists since a snapshot: the machines in fleet_change, whether models did, and states as columns.
-- It is the process's own reading: which machine is whose, and shown to whom, is said by storage/sight.py and again by
-- row-level security when what a page shows is read.
CREATE FUNCTION fleet_changes(since pg_snapshot)
RETURNS TABLE (
    upto text, models boolean, machines integer [],
    states integer [], known_at timestamptz [], measured_minute timestamptz [], online smallint []
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    upto := pg_current_snapshot()::text;
    SELECT coalesce(bool_or(c.machine_id IS NULL), FALSE), array_agg(DISTINCT c.machine_id)
        FILTER (WHERE c.machine_id IS NOT NULL)
    INTO models, machines
    FROM fleet_change c WHERE c.xact >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(c.xact, since)
        AND c.xact < pg_snapshot_xmax(pg_current_snapshot()); -- not those of a server that this was restored from
    SELECT array_agg(s.machine_id), array_agg(coalesce(s.measured_at, s.received_at)),
        array_agg(coalesce(s.measured_minute, '-infinity')),
        array_agg(CASE WHEN s.online THEN 1 WHEN NOT s.online THEN 0 ELSE -1 END::smallint)
    INTO states, known_at, measured_minute, online
    FROM machine_state s
    WHERE s.listed_xact >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(s.listed_xact, since)
        AND s.listed_xact < pg_snapshot_xmax(pg_current_snapshot());
    RETURN NEXT;
END
$$;
-- What lists of machines are filtered and sorted by, of some machines; classes: bits of readings 1, position 2, hours 4,
-- alarms 8, and 16 for an owner's period.
CREATE FUNCTION fleet_machines(wanted integer [])
RETURNS TABLE (
    machine_id integer, public_id uuid, name text, pin text, words text, model_key integer, site_id integer, mode text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1000 AS $$
    SELECT m.machine_id, m.public_id, m.name, m.pin, m.words, m.model_key, coalesce(m.site_id, 0), m.mode
    FROM machine m WHERE m.machine_id = ANY (wanted)
$$;
CREATE FUNCTION fleet_periods(wanted integer [])
RETURNS TABLE (
    machines integer [], organisations integer [], classes smallint [], from_at timestamptz [], to_at timestamptz []
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_agg(p.machine_id), array_agg(p.organisation_id::integer), array_agg(p.classes::smallint),
        array_agg(p.from_at), array_agg(p.to_at)
    FROM (
        SELECT o.machine_id, o.organisation_id, 31 AS classes, o.from_at, o.to_at
        FROM ownership o WHERE o.machine_id = ANY (wanted)
        UNION ALL
        SELECT s.machine_id, s.organisation_id, CASE s.data_class
            WHEN 'all' THEN 15 WHEN 'readings' THEN 5 WHEN 'position' THEN 2 WHEN 'hours' THEN 4 WHEN 'alarms' THEN 8
            ELSE 0 END, s.from_at, s.to_at
        FROM sharing s WHERE s.machine_id = ANY (wanted)
    ) p
$$;
CREATE FUNCTION fleet_open_alarms(wanted integer [])
RETURNS TABLE (machines integer [], weights integer [], raised_at timestamptz [])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_agg(l.machine_id), array_agg(l.severity_weight), array_agg(l.raised_at)
    FROM alarm l WHERE l.state = 'active' AND l.machine_id = ANY (wanted)
$$;
REVOKE EXECUTE ON FUNCTION note_fleet_change(), note_model_change(), note_state_change(), fleet_changes(pg_snapshot),
fleet_machines(integer []), fleet_periods(integer []), fleet_open_alarms(integer []) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fleet_changes(pg_snapshot), fleet_machines(integer []), fleet_periods(integer []),
fleet_open_alarms(integer []) TO ecc_api;

-- migrate:down
DROP FUNCTION fleet_open_alarms(integer []);
DROP FUNCTION fleet_periods(integer []);
DROP FUNCTION fleet_machines(integer []);
DROP FUNCTION fleet_changes(pg_snapshot);
DROP TRIGGER state_listed ON machine_state;
DROP TRIGGER state_begun ON machine_state;
DROP FUNCTION note_state_change();
ALTER TABLE machine_state DROP COLUMN listed_xact;
DROP TRIGGER alarm_deleted_listed ON alarm;
DROP TRIGGER alarm_changed_listed ON alarm;
DROP TRIGGER alarm_raised_listed ON alarm;
DROP TRIGGER model_listed ON machine_model;
DROP TRIGGER sharing_listed ON sharing;
DROP TRIGGER ownership_listed ON ownership;
DROP TRIGGER machine_listed ON machine;
DROP FUNCTION note_model_change();
DROP FUNCTION note_fleet_change();
DROP TABLE fleet_change;
