"""Which minutes are known to be dirty in the database already, so that a batch writes only those that are not."""

from dataclasses import dataclass

import numpy as np

from fleet.batch import Int32Array, Int64Array

MINUTE_US = 60_000_000
_MACHINE_SHIFT = 32  # key = machine << 32 | minute since 1970 (32 bits last 8,000 years)


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Minutes a batch must write, (minutes,): machine and minute since 1970, and what to adopt after the commit."""

    machine: Int32Array
    minute: Int64Array
    keys: Int64Array


class DirtyMinutes:
    """A cache that is right because nobody claims without changing rollup_epoch, which each batch reads first."""

    def __init__(self, limit: int = 2_000_000) -> None:
        self._known: Int64Array = np.empty(0, np.int64)
        self._epoch = -1
        self._limit = limit

    def unwritten(self, machine: Int32Array, measured_at_us: Int64Array, epoch: int) -> Unwritten:
        """The minutes of rows (rows,) that the database does not have as dirty yet, under this rollup epoch."""
        keys = np.unique(machine.astype(np.int64) << _MACHINE_SHIFT | measured_at_us // MINUTE_US)
        if epoch == self._epoch and len(self._known):
            place = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
            keys = keys[self._known[place] != keys]
        minute = keys & ((1 << _MACHINE_SHIFT) - 1)
        return Unwritten((keys >> _MACHINE_SHIFT).astype(np.int32), minute, keys)

    def adopt(self, written: Unwritten, epoch: int) -> None:
        """The batch is committed: its minutes are known under `epoch`."""
        if epoch != self._epoch or len(self._known) > self._limit:
            self._known, self._epoch = written.keys, epoch
        elif len(written.keys):
            place = np.searchsorted(self._known, written.keys)
            self._known = np.insert(self._known, place, written.keys)
