-- migrate:up
-- Columns follow fleet/signals.toml in id order (a test compares them); a site's own signals are added behind them.
CREATE TABLE reading (
    machine_id integer NOT NULL,
    measured_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    engine_speed_rpm real,
    engine_load_pct real,
    engine_torque_pct real,
    driver_demand_torque_pct real,
    accelerator_pedal_pct real,
    engine_oil_pressure_kpa real,
    engine_oil_level_pct real,
    engine_oil_temp_degc real,
    engine_coolant_temp_degc real,
    engine_coolant_level_pct real,
    engine_coolant_pressure_kpa real,
    crankcase_pressure_kpa real,
    fuel_delivery_pressure_kpa real,
    fuel_temp_degc real,
    water_in_fuel real,
    fuel_filter_dp_kpa real,
    fuel_level_pct real,
    fuel_level_2_pct real,
    fuel_rate_lph real,
    fuel_used_total_l double precision,
    fuel_used_trip_l double precision,
    engine_hours_h double precision,
    idle_hours_h double precision,
    intake_manifold_pressure_kpa real,
    intake_manifold_temp_degc real,
    intake_air_pressure_kpa real,
    air_filter_dp_kpa real,
    exhaust_temp_degc real,
    intercooler_temp_degc real,
    barometric_pressure_kpa real,
    ambient_temp_degc real,
    intake_air_temp_degc real,
    battery_voltage_v real,
    key_switch_voltage_v real,
    charging_voltage_v real,
    alternator_current_a real,
    hydraulic_oil_temp_degc real,
    hydraulic_pressure_kpa real,
    hydraulic_filter_restriction real,
    def_level_pct real,
    def_temp_degc real,
    def_concentration_pct real,
    scr_inducement_level real,
    dpf_soot_load_pct real,
    dpf_ash_load_pct real,
    dpf_dp_kpa real,
    dpf_intake_temp_degc real,
    dpf_outlet_temp_degc real,
    dpf_active_regen real,
    dpf_status real,
    dpf_lamp real,
    transmission_oil_pressure_kpa real,
    transmission_oil_temp_degc real,
    transmission_output_speed_rpm real,
    transmission_input_speed_rpm real,
    transmission_gear real,
    wheel_speed_kmh real,
    parking_brake real,
    distance_total_km double precision,
    distance_total_hr_km double precision,
    latitude_deg double precision,
    longitude_deg double precision,
    altitude_m real,
    ground_speed_kmh real,
    heading_deg real,
    ecu_temp_degc real,
    oil_filter_intake_pressure_kpa real,
    fan_speed_rpm real,
    engine_operating_state real,
    main_pump_1_pressure_kpa real,
    main_pump_2_pressure_kpa real,
    pilot_pressure_kpa real,
    swing_pressure_kpa real,
    travel_pressure_kpa real,
    boom_angle_deg real,
    load_moment_pct real,
    payload_kg real,
    pumping_pressure_kpa real,
    pump_strokes_count double precision,
    vibration_frequency_hz real,
    load_count double precision,
    payload_total_kg double precision,
    terminal_supply_voltage_v real,
    terminal_backup_battery_v real,
    signal_strength_dbm real,
    gnss_satellites_count real
);
SELECT create_hypertable('reading', by_range('measured_at', INTERVAL '1 day'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX reading_machine_at ON reading (machine_id, measured_at);

-- A value that came for an instant and signal which already had another one: the first is kept, the other is here.
CREATE TABLE reading_conflict (
    machine_id integer NOT NULL,
    measured_at timestamptz NOT NULL,
    signal_id smallint NOT NULL,
    kept double precision NOT NULL,
    refused double precision NOT NULL,
    terminal text NOT NULL,
    boot text NOT NULL,
    seq bigint NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (machine_id, measured_at, signal_id, refused)
);

CREATE TABLE reading_extra (
    machine_id integer NOT NULL,
    measured_at timestamptz NOT NULL,
    key text NOT NULL,
    value double precision NOT NULL
);
SELECT create_hypertable('reading_extra', by_range('measured_at', INTERVAL '7 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX reading_extra_machine_key_at ON reading_extra (machine_id, key, measured_at);

-- -1 in a number that does not apply. Numbers of `kind`: fleet.batch.EventKind.
CREATE TABLE event (
    machine_id integer NOT NULL,
    measured_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    kind smallint NOT NULL,
    source_address smallint NOT NULL DEFAULT -1,
    spn integer NOT NULL DEFAULT -1,
    fmi smallint NOT NULL DEFAULT -1,
    occurrence_count smallint NOT NULL DEFAULT -1,
    lamps smallint NOT NULL DEFAULT -1,
    signal_id smallint NOT NULL DEFAULT -1,
    value smallint NOT NULL DEFAULT -1,
    text text,
    text_hash bigint NOT NULL DEFAULT 0
);
SELECT create_hypertable('event', by_range('measured_at', INTERVAL '7 days'), create_default_indexes => FALSE);
CREATE UNIQUE INDEX event_identity
ON event (machine_id, measured_at, kind, source_address, spn, fmi, signal_id, text_hash);

-- The present state of each code, from the event rows.
CREATE TABLE fault_code (
    machine_id integer NOT NULL REFERENCES machine,
    source_address smallint NOT NULL,
    spn integer NOT NULL,
    fmi smallint NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    occurrence_count smallint NOT NULL DEFAULT -1,
    active boolean NOT NULL,
    PRIMARY KEY (machine_id, source_address, spn, fmi)
) WITH (fillfactor = 70);

CREATE TABLE machine_attribute (
    machine_id integer NOT NULL REFERENCES machine,
    key text NOT NULL,
    value text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (machine_id, key)
);

-- The latest value of each reported signal; the three arrays are parallel.
CREATE TABLE machine_state (
    machine_id integer PRIMARY KEY REFERENCES machine,
    measured_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    online boolean,
    work_state text,
    signal_ids smallint[] NOT NULL DEFAULT '{}',
    signal_values double precision[] NOT NULL DEFAULT '{}',
    signal_at_us bigint[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

-- migrate:down
DROP TABLE machine_state;
DROP TABLE machine_attribute;
DROP TABLE fault_code;
DROP TABLE event;
DROP TABLE reading_extra;
DROP TABLE reading_conflict;
DROP TABLE reading;
