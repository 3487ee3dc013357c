"""The typed syntax tree of a rule expression. Equal expressions are equal trees, wherever they stand in the text."""

from dataclasses import dataclass, field
from typing import Literal

ArithmeticOp = Literal["+", "-", "*", "/"]
CompareOp = Literal["<", "<=", ">", ">=", "==", "!="]

NOMINAL_VOLTAGE = "nominal_voltage_v"
CONSTANTS = (NOMINAL_VOLTAGE,)
"""Names that stand for a property of the machine instead of a signal."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The held value of a signal."""

    signal: str
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A property of the machine, one of CONSTANTS."""

    name: str
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Delta:
    """The held value of a signal less its value `window_s` ago."""

    signal: str
    window_s: int
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """-operand."""

    operand: "NumericNode"
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Absolute:
    """abs(operand)."""

    operand: "NumericNode"
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """left op right; dividing by zero gives unknown."""

    op: ArithmeticOp
    left: "NumericNode"
    right: "NumericNode"
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """left op right: true, false, or unknown when a side is unknown."""

    op: CompareOp
    left: "NumericNode"
    right: "NumericNode"
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class ActiveCode:
    """dtc(spn, fmi): a fault code is active on the machine, from any source address; fmi None: any FMI."""

    spn: int
    fmi: int | None
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """not operand."""

    operand: "TruthNode"
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Every:
    """term and term and ..."""

    terms: tuple["TruthNode", ...]
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Some:
    """term or term or ..."""

    terms: tuple["TruthNode", ...]
    column: int = field(compare=False)


NumericNode = Number | Reading | Constant | Delta | Negative | Absolute | Arithmetic
TruthNode = Compare | ActiveCode | Not | Every | Some
Node = NumericNode | TruthNode


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order written."""
    match node:
        case Negative() | Absolute() | Not():
            return (node.operand,)
        case Arithmetic() | Compare():
            return (node.left, node.right)
        case Every() | Some():
            return node.terms
        case _:
            return ()


def walk(node: Node) -> list[Node]:
    """The node and everything under it."""
    found: list[Node] = [node]
    for part in children(node):
        found.extend(walk(part))
    return found


def signals_of(node: Node) -> frozenset[str]:
    """Every signal an expression reads, also inside delta()."""
    return frozenset(part.signal for part in walk(node) if isinstance(part, (Reading, Delta)))


def deltas_of(node: Node) -> frozenset[Delta]:
    """Every delta() of an expression."""
    return frozenset(part for part in walk(node) if isinstance(part, Delta))


def codes_of(node: Node) -> frozenset[ActiveCode]:
    """Every dtc() of an expression."""
    return frozenset(part for part in walk(node) if isinstance(part, ActiveCode))
