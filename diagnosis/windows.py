"""min, max, mean and count over windows of panes: the state's ring and the batch's own rows together."""

from functools import cached_property
from typing import Literal

import numpy as np

from diagnosis.pane_views import PaneView
from diagnosis.panes import Field, RunningTotal, flat
from diagnosis.rows import IntpArray, modulo
from fleet.batch import BoolArray, Float64Array, Int64Array

Extreme = Literal["min", "max"]
_CELLS_AT_ONCE = 1_000_000
_STEPS = 8  # a total is carried on over so many panes, and summed up anew after more
_MOST = 0.3  # a total is kept once so much of a batch asks for it
_EXTREME = {"min": np.minimum, "max": np.maximum}
_NEARER = {"min": np.fmin, "max": np.fmax}
_NOTHING = {"min": np.inf, "max": -np.inf}


class WindowView:
    """The windows that end at rows of a batch, over one ring."""

    def __init__(self, view: PaneView) -> None:
        self.view = view
        self._levels: dict[Extreme, list[Float64Array]] = {}

    def extreme(self, kind: Extreme, positions: IntpArray, window_s: int) -> Float64Array:
        """The least or greatest value of each row's window, NaN where it has none."""
        in_ring = self._in_ring(kind, positions, window_s)
        if self.view.segments.single:
            found = _NEARER[kind](self.view.told.values[positions], in_ring)
        else:
            first, last = self._in_batch(positions, window_s)
            found = _EXTREME[kind](self._range(kind, first, last), in_ring)
        found[np.isinf(found)] = np.nan
        return found

    def mean(self, positions: IntpArray, window_s: int) -> Float64Array:
        """The mean of each row's window, NaN where it has no value."""
        first, last = self._in_batch(positions, window_s)
        total = self._totals[last] - self._totals[first] + self._in_ring("sum", positions, window_s)
        count = last - first + self._in_ring("count", positions, window_s)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0, total.astype(np.float64) / count * self.view.ring.layout.step, np.nan)

    def count(self, positions: IntpArray, window_s: int) -> Float64Array:
        """How many values each row's window has."""
        first, last = self._in_batch(positions, window_s)
        return (last - first + self._in_ring("count", positions, window_s)).astype(np.float64)

    # The batch's own rows: the reported ones from `first` up to `last` (not included)

    def _in_batch(self, positions: IntpArray, window_s: int) -> tuple[IntpArray, IntpArray]:
        view = self.view
        if len(view.rows) == 0:
            nowhere = np.zeros(len(positions), np.intp)
            return nowhere, nowhere
        last = self._reported_upto[positions + 1]
        if view.segments.single:
            return self._reported_upto[positions], last
        oldest = view.pane[positions] - window_s // view.ring.layout.pane_s + 1
        first = view.place(view.segments.of_row[positions], oldest, side="left")
        return np.minimum(first, last), last

    @cached_property
    def _reported_upto(self) -> IntpArray:
        """How many reported rows there are before each row, and before the end."""
        reported = np.zeros(len(self.view.pane) + 1, np.intp)
        reported[self.view.rows + 1] = 1
        return np.cumsum(reported)

    @cached_property
    def _totals(self) -> Int64Array:
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(self.view.counted())))

    def _range(self, kind: Extreme, first: IntpArray, last: IntpArray) -> Float64Array:
        """The extreme of reported[first:last] by a table of the extremes of 1, 2, 4 ... neighbours."""
        found = np.full(len(first), _NOTHING[kind])
        some = np.flatnonzero(last > first)
        if len(some) == 0:
            return found
        length = (last - first)[some]
        level = np.frexp(length.astype(np.float64))[1] - 1
        levels = self._levels.setdefault(kind, [self.view.reported])
        while len(levels) <= int(level.max()):
            half = 1 << (len(levels) - 1)
            levels.append(_EXTREME[kind](levels[-1][:-half], levels[-1][half:]))
        for number in np.unique(level).tolist():
            chosen = some[level == number]
            left, right = first[chosen], last[chosen] - (1 << number)
            found[chosen] = _EXTREME[kind](levels[number][left], levels[number][right])
        return found

    # The ring as it was before the batch

    def _in_ring(self, field: str, positions: IntpArray, window_s: int) -> Field:
        ring, segments = self.view.ring, self.view.segments
        panes = window_s // ring.layout.pane_s
        before = self.view.pane[positions] - panes  # the newest pane that is too old
        if ring.is_blank_from(before + 1):
            return _nothing(field, len(positions))
        slot = segments.slot[positions]
        if not segments.single:
            return self._since(field, slot, before)
        if (field, panes) in ring.totals or len(positions) > _MOST * len(segments.slot):
            return self._total(field, panes, slot, before)
        return self._summed_up(field, panes, slot, before)

    def _total(self, field: str, panes: int, slot: IntpArray, before: Int64Array) -> Field:
        """One row a slot: what is known from the last time, less the panes that have grown too old since."""
        ring = self.view.ring
        total = ring.totals.get((field, panes))
        if total is None:
            total = ring.totals[field, panes] = RunningTotal(ring, field)
        total.unread = 0
        value, since = total.value[slot], total.before[slot]
        ago = before - since
        known = (ago >= 0) & (ago <= _STEPS)
        for step in range(1, int(ago[known].max(initial=0)) + 1):
            index, there = ring.look(slot, since + step)
            leaving, gone = there & (ago >= step), flat(ring.kept[field])[index]
            if field in _NOTHING:
                known &= ~(leaving & (gone == value))
            else:
                value -= np.where(leaving, gone, 0)
        unknown = np.flatnonzero(~known)
        if len(unknown):
            value[unknown] = self._summed_up(field, panes, slot[unknown], before[unknown])
        total.value[slot], total.before[slot] = value, before
        return value

    def _summed_up(self, field: str, panes: int, slot: IntpArray, before: Int64Array) -> Field:
        """One row a slot: its panes of the window, looked up and joined."""
        found = _nothing(field, len(slot))
        at_once = max(1, _CELLS_AT_ONCE // panes)
        for start in range(0, len(slot), at_once):
            part = slice(start, start + at_once)
            kept, there = self._cells(field, slot[part], before[part] + 1, panes)
            found[part] = _joined(field, kept, there)
        return found

    def _cells(self, field: str, slot: IntpArray, first: Int64Array, panes: int) -> tuple[Field, BoolArray]:
        """(panes, slots): the field from a pane of each slot on, and whether it is there."""
        ring = self.view.ring
        pane = first + np.arange(panes)[:, None]
        low, high = int(first.min()), int(first.max()) + panes - 1
        index = modulo(pane, ring.layout.length, low, high) * len(ring.stamp) + slot
        there = flat(ring.stamp)[index] == pane + 1
        return flat(ring.kept[field])[index], there if low >= 0 else there & (pane >= 0)

    def _since(self, field: str, slot: IntpArray, before: Int64Array) -> Field:
        """Many rows a slot: its panes from the newest to older ones joined, looked up by how far each row goes."""
        found = _nothing(field, len(slot))
        mine, of_row = np.unique(slot, return_inverse=True)
        newest = self.view.ring.stamp[mine].max(axis=1).astype(np.int64) - 1
        reach = np.minimum(newest[of_row] - before, self.view.ring.layout.length) - 1
        rows = np.flatnonzero(reach >= 0)  # the windows of the others begin after all that the ring has
        at_once = max(1, _CELLS_AT_ONCE // self.view.ring.layout.length)
        for start in range(0, len(mine) if len(rows) else 0, at_once):
            part = slice(start, start + at_once)
            chosen = rows if at_once >= len(mine) else rows[of_row[rows] // at_once == start // at_once]
            if len(chosen):
                running = self._running(field, mine[part], newest[part], int(reach[chosen].max()) + 1)
                found[chosen] = running[reach[chosen], of_row[chosen] - start]
        return found

    def _running(self, field: str, slots: IntpArray, newest: Int64Array, panes: int) -> Field:
        """(panes, slots): what the newest pane of each slot and so many older ones give together."""
        first = newest - (panes - 1)
        kept, there = (cells[::-1] for cells in self._cells(field, slots, first, panes))
        if field in _NOTHING:
            step = np.minimum if field == "min" else np.maximum
            extremes: Field = step.accumulate(np.where(there, kept, _NOTHING[field]), axis=0)
            return extremes
        sums: Field = np.cumsum(np.where(there, kept, 0), axis=0, dtype=np.int64)
        return sums


def _nothing(field: str, rows: int) -> Field:
    """What rows without a value have."""
    return np.full(rows, _NOTHING[field]) if field in _NOTHING else np.zeros(rows, np.int64)


def _joined(field: str, kept: Field, there: BoolArray) -> Field:
    """What cells (panes, slots) give together."""
    joined: Field
    if field not in _NOTHING:
        joined = np.where(there, kept, 0).sum(axis=0, dtype=np.int64)
    elif field == "min":
        joined = np.where(there, kept, np.inf).min(axis=0)
    else:
        joined = np.where(there, kept, -np.inf).max(axis=0)
    return joined
