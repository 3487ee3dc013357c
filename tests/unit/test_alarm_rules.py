"""What rules say of their alarms: latching, when they rest, and what they inhibit."""

import pytest

from diagnosis.errors import RuleError
from diagnosis.layers import layer
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import packaged_ruleset, ruleset_of
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
WORDS = "\n".join(f'{name} = {{ zh = "文", en = "text" }}' for name in ("title", "owner", "expert"))


def text(key: str, *members: str) -> str:
    return "\n".join([f"[{key}]", 'when = "engine_speed_rpm > 2600"', 'severity = "low"', WORDS, *members, ""])


def test_a_rule_says_what_its_alarms_do_and_its_version_does_not_depend_on_it():
    plain = ruleset_of({"a.toml": "language = 1\n" + text("a")}, CATALOGUE)
    members = ("latched = true", 'suppressed_in = ["engine_off"]', 'inhibits = ["100", "100/1"]')
    full = ruleset_of({"a.toml": "language = 1\n" + text("a", *members)}, CATALOGUE)
    assert (plain.rules[0].latched, plain.rules[0].inhibits) == (False, ())
    assert plain.rules[0].suppressed_in == ("in_repair", "transport", "stored")
    rule = full.rules[0]
    assert (rule.latched, rule.suppressed_in, rule.inhibits) == (True, ("engine_off",), ("100", "100/1"))
    assert plain.version == full.version


@pytest.mark.parametrize(
    ("member", "words"),
    [
        pytest.param('latched = "yes"', "latched: must be true or false", id="latched"),
        pytest.param('suppressed_in = ["asleep"]', "suppressed_in: 'asleep' is none of", id="an unknown mode"),
        pytest.param('inhibits = ["a"]', "inhibits: 'a' is no other rule", id="itself"),
        pytest.param('inhibits = ["100/"]', "inhibits: '100/' is no other rule, nor a code", id="half a code"),
    ],
)
def test_a_mistake_is_named(member, words):
    with pytest.raises(RuleError, match=words):
        parse_rules(text("a", member), CATALOGUE)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param(['inhibits = ["b"]', 'inhibits = ["c"]', 'inhibits = ["a"]'], "round in a circle", id="a circle"),
        pytest.param(['inhibits = ["d"]', "", ""], "a.inhibits: there is no rule 'd'", id="a rule that is not there"),
    ],
)
def test_rules_that_would_silence_each_other_do_not_go_together(members, words):
    files = {f"{key}.toml": "language = 1\n" + text(key, member) for key, member in zip("abc", members, strict=True)}
    with pytest.raises(RuleError, match=words):
        ruleset_of(files, CATALOGUE)


def test_a_site_may_switch_off_what_another_rule_inhibits_and_inhibit_by_its_own():
    base = {
        "a.toml": "language = 1\n" + text("a", 'inhibits = ["b"]'),
        "b.toml": "language = 1\n" + text("b"),
    }
    assert layer(base, "language = 1\n[b]\noff = true", CATALOGUE).off == ("b",)
    with pytest.raises(RuleError, match="there is no rule"):
        layer(base, "language = 1\n" + text("own", 'inhibits = ["misspelt"]'), CATALOGUE)
    with pytest.raises(RuleError, match="circle"):
        layer(base, 'language = 1\n[b]\ninhibits = ["a"]', CATALOGUE)


def test_thefts_are_told_of_a_stored_machine():
    rules = packaged_ruleset(CATALOGUE).by_key
    for key in ("moved_while_off", "towed", "fuel_siphoned_slowly", "terminal_removed", "used_while_stored"):
        assert "stored" not in rules[key].suppressed_in
    assert rules["crane_overload"].latched
