"""A site's edits on a shipped rule set: per rule changed, added or switched off."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from diagnosis.case import run_test
from diagnosis.cursor import did_you_mean
from diagnosis.errors import RuleError
from diagnosis.override import Override, parse_overrides
from diagnosis.rule import Rule
from diagnosis.rule_file import parse_rule, read_tables
from diagnosis.ruleset import RuleSet, check_inhibits, checked_ruleset, ruleset_of
from diagnosis.slips import KnownNames, Stranger, check_names
from fleet.reasons import reason
from fleet.signals import Catalogue

SITE_FILE = "site.toml"


@dataclass(frozen=True, slots=True)
class Layered:
    """The base with the edits on it; keys of the rules by what the site did to them, and overrides of machines.

    tables: the edits, by rule.
    """

    ruleset: RuleSet
    tables: Mapping[str, Any]
    overrides: tuple[Override, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    off: tuple[str, ...]

    def for_machines(self, machines: Mapping[str, int]) -> RuleSet:
        """The set with its overrides; `machines`: machine as an override writes it -> machine_id."""
        return RuleSet(self.ruleset.rules, [override.of(machines[override.machine]) for override in self.overrides])


def layer(base: Mapping[str, str], edits: str, catalogue: Catalogue, origin: str = SITE_FILE) -> Layered:
    """Put a site's file on the files of a base set; raises RuleError.

    A table of a key that the base has changes the members (and of its limits those) that it names, `off = true` takes
    the rule away, a new key is a rule of the site's own; `[[override]]` gives single machines other limits.
    """
    shipped = tables_of(base)
    edited = read_tables(edits, origin, says_language=True)
    has_overrides = edited.pop("override", None) is not None
    if not edited and not has_overrides:
        raise RuleError("rule_nothing_changed", where=origin)
    off = tuple(key for key, table in edited.items() if is_off(key, table, shipped, origin))
    rules = {rule.key: rule for rule in ruleset_of(base, catalogue).rules if rule.key not in off}
    for key, table in edited.items():
        if key not in off:
            rules[key] = edited_rule(key, table, shipped, catalogue, origin)
    ruleset = checked_ruleset(list(rules.values()))
    check_inhibits(ruleset.rules, {*shipped, *rules})
    return Layered(
        ruleset,
        edited,
        parse_overrides(edits, ruleset, origin),
        changed=tuple(sorted(key for key in edited if key in shipped and key not in off)),
        added=tuple(sorted(key for key in edited if key not in shipped)),
        off=tuple(sorted(off)),
    )


def layered_table(shipped: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's table with the members of another one on it; limits one by one."""
    limits = [one["limits"] for one in (shipped, table) if isinstance(one.get("limits"), dict)]
    own = {"limits": {**limits[0], **limits[1]}} if len(limits) == 2 else {}
    return {**shipped, **table, **own}


def edited_rule(key: str, table: object, shipped: Mapping[str, Any], catalogue: Catalogue, origin: str) -> Rule:
    """A rule of the site; limits of the base that it does not read any more are none of it. Raises RuleError."""
    if not isinstance(table, dict):
        return parse_rule(key, table, catalogue, origin)
    if key not in shipped:
        if "when" not in table and (hint := did_you_mean(key, shipped)):
            raise RuleError("rule_none_shipped", where=f"{origin}: {key}", hint=hint)
        return parse_rule(key, table, catalogue, origin)
    rule = parse_rule(key, layered_table(shipped[key], table), catalogue, origin)
    kept = {*rule.limits_read, *table.get("limits", {})}
    return replace(rule, limits=tuple(limit for limit in rule.limits if limit.name in kept))


def check_slips(layered: Layered, known: KnownNames, origin: str = SITE_FILE) -> list[Stranger]:
    """Names in a site's edits that no machine has yet; raises RuleError at those that are mistakes."""
    tables = [(key, layered.tables[key]) for key in (*layered.changed, *layered.added)]
    return [one for key, table in tables for one in check_names(layered.ruleset.by_key[key], table, known, origin)]


def check_tests(rules: list[Rule], catalogue: Catalogue) -> None:
    """Run the tests beside these rules; raises RuleError naming those that fail."""
    outcomes = [run_test(rule, test, catalogue) for rule in rules for test in rule.tests]
    failed = [reason("rule_test_fails", rule=one.rule, test=one.test) for one in outcomes if not one.passed]
    if failed:
        raise RuleError("rule_tests_fail", tests=failed)


def content_hash(files: Mapping[str, str], base_hash: str = "") -> str:
    """The hash of every text of a set, and of the base that it lies on."""
    parts = [base_hash, *(part for name in sorted(files) for part in (name, files[name]))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def tables_of(files: Mapping[str, str]) -> dict[str, Any]:
    """Rule -> its table, of every file of a set; raises RuleError."""
    tables: dict[str, Any] = {}
    for name, text in files.items():
        tables |= read_tables(text, name, says_language=True)
    return tables


def is_off(key: str, table: object, shipped: Mapping[str, Any], origin: str) -> bool:
    """Whether a site's table takes a shipped rule away. Raises RuleError where it says that beside something else."""
    if not isinstance(table, dict) or "off" not in table:
        return False
    if table != {"off": True} or key not in shipped:
        raise RuleError("rule_off_alone", where=f"{origin}: {key}.off")
    return True
