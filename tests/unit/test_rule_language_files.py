"""Rule files: every mistake is named with its rule and field."""

import pytest

from diagnosis.errors import RuleError
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
        pytest.param("oil = 1", "a rule is a table", id="no table"),
        pytest.param(rule_text(whne='"x"'), "unknown field 'whne'; did you mean when?", id="a misspelt field"),
        pytest.param(rule_text(when=""), "oil.when: a text is needed", id="no condition"),
        pytest.param(rule_text(when='"enginespeed_rpm > 1"'), "oil.when: column 1: unknown signal", id="bad condition"),
        pytest.param(rule_text(clear='"1 <"'), "oil.clear: column 4", id="bad clear"),
        pytest.param(rule_text(severity='"urgent"'), "'urgent' is none of critical, high", id="bad severity"),
        pytest.param(rule_text(**{"for": '"ten"'}), "oil.for: 'ten' is no duration", id="bad duration"),
        pytest.param(rule_text(**{"for": "10"}), "oil.for: 10 is no duration", id="a number as a duration"),
        pytest.param(rule_text(**{"for": '"25h"'}), "oil.for: at most 24h", id="for too long"),
        pytest.param(rule_text(max_gap='"2h"'), "oil.max_gap: longer than 0 and at most 1h", id="max_gap too long"),
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
    ):
        assert version(changed) != version(rule_text())


def test_the_packaged_rules_load():
    assert len(packaged_ruleset(CATALOGUE).rules) == 11
