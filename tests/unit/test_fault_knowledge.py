"""What fault codes mean: every failure mode, the usual SPNs, and nothing that contradicts itself."""

from typing import Any

import pytest

from diagnosis.cascades import packaged_cascades
from diagnosis.deviations import NOT_NAMED, of_unknown
from diagnosis.dtc_severity import AMBER, RED_STOP
from diagnosis.errors import RuleError
from diagnosis.evidence_file import evidence_tables, parts_of
from diagnosis.fault_knowledge import UNTOLD, Likely, Side, likely_of, packaged_knowledge, read_knowledge_file
from diagnosis.ruleset import packaged_ruleset
from diagnosis.words import packaged_words
from fleet.findings import Severity
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
KNOWN = packaged_knowledge()
ON_THE_BUS = {  # of what real engines send, from their makers' lists: SPN, FMI
    (100, 1), (100, 3), (100, 4), (100, 18), (102, 18), (105, 16), (110, 0), (111, 1), (157, 18), (168, 4), (190, 0),
    (609, 9), (609, 12), (636, 2), (639, 9), (651, 5), (980, 9), (1569, 31), (1761, 1), (3216, 20), (3251, 0),
    (3364, 18), (3509, 4), (3516, 18), (3719, 0), (4334, 18), (4364, 18), (5246, 0),
}  # fmt: skip


def test_every_failure_mode_that_j1939_gives_a_meaning_is_known():
    assert set(KNOWN.modes) == {*range(22), 31}


def test_a_failure_mode_is_the_machines_or_the_circuits():
    sides = {side: {fmi for fmi, mode in KNOWN.modes.items() if mode.side is side} for side in Side}
    assert sides[Side.MACHINE] == {0, 1, 7, 15, 16, 17, 18, 31}
    assert sides[Side.CIRCUIT] == {2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 19, 20, 21}
    assert sides[Side.UNKNOWN] == {11, 14}
    assert KNOWN.side(25) is Side.UNKNOWN


@pytest.mark.parametrize(("spn", "fmi"), sorted(ON_THE_BUS))
def test_a_code_of_real_engines_has_words_causes_and_checks(spn, fmi):
    meaning = KNOWN.meaning(spn, fmi, -1, CATALOGUE)
    assert meaning.words.en.startswith(KNOWN.subject_words(spn, CATALOGUE).en)
    assert f"(SPN {spn} FMI {fmi})" in meaning.words.en
    assert not meaning.words.en.startswith("Fault code")
    assert any("\u4e00" <= character <= "\u9fff" for character in meaning.words.zh)
    assert meaning.likely is not UNTOLD
    assert meaning.likely.checks


def test_causes_are_ranked_and_their_weights_are_shares():
    for likely in shipped():
        if likely.causes:
            weights = [weight for _, weight in likely.causes]
            assert weights == sorted(weights, reverse=True)
            assert sum(weights) == pytest.approx(1.0)


def shipped() -> list[Likely]:
    found = [likely for mode in KNOWN.modes.values() for likely in (mode.likely, *mode.of.values())]
    found += [state.likely for subject in KNOWN.subjects.values() for state in subject.states.values()]
    families = {KNOWN.likely(spn, fmi) for spn in KNOWN.subjects for fmi in KNOWN.modes}
    return [*found, *families, *(cascade.likely for cascade in packaged_cascades()), UNTOLD]


@pytest.mark.parametrize("name", ["causes", "checks", "parts"])
def test_words_of_both_languages_are_those_that_rules_and_knowledge_use(name):
    used = {key for likely in shipped() for key in _keys(likely, name)}
    tables = [evidence_tables(), *map(read_knowledge_file, ("silence.toml", "sensor_faults.toml", "wear.toml"))]
    causes = {cause for of_rules in tables for table in of_rules.values() for cause in table["causes"]}
    if name == "causes":
        used |= causes | {NOT_NAMED}
    elif name == "parts":
        used |= {part for cause in causes for part in parts_of(cause)} | {
            part for likely in shipped() for cause, _ in likely.causes for part in parts_of(cause)
        }
    else:
        used |= {key for rule in packaged_ruleset(CATALOGUE).rules for key in rule.checks}
        used |= set(of_unknown(Severity.LOW).checks)
        used |= {check for of_rules in tables for table in of_rules.values() for check in _checks(table)}
    assert set(getattr(packaged_words("en"), name)) == set(getattr(packaged_words("zh"), name)) == used


def _checks(table: dict[str, Any]) -> list[str]:
    settled = [given["settle"] for given in table["causes"].values() if isinstance(given, dict)]
    return [*settled, *table.get("checks", ())]


def _keys(likely: Likely, name: str) -> list[str]:
    return [cause for cause, _ in likely.causes] if name == "causes" else list(getattr(likely, name))


def test_an_spn_has_one_name_its_signals_or_its_own():
    for spn, subject in KNOWN.subjects.items():
        assert (subject.words is None) == (spn in CATALOGUE.by_spn), spn


def test_the_same_failure_mode_means_another_thing_to_another_sensor():
    """A temperature sensor is a resistor to ground: its open wire reads high; a pressure sensor's shorted one does."""
    assert KNOWN.likely(110, 3).causes[0][0] == "signal_wire_open"
    assert KNOWN.likely(100, 3).causes[0][0] == "signal_wire_to_supply"
    assert KNOWN.likely(110, 3).parts[0] == "temperature_sensor"
    assert KNOWN.likely(100, 3).parts[0] == "pressure_sensor"


def test_high_and_low_of_one_spn_have_their_own_causes():
    assert KNOWN.likely(110, 0).causes[0][0] == "radiator_blocked"
    assert KNOWN.likely(110, 18).causes[0][0] == "thermostat_stuck_open"
    assert KNOWN.likely(190, 31) is UNTOLD, "nothing is known of that state"


def test_severity_is_the_spns_by_grade_and_lifted_by_lamps():
    assert KNOWN.severity(100, 1, -1) is Severity.CRITICAL
    assert KNOWN.severity(100, 18, -1) is Severity.HIGH
    assert KNOWN.severity(100, 17, -1) is Severity.MEDIUM
    assert KNOWN.severity(96, 17, -1) is Severity.LOW, "never below low"
    assert KNOWN.severity(96, 17, AMBER) is Severity.MEDIUM
    assert KNOWN.severity(96, 17, RED_STOP) is Severity.CRITICAL
    assert KNOWN.severity(100, 4, -1) is Severity.MEDIUM, "the circuit's: by FMI"
    assert KNOWN.severity(444, 0, -1) is Severity.HIGH, "an SPN that nothing is known of: by FMI"


def test_codes_that_nobody_has_described_have_plain_words():
    assert KNOWN.words(521000, 4, CATALOGUE).en.startswith("Maker's own fault code: voltage below")
    assert KNOWN.words(2003, 9, CATALOGUE).en.startswith("Messages of controller 3: abnormal update rate")
    assert KNOWN.family(2003) == "network"
    assert KNOWN.words(444, 25, CATALOGUE).en == "Fault code (SPN 444 FMI 25)"
    assert KNOWN.likely(444, 25) is UNTOLD


def test_weights_that_are_no_shares_are_refused():
    with pytest.raises(RuleError, match=r"here\.causes: weights"):
        likely_of({"causes": {"a": 0.7, "b": 0.7}}, "here")
    with pytest.raises(RuleError, match=r"here\.causes: weights"):
        likely_of({"causes": {"a": 1.2, "b": -0.2}}, "here")
