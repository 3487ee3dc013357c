-- migrate:up
-- Kinds of machines. default_signals: what a machine of the kind is expected to report.
CREATE TABLE machine_kind (
    kind_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    code text NOT NULL UNIQUE,
    zh text NOT NULL,
    en text NOT NULL,
    default_signals text [] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO machine_kind (code, zh, en, default_signals)
SELECT code, zh, en, ARRAY['engine_speed_rpm', 'engine_coolant_temp_degc', 'engine_oil_pressure_kpa', 'fuel_level_pct',
                           'engine_hours_h', 'battery_voltage_v', 'latitude_deg', 'longitude_deg'] || more
FROM (VALUES
    ('excavator', '挖掘机', 'Excavator', ARRAY['hydraulic_oil_temp_degc']),
    ('wheel_loader', '装载机', 'Wheel loader', ARRAY['hydraulic_oil_temp_degc']),
    ('truck_crane', '汽车起重机', 'Truck crane', ARRAY['load_moment_pct']),
    ('concrete_pump_truck', '混凝土泵车', 'Concrete pump truck', ARRAY['pumping_pressure_kpa']),
    ('roller', '压路机', 'Roller', '{}'),
    ('dozer', '推土机', 'Dozer', '{}'),
    ('grader', '平地机', 'Grader', '{}'),
    ('paver', '摊铺机', 'Paver', '{}'),
    ('tractor', '拖拉机', 'Tractor', '{}')
) AS known (code, zh, en, more);
INSERT INTO machine_kind (code, zh, en) VALUES ('other', '其他', 'Other');
INSERT INTO machine_kind (code, zh, en) SELECT DISTINCT kind, kind, kind FROM machine_model
ON CONFLICT (code) DO NOTHING;

-- Models are everybody's to read and the platform's to write.
ALTER TABLE machine_model
ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(), -- squawk-ignore adding-field-with-default
ADD COLUMN fuel_tank_l real,
ADD COLUMN def_tank_l real,
ADD COLUMN rated_engine_speed_rpm real,
ADD COLUMN expected_signals text [],
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN machine_model.expected_signals IS 'NULL: those of its kind';
CREATE UNIQUE INDEX machine_model_public ON machine_model (public_id);
ALTER TABLE machine_model ADD CONSTRAINT machine_model_kind
FOREIGN KEY (kind) REFERENCES machine_kind (code) ON UPDATE CASCADE NOT VALID;
CREATE INDEX machine_model_of_kind ON machine_model (kind);

-- Factory options that a model can have, and those that a machine has.
CREATE TABLE model_option (
    option_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id integer NOT NULL REFERENCES machine_model ON DELETE CASCADE,
    code text NOT NULL,
    zh text NOT NULL,
    en text NOT NULL,
    UNIQUE (model_id, code)
);
CREATE TABLE machine_option (
    machine_id integer NOT NULL REFERENCES machine,
    option_id integer NOT NULL REFERENCES model_option,
    PRIMARY KEY (machine_id, option_id)
);
CREATE INDEX machine_option_of ON machine_option (option_id);

-- Releases of controllers' software; model_id NULL: for any model.
CREATE TABLE software_version (
    software_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    model_id integer REFERENCES machine_model,
    controller text NOT NULL,
    release text NOT NULL,
    released_at timestamptz,
    note text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX software_version_release ON software_version (controller, release, coalesce(model_id, 0));
CREATE INDEX software_version_model ON software_version (model_id);

-- What somebody entered as installed; what a machine reports itself is in its attributes and events.
CREATE TABLE machine_software (
    machine_id integer NOT NULL REFERENCES machine,
    controller text NOT NULL,
    release text NOT NULL,
    from_at timestamptz NOT NULL,
    entered_at timestamptz NOT NULL,
    entered_by text NOT NULL,
    PRIMARY KEY (machine_id, controller, from_at)
);

ALTER TABLE machine
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT machine_mode_check;
UPDATE machine SET mode = CASE mode WHEN 'maintenance' THEN 'in_repair' ELSE 'scrapped' END
WHERE mode IN ('maintenance', 'retired');
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE machine ADD CONSTRAINT machine_mode_check
CHECK (mode IN ('in_service', 'transport', 'in_repair', 'stored', 'scrapped'));

CREATE TABLE machine_mode_change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine_id integer NOT NULL REFERENCES machine,
    mode_before text NOT NULL,
    mode text NOT NULL,
    from_at timestamptz NOT NULL,
    reason text,
    by_name text NOT NULL
);
CREATE INDEX machine_mode_change_machine ON machine_mode_change (machine_id, from_at);

-- organisation_id: whose stock a terminal is in; NULL is the platform's. On a machine, the machine's owner sees it too.
ALTER TABLE terminal
ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(), -- squawk-ignore adding-field-with-default
ADD COLUMN organisation_id integer,
ADD COLUMN hardware text,
ADD COLUMN firmware text,
ADD COLUMN coordinate_system text NOT NULL DEFAULT 'wgs84',
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN terminal.coordinate_system IS
'in which system the terminal states its places; readings keep what came, answers are WGS 84';
CREATE UNIQUE INDEX terminal_public ON terminal (public_id);
CREATE INDEX terminal_of ON terminal (organisation_id);
CREATE INDEX terminal_not_wgs84 ON terminal (terminal_id) WHERE coordinate_system <> 'wgs84';
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE terminal ADD CONSTRAINT terminal_coordinate_system
CHECK (coordinate_system IN ('wgs84', 'gcj02', 'bd09'));
ALTER TABLE terminal ADD CONSTRAINT terminal_organisation
FOREIGN KEY (organisation_id) REFERENCES organisation NOT VALID;

CREATE TABLE sim (
    terminal_id integer PRIMARY KEY REFERENCES terminal ON DELETE CASCADE,
    iccid text NOT NULL UNIQUE,
    imsi text UNIQUE,
    msisdn text,
    operator text,
    valid_to date,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'ended'))
);

ALTER TABLE installation
ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(), -- squawk-ignore adding-field-with-default
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX installation_public ON installation (public_id);

ALTER TABLE sharing
ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(), -- squawk-ignore adding-field-with-default
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX sharing_public ON sharing (public_id);

-- Sales and purchases as they were recorded; ownership is what follows from them. A correction undoes one (corrects).
CREATE TABLE machine_transfer (
    transfer_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    machine_id integer NOT NULL REFERENCES machine,
    from_organisation_id integer REFERENCES organisation,
    to_organisation_id integer NOT NULL REFERENCES organisation,
    at timestamptz NOT NULL,
    document_no text,
    corrects integer UNIQUE REFERENCES machine_transfer,
    ended_shares jsonb NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON COLUMN machine_transfer.ended_shares IS 'public id -> when the share would have ended without the transfer';
CREATE INDEX machine_transfer_machine ON machine_transfer (machine_id, transfer_id);
CREATE INDEX machine_transfer_from ON machine_transfer (from_organisation_id);
CREATE INDEX machine_transfer_to ON machine_transfer (to_organisation_id);

-- True when the tenant's organisation, or one below it, owns the machine at the instant.
CREATE FUNCTION tenant_owns(wanted integer, instant timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tenant_sees_all() OR EXISTS (
        SELECT FROM ownership o
        WHERE o.machine_id = wanted AND o.from_at <= instant AND instant < o.to_at
          AND o.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    )
$$;

-- The number of an organisation, whoever asks: a buyer or a renter is named by its public id and nothing else is told.
CREATE FUNCTION organisation_of(wanted uuid) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organisation_id FROM organisation WHERE public_id = wanted
$$;

CREATE FUNCTION organisation_public_id(wanted integer) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT public_id FROM organisation WHERE organisation_id = wanted
$$;

-- The first owner of a new machine. ecc_api may not write ownership itself.
CREATE FUNCTION own_new_machine(wanted uuid, owner integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    machine_no integer;
BEGIN
    IF NOT tenant_sees_all() AND coalesce(owner <> ALL (tenant_organisation_ids()), TRUE) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the owner of a new machine must be of the tenant';
    END IF;
    SELECT m.machine_id INTO STRICT machine_no FROM machine m WHERE m.public_id = wanted;
    IF EXISTS (SELECT FROM ownership o WHERE o.machine_id = machine_no) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the machine has an owner';
    END IF;
    IF owner IS NOT NULL THEN
        INSERT INTO ownership (machine_id, organisation_id) VALUES (machine_no, owner);
    END IF;
    RETURN machine_no;
END
$$;

-- A sale: the owner of `instant` owns the machine until then, the buyer from then on; the owner's shares end with it,
-- and the machine stands on no site of the owner's any more.
-- Returns the shares that it ended, with their former ends.
CREATE FUNCTION transfer_ownership(wanted integer, buyer integer, instant timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended jsonb;
BEGIN
    IF NOT tenant_owns(wanted, instant) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the seller must be of the tenant';
    END IF;
    UPDATE ownership o SET to_at = instant
    WHERE o.machine_id = wanted AND o.from_at < instant AND o.to_at = 'infinity';
    INSERT INTO ownership (machine_id, organisation_id, from_at) VALUES (wanted, buyer, instant);
    SELECT coalesce(jsonb_object_agg(s.public_id, s.to_at), '{}') INTO ended
    FROM sharing s WHERE s.machine_id = wanted AND s.from_at < instant AND s.to_at > instant;
    UPDATE sharing s SET to_at = instant, version = s.version + 1
    WHERE s.machine_id = wanted AND s.from_at < instant AND s.to_at > instant;
    DELETE FROM sharing s WHERE s.machine_id = wanted AND s.from_at >= instant;
    UPDATE machine m SET site_id = NULL, version = m.version + 1
    WHERE m.machine_id = wanted AND m.site_id IS NOT NULL AND instant <= now();
    RETURN ended;
END
$$;

-- The machine's last transfer as if it had not been: the seller owns on, its shares last as long as they would have.
CREATE FUNCTION undo_transfer(wrong integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    t machine_transfer;
BEGIN
    SELECT * INTO STRICT t FROM machine_transfer x WHERE x.transfer_id = wrong FOR UPDATE;
    IF NOT tenant_sees_all() AND coalesce(t.from_organisation_id <> ALL (tenant_organisation_ids()), TRUE) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the seller must be of the tenant';
    END IF;
    DELETE FROM ownership o WHERE o.machine_id = t.machine_id AND o.from_at = t.at AND o.to_at = 'infinity'
        AND o.organisation_id = t.to_organisation_id;
    IF NOT FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = 'only the last transfer can be undone';
    END IF;
    UPDATE ownership o SET to_at = 'infinity'
    WHERE o.machine_id = t.machine_id AND o.to_at = t.at AND o.organisation_id = t.from_organisation_id;
    DELETE FROM sharing s WHERE s.machine_id = t.machine_id AND s.from_at >= t.at;
    UPDATE sharing s SET to_at = e.value::timestamptz, version = s.version + 1
    FROM jsonb_each_text(t.ended_shares) e
    WHERE s.machine_id = t.machine_id AND s.public_id = e.key::uuid AND s.to_at = t.at;
END
$$;

-- What of a machine's terminals was refused since `since`, by reason: counts only, no payload.
CREATE FUNCTION quarantined_of(wanted integer, since timestamptz)
RETURNS TABLE (terminal text, reason text, entries bigint, newest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.name, q.reason, count(*), max(q.received_at)
    FROM installation i
    JOIN terminal t USING (terminal_id)
    LEFT JOIN ownership o ON o.machine_id = i.machine_id
    JOIN quarantine q ON q.terminal = t.name
        AND q.received_at >= greatest(since, i.from_at, o.from_at) AND q.received_at < least(i.to_at, o.to_at)
    WHERE i.machine_id = wanted AND q.replayed_at IS NULL
      AND (tenant_sees_all() OR o.organisation_id = ANY (tenant_organisation_ids()))
    GROUP BY 1, 2
$$;

REVOKE EXECUTE ON FUNCTION organisation_of(uuid), organisation_public_id(integer), own_new_machine(uuid, integer), undo_transfer(integer),
transfer_ownership(integer, integer, timestamptz), quarantined_of(integer, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION organisation_of(uuid), organisation_public_id(integer), own_new_machine(uuid, integer), undo_transfer(integer),
transfer_ownership(integer, integer, timestamptz), quarantined_of(integer, timestamptz) TO ecc_api;

ALTER TABLE machine_kind ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_model ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_option ENABLE ROW LEVEL SECURITY;
ALTER TABLE software_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE terminal ENABLE ROW LEVEL SECURITY;
ALTER TABLE sim ENABLE ROW LEVEL SECURITY;
ALTER TABLE installation ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_option ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_software ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_mode_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_transfer ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    guarded text;
    ours CONSTANT text := '(SELECT tenant_sees_all()) '
        'OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[])';
    owned CONSTANT text := 'tenant_owns(machine_id, now())';
BEGIN
    FOREACH guarded IN ARRAY ARRAY['machine_kind', 'machine_model', 'model_option', 'software_version', 'terminal',
                                   'sim', 'installation', 'machine_option', 'machine_software',
                                   'machine_mode_change', 'machine_transfer'] LOOP
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
    END LOOP;
    -- read by everybody who is signed in, written by the platform
    FOREACH guarded IN ARRAY ARRAY['machine_kind', 'machine_model', 'model_option', 'software_version'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO ecc_api USING (tenant() IS NOT NULL)', guarded);
        EXECUTE format('CREATE POLICY tenant_write ON %I TO ecc_api USING ((SELECT tenant_sees_all()))', guarded);
    END LOOP;
    -- with the machine; written by its owner of now
    FOREACH guarded IN ARRAY ARRAY['installation', 'machine_option', 'machine_software', 'machine_mode_change'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %1$I FOR SELECT TO ecc_api USING (EXISTS (SELECT FROM machine m '
                       'WHERE m.machine_id = %1$I.machine_id))', guarded);
        EXECUTE format('CREATE POLICY tenant_write ON %I TO ecc_api USING (%s)', guarded, owned);
    END LOOP;
    EXECUTE format('CREATE POLICY tenant ON terminal FOR SELECT TO ecc_api USING (%s OR EXISTS (SELECT FROM '
                   'installation i WHERE i.terminal_id = terminal.terminal_id))', ours);
    EXECUTE format('CREATE POLICY tenant_write ON terminal TO ecc_api USING (%s OR EXISTS (SELECT FROM installation i '
                   'WHERE i.terminal_id = terminal.terminal_id AND i.to_at > now() '
                   'AND tenant_owns(i.machine_id, now()))) WITH CHECK (TRUE)', ours);
    EXECUTE format('CREATE POLICY tenant_insert ON terminal AS RESTRICTIVE FOR INSERT TO ecc_api WITH CHECK (%s)', ours);
END
$$;

-- A SIM is its terminal's keeper's to see: a renter has no use for it.
CREATE POLICY tenant ON sim TO ecc_api
USING (
    EXISTS (
        SELECT FROM terminal t
        WHERE t.terminal_id = sim.terminal_id AND (
            (SELECT tenant_sees_all())
            OR t.organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
            OR EXISTS (
                SELECT FROM installation i
                WHERE i.terminal_id = t.terminal_id AND i.to_at > now() AND tenant_owns(i.machine_id, now())
            )
        )
    )
);
CREATE POLICY tenant ON machine_transfer TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR from_organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    OR to_organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
)
WITH CHECK (
    (SELECT tenant_sees_all()) OR from_organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
);

-- A new machine is nobody's until own_new_machine(); only the owner of now changes one.
CREATE POLICY tenant_insert ON machine FOR INSERT TO ecc_api WITH CHECK (tenant() IS NOT NULL);
CREATE POLICY tenant_update ON machine AS RESTRICTIVE FOR UPDATE TO ecc_api USING (tenant_owns(machine_id, now()));

-- Who owns the machine when a share begins gives it, sees it and may end it; whom it is given to only sees it.
CREATE POLICY tenant_gives ON sharing TO ecc_api
USING (tenant_owns(machine_id, now())) WITH CHECK (tenant_owns(machine_id, greatest(from_at, now())));
CREATE POLICY tenant_gives_insert ON sharing AS RESTRICTIVE FOR INSERT TO ecc_api
WITH CHECK (tenant_owns(machine_id, from_at));
CREATE POLICY tenant_gives_update ON sharing AS RESTRICTIVE FOR UPDATE TO ecc_api
USING (tenant_owns(machine_id, now())) WITH CHECK (tenant_owns(machine_id, from_at));
CREATE POLICY tenant_gives_delete ON sharing AS RESTRICTIVE FOR DELETE TO ecc_api
USING (tenant_owns(machine_id, now()));

GRANT SELECT, INSERT, UPDATE, DELETE ON machine_kind, machine_model, model_option, software_version, terminal, sim,
machine_option, machine_software, sharing TO ecc_api;
GRANT SELECT, INSERT ON machine_mode_change, machine_transfer TO ecc_api;
GRANT INSERT, UPDATE ON machine, installation TO ecc_api;
GRANT UPDATE ON config_epoch TO ecc_api;

-- migrate:down
REVOKE UPDATE ON config_epoch FROM ecc_api;
REVOKE INSERT, UPDATE ON machine, installation FROM ecc_api;
REVOKE INSERT, UPDATE, DELETE ON machine_model, terminal, sharing FROM ecc_api;
DROP POLICY tenant_gives_delete ON sharing;
DROP POLICY tenant_gives_update ON sharing;
DROP POLICY tenant_gives_insert ON sharing;
DROP POLICY tenant_gives ON sharing;
DROP POLICY tenant_update ON machine;
DROP POLICY tenant_insert ON machine;
DROP TABLE machine_transfer;
DROP TABLE sim;
DO $$
DECLARE
    guarded text;
    rule text;
BEGIN
    FOR guarded, rule IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'
        AND tablename IN ('machine_model', 'terminal', 'installation') LOOP
        EXECUTE format('DROP POLICY %I ON %I', rule, guarded);
    END LOOP;
END
$$;
ALTER TABLE installation DISABLE ROW LEVEL SECURITY;
ALTER TABLE terminal DISABLE ROW LEVEL SECURITY;
ALTER TABLE machine_model DISABLE ROW LEVEL SECURITY;
DROP TABLE machine_mode_change;
DROP TABLE machine_software;
DROP TABLE machine_option;
DROP TABLE software_version;
DROP TABLE model_option;
DROP FUNCTION quarantined_of(integer, timestamptz);
DROP FUNCTION undo_transfer(integer);
DROP FUNCTION transfer_ownership(integer, integer, timestamptz);
DROP FUNCTION own_new_machine(uuid, integer);
DROP FUNCTION organisation_public_id(integer);
DROP FUNCTION organisation_of(uuid);
DROP FUNCTION tenant_owns(integer, timestamptz);
ALTER TABLE sharing DROP COLUMN public_id, DROP COLUMN version, DROP COLUMN created_at, DROP COLUMN updated_at;
ALTER TABLE installation DROP COLUMN public_id, DROP COLUMN version, DROP COLUMN created_at, DROP COLUMN updated_at;
ALTER TABLE terminal DROP COLUMN public_id, DROP COLUMN organisation_id, DROP COLUMN hardware, DROP COLUMN firmware,
DROP COLUMN coordinate_system, DROP COLUMN version, DROP COLUMN updated_at;
ALTER TABLE machine DROP CONSTRAINT machine_mode_check, DROP COLUMN version, DROP COLUMN updated_at;
UPDATE machine SET mode = CASE mode WHEN 'scrapped' THEN 'retired' WHEN 'in_repair' THEN 'maintenance' ELSE 'stored' END
WHERE mode IN ('scrapped', 'in_repair', 'transport');
ALTER TABLE machine ADD CONSTRAINT machine_mode_check
CHECK (mode IN ('in_service', 'maintenance', 'stored', 'retired'));
ALTER TABLE machine_model DROP COLUMN public_id, DROP COLUMN fuel_tank_l,
DROP COLUMN def_tank_l, DROP COLUMN rated_engine_speed_rpm, DROP COLUMN expected_signals, DROP COLUMN version,
DROP COLUMN created_at, DROP COLUMN updated_at, DROP CONSTRAINT machine_model_kind;
DROP INDEX machine_model_of_kind;
DROP TABLE machine_kind;
