"""Units in a syntax tree: what does not belong together is an error at its column, what does is made one unit.

The tree that comes out has no units any more: its numbers are converted to the unit of what they meet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from diagnosis.errors import ExpressionError
from diagnosis.syntax import (
    Absolute,
    Arithmetic,
    Compare,
    Constant,
    Count,
    Delta,
    Every,
    Lasting,
    Limit,
    Negative,
    Not,
    Number,
    NumericNode,
    Rate,
    Reading,
    Some,
    TruthNode,
    Window,
)
from diagnosis.units import UNITS, Unit, conversion, per_second, unit_of
from fleet.reasons import Reason, Said, reason


class Measured(NamedTuple):
    """A checked number and its unit; None: a bare number, which takes the unit of what it meets."""

    node: NumericNode
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """Checks one expression: the unit of each signal by its key, and of each limit by its name.

    None: a bare number, or a site's signal in a unit that is not known here: neither is checked.
    """

    text: str
    signals: Mapping[str, Unit | None]
    limits: Mapping[str, Unit | None]

    def condition(self, node: TruthNode) -> TruthNode:
        """The condition in plain numbers; raises ExpressionError at the first thing that does not fit."""
        match node:
            case Compare():
                left, right = self._matched(self.number(node.left), self.number(node.right), "rule_not_compared")
                return replace(node, left=left.node, right=right.node)
            case Not() | Lasting():
                return replace(node, operand=self.condition(node.operand))
            case Every() | Some():
                return replace(node, terms=tuple(map(self.condition, node.terms)))
            case _:
                return node

    def number(self, node: NumericNode) -> Measured:
        """A number in plain numbers, and its unit."""
        match node:
            case Arithmetic():
                return self._arithmetic(node)
            case Negative() | Absolute():
                operand = self.number(node.operand)
                self._refuse_point(operand)
                return Measured(replace(node, operand=operand.node), operand.unit)
            case Count():
                return Measured(replace(node, condition=self.condition(node.condition)), UNITS["1"])
            case Number():
                return Measured(replace(node, unit=""), unit_of(node.unit) if node.unit else None)
            case Limit() | Constant():
                return Measured(node, self.limits[node.name] if isinstance(node, Limit) else UNITS["V"])
            case Reading() | Window() | Delta() | Rate():
                return Measured(node, _read(node, self.signals[node.signal]))

    def _arithmetic(self, node: Arithmetic) -> Measured:
        left, right = self.number(node.left), self.number(node.right)
        if node.op in "*/":
            self._refuse_point(left)
            self._refuse_point(right)
            return Measured(replace(node, left=left.node, right=right.node), _product(node.op, left.unit, right.unit))
        shifts = [side for side in (left, right) if side.unit is not None and side.unit.point]
        if len(shifts) == 1:
            return self._shifted(node, left, right)
        if len(shifts) == 2 and node.op == "+":
            raise self._error(right, "rule_sum_of_temperatures")
        left, right = self._matched(left, right, "rule_not_added" if node.op == "+" else "rule_not_subtracted")
        unit = left.unit if left.unit is None or not shifts else left.unit.difference()
        return Measured(replace(node, left=left.node, right=right.node), unit)

    def _shifted(self, node: Arithmetic, left: Measured, right: Measured) -> Measured:
        """A temperature plus or minus a difference of temperatures."""
        point, shift = (left, right) if left.unit is not None and left.unit.point else (right, left)
        if node.op == "-" and point is right:
            raise self._error(right, "rule_temperature_subtracted", found=_said(right))
        assert point.unit is not None  # one of the two is a point
        degree = Unit(f"difference of {point.unit.text}", point.unit.dimension, point.unit.factor)
        if shift.unit is not None:
            if not shift.unit.alike(degree):
                raise self._error(shift, "rule_only_kelvin", found=_said(shift), unit=point.unit.text)
            shift = Measured(_converted(shift, degree), degree)
        sides = (point, shift) if point is left else (shift, point)
        return Measured(replace(node, left=sides[0].node, right=sides[1].node), point.unit)

    def _matched(self, left: Measured, right: Measured, refusal: str) -> tuple[Measured, Measured]:
        """Both sides in one unit; a bare side takes the other's. refusal: the reason where there is none."""
        if left.unit is None or right.unit is None:
            unit = left.unit or right.unit
            return Measured(left.node, unit), Measured(right.node, unit)
        if not left.unit.alike(right.unit):
            alike = left.unit.dimension == right.unit.dimension
            hint = reason("rule_differences_in_kelvin") if alike else Said("")
            raise self._error(right, refusal, right=_said(right), left=_said(left), hint=hint)
        if isinstance(left.node, Number | Limit) and not isinstance(right.node, Number):
            return Measured(_converted(left, right.unit), right.unit), right
        return left, Measured(_converted(right, left.unit), left.unit)

    def _refuse_point(self, side: Measured) -> None:
        if side.unit is not None and side.unit.point:
            raise self._error(side, "rule_no_true_zero", unit=side.unit.text)

    def _error(self, side: Measured, problem: str, /, **values: object) -> ExpressionError:
        return ExpressionError(self.text, side.node.column, reason(problem, **values))


def _read(node: Reading | Window | Delta | Rate, unit: Unit | None) -> Unit | None:
    if unit is None or isinstance(node, Reading | Window):
        return unit
    return unit.difference() if isinstance(node, Delta) else per_second(unit)


def _product(op: str, left: Unit | None, right: Unit | None) -> Unit | None:
    if right is None:
        return left
    if op == "*":
        return right if left is None else left.times(right)
    return (UNITS["1"] if left is None else left).over(right)


def _said(side: Measured) -> Reason | Said:
    """A side, which has a unit, as its author reads it: "engine_speed_rpm (rpm)"."""
    assert side.unit is not None  # what has none goes with everything
    match side.node:
        case Reading():
            return Said(f"{side.node.signal} ({side.unit.text})")
        case Limit():
            return Said(f"{side.node.name} ({side.unit.text})")
        case Number():
            return Said(f"{side.node.value:g} {side.unit.text}")
        case _:
            return reason("rule_number_in", unit=side.unit.text)


def _converted(side: Measured, into: Unit) -> NumericNode:
    """A number in another unit that is alike; a literal exactly and rounded once, anything else times a factor."""
    assert side.unit is not None  # bare sides take the other's unit as they are
    factor, offset = conversion(side.unit, into)
    node = side.node
    if isinstance(node, Number):
        return Number(float(Fraction(repr(node.value)) * factor + offset), node.column)
    if factor == 1 and offset == 0:
        return node
    if isinstance(node, Limit):
        return replace(node, factor=node.factor * float(factor), offset=float(offset))
    scaled = Arithmetic("*", node, Number(float(factor), node.column), node.column)
    return Arithmetic("+", scaled, Number(float(offset), node.column), node.column) if offset else scaled
