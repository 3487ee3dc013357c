"""How far back conditions look: the rings of panes they need, and the history after which they are settled."""

from collections.abc import Iterable, Sequence
from math import ceil, log2

from diagnosis.cursor import pane_s
from diagnosis.panes import FIELDS, OLDER_S, PaneLayout
from diagnosis.rule import Rule
from diagnosis.syntax import (
    LATITUDE,
    LONGITUDE,
    Count,
    Delta,
    Inside,
    Lasting,
    Node,
    PaneNode,
    Rate,
    Reading,
    TruthNode,
    Window,
    children,
    panes_of,
    shown,
)
from diagnosis.watches import GAP_US
from fleet.signals import Catalogue, Signal, StoredType

_COARSEST_S = 10
_MEAN_BITS = 36
_KEPT = {"min": ("min",), "max": ("max",), "mean": ("sum", "count")}


def trees_of(rules: Sequence[Rule]) -> list[TruthNode]:
    """The conditions of all rules."""
    return [tree for rule in rules for tree in rule.conditions]


def mean_step(signal: Signal) -> float:
    """What mean() counts a signal's values in: 2^-36 of the first power of two above its valid range."""
    return float(2.0 ** (ceil(log2(max(abs(signal.valid[0]), abs(signal.valid[1])))) - _MEAN_BITS))


def ring_layouts(trees: Iterable[TruthNode], columns: dict[str, int], catalogue: Catalogue) -> tuple[PaneLayout, ...]:
    """One ring a signal (or counted condition) and pane length, as long and with as much as any condition needs."""
    length: dict[tuple[str, int], int] = {}
    kept: dict[tuple[str, int], set[str]] = {}
    for node in (node for tree in trees for node in panes_of(tree)):
        key = shown(node.condition) if isinstance(node, Count) else node.signal, pane_s(node.window_s)
        length[key] = max(length.get(key, 0), _panes(node))
        kept.setdefault(key, set()).update(_fields(node))
    return tuple(
        PaneLayout(
            source=source,
            column=columns.get(source, -1),
            pane_s=seconds,
            length=length[source, seconds],
            float4=source in catalogue and catalogue[source].stored is StoredType.FLOAT4,
            fields=tuple(field for field in FIELDS if field in kept[source, seconds]),
            step=mean_step(catalogue[source]) if source in catalogue else 1.0,
        )
        for source, seconds in sorted(length)
    )


def _panes(node: PaneNode) -> int:
    older = OLDER_S if isinstance(node, Delta | Rate) else 0
    return (node.window_s + older) // pane_s(node.window_s) + 1


def _fields(node: PaneNode) -> tuple[str, ...]:
    if isinstance(node, Window):
        return _KEPT[node.kind]
    return ("count",) if isinstance(node, Count) else ("last",)


def warm_up_us(nodes: Iterable[Node], catalogue: Catalogue) -> int:
    """After this much history each of the nodes is what it would be after all of it."""
    return max((_settled_us(node, catalogue) for node in nodes), default=0)


def _settled_us(node: Node, catalogue: Catalogue) -> int:
    inner = warm_up_us(children(node), catalogue)
    match node:
        case Reading() | Inside():
            keys = [node.signal] if isinstance(node, Reading) else [LATITUDE, LONGITUDE]
            return max(_hold_us(catalogue, key) for key in keys)
        case Delta() | Rate():
            return max(_hold_us(catalogue, node.signal), _seconds(node.window_s + OLDER_S + _COARSEST_S))
        case Window():
            return _seconds(node.window_s + _COARSEST_S)
        case Count():
            return inner + GAP_US + _seconds(node.window_s + _COARSEST_S)
        case Lasting():
            return inner + GAP_US + node.us
        case _:
            return inner


def _hold_us(catalogue: Catalogue, signal: str) -> int:
    return int(catalogue.hold_us[catalogue.index[signal]])


def _seconds(seconds: int) -> int:
    return seconds * 1_000_000
