-- migrate:up
-- What people write beside a machine's readings: of an instant or a span of its time. Never changed, only withdrawn.
CREATE TABLE machine_note (
    note_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    machine_id integer NOT NULL REFERENCES machine,
    organisation_id integer NOT NULL REFERENCES organisation,
    from_at timestamptz NOT NULL,
    to_at timestamptz CHECK (to_at > from_at),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    written_at timestamptz NOT NULL,
    by_name text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text
);
COMMENT ON COLUMN machine_note.organisation_id IS 'whose person wrote it';
COMMENT ON COLUMN machine_note.to_at IS 'NULL: an instant';
CREATE INDEX machine_note_of ON machine_note (machine_id, from_at);

ALTER TABLE machine_note ENABLE ROW LEVEL SECURITY;
-- Seen by whoever sees the readings of all the time that it is about; a share or an ownership covers it whole.
CREATE POLICY tenant ON machine_note FOR SELECT TO ecc_api USING (
    (SELECT tenant_sees_all())
    OR EXISTS (
        SELECT FROM ownership x
        WHERE x.machine_id = machine_note.machine_id
            AND x.organisation_id = ANY((SELECT tenant_organisation_ids())::integer [])
            AND x.from_at <= machine_note.from_at
            AND coalesce(machine_note.to_at, machine_note.from_at + interval '1 microsecond') <= x.to_at
        OFFSET 0
    )
    OR EXISTS (
        SELECT FROM sharing x
        WHERE x.machine_id = machine_note.machine_id AND x.data_class IN ('all', 'readings')
            AND x.organisation_id = ANY((SELECT tenant_organisation_ids())::integer [])
            AND x.from_at <= machine_note.from_at
            AND coalesce(machine_note.to_at, machine_note.from_at + interval '1 microsecond') <= x.to_at
        OFFSET 0
    )
);
-- Written in one's own name, and withdrawn by the writer's own side only.
CREATE POLICY tenant_writes ON machine_note FOR INSERT TO ecc_api
WITH CHECK (
    organisation_id = ANY((SELECT tenant_organisation_ids())::integer [])
    AND EXISTS (SELECT FROM machine m WHERE m.machine_id = machine_note.machine_id)
);
CREATE POLICY tenant_withdraws ON machine_note FOR UPDATE TO ecc_api
USING (organisation_id = ANY((SELECT tenant_organisation_ids())::integer []));
GRANT SELECT, INSERT ON machine_note TO ecc_api;
GRANT UPDATE (withdrawn_at, withdrawn_by) ON machine_note TO ecc_api;

-- migrate:down
DROP TABLE machine_note;
