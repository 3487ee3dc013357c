"""The limits that a rule compares signals with, for drawing beside the signals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from diagnosis.borders import border_value
from diagnosis.rule import Rule
from diagnosis.syntax import (
    Compare,
    CompareOp,
    Delta,
    Every,
    Rate,
    Reading,
    Reported,
    TruthNode,
    Window,
    walk,
)
from fleet.signals import Catalogue

LimitOp = Literal["<", "<=", ">", ">="]
_MIRRORED: dict[CompareOp, LimitOp] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_AS_WRITTEN: dict[CompareOp, LimitOp] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OF_A_SIGNAL = Reading | Delta | Rate | Window | Reported
_ENGINE_RUNS = "engine_speed_rpm"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLimit:
    """A limit that a signal has to pass for the alarm's rule to hold: `key` `comparison` `value`."""

    key: str
    comparison: LimitOp
    value: float
    unit: str


def alarm_limits(rule: Rule | None, catalogue: Catalogue) -> list[AlarmLimit]:
    """The limits of an alarm's rule; empty where it has no plain ones."""
    if rule is None or rule.when is None:
        return []
    return limits_of(rule.when, catalogue, {limit.name: limit.value for limit in rule.limits})


def rule_signals(rule: Rule | None) -> list[str]:
    """The signals of an alarm's rule in the order in which its condition names them."""
    if rule is None or rule.when is None:
        return []
    return list(dict.fromkeys(node.signal for node in walk(rule.when) if isinstance(node, _OF_A_SIGNAL)))


def limits_of(when: TruthNode, catalogue: Catalogue, named: Mapping[str, float] | None = None) -> list[AlarmLimit]:
    """The limits of a condition that is one comparison of a signal with a number, or several joined by `and`.

    Of a signal the first comparison counts: a second one keeps out a sender that is not wired (0 %). A comparison with
    the engine's speed beside another signal asks whether the engine runs and is no limit. A condition with any other
    part has none: no single line would be true. named: the rule's limits by name.
    """
    found: dict[str, AlarmLimit] = {}
    for term in when.terms if isinstance(when, Every) else (when,):
        limit = _limit(term, catalogue, named or {})
        if limit is None:
            return []
        found.setdefault(limit.key, limit)
    if len(found) > 1:
        found.pop(_ENGINE_RUNS, None)
    return list(found.values())


def _limit(term: TruthNode, catalogue: Catalogue, named: Mapping[str, float]) -> AlarmLimit | None:
    if not isinstance(term, Compare):
        return None
    left, right = border_value(term.left, named), border_value(term.right, named)
    if isinstance(term.left, Reading) and right is not None:
        reading, comparison, value = term.left, _AS_WRITTEN.get(term.op), right
    elif isinstance(term.right, Reading) and left is not None:
        reading, comparison, value = term.right, _MIRRORED.get(term.op), left
    else:
        return None
    if comparison is None:
        return None
    return AlarmLimit(key=reading.signal, comparison=comparison, value=value, unit=catalogue[reading.signal].unit)
