-- migrate:up
-- What machines of a model, or of a kind, need, and how often. Everybody's to read and the platform's to write.
CREATE TABLE maintenance_plan (
    plan_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    name text NOT NULL,
    kind text REFERENCES machine_kind (code) ON UPDATE CASCADE,
    model_id integer REFERENCES machine_model,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT maintenance_plan_for CHECK ((kind IS NULL) <> (model_id IS NULL))
);
CREATE UNIQUE INDEX maintenance_plan_name ON maintenance_plan (name) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX maintenance_plan_kind ON maintenance_plan (kind) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX maintenance_plan_model ON maintenance_plan (model_id) WHERE retired_at IS NULL;

-- Append only: every version of a plan as it was entered.
CREATE TABLE maintenance_plan_version (
    plan_id integer NOT NULL REFERENCES maintenance_plan,
    version integer NOT NULL,
    content jsonb NOT NULL,
    entered_at timestamptz NOT NULL,
    entered_by text NOT NULL,
    PRIMARY KEY (plan_id, version)
);
COMMENT ON COLUMN maintenance_plan_version.content IS 'see alerts.maintenance.plan.Plan';

-- Where a machine's counters stand, and when it is looked at next. recount_from: readings or changes of that time came
-- since; infinity: none. totals: NULL while unknown.
CREATE TABLE maintenance_machine (
    machine_id integer PRIMARY KEY REFERENCES machine,
    as_of timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    recount_from timestamptz NOT NULL DEFAULT 'infinity',
    forecast_on date,
    hours_h double precision,
    hours_offset_h double precision NOT NULL DEFAULT 0,
    distance_km double precision,
    fuel_l double precision
);
CREATE INDEX maintenance_machine_next ON maintenance_machine (next_at);

-- What each counter has grown by until the end of a day (UTC) that said anything; see alerts.maintenance.meters.
CREATE TABLE meter_day (
    machine_id integer NOT NULL REFERENCES machine,
    day_at timestamptz NOT NULL,
    hours double precision [] NOT NULL,
    distance double precision [] NOT NULL,
    fuel double precision [] NOT NULL,
    PRIMARY KEY (machine_id, day_at)
);
COMMENT ON COLUMN meter_day.hours IS 'grown, run_h, base, last, last_us, held, held_us, held_run_h';

-- Counters that were replaced, and totals that somebody read. Never changed, only withdrawn.
CREATE TABLE meter_change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    machine_id integer NOT NULL REFERENCES machine,
    meter text NOT NULL CHECK (meter IN ('engine_hours_h', 'distance_total_km', 'fuel_used_total_l')),
    kind text NOT NULL CHECK (kind IN ('replaced', 'set')),
    at timestamptz NOT NULL,
    old_value double precision CHECK (old_value >= 0),
    new_value double precision NOT NULL CHECK (new_value >= 0),
    note text,
    entered_at timestamptz NOT NULL,
    by_name text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    CHECK (kind = 'replaced' OR old_value IS NULL)
);
CREATE INDEX meter_change_of ON meter_change (machine_id, change_id);

-- One item of a plan on a machine: its cycle under way and where it stands.
CREATE TABLE maintenance_item (
    machine_id integer NOT NULL REFERENCES machine,
    item text NOT NULL,
    plan_id integer NOT NULL REFERENCES maintenance_plan,
    plan_version integer NOT NULL,
    is_active boolean NOT NULL DEFAULT TRUE,
    zh text NOT NULL,
    en text NOT NULL,
    task text NOT NULL CHECK (task IN ('service', 'inspection')),
    cycle integer NOT NULL CHECK (cycle > 0),
    began_at timestamptz NOT NULL,
    from_day date NOT NULL,
    carry jsonb NOT NULL DEFAULT '{}',
    rank smallint NOT NULL DEFAULT 3 CHECK (rank BETWEEN 0 AND 3),
    stage smallint NOT NULL DEFAULT -1,
    left_over jsonb NOT NULL DEFAULT '{}',
    due_low date,
    due_on date NOT NULL DEFAULT 'infinity',
    due_high date,
    snoozed_until timestamptz,
    snoozed_by text,
    snooze_reason text,
    snoozes integer NOT NULL DEFAULT 0,
    evaluated_at timestamptz NOT NULL,
    PRIMARY KEY (machine_id, item)
);
COMMENT ON COLUMN maintenance_item.rank IS '0 overdue, 1 due, 2 soon, 3 ok';
COMMENT ON COLUMN maintenance_item.stage IS 'position of the last stage that was told of, -1 none';
COMMENT ON COLUMN maintenance_item.due_on IS 'the middle of its range; infinity: not within a year, or not known';
CREATE INDEX maintenance_item_due ON maintenance_item (rank, due_on, machine_id, item) WHERE is_active;
CREATE INDEX maintenance_item_plan ON maintenance_item (plan_id);

-- Work that was done, an item a row; service_id: what was recorded together. A correction names what it replaces.
CREATE TABLE maintenance_done (
    done_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    service_id uuid NOT NULL,
    machine_id integer NOT NULL REFERENCES machine,
    item text NOT NULL,
    zh text NOT NULL,
    en text NOT NULL,
    cycle integer NOT NULL,
    done_at timestamptz NOT NULL,
    hours_h double precision,
    minutes integer,
    parts jsonb NOT NULL DEFAULT '[]',
    checks jsonb NOT NULL DEFAULT '[]',
    note text,
    recorded_at timestamptz NOT NULL,
    by_name text NOT NULL,
    before jsonb NOT NULL,
    corrects bigint UNIQUE REFERENCES maintenance_done
);
COMMENT ON COLUMN maintenance_done.hours_h IS 'what the hour meter showed';
COMMENT ON COLUMN maintenance_done.before IS 'the cycle that the work ended';
CREATE UNIQUE INDEX maintenance_done_once ON maintenance_done (machine_id, item, cycle) WHERE corrects IS NULL;
CREATE INDEX maintenance_done_of ON maintenance_done (machine_id, done_id);

-- What owners and dealers were told: each stage of a cycle once. A row is told of by whoever sends notices.
CREATE TABLE reminder (
    reminder_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    machine_id integer NOT NULL REFERENCES machine,
    item text NOT NULL,
    item_zh text NOT NULL,
    item_en text NOT NULL,
    cycle integer NOT NULL,
    stage text NOT NULL,
    state text NOT NULL CHECK (state IN ('soon', 'due', 'overdue')),
    at timestamptz NOT NULL,
    tell text [] NOT NULL,
    detail jsonb NOT NULL,
    UNIQUE (machine_id, item, cycle, stage)
);
CREATE TRIGGER tell_of_reminders AFTER INSERT ON reminder REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION tell_of_reminders();

ALTER TABLE maintenance_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE maintenance_plan_version ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
    guarded text;
    instant text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['maintenance_plan', 'maintenance_plan_version'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO ecc_api USING (tenant() IS NOT NULL)', guarded);
        EXECUTE format('CREATE POLICY platform_api ON %I FOR ALL TO ecc_api '
                       'USING ((SELECT tenant_sees_all())) WITH CHECK ((SELECT tenant_sees_all()))', guarded);
    END LOOP;
    -- Hours are seen as counters are: of the time in which the machine, or its hours, were the tenant's to see. What is
    -- about the present (now()) is theirs who see it now.
    FOR guarded, instant IN
        VALUES ('maintenance_machine', 'now()'), ('maintenance_item', 'now()'), ('meter_day', 'meter_day.day_at'),
               ('meter_change', 'meter_change.entered_at'), ('maintenance_done', 'maintenance_done.recorded_at'),
               ('reminder', 'reminder.at')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format(
            'CREATE POLICY tenant ON %1$I TO ecc_api USING ((SELECT tenant_sees_all()) '
            'OR EXISTS (SELECT FROM ownership x WHERE x.machine_id = %1$I.machine_id '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) '
            'AND x.from_at <= %2$s AND %2$s < x.to_at OFFSET 0) '
            'OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = %1$I.machine_id '
            'AND x.data_class IN (''all'', ''readings'', ''hours'') '
            'AND x.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]) '
            'AND x.from_at <= %2$s AND %2$s < x.to_at OFFSET 0))',
            guarded, instant);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['maintenance_plan', 'maintenance_plan_version', 'maintenance_machine',
                                   'maintenance_item', 'meter_day', 'meter_change', 'maintenance_done', 'reminder'] LOOP
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
END
$$;

GRANT SELECT ON maintenance_plan, maintenance_plan_version, maintenance_machine, maintenance_item, meter_day,
meter_change, maintenance_done, reminder
TO ecc_api, ecc_diagnose;
GRANT INSERT ON maintenance_plan, maintenance_plan_version, meter_change, maintenance_done TO ecc_api;
GRANT UPDATE (name, kind, model_id, version, updated_at, retired_at) ON maintenance_plan TO ecc_api;
GRANT UPDATE (withdrawn_at, withdrawn_by) ON meter_change TO ecc_api;
GRANT UPDATE (next_at, recount_from, forecast_on) ON maintenance_machine TO ecc_api;
GRANT UPDATE (is_active, cycle, began_at, from_day, carry, rank, stage, left_over, due_low, due_on, due_high,
snoozed_until, snoozed_by, snooze_reason, snoozes)
ON maintenance_item TO ecc_api;
GRANT INSERT, UPDATE ON maintenance_machine, maintenance_item, meter_day TO ecc_diagnose;
GRANT INSERT ON reminder TO ecc_diagnose;
GRANT SELECT ON work_time_1h, machine_kind TO ecc_diagnose;
GRANT SELECT ON reminder TO ecc_sender;
-- Rollups that late readings changed are recounted.
GRANT SELECT (machine_id, next_at, recount_from), UPDATE (next_at, recount_from) ON maintenance_machine TO ecc_housekeeping;

-- migrate:down
REVOKE SELECT ON work_time_1h, machine_kind FROM ecc_diagnose;
DROP TABLE reminder;
DROP TABLE maintenance_done;
DROP TABLE maintenance_item;
DROP TABLE meter_change;
DROP TABLE meter_day;
DROP TABLE maintenance_machine;
DROP TABLE maintenance_plan_version;
DROP TABLE maintenance_plan;
