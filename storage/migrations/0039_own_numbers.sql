-- migrate:up
-- Null: nobody has chosen a language, and the browser's holds.
-- squawk-ignore ban-drop-not-null, ban-drop-default -- an older process would call it English, no more
ALTER TABLE app_user ALTER COLUMN language DROP NOT NULL, ALTER COLUMN language DROP DEFAULT;
-- squawk-ignore ban-drop-not-null -- the same
ALTER TABLE invitation ALTER COLUMN language DROP NOT NULL;

-- An equipment id is the owner's own number: unique among the machines of one owner, the last one where it is sold for
-- later. Uniqueness in the whole platform told one tenant what another calls its machines.
-- squawk-ignore ban-drop-constraint -- the triggers below keep what it is to guarantee, under its name
ALTER TABLE machine DROP CONSTRAINT machine_equipment_id_key;
CREATE INDEX machine_equipment_id ON machine (equipment_id);

-- True when another machine of the owner has the equipment id. Two who ask for one owner come one after the other.
CREATE FUNCTION equipment_id_is_taken(wanted text, owner integer, but integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('equipment ids of an owner'), owner);
    RETURN EXISTS (
        SELECT FROM machine m JOIN ownership o ON o.machine_id = m.machine_id AND o.to_at = 'infinity'
        WHERE m.equipment_id = wanted AND o.organisation_id = owner AND m.machine_id <> but
    );
END
$$;
REVOKE EXECUTE ON FUNCTION equipment_id_is_taken(text, integer, integer) FROM public;

CREATE FUNCTION refuse_taken_equipment_id() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner integer;
BEGIN
    SELECT o.organisation_id INTO owner FROM ownership o
    WHERE o.machine_id = new.machine_id AND o.to_at = 'infinity';
    IF owner IS NOT NULL AND equipment_id_is_taken(new.equipment_id, owner, new.machine_id) THEN
        RAISE unique_violation USING MESSAGE = 'the owner has a machine of this equipment id',
            CONSTRAINT = 'machine_equipment_id_key', TABLE = 'machine';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER equipment_id_of_owner AFTER UPDATE OF equipment_id ON machine FOR EACH ROW
WHEN (new.equipment_id IS NOT NULL AND new.equipment_id IS DISTINCT FROM old.equipment_id)
EXECUTE FUNCTION refuse_taken_equipment_id();

-- A new machine is refused; one that changes hands, or comes back, loses its number where the owner has given it away.
CREATE FUNCTION keep_equipment_ids_apart() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    number text;
BEGIN
    SELECT m.equipment_id INTO number FROM machine m WHERE m.machine_id = new.machine_id;
    IF number IS NULL OR NOT equipment_id_is_taken(number, new.organisation_id, new.machine_id) THEN
        RETURN NULL;
    END IF;
    IF tg_op = 'INSERT' AND new.from_at = '-infinity' THEN
        RAISE unique_violation USING MESSAGE = 'the owner has a machine of this equipment id',
            CONSTRAINT = 'machine_equipment_id_key', TABLE = 'machine';
    END IF;
    UPDATE machine SET equipment_id = NULL, version = version + 1 WHERE machine_id = new.machine_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER equipment_id_of_owner AFTER INSERT OR UPDATE ON ownership FOR EACH ROW
WHEN (new.to_at = 'infinity') EXECUTE FUNCTION keep_equipment_ids_apart();

-- True when the tenant is somewhere above the organisation: asked upwards, as an import writes many rows one by one and a
-- tenant may have thousands below it.
CREATE FUNCTION tenant_is_above(wanted integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE above AS (
        SELECT o.parent_id FROM organisation o WHERE o.organisation_id = wanted
        UNION
        SELECT o.parent_id FROM organisation o JOIN above a ON o.organisation_id = a.parent_id
    )
    SELECT EXISTS (SELECT FROM above WHERE parent_id = tenant())
$$;
REVOKE EXECUTE ON FUNCTION tenant_is_above(integer) FROM public;
GRANT EXECUTE ON FUNCTION tenant_is_above(integer) TO ecc_api;

-- Whether the tenant may write an audit row for an organisation that is not of its tree: only the other side of what it
-- did itself: a share's receiver, seller and buyer of a machine, the keeper of a terminal before or after it.
CREATE FUNCTION tenant_tells(told integer, what text, thing uuid, machine integer, done text, instant timestamptz)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN what = 'share' THEN tenant_owns(machine, instant)
        WHEN what = 'terminal' THEN EXISTS (
            SELECT FROM terminal t WHERE t.public_id = thing AND tenant_keeps_terminal(t.terminal_id, instant)
        )
        WHEN what = 'machine' AND done IN ('transfer', 'correct_transfer') THEN EXISTS (
            SELECT FROM machine_transfer t
            WHERE t.machine_id = machine AND told IN (t.from_organisation_id, t.to_organisation_id)
        ) AND EXISTS (
            SELECT FROM machine_transfer t
            WHERE t.machine_id = machine AND (
                t.from_organisation_id = ANY (tenant_organisation_ids())
                OR t.to_organisation_id = ANY (tenant_organisation_ids())
            )
        )
        ELSE FALSE
    END
$$;
REVOKE EXECUTE ON FUNCTION tenant_tells(integer, text, uuid, integer, text, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION tenant_tells(integer, text, uuid, integer, text, timestamptz) TO ecc_api;

CREATE POLICY tenant_about ON audit AS RESTRICTIVE FOR INSERT TO ecc_api WITH CHECK (
    organisation_id IS NULL
    OR organisation_id = (SELECT tenant())
    OR (SELECT tenant_sees_all())
    OR tenant_is_above(organisation_id)
    OR tenant_tells(organisation_id, entity, entity_id, machine_id, action, at)
);

-- migrate:down
DROP POLICY tenant_about ON audit;
DROP FUNCTION tenant_is_above(integer);
DROP FUNCTION tenant_tells(integer, text, uuid, integer, text, timestamptz);
DROP TRIGGER equipment_id_of_owner ON ownership;
DROP TRIGGER equipment_id_of_owner ON machine;
DROP FUNCTION keep_equipment_ids_apart();
DROP FUNCTION refuse_taken_equipment_id();
DROP FUNCTION equipment_id_is_taken(text, integer, integer);
DROP INDEX machine_equipment_id;
UPDATE machine m SET equipment_id = NULL, version = version + 1
WHERE EXISTS (SELECT FROM machine x WHERE x.equipment_id = m.equipment_id AND x.machine_id < m.machine_id);
ALTER TABLE machine ADD CONSTRAINT machine_equipment_id_key UNIQUE (equipment_id);
UPDATE invitation SET language = 'en' WHERE language IS NULL;
ALTER TABLE invitation ALTER COLUMN language SET NOT NULL;
UPDATE app_user SET language = 'en' WHERE language IS NULL;
ALTER TABLE app_user ALTER COLUMN language SET DEFAULT 'en', ALTER COLUMN language SET NOT NULL;
