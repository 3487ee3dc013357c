"""Electrics, hydraulics, drive, fuel, position and terminal: one signal that speaks for a cause puts it first."""

from dataclasses import replace

import pytest

from diagnosis.case import START_US, case_events, case_facts, case_rows
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.preliminary import Diagnostician, Preliminary
from diagnosis.rule import CaseFault, CaseFence, RuleTest
from diagnosis.ruleset import packaged_ruleset
from diagnosis.source_faults import SENSOR_FAULTS, SILENCE, Told, doctor_of, of_sensor
from diagnosis.trust import Distrust, Reason
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
DOCTOR = Diagnostician(CATALOGUE, packaged_ruleset(CATALOGUE))
S = 1_000_000
PUMPS = "main_pump_1_pressure_kpa", "main_pump_2_pressure_kpa"


def told_by(last: dict[str, float], before: dict[str, float], *, minutes: int = 70, spn: int = 0) -> RuleTest:
    """A machine that tells `last` for the last 2 min, and `before` in place of it until then; nothing is steady."""
    count = minutes * 2
    readings = []
    for n in range(count + 1):
        told = last if n > count - 4 else last | before
        readings.append((30 * S * n, {key: value * (1 + 0.001 * (n % 2)) for key, value in told.items()}))
    faults = (CaseFault(at_us=0, address=0, spn=spn, fmi=3, lamps=-1, native=True),) if spn else ()
    return RuleTest(name="", readings=tuple(readings), raises=(), nominal_voltage_v=24.0, faults=faults)


def diagnosed(doctor: Diagnostician, key: str, test: RuleTest) -> Preliminary:
    facts = case_facts(test, CATALOGUE, doctor.fences_of(key))
    held_us = START_US + test.readings[-1][0]
    return doctor.of_rule(key, case_rows(test, CATALOGUE), case_events(test, CATALOGUE), facts, held_us=held_us)


def first(key: str, last: dict[str, float], before: dict[str, float], spn: int = 0) -> str:
    return diagnosed(DOCTOR, key, told_by(last, before, spn=spn)).causes[0].cause


RPM, LOAD, BATTERY, KEY = "engine_speed_rpm", "engine_load_pct", "battery_voltage_v", "key_switch_voltage_v"
SUPPLY, SPEED = "terminal_supply_voltage_v", "ground_speed_kmh"


@pytest.mark.parametrize(
    ("key", "told", "before", "supporting", "cause"),
    [
        ("battery_drains_parked", {RPM: 0, BATTERY: 25.0}, {}, {KEY: 0.1}, "leakage_current"),
        ("charging_cable_resistance", {RPM: 1500, BATTERY: 26.0, "charging_voltage_v": 27.8}, {}, {KEY: 26.0},
         "main_fuse_corroded"),
        ("charging_weak", {RPM: 1500, BATTERY: 25.4}, {}, {"alternator_current_a": 0.5}, "alternator_faulty"),
        ("crank_voltage_low", {RPM: 900, BATTERY: 26.0}, {RPM: 120, BATTERY: 16.0}, {"charging_voltage_v": 28.0},
         "cable_resistance"),
        ("key_switch_voltage_drop", {RPM: 1500, BATTERY: 27.0, KEY: 24.0}, {}, {SUPPLY: 24.0}, "cable_resistance"),
        ("ecu_overheat", {RPM: 1800, LOAD: 90, "ecu_temp_degc": 108}, {}, {"intake_manifold_pressure_kpa": 40},
         "exhaust_leak"),
        ("hydraulic_filter_clogged", {RPM: 1800, PUMPS[0]: 20_000}, {}, {PUMPS[1]: 12_000}, "pump_wear_debris"),
        ("hydraulics_weak", {RPM: 1700, LOAD: 80, PUMPS[0]: 12_000}, {}, {PUMPS[1]: 9_000}, "pump_internal_leakage"),
        ("main_pumps_unequal", {RPM: 1700, PUMPS[0]: 22_000, PUMPS[1]: 12_000}, dict.fromkeys(PUMPS, 3_000),
         {"hydraulic_filter_restriction": 1}, "pump_internal_leakage"),
        ("pilot_pressure_low", {RPM: 1800, "pilot_pressure_kpa": 2_000}, {}, {"hydraulic_oil_temp_degc": 80},
         "pilot_pump_worn"),
        ("pump_pressure_above_relief", {PUMPS[0]: 40_000}, dict.fromkeys(PUMPS, 3_000), {PUMPS[1]: 40_000},
         "relief_valve_set_high"),
        ("drum_vibration_weak", {RPM: 1800, "vibration_frequency_hz": 15}, {}, {"hydraulic_pressure_kpa": 8_000},
         "pump_internal_leakage"),
        ("converter_slips", {RPM: 1800}, {}, {"transmission_oil_temp_degc": 112}, "converter_worn"),
        ("gear_hunting", {"wheel_speed_kmh": 20}, {}, {SPEED: 5}, "speed_sensor_faulty"),
        ("transmission_overheat", {RPM: 1800, "transmission_oil_temp_degc": 125}, {},
         {"engine_coolant_temp_degc": 102}, "transmission_cooler_blocked"),
        ("transmission_pressure_low", {RPM: 1500, "transmission_oil_pressure_kpa": 800}, {},
         {"transmission_oil_temp_degc": 30}, "transmission_filter_clogged"),
        ("away_at_night", {SPEED: 0}, {}, {RPM: 1500}, "unauthorised_use"),
        ("entered_no_go", {SPEED: 20}, {}, {RPM: 0}, "planned_move"),
        ("left_site", {SPEED: 10}, {}, {SUPPLY: 0}, "theft"),
        ("moved_while_off", {RPM: 0}, {}, {"gnss_satellites_count": 4}, "gnss_fix_poor"),
        ("towed", {RPM: 0, SPEED: 40}, {}, {SUPPLY: 0}, "theft"),
        ("used_while_stored", {RPM: 0}, {}, {SPEED: 20}, "theft"),
        ("position_missing", {RPM: 1500}, {}, {"gnss_satellites_count": 9}, "terminal_faulty"),
        ("gnss_poor", {RPM: 1500, "gnss_satellites_count": 2}, {}, {"wheel_speed_kmh": 20}, "antenna_faulty"),
        ("coverage_poor", {RPM: 1500, "signal_strength_dbm": -110}, {}, {"gnss_satellites_count": 3}, "antenna_faulty"),
        ("terminal_bus_lost", {SUPPLY: 27.0}, {}, {"engine_coolant_temp_degc": 80}, "terminal_faulty"),
        ("terminal_power_cut", {SUPPLY: 0, "terminal_backup_battery_v": 4}, {}, {RPM: 1500}, "terminal_fuse_blown"),
        ("bucket_overload", {"payload_kg": 7_000}, {"payload_kg": 1_000}, {"hydraulic_pressure_kpa": 22_000},
         "overload_machine"),
    ],
)  # fmt: skip
def test_a_signal_puts_its_cause_first_and_taking_it_away_takes_that_back(key, told, before, supporting, cause):
    assert first(key, told | supporting, before) == cause
    bare = {signal: value for signal, value in before.items() if signal not in supporting}
    assert first(key, told, bare) != cause


@pytest.mark.parametrize(
    ("key", "told", "spn", "cause"),
    [
        ("fuel_refilled", {RPM: 700, "fuel_level_pct": 60}, 96, "fuel_sender_faulty"),
        ("transmission_overheat", {RPM: 1800, "transmission_oil_temp_degc": 125}, 177, "temperature_sender_faulty"),
        ("converter_slips", {RPM: 1800}, 161, "speed_sensor_faulty"),
    ],
)
def test_a_fault_code_puts_its_cause_first(key, told, spn, cause):
    assert first(key, told, {}, spn) == cause
    assert first(key, told, {}) != cause


def test_cold_oil_speaks_against_a_slipping_clutch_only_after_it_could_have_heated_up():
    gearbox = {"transmission_oil_temp_degc": 70, "transmission_oil_pressure_kpa": 1_600}
    drives = {RPM: 1800, "wheel_speed_kmh": 30, LOAD: 60} | gearbox
    stood = {"wheel_speed_kmh": 0, LOAD: 10}
    assert first("converter_slips", drives, stood) != "speed_sensor_faulty"
    assert first("converter_slips", drives, drives) == "speed_sensor_faulty"


@pytest.mark.parametrize(
    ("signal", "check", "is_fed"),
    [
        ("engine_coolant_temp_degc", "coolant_temp_jumps", False),
        ("engine_oil_pressure_kpa", "oil_pressure_above_relief", True),
    ],
)
def test_a_sensor_of_temperature_has_no_supply_to_lose(signal, check, is_fed):
    test = told_by({RPM: 1800}, {}, minutes=10)
    rows, events = case_rows(test, CATALOGUE), case_events(test, CATALOGUE)
    told = Told(rows, events, case_facts(test, CATALOGUE, []), START_US + test.readings[-1][0])
    span = Distrust(machine=0, signal=signal, from_us=told.held_us, to_us=None, score=0.1, checks=(check,))
    found = of_sensor(CATALOGUE[signal], [span], told, CATALOGUE)
    assert ("sensor_supply_lost" in {one.cause for one in found.causes}) == is_fed
    assert ("measure_sensor_supply" in found.checks) == is_fed
    assert sum(one.share for one in found.causes) == pytest.approx(1)
    assert found.next_check == found.checks[0]


def test_the_clock_the_calendar_and_the_fences_of_the_site_speak_too():
    """It is half past eleven at night, UTC."""
    test = told_by({RPM: 0, SPEED: 40}, {})
    known = {"at night": replace(test, time_zone="UTC"),
             "at work": replace(test, time_zone="UTC", working_hours=((0, 1440),))}  # fmt: skip
    shares = {name: {c.cause: c for c in diagnosed(DOCTOR, "towed", one).causes} for name, one in known.items()}
    assert [seen.when for seen in shares["at night"]["theft"].speaks_for] == ["clock(21:00, 05:00)"]
    assert shares["at work"]["planned_move"].share > shares["at night"]["planned_move"].share
    assert all(not cause.speaks_for for cause in diagnosed(DOCTOR, "towed", test).causes)
    here = {RPM: 1500.0, "latitude_deg": 31.2, "longitude_deg": 121.5}
    site = CaseFence(name="site", latitude_deg=31.2, longitude_deg=121.5, radius_m=5_000.0, buffer_m=0.0)
    at_home = diagnosed(DOCTOR, "used_outside_working_hours", replace(told_by(here, {}), fences=(site,)))
    (record,) = (cause for cause in at_home.causes if cause.cause == "record_out_of_date")
    assert "inside('site')" in [seen.when for seen in record.speaks_for]


def test_a_few_rows_do_not_say_that_a_value_is_stuck():
    still = replace(told_by({}, {}), readings=tuple((n * S, {"load_moment_pct": 105.0, RPM: 1500.0}) for n in range(4)))
    assert diagnosed(DOCTOR, "crane_overload", still).causes[0].cause == "crane_overload"


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({RPM: 1500, LOAD: 60, SPEED: 20, "signal_strength_dbm": -110}, "coverage_dead_zone"),
        ({RPM: 800, LOAD: 20, SPEED: 0, "signal_strength_dbm": -70}, "main_switch_off"),
        ({RPM: 1500, SPEED: 3, BATTERY: 27.5, SUPPLY: 24.0, "signal_strength_dbm": -70}, "terminal_fuse_blown"),
    ],
)  # fmt: skip
def test_a_silent_machines_last_values_rank_what_silenced_it(told, cause):
    found = diagnosed(doctor_of(SILENCE, CATALOGUE), "machine_silent", told_by(told, {}))
    assert found.causes[0].cause == cause
    assert found.next_check in found.checks
    assert "go on" in found.owner.en


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_for_distrust_has_causes_and_a_supply_that_failed_comes_first(reason):
    doctor = doctor_of(SENSOR_FAULTS, CATALOGUE)
    bare = diagnosed(doctor, reason, told_by({RPM: 1500, BATTERY: 27.5}, {}))
    assert "go on" in bare.owner.en
    coded = diagnosed(doctor, reason, told_by({RPM: 1500, BATTERY: 27.5}, {}, spn=3509))
    if reason != Reason.DROPOUT:
        assert (bare.causes[0].cause == "sensor_supply_lost", coded.causes[0].cause) == (False, "sensor_supply_lost")


@pytest.mark.parametrize("name", [SENSOR_FAULTS, SILENCE])
def test_causes_of_what_has_no_rule_say_why_and_what_speaks_of_them(name):
    words = packaged_words("zh")
    for key, table in read_knowledge_file(name).items():
        spoken = {cause for seen in table["observations"]
                  for cause in ([seen["cause"]] if isinstance(seen["cause"], str) else seen["cause"])}  # fmt: skip
        for cause, given in table["causes"].items():
            assert given["why"], (key, cause)
            assert given.get("untold", False) != (cause in spoken), (key, cause)
            assert cause in words.causes
            assert {given["settle"], *table["checks"]} <= set(words.checks)
