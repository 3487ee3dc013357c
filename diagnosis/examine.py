"""One batch examined: what every condition is at every row, and what must be remembered of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isnan
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from diagnosis.compiler import Truth, View
from diagnosis.cursor import pane_s
from diagnosis.dtc import Code, Tracked, code_mask, track
from diagnosis.held import Held, hold, place_errors
from diagnosis.panes import PaneView
from diagnosis.rows import Events, IntpArray, Segments
from diagnosis.runs import Known
from diagnosis.state import RuleState
from diagnosis.syntax import (
    LATITUDE,
    LONGITUDE,
    ActiveCode,
    Constant,
    Count,
    Delta,
    Inside,
    Lasting,
    Limit,
    PaneNode,
    Rate,
    Reported,
    WatchNode,
    Window,
    shown,
)
from diagnosis.watches import Watched, follow
from diagnosis.windows import WindowView
from fleet.batch import BoolArray, Float64Array

if TYPE_CHECKING:
    from diagnosis.engine import CompiledRule, Engine

_A = TypeVar("_A", bound=np.generic)
CodeSpan = tuple[int, Code, int, int | None]
"""(slot, code, from, to): an active code; to None: still active."""


@dataclass(slots=True)
class _Frame:
    """A batch (or some rows of it) as conditions see it."""

    engine: "Engine"
    segments: Segments
    held: Held
    pane_views: dict[tuple[str, int], PaneView]
    columns: dict[str, int]
    spans: Callable[[], list[CodeSpan]]
    watched: dict[WatchNode, Watched]
    windows: dict[tuple[str, int], WindowView]
    positions: IntpArray | None = None
    memo: dict[int, Any] = field(default_factory=dict)

    def _here(self, values: npt.NDArray[_A]) -> npt.NDArray[_A]:
        return values if self.positions is None else values[self.positions]

    def _rows(self) -> IntpArray:
        return np.arange(len(self.segments.slot)) if self.positions is None else self.positions

    def column(self, index: int) -> Float64Array:
        return self._here(self.held.current[index])

    def property(self, node: Constant | Limit) -> Float64Array | float:
        machine, at_us = self._here(self.segments.machine), self._here(self.segments.at_us)
        if isinstance(node, Constant):
            return self.engine.facts.nominal_voltage_v(machine)
        return self.engine.facts.limit(node.rule, node.name, machine, at_us) * node.factor + node.offset

    def panes(self, node: PaneNode) -> Float64Array:
        key = shown(node.condition) if isinstance(node, Count) else node.signal, pane_s(node.window_s)
        match node:
            case Delta() | Rate():
                before, seconds = self.pane_views[key].before(self._rows(), node.window_s)
                change = self.column(self.columns[node.signal]) - before
                return change if isinstance(node, Delta) else change / seconds
            case Count():
                return self.windows[key].count(self._rows(), node.window_s)
            case Window():
                if node.kind == "mean":
                    return self.windows[key].mean(self._rows(), node.window_s)
                return self.windows[key].extreme(node.kind, self._rows(), node.window_s)

    def told(self, node: Reported | Inside | Lasting) -> Truth:
        match node:
            case Reported():
                return self._reported(node)
            case Inside():
                return self._inside(node)
            case Lasting():
                true, false = self.watched[node].lasting(node.us)
                return self._here(true), self._here(false)

    def _reported(self, node: Reported) -> Truth:
        has = self.engine.facts.reports(self.engine.catalogue.index[node.signal], self._here(self.segments.machine))
        told = ~np.isnan(self._here(self.held.reported[:, self.columns[node.signal]]))
        return has & told, has & ~told

    def _inside(self, node: Inside) -> Truth:
        latitude, longitude = (self.column(self.columns[key]) for key in (LATITUDE, LONGITUDE))
        return self.engine.facts.inside(
            (node.fence, node.buffer_m), self._here(self.segments.machine), latitude, longitude
        )

    def active(self, node: ActiveCode) -> BoolArray:
        mask = code_mask(self.segments, self.spans(), node.spn, node.fmi)
        return mask if self.positions is None else mask[self.positions]

    def narrowed(self, positions: IntpArray) -> View:
        if self.positions is not None:
            positions = self.positions[positions]
        return replace(self, positions=positions, memo={})

    def watch(self, state: RuleState) -> None:
        """Follow the conditions that count() and the durations ask for, inner ones first."""
        for number, (node, condition) in enumerate(self.engine.watches):
            watched = self.watched[node] = follow(self.segments, condition(self), state.watches, number)
            if isinstance(node, Count):
                self.add_ring(state, (shown(node.condition), pane_s(node.window_s)), watched)

    def add_ring(self, state: RuleState, key: tuple[str, int], watched: Watched) -> None:
        """The panes that the rows count in at which a condition became true."""
        ring = next(r for r in state.rings if (r.layout.source, r.layout.pane_s) == key)
        view = self.pane_views[key] = PaneView(ring, self.segments, np.where(watched.became, 1.0, np.nan))
        self.windows[key] = WindowView(view)


class Examination:
    """A batch's conditions against a state. candidates() or known() gives the rows to run on; adopt() remembers."""

    def __init__(self, frame: _Frame, tracked: Tracked, events: Events, state: RuleState) -> None:
        self.tracked = tracked
        self._frame = frame
        self._events = events
        self._state = state

    def candidates(self) -> Known:
        """Known rows that could change a run or a finding: of machines with a row that holds or with a live run."""
        segments = self._frame.segments
        live = self._state.runs.live.take(segments.slots, axis=0)
        any_live: BoolArray = np.logical_or.reduce(live, axis=0)
        unknown = self._frame.held.unknown
        found = []
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            for number, rule in enumerate(self._frame.engine.rules):
                if not any_live[number] and unknown[rule.needs].any():
                    continue
                true, false = rule.when(self._frame)
                if any_live[number] or true.any():
                    rows = _rows_of_interest(segments, true, live[:, number])
                    found.append((number, rows, *self._decided(rule, rows, true, false)))
        return _joined(found)

    def known(self) -> Known:
        """All known rows of all rules."""
        rows = np.arange(len(self._frame.segments.slot))
        found = []
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            for number, rule in enumerate(self._frame.engine.rules):
                found.append((number, rows, *self._decided(rule, rows, *rule.when(self._frame))))
        return _joined(found)

    def _decided(
        self, rule: "CompiledRule", rows: IntpArray, true: BoolArray, false: BoolArray
    ) -> tuple[BoolArray, BoolArray, BoolArray]:
        """(holds, known false, clears) at `rows`."""
        clears, _ = rule.clear(self._frame)
        engine, segments = self._frame.engine, self._frame.segments
        applies = engine.facts.applies(rule.rule.key, rule.rule.applies_to, segments.machine, segments.at_us)
        if applies is not None:
            true, clears = true & applies, clears | ~applies
        cleared = clears[rows]
        return true[rows] & ~cleared, false[rows] | cleared, cleared

    def values_at(self, columns: tuple[int, ...], row: int) -> tuple[tuple[str, float], ...]:
        """(signal, held value) of the known ones among `columns` at a row."""
        signals = self._frame.engine.layout.signals
        held = [(signals[column], float(self._frame.held.current[column, row])) for column in columns]
        return tuple((key, value) for key, value in held if not isnan(value))

    def adopt(self) -> None:
        """Remember held values, panes, codes and marks in the state examined against."""
        self._frame.held.adopt()
        for view in self._frame.pane_views.values():
            view.adopt()
        for watched in self._frame.watched.values():
            watched.adopt()
        self.tracked.adopt()
        segments, marks = self._frame.segments, self._state.mark_us
        marks[segments.slots] = np.maximum(marks[segments.slots], segments.at_us[segments.last])
        if len(self._events):
            slot, at_us = self._events.instants()
            np.maximum.at(marks, slot, at_us)


def examine(
    engine: "Engine",
    segments: Segments,
    reported: Float64Array,
    events: Events,
    *,
    state: RuleState,
    spans: list[CodeSpan] | None = None,
) -> Examination:
    """Look at rows (reported: (rows, signals of engine.ids), may be written to) and events above the state's marks.

    spans: when given, the active codes that dtc() sees, instead of those followed here.
    """
    tracked = track(segments, events, state.codes)
    held = hold(segments, reported, place_errors(segments, events, engine.column_of), engine.hold_us, state.held)
    panes = {
        (ring.layout.source, ring.layout.pane_s): PaneView(ring, segments, held.reported[:, ring.layout.column])
        for ring in state.rings
        if ring.layout.column >= 0
    }
    windows = {key: WindowView(view) for key, view in panes.items()}
    columns = {key: column for column, key in enumerate(engine.layout.signals)}
    of_codes = (lambda: _followed(segments, tracked)) if spans is None else (lambda: spans)
    frame = _Frame(engine, segments, held, panes, columns, of_codes, {}, windows)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        frame.watch(state)
    return Examination(frame, tracked, events, state)


def _followed(segments: Segments, tracked: Tracked) -> list[CodeSpan]:
    """Codes active at some time in the batch, of the machines that have rows in it."""
    spans: list[CodeSpan] = [
        (change.slot, change.code, change.from_us, change.to_us)
        for change in tracked.changes
        if change.to_us is not None
    ]
    table = tracked.table
    untouched = [slot for slot in segments.slots[table.busy[segments.slots]].tolist() if slot not in tracked.after]
    spans += [(slot, code, since, None) for slot in untouched for _, code, since in table.active(slot)]
    for slot, sources in tracked.after.items():
        spans += [(slot, code, since, None) for source in sources.values() for code, since in source.since.items()]
    return spans


def _rows_of_interest(segments: Segments, true: BoolArray, live: BoolArray) -> IntpArray:
    if segments.single:
        return np.flatnonzero(true | live)
    return np.flatnonzero((np.logical_or.reduceat(true, segments.first) | live)[segments.of_row])


Found = tuple[int, IntpArray, BoolArray, BoolArray, BoolArray]


def _joined(found: list[Found]) -> Known:
    """Known rows of all rules, unknown ones dropped."""
    if not found:
        return Known(_NO_ROWS, _NO_ROWS, _NO_FLAGS, _NO_FLAGS)
    rule = np.repeat([entry[0] for entry in found], [len(entry[1]) for entry in found])
    row, holds, false, clears = (np.concatenate([entry[place] for entry in found]) for place in (1, 2, 3, 4))
    kept = holds | false
    return Known(rule[kept], row[kept], holds[kept], clears[kept])


_NO_ROWS: IntpArray = np.empty(0, np.intp)
_NO_FLAGS: BoolArray = np.empty(0, np.bool_)
