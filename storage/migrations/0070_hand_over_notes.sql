-- migrate:up
-- What a shift of the control centre tells the one that relieves it. Append only: a note is never changed, and whoever
-- takes over says so once.
CREATE TABLE hand_over_note (
    note_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    roster_id uuid,
    seat_id uuid,
    place text,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    note text NOT NULL,
    standing jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    written_by integer NOT NULL REFERENCES app_user,
    by_name text NOT NULL,
    CHECK (from_at < to_at)
);
COMMENT ON COLUMN hand_over_note.roster_id IS 'public id; a note outlives its roster';
COMMENT ON COLUMN hand_over_note.place IS 'roster and seat as they were called then';
COMMENT ON COLUMN hand_over_note.standing IS 'what stood when it was written: see StandingRow in storage/alarm_load.py';
CREATE INDEX hand_over_note_by ON hand_over_note (written_by);

CREATE TABLE hand_over_confirmation (
    note_id integer PRIMARY KEY REFERENCES hand_over_note,
    confirmed_at timestamptz NOT NULL,
    confirmed_by integer NOT NULL REFERENCES app_user,
    by_name text NOT NULL
);
CREATE INDEX hand_over_confirmation_by ON hand_over_confirmation (confirmed_by);

ALTER TABLE hand_over_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE hand_over_confirmation ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform_api ON hand_over_note TO ecc_api
USING ((SELECT tenant_sees_all())) WITH CHECK ((SELECT tenant_sees_all()));
CREATE POLICY platform_api ON hand_over_confirmation TO ecc_api
USING ((SELECT tenant_sees_all())) WITH CHECK ((SELECT tenant_sees_all()));
GRANT SELECT, INSERT ON hand_over_note, hand_over_confirmation TO ecc_api;

-- migrate:down
DROP TABLE hand_over_confirmation;
DROP TABLE hand_over_note;
