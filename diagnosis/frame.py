"""A batch as conditions see it: what compiled expressions ask for, looked up when they ask."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnosis.applies_to import AppliesTo
from diagnosis.bounds import Bounds
from diagnosis.compiler import Truth
from diagnosis.cursor import pane_s
from diagnosis.dtc import Code, code_mask
from diagnosis.held import Held, Told
from diagnosis.pane_views import PaneView
from diagnosis.panes import OLDER_S
from diagnosis.rows import IntpArray, Segments
from diagnosis.state import RuleState
from diagnosis.syntax import (
    LATITUDE,
    LONGITUDE,
    ActiveCode,
    Clock,
    Constant,
    Count,
    Delta,
    Inside,
    Lasting,
    Limit,
    LocalTime,
    PaneNode,
    Rate,
    Reported,
    TruthNode,
    Window,
    WorkingHours,
    shown,
)
from diagnosis.watches import Watched, follow, unknown
from diagnosis.windows import WindowView
from fleet.batch import BoolArray, Float64Array

if TYPE_CHECKING:
    from diagnosis.engine import CompiledRule, Engine

Range = tuple[Float64Array, Float64Array]
CodeSpan = tuple[int, Code, int, int | None]
"""(slot, code, from, to): an active code; to None: still active."""


class Frame:
    """A batch as conditions see it: all its rows."""

    def __init__(
        self, engine: "Engine", segments: Segments, held: Held, state: RuleState, spans: Callable[[], list[CodeSpan]]
    ) -> None:
        self.engine = engine
        self.segments = segments
        self.held = held
        self.size = len(segments.slot)
        self.memo: dict[int, Any] = {}
        self._state = state
        self._spans = spans
        self._columns = engine.columns
        self._rings = {(ring.layout.source, ring.layout.pane_s): ring for ring in state.rings}
        self._views: dict[tuple[str, int], PaneView] = {}
        self._windows: dict[tuple[str, int], WindowView] = {}
        self._watched: dict[TruthNode, Watched] = {}
        self._told: dict[TruthNode, Truth] = {}
        self._active: dict[ActiveCode, BoolArray] = {}
        self._properties: dict[Constant | Limit, Float64Array | float] = {}
        self._for: dict[AppliesTo, BoolArray] = {}
        self._ranges: dict[tuple[str, int], Range] = {}
        self._rows: IntpArray = np.arange(self.size)

    def column(self, index: int) -> Float64Array:
        """Held values of a used signal."""
        return self.held.current(index)

    def property(self, node: Constant | Limit) -> Float64Array | float:
        """A property of each row's machine, or a limit of a rule in the unit of what it meets."""
        if node not in self._properties:
            self._properties[node] = self._property(node)
        return self._properties[node]

    def _property(self, node: Constant | Limit) -> Float64Array | float:
        if isinstance(node, Constant):
            return self.engine.facts.nominal_voltage_v(self.segments.machine)
        limit = self.engine.facts.limit(node.rule, node.name, self.segments.machine, self.segments.at_us)
        return limit * node.factor + node.offset

    def panes(self, node: PaneNode) -> Float64Array:
        """What is read from panes."""
        return self.panes_at(node, self._rows)

    def panes_at(self, node: PaneNode, rows: IntpArray) -> Float64Array:
        """What is read from panes at some rows."""
        key = _ring_key(node)
        if isinstance(node, Delta | Rate):
            before, seconds = self._view(key).before(rows, node.window_s)
            change: Float64Array = self.column(self._columns[node.signal])[rows] - before
            return change if isinstance(node, Delta) else change / seconds
        windows = self._windows.get(key)
        if windows is None:
            windows = self._windows[key] = WindowView(self._view(key))
        if isinstance(node, Count):
            return windows.count(rows, node.window_s)
        if node.kind == "mean":
            return windows.mean(rows, node.window_s)
        return windows.extreme(node.kind, rows, node.window_s)

    def bounds(self, node: PaneNode) -> Bounds:
        """Between which numbers what is read from panes lies."""
        return self.bounds_at(node, self._rows, self._ranges)

    def bounds_at(self, node: PaneNode, rows: IntpArray, ranges: dict[tuple[str, int], Range]) -> Bounds:
        """Between which numbers what is read from panes lies at some rows; ranges: what is known of them by ring."""
        key = _ring_key(node)
        view = self._view(key)
        if key not in ranges:
            ranges[key] = view.bounds(rows)
        least, greatest = ranges[key]
        match node:
            case Count():
                return np.zeros(len(rows)), np.where(np.isnan(greatest), 0.0, np.inf)
            case Window():
                slack = 2 * view.ring.layout.step if node.kind == "mean" else 0.0
                return least - slack, greatest + slack
        now: Float64Array = self.column(self._columns[node.signal])[rows]
        if isinstance(node, Delta):
            return now - greatest, now - least
        shortest, longest = float(node.window_s), float(node.window_s + OLDER_S)
        least, greatest = now - greatest, now - least
        return np.minimum(least / shortest, least / longest), np.maximum(greatest / shortest, greatest / longest)

    def _view(self, key: tuple[str, int]) -> PaneView:
        if key not in self._views:
            ring = self._rings[key]
            told = self.held.nothing if ring.layout.column < 0 else self.held.told(ring.layout.column)
            self._views[key] = PaneView(ring, self.segments, told)
        return self._views[key]

    def told(self, node: Reported | Inside | Lasting | LocalTime) -> Truth:
        """What is a condition by itself: a value is there, a place is in a fence, it lasts, what hour it is."""
        if isinstance(node, Clock | WorkingHours):
            return self.engine.facts.local_time(node, self.segments.machine, self.segments.at_us)
        if node not in self._told:
            self._told[node] = self._looked_up(node)
        return self._told[node]

    def told_at(self, node: Reported | Inside | Lasting | LocalTime, rows: IntpArray) -> Truth:
        """The same at some rows."""
        if isinstance(node, Clock | WorkingHours):
            return self.engine.facts.local_time(node, self.segments.machine[rows], self.segments.at_us[rows])
        true, false = self.told(node)
        return true[rows], false[rows]

    def _looked_up(self, node: Reported | Inside | Lasting) -> Truth:
        match node:
            case Reported():
                return self._reported(node)
            case Inside():
                latitude, longitude = (self.column(self._columns[key]) for key in (LATITUDE, LONGITUDE))
                key = node.fence, node.buffer_m
                return self.engine.facts.inside(key, self.segments.machine, latitude, longitude)
            case Lasting():
                return self._watched[node.operand].lasting(node.us)

    def _reported(self, node: Reported) -> Truth:
        has = self.engine.facts.reports(self.engine.catalogue.index[node.signal], self.segments.machine)
        told = np.zeros(self.size, np.bool_)
        told[self.held.told(self._columns[node.signal]).rows] = True
        return has & told, has & ~told

    def active(self, node: ActiveCode) -> BoolArray:
        """Whether a code is active."""
        if node not in self._active:
            self._active[node] = code_mask(self.segments, self._spans(), node.spn, node.fmi)
        return self._active[node]

    def narrowed(self, positions: IntpArray) -> "Part":
        """Some of the rows."""
        return Part(self, positions)

    def applies(self, rule: "CompiledRule") -> BoolArray | None:
        """Rows at which a rule is for the machine and not switched off; None: all."""
        facts, segments, choice = self.engine.facts, self.segments, rule.rule.applies_to
        if choice is not None and choice not in self._for:
            self._for[choice] = facts.applies(choice, segments.machine)
        off = facts.off(rule.rule.key, segments.machine, segments.at_us)
        chosen = None if choice is None else self._for[choice]
        if off is None:
            return chosen
        return ~off if chosen is None else chosen & ~off

    def watch(self) -> None:
        """Follow the conditions that count() and the durations ask for, inner ones first."""
        for number, watch in enumerate(self.engine.watches):
            node, source, condition = watch.node, watch.source, watch.condition
            if any(map(self.held.is_unknown, watch.needs)):
                self._watched[node] = unknown(self.segments)
                continue
            truth = condition.true(self), condition.false(self)
            watched = self._watched[node] = follow(self.segments, truth, self._state.watches, number)
            for ring in self._state.rings:
                if ring.layout.source == source and ring.layout.column < 0:
                    self._views[source, ring.layout.pane_s] = PaneView(ring, self.segments, self._became(watched))

    def _became(self, watched: Watched) -> Told:
        """A count's events: a value at the rows at which its condition became true."""
        if len(watched.became) == 0:
            return self.held.nothing
        values = np.full(self.size, np.nan)
        values[watched.became] = 1.0
        return Told(values, watched.became, values[watched.became])

    def adopt(self) -> None:
        """Remember held values, panes and followed conditions."""
        self.held.adopt()
        for key, ring in self._rings.items():
            if key in self._views or (ring.layout.column >= 0 and len(self.held.told(ring.layout.column).rows)):
                self._view(key).adopt()
        for watched in self._watched.values():
            watched.adopt()


class Part:
    """Some rows of a batch as conditions see them; positions: (size,) rows of the frame, ascending."""

    def __init__(self, frame: Frame, positions: IntpArray) -> None:
        self._frame = frame
        self._positions = positions
        self.size = len(positions)
        self.memo: dict[int, Any] = {}
        self._ranges: dict[tuple[str, int], Range] = {}

    def column(self, index: int) -> Float64Array:
        """Held values of a used signal."""
        return self._frame.column(index)[self._positions]

    def property(self, node: Constant | Limit) -> Float64Array | float:
        """A property of each row's machine, or a limit of a rule in the unit of what it meets."""
        whole = self._frame.property(node)
        return whole if isinstance(whole, float) else whole[self._positions]

    def panes(self, node: PaneNode) -> Float64Array:
        """What is read from panes."""
        return self._frame.panes_at(node, self._positions)

    def bounds(self, node: PaneNode) -> Bounds:
        """Between which numbers what is read from panes lies."""
        return self._frame.bounds_at(node, self._positions, self._ranges)

    def told(self, node: Reported | Inside | Lasting | LocalTime) -> Truth:
        """What is a condition by itself: a value is there, a place is in a fence, it lasts, what hour it is."""
        return self._frame.told_at(node, self._positions)

    def active(self, node: ActiveCode) -> BoolArray:
        """Whether a code is active."""
        return self._frame.active(node)[self._positions]

    def narrowed(self, positions: IntpArray) -> "Part":
        """Some of these rows."""
        return Part(self._frame, self._positions[positions])


@lru_cache(maxsize=1024)
def _ring_key(node: PaneNode) -> tuple[str, int]:
    return shown(node.condition) if isinstance(node, Count) else node.signal, pane_s(node.window_s)
