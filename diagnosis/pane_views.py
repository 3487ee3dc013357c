"""A batch's rows on a ring of panes: what windows and deltas look back at, and what is written when it is adopted."""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from diagnosis.held import Told
from diagnosis.panes import JOINED, Field, PaneRing, flat
from diagnosis.rows import IntpArray, Segments
from fleet.batch import BoolArray, Float64Array, Int64Array

_UNREAD = 8
"""A total that nobody has read for so many batches is dropped."""


class PaneView:
    """One ring as a batch sees it: the state's panes and the batch's own rows on top.

    rows: those that report a value, reported: theirs. The ring is read and left as it is until adopt().
    """

    def __init__(self, ring: PaneRing, segments: Segments, told: Told) -> None:
        self.ring = ring
        self.segments = segments
        self.panes = segments.panes(ring.layout.pane_s)
        self.pane = self.panes.number
        self.told = told
        self.rows = told.rows
        self.reported = told.some
        self._keys: tuple[Int64Array, int, int] | None = None

    def before(self, positions: IntpArray, window_s: int) -> tuple[Float64Array, Float64Array]:
        """The value `window_s` before each of the rows `positions`, NaN when unknown, and how many seconds before."""
        now = self.pane[positions]
        target = now - window_s // self.ring.layout.pane_s
        if self.segments.single or len(self.rows) == 0:
            value, pane = self.ring.find(self.segments.slot[positions], target)
        else:
            found, value, pane = self._in_batch(positions, target)
            missing = np.flatnonzero(~found)
            value[missing], pane[missing] = self.ring.find(self.segments.slot[positions[missing]], target[missing])
        return value, ((now - pane) * self.ring.layout.pane_s).astype(np.float64)

    def _in_batch(self, positions: IntpArray, target: Int64Array) -> tuple[BoolArray, Float64Array, Int64Array]:
        segment = self.segments.of_row[positions]
        at = self.place(segment, target, side="right") - 1
        nearest = np.maximum(at, 0)
        row = self.rows[nearest]
        found = (at >= 0) & (self.segments.of_row[row] == segment)
        found &= self.pane[row] >= target - self.ring.layout.older
        return found, np.where(found, self.reported[nearest], np.nan), self.pane[row].copy()

    def place(self, segment: IntpArray, pane: Int64Array, *, side: str) -> IntpArray:
        """Where each (segment, pane) stands among the reported rows; panes at most a ring older than the batch's."""
        if self._keys is None:
            low = self.panes.low - self.ring.layout.length
            span = self.panes.high - low + 1
            keys = self.segments.of_row[self.rows] * span + (self.pane[self.rows] - low)
            self._keys = keys, low, span
        keys, low, span = self._keys
        wanted = segment * span + np.maximum(pane - low, 0)
        return np.searchsorted(keys, wanted, side="right" if side == "right" else "left")

    def bounds(self, positions: IntpArray) -> tuple[Float64Array, Float64Array]:
        """Between which values the ring and the batch's own rows lie for each of the rows `positions`."""
        segments, ranges = self.segments, self.ring.ranges
        if segments.single:
            slot, own = segments.slot[positions], self.told.values[positions]
            return np.fmin(ranges.least[slot], own), np.fmax(ranges.greatest[slot], own)
        segment = segments.of_row[positions]
        least, greatest = self._of_segments
        return least[segment], greatest[segment]

    @cached_property
    def _of_segments(self) -> tuple[Float64Array, Float64Array]:
        """Between which values the ring and the batch's own rows lie, by segment."""
        ranges, slots = self.ring.ranges, self.segments.slots
        least, greatest = ranges.least[slots], ranges.greatest[slots]
        if len(self.rows):
            segment, low, high = self._written
            least[segment] = np.fmin(least[segment], low)
            greatest[segment] = np.fmax(greatest[segment], high)
        return least, greatest

    @cached_property
    def _written(self) -> tuple[IntpArray, Float64Array, Float64Array]:
        """Segments with a value, and the least and greatest one of each."""
        segment = self.segments.of_row[self.rows]
        head = np.flatnonzero(np.concatenate(([True], segment[1:] != segment[:-1])))
        return segment[head], np.minimum.reduceat(self.reported, head), np.maximum.reduceat(self.reported, head)

    def _keep_range(self) -> None:
        """Tell the ring's ranges of the batch."""
        segments, length = self.segments, self.ring.layout.length
        if segments.single:
            rows, low, high = self.rows, self.reported, self.reported
        else:
            segment, low, high = self._written
            rows = segments.last[segment]
        slot = segments.slot if len(rows) == len(segments.slot) else segments.slot[rows]
        first = self.panes.low // length + 1
        if self.panes.high // length + 1 == first:
            block = np.full(len(rows), first, np.int32)
        else:
            block = (self.pane[rows] // length + 1).astype(np.int32)
        self.ring.ranges.written(slot, block, low, high)

    def counted(self) -> Int64Array:
        """The reported values in steps of the layout."""
        return np.rint(self.reported / self.ring.layout.step).astype(np.int64)

    def adopt(self) -> None:
        """Write the batch's panes; of panes that share a place the newest stays (rows are in time order)."""
        if len(self.rows) == 0:
            return
        self._keep_range()
        layout, panes = self.ring.layout, self.panes
        slot, stamp, place = self.segments.slot, panes.stamp, panes.place(layout.length)
        if len(self.rows) < len(slot):
            slot, stamp, place = slot[self.rows], stamp[self.rows], place[self.rows]
        if self.segments.single or layout.fields == ("last",):
            written = {field: self._alone(field) for field in layout.fields}
        else:
            new = (slot[1:] != slot[:-1]) | (stamp[1:] != stamp[:-1])
            head = np.flatnonzero(np.concatenate(([True], new)))
            tail = np.append(head[1:], len(slot)) - 1
            slot, stamp, place = slot[head], stamp[head], place[head]
            written = {field: self._summed_up(field, head, tail) for field in layout.fields}
        self._write(slot, stamp, place * len(self.ring.stamp) + slot, written)

    def _write(
        self, slot: IntpArray, stamp: npt.NDArray[np.uint32], index: IntpArray, written: dict[str, Field]
    ) -> None:
        """Join what these panes of these slots got to what they had; index: where they lie."""
        ring = self.ring
        self._carry_totals(slot, stamp, written)
        stamps = flat(ring.stamp)
        if ring.layout.fields != ("last",):
            goes_on = np.flatnonzero(stamps[index] == stamp)
            if len(goes_on):
                for field, value in written.items():
                    before = flat(ring.kept[field])[index[goes_on]]
                    value[goes_on] = JOINED[field](before, value[goes_on])
        for field, value in written.items():
            kept = flat(ring.kept[field])
            kept[index] = value.astype(kept.dtype, copy=False)  # scattering across types is several times as slow
        stamps[index] = stamp
        ring.newest = max(ring.newest, int(stamp.max()))

    def _carry_totals(self, slot: IntpArray, stamp: npt.NDArray[np.uint32], written: dict[str, Field]) -> None:
        ring = self.ring
        for (field, panes), total in list(ring.totals.items()):
            total.unread += 1
            if total.unread > _UNREAD:
                del ring.totals[field, panes]
            elif self.segments.single:
                total.written(ring.layout, field, slot, stamp.astype(np.int64) - 1, written[field])
            else:
                total.forget(slot)

    def _alone(self, field: str) -> Field:
        """What each row gives by itself."""
        if field == "count":
            return np.ones(len(self.rows), np.int32)
        return self.counted() if field == "sum" else self.reported.copy()

    def _summed_up(self, field: str, head: IntpArray, tail: IntpArray) -> Field:
        match field:
            case "last":
                return self.reported[tail]
            case "count":
                return (tail - head + 1).astype(np.int32)
            case "sum":
                return np.add.reduceat(self.counted(), head)
            case "min":
                return np.minimum.reduceat(self.reported, head)
            case _:
                return np.maximum.reduceat(self.reported, head)
