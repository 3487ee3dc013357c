"""One batch examined: what every condition is at every row, and what must be remembered of it."""

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from diagnosis.dtc import Tracked, track
from diagnosis.frame import CodeSpan, Frame
from diagnosis.held import Held, Spoilt, place_errors
from diagnosis.rows import Columns, Events, IntpArray, Segments
from diagnosis.runs import Known, Live
from diagnosis.state import RuleState
from fleet.batch import BoolArray

if TYPE_CHECKING:
    from diagnosis.engine import CompiledRule, Engine

__all__ = ["CodeSpan", "Examination", "examine"]


class Examination:
    """A batch's conditions against a state. candidates() or known() gives the rows to run on; adopt() remembers."""

    def __init__(self, frame: Frame, tracked: Tracked, events: Events, state: RuleState) -> None:
        self.tracked = tracked
        self._frame = frame
        self._events = events
        self._state = state

    def candidates(self) -> Known:
        """Known rows that could change a run or a finding: of machines with a row that holds or with a live run."""
        frame, segments = self._frame, self._frame.segments
        live = Live(segments, self._state.runs)
        found = []
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            for number, rule in enumerate(frame.engine.rules):
                is_live = live.rules[number]
                if not is_live and any(map(frame.held.is_unknown, rule.needs)):
                    continue
                true = self._true(rule, is_live)
                if is_live or np.count_nonzero(true):
                    rows = _rows_of_interest(segments, true, live.of(number) if is_live else None)
                    found.append((number, rows, *self._decided(rule, rows, true)))
        return _joined(found)

    def _true(self, rule: "CompiledRule", is_live: bool) -> BoolArray:
        """Rows at which a rule's condition is true and the rule is for the machine."""
        applies = self._frame.applies(rule)
        if applies is None:
            return rule.when.true(self._frame)
        if not is_live and not np.count_nonzero(applies):
            return applies
        return rule.when.true(self._frame) & applies

    def _decided(
        self, rule: "CompiledRule", rows: IntpArray, true: BoolArray
    ) -> tuple[BoolArray, BoolArray, BoolArray]:
        """(holds, known false, clears) at `rows`."""
        frame = self._frame
        if len(rows) * _FEW > frame.size:
            clears, false = rule.clear.true(frame)[rows], rule.when.false(frame)[rows]
        else:
            part = frame.narrowed(rows)
            clears, false = rule.clear.true(part), rule.when.false(part)
        applies = frame.applies(rule)
        if applies is not None:
            clears = clears | ~applies[rows]
        return true[rows] & ~clears, false | clears, clears

    def known(self) -> Known:
        """All known rows of all rules."""
        frame = self._frame
        rows, found = np.arange(frame.size), []
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            for number, rule in enumerate(frame.engine.rules):
                found.append((number, rows, *self._decided(rule, rows, self._true(rule, True))))
        return _joined(found)

    def values_at(self, columns: tuple[int, ...], row: int) -> tuple[tuple[str, float], ...]:
        """(signal, held value) of the known ones among `columns` at a row."""
        signals = self._frame.engine.layout.signals
        held = [(signals[column], float(self._frame.column(column)[row])) for column in columns]
        return tuple((key, value) for key, value in held if not isnan(value))

    def adopt(self) -> None:
        """Remember held values, panes, codes and marks in the state examined against."""
        self._frame.adopt()
        self.tracked.adopt()
        segments, marks = self._frame.segments, self._state.mark_us
        marks[segments.slots] = np.maximum(marks[segments.slots], segments.at_us[segments.last])
        if len(self._events):
            slot, at_us = self._events.instants()
            np.maximum.at(marks, slot, at_us)


def examine(
    engine: "Engine",
    segments: Segments,
    reported: Columns,
    events: Events,
    *,
    state: RuleState,
    spans: list[CodeSpan] | None = None,
) -> Examination:
    """Look at rows (reported: the signals of engine.ids) and events above the state's marks.

    spans: when given, the active codes that dtc() sees, instead of those followed here.
    """
    tracked = track(segments, events, state.codes)
    errors = place_errors(segments, events, engine.column_of)
    signals: list[int] = engine.ids.tolist()
    spoilt = Spoilt(errors=errors, distrusted=lambda column: engine.facts.distrusted(signals[column], segments.machine))
    held = Held(segments, reported, spoilt, engine.hold_us, state.held)
    of_codes = (lambda: _followed(segments, tracked)) if spans is None else (lambda: spans)
    frame = Frame(engine, segments, held, state, of_codes)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        frame.watch()
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


def _rows_of_interest(segments: Segments, true: BoolArray, live: BoolArray | None) -> IntpArray:
    if segments.single:
        return np.flatnonzero(true if live is None else true | live)
    some = np.logical_or.reduceat(true, segments.first)
    return np.flatnonzero((some if live is None else some | live)[segments.of_row])


Found = tuple[int, IntpArray, BoolArray, BoolArray, BoolArray]


def _joined(found: list[Found]) -> Known:
    """Known rows of all rules, unknown ones dropped."""
    if not found:
        return Known(_NO_ROWS, _NO_ROWS, _NO_FLAGS, _NO_FLAGS)
    rule = np.repeat([entry[0] for entry in found], [len(entry[1]) for entry in found])
    row, holds, false, clears = (np.concatenate([entry[place] for entry in found]) for place in (1, 2, 3, 4))
    kept = holds | false
    return Known(rule[kept], row[kept], holds[kept], clears[kept])


_FEW = 4  # of a batch's rows a fourth: less are looked at by themselves
_NO_ROWS: IntpArray = np.empty(0, np.intp)
_NO_FLAGS: BoolArray = np.empty(0, np.bool_)
