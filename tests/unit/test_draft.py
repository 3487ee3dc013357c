"""Edits of a site while they are written: every mistake at its line and column, and the tests as they go."""

import tomllib

import pytest

from diagnosis.draft import Base, check_draft
from diagnosis.layers import tables_of
from diagnosis.rule_places import Place, RulePlaces
from diagnosis.rule_text import rule_text
from diagnosis.ruleset import rule_files, ruleset_of
from diagnosis.slips import KnownNames
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
FILES = {name: rule_files()[name] for name in ("low_fuel.toml", "low_oil_pressure.toml")}
FILES["low_oil_pressure.toml"] = FILES["low_oil_pressure.toml"].replace("inhibits", "#inhibits")
FILES["low_fuel.toml"] = FILES["low_fuel.toml"].replace(
    'severity = "low"', 'severity = "low"\nlatched = true\ninhibits = ["low_oil_pressure"]\nmax_gap = "90s"'
)
BASE = Base(tables=tables_of(FILES), rules=ruleset_of(FILES, CATALOGUE).by_key)
KNOWN = KnownNames(modes=("in_service",), kinds=("excavator",), models=())


def checked(text, tested=None):
    return check_draft(BASE, text, CATALOGUE, KNOWN, tested)


def mistakes(text):
    """(where, line, column, end column, words) of each."""
    found = []
    for one in checked(text).mistakes:
        place = one.place or Place(line=0, column=0, end_column=0)
        words = one.told if isinstance(one.told, str) else one.told.in_language("en")
        found.append((one.where, place.line, place.column, place.end_column, words))
    return found


def test_a_wrong_unit_is_shown_at_its_word():
    text = 'language = 1\n\n[low_fuel]\nwhen = "fuel_level_pct < 10 and engine_oil_pressure_kpa < 20 degC"\n'
    ((where, line, column, end, words),) = mistakes(text)
    assert (where, line) == ("low_fuel.when", 4)
    assert text.splitlines()[3][column - 1 : end - 1] == "20"
    assert ("kPa" in words, "degC" in words, "column" in words) == (True, True, False)


def test_one_rules_mistake_does_not_hide_anothers_nor_a_member_those_beside_it():
    text = """language = 1
# a comment with a "quote
[low_fuel]
when = "fuel_levl_pct < 10"
for = "soon"
clear = '''
fuel_level_pct >
  bogus'''
[low_oil_pressure]
limits = { lowest = "100 kPaa" }
[[low_oil_pressure.tests]]
name = "one"
readings = [
  { at = "0s", engine_speed_rpm = 700 },  # ]
]
raises = []
[[low_oil_pressure.tests]]
name = "two"
readings = [{ at = "5s" }, { at = "0s" }]
raises = []
"""
    lines = text.splitlines()
    found = {where: (line, lines[line - 1][column - 1 : end - 1]) for where, line, column, end, _ in mistakes(text)}
    assert found == {
        "low_fuel.when": (4, "fuel_levl_pct"),
        "low_fuel.for": (5, '"soon"'),
        "low_fuel.clear": (8, "bogus"),
        "low_oil_pressure.tests[2].readings": (19, '[{ at = "5s" }, { at = "0s" }]'),
        "low_oil_pressure.limits.lowest": (10, "kPaa"),
    }


@pytest.mark.parametrize(
    ("text", "where", "line", "words"),
    [
        ("language = 1\n[low_fuel\n", "", 2, "not TOML"),
        ("language = 1\n", "", 0, ""),
        ('language = 1\n[low_feul]\nfor = "1s"\n', "low_feul", 2, "low_fuel"),
        ('language = 1\n[low_fuel]\nwhat = "1s"\n', "low_fuel", 2, "what"),
        ('language = 1\n[low_fuel]\noff = true\nfor = "1s"\n', "low_fuel.off", 3, "off"),
        ('language = 1\n[low_fuel]\ninhibits = ["nothing"]\n', "low_fuel.inhibits", 3, "nothing"),
        (
            'language = 1\n[low_fuel]\napplies_to = { mode = ["asleep"] }\n',
            "low_fuel.applies_to.mode",
            3,
            "asleep",
        ),
        (
            'language = 1\n[[override]]\nrule = "low_fuel"\nmachine = "A"\nlimits = { most = 3 }\nreason = "r"\n',
            "override[1].limits",
            5,
            "most",
        ),
    ],
)
def test_every_kind_of_mistake_has_its_line(text, where, line, words):
    ((found_where, found_line, *_, found_words),) = mistakes(text)
    assert (found_where, found_line) == (where, line)
    assert words in found_words


def test_right_edits_have_no_mistake_and_their_tests_are_run():
    text = 'language = 1\n[low_fuel]\nlimits = { least = "12 %" }\n[low_oil_pressure]\noff = true\n'
    draft = checked(text)
    assert (draft.mistakes, draft.changed, draft.off) == ([], ["low_fuel"], ["low_oil_pressure"])
    assert [(run.outcome.passed, run.place) for run in draft.tests] == [(True, None)] * 2 + [
        (False, None),
        (True, None),
    ]
    assert checked(text, {"towed"}).tests == []


def test_a_site_test_says_where_it_stands_and_what_it_found():
    text = 'language = 1\n[low_fuel]\nfor = "30s"\n' + rule_text(
        "low_fuel", {"tests": BASE.tables["low_fuel"]["tests"]}
    )
    draft = checked(text.replace("[low_fuel]\n\n", "", 1))
    failed = [run for run in draft.tests if not run.outcome.passed]
    assert [run.test.name for run in failed] == ["below the limit fires, an empty tank keeps it, refuelling clears"]
    assert (len(failed[0].outcome.expected), failed[0].outcome.found) == (1, ())
    place = failed[0].place
    lines = text.replace("[low_fuel]\n\n", "", 1).splitlines()
    assert place is not None
    assert lines[place.line - 1] == "[[low_fuel.tests]]"
    assert lines[place.line].endswith('"below the limit fires, an empty tank keeps it, refuelling clears"')


def test_the_text_to_begin_an_edit_with_is_the_rule_as_it_is():
    for key, rule in BASE.rules.items():
        draft = checked("language = 1\n\n" + rule_text(key, BASE.tables[key]))
        assert draft.mistakes == []
        assert draft.rules[key] == rule
        words = {"title", "owner", "expert", "causes", "checks", "sources"}
        judging = {name: value for name, value in BASE.tables[key].items() if name not in words}
        assert tomllib.loads(rule_text(key, BASE.tables[key])) == {key: judging}
        assert all(run.outcome.passed and run.place for run in draft.tests)


def test_escapes_before_a_word_are_counted_as_they_are_written():
    text = 'language = 1\n[low_fuel]\nwhen = "inside(\\"y\\u0061rd\\") and bogus > 1"\n'
    ((_, line, column, end, _),) = mistakes(text)
    assert (line, text.splitlines()[2][column - 1 : end - 1]) == (3, "bogus")
    assert RulePlaces(text).of("low_fuel") == Place(line=2, column=1, end_column=11)
