"""Which signals a condition cannot do without: where one of them is known at no row, it is true at no row."""

from collections.abc import Iterable, Sequence
from functools import reduce

from diagnosis.rule import Rule
from diagnosis.syntax import (
    LATITUDE,
    LONGITUDE,
    Absolute,
    Arithmetic,
    Compare,
    Delta,
    Every,
    Inside,
    Negative,
    Not,
    NumericNode,
    Rate,
    Reading,
    Some,
    TruthNode,
)

Keys = frozenset[str]


def needed(condition: TruthNode) -> Keys:
    """The signals that must be held somewhere for the condition to be known true somewhere."""
    return _to_be(condition, True)


def rules_by_signal(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Signal -> the rules that cannot hold without it: where it is not trusted, they are silent."""
    needing: dict[str, list[Rule]] = {}
    for rule in rules:
        for key in needed(rule.when) if rule.when is not None else ():
            needing.setdefault(key, []).append(rule)
    return needing


def _to_be(node: TruthNode, truth: bool) -> Keys:
    match node:
        case Compare():
            return _read(node.left) | _read(node.right)
        case Not():
            return _to_be(node.operand, not truth)
        case Every() | Some():
            terms = [_to_be(term, truth) for term in node.terms]
            together = isinstance(node, Every) is truth  # all of them decide, else one of them
            return _joined(terms, together=together)
        case Inside():
            return frozenset((LATITUDE, LONGITUDE))
        case _:  # values reported, codes, and what lasts is known without a held value of now
            return frozenset()


def _joined(parts: Sequence[Keys], *, together: bool) -> Keys:
    return reduce(Keys.union if together else Keys.intersection, parts)


def _read(node: NumericNode) -> Keys:
    """The signals without whose held value the number is unknown."""
    match node:
        case Reading() | Delta() | Rate():
            return frozenset((node.signal,))
        case Negative() | Absolute():
            return _read(node.operand)
        case Arithmetic():
            return _read(node.left) | _read(node.right)
        case _:
            return frozenset()
