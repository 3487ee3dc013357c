"""Panes: the last reported value of a signal per 10 s (or 1 s) of a machine, kept in a ring, for delta()."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from diagnosis.rows import IntpArray, Segments
from fleet.batch import Float64Array, Int64Array

OLDER_S = 60
"""An empty pane is answered by the nearest older one, up to this much older."""


@dataclass(frozen=True, slots=True)
class PaneLayout:
    """One ring a machine: which used signal column it follows, how long a pane is and how many are kept."""

    signal: str
    column: int
    pane_s: int
    length: int  # panes
    float4: bool  # the signal's stored type: values fit 4 bytes exactly

    @property
    def older(self) -> int:
        """How many panes back an empty pane may be answered."""
        return OLDER_S // self.pane_s


class PaneRing:
    """The last `length` panes of every slot: pane number p lies at p % length.

    stamp: (slots, length) uint32, pane number + 1, 0 for never written; value: (slots, length). A slot's bytes are
    8 x length (12 for float8 signals): 104 kB for a window of 24 h.
    """

    def __init__(self, layout: PaneLayout, slots: int) -> None:
        self.layout = layout
        self.stamp: npt.NDArray[np.uint32] = np.zeros((slots, layout.length), np.uint32)
        self.value: npt.NDArray[np.floating] = np.zeros(
            (slots, layout.length), np.float32 if layout.float4 else np.float64
        )

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = PaneRing(self.layout, slots - len(self.stamp))
        self.stamp = np.concatenate((self.stamp, more.stamp))
        self.value = np.concatenate((self.value, more.value))

    def find(self, slot: IntpArray, pane: Int64Array) -> Float64Array:
        """The value of each (slot, pane), or of the nearest older pane within reach; NaN when there is none."""
        wanted = pane[:, None] - np.arange(self.layout.older + 1)
        place = wanted % self.layout.length
        hit = (self.stamp[slot[:, None], place] == wanted + 1) & (wanted >= 0)
        nearest = hit.argmax(axis=1)
        rows = np.arange(len(slot))
        return np.where(hit[rows, nearest], self.value[slot, place[rows, nearest]].astype(np.float64), np.nan)


class PaneView:
    """One ring as a batch sees it: the state's panes and the batch's own rows on top.

    reported: (rows,) the signal's values in the rows, NaN where not reported. The ring is read and left as it is until
    adopt(); rows are looked up only where asked for.
    """

    def __init__(self, ring: PaneRing, segments: Segments, reported: Float64Array) -> None:
        self.ring = ring
        self.segments = segments
        self.pane: Int64Array = segments.at_us // (ring.layout.pane_s * 1_000_000)
        self.rows: IntpArray = np.flatnonzero(~np.isnan(reported))
        self.reported: Float64Array = reported[self.rows]
        self._keys: tuple[Int64Array, int, int] | None = None

    def before(self, positions: IntpArray, window_s: int) -> Float64Array:
        """The value `window_s` before each of the rows `positions`, NaN when unknown."""
        target = self.pane[positions] - window_s // self.ring.layout.pane_s
        if self.segments.single or len(self.rows) == 0:
            return self.ring.find(self.segments.slot[positions], target)
        found, value = self._in_batch(positions, target)
        missing = np.flatnonzero(~found)
        value[missing] = self.ring.find(self.segments.slot[positions[missing]], target[missing])
        return value

    def _in_batch(self, positions: IntpArray, target: Int64Array) -> tuple[npt.NDArray[np.bool_], Float64Array]:
        keys, low, span = self._sorted_keys()
        segment = self.segments.of_row[positions]
        at = np.searchsorted(keys, segment * span + (target - low), side="right") - 1
        nearest = np.maximum(at, 0)
        row = self.rows[nearest]
        found = (at >= 0) & (self.segments.of_row[row] == segment)
        found &= self.pane[row] >= target - self.ring.layout.older
        return found, np.where(found, self.reported[nearest], np.nan)

    def _sorted_keys(self) -> tuple[Int64Array, int, int]:
        if self._keys is None:
            low = int(self.pane.min()) - self.ring.layout.length
            span = int(self.pane.max()) - low + 1
            keys = self.segments.of_row[self.rows] * span + (self.pane[self.rows] - low)
            self._keys = keys, low, span
        return self._keys

    def adopt(self) -> None:
        """Write the batch's values; of repeated places the last row stays (rows are in time order)."""
        slot, pane = self.segments.slot[self.rows], self.pane[self.rows]
        place = pane % self.ring.layout.length
        self.ring.stamp[slot, place] = pane + 1
        self.ring.value[slot, place] = self.reported
