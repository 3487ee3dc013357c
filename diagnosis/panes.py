"""Panes: what a signal (or a count of events) was per 10 s or 1 s of a machine, kept in rings that all rules share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from diagnosis.ranges import RangeTable
from diagnosis.rows import NO_TIME, IntpArray, modulo
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
    values alone a slot's bytes are 8 x length (12 for float8 signals): 104 kB for a window of 24 h. newest: no stamp is
    above it.
    """

    def __init__(self, layout: PaneLayout, slots: int) -> None:
        self.layout = layout
        self.stamp: npt.NDArray[np.uint32] = _zeros(slots, layout.length, np.uint32)
        self.kept: dict[str, Field] = {field: layout.empty(field, slots) for field in layout.fields}
        self.totals: dict[tuple[str, int], RunningTotal] = {}
        self.ranges = RangeTable(slots)
        self.newest = 0

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = PaneRing(self.layout, slots - len(self.stamp))
        self.stamp = np.asfortranarray(np.concatenate((self.stamp, more.stamp)))
        self.kept = {
            field: np.asfortranarray(np.concatenate((mine, more.kept[field]))) for field, mine in self.kept.items()
        }
        self.ranges.grow(slots)
        self.totals = {}  # they come again when they are asked for

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Everything that is kept."""
        yield self.stamp
        yield from self.kept.values()

    def forget(self, slots: IntpArray, newest: int) -> None:
        """What is kept of these slots was replaced, by panes whose stamps are not above `newest`."""
        self.newest = max(self.newest, newest)
        self.ranges.forget(slots)
        for total in self.totals.values():
            total.forget(slots)

    def find(self, slot: IntpArray, pane: Int64Array) -> tuple[Float64Array, Int64Array]:
        """The last value of each (slot, pane), or of the nearest older pane within reach, and which pane that is.

        NaN when there is none.
        """
        value, found = np.full(len(pane), np.nan), pane.copy()
        if self.is_blank_from(pane - self.layout.older):
            return value, found
        last, left = flat(self.kept["last"]), np.arange(len(pane))
        for back in range(self.layout.older + 1):
            older = pane[left] - back
            index, hit = self.look(slot[left], older)
            here = left[hit]
            value[here], found[here] = last[index[hit]], older[hit]
            left = left[~hit]
            if len(left) == 0:
                break
        return value, found

    def is_blank_from(self, pane: Int64Array) -> bool:
        """Whether nothing was written at these panes or later."""
        return self.newest == 0 or int(pane.min(initial=2**62)) >= self.newest

    def look(self, slot: IntpArray, pane: Int64Array) -> tuple[IntpArray, BoolArray]:
        """Where each (slot, pane) lies in flat() arrays, and whether it is there."""
        low, high = int(pane.min(initial=2**62)), int(pane.max(initial=0))
        index = modulo(pane, self.layout.length, low, high) * len(self.stamp) + slot
        there = flat(self.stamp)[index] == pane + 1
        return index, there if low >= 0 else there & (pane >= 0)


def flat(array: Field) -> Field:
    """A ring's array as one row of numbers: that of (slot, place) is at place * slots + slot."""
    return array.T.reshape(-1)


class RunningTotal:
    """What a ring's panes above one pane give together, by slot, so that a window need not be summed up at each row.

    before: (slots,) that pane, NO_TIME where nothing is known; value: (slots,). It only repeats what the ring says.
    """

    def __init__(self, ring: PaneRing, field: str) -> None:
        slots = len(ring.stamp)
        self.before: Int64Array = np.full(slots, NO_TIME)
        self.value: Field = np.zeros(slots, np.int64 if field in ("sum", "count") else np.float64)
        self.unread = 0  # batches written since it was read

    def written(self, layout: PaneLayout, field: str, slot: IntpArray, pane: Int64Array, value: Field) -> None:
        """Panes were written, one of each of these slots; a total over panes that were overwritten is forgotten."""
        before, total = self.before[slot], self.value[slot]
        self.value[slot] = np.where(pane > before, JOINED[field](total, value), total)
        lost = slot[pane - layout.length > before]
        if len(lost):
            self.before[lost] = NO_TIME

    def forget(self, slots: IntpArray) -> None:
        """Nothing is known of these slots."""
        self.before[slots] = NO_TIME


JOINED: dict[str, Callable[[Field, Field], Field]] = {
    "last": lambda before, now: now,
    "min": np.minimum,
    "max": np.maximum,
    "sum": np.add,
    "count": np.add,
}
