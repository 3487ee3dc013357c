-- migrate:up
CREATE TABLE organisation (
    organisation_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    parent_id integer REFERENCES organisation,
    kind text NOT NULL CHECK (kind IN ('maker', 'dealer', 'customer', 'ecc')),
    name text NOT NULL
);
CREATE INDEX organisation_parent ON organisation (parent_id);

CREATE TABLE site (
    site_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    organisation_id integer REFERENCES organisation
);

CREATE TABLE machine_model (
    model_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL DEFAULT 'other',
    maker text,
    nominal_voltage_v smallint,
    slot_s real NOT NULL DEFAULT 1 CHECK (slot_s > 0),
    preferred_source_address smallint[] NOT NULL DEFAULT '{}'
);

CREATE TABLE machine (
    machine_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    pin text NOT NULL UNIQUE,
    serial_no text UNIQUE,
    equipment_id text UNIQUE,
    name text NOT NULL,
    model_id integer REFERENCES machine_model,
    nominal_voltage_v smallint,
    site_id integer REFERENCES site,
    mode text NOT NULL DEFAULT 'in_service' CHECK (mode IN ('in_service', 'maintenance', 'stored', 'retired')),
    registered_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE terminal (
    terminal_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9._:-]{1,64}$'),
    clock_offset_us bigint NOT NULL DEFAULT 0,
    registered_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN terminal.clock_offset_us IS 'added to every time that the terminal reports';

CREATE TABLE installation (
    terminal_id integer NOT NULL REFERENCES terminal,
    machine_id integer NOT NULL REFERENCES machine,
    from_at timestamptz NOT NULL DEFAULT '-infinity',
    to_at timestamptz NOT NULL DEFAULT 'infinity',
    CHECK (from_at < to_at),
    EXCLUDE USING gist (terminal_id WITH =, tstzrange(from_at, to_at) WITH &&)
);
CREATE INDEX installation_machine ON installation (machine_id);

CREATE TABLE ownership (
    machine_id integer NOT NULL REFERENCES machine,
    organisation_id integer NOT NULL REFERENCES organisation,
    from_at timestamptz NOT NULL DEFAULT '-infinity',
    to_at timestamptz NOT NULL DEFAULT 'infinity',
    CHECK (from_at < to_at),
    EXCLUDE USING gist (machine_id WITH =, tstzrange(from_at, to_at) WITH &&)
);
CREATE INDEX ownership_organisation ON ownership (organisation_id);

CREATE TABLE sharing (
    machine_id integer NOT NULL REFERENCES machine,
    organisation_id integer NOT NULL REFERENCES organisation,
    data_class text NOT NULL CHECK (data_class IN ('all', 'position', 'hours', 'alarms')),
    from_at timestamptz NOT NULL DEFAULT '-infinity',
    to_at timestamptz NOT NULL DEFAULT 'infinity',
    CHECK (from_at < to_at),
    EXCLUDE USING gist (
        machine_id WITH =, organisation_id WITH =, data_class WITH =, tstzrange(from_at, to_at) WITH &&
    )
);
CREATE INDEX sharing_organisation ON sharing (organisation_id);

CREATE TABLE app_user (
    user_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL UNIQUE,
    organisation_id integer NOT NULL REFERENCES organisation,
    login text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    role text NOT NULL,
    language text NOT NULL DEFAULT 'en' CHECK (language IN ('zh', 'en')),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE app_session (
    session_hash bytea PRIMARY KEY,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX app_session_user ON app_session (user_id);

CREATE TABLE signal (
    signal_id smallint PRIMARY KEY,
    key text NOT NULL UNIQUE,
    unit text NOT NULL,
    en text NOT NULL,
    zh text NOT NULL,
    valid_min double precision NOT NULL,
    valid_max double precision NOT NULL,
    stored text NOT NULL DEFAULT 'float4' CHECK (stored IN ('float4', 'float8')),
    aggregation text NOT NULL DEFAULT 'gauge' CHECK (aggregation IN ('gauge', 'counter', 'state', 'position')),
    hold_s real NOT NULL DEFAULT 5,
    added_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_min < valid_max)
);
COMMENT ON TABLE signal IS 'signals that this site added; those of fleet/signals.toml are not repeated here';

-- One row each: what a batch transaction reads FOR SHARE before it writes.
CREATE TABLE config_epoch (
    only_row boolean PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 1
);
INSERT INTO config_epoch DEFAULT VALUES;

CREATE TABLE rollup_epoch (
    only_row boolean PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 1
);
INSERT INTO rollup_epoch DEFAULT VALUES;

CREATE TABLE gateway_epoch (
    gateway_id text PRIMARY KEY,
    epoch bigint NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE gateway_epoch;
DROP TABLE rollup_epoch;
DROP TABLE config_epoch;
DROP TABLE signal;
DROP TABLE app_session;
DROP TABLE app_user;
DROP TABLE sharing;
DROP TABLE ownership;
DROP TABLE installation;
DROP TABLE terminal;
DROP TABLE machine;
DROP TABLE machine_model;
DROP TABLE site;
DROP TABLE organisation;
