"""Rule files: every mistake is named with its rule and field."""

from dataclasses import replace

import pytest

from diagnosis.case import run_test
from diagnosis.errors import RuleError
from diagnosis.override import Override, parse_overrides
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import RuleSet, load_ruleset, packaged_ruleset
from fleet.findings import Severity
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
WORDS = """
title = { zh = "油压", en = "Oil" }
owner = { zh = "停机", en = "Stop" }
expert = { zh = "油压", en = "Oil" }
"""


def rule_text(**fields: str) -> str:
    known = {"when": '"engine_oil_pressure_kpa < 100"', "severity": '"high"', **fields}
    return "[oil]\n" + "\n".join(f"{name} = {value}" for name, value in known.items() if value) + WORDS


def test_a_rule_has_defaults():
    (rule,) = parse_rules(rule_text(), CATALOGUE)
    assert (rule.for_us, rule.max_gap_us, rule.clear, rule.severity) == (0, 60_000_000, None, Severity.HIGH)
    assert rule.signals == ("engine_oil_pressure_kpa",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[oil", "not TOML", id="no TOML"),
        pytest.param("oil = 1", "site.toml: oil: must be a table", id="no table"),
        pytest.param(rule_text(whne='"x"'), "unknown field 'whne'; did you mean when?", id="a misspelt field"),
        pytest.param(rule_text(when=""), "oil.when: a text is needed", id="no condition"),
        pytest.param(rule_text(when='"enginespeed_rpm > 1"'), "oil.when: column 1: unknown signal", id="bad condition"),
        pytest.param(rule_text(clear='"1 <"'), "oil.clear: column 4", id="bad clear"),
        pytest.param(rule_text(severity='"urgent"'), "'urgent' is none of critical, high", id="bad severity"),
        pytest.param(rule_text(**{"for": '"ten"'}), "oil.for: 'ten' is no duration", id="bad duration"),
        pytest.param(rule_text(**{"for": "10"}), "oil.for: 10 is no duration", id="a number as a duration"),
        pytest.param(rule_text(**{"for": '"25h"'}), "oil.for: at most 24h", id="for too long"),
        pytest.param(rule_text(max_gap='"2h"'), "oil.max_gap: longer than 0 and at most 1h", id="max_gap too long"),
        pytest.param("language = 2\n" + rule_text(), "language 2: this program reads version 1", id="a later language"),
        pytest.param(rule_text(limits='{ low = "1 furlong" }'), "unknown unit 'furlong'", id="a limit's unit"),
        pytest.param(rule_text(limits="{ low = true }"), "oil.limits.low: must be a number", id="a limit's type"),
        pytest.param(rule_text(limits="{ rate = 1 }"), "'rate' is no name for a limit", id="a limit's name"),
        pytest.param(rule_text(limits="{ engine_speed_rpm = 1 }"), "is no name for a limit", id="a signal as a limit"),
        pytest.param(
            rule_text(limits='{ low = "5 degC" }', when='"engine_oil_pressure_kpa < low"'),
            "column 27: low (degC) cannot be compared with engine_oil_pressure_kpa (kPa)",
            id="a limit of another kind",
        ),
        pytest.param(rule_text(applies_to="{ kid = ['roller'] }"), "did you mean kind?", id="a misspelt choice"),
        pytest.param(rule_text(applies_to="{ software = 'new' }"), "must be comparisons such as", id="no release"),
        pytest.param(
            rule_text() + "[[oil.tests]]\nname = 'x'\nfences = { yard = { radius = 1 } }",
            "unknown field 'radius'",
            id="a misspelt fence",
        ),
        pytest.param(rule_text(causes='"x"'), "oil.causes: must be a list", id="causes no list"),
        pytest.param(rule_text(kind='"model"'), "oil.kind: must be rule or dtc", id="unknown kind"),
        pytest.param(rule_text().replace('zh = "油压", ', ""), "oil.title: needs both languages", id="one language"),
        pytest.param(rule_text().replace("[oil]", "[Oil-1]"), "a rule's key is lower-case", id="bad key"),
        pytest.param(
            rule_text() + "[[oil.tests]]\nname = 'x'\nreadings = [{ at = '0s', engine_sped_rpm = 1 }]",
            "unknown field 'engine_sped_rpm'; did you mean engine_speed_rpm?",
            id="a misspelt signal in a test",
        ),
        pytest.param(
            rule_text() + "[[oil.tests]]\nname = 'x'\nreadings = [{ at = '1s' }, { at = '0s' }]",
            "times must ascend",
            id="test rows out of order",
        ),
        pytest.param(
            '[codes]\nkind = "dtc"\nseverity = "high"' + WORDS, "has the severity 'by_code'", id="dtc severity"
        ),
        pytest.param(
            '[codes]\nkind = "dtc"\nseverity = "by_code"\nwhen = "dtc(1)"' + WORDS,
            "unknown field 'when'",
            id="dtc when",
        ),
    ],
)
def test_a_mistake_names_rule_and_field(text: str, message: str):
    with pytest.raises(RuleError) as caught:
        parse_rules(text, CATALOGUE, "site.toml")
    assert str(caught.value).startswith("site.toml: ")
    assert message in str(caught.value)


def test_two_rules_of_one_key_are_refused(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text("language = 1\n" + rule_text(), encoding="utf-8")
    with pytest.raises(RuleError, match="share a key"):
        load_ruleset(tmp_path, CATALOGUE)


def test_dtc_in_a_condition_needs_code_findings(tmp_path):
    text = "language = 1\n" + rule_text(when='"dtc(100)"')
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match="needs a rule of kind dtc"):
        load_ruleset(tmp_path, CATALOGUE)


def version(text: str) -> str:
    return RuleSet(parse_rules(text, CATALOGUE)).version


def test_the_version_names_the_conditions_and_not_the_words():
    assert version(rule_text()) == version(rule_text().replace("Stop", "Please stop"))
    for changed in (
        rule_text(when='"engine_oil_pressure_kpa < 101"'),
        rule_text(clear='"engine_oil_pressure_kpa > 140"'),
        rule_text(severity='"low"'),
        rule_text(**{"for": '"1s"'}),
        rule_text(max_gap='"1s"'),
        rule_text(applies_to='["roller"]'),
        rule_text(applies_to='{ software = ">= 2" }'),
        rule_text(limits="{ low = 1 }"),
    ):
        assert version(changed) != version(rule_text())


def test_the_packaged_rules_load():
    assert len(packaged_ruleset(CATALOGUE).rules) >= 60


def test_a_file_says_its_language(tmp_path):
    (tmp_path / "a.toml").write_text(rule_text(), encoding="utf-8")
    with pytest.raises(RuleError, match=r"a.toml: the language's version is missing: language = 1"):
        load_ruleset(tmp_path, CATALOGUE)


LIMITED = rule_text(limits='{ low = "1 bar" }', when='"engine_oil_pressure_kpa < low"')
OVERRIDE = """
[[override]]
rule = "oil"
machine = "pin:X1"
limits = { low = "80 kPa" }
reason = "an old pump"
until = 2027-03-31T00:00:00+08:00
"""


def overrides(text: str):
    return parse_overrides(text, RuleSet(parse_rules(LIMITED, CATALOGUE)), "site.toml")


def test_an_override_is_in_the_rules_unit_and_ends():
    (override,) = overrides(OVERRIDE)
    assert override == Override(
        rule="oil", machine="pin:X1", reason="an old pump", until_us=1806422400_000_000, limits={"low": 0.8}
    )
    assert override.of(7).machine == 7
    (off,) = overrides(OVERRIDE.replace('limits = { low = "80 kPa" }', "off = true"))
    assert (off.off, off.limits) == (True, {})
    assert overrides(LIMITED) == ()


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ('rule = "oil"', 'rule = "coolant"', "there is no rule 'coolant'"),
        ("low =", "lowest =", "oil has no limit 'lowest'; it has low"),
        ("80 kPa", "80 degC", "limits.low: degC is no unit of 1 bar"),
        ('limits = { low = "80 kPa" }', "", "needs limits or off = true"),
        ("reason =", "off = true\nreason =", "needs limits or off = true, one of them"),
        ('reason = "an old pump"', "", "reason: a text is needed"),
        ("until = 2027-03-31T00:00:00+08:00", "", "until: must be a time with an offset"),
        ("+08:00", "", "until: must be a time with an offset"),
        ("machine =", "machin =", "did you mean machine?"),
        (OVERRIDE, OVERRIDE + OVERRIDE, "one machine has two of one rule"),
    ],
)
def test_a_mistake_in_an_override_is_named(written: str, instead: str, message: str):
    with pytest.raises(RuleError) as caught:
        overrides(OVERRIDE.replace(written, instead))
    assert str(caught.value).startswith("site.toml: override")
    assert message in str(caught.value)


def test_a_rules_test_may_have_fences_and_properties():
    (rule,) = parse_rules(
        rule_text(when="\"outside('yard', 5s)\"", applies_to="{ mode = ['eco'] }")
        + """
[[oil.tests]]
name = "it leaves"
mode = "eco"
fences = { yard = { latitude_deg = 31, longitude_deg = 121, radius_m = 1000, buffer_m = 100 } }
readings = [
  { at = "0s", latitude_deg = 31.0089, longitude_deg = 121 },
  { at = "10s", latitude_deg = 31.0095, longitude_deg = 121 },
  { at = "20s", latitude_deg = 31.02, longitude_deg = 121 },
  { at = "30s", latitude_deg = 31.02, longitude_deg = 121 },
]
raises = [{ from = "30s" }]
""",
        CATALOGUE,
    )
    assert run_test(rule, rule.tests[0], CATALOGUE).passed
    assert not run_test(rule, replace(rule.tests[0], mode="power"), CATALOGUE).found
