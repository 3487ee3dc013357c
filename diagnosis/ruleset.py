"""A set of rules under one version, and the set this platform ships."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from diagnosis.errors import RuleError
from diagnosis.machine_facts import MachineOverride
from diagnosis.rule import Rule
from diagnosis.rule_file import parse_rules
from fleet.findings import SourceKind
from fleet.reasons import Said
from fleet.signals import Catalogue

RULES_FOLDER = Path(__file__).parent / "rules"


class RuleSet:
    """Rules with distinct keys, and overrides that belong to the set.

    `version` names their conditions: any change that could change a finding changes it.
    """

    def __init__(self, rules: Sequence[Rule], overrides: Sequence[MachineOverride] = ()) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.key))
        self.overrides = tuple(sorted(overrides, key=lambda override: (override.rule, override.machine)))
        self.by_key = {rule.key: rule for rule in self.rules}
        if len(self.by_key) != len(self.rules):
            raise RuleError("rule_key_twice")
        marks = [fingerprint(rule) for rule in self.rules] + [repr(override) for override in self.overrides]
        self.version = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]

    def overrides_of(self, key: str) -> tuple[MachineOverride, ...]:
        """The set's own overrides of a rule."""
        return tuple(override for override in self.overrides if override.rule == key)

    @cached_property
    def thresholds(self) -> tuple[Rule, ...]:
        """The rules with a condition."""
        return tuple(rule for rule in self.rules if rule.source_kind is SourceKind.RULE)

    @cached_property
    def raises_codes(self) -> bool:
        """Whether active fault codes are findings."""
        return any(rule.source_kind is SourceKind.DTC for rule in self.rules)

    @cached_property
    def uses_dtc(self) -> bool:
        """Whether a condition asks for fault codes."""
        return any(rule.uses_dtc for rule in self.rules)


def fingerprint(rule: Rule) -> str:
    """What a rule's findings depend on, as text."""
    parts = [rule.key, rule.source_kind, str(rule.severity), rule.when_text, str(rule.clear_text)]
    parts += [str(rule.for_us), str(rule.max_gap_us)]
    parts += [] if rule.applies_to is None else [repr(rule.applies_to)]
    parts += [f"{limit.name} = {limit.value!r} {limit.unit}" for limit in rule.limits]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def checked_ruleset(rules: Sequence[Rule]) -> RuleSet:
    """The set of these rules; raises RuleError when they do not go together."""
    ruleset = RuleSet(rules)
    if ruleset.uses_dtc and not ruleset.raises_codes:
        raise RuleError("rule_dtc_missing")
    return ruleset


def check_inhibits(rules: Iterable[Rule], known: Collection[str]) -> None:
    """Raises RuleError for a rule whose `inhibits` names no rule of `known`, and for a circle: nobody would call."""
    followers = {rule.key: [name for name in rule.inhibits if not name[0].isdigit()] for rule in rules}
    for key, names in followers.items():
        if unknown := [name for name in names if name not in known]:
            raise RuleError("rule_inhibits_unknown", where=f"{key}.inhibits", found=unknown[0])
    try:
        TopologicalSorter(followers).prepare()
    except CycleError as error:
        raise RuleError("rule_inhibits_circle", circle=Said(" <- ".join(error.args[1]))) from error


def rule_files(folder: Path = RULES_FOLDER) -> dict[str, str]:
    """File name -> text of every *.toml of a folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))}


def ruleset_of(files: Mapping[str, str], catalogue: Catalogue) -> RuleSet:
    """The rules of files; raises RuleError at the first mistake."""
    parsed = [parse_rules(text, catalogue, name, says_language=True) for name, text in sorted(files.items())]
    ruleset = checked_ruleset([rule for rules in parsed for rule in rules])
    check_inhibits(ruleset.rules, ruleset.by_key)
    return ruleset


def load_ruleset(folder: Path, catalogue: Catalogue) -> RuleSet:
    """The rules of every *.toml of a folder; raises RuleError at the first mistake."""
    return ruleset_of(rule_files(folder), catalogue)


@lru_cache(maxsize=2)  # a hundred rules take 0.2 s
def packaged_ruleset(catalogue: Catalogue) -> RuleSet:
    """The rules shipped in diagnosis/rules, read once in a process."""
    return load_ruleset(RULES_FOLDER, catalogue)
