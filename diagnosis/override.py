"""Overrides from rule files: other limits of a rule for one machine, with a reason and an end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from diagnosis.cursor import did_you_mean
from diagnosis.errors import RuleError
from diagnosis.machine_facts import MachineOverride
from diagnosis.rule import Rule, RuleLimit
from diagnosis.rule_file import quantity_of, read_tables
from diagnosis.rule_table import Table
from diagnosis.ruleset import RuleSet
from diagnosis.units import conversion, unit_of
from fleet.reasons import reason

_FIELDS = {"rule", "machine", "limits", "off", "reason", "until"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One [[override]]: limits in the units the rule gives them, or off; `machine` as written (a PIN, an id)."""

    rule: str
    machine: str
    reason: str
    until_us: int
    limits: Mapping[str, float] = field(default_factory=dict)
    off: bool = False

    def of(self, machine: int) -> MachineOverride:
        """For the engine, once the machine's id is known."""
        return MachineOverride(
            rule=self.rule, machine=machine, until_us=self.until_us, limits=self.limits, off=self.off
        )


def parse_overrides(text: str, ruleset: RuleSet, origin: str = "rules") -> tuple[Override, ...]:
    """The overrides of one file for rules of the set; raises RuleError naming origin, number and field."""
    listed = read_tables(text, origin).get("override", [])
    if not isinstance(listed, list):
        raise RuleError("rule_override_no_tables", where=f"{origin}: override")
    overrides = tuple(
        _override(Table(f"{origin}: override[{number}]", table), ruleset) for number, table in enumerate(listed, 1)
    )
    if len({(override.rule, override.machine) for override in overrides}) != len(overrides):
        raise RuleError("rule_override_twice", where=f"{origin}: override")
    return overrides


def _override(table: Table, ruleset: RuleSet) -> Override:
    table.only(table.table, _FIELDS, table.where)
    rule = rule_with_condition(ruleset, table.text("rule"), table.where)
    off = table.table.get("off", False)
    limits = override_limits(rule, table.member("limits"), table.where)
    if not isinstance(off, bool) or off == bool(limits):
        raise RuleError("rule_limits_or_off", where=table.where)
    return Override(
        rule=rule.key,
        machine=table.text("machine"),
        reason=table.text("reason"),
        until_us=_until_us(table),
        limits=limits,
        off=off,
    )


def rule_with_condition(ruleset: RuleSet, key: str, where: str = "override") -> Rule:
    """The rule that an override is of; raises RuleError."""
    rule = ruleset.by_key.get(key)
    if rule is None or rule.when is None:
        raise RuleError("rule_none_with_condition", where=f"{where}.rule", found=key)
    return rule


def override_limits(rule: Rule, given: Mapping[str, object], where: str = "override") -> dict[str, float]:
    """An override's limits, numbers or texts such as "80 kPa", in the units of the rule's; raises RuleError."""
    return {name: _value(rule, name, value, where) for name, value in given.items()}


def _value(rule: Rule, name: str, given: object, where: str) -> float:
    """An override's number in the unit of the rule's limit."""
    limit: RuleLimit | None = next((limit for limit in rule.limits if limit.name == name), None)
    if limit is None:
        known = [limit.name for limit in rule.limits]
        told = known or reason("rule_no_limits")
        hint = did_you_mean(name, known)
        raise RuleError("rule_no_limit", where=f"{where}.limits", rule=rule.key, found=name, known=told, hint=hint)
    number = quantity_of(given, f"{where}.limits.{name}")
    if number.unit in ("", limit.unit):
        return number.value
    theirs, mine = unit_of(number.unit), unit_of(limit.unit)
    if theirs is None or mine is None or not theirs.alike(mine):
        theirs_said, mine_said = number.unit, f"{limit.value:g} {limit.unit}".strip()
        raise RuleError("rule_limit_unit", where=f"{where}.limits.{name}", unit=theirs_said, limit=mine_said)
    factor, offset = conversion(theirs, mine)
    return float(Fraction(repr(number.value)) * factor + offset)


def _until_us(table: Table) -> int:
    until = table.table.get("until")
    if not isinstance(until, datetime) or until.tzinfo is None:
        raise RuleError("rule_until_wrong", where=f"{table.where}.until")
    return round(until.timestamp() * 1_000_000)
