"""Syntax trees to numpy closures. A condition becomes two masks a row: known true and known false (Kleene's logic).

Equal parts of different rules become one closure and are computed once a batch. Parts that read panes are computed
last in their `and`/`or`, and only for the rows where the rest has not decided yet: the answer is the same, the panes
are hardly ever read.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Protocol

import numpy as np

from diagnosis.rows import IntpArray
from diagnosis.syntax import (
    Absolute,
    ActiveCode,
    Arithmetic,
    ArithmeticOp,
    Compare,
    CompareOp,
    Constant,
    Count,
    Delta,
    Every,
    Inside,
    Lasting,
    Limit,
    Negative,
    Not,
    Number,
    NumericNode,
    PaneNode,
    Rate,
    Reading,
    Reported,
    Some,
    TruthNode,
    Window,
    panes_of,
)
from fleet.batch import BoolArray, Float64Array
from fleet.signals import Catalogue, StoredType

Truth = tuple[BoolArray, BoolArray]
"""(known true, known false); neither: unknown."""


class View(Protocol):
    """The rows a closure is computed over."""

    @property
    def memo(self) -> dict[int, Any]:
        """What was computed already, by the closure's place."""

    def column(self, index: int) -> Float64Array:
        """Held values of a used signal."""

    def property(self, node: Constant | Limit) -> Float64Array | float:
        """A property of each row's machine, or a limit of a rule in the unit of what it meets."""

    def panes(self, node: PaneNode) -> Float64Array:
        """What is read from panes."""

    def told(self, node: Reported | Inside | Lasting) -> Truth:
        """What is a condition by itself: a value is there, a position is in a fence, a condition lasts."""

    def active(self, node: ActiveCode) -> BoolArray:
        """Whether the code is active."""

    def narrowed(self, positions: IntpArray) -> "View":
        """Some of the rows."""


Numeric = Callable[[View], Float64Array | float]
Condition = Callable[[View], Truth]


class Compiler:
    """Compiles expressions over the used signals `columns` (key -> row of the held matrix)."""

    def __init__(self, catalogue: Catalogue, columns: Mapping[str, int]) -> None:
        self._catalogue = catalogue
        self._columns = columns
        self._conditions: dict[TruthNode, Condition] = {}
        self._numbers: dict[NumericNode, Numeric] = {}
        self._place = count()  # places in View.memo

    def condition(self, node: TruthNode) -> Condition:
        """The closure of a condition."""
        if node not in self._conditions:
            self._conditions[node] = self._condition(node)
        return self._conditions[node]

    def _condition(self, node: TruthNode) -> Condition:
        match node:
            case Compare():
                return self._compare(node)
            case ActiveCode():
                return _active(node)
            case Not():
                return _negated(self.condition(node.operand))
            case Reported() | Inside() | Lasting():
                return self._remembered_truth(lambda view: view.told(node))
            case Every() | Some():
                cheap = [self.condition(term) for term in node.terms if not _is_costly(term)]
                costly = [self.condition(term) for term in node.terms if _is_costly(term)]
                return _every(cheap, costly) if isinstance(node, Every) else _some(cheap, costly)

    def _compare(self, node: Compare) -> Condition:
        left, right = self._operand(node.left, node.right), self._operand(node.right, node.left)
        truth = _COMPARE[node.op]
        return self._remembered_truth(lambda view: truth(left(view), right(view)))

    def _operand(self, node: NumericNode, other: NumericNode) -> Numeric:
        """A literal or limit compared directly with a float4 signal is rounded to float4, as the signal was."""
        if isinstance(node, Number | Limit) and isinstance(other, Reading) and self._is_float4(other):
            if isinstance(node, Number):
                return _literal(float(np.float32(node.value)))
            return lambda view: np.asarray(view.property(node), np.float32).astype(np.float64)
        return self.number(node)

    def _is_float4(self, node: Reading) -> bool:
        return self._catalogue[node.signal].stored is StoredType.FLOAT4

    def number(self, node: NumericNode) -> Numeric:
        """The closure of a number."""
        if node not in self._numbers:
            self._numbers[node] = self._number(node)
        return self._numbers[node]

    def _number(self, node: NumericNode) -> Numeric:
        match node:
            case Number():
                return _literal(node.value)
            case Reading():
                index = self._columns[node.signal]
                return lambda view: view.column(index)
            case Constant() | Limit():
                return lambda view: view.property(node)
            case Delta() | Rate() | Window() | Count():
                return self._remembered(lambda view: view.panes(node))
            case Negative() | Absolute():
                operand, sign = self.number(node.operand), _SIGN[type(node)]
                return lambda view: sign(operand(view))
            case Arithmetic():
                left, right, op = self.number(node.left), self.number(node.right), _ARITHMETIC[node.op]
                return self._remembered(lambda view: op(left(view), right(view)))

    def _remembered_truth(self, compute: Condition) -> Condition:
        place = next(self._place)

        def remembered(view: View) -> Truth:
            known: Truth | None = view.memo.get(place)
            if known is None:
                known = view.memo[place] = compute(view)
            return known

        return remembered

    def _remembered(self, compute: Numeric) -> Numeric:
        place = next(self._place)

        def remembered(view: View) -> Float64Array | float:
            known: Float64Array | float | None = view.memo.get(place)
            if known is None:
                known = view.memo[place] = compute(view)
            return known

        return remembered


def _is_costly(term: TruthNode) -> bool:
    """Whether it reads panes. What a condition that lasts reads was computed before, for all rows."""
    if isinstance(term, Lasting):
        return False
    if isinstance(term, Not):
        return _is_costly(term.operand)
    return bool(panes_of(term))


def _literal(value: float) -> Numeric:
    return lambda view: value


def _divide(left: Float64Array | float, right: Float64Array | float) -> Float64Array | float:
    """left / right, unknown where right is 0."""
    return np.divide(left, np.where(np.equal(right, 0.0), np.nan, right))


_SIGN: dict[type[Negative] | type[Absolute], Callable[[Float64Array | float], Float64Array | float]] = {
    Negative: lambda value: -value,
    Absolute: np.abs,
}
_ARITHMETIC: dict[ArithmeticOp, Callable[[Float64Array | float, Float64Array | float], Float64Array | float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
}


def _ordered(
    true: Callable[..., BoolArray], false: Callable[..., BoolArray]
) -> Callable[[Float64Array | float, Float64Array | float], Truth]:
    return lambda left, right: (true(left, right), false(left, right))


def _equal(left: Float64Array | float, right: Float64Array | float) -> Truth:
    return np.equal(left, right), np.less(left, right) | np.greater(left, right)


def _unequal(left: Float64Array | float, right: Float64Array | float) -> Truth:
    true, false = _equal(left, right)
    return false, true


# A comparison with NaN is false both ways: neither known true nor known false.
_COMPARE: dict[CompareOp, Callable[[Float64Array | float, Float64Array | float], Truth]] = {
    "<": _ordered(np.less, np.greater_equal),
    "<=": _ordered(np.less_equal, np.greater),
    ">": _ordered(np.greater, np.less_equal),
    ">=": _ordered(np.greater_equal, np.less),
    "==": _equal,
    "!=": _unequal,
}


def _active(node: ActiveCode) -> Condition:
    def active(view: View) -> Truth:
        true = view.active(node)
        return true, ~true

    return active


def _negated(operand: Condition) -> Condition:
    def negated(view: View) -> Truth:
        true, false = operand(view)
        return false, true

    return negated


def _every(cheap: list[Condition], costly: list[Condition]) -> Condition:
    def every(view: View) -> Truth:
        first, later = (cheap, costly) if cheap else (costly[:1], costly[1:])
        true, false = _all_of(view, first)
        for number, term in enumerate(later):
            open_rows = np.flatnonzero(~false)
            if len(open_rows) == 0:
                break
            if number == 0:
                true, false = true.copy(), false.copy()
            more_true, more_false = term(view.narrowed(open_rows))
            true[open_rows] &= more_true
            false[open_rows] |= more_false
        return true, false

    return every


def _some(cheap: list[Condition], costly: list[Condition]) -> Condition:
    # a or b = not (not a and not b)
    negated = _every([_negated(term) for term in cheap], [_negated(term) for term in costly])
    return _negated(negated)


def _all_of(view: View, terms: list[Condition]) -> Truth:
    true, false = terms[0](view)
    for term in terms[1:]:
        more_true, more_false = term(view)
        true, false = true & more_true, false | more_false
    return true, false


_NO_ROWS: IntpArray = np.empty(0, np.intp)
