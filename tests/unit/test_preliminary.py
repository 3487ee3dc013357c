"""The first diagnosis: causes ranked by evidence, and what a missing signal does to the ranking."""

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.case import START_US, case_events, case_facts, case_rows
from diagnosis.evidence_file import is_instrument
from diagnosis.fault_knowledge import packaged_knowledge, read_knowledge_file
from diagnosis.preliminary import Diagnostician, Preliminary, of_code
from diagnosis.rule import CaseFault, RuleTest
from diagnosis.ruleset import RuleSet, packaged_ruleset
from diagnosis.told import told
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
RULESET = packaged_ruleset(CATALOGUE)
DOCTOR = Diagnostician(CATALOGUE, RULESET)
S = 1_000_000
HOT = {
    "engine_coolant_temp_degc": 108.0,
    "engine_speed_rpm": 1900.0,
    "engine_oil_temp_degc": 118.0,
    "ambient_temp_degc": 25.0,
}
LOW_OIL = {"engine_oil_pressure_kpa": 60.0, "engine_speed_rpm": 900.0}
FLAT = {"battery_voltage_v": 24.4, "engine_speed_rpm": 1500.0}
OIL_HOT = {"hydraulic_oil_temp_degc": 99.0, "engine_speed_rpm": 1900.0, "engine_load_pct": 85.0}
RACING = {"engine_speed_rpm": 2700.0, "engine_load_pct": 0.0}
PULLING = {"engine_speed_rpm": 1900.0, "engine_load_pct": 95.0}


def diagnosed(
    key: str, *values: dict[str, float], faults: tuple[tuple[int, int], ...] = (), held_s: float = 1e6
) -> Preliminary:
    """The diagnosis of rows that tell these values, one after the other each 30 s for 5 min."""
    count = 300 // 30 // len(values)
    readings = [(30 * S * n, values[min(n // count, len(values) - 1)]) for n in range(11)]
    test = RuleTest(
        name="",
        readings=tuple(readings),
        raises=(),
        nominal_voltage_v=24.0,
        faults=tuple(CaseFault(at_us=0, address=0, spn=s, fmi=f, lamps=-1, native=True) for s, f in faults),
    )
    rows, events = case_rows(test, CATALOGUE), case_events(test, CATALOGUE)
    return DOCTOR.of_rule(key, rows, events, case_facts(test, CATALOGUE, []), held_us=START_US + round(held_s * S))


def first(diagnosis: Preliminary) -> str:
    return diagnosis.causes[0].cause


@pytest.mark.parametrize(
    ("key", "plain", "supporting", "cause"),
    [
        ("coolant_overheat", HOT, {"engine_coolant_level_pct": 25.0}, "coolant_low"),
        ("coolant_overheat", HOT, {"fan_speed_rpm": 300.0}, "fan_drive_faulty"),
        ("low_oil_pressure", LOW_OIL, {"oil_filter_intake_pressure_kpa": 300.0}, "pressure_sender_faulty"),
        ("battery_undervoltage", FLAT, {"charging_voltage_v": 27.8}, "cable_resistance"),
        ("battery_overvoltage", {"battery_voltage_v": 31.0}, {"engine_speed_rpm": 0.0}, "wrong_charger"),
        ("engine_overspeed", RACING, {"wheel_speed_kmh": 40.0}, "overload_downhill"),
        ("boost_low", PULLING, {"air_filter_dp_kpa": 7.5}, "air_filter_clogged"),
        ("hydraulic_oil_overheat", OIL_HOT, {"hydraulic_pressure_kpa": 12_000.0}, "relief_valve_stuck"),
    ],
)  # fmt: skip
def test_one_supporting_signal_puts_its_cause_first_and_taking_it_away_takes_that_back(key, plain, supporting, cause):
    with_it, without = diagnosed(key, plain | supporting), diagnosed(key, plain)
    assert first(with_it) == cause
    assert first(without) != cause
    ranked = {ranked.cause: ranked for ranked in with_it.causes}[cause]
    assert ranked.speaks_for
    bare = {ranked.cause: ranked for ranked in without.causes}[cause]
    assert bare.share < ranked.share
    assert {seen.when for seen in ranked.speaks_for} <= {seen.when for seen in bare.unknown}


def jumping(low_v: float, high_v: float) -> RuleTest:
    """Two minutes of a 24 V machine whose voltage jumps every 10 s."""
    readings = [(10 * S * n, {"battery_voltage_v": low_v if n % 4 < 2 else high_v, "engine_speed_rpm": 1500.0})
                for n in range(14)]  # fmt: skip
    return RuleTest(name="", readings=tuple(readings), raises=(), nominal_voltage_v=24.0)


@pytest.mark.parametrize(
    ("key", "low_v", "high_v", "steady"),
    [
        ("battery_undervoltage", 24.4, 28.4, "alternator_faulty"),
        ("battery_overvoltage", 26.0, 30.6, "voltage_regulator_faulty"),
    ],
)
def test_a_voltage_that_jumps_names_the_cable_and_a_steady_one_does_not(key, low_v, high_v, steady):
    held = {}
    for name, test in (("jumps", jumping(low_v, high_v)), ("steady", jumping(low_v, low_v))):
        rows, events = case_rows(test, CATALOGUE), case_events(test, CATALOGUE)
        facts = case_facts(test, CATALOGUE, [])
        held[name] = DOCTOR.of_rule(key, rows, events, facts, held_us=START_US + 130 * S)
    assert first(held["jumps"]) == "cable_resistance"
    assert first(held["steady"]) == steady


COOL_BESIDE = {"hydraulic_oil_temp_degc": 64.0, "intake_manifold_temp_degc": 55.0}


@pytest.mark.parametrize("key", ["coolant_overheat", "cooling_reserve_low"])
def test_water_that_does_not_go_round_leaves_the_other_coolers_cool(key):
    """A stuck thermostat or a dead pump: with one radiator for all, the oil and the charge air would be hot as well."""
    around = diagnosed(key, HOT | COOL_BESIDE)
    assert {"thermostat_stuck", "water_pump_faulty"} <= {ranked.cause for ranked in around.causes[:3]}
    assert first(around) == "thermostat_stuck"
    assert first(diagnosed(key, HOT | {"hydraulic_oil_temp_degc": 92.0, "intake_manifold_temp_degc": 78.0})) in {
        "radiator_blocked",
        "fan_drive_faulty",
    }
    cold = diagnosed(key, HOT | COOL_BESIDE | {"hydraulic_oil_temp_degc": 40.0})
    assert first(cold) not in {"thermostat_stuck", "water_pump_faulty"}  # coolers that are not warm yet say nothing


def test_a_sender_is_not_blamed_because_the_oil_is_slower():
    rising = [HOT | {"engine_oil_temp_degc": 88.0, "engine_coolant_temp_degc": 88.0 + 2.5 * n} for n in range(9)]
    shares = {cause.cause: cause for cause in diagnosed("coolant_overheat", *rising, held_s=240).causes}
    assert not shares["temperature_sender_faulty"].speaks_for
    still = diagnosed("coolant_overheat", HOT | {"engine_oil_temp_degc": 88.0})
    assert {cause.cause: cause for cause in still.causes}["temperature_sender_faulty"].speaks_for


@pytest.mark.parametrize(
    ("key", "told", "faults", "says"),
    [
        ("coolant_overheat", HOT, (), "engine_oil_temp_degc - engine_coolant_temp_degc > 4 K"),
        ("coolant_overheat", HOT | {"engine_oil_temp_degc": 109.0}, ((110, 0),), "dtc(110, 0)"),
        ("hydraulic_oil_overheat", OIL_HOT | {"engine_coolant_temp_degc": 101.0}, (), "engine_coolant_temp_degc > 98"),
        ("hydraulic_oil_overheat", OIL_HOT, ((1638, 16),), "dtc(1638, 0)"),
        (
            "engine_oil_overheat",
            {"engine_oil_temp_degc": 128.0, "engine_speed_rpm": 1900.0, "engine_coolant_temp_degc": 106.0},
            (), "engine_coolant_temp_degc > 100",
        ),
    ],
)  # fmt: skip
def test_a_neighbour_that_tells_the_same_speaks_against_the_sender_and_one_that_does_not_says_nothing(
    key: str, told: dict[str, float], faults: tuple[tuple[int, int], ...], says: str
):
    sender = {cause.cause: cause for cause in diagnosed(key, told, faults=faults).causes}["temperature_sender_faulty"]
    (seen,) = [seen for seen in sender.speaks_against if seen.contradicts]
    assert seen.when.startswith(says)
    assert seen not in sender.speaks_for
    alone = told | {name: 92.0 for name in ("engine_oil_temp_degc", "engine_coolant_temp_degc") if name not in key}
    hot = {"engine_coolant_temp_degc": 108.0} if key == "coolant_overheat" else {}
    lying = diagnosed(key, alone | hot, faults=tuple((spn, 4) for spn, _ in faults))
    again = {cause.cause: cause for cause in lying.causes}["temperature_sender_faulty"]
    assert not [seen for seen in again.speaks_against if seen.contradicts]
    assert again.share > sender.share


def test_shares_say_what_they_are_of():
    assert diagnosed("coolant_overheat", HOT).basis == "weighed"
    test = RULESET.by_key["def_low"].tests[0]
    facts = case_facts(test, CATALOGUE, [])
    nothing = DOCTOR.of_rule("def_low", case_rows(test, CATALOGUE), case_events(test, CATALOGUE), facts, held_us=0)
    assert nothing.basis == "typical"
    assert nothing.causes[0].share == pytest.approx(0.85)


def test_the_parts_of_causes_have_words():
    table = read_knowledge_file("causes.toml")
    words = packaged_words("zh")
    assert set(table) <= set(words.causes)
    assert {part for parts in table.values() for part in parts} <= set(words.parts)


def test_a_cause_says_whether_it_lies_in_what_measures():
    causes, instruments = set(read_knowledge_file("causes.toml")), set(read_knowledge_file("instruments.toml"))
    assert instruments <= causes
    assert {one for one in causes if one.endswith(("sensor_faulty", "sender_faulty", "sensor_drifted"))} <= instruments
    assert set(read_knowledge_file("instruments.toml").values()) == {"sensor", "wiring", "receiver", "source"}
    assert is_instrument("terminal_faulty")
    assert not is_instrument("oil_pump_worn")


def test_what_speaks_against_a_cause_lowers_it():
    full = {c.cause: c for c in diagnosed("coolant_overheat", HOT | {"engine_coolant_level_pct": 95.0}).causes}
    unknown = {c.cause: c for c in diagnosed("coolant_overheat", HOT).causes}
    assert full["coolant_low"].share < unknown["coolant_low"].share
    assert next(seen.when for seen in full["coolant_low"].speaks_against).startswith("engine_coolant_level_pct < 50")


def test_a_window_and_a_fault_code_are_evidence_too():
    burst = diagnosed("coolant_overheat", HOT | {"engine_coolant_temp_degc": 88.0}, HOT, held_s=210)
    rising = {c.cause: c for c in burst.causes}["coolant_low"].speaks_for
    assert [seen.when for seen in rising] == ["delta(engine_coolant_temp_degc, 2min) > 12 K"]
    dead = diagnosed("low_oil_pressure", LOW_OIL, faults=((100, 4),))
    assert first(dead) == "pressure_sender_faulty"
    assert first(diagnosed("low_oil_pressure", LOW_OIL)) == "oil_level_low"


def test_nothing_after_the_instant_is_looked_at():
    later = diagnosed("coolant_overheat", HOT, HOT | {"engine_coolant_level_pct": 20.0}, held_s=120)
    assert later == diagnosed("coolant_overheat", HOT, HOT, held_s=120)
    nothing = diagnosed("coolant_overheat", HOT, held_s=-1)
    assert [c.share for c in nothing.causes] == pytest.approx([0.3, 0.25, 0.15, 0.12, 0.1, 0.08])


def test_the_next_check_tells_most_and_parts_follow_the_ranking():
    bare = diagnosed("coolant_overheat", HOT)
    assert (first(bare), bare.next_check) == ("radiator_blocked", "check_fan")  # a look before 40 min of cleaning
    rising = diagnosed("coolant_overheat", HOT | {"engine_coolant_temp_degc": 88.0}, HOT, held_s=210)
    assert rising.next_check == "check_coolant_level"
    fan = diagnosed("coolant_overheat", HOT | {"fan_speed_rpm": 300.0})
    assert fan.next_check == "check_fan"
    assert fan.parts[0] == "cooling_fan_drive"
    assert fan.owner == RULESET.by_key["coolant_overheat"].owner


@pytest.mark.parametrize("rule", RULESET.thresholds, ids=lambda rule: rule.key)
def test_every_rules_finding_has_a_diagnosis(rule):
    test = next(test for test in rule.tests if test.raises)
    rows, events = case_rows(test, CATALOGUE), case_events(test, CATALOGUE)
    held_us = START_US + (test.raises[0].held_us or 0)
    found = DOCTOR.of_rule(rule.key, rows, events, case_facts(test, CATALOGUE, []), held_us=held_us)
    assert {cause.cause for cause in found.causes} == set(rule.causes)
    shares = [cause.share for cause in found.causes]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)
    assert found.next_check in found.checks
    assert set(found.checks) <= set(packaged_words("zh").checks)
    assert set(found.parts) <= set(packaged_words("zh").parts)


def test_rules_of_a_site_that_lacks_the_shipped_ones_need_no_evidence():
    site = RuleSet([replace(RULESET.by_key["low_oil_pressure"], key="mine")])
    rows = case_rows(RULESET.by_key["low_oil_pressure"].tests[-1], CATALOGUE)
    events = case_events(RULESET.by_key["low_oil_pressure"].tests[-1], CATALOGUE)
    facts = case_facts(RULESET.by_key["low_oil_pressure"].tests[-1], CATALOGUE, [])
    found = Diagnostician(CATALOGUE, site).of_rule("mine", rows, events, facts, held_us=int(np.max(rows.at_us)))
    assert found.causes[0].cause == "oil_level_low"
    assert found.next_check == "check_engine_oil_level"
    assert found.basis == "order"
    pack = told(found)
    assert [cause["share"] for cause in pack["causes"]] == [None] * 5  # 1/n would be no probability
    assert [part["key"] for part in pack["causes"][1]["parts"]] == ["oil_pump"]


def test_a_fault_codes_diagnosis_is_what_is_known_of_it():
    meaning = packaged_knowledge().meaning(110, 0, -1, CATALOGUE)
    found = of_code(meaning)
    assert found.causes[0].cause == "radiator_blocked"
    assert found.next_check == "check_coolant_level"
    assert "stop" in found.owner.en
    assert "may go on" in of_code(packaged_knowledge().meaning(110, 4, -1, CATALOGUE)).owner.en
