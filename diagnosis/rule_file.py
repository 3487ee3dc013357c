"""Rule files (TOML, one table a rule) to rules; every mistake is named with its file, rule and field."""

import re
import tomllib
from itertools import starmap
from typing import Any

from diagnosis.applies_to import AppliesTo, parse_software
from diagnosis.cursor import USAGE, WORDS
from diagnosis.errors import ExpressionError, RuleError
from diagnosis.parser import parse_quantity, read_condition
from diagnosis.rule import DEFAULT_MAX_GAP_US, FORGET_US, SUPPRESSED_IN, Rule, RuleLimit
from diagnosis.rule_table import Table
from diagnosis.rule_test_table import TestTable
from diagnosis.syntax import CONSTANTS, Number, TruthNode
from diagnosis.units import unit_of
from fleet.findings import Severity, SourceKind
from fleet.reasons import Said
from fleet.signals import Catalogue

LANGUAGE = 1
"""The version of the language that docs/rule-language.md describes."""

_TEXT_FIELDS = ("title", "owner", "expert")
_FIELDS = {*_TEXT_FIELDS, "causes", "checks", "sources", "tests", "kind", "severity"}
_ALARM_FIELDS = {"latched", "suppressed_in", "inhibits"}
_RULE_FIELDS = _FIELDS | _ALARM_FIELDS | {"when", "clear", "for", "max_gap", "applies_to", "limits"}
_SUPPRESSES = (*SUPPRESSED_IN, "engine_off")
_FOLLOWER = re.compile("[a-z][a-z0-9_]{0,59}|[0-9]{1,6}(/[0-9]{1,2})?", re.ASCII)
_LIMIT_NAME = re.compile("[a-z][a-z0-9_]{0,39}", re.ASCII)
MAX_FOR_US = 24 * 3_600_000_000


def parse_rules(
    text: str, catalogue: Catalogue, origin: str = "rules", *, says_language: bool = False
) -> tuple[Rule, ...]:
    """The rules of one file. Raises RuleError naming origin, rule and field, with a caret for expressions.

    says_language: whether the file must say its language's version. Its overrides are for parse_overrides().
    """
    tables = read_tables(text, origin, says_language=says_language)
    tables.pop("override", None)
    return tuple(parse_rule(key, table, catalogue, origin) for key, table in tables.items())


def parse_rule(key: str, table: object, catalogue: Catalogue, origin: str) -> Rule:
    """A rule from its table. Raises RuleError."""
    return _Entry(f"{origin}: {key}", key, table, catalogue).rule()


def read_tables(text: str, origin: str, *, says_language: bool = False) -> dict[str, Any]:
    """The tables of one file in a language version that this program reads; raises RuleError."""
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise RuleError("rule_no_toml", where=origin, problem=Said(error)) from error
    language = tables.pop("language", None if says_language else LANGUAGE)
    if language is None:
        raise RuleError("rule_language_missing", where=origin, language=LANGUAGE)
    if language != LANGUAGE:
        raise RuleError("rule_language_other", where=origin, found=language, language=LANGUAGE)
    return tables


class _Entry(Table):
    def __init__(self, where: str, key: str, table: object, catalogue: Catalogue) -> None:
        super().__init__(where, table)
        self.key = key
        self.catalogue = catalogue

    def rule(self) -> Rule:
        key = self.key
        if not key.replace("_", "").isalnum() or not key.islower() or not key.isascii() or len(key) > 60:
            raise RuleError("rule_key_wrong", where=self.where)
        kind = self.table.get("kind", SourceKind.RULE.value)
        if kind not in (SourceKind.RULE.value, SourceKind.DTC.value):
            raise RuleError("rule_kind_wrong", where=f"{self.where}.kind", found=kind)
        self.only(self.table, _RULE_FIELDS if kind == "rule" else _FIELDS, self.where)
        tests = tuple(
            TestTable(f"{self.where}.tests[{number}]", test, self.catalogue).test()
            for number, test in enumerate(self.listed("tests"), 1)
        )
        fields: dict[str, Any] = {name: self.words(name) for name in _TEXT_FIELDS}
        fields |= {name: self.strings(name) for name in ("causes", "checks", "sources")}
        fields |= self.condition() if kind == "rule" else self.by_code()
        return Rule(key=key, source_kind=SourceKind(kind), tests=tests, **fields)

    def condition(self) -> dict[str, Any]:
        when = self.text("when")
        clear = self.text("clear") if "clear" in self.table else None
        limits = tuple(starmap(self.limit, self.member("limits").items()))
        for_us = self.duration("for", 0)
        max_gap_us = self.duration("max_gap", DEFAULT_MAX_GAP_US)
        if for_us > MAX_FOR_US:
            raise RuleError("rule_for_too_long", where=f"{self.where}.for")
        if not 0 < max_gap_us <= FORGET_US:
            raise RuleError("rule_gap_span", where=f"{self.where}.max_gap")
        return {
            "severity": self.severity(),
            "when_text": when,
            "clear_text": clear,
            "when": self.tree("when", when, limits),
            "clear": None if clear is None else self.tree("clear", clear, limits),
            "limits": limits,
            "for_us": for_us,
            "max_gap_us": max_gap_us,
            "applies_to": self.applies_to(),
        } | self.alarms()

    def alarms(self) -> dict[str, Any]:
        latched = self.table.get("latched", False)
        if not isinstance(latched, bool):
            raise RuleError("rule_no_flag", where=f"{self.where}.latched")
        resting = self.strings("suppressed_in") if "suppressed_in" in self.table else SUPPRESSED_IN
        if unknown := set(resting) - set(_SUPPRESSES):
            raise RuleError("rule_none_of", where=f"{self.where}.suppressed_in", found=min(unknown), known=_SUPPRESSES)
        inhibits = self.strings("inhibits")
        if wrong := [name for name in inhibits if not _FOLLOWER.fullmatch(name) or name == self.key]:
            raise RuleError("rule_inhibits_wrong", where=f"{self.where}.inhibits", found=wrong[0])
        return {"latched": latched, "suppressed_in": resting, "inhibits": inhibits}

    def by_code(self) -> dict[str, Any]:
        if self.text("severity") != "by_code":
            raise RuleError("rule_severity_by_code", where=f"{self.where}.severity")
        return {"severity": None}

    def limit(self, name: str, value: object) -> RuleLimit:
        if not _LIMIT_NAME.fullmatch(name) or name in {*USAGE, *WORDS, *CONSTANTS, *self.catalogue.keys}:
            raise RuleError("rule_limit_name", where=f"{self.where}.limits", found=name)
        number = quantity_of(value, f"{self.where}.limits.{name}")
        return RuleLimit(name=name, value=number.value, unit=number.unit)

    def applies_to(self) -> AppliesTo | None:
        given = self.table.get("applies_to")
        if given is None or isinstance(given, list):
            kinds = self.strings("applies_to")
            return AppliesTo(kinds=kinds) if kinds else None
        chosen = Table(f"{self.where}.applies_to", given)
        chosen.only(chosen.table, {"kind", "model", "software", "mode"}, chosen.where)
        software = parse_software(chosen.text("software")) if "software" in chosen.table else ()
        if software is None:
            raise RuleError("rule_software_wrong", where=f"{chosen.where}.software")
        kinds, models, modes = (chosen.strings(name) for name in ("kind", "model", "mode"))
        return AppliesTo(kinds=kinds, models=models, modes=modes, software=software)

    def tree(self, name: str, text: str, limits: tuple[RuleLimit, ...]) -> TruthNode:
        units = {limit.name: unit_of(limit.unit) if limit.unit else None for limit in limits}
        try:
            return read_condition(text, self.catalogue, units, self.key)
        except ExpressionError as error:
            raise error.inside(f"{self.where}.{name}") from error

    def severity(self) -> Severity:
        text = self.text("severity")
        if text not in list(Severity):
            raise RuleError("rule_none_of", where=f"{self.where}.severity", found=text, known=list(Severity))
        return Severity(text)


def quantity_of(value: object, where: str) -> Number:
    """A number, or a text such as "100 kPa"; raises RuleError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(float(value), 1)
    if not isinstance(value, str):
        raise RuleError("rule_no_quantity", where=where)
    try:
        return parse_quantity(value)
    except ExpressionError as error:
        raise error.inside(where) from error
