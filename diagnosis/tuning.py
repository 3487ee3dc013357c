"""Stricter variants of a rule: thresholds, `for` and `clear` in fixed steps, for a replay to choose from."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from diagnosis.case import run_test
from diagnosis.layers import layered_table
from diagnosis.parser import parse_quantity
from diagnosis.rule import Rule
from diagnosis.rule_file import LANGUAGE, MAX_FOR_US, parse_rule
from diagnosis.syntax import Arithmetic, Compare, Count, Delta, Every, Limit, Number, Rate, Reading, TruthNode, Window
from fleet.signals import Catalogue

THRESHOLD_STEPS = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0)  # % away from where the signal is when all is well
COUNT_STEPS = (1, 2, 3)  # events more, of a count
FOR_STEPS = (1.5, 2.0, 3.0, 5.0)  # times as long
FOR_FROM_NOTHING_S = (5, 10, 30, 60)  # where a rule has no `for`
CLEAR_STEPS = (5.0, 10.0, 20.0, 30.0)  # % further back before it is over
TOGETHER = ((5.0, 2.0), (10.0, 1.5), (10.0, 2.0), (20.0, 1.5), (20.0, 2.0))  # threshold % with `for` times
MOST = 48  # variants of one rule
_LITERAL = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GUARD = "engine_speed_rpm"  # whether the engine runs is no threshold where another signal is compared too
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TUNED = Reading | Delta | Rate | Window | Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stricter variant: the members that it has otherwise (as in a rule file), and how far it goes."""

    members: Mapping[str, Any]
    effort: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Threshold:
    """A comparison of a signal with a number: where the number stands, and whether stricter is more of it.

    beside: the limit plus or minus the number, where that is the border; None: the number is it.
    """

    signal: str
    node: Number | Limit
    is_above: bool
    is_count: bool
    beside: Arithmetic | None = None


def candidates(rule: Rule, table: Mapping[str, Any], catalogue: Catalogue) -> list[Candidate]:
    """Variants that hold more seldom or clear later, the smallest steps first; at most MOST."""
    made: list[Candidate] = [Candidate(members={"for": text}, effort=step) for step, text in _longer(rule)]
    for threshold in _thresholds(rule.when):
        for step, members in _moved(rule, table, threshold, "when", catalogue):
            made.append(Candidate(members=members, effort=step))
            made += [
                Candidate(members=members | {"for": text}, effort=step + times)
                for percent, wanted in TOGETHER
                for times, text in _longer(rule)
                if (percent, wanted) == (step, times)
            ]
    for threshold in _thresholds(rule.clear):
        if isinstance(threshold.node, Number):
            moves = _moved(rule, table, threshold, "clear", catalogue)
            made += [Candidate(members=members, effort=step) for step, members in moves if step in CLEAR_STEPS]
    return list(islice(sorted(made, key=lambda one: one.effort), MOST))


def _longer(rule: Rule) -> Iterator[tuple[float, str]]:
    for times, from_nothing_s in zip(FOR_STEPS, FOR_FROM_NOTHING_S, strict=True):
        us = round(rule.for_us * times) if rule.for_us else from_nothing_s * 1_000_000
        if us <= MAX_FOR_US:
            yield times, f"{us / 1e6:g}s" if us < 60_000_000 else f"{us / 6e7:g}min"


def _thresholds(tree: TruthNode | None) -> list[_Threshold]:
    """The plain comparisons that all have to hold; the guard alone where there is nothing else."""
    terms = tree.terms if isinstance(tree, Every) else () if tree is None else (tree,)
    found = [one for term in terms if isinstance(term, Compare) and (one := _threshold(term)) is not None]
    return [one for one in found if one.signal != _GUARD] or found


def _threshold(term: Compare) -> _Threshold | None:
    for signal, number, op in ((term.left, term.right, term.op), (term.right, term.left, _MIRROR.get(term.op, ""))):
        if not isinstance(signal, _TUNED) or op not in _MIRROR:
            continue
        is_count = isinstance(signal, Count)
        key = "" if isinstance(signal, Count) else signal.signal
        match number:
            case Number() | Limit():
                return _Threshold(key, number, op[0] == ">", is_count)
            case Arithmetic(op="+" | "-", left=Limit(), right=Number() as distance):
                return _Threshold(key, distance, (op[0] == ">") == (number.op == "+"), is_count, number)
    return None


def _moved(
    rule: Rule, table: Mapping[str, Any], threshold: _Threshold, member: str, catalogue: Catalogue
) -> Iterator[tuple[float, dict[str, Any]]]:
    """The member with the threshold moved away from the good side; a named limit in the rule's `limits`."""
    for step in COUNT_STEPS if threshold.is_count else THRESHOLD_STEPS:
        if isinstance(threshold.node, Limit):
            name = threshold.node.name
            quantity = parse_quantity(str(table["limits"][name]))
            value = _number(quantity.value, quantity.value, step, threshold, catalogue)
            yield step, {"limits": {name: f"{value} {quantity.unit}".strip()}}
            continue
        text = rule.when_text if member == "when" else rule.clear_text or ""
        start = threshold.node.column - 1
        if literal := _LITERAL.match(text, start):
            value = _number(float(literal[0]), _border(rule, threshold, float(literal[0])), step, threshold, catalogue)
            yield step, {member: text[:start] + value + text[literal.end() :]}


def _border(rule: Rule, threshold: _Threshold, written: float) -> float:
    """Where the border is that a number stands for, in the unit in which the number is `written`."""
    match threshold.beside:
        case Arithmetic(op=op, left=Limit() as limit, right=Number(value=distance)) if distance:
            value = next(one.value for one in rule.limits if one.name == limit.name) * limit.factor + limit.offset
            return (value + distance if op == "+" else value - distance) * written / distance
        case _:
            return written


def _number(value: float, border: float, step: float, threshold: _Threshold, catalogue: Catalogue) -> str:
    """The number moved by `step` % of the border (of the signal's valid range where that is 0), to four digits."""
    if threshold.is_count:
        return f"{value + step:g}"
    low, high = catalogue[threshold.signal].valid
    by = abs(border or high - low) * step / 100
    return f"{value + by if threshold.is_above else value - by:.4g}"


def variant(rule: Rule, table: Mapping[str, Any], candidate: Candidate, key: str, catalogue: Catalogue) -> Rule:
    """The candidate as a rule of its own under another key; raises RuleError."""
    return parse_rule(key, layered_table(table, {**candidate.members, "tests": []}), catalogue, rule.key)


def edits_with(
    edits: Mapping[str, Any], rule: Rule, table: Mapping[str, Any], candidate: Candidate, catalogue: Catalogue
) -> str:
    """A site's file: its edits so far and the candidate; of the tests beside the rule those that still hold."""
    changed = parse_rule(rule.key, layered_table(table, candidate.members), catalogue, rule.key)
    tests = [
        raw
        for raw, test in zip(table.get("tests", []), changed.tests, strict=True)
        if run_test(changed, test, catalogue).passed
    ]
    mine = layered_table(edits.get(rule.key, {}), {**candidate.members, "tests": tests})
    return toml_of({**edits, rule.key: mine})


def toml_of(tables: Mapping[str, Any]) -> str:
    """A rule file of these tables, its language first; `override` as its own kind of list."""
    lines = [f"language = {LANGUAGE}"]
    for key, table in tables.items():
        heading = f"[[{key}]]" if isinstance(table, Sequence) else f"[{key}]"
        for one in table if isinstance(table, Sequence) else (table,):
            lines += ["", heading, *(f"{name} = {toml_value(value)}" for name, value in one.items())]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """A value as a rule file has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {toml_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        ends = ("[\n    ", ",\n    ", ",\n]") if value and isinstance(value[0], Mapping) else ("[", ", ", "]")
        return ends[0] + ends[1].join(map(toml_value, value)) + ends[2]
    return json.dumps(value, ensure_ascii=False)  # texts, numbers, true and false are the same in both
