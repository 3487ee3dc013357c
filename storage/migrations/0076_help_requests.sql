-- migrate:up
-- Somebody who runs or owns a machine asks for help: it is told at once to whoever is on duty in the control centre and to
-- the dealer, is taken by one of them, and answered. Never changed, never taken away.
CREATE TABLE help_request (
    help_request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    machine_id integer NOT NULL REFERENCES machine,
    organisation_id integer NOT NULL REFERENCES organisation,
    user_id integer NOT NULL REFERENCES app_user,
    alarm_id uuid REFERENCES alarm,
    asked_by text NOT NULL,
    phone text,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    asked_at timestamptz NOT NULL,
    told_at timestamptz,
    taken_at timestamptz,
    taken_by text,
    answered_at timestamptz,
    answered_by text,
    answer text
);
COMMENT ON COLUMN help_request.organisation_id IS 'whose person asks';
COMMENT ON COLUMN help_request.told_at IS 'NULL: nobody has been told yet';
CREATE INDEX help_request_open ON help_request (help_request_id) WHERE answered_at IS NULL;
CREATE INDEX help_request_untold ON help_request (help_request_id) WHERE told_at IS NULL;
CREATE INDEX help_request_of ON help_request (machine_id, help_request_id);

ALTER TABLE help_request ENABLE ROW LEVEL SECURITY;
-- Between the side that asks and those above it: a later owner of the machine does not read it.
CREATE POLICY tenant ON help_request TO ecc_api USING (
    (SELECT tenant_sees_all()) OR organisation_id = ANY((SELECT tenant_organisation_ids())::integer [])
);
CREATE POLICY platform ON help_request TO ecc_sender USING (TRUE) WITH CHECK (TRUE);
GRANT SELECT, INSERT ON help_request TO ecc_api;
GRANT UPDATE (taken_at, taken_by, answered_at, answered_by, answer) ON help_request TO ecc_api;
GRANT SELECT, UPDATE (told_at) ON help_request TO ecc_sender;

CREATE FUNCTION tell_of_help() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM route_notices();
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION tell_of_help() FROM public;
CREATE TRIGGER tell_of_help AFTER INSERT ON help_request FOR EACH STATEMENT EXECUTE FUNCTION tell_of_help();

-- squawk-ignore ban-drop-constraint
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check
CHECK (kind IN ('alarm', 'reminder', 'collected', 'test', 'code', 'report', 'help')) NOT VALID;

-- migrate:down
DELETE FROM notice WHERE kind = 'help';
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check
CHECK (kind IN ('alarm', 'reminder', 'collected', 'test', 'code', 'report')) NOT VALID;
DROP TABLE help_request;
DROP FUNCTION tell_of_help();
