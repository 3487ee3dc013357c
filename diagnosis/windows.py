"""min, max, mean and count over windows of panes: the state's ring and the batch's own rows together."""

from functools import cached_property
from typing import Literal

import numpy as np

from diagnosis.panes import Field, PaneView, RunningTotal
from diagnosis.rows import IntpArray
from fleet.batch import Float64Array, Int64Array

Extreme = Literal["min", "max"]
_CELLS_AT_ONCE = 1_000_000
_STEPS = 8  # a total is carried on over so many panes, and summed up anew after more
_EXTREME = {"min": np.minimum, "max": np.maximum}
_NOTHING = {"min": np.inf, "max": -np.inf}


class WindowView:
    """The windows that end at rows of a batch, over one ring."""

    def __init__(self, view: PaneView) -> None:
        self.view = view
        self._levels: dict[Extreme, list[Float64Array]] = {}

    def extreme(self, kind: Extreme, positions: IntpArray, window_s: int) -> Float64Array:
        """The least or greatest value of each row's window, NaN where it has none."""
        first, last = self._in_batch(positions, window_s)
        here = self._range(kind, first, last)
        found = _EXTREME[kind](here, self._in_ring(kind, positions, window_s))
        return np.where(np.isinf(found), np.nan, found)

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
        if self.view.segments.single:
            found[some] = self.view.reported[first[some]]
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
        ring = self.view.ring
        panes = window_s // ring.layout.pane_s
        before = self.view.pane[positions] - panes  # the newest pane that is too old
        slot = self.view.segments.slot[positions]
        if self.view.segments.single:
            return self._total(field, panes, slot, before)
        found = _room(field, len(positions))
        mine, of_row = np.unique(slot, return_inverse=True)
        for start in range(0, len(mine), self._slots_at_once):
            chosen = np.flatnonzero((of_row >= start) & (of_row < start + self._slots_at_once))
            part = mine[start : start + self._slots_at_once]
            found[chosen] = self._since(field, part, of_row[chosen] - start, before[chosen])
        return found

    @property
    def _slots_at_once(self) -> int:
        return max(1, _CELLS_AT_ONCE // self.view.ring.layout.length)

    def _total(self, field: str, panes: int, slot: IntpArray, before: Int64Array) -> Field:
        """One row a slot: what is known from the last time, less the panes that have grown too old since."""
        ring = self.view.ring
        total = ring.totals.get((field, panes))
        if total is None:
            total = ring.totals[field, panes] = RunningTotal(ring, field)
        value, since = total.value[slot], total.before[slot]
        ago = before - since
        known = (ago >= 0) & (ago <= _STEPS)
        for step in range(1, int(ago[known].max(initial=0)) + 1):
            there, gone = ring.look(field, slot, since + step)
            leaving = there & (ago >= step)
            if field in _NOTHING:
                known &= ~(leaving & (gone == value))
            else:
                value -= np.where(leaving, gone, 0)
        unknown = np.flatnonzero(~known)
        for start in range(0, len(unknown), self._slots_at_once):
            part = unknown[start : start + self._slots_at_once]
            value[part] = self._young(field, slot[part], before[part])
        total.value[slot], total.before[slot] = value, before
        return value

    def _young(self, field: str, slot: IntpArray, before: Int64Array) -> Field:
        """One row a slot: of all its panes those that are young enough."""
        young = self.view.ring.stamp[slot] > before[:, None] + 1
        kept = self.view.ring.kept[field][slot]
        if field in _NOTHING:
            return _reduced(field, np.where(young, kept, _NOTHING[field]))
        total: Field = np.where(young, kept, 0).sum(axis=1, dtype=np.int64)
        return total

    def _since(self, field: str, slots: IntpArray, of_row: IntpArray, before: Int64Array) -> Field:
        """Many rows a slot: its panes from the newest to older ones summed up, looked up by how far each row goes."""
        ring = self.view.ring
        newest = ring.stamp[slots].max(axis=1).astype(np.int64) - 1
        pane = newest[:, None] - np.arange(ring.layout.length)
        place = pane % ring.layout.length
        known = (ring.stamp[slots[:, None], place] == pane + 1) & (pane >= 0)
        kept = ring.kept[field][slots[:, None], place]
        reach = np.minimum(newest[of_row] - before, ring.layout.length) - 1
        running: Field
        if field in _NOTHING:
            running = _accumulated(field, np.where(known, kept, _NOTHING[field]))
        else:
            running = np.cumsum(np.where(known, kept, 0), axis=1, dtype=np.int64)
        found = running[of_row, np.maximum(reach, 0)]
        reached: Field = np.where(reach >= 0, found, _NOTHING.get(field, 0))
        return reached


def _room(field: str, rows: int) -> Field:
    return np.empty(rows, np.float64 if field in _NOTHING else np.int64)


def _reduced(kind: str, values: Field) -> Field:
    least_or_greatest: Field = values.min(axis=1) if kind == "min" else values.max(axis=1)
    return least_or_greatest


def _accumulated(kind: str, values: Field) -> Field:
    step = np.minimum if kind == "min" else np.maximum
    running: Field = step.accumulate(values, axis=1)
    return running
