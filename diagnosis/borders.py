"""The lines that a rule's condition draws through its signals, for showing beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan

from diagnosis.syntax import (
    Arithmetic,
    Compare,
    CompareOp,
    Constant,
    Every,
    Limit,
    Negative,
    Number,
    NumericNode,
    Reading,
    Some,
    TruthNode,
)

_MIRRORED: Mapping[CompareOp, CompareOp] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """Where a signal has to be for a condition to hold: `key` `comparison` `value`, in the signal's unit."""

    key: str
    comparison: CompareOp
    value: float


def borders_of(when: TruthNode, limits: Mapping[str, float], nominal_voltage_v: float) -> tuple[Border, ...]:
    """The borders of the comparisons of a signal (or of its share of the nominal voltage) with a number or a limit.

    Those that stand alone or are joined by and/or, in the order written. limits: the values that hold for the machine,
    by name; nominal_voltage_v: NaN unknown.
    """
    found = [_border(term, limits, nominal_voltage_v) for term in _compared(when)]
    return tuple(dict.fromkeys(border for border in found if border is not None))


def _compared(node: TruthNode) -> Iterator[Compare]:
    if isinstance(node, Compare):
        yield node
    elif isinstance(node, Every | Some):
        for term in node.terms:
            yield from _compared(term)


def _border(term: Compare, limits: Mapping[str, float], nominal_voltage_v: float) -> Border | None:
    for side, other, op in ((term.left, term.right, term.op), (term.right, term.left, _MIRRORED.get(term.op))):
        key, factor = _signal(side, nominal_voltage_v)
        value = border_value(other, limits)
        if key is not None and value is not None and op is not None and op in _MIRRORED and not isnan(factor):
            return Border(key=key, comparison=op, value=value * factor)
    return None


def _signal(node: NumericNode, nominal_voltage_v: float) -> tuple[str | None, float]:
    """The signal, and what a number beside it is multiplied with."""
    match node:
        case Reading():
            return node.signal, 1.0
        case Arithmetic(op="/", left=Reading() as reading, right=Constant()):
            return reading.signal, nominal_voltage_v
        case _:
            return None, 1.0


def border_value(node: NumericNode, limits: Mapping[str, float]) -> float | None:
    """What a number or a limit by its name is in the unit of what it meets; None for anything else."""
    match node:
        case Number():
            return node.value
        case Limit():
            return limits[node.name] * node.factor + node.offset if node.name in limits else None
        case Negative():
            inner = border_value(node.operand, limits)
            return None if inner is None else -inner
        case _:
            return None
