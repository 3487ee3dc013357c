-- migrate:up
-- Organisations, people, sites, geofences and duty rosters as people keep them; each row has the version that its ETag names.
ALTER TABLE organisation
ADD COLUMN external_no text,
ADD COLUMN language text NOT NULL DEFAULT 'zh' CONSTRAINT organisation_language CHECK (language IN ('zh', 'en')),
ADD COLUMN contact_name text,
ADD COLUMN contact_email text,
ADD COLUMN contact_phone text,
ADD COLUMN active boolean NOT NULL DEFAULT TRUE,
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX organisation_sibling ON organisation (parent_id, kind, name) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX organisation_external_no ON organisation (parent_id, external_no) NULLS NOT DISTINCT
WHERE external_no IS NOT NULL;

-- A child of what the tenant sees is below it as well: written so, a row that is only just being inserted is seen too.
DROP POLICY tenant ON organisation;
CREATE POLICY tenant ON organisation TO ecc_api
USING (
    (SELECT tenant_sees_all())
    OR organisation_id = (SELECT tenant())
    OR parent_id = (SELECT tenant())
    OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer [])
    OR parent_id = ANY ((SELECT tenant_organisation_ids())::integer [])
);
-- An organisation of the kind ecc sees everything; the API makes none.
CREATE POLICY one_platform ON organisation AS RESTRICTIVE FOR INSERT TO ecc_api WITH CHECK (kind <> 'ecc');
GRANT INSERT ON organisation TO ecc_api;
GRANT UPDATE (
    parent_id, name, external_no, language, contact_name, contact_email, contact_phone, active, version, updated_at
) ON organisation TO ecc_api;

ALTER TABLE app_user
ADD COLUMN name text NOT NULL DEFAULT '',
ADD COLUMN email text,
ADD COLUMN phone text,
ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Shanghai',
ADD COLUMN active boolean NOT NULL DEFAULT TRUE,
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
UPDATE app_user SET name = login;
CREATE INDEX app_user_organisation ON app_user (organisation_id);

-- A site is a line somebody typed: they are few enough to be written again with an id each, and to be checked at once.
ALTER TABLE site
-- squawk-ignore adding-field-with-default
ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN address text,
ADD COLUMN latitude_deg double precision CONSTRAINT site_latitude CHECK (latitude_deg BETWEEN -90 AND 90),
ADD COLUMN longitude_deg double precision CONSTRAINT site_longitude CHECK (longitude_deg BETWEEN -180 AND 180),
ADD COLUMN working_calendar jsonb NOT NULL DEFAULT '{}',
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
-- squawk-ignore constraint-missing-not-valid
ADD CONSTRAINT site_position CHECK ((latitude_deg IS NULL) = (longitude_deg IS NULL));
COMMENT ON COLUMN site.working_calendar IS 'weekday hours and exceptions, see fleet/working_calendar.py; {}: none is kept';
CREATE UNIQUE INDEX site_public_id ON site (public_id);
CREATE UNIQUE INDEX site_name ON site (organisation_id, name) NULLS NOT DISTINCT;
GRANT INSERT, UPDATE, DELETE ON site TO ecc_api;

CREATE TABLE geofence (
    geofence_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    site_id integer REFERENCES site,
    name text NOT NULL,
    purpose text NOT NULL,
    geometry jsonb NOT NULL,
    radius_m double precision,
    width_m double precision,
    buffer_m double precision NOT NULL DEFAULT 0 CHECK (buffer_m >= 0),
    valid_from timestamptz NOT NULL DEFAULT '-infinity',
    valid_to timestamptz NOT NULL DEFAULT 'infinity',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_from < valid_to),
    CONSTRAINT geofence_shape CHECK (
        CASE geometry ->> 'type'
            WHEN 'Polygon' THEN radius_m IS NULL AND width_m IS NULL
            WHEN 'Point' THEN radius_m > 0 AND width_m IS NULL
            WHEN 'LineString' THEN width_m > 0 AND radius_m IS NULL
            ELSE FALSE
        END
    )
);
COMMENT ON COLUMN geofence.geometry IS 'GeoJSON, WGS 84: Polygon, Point with radius_m (a circle), LineString with width_m (a corridor)';
CREATE UNIQUE INDEX geofence_name ON geofence (organisation_id, site_id, name) NULLS NOT DISTINCT;
CREATE INDEX geofence_site ON geofence (site_id);

CREATE TABLE roster (
    roster_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    name text NOT NULL,
    time_zone text NOT NULL,
    exceptions jsonb NOT NULL DEFAULT '[]',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX roster_name ON roster (organisation_id, name);

-- A named post; others (cases, notices) refer to it, not to whoever sits there.
CREATE TABLE duty_seat (
    seat_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    roster_id integer NOT NULL REFERENCES roster ON DELETE CASCADE,
    organisation_id integer NOT NULL REFERENCES organisation,
    place smallint NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    shifts jsonb NOT NULL DEFAULT '[]'
);
COMMENT ON COLUMN duty_seat.place IS 'its place in the list of the roster''s seats';
COMMENT ON COLUMN duty_seat.shifts IS 'by weekday or dated, with the public ids of the people on them, see fleet/duty.py';
CREATE INDEX duty_seat_roster ON duty_seat (roster_id);

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['geofence', 'roster', 'duty_seat'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY platform ON %I TO ecc_gateway, ecc_diagnose, ecc_sender, ecc_housekeeping '
                       'USING (TRUE) WITH CHECK (TRUE)', guarded);
        EXECUTE format('CREATE POLICY tenant ON %I TO ecc_api USING ((SELECT tenant_sees_all()) '
                       'OR organisation_id = (SELECT tenant()) '
                       'OR organisation_id = ANY ((SELECT tenant_organisation_ids())::integer[]))', guarded);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ecc_api', guarded);
    END LOOP;
END
$$;

-- migrate:down
DROP TABLE duty_seat;
DROP TABLE roster;
DROP TABLE geofence;
REVOKE INSERT, UPDATE, DELETE ON site FROM ecc_api;
DROP INDEX site_name;
DROP INDEX site_public_id;
ALTER TABLE site
DROP COLUMN updated_at,
DROP COLUMN created_at,
DROP COLUMN version,
DROP COLUMN working_calendar,
DROP COLUMN longitude_deg,
DROP COLUMN latitude_deg,
DROP COLUMN address,
DROP COLUMN public_id;
DROP INDEX app_user_organisation;
ALTER TABLE app_user
DROP COLUMN updated_at,
DROP COLUMN version,
DROP COLUMN active,
DROP COLUMN time_zone,
DROP COLUMN phone,
DROP COLUMN email,
DROP COLUMN name;
REVOKE UPDATE (
    parent_id, name, external_no, language, contact_name, contact_email, contact_phone, active, version, updated_at
) ON organisation FROM ecc_api;
REVOKE INSERT ON organisation FROM ecc_api;
DROP POLICY one_platform ON organisation;
DROP POLICY tenant ON organisation;
CREATE POLICY tenant ON organisation TO ecc_api USING (
    (SELECT tenant_sees_all()) OR organisation_id IN (SELECT tenant_organisations())
);
DROP INDEX organisation_external_no;
DROP INDEX organisation_sibling;
ALTER TABLE organisation
DROP COLUMN updated_at,
DROP COLUMN created_at,
DROP COLUMN version,
DROP COLUMN active,
DROP COLUMN contact_phone,
DROP COLUMN contact_email,
DROP COLUMN contact_name,
DROP COLUMN language,
DROP COLUMN external_no;
