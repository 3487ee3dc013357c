"""Between which values a signal of a machine has been lately: enough to rule most conditions over windows out."""

import numpy as np

from diagnosis.rows import IntpArray
from fleet.batch import Float64Array, Int32Array

_FORGOTTEN = -1


class RangeTable:
    """By slot, the range of what was written in the present block of panes and of that and the block before.

    A block is as long as a ring, so any window that ends in the present block lies in both. block: (slots,) number of
    the present one + 1, 0: nothing was written yet, -1: what was written is not known. low, high: (slots,) of the
    present block; least, greatest: of both; NaN: nothing. It only repeats what rings say, and may be wider.
    """

    def __init__(self, slots: int) -> None:
        self.block: Int32Array = np.zeros(slots, np.int32)
        self.low, self.high, self.least, self.greatest = (np.full(slots, np.nan) for _ in range(4))

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = RangeTable(slots - len(self.block))
        for name in ("block", "low", "high", "least", "greatest"):
            setattr(self, name, np.concatenate((getattr(self, name), getattr(more, name))))

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.block.nbytes + 4 * self.low.nbytes

    def forget(self, slots: IntpArray) -> None:
        """What the rings have of these slots is not known any more."""
        self.block[slots] = _FORGOTTEN
        self.least[slots], self.greatest[slots] = -np.inf, np.inf

    def written(self, slot: IntpArray, block: Int32Array, least: Float64Array, greatest: Float64Array) -> None:
        """Values from least to greatest were written of each of these slots, the newest in a block (numbers + 1)."""
        present = self.block[slot]
        if not np.array_equal(present, block):
            moved = np.flatnonzero(present != block)
            self._next_block(slot[moved], block[moved], least[moved], greatest[moved])
        below = np.flatnonzero(~(least >= self.low[slot]))
        above = np.flatnonzero(~(greatest <= self.high[slot]))
        for rows, values, join, kept in (
            (below, least, np.fmin, (self.low, self.least)),
            (above, greatest, np.fmax, (self.high, self.greatest)),
        ):
            for array in kept if len(rows) else ():
                array[slot[rows]] = join(array[slot[rows]], values[rows])

    def _next_block(self, slot: IntpArray, block: Int32Array, least: Float64Array, greatest: Float64Array) -> None:
        known = self.block[slot] != _FORGOTTEN
        self.least[slot] = np.where(known, np.fmin(self.low[slot], least), -np.inf)
        self.greatest[slot] = np.where(known, np.fmax(self.high[slot], greatest), np.inf)
        self.low[slot], self.high[slot] = np.where(known, least, -np.inf), np.where(known, greatest, np.inf)
        self.block[slot] = block
