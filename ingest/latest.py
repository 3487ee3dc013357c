"""The latest value of every signal of every machine, held in memory and written at most once a machine and second."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from fleet.batch import BoolArray, Float64Array, Int16Array, Int32Array, Int64Array, ReadingBatch

NEVER = np.iinfo(np.int64).min
UNKNOWN, OFFLINE, ONLINE = -1, 0, 1


@dataclass(frozen=True, slots=True)
class StateRows:
    """Machine states to write: machine, measured_at_us, received_at_us, online (machines,); values and their instants
    (machines, signals), NaN where never reported."""

    machine: Int32Array
    measured_at_us: Int64Array
    received_at_us: Int64Array
    online: Int16Array
    values: Float64Array
    at_us: Int64Array


class LatestValues:
    """Arrays indexed by machine_id; grows by itself. Fed with committed rows only.

    An older reading never replaces a newer one, in whatever order rows come. What is fed waits until `fold`, which
    whoever reads calls first; call it earlier where there is time.
    """

    def __init__(self, signals: int) -> None:
        self._signals = signals
        self._size = 0
        self._waiting: list[Callable[[], None]] = []
        self._values: Float64Array = np.empty((0, signals))
        self._at_us: Int64Array = np.empty((0, signals), np.int64)
        self._measured_us: Int64Array = np.empty(0, np.int64)
        self._received_us: Int64Array = np.empty(0, np.int64)
        self._online: Int16Array = np.empty(0, np.int16)
        self._changed: BoolArray = np.empty(0, np.bool_)
        self._written_us: Int64Array = np.empty(0, np.int64)
        self._grow(1023)

    def _grow(self, machine: int) -> None:
        size = max(1024, 2 * self._size, machine + 1)
        extra = size - self._size
        never = np.full(extra, NEVER, np.int64)
        self._values = np.concatenate([self._values, np.full((extra, self._signals), np.nan)])
        self._at_us = np.concatenate([self._at_us, np.full((extra, self._signals), NEVER, np.int64)])
        self._measured_us = np.concatenate([self._measured_us, never])
        self._received_us = np.concatenate([self._received_us, never])
        self._online = np.concatenate([self._online, np.full(extra, UNKNOWN, np.int16)])
        self._changed = np.concatenate([self._changed, np.zeros(extra, np.bool_)])
        self._written_us = np.concatenate([self._written_us, never])
        self._size = size

    @property
    def nbytes(self) -> int:
        """Memory held, bytes."""
        arrays = (self._values, self._at_us, self._measured_us, self._received_us, self._online, self._written_us)
        return sum(array.nbytes for array in arrays)

    def add(self, rows: ReadingBatch) -> None:
        """Take committed rows sorted by (machine, measured_at)."""
        if len(rows):
            self._waiting.append(partial(self._fold_rows, rows))

    def set_online(self, machine: Int32Array, received_at_us: Int64Array, online: BoolArray) -> None:
        """Take committed status events, shapes (events,), in arrival order."""
        if len(machine):
            self._waiting.append(partial(self._fold_status, machine, received_at_us, online))

    def fold(self) -> None:
        """Bring the arrays up to date with what was fed, in its order. O(values present)."""
        waiting, self._waiting = self._waiting, []
        for take in waiting:
            take()

    def _fold_rows(self, rows: ReadingBatch) -> None:
        if (highest := int(rows.machine.max())) >= self._size:
            self._grow(highest)
        row, column = np.nonzero(~np.isnan(rows.values))
        machine, at, signal = rows.machine[row], rows.measured_at_us[row], rows.signals[column]
        newer = at >= self._at_us[machine, signal]
        machine, signal = machine[newer], signal[newer]
        self._values[machine, signal] = rows.values[row[newer], column[newer]]  # of a cell the last assignment stays
        self._at_us[machine, signal] = at[newer]
        np.maximum.at(self._measured_us, rows.machine, rows.measured_at_us)
        heard = rows.received_at_us >= self._received_us[rows.machine]  # who sends readings is online
        self._online[rows.machine[heard]] = ONLINE
        np.maximum.at(self._received_us, rows.machine, rows.received_at_us)
        self._changed[rows.machine] = True

    def _fold_status(self, machine: Int32Array, received_at_us: Int64Array, online: BoolArray) -> None:
        if (highest := int(machine.max())) >= self._size:
            self._grow(highest)
        newer = received_at_us >= self._received_us[machine]
        self._online[machine[newer]] = online[newer]
        np.maximum.at(self._received_us, machine, received_at_us)
        self._changed[machine] = True

    def due(self, now_us: int, *, every_us: int) -> npt.NDArray[np.intp]:
        """Machines that changed and were last written at least `every_us` ago."""
        self.fold()
        changed = np.flatnonzero(self._changed)
        return changed[self._written_us[changed] <= now_us - every_us]

    def rows(self, machines: npt.NDArray[np.intp]) -> StateRows:
        """The state of `machines` as it is to be written; a machine heard of only by its status has measured NEVER."""
        self.fold()
        return StateRows(
            machines.astype(np.int32),
            self._measured_us[machines],
            self._received_us[machines],
            self._online[machines],
            self._values[machines],
            self._at_us[machines],
        )

    def reached_us(self, machine: Int32Array) -> tuple[Int64Array, Int64Array]:
        """When each machine last measured, and when it was last heard, NEVER where it did not; shapes (machines,)."""
        self.fold()
        if len(machine) and int(machine.max()) >= self._size:
            self._grow(int(machine.max()))
        return self._measured_us[machine], self._received_us[machine]

    def reported(self) -> BoolArray:
        """Which signals each machine has sent, (machines, signals)."""
        self.fold()
        told: BoolArray = self._at_us != NEVER
        return told

    def known(self) -> npt.NDArray[np.intp]:
        """Machines that have been heard of."""
        self.fold()
        return np.flatnonzero(self._received_us != NEVER)

    def mark_written(self, machines: npt.NDArray[np.intp], now_us: int) -> None:
        """Their rows are on the way to the database."""
        self._changed[machines] = False
        self._written_us[machines] = now_us

    def mark_unwritten(self, machines: npt.NDArray[np.intp]) -> None:
        """Their rows have not arrived: they are due again."""
        self._changed[machines] = True

    def load(self, rows: StateRows) -> None:
        """Take over what the database has, at the start."""
        if not len(rows.machine):
            return
        if (highest := int(rows.machine.max())) >= self._size:
            self._grow(highest)
        self._values[rows.machine], self._at_us[rows.machine] = rows.values, rows.at_us
        self._measured_us[rows.machine] = rows.measured_at_us
        self._received_us[rows.machine] = rows.received_at_us
        self._online[rows.machine] = rows.online
