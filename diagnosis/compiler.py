"""Syntax trees to numpy closures. A condition is two masks a row, known true and known false (Kleene's logic).

Each mask is computed only when it is asked for. Equal parts of different rules become one closure and are computed
once a batch. Parts that read panes are computed XX"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, TypeVar

import numpy as np

from diagnosis.bounds import Bounds, Possible, possible
from diagnosis.rows import IntpArray
from diagnosis.syntax import (
    Absolute,
    ActiveCode,
    Arithmetic,
    ArithmeticOp,
    Clock,
    Compare,
    CompareOp,
    Constant,
    Count,
    Delta,
    Every,
    Inside,
    Lasting,
    Limit,
    LocalTime,
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
    WorkingHours,
    panes_of,
    walk,
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

    @property
    def size(self) -> int:
        """How many rows there are."""

    def column(self, index: int) -> Float64Array:
        """Held values of a used signal."""

    def property(self, node: Constant | Limit) -> Float64Array | float:
        """A property of each row's machine, or a limit of a rule in the unit of what it meets."""

    def panes(self, node: PaneNode) -> Float64Array:
        """What is read from panes."""

    def bounds(self, node: PaneNode) -> Bounds:
        """Between which numbers what is read from panes lies."""

    def told(self, node: Reported | Inside | Lasting | LocalTime) -> Truth:
        """What is a condition by itself: a value is there, a place is in a fence, it lasts, what hour it is."""

    def active(self, node: ActiveCode) -> BoolArray:
        """Whether the code is active."""

    def narrowed(self, positions: IntpArray) -> "View":
        """Some of the rows."""


Numeric = Callable[[View], Float64Array | float]
Mask = Callable[[View], BoolArray]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Condition:
    """The rows at which it is known true, and those at which it is known false; at the others it is unknown."""

    true: Mask
    false: Mask


class Compiler:
    """Compiles expressions over the used signals `columns` (key -> column)."""

    def __init__(self, catalogue: Catalogue, columns: Mapping[str, int]) -> None:
        self._catalogue = catalogue
        self._columns = columns
        self._conditions: dict[TruthNode, Condition] = {}
        self._numbers: dict[NumericNode, Numeric] = {}
        self._masks: dict[tuple[CompareOp, NumericNode, NumericNode], Mask] = {}
        self._place = count()  # places in View.memo

    def condition(self, node: TruthNode) -> Condition:
        """The closures of a condition."""
        if node not in self._conditions:
            self._conditions[node] = self._condition(node)
        return self._conditions[node]

    def _condition(self, node: TruthNode) -> Condition:
        match node:
            case Compare():
                return Condition(self._compared(node, node.op), self._known_false(node))
            case ActiveCode():
                active = self._remembered(lambda view: view.active(node))
                return Condition(active, lambda view: ~active(view))
            case Not():
                operand = self.condition(node.operand)
                return Condition(operand.false, operand.true)
            case Reported() | Inside() | Lasting() | Clock() | WorkingHours():
                truth = self._remembered(lambda view: view.told(node))
                return Condition(lambda view: truth(view)[0], lambda view: truth(view)[1])
            case Every() | Some():
                cheap = [self.condition(term) for term in node.terms if not _is_costly(term)]
                costly = [self.condition(term) for term in node.terms if _is_costly(term)]
                true = all_of([term.true for term in cheap], [term.true for term in costly])
                if isinstance(node, Every):
                    return Condition(true, _any_of([term.false for term in cheap], [term.false for term in costly]))
                false = all_of([term.false for term in cheap], [term.false for term in costly])
                return Condition(_any_of([term.true for term in cheap], [term.true for term in costly]), false)

    def _known_false(self, node: Compare) -> Mask:
        if node.op != "==":
            return self._compared(node, _OPPOSITE[node.op])
        below, above = self._compared(node, "<"), self._compared(node, ">")
        return lambda view: below(view) | above(view)

    def _compared(self, node: Compare, op: CompareOp) -> Mask:
        key = op, node.left, node.right
        if key not in self._masks:
            self._masks[key] = self._remembered(self._comparison(node, op))
        return self._masks[key]

    def _comparison(self, node: Compare, op: CompareOp) -> Mask:
        left, right = self._operand(node.left, node.right), self._operand(node.right, node.left)
        if panes_of(node):
            can_be = possible(op, node.left, node.right, self.number)
            truth = _COMPARE.get(op, _differs)
            return _ruled_out(can_be, lambda view: truth(left(view), right(view)))
        if op == "!=":  # a comparison with NaN is to be false, and this one is not by itself
            return lambda view: _differs(left(view), right(view))
        truth = _COMPARE[op]
        if all(isinstance(part, Number | Limit | Arithmetic | Negative | Absolute | Compare) for part in walk(node)):
            return lambda view: np.broadcast_to(truth(left(view), right(view)), view.size)
        return lambda view: truth(left(view), right(view))

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
                return self._remembered(lambda view: view.property(node))
            case Delta() | Rate() | Window() | Count():
                return self._remembered(lambda view: view.panes(node))
            case Negative() | Absolute():
                operand, sign = self.number(node.operand), _SIGN[type(node)]
                return self._remembered(lambda view: sign(operand(view)))
            case Arithmetic():
                left, right, op = self.number(node.left), self.number(node.right), _ARITHMETIC[node.op]
                return self._remembered(lambda view: op(left(view), right(view)))

    def _remembered(self, compute: Callable[[View], _T]) -> Callable[[View], _T]:
        place = next(self._place)

        def remembered(view: View) -> _T:
            memo = view.memo
            if place not in memo:
                memo[place] = compute(view)
            known: _T = memo[place]
            return known

        return remembered


def _ruled_out(can_be: Possible | None, exact: Mask) -> Mask:
    """A comparison, computed only where its bounds leave it open."""
    if can_be is None:
        return exact

    def pruned(view: View) -> BoolArray:
        rows = np.flatnonzero(can_be(view))
        if len(rows) == view.size:
            return exact(view)
        mask = np.zeros(view.size, np.bool_)
        if len(rows):
            mask[rows] = exact(view.narrowed(rows))
        return mask

    return pruned


def _is_costly(term: TruthNode) -> bool:
    """Whether it reads panes or clocks. What a condition that lasts reads was computed before, for all rows."""
    if isinstance(term, Lasting):
        return False
    if isinstance(term, Not):
        return _is_costly(term.operand)
    return any(isinstance(part, PaneNode | LocalTime) for part in walk(term))


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
# A comparison with NaN is false: neither known true nor, by its opposite, known false.
_COMPARE: dict[CompareOp, Callable[[Float64Array | float, Float64Array | float], BoolArray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
}
_OPPOSITE: dict[CompareOp, CompareOp] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "=="}


def _differs(left: Float64Array | float, right: Float64Array | float) -> BoolArray:
    differs: BoolArray = np.less(left, right) | np.greater(left, right)
    return differs


def all_of(cheap: list[Mask], costly: list[Mask]) -> Mask:
    """The rows of all masks. The cheap ones go in the order that found nothing soonest in the last batches."""

    def every(view: View) -> BoolArray:
        if not cheap:
            return _narrowing(view, costly[0](view), costly[1:])
        mask = cheap[0](view)
        for number in range(1, len(cheap)):
            if not np.count_nonzero(mask):
                return mask
            more = cheap[number](view)
            mask = mask & more
            if not np.count_nonzero(more):
                cheap.insert(0, cheap.pop(number))
                return mask
        return _narrowing(view, mask, costly) if costly else mask

    return every


def _narrowing(view: View, mask: BoolArray, terms: list[Mask]) -> BoolArray:
    for number, term in enumerate(terms):
        rows = np.flatnonzero(mask)
        if len(rows) == 0:
            break
        if number == 0:
            mask = mask.copy()
        mask[rows] = term(view.narrowed(rows) if len(rows) < len(mask) else view)
    return mask


def _any_of(cheap: list[Mask], costly: list[Mask]) -> Mask:
    """The rows of any mask."""

    def some(view: View) -> BoolArray:
        first, later = (cheap, costly) if cheap else (costly[:1], costly[1:])
        mask = first[0](view)
        for term in first[1:]:
            mask = mask | term(view)
        for number, term in enumerate(later):
            rows = np.flatnonzero(~mask)
            if len(rows) == 0:
                break
            if number == 0:
                mask = mask.copy()
            mask[rows] = term(view.narrowed(rows) if len(rows) < len(mask) else view)
        return mask

    return some
