"""Between which numbers an expression lies at each row, and where a comparison can therefore be true at all.

Windows are bounded by what their signal has been lately (diagnosis/ranges.py), which costs a look-up a row instead of
one a pane. Each step rounds as the expression itself does, and rounding keeps order, so that nothing is ruled out that
could be.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from diagnosis.syntax import (
    Absolute,
    Arithmetic,
    CompareOp,
    Constant,
    Limit,
    Negative,
    Number,
    NumericNode,
    PaneNode,
    Reading,
)
from fleet.batch import BoolArray, Float64Array

Bounds = tuple[Float64Array | float, Float64Array | float]
"""(least, greatest); NaN both: unknown."""


class Bounded(Protocol):
    """Rows that know the bounds of what is read from panes."""

    def bounds(self, node: PaneNode) -> Bounds:
        """The bounds of what is read from panes."""


Bounding = Callable[[Any], Bounds]
Possible = Callable[[Any], BoolArray]


def possible(
    op: CompareOp, left: NumericNode, right: NumericNode, number: Callable[[NumericNode], Callable[[Any], Any]]
) -> Possible | None:
    """Where `left op right` can be true; None when nothing is known of it. number: the closure of an exact part."""
    one, other = _bounding(left, number), _bounding(right, number)
    if one is None or other is None or op == "!=":
        return None
    low, high = one, other

    def can_be(view: Any) -> BoolArray:
        (least, greatest), (lowest, highest) = low(view), high(view)
        found: BoolArray
        match op:
            case "<":
                found = np.less(least, highest)
            case "<=":
                found = np.less_equal(least, highest)
            case ">":
                found = np.greater(greatest, lowest)
            case ">=":
                found = np.greater_equal(greatest, lowest)
            case _:
                found = np.less_equal(least, highest) & np.greater_equal(greatest, lowest)
        return found

    return can_be


def _bounding(node: NumericNode, number: Callable[[NumericNode], Callable[[Any], Any]]) -> Bounding | None:
    match node:
        case Number() | Limit() | Constant() | Reading():
            exact = number(node)
            return lambda view: (exact(view),) * 2
        case Negative() | Absolute():
            operand = _bounding(node.operand, number)
            if operand is None:
                return None
            return _negative(operand) if isinstance(node, Negative) else _absolute(operand)
        case Arithmetic():
            return _arithmetic(node, number)
        case _:
            return lambda view: view.bounds(node)


def _negative(operand: Bounding) -> Bounding:
    def negative(view: Any) -> Bounds:
        least, greatest = operand(view)
        return -greatest, -least

    return negative


def _absolute(operand: Bounding) -> Bounding:
    def absolute(view: Any) -> Bounds:
        least, greatest = operand(view)
        return np.maximum(np.maximum(least, np.negative(greatest)), 0.0), np.maximum(np.negative(least), greatest)

    return absolute


def _arithmetic(node: Arithmetic, number: Callable[[NumericNode], Callable[[Any], Any]]) -> Bounding | None:
    left, right = _bounding(node.left, number), _bounding(node.right, number)
    if left is None or right is None:
        return None
    match node.op:
        case "+":
            return lambda view: _sum(left(view), right(view))
        case "-":
            return lambda view: _sum(left(view), _turned(right(view)))
        case "/" if isinstance(node.right, Number | Limit | Constant | Reading):
            return lambda view: _quotient(left(view), right(view)[0])
        case _:
            return None


def _sum(one: Bounds, other: Bounds) -> Bounds:
    return one[0] + other[0], one[1] + other[1]


def _turned(bounds: Bounds) -> Bounds:
    return -bounds[1], -bounds[0]


def _quotient(bounds: Bounds, by: Float64Array | float) -> Bounds:
    known = np.where(np.equal(by, 0.0), np.nan, by)
    one, other = bounds[0] / known, bounds[1] / known
    return np.minimum(one, other), np.maximum(one, other)
