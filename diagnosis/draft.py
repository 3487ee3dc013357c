"""A site's edits while they are written: every mistake at its place, and what the tests of the changed rules raise.

`diagnosis.layers.layer` takes edits or refuses them at the first mistake; here a rule with a mistake does not hide
those of others, nor a member with one those of the rule's other members.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnosis.case import Outcome, run_test
from diagnosis.errors import ExpressionError, RuleError
from diagnosis.layers import SITE_FILE, edited_rule, is_off
from diagnosis.override import Override, parse_overrides
from diagnosis.rule import Rule, RuleTest
from diagnosis.rule_file import read_tables
from diagnosis.rule_places import Place, RulePlaces
from diagnosis.ruleset import RuleSet, check_inhibits, checked_ruleset
from diagnosis.slips import KnownNames, Stranger, check_names
from fleet.reasons import Reason, Said
from fleet.signals import Catalogue

_FIRST = re.compile(r"[^.\[\]]+")
_READ_BY_OTHERS = {"limits", "kind", "off"}  # without these the rest of a table means something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The shipped set below the edits: its tables, and its rules by key."""

    tables: Mapping[str, Any]
    rules: Mapping[str, Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong; where: `<rule>.<member>`, "" for the whole text; place: None where the text has no such place."""

    where: str
    place: Place | None
    told: Reason | Said


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """A test that stands beside a rule, and what became of it; place: None for one that shipped with the rule."""

    __test__ = False  # no test of pytest's

    rule: str
    test: RuleTest
    outcome: Outcome
    place: Place | None


@dataclass(slots=True, kw_only=True)
class Draft:
    """What the edits come to as far as they can be understood; rules: those that are changed or added and right."""

    mistakes: list[Mistake] = field(default_factory=list)
    strangers: list[tuple[Stranger, Place | None]] = field(default_factory=list)
    rules: dict[str, Rule] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    override_places: tuple[Place | None, ...] = ()
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    tests: list[TestRun] = field(default_factory=list)


def check_draft(
    base: Base, text: str, catalogue: Catalogue, known: KnownNames, tested: Collection[str] | None = None
) -> Draft:
    """Check edits on a base set; `tested`: the rules whose tests are run, None: all that are changed or added.

    Costs some milliseconds for each edited rule and for each of its tests.
    """
    return _Check(base, text, catalogue, known).draft(tested)


class _Check:
    def __init__(self, base: Base, text: str, catalogue: Catalogue, known: KnownNames) -> None:
        self.base, self.text, self.catalogue, self.known = base, text.removeprefix("\ufeff"), catalogue, known
        self.places = RulePlaces(self.text)
        self.found = Draft()

    def draft(self, tested: Collection[str] | None) -> Draft:
        try:
            tables = read_tables(self.text, SITE_FILE, says_language=True)
            overrides = tables.pop("override", None)
            if not tables and overrides is None:
                raise RuleError("rule_nothing_changed", where=SITE_FILE)
        except RuleError as error:
            self.note(error)
            return self.found
        for key, table in tables.items():
            self.table(key, table)
        self.together()
        for key, rule in self.found.rules.items():
            if tested is None or key in tested:
                own = isinstance(tables[key], dict) and "tests" in tables[key]
                self.found.tests += [self.run(rule, test, n if own else 0) for n, test in enumerate(rule.tests, 1)]
        return self.found

    def note(self, error: RuleError, default: str = "") -> str:
        """Keep a mistake; where it is."""
        where = error.where.removeprefix(SITE_FILE).removeprefix(": ").replace(": ", ".") or default
        told = error.problem if isinstance(error, ExpressionError) else error.reason or Said(str(error))
        self.found.mistakes.append(Mistake(where=where, place=self.places.of_error(error, where), told=told))
        return where

    def table(self, key: str, table: object) -> None:
        try:
            if is_off(key, table, self.base.tables, SITE_FILE):
                self.found.off.append(key)
                return
        except RuleError as error:
            self.note(error)
            return
        (self.found.changed if key in self.base.tables else self.found.added).append(key)
        rule = self.rule(key, table)
        if rule is not None:
            self.found.rules[key] = rule

    def rule(self, key: str, table: object) -> Rule | None:
        """The rule of a table; None when it has mistakes. A member with one is left out to find those of the others."""
        wrong: set[str] = set()
        while True:
            try:
                rule = edited_rule(key, table, self.base.tables, self.catalogue, SITE_FILE)
                if not wrong and isinstance(table, dict):
                    strangers = check_names(rule, table, self.known, SITE_FILE)
                    self.found.strangers += [(one, self.places.of(one.where)) for one in strangers]
            except RuleError as error:
                member = _member(error.where, key)
                if member in wrong:  # it is missed now
                    return None
                self.note(error, key)
                if not isinstance(table, dict) or member not in table or member in _READ_BY_OTHERS:
                    return None
                wrong.add(member)
                table = {name: value for name, value in table.items() if name != member}
                continue
            return None if wrong else rule

    def together(self) -> None:
        """What only all rules and the overrides say together."""
        off = set(self.found.off)
        rules = {key: rule for key, rule in {**self.base.rules, **self.found.rules}.items() if key not in off}
        try:
            ruleset = checked_ruleset(list(rules.values()))
            check_inhibits(ruleset.rules, {*self.base.tables, *rules, *self.found.added})
        except RuleError as error:
            self.note(error)
            ruleset = RuleSet(list(rules.values()))
        try:
            self.found.overrides = parse_overrides(self.text, ruleset, SITE_FILE)
            numbers = range(1, len(self.found.overrides) + 1)
            self.found.override_places = tuple(self.places.of(f"override[{number}].machine") for number in numbers)
        except RuleError as error:
            self.note(error, "override")

    def run(self, rule: Rule, test: RuleTest, number: int) -> TestRun:
        place = self.places.of(f"{rule.key}.tests[{number}]") if number else None
        return TestRun(rule=rule.key, test=test, outcome=run_test(rule, test, self.catalogue), place=place)


def _member(where: str, key: str) -> str:
    """The member of a rule that a mistake is in: `tests` of "site.toml: low_fuel.tests[2].readings"; "" of none."""
    found = _FIRST.match(where.removeprefix(f"{SITE_FILE}: {key}").removeprefix("."))
    return found[0] if found else ""
