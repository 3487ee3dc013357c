"""What the engine is fed: rows of readings sorted by machine and time, and the events that belong to them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fleet.batch import BoolArray, EventBatch, EventKind, Float64Array, Int32Array, Int64Array, ReadingBatch

NO_TIME = -(2**62)
"""Stands for 'never' in arrays of instants."""

IntpArray = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Rows:
    """Merged readings, sorted by (machine, at), one row an instant of a machine.

    machine: (n,) int32 machine ids, at_us: (n,) int64 measured_at in microseconds UTC, values: (n, columns) float64
    rounded to the stored type, NaN for 'not reported'. signals: (columns,) ascending catalogue positions of those;
    None: all signals in catalogue order.
    """

    machine: Int32Array
    at_us: Int64Array
    values: Float64Array
    signals: IntpArray | None = None

    def __len__(self) -> int:
        return len(self.machine)

    @classmethod
    def of_batch(cls, readings: ReadingBatch) -> "Rows":
        """The rows of a batch in the engine's order; copies only when they are not in it already."""
        machine, at_us = readings.machine, readings.measured_at_us
        ordered = (machine[1:] > machine[:-1]) | ((machine[1:] == machine[:-1]) & (at_us[1:] > at_us[:-1]))
        if ordered.all():
            return cls(machine, at_us, readings.values, readings.signals)
        order = np.lexsort((at_us, machine))
        return cls(machine[order], at_us[order], readings.values[order], readings.signals)

    @classmethod
    def empty(cls, signals: int) -> "Rows":
        """No rows."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int64), np.empty((0, signals)))

    def where(self, mask: BoolArray) -> "Rows":
        """The rows of a mask."""
        return Rows(self.machine[mask], self.at_us[mask], self.values[mask], self.signals)

    def of(self, wanted: IntpArray) -> "Columns":
        """The values of signals by their catalogue positions."""
        if self.signals is None:
            return Columns(self.values, wanted)
        if len(self.signals) == 0:
            return Columns(self.values, np.full(len(wanted), -1))
        place = np.minimum(np.searchsorted(self.signals, wanted), len(self.signals) - 1)
        return Columns(self.values, np.where(self.signals[place] == wanted, place, -1))


class Columns:
    """The values of some signals in rows, one at a time. place: (signals,) where each is in values, -1: nowhere."""

    def __init__(self, values: Float64Array, place: IntpArray) -> None:
        self._values = values
        self._place: list[int] = place.tolist()

    def __len__(self) -> int:
        return len(self._place)

    def get(self, column: int) -> Float64Array | None:
        """A copy of a signal's values, NaN for 'not reported'; None where no row can have one."""
        place = self._place[column]
        return None if place < 0 else self._values[:, place].copy()


class Segments:
    """The rows of one batch by machine: segment s is rows first[s] .. last[s], all of state slot slots[s].

    slot and machine: (n,) per row; the slot is where the state keeps the machine (its id in the live state), the
    machine is its id, which its constants are found by.
    """

    def __init__(self, slot: IntpArray, machine: Int32Array, at_us: Int64Array) -> None:
        self.slot = slot
        self.machine = machine
        self.at_us = at_us
        n = len(slot)
        self.first: IntpArray = np.flatnonzero(np.concatenate(([n > 0], slot[1:] != slot[:-1]))) if n else _NONE
        self.slots: IntpArray = slot[self.first]
        self._panes: dict[int, Panes] = {}

    def __len__(self) -> int:
        return len(self.first)

    @property
    def single(self) -> bool:
        """Whether every machine has one row: most batches of live data."""
        return len(self.first) == len(self.slot)

    @cached_property
    def last(self) -> IntpArray:
        """Last row of each segment."""
        return np.append(self.first[1:], len(self.slot)) - 1 if len(self.first) else _NONE

    @cached_property
    def of_row(self) -> IntpArray:
        """Segment of each row."""
        return np.repeat(np.arange(len(self.first)), self.last - self.first + 1)

    @cached_property
    def first_of_row(self) -> IntpArray:
        """First row of each row's segment."""
        return np.repeat(self.first, self.last - self.first + 1)

    def panes(self, seconds: int) -> "Panes":
        """The panes of a length that the rows lie in."""
        if seconds not in self._panes:
            self._panes[seconds] = Panes(self.at_us // (seconds * 1_000_000))
        return self._panes[seconds]

    def check_order(self) -> None:
        """Raises ValueError unless machines ascend and instants strictly ascend within each."""
        if len(self.slot) == 0:
            return
        same = self.slot[1:] == self.slot[:-1]
        if not ((self.slot[1:] > self.slot[:-1]) | (same & (self.at_us[1:] > self.at_us[:-1]))).all():
            raise ValueError("rows must be sorted by machine and strictly by time within a machine")
        if self.at_us.min() < 0 or self.slot[0] < 0:
            raise ValueError("rows without a machine, or from before 1970")

    def rows_of(self, slot: int) -> slice:
        """The rows of one slot, an empty slice when it has none."""
        s = int(np.searchsorted(self.slots, slot))
        if s == len(self.slots) or self.slots[s] != slot:
            return slice(0, 0)
        return slice(int(self.first[s]), int(self.last[s]) + 1)


class Panes:
    """The pane of each row, and where it lies in rings. number: (rows,) pane numbers; stamp: those + 1, as in rings."""

    def __init__(self, number: Int64Array) -> None:
        self.number = number
        self.low = int(number.min(initial=2**62))
        self.high = int(number.max(initial=0))
        self._places: dict[int, Int64Array] = {}

    @cached_property
    def stamp(self) -> npt.NDArray[np.uint32]:
        """What a ring marks a written pane with."""
        return (self.number + 1).astype(np.uint32)

    def place(self, length: int) -> Int64Array:
        """number % length: rings of the same length put panes at the same place."""
        if length not in self._places:
            self._places[length] = modulo(self.number, length, self.low, self.high)
        return self._places[length]


def modulo(number: Int64Array, length: int, low: int, high: int) -> Int64Array:
    """number % length of numbers from low to high: without a division of each where they are near each other."""
    if high - low >= length:
        return number % length
    place = number - (low - low % length)
    if high - low + low % length >= length:
        place[place >= length] -= length
    return place


@dataclass(frozen=True, slots=True)
class Events:
    """The events the engine uses, sorted by (slot, at): fault rows and sensor errors, each with its state slot."""

    fault_slot: IntpArray
    faults: EventBatch
    error_slot: IntpArray
    errors: EventBatch

    def __len__(self) -> int:
        return len(self.faults) + len(self.errors)

    def instants(self) -> tuple[IntpArray, Int64Array]:
        """Slot and instant of every event."""
        slots = np.concatenate((self.fault_slot, self.error_slot))
        return slots, np.concatenate((self.faults.measured_at_us, self.errors.measured_at_us))


def used_events(events: EventBatch, slot: IntpArray) -> Events:
    """The fault and sensor-error rows of `events`, sorted; `slot` is each event's state slot, negative: not used."""
    if len(slot) == 0:
        return NO_EVENTS
    parts = []
    for kind in (EventKind.FAULT, EventKind.SENSOR_ERROR):
        index = np.flatnonzero((events.kind == kind) & (slot >= 0))
        index = index[np.lexsort((events.measured_at_us[index], slot[index]))]
        parts.append((slot[index], events.take(index)))
    return Events(*parts[0], *parts[1])


_NONE: IntpArray = np.empty(0, np.intp)
NO_EVENTS = Events(_NONE, EventBatch.empty(), _NONE, EventBatch.empty())
