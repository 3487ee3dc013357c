"""Sensors that drop out and come back, and sensors that report errors, minute by minute.

A minute of a machine counts when its engine runs and it has at least 3 rows in it. In a dense minute half of them have
a value of the signal, in an empty one none has; a signal that is told now and then has no dense minutes and is not
judged. A drop-out is an empty minute after a dense one. A minute of errors has sensor errors for at least half of its
rows, of a signal that had dense minutes before. Both are counted with a half-life: what is past weighs less.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from diagnosis.engine import Rows
from diagnosis.rows import IntpArray
from fleet.batch import BoolArray, EventBatch, EventKind, Float64Array, Int64Array
from fleet.signals import Catalogue

DROPOUT, ERRORS = "dropout", "errors"
MINUTE_US = 60_000_000
ROWS = 3
RUNNING_RPM = 500.0
HALF_LIFE_US = {DROPOUT: 60 * MINUTE_US, ERRORS: 15 * MINUTE_US}
RAISED, CLEARED = 2.5, 0.75
"""Counts at which a check begins and ends to hold: three drop-outs within an hour, or three minutes of errors."""

Told = tuple[int, int, str, bool]


def _columns(rows: Rows, wanted: IntpArray) -> Float64Array:
    if rows.signals is None:
        return rows.values[:, wanted]
    values = np.full((len(rows), len(wanted)), np.nan)
    here = np.isin(wanted, rows.signals)
    values[:, here] = rows.values[:, np.searchsorted(rows.signals, wanted[here])]
    return values


class Presence:
    """Counts of the signals `watched` (catalogue positions, ascending) of all machines, grown as they come."""

    def __init__(self, catalogue: Catalogue, watched: Sequence[int]) -> None:
        self._speed = catalogue.index["engine_speed_rpm"]
        self.columns = sorted({*watched, self._speed})
        self._watched: IntpArray = np.array(watched, np.intp)
        self._keys = [catalogue.signals[position].key for position in watched]
        self._dense: BoolArray = np.zeros((0, len(watched)), np.bool_)  # since its last empty minute
        self._ever: BoolArray = np.zeros((0, len(watched)), np.bool_)
        self._count: dict[str, Float64Array] = {name: np.zeros((0, len(watched))) for name in HALF_LIFE_US}
        self._holds: dict[str, BoolArray] = {name: np.zeros((0, len(watched)), np.bool_) for name in HALF_LIFE_US}
        self._at_us: Int64Array = np.zeros(0, np.int64)

    def told(self, rows: Rows, events: EventBatch) -> Iterator[Told]:
        """(at, machine, check, holds) of whole minutes of rows; O(rows) array steps, and Python once a minute."""
        if len(rows) == 0 or len(self._watched) == 0:
            return
        self._grow(int(rows.machine.max()) + 1)
        minute = rows.at_us // MINUTE_US
        first = np.flatnonzero(np.r_[True, (np.diff(rows.machine) != 0) | (np.diff(minute) != 0)])
        total = np.diff(np.r_[first, len(rows)])
        values = _columns(rows, np.r_[self._watched, self._speed])
        present = np.add.reduceat(~np.isnan(values[:, :-1]), first, axis=0, dtype=np.int64)
        least = np.fmin.reduceat(values[:, -1], first)
        counted = (total >= ROWS) & (least > RUNNING_RPM)
        errors = self._errors(events, rows.machine[first].astype(np.intp), minute[first])
        for number in np.unique(minute[first[counted]]).tolist():
            here = np.flatnonzero(counted & (minute[first] == number))
            machine = rows.machine[first[here]].astype(np.intp)
            yield from self._minute(machine, number * MINUTE_US, (total[here, None], present[here], errors[here]))

    def _minute(self, machine: IntpArray, at_us: int, counts: tuple[IntpArray, IntpArray, IntpArray]) -> Iterator[Told]:
        total, present, errors = counts
        empty, dense = present == 0, 2 * present >= total
        seen = {DROPOUT: empty & self._dense[machine], ERRORS: (2 * errors >= total) & self._ever[machine]}
        self._dense[machine] = np.where(empty, False, self._dense[machine] | dense)
        self._ever[machine] |= dense
        passed = np.maximum(at_us - self._at_us[machine], 0)
        self._at_us[machine] = at_us
        for name, half_us in HALF_LIFE_US.items():
            faded = self._count[name][machine] * np.exp2(-passed / half_us)[:, None]
            count = self._count[name][machine] = faded + seen[name]
            before = self._holds[name][machine]
            after = self._holds[name][machine] = np.where(before, count > CLEARED, count >= RAISED)
            for row, column in np.argwhere(before != after).tolist():
                yield at_us + MINUTE_US, int(machine[row]), f"{self._keys[column]}:{name}", bool(after[row, column])

    def _errors(self, events: EventBatch, machine: IntpArray, minute: Int64Array) -> IntpArray:
        """Sensor errors of each watched signal in each minute of rows."""
        found = np.zeros((len(minute), len(self._watched)), np.intp)
        place = {int(position): column for column, position in enumerate(self._watched)}
        where = {key: row for row, key in enumerate(zip(machine.tolist(), minute.tolist(), strict=True))}
        mine = np.flatnonzero(events.kind == EventKind.SENSOR_ERROR)
        told = zip(
            events.machine[mine].tolist(),
            (events.measured_at_us[mine] // MINUTE_US).tolist(),
            events.signal[mine].tolist(),
            strict=True,
        )
        for one, at, signal in told:
            row, column = where.get((one, at)), place.get(signal)
            if row is not None and column is not None:
                found[row, column] += 1
        return found

    def _grow(self, machines: int) -> None:
        more = machines - len(self._at_us)
        if more <= 0:
            return
        blank = np.zeros((more, len(self._watched)), np.bool_)
        self._dense, self._ever = np.vstack((self._dense, blank)), np.vstack((self._ever, blank))
        for name in HALF_LIFE_US:
            self._count[name] = np.vstack((self._count[name], blank.astype(np.float64)))
            self._holds[name] = np.vstack((self._holds[name], blank))
        self._at_us = np.r_[self._at_us, np.zeros(more, np.int64)]
