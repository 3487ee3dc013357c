"""What every rule must keep, whoever wrote it."""

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from diagnosis.case import START_US, case_events, case_facts, case_rows, run_test
from diagnosis.dtc_severity import AMBER, RED_STOP, dtc_severity
from diagnosis.engine import Engine, Rows
from diagnosis.machine_facts import FOREVER_US, MachineFacts, MachineOverride
from diagnosis.rule import Rule, RuleTest
from diagnosis.rules_doc import TARGET, rules_page
from diagnosis.ruleset import RuleSet, packaged_ruleset
from diagnosis.words import packaged_words
from fleet.batch import EventBatch
from fleet.findings import Finding, Severity, SourceKind
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
RULESET = packaged_ruleset(CATALOGUE)
RULES = [pytest.param(rule, id=rule.key) for rule in RULESET.rules]
CASES = [pytest.param(rule, test, id=f"{rule.key}: {test.name}") for rule in RULESET.rules for test in rule.tests]
THRESHOLDS = [pytest.param(rule, id=rule.key) for rule in RULESET.thresholds]
SYSTEMS = {  # of the shipped rules, some of each system that the platform promises to watch
    "lubrication": {"low_oil_pressure", "oil_pressure_low_at_speed", "engine_oil_level_low", "oil_filter_restricted"},
    "cooling": {"coolant_overheat", "coolant_rising_fast", "coolant_level_low", "fan_not_turning"},
    "fuel": {"low_fuel", "water_in_fuel", "fuel_filter_restricted", "fuel_supply_pressure_low"},
    "air": {"air_filter_restriction", "boost_low", "charge_air_hot", "exhaust_overheat"},
    "aftertreatment": {
        "def_low",
        "scr_inducement_active",
        "dpf_soot_high",
        "dpf_regen_interrupted",
        "dpf_uncontrolled_burn",
    },
    "electrical": {"battery_undervoltage", "battery_overvoltage", "crank_voltage_low", "charging_weak"},
    "hydraulics": {"hydraulic_oil_overheat", "hydraulic_filter_clogged", "pilot_pressure_low", "hydraulics_weak"},
    "transmission": {"transmission_overheat", "transmission_pressure_low", "converter_slips"},
    "misuse": {"engine_overspeed", "hot_shutdown", "long_idle", "crane_overload", "driving_with_parking_brake"},
    "fuel theft": {"fuel_drop", "fuel_siphoned_slowly", "fuel_lost_at_work", "fuel_refilled"},
    "position": {"left_site", "entered_no_go", "towed", "used_while_stored"},
    "terminal": {"terminal_removed", "terminal_power_cut", "terminal_bus_lost"},
    "fault codes": {"active_dm1_fault", "oil_pressure_unwatched"},
}
IN_THE_DEMO = {
    "low_oil_pressure",
    "coolant_overheat",
    "hydraulic_oil_overheat",
    "low_fuel",
    "battery_undervoltage",
    "battery_overvoltage",
    "engine_overspeed",
    "fuel_drop",
    "air_filter_restriction",
    "def_low",
}
SECOND = 1_000_000


def engine_for(rule: Rule, test: RuleTest | None) -> Engine:
    """An engine with one rule that knows the test's machine; without a test one of 24 V."""
    engine = Engine(CATALOGUE, RuleSet([rule]))
    if test is None:
        engine.set_constants(nominal_voltage_v=np.array([24.0]))
    else:
        engine.set_facts(case_facts(test, CATALOGUE, engine.fences))
    return engine


def judged(rule: Rule, rows: Rows, events: EventBatch, test: RuleTest | None = None) -> list[Finding]:
    engine = engine_for(rule, test)
    return list(engine.judge(rows, events, engine.fresh_state()).findings)


def judged_in_parts(rule: Rule, parts: list[tuple[Rows, EventBatch]], test: RuleTest | None = None) -> list[Finding]:
    engine = engine_for(rule, test)
    state, found = engine.fresh_state(), []
    for rows, events in parts:
        judgement = engine.judge(rows, events, state)
        found += judgement.findings
        judgement.adopt()
    return found


def test_the_platform_ships_the_rules_it_promises():
    assert len(RULESET.rules) >= 60
    for system, keys in SYSTEMS.items():
        assert keys <= set(RULESET.by_key), system


def test_no_two_rules_differ_only_in_a_number():
    """Conditions with every number, limit, duration and unit taken out."""

    def shape(rule: Rule) -> str:
        names = "".join(rf"|\b{limit.name}\b" for limit in rule.limits)
        return re.sub(rf"\b\d+(\.\d+)?\s*[a-zA-Z%]*{names}", "#", rule.when_text)

    shapes = Counter(map(shape, RULESET.thresholds))
    assert [shape for shape, rules in shapes.items() if rules > 1] == []


def test_a_rule_has_limits_that_a_machine_may_own():
    """But those about codes, lamps, places, hours and what is missing, and starting, where no number is a machine's."""
    assert {rule.key for rule in RULESET.thresholds if not rule.limits} == {
        "away_at_night",
        "cranking_too_long",
        "dpf_regen_ignored",
        "dpf_regen_needed_now",
        "dpf_regen_too_long",
        "entered_no_go",
        "hydraulic_filter_clogged",
        "left_site",
        "oil_pressure_unwatched",
        "position_missing",
        "scr_inducement_active",
        "terminal_bus_lost",
        "used_outside_working_hours",
        "water_in_fuel",
    }


@pytest.mark.parametrize(("lowest", "pressure", "is_found"), [(80, 90, False), (160, 150, True), (100, 150, False)])
def test_a_machines_own_limit_moves_where_the_rule_holds_and_where_it_clears(lowest, pressure, is_found):
    rule = RULESET.by_key["low_oil_pressure"]
    engine = Engine(CATALOGUE, RuleSet([rule]))
    own = MachineOverride(rule=rule.key, machine=0, until_us=FOREVER_US, limits={"lowest": lowest})
    engine.set_facts(MachineFacts(overrides=[own]))
    values = np.full((30, len(CATALOGUE)), np.nan)
    for key, value in (("engine_oil_pressure_kpa", pressure), ("engine_speed_rpm", 900)):
        values[:, CATALOGUE.index[key]] = value
    rows = Rows(np.zeros(30, np.int32), START_US + np.arange(30, dtype=np.int64) * SECOND, values)
    assert bool(engine.judge(rows, EventBatch.empty(), engine.fresh_state()).findings) is is_found


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_a_rule_has_a_near_miss(rule: Rule):
    """A silent test of a machine that the rule is for and that tells what it asks, not silence for want of either."""

    def is_near(test: RuleTest) -> bool:
        applies = rule.applies_to is None or rule.applies_to.machines(case_facts(test, CATALOGUE, [])).all()
        return (
            applies and not test.raises and bool({key for _, row in test.readings for key in row} & set(rule.signals))
        )

    assert any(map(is_near, rule.tests))


@pytest.mark.parametrize(("rule", "test"), CASES)
def test_a_rules_own_tests_pass(rule: Rule, test: RuleTest):
    outcome = run_test(rule, test, CATALOGUE)
    assert outcome.passed, f"expected {outcome.expected}, found {outcome.found}"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_test_that_fires_and_one_that_stays_silent(rule: Rule):
    assert any(test.raises for test in rule.tests)
    assert any(not test.raises for test in rule.tests)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_silent_on_nothing(rule: Rule):
    at_us = START_US + np.arange(3000, dtype=np.int64) * SECOND
    nothing = Rows(np.zeros(3000, np.int32), at_us, np.full((3000, len(CATALOGUE)), np.nan))
    assert judged(rule, nothing, EventBatch.empty()) == []
    assert judged(rule, Rows.empty(len(CATALOGUE)), EventBatch.empty()) == []
    one_by_one = [nothing.where(at_us == at) for at in at_us[:20]]
    assert judged_in_parts(rule, [(row, EventBatch.empty()) for row in one_by_one]) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_blind_to_foreign_signals(rule: Rule):
    """All other signals at both of their limits in turn: nothing is raised, and a raised finding stays the same."""
    foreign = np.array([key not in rule.signals for key in CATALOGUE.keys])
    for test in rule.tests:
        plain = case_rows(test, CATALOGUE)
        noisy = plain.values.copy()
        noisy[::2, foreign] = CATALOGUE.valid_max[foreign]
        noisy[1::2, foreign] = CATALOGUE.valid_min[foreign]
        events = case_events(test, CATALOGUE)
        wanted = judged(rule, plain, events, test)
        assert judged(rule, replace(plain, values=noisy), events, test) == wanted
        only_foreign = np.where(foreign, noisy, np.nan)
        assert judged(rule, replace(plain, values=only_foreign), EventBatch.empty(), test) == []


def told_in_turns(rows: Rows) -> Rows:
    """The same story every second, each row telling every other signal only: held values must do the rest."""
    if len(rows) == 0:
        return rows
    index = np.repeat(np.arange(len(rows)), np.append(np.minimum(np.diff(rows.at_us) // SECOND, 90), 1))
    first = np.searchsorted(index, index)
    at_us = rows.at_us[index] + (np.arange(len(index)) - first) * SECOND
    values = rows.values[index]
    told = np.cumsum(~np.isnan(values), axis=1) % 2 == (np.arange(len(index)) % 2)[:, None]
    return Rows(rows.machine[index], at_us, np.where(told, values, np.nan))


@pytest.mark.parametrize("shape", [lambda rows: rows, told_in_turns], ids=["as written", "told in turns"])
@pytest.mark.parametrize(("rule", "test"), CASES)
def test_a_rule_gives_the_same_answer_for_any_batch_split(rule: Rule, test: RuleTest, shape: Callable[[Rows], Rows]):
    rows, events = shape(case_rows(test, CATALOGUE)), case_events(test, CATALOGUE)
    whole = judged(rule, rows, events, test)
    instants = np.unique(np.concatenate((rows.at_us, events.measured_at_us)))
    for seed in range(3):
        cut, parts, start = random.Random(seed), [], 0
        while start < len(instants):
            end = start + cut.randint(1, max(3 + 5 * seed, len(instants) // 8))
            chosen = instants[start:end]
            part = rows.where(np.isin(rows.at_us, chosen))
            parts.append((part, events.take(np.isin(events.measured_at_us, chosen))))
            start = end
        assert judged_in_parts(rule, parts, test) == whole


def test_telling_in_turns_still_raises():
    """The check above compares something."""
    raised = [judged(r, told_in_turns(case_rows(t, CATALOGUE)), EventBatch.empty(), t)
              for r in RULESET.thresholds for t in r.tests]  # fmt: skip
    assert len([findings for findings in raised if findings]) >= len(RULESET.thresholds)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_speaks_both_languages(rule: Rule):
    for words in (rule.title, rule.owner, rule.expert):
        assert any("\u4e00" <= character <= "\u9fff" for character in words.zh)
        assert words.en.isascii()
    for language in ("zh", "en"):
        texts = packaged_words(language)
        assert set(rule.causes) <= set(texts.causes)
        assert set(rule.checks) <= set(texts.checks)
    assert rule.causes
    assert rule.checks
    assert rule.sources


@pytest.mark.parametrize("rule", RULES)
def test_both_languages_tell_the_same_numbers_and_no_internal_key(rule: Rule):
    numbers = re.compile(r"\d+(?:\.\d+)?")
    keys = {*CATALOGUE.keys, *RULESET.by_key}
    for words in (rule.title, rule.owner, rule.expert):
        assert set(numbers.findall(words.zh)) == set(numbers.findall(words.en))
        assert not keys & set(re.findall(r"[a-z]\w+_\w+", words.zh + " " + words.en))


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_a_threshold_rule_clears_apart_from_where_it_fires(rule: Rule):
    """Hysteresis: a `clear` of its own, and no row may both hold for long enough and clear."""
    assert rule.clear is not None
    assert rule.severity is not None
    assert rule.for_us > 0


@pytest.mark.parametrize("key", sorted(IN_THE_DEMO))
def test_a_rule_of_the_demo_shows_within_its_forty_seconds(key: str):
    assert RULESET.by_key[key].for_us <= (20 if key == "fuel_drop" else 15) * SECOND


RECORDED = {
    "the idling diesel": {
        "engine_speed_rpm": 650,
        "engine_oil_pressure_kpa": 236,
        "engine_coolant_temp_degc": 72,
        "engine_oil_temp_degc": 73,
        "fuel_level_pct": 74.8,
        "fuel_rate_lph": 2.6,
        "battery_voltage_v": 13.2,
    },
    "the standing tractor": {
        "engine_speed_rpm": 0,
        "engine_oil_pressure_kpa": 0,
        "engine_coolant_temp_degc": 86,
        "engine_oil_temp_degc": 96,
        "engine_hours_h": 219.2,
    },
}


@pytest.mark.parametrize("machine", RECORDED)
def test_the_recorded_machines_raise_nothing(machine: str):
    values = np.full((200, len(CATALOGUE)), np.nan)
    for key, value in RECORDED[machine].items():
        values[:, CATALOGUE.index[key]] = np.float32(value)
    rows = Rows(np.zeros(200, np.int32), START_US + np.arange(200, dtype=np.int64) * SECOND, values)
    engine = Engine(CATALOGUE, RULESET)
    engine.set_constants(nominal_voltage_v=np.array([12.0]))
    assert engine.judge(rows, EventBatch.empty(), engine.fresh_state()).findings == ()


def test_a_codes_severity_is_its_fmis_lifted_by_the_lamps():
    assert dtc_severity(1, -1) is Severity.HIGH
    assert dtc_severity(15, 0) is Severity.LOW
    assert dtc_severity(15, AMBER) is Severity.MEDIUM
    assert dtc_severity(0, AMBER) is Severity.HIGH
    assert dtc_severity(31, RED_STOP | AMBER) is Severity.CRITICAL
    assert {dtc_severity(fmi, -1) for fmi in range(32)} <= set(Severity)


def test_one_rule_switches_code_findings_on():
    assert [rule.key for rule in RULESET.rules if rule.source_kind is SourceKind.DTC] == ["active_dm1_fault"]


def test_the_rules_page_is_what_the_rules_say():
    assert TARGET.read_text(encoding="utf-8") == rules_page(RULESET), "run python -m diagnosis.rules_doc"
