"""Slips in a site's edits: names that nothing knows, limits that nothing reads."""

import pytest

from diagnosis.errors import RuleError
from diagnosis.layers import check_slips, layer, tables_of
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import rule_files
from diagnosis.slips import KnownNames, Stranger, check_names
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
FILES = rule_files()
KNOWN = KnownNames(modes=("in_service", "stored"), kinds={"excavator", "truck_crane"}, models={"XE215"})


def slips(edits: str) -> list[Stranger]:
    return check_slips(layer(FILES, f"language = 1\n{edits}", CATALOGUE), KNOWN)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (
            "[low_fuel]\nlimits = { lesst = '5 %' }",
            "low_fuel.limits.lesst: .* does not read it; did you mean least?",
        ),
        ("[position_missing]\nlimits = { most = 5 }", "position_missing.limits.most: the rule does not read it"),
        ("[low_fuel]\napplies_to = { mode = ['in_servise'] }", "'in_servise' is no mode; did you mean in_service?"),
        ("[low_fuel]\napplies_to = { mode = ['gone'] }", "'gone' is no mode; there are in_service, stored"),
        ("[low_fuel]\napplies_to = ['excavatr']", "low_fuel.applies_to.kind: 'excavatr' is no .* mean excavator?"),
        (
            "[low_fuel]\nchecks = ['check_engine_oil_levl']",
            "low_fuel.checks: .*; did you mean check_engine_oil_level?",
        ),
        ("[low_fuel]\ncauses = ['xyz']", "low_fuel.causes: 'xyz' has no words$"),
        ("[low_feul]\nfor = '20s'", "low_feul: no shipped rule has this key; did you mean low_fuel?"),
    ],
)
def test_a_slip_is_an_error_at_its_member(edits, message):
    with pytest.raises(RuleError, match=message.replace("?", r"\?")):
        slips(edits)


def test_a_kind_or_model_that_may_come_is_taken_and_told():
    told = slips("[low_fuel]\napplies_to = { kind = ['tower_crane'], model = ['XE215', 'XE216'] }")
    assert [(one.where, one.name, one.nearest) for one in told] == [
        ("low_fuel.applies_to.kind", "tower_crane", "truck_crane"),
        ("low_fuel.applies_to.model", "XE216", "XE215"),
    ]


def test_what_the_edits_do_not_name_is_not_asked():
    assert slips("[crane_overload]\nfor = '5s'") == []  # its kinds are the shipped rule's


def test_a_limit_is_changed_alone_and_one_that_is_read_no_more_goes():
    both = layer(FILES, "language = 1\n[battery_undervoltage]\nlimits = { lowest = 0.9 }", CATALOGUE)
    rule = both.ruleset.by_key["battery_undervoltage"]
    assert {limit.name: limit.value for limit in rule.limits} == {"lowest": 0.9, "lowest_running": 1.03}
    plain = "language = 1\n[low_fuel]\nwhen = 'fuel_level_pct < 4'\nclear = 'fuel_level_pct > 9'\n"
    assert layer(FILES, plain, CATALOGUE).ruleset.by_key["low_fuel"].limits == ()


def test_the_shipped_rules_have_no_slips():
    tables = tables_of(FILES)
    rules = [rule for name, text in FILES.items() for rule in parse_rules(text, CATALOGUE, name, says_language=True)]
    models = {model for rule in rules if rule.applies_to for model in rule.applies_to.models}
    kinds = {kind for rule in rules if rule.applies_to for kind in rule.applies_to.kinds}
    known = KnownNames(modes=KNOWN.modes, kinds=kinds, models=models)
    assert [one for rule in rules for one in check_names(rule, tables[rule.key], known, "shipped")] == []
