"""The typed syntax tree of a rule expression. Equal expressions are equal trees, wherever they stand in the text."""

from dataclasses import dataclass, field
from typing import Literal

ArithmeticOp = Literal["+", "-", "*", "/"]
CompareOp = Literal["<", "<=", ">", ">=", "==", "!="]

NOMINAL_VOLTAGE = "nominal_voltage_v"
CONSTANTS = (NOMINAL_VOLTAGE,)
"""Names that stand for a property of the machine instead of a signal."""


WindowKind = Literal["min", "max", "mean"]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; `unit` is as written and empty once it was converted to what it is compared with."""

    value: float
    column: int = field(compare=False)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A number with a name, which machines may have their own value of: its value * factor + offset.

    The factor and the offset convert the limit's unit to that of what it is compared with.
    """

    rule: str
    name: str
    column: int = field(compare=False)
    factor: float = 1.0
    offset: float = 0.0


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
class Rate:
    """delta(signal, window) over the seconds between its two panes."""

    signal: str
    window_s: int
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Window:
    """The least, greatest or mean value reported within a window."""

    kind: WindowKind
    signal: str
    window_s: int
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """How often a condition became true within a window."""

    condition: "TruthNode"
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
class Reported:
    """The row has a value of the signal; unknown on machines without it."""

    signal: str
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Inside:
    """The held position is in the machine's geofence; buffer_m None: with the fence's own buffer."""

    fence: str
    buffer_m: float | None
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of day at the machine's site, in minutes since midnight: from on and before to, over midnight too."""

    from_min: int
    to_min: int
    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The machine's site works, by its calendar."""

    column: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lasting:
    """A condition has been true for `us` microseconds."""

    operand: "TruthNode"
    us: int
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


FenceKey = tuple[str, float | None]
"""A fence's name and the buffer in metres that is asked for; None: the fence's own."""
LATITUDE, LONGITUDE = "latitude_deg", "longitude_deg"
PaneNode = Delta | Rate | Window | Count
"""What is read from panes."""
WatchNode = Count | Lasting
"""What follows a condition from row to row."""
NumericNode = Number | Limit | Reading | Constant | Delta | Rate | Window | Count | Negative | Absolute | Arithmetic
LocalTime = Clock | WorkingHours
"""What the clock at a machine's site says."""
TruthNode = Compare | ActiveCode | Reported | Inside | Clock | WorkingHours | Lasting | Not | Every | Some
Node = NumericNode | TruthNode


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order written."""
    match node:
        case Negative() | Absolute() | Not() | Lasting():
            return (node.operand,)
        case Arithmetic() | Compare():
            return (node.left, node.right)
        case Every() | Some():
            return node.terms
        case Count():
            return (node.condition,)
        case _:
            return ()


def walk(node: Node) -> list[Node]:
    """The node and everything under it."""
    found: list[Node] = [node]
    for part in children(node):
        found.extend(walk(part))
    return found


def signals_of(node: Node) -> frozenset[str]:
    """Every signal an expression reads, also inside its functions."""
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Reading | Delta | Rate | Window | Reported):
            found.add(part.signal)
        elif isinstance(part, Inside):
            found |= {LATITUDE, LONGITUDE}
    return frozenset(found)


def panes_of(node: Node) -> list[PaneNode]:
    """Every part of an expression that is read from panes."""
    return [part for part in walk(node) if isinstance(part, PaneNode)]


def watches_of(node: Node) -> list[WatchNode]:
    """Every part that follows a condition from row to row, the inner ones first."""
    return [part for part in reversed(walk(node)) if isinstance(part, WatchNode)]


def limits_of(node: Node) -> frozenset[str]:
    """The names of the limits that an expression reads."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Limit))


def fences_of(node: Node) -> frozenset[FenceKey]:
    """Name and buffer of every geofence of an expression."""
    return frozenset((part.fence, part.buffer_m) for part in walk(node) if isinstance(part, Inside))


def codes_of(node: Node) -> frozenset[ActiveCode]:
    """Every dtc() of an expression."""
    return frozenset(part for part in walk(node) if isinstance(part, ActiveCode))


def deltas_of(node: Node) -> frozenset[Delta]:
    """Every delta() of an expression."""
    return frozenset(part for part in walk(node) if isinstance(part, Delta))


def shown(node: Node) -> str:
    """A text that two trees share exactly when they are equal."""
    own = [str(getattr(node, name)) for name in node.__slots__ if name != "column" and name not in _PARTS]
    return f"{type(node).__name__}({', '.join([*own, *map(shown, children(node))])})"


_PARTS = ("operand", "left", "right", "terms", "condition")
