"""One rule of a set, whole: what it says, the text to begin an edit with, and its tests as they go."""

from dataclasses import dataclass
from typing import Any

from diagnosis.case import run_test
from diagnosis.draft import TestRun
from diagnosis.rule import Rule
from diagnosis.rule_text import rule_text
from fleet.errors import NotFound
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.rule_sets import StoredRules
from usecases.check_rules import RuleTestRun, shown_test
from usecases.edit_rule_sets import get_rule_set
from usecases.read_alarm_limits import AlarmLimit, alarm_limits, rule_signals
from usecases.read_alarm_words import Words
from usecases.rule_workshop import RuleOfSet, rule_row, said_with_place
from usecases.rules_in_force import parsed
from usecases.tune_rule import whole_table


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRule(RuleOfSet):
    """A rule with all that stands beside it; see api.schemas.rule_checks."""

    owner: Words
    expert: Words
    max_gap_s: float
    latched: bool
    suppressed_in: list[str]
    inhibits: list[str]
    signals: list[str]
    plain_limits: list[AlarmLimit]
    text: str
    shipped: str | None
    tests: list[RuleTestRun]


async def get_rule(conn: Connection, reference: str, key: str, catalogue: Catalogue) -> WholeRule:
    """A rule of a set. Raises NotFound, and InvalidInput when this program cannot read the set."""
    stored = await get_rule_set(conn, reference)
    with said_with_place():
        rule = parsed(stored, catalogue).by_key.get(key)
        if rule is None:
            raise NotFound("rule_not_in_set", number=stored.rule_set_id, found=key, hint="")
        runs = [
            TestRun(rule=key, test=test, outcome=run_test(rule, test, catalogue), place=None) for test in rule.tests
        ]
        return WholeRule(**_members(stored, rule, catalogue), tests=list(map(shown_test, runs)))


def _members(stored: StoredRules, rule: Rule, catalogue: Catalogue) -> dict[str, Any]:
    row = rule_row(rule)
    shipped = stored.files if stored.base_files is None else stored.base_files
    return {name: getattr(row, name) for name in RuleOfSet.__dataclass_fields__} | {
        "owner": Words(zh=rule.owner.zh, en=rule.owner.en),
        "expert": Words(zh=rule.expert.zh, en=rule.expert.en),
        "max_gap_s": rule.max_gap_us / 1e6,
        "latched": rule.latched,
        "suppressed_in": list(rule.suppressed_in),
        "inhibits": list(rule.inhibits),
        "signals": list(dict.fromkeys([*rule_signals(rule), *rule.signals])),
        "plain_limits": alarm_limits(rule, catalogue),
        "text": rule_text(rule.key, whole_table(stored, rule.key)),
        "shipped": shipped.get(f"{rule.key}.toml"),
    }
