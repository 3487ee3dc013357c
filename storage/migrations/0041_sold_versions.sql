
-- migrate:up
-- A sale, a purchase and the correction of either is a change of the machine: what was read of it before is stale.
CREATE FUNCTION raise_version_of_sold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE machine m SET version = m.version + 1, updated_at = new.recorded_at WHERE m.machine_id = new.machine_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER version_of_sold AFTER INSERT ON machine_transfer FOR EACH ROW EXECUTE FUNCTION raise_version_of_sold();

-- migrate:down
DROP TRIGGER version_of_sold ON machine_transfer;
DROP FUNCTION raise_version_of_sold();
