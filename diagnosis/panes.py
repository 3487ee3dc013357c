"""Panes: what a signal (or a count of events) was per 10 s or 1 s of a machine, kept in rings that all rules share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from diagnosis.rows import NO_TIME, IntpArray, Segments
from fleet.batch import BoolArray, Float64Array, Int64Array

OLDER_S = 60
"""An empty pane is answered by the nearest older one, up to this much older."""

FIELDS = ("last", "min", "max", "sum", "count")
"""What a ring may keep of a pane: of its values, and how many they are."""

Field = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class PaneLayout:
    """One ring a machine: what it follows, how long a pane is, how many are kept and what is kept of each.

    step: what a value is counted in for the sum, a power of two.
    """

    source: str  # a signal's key, or the condition whose events are counted
    column: int  # of the used signal; -1: a count
    pane_s: int
    length: int  # panes
    float4: bool  # the signal's stored type: values fit 4 bytes exactly
    fields: tuple[str, ...] = ("last",)
    step: float = 1.0

    @property
    def older(self) -> int:
        """How many panes back an empty pane may be answered."""
        return OLDER_S // self.pane_s

    def empty(self, field: str, slots: int) -> Field:
        """The array of one field: sums and counts are integers, so that they are exact in any order."""
        if field == "count":
            return _zeros(slots, self.length, np.int32)
        if field == "sum":
            return _zeros(slots, self.length, np.int64)
        return _zeros(slots, self.length, np.float32 if self.float4 else np.float64)


def _zeros(slots: int, length: int, of: type[np.generic]) -> Field:
    """(slots, length), one pane's slots side by side: a batch mostly has the same pane of many machines."""
    return np.zeros((slots, length), of, order="F")


class PaneRing:
    """The last `length` panes of every slot: pane number p lies at p % length.

    stamp: (slots, length) uint32, pane number + 1, 0 for never written; kept[field]: (slots, length). With the last
    values alone a slot's bytes are 8 x length (12 for float8 signals): 104 kB for a window of 24 h.
    """

    def __init__(self, layout: PaneLayout, slots: int) -> None:
        self.layout = layout
        self.stamp: npt.NDArray[np.uint32] = _zeros(slots, layout.length, np.uint32)
        self.kept: dict[str, Field] = {field: layout.empty(field, slots) for field in layout.fields}
        self.totals: dict[tuple[str, int], RunningTotal] = {}

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = PaneRing(self.layout, slots - len(self.stamp))
        self.stamp = np.asfortranarray(np.concatenate((self.stamp, more.stamp)))
        self.kept = {
            field: np.asfortranarray(np.concatenate((mine, more.kept[field]))) for field, mine in self.kept.items()
        }
        self.totals = {}  # they come again when they are asked for

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Everything that is kept."""
        yield self.stamp
        yield from self.kept.values()

    def find(self, slot: IntpArray, pane: Int64Array) -> tuple[Float64Array, Int64Array]:
        """The last value of each (slot, pane), or of the nearest older pane within reach, and which pane that is.

        NaN when there is none.
        """
        hit, value = self.look("last", slot, pane)
        value, found = np.where(hit, value, np.nan).astype(np.float64), pane.copy()
        empty = np.flatnonzero(~hit)
        for back in range(1, self.layout.older + 1):
            if len(empty) == 0:
                break
            hit, older = self.look("last", slot[empty], pane[empty] - back)
            here = empty[hit]
            value[here], found[here] = older[hit], pane[here] - back
            empty = empty[~hit]
        return value, found

    def look(self, field: str, slot: IntpArray, pane: Int64Array) -> tuple[BoolArray, Field]:
        """Whether each (slot, pane) is there, and its field (anything where it is not)."""
        place = self.place_of(pane)
        there = (taken(self.stamp, slot, place) == pane + 1) & (pane >= 0)
        return there, taken(self.kept[field], slot, place)

    def place_of(self, pane: Int64Array) -> Int64Array | int:
        """Where panes lie; one number when it is one pane, as in most batches: that is several times as fast."""
        if len(pane) and (pane == pane[0]).all():
            return int(pane[0]) % self.layout.length
        return pane % self.layout.length


def taken(array: Field, slot: IntpArray, place: Int64Array | int) -> Field:
    """array[slot, place]."""
    found: Field = array[:, place][slot] if isinstance(place, int) else array[slot, place]
    return found


def put(array: Field, slot: IntpArray, place: Int64Array | int, value: Field) -> None:
    """array[slot, place] = value."""
    if isinstance(place, int):
        array[:, place][slot] = value
    else:
        array[slot, place] = value


class RunningTotal:
    """What a ring's panes above one pane give together, by slot, so that a window need not be summed up at each row.

    before: (slots,) that pane, NO_TIME where nothing is known; value: (slots,). It only repeats what the ring says.
    """

    def __init__(self, ring: PaneRing, field: str) -> None:
        slots = len(ring.stamp)
        self.before: Int64Array = np.full(slots, NO_TIME)
        self.value: Field = np.zeros(slots, np.int64 if field in ("sum", "count") else np.float64)

    def written(self, layout: PaneLayout, field: str, slot: IntpArray, pane: Int64Array, value: Field) -> None:
        """Panes were written, one of each of these slots; a total over panes that were overwritten is forgotten."""
        before, total = self.before[slot], self.value[slot]
        self.value[slot] = np.where(pane > before, _JOINED[field](total, value), total)
        lost = slot[pane - layout.length > before]
        if len(lost):
            self.before[lost] = NO_TIME

    def forget(self, slots: IntpArray) -> None:
        """Nothing is known of these slots."""
        self.before[slots] = NO_TIME


class PaneView:
    """One ring as a batch sees it: the state's panes and the batch's own rows on top.

    reported: (rows,) the values in the rows, NaN where there is none. The ring is read and left as it is until
    adopt(); rows are looked up only where asked for.
    """

    def __init__(self, ring: PaneRing, segments: Segments, reported: Float64Array) -> None:
        self.ring = ring
        self.segments = segments
        self.pane: Int64Array = segments.at_us // (ring.layout.pane_s * 1_000_000)
        self.rows: IntpArray = np.flatnonzero(~np.isnan(reported))
        self.reported: Float64Array = reported[self.rows]
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
            low = int(self.pane.min()) - self.ring.layout.length
            span = int(self.pane.max()) - low + 1
            keys = self.segments.of_row[self.rows] * span + (self.pane[self.rows] - low)
            self._keys = keys, low, span
        keys, low, span = self._keys
        wanted = segment * span + np.maximum(pane - low, 0)
        return np.searchsorted(keys, wanted, side="right" if side == "right" else "left")

    def counted(self) -> Int64Array:
        """The reported values in steps of the layout."""
        return np.rint(self.reported / self.ring.layout.step).astype(np.int64)

    def adopt(self) -> None:
        """Write the batch's panes; of panes that share a place the newest stays (rows are in time order)."""
        if len(self.rows) == 0:
            return
        ring, slot, pane = self.ring, self.segments.slot[self.rows], self.pane[self.rows]
        if ring.layout.fields == ("last",):
            place = ring.place_of(pane)
            put(ring.stamp, slot, place, pane + 1)
            put(ring.kept["last"], slot, place, self.reported)
            return
        if self.segments.single:
            written = {field: self._alone(field) for field in ring.kept}
        else:
            head = np.flatnonzero(np.concatenate(([True], (slot[1:] != slot[:-1]) | (pane[1:] != pane[:-1]))))
            tail = np.append(head[1:], len(slot)) - 1
            slot, pane = slot[head], pane[head]
            written = {field: self._summed_up(field, head, tail) for field in ring.kept}
        self._write(slot, pane, written)

    def _write(self, slot: IntpArray, pane: Int64Array, written: dict[str, Field]) -> None:
        """Join what these panes of these slots got to what they had."""
        ring = self.ring
        place = ring.place_of(pane)
        goes_on = np.flatnonzero(taken(ring.stamp, slot, place) == pane + 1)
        for (field, _), total in ring.totals.items():
            if self.segments.single:
                total.written(ring.layout, field, slot, pane, written[field])
            else:
                total.forget(slot)
        for field, value in written.items():
            if len(goes_on):
                value[goes_on] = _JOINED[field](ring.look(field, slot[goes_on], pane[goes_on])[1], value[goes_on])
            put(ring.kept[field], slot, place, value)
        put(ring.stamp, slot, place, pane + 1)

    def _alone(self, field: str) -> Field:
        """What one row a slot gives."""
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


_JOINED: dict[str, Callable[[Field, Field], Field]] = {
    "last": lambda before, now: now,
    "min": np.minimum,
    "max": np.maximum,
    "sum": np.add,
    "count": np.add,
}
