"""Held values: what each signal is at each row, from the row itself or from the last value young enough.

A signal is looked at only when a condition asks for it; one that no row reports and no machine holds costs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnosis.rows import NO_TIME, Columns, Events, IntpArray, Segments
from fleet.batch import BoolArray, Float64Array, Int64Array


class HeldValues:
    """The last value of each used signal of each slot and when it was measured; NaN: none, or ended by an error.

    value: (slots, signals) float64; at_us: (slots, signals) int64, a signal's slots side by side. newest_us: (signals,)
    no value of the signal is newer.
    """

    def __init__(self, slots: int, signals: int) -> None:
        self.value: Float64Array = np.full((slots, signals), np.nan, order="F")
        self.at_us: Int64Array = np.full((slots, signals), NO_TIME, order="F")
        self.newest_us: Int64Array = np.full(signals, NO_TIME)

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = HeldValues(slots - len(self.value), self.value.shape[1])
        self.value = np.asfortranarray(np.concatenate((self.value, more.value)))
        self.at_us = np.asfortranarray(np.concatenate((self.at_us, more.at_us)))


@dataclass(frozen=True, slots=True)
class Told:
    """What the rows report of a signal. values: (rows,) NaN where nothing; rows: those with a value; some: theirs."""

    values: Float64Array
    rows: IntpArray
    some: Float64Array


@dataclass(frozen=True, slots=True)
class ErrorPlaces:
    """Sensor errors of used signals: slot, signal column, the first row not before each, and whether it has a row."""

    slot: IntpArray
    column: IntpArray
    row: IntpArray
    has_row: BoolArray
    same_instant: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """What makes reported values not count: sensor errors, and signals (by their column) that are not believed."""

    errors: ErrorPlaces | None
    distrusted: Callable[[int], BoolArray | None]


class Held:
    """What rows report and hold, a signal (by its column) at a time; `state` is left as it is until adopt()."""

    def __init__(
        self, segments: Segments, columns: Columns, spoilt: Spoilt, hold_us: Int64Array, state: HeldValues
    ) -> None:
        self._segments = segments
        self._columns = columns
        self._errors = spoilt.errors
        self._distrusted = spoilt.distrusted
        self._hold_us: list[int] = hold_us.tolist()
        self._state = state
        self._oldest_us = int(segments.at_us.min(initial=2**62))
        self.nothing = Told(np.full(len(segments.slot), np.nan), _NO_ROWS, np.empty(0))
        self._told: dict[int, Told] = {}
        self._held: dict[int, Float64Array] = {}

    def told(self, column: int) -> Told:
        """What the rows report of a signal; a value at the instant of an error is none."""
        if column not in self._told:
            self._told[column] = self._looked_up(column)
        return self._told[column]

    def _looked_up(self, column: int) -> Told:
        values = self._columns.get(column)
        if values is None:
            return self.nothing
        if self._errors is not None:
            values[self._errors.row[self._spoilt(self._errors, column)]] = np.nan
        distrusted = self._distrusted(column)
        if distrusted is not None:
            values[distrusted] = np.nan
        reported = ~np.isnan(values)
        rows = np.flatnonzero(reported)
        if len(rows) == 0:
            return self.nothing
        return Told(values, rows, values if len(rows) == len(values) else values[rows])

    @staticmethod
    def _spoilt(errors: ErrorPlaces, column: int) -> BoolArray:
        spoilt: BoolArray = (errors.column == column) & errors.has_row & errors.same_instant
        return spoilt

    def _ended(self, column: int) -> IntpArray:
        """Rows at which an error ended the hold and that do not report a value themselves."""
        if self._errors is None:
            return _NO_ROWS
        rows = self._errors.row[(self._errors.column == column) & self._errors.has_row]
        return np.unique(rows[np.isnan(self.told(column).values[rows])])

    def current(self, column: int) -> Float64Array:
        """The held value of a signal at each row, NaN where there is none."""
        if column not in self._held:
            told = self.told(column)
            settled = len(told.rows) == len(told.values) or self._is_old(column, told)
            if settled:
                self._held[column] = told.values
            elif self._segments.single:
                self._held[column] = self._one_row_each(column, told)
            else:
                self._held[column] = self._many_rows(column, told)
        return self._held[column]

    def is_unknown(self, column: int) -> bool:
        """Whether no row has a held value of a signal."""
        told = self.told(column)
        if len(told.rows):
            return False
        return self._is_old(column, told) or bool(np.isnan(self.current(column)).all())

    def _is_old(self, column: int, told: Told) -> bool:
        """Whether the state's values are all too old, so that rows know what they report and no more."""
        is_alone = self._segments.single or len(told.rows) == 0
        return is_alone and int(self._state.newest_us[column]) < self._oldest_us - self._hold_us[column]

    def _one_row_each(self, column: int, told: Told) -> Float64Array:
        slots, at_us = self._segments.slots, self._segments.at_us
        young = self._state.at_us[:, column][slots] >= at_us - self._hold_us[column]
        young[told.rows] = False
        young[self._ended(column)] = False
        rows = np.flatnonzero(young)
        if len(rows) == 0:
            return told.values
        values = told.values.copy()
        values[rows] = self._state.value[:, column][slots[rows]]
        return values

    def _many_rows(self, column: int, told: Told) -> Float64Array:
        segments, state, hold_us = self._segments, self._state, self._hold_us[column]
        source = np.full(len(told.values), -1)
        source[told.rows] = told.rows
        ended = self._ended(column)
        source[ended] = ended
        np.maximum.accumulate(source, out=source)
        carried = source < segments.first_of_row
        young = segments.at_us - segments.at_us[source] <= hold_us
        values = np.where(young & ~carried, told.values[source], np.nan)
        rows = np.flatnonzero(carried)
        slot = segments.slot[rows]
        young = segments.at_us[rows] - state.at_us[:, column][slot] <= hold_us
        values[rows[young]] = state.value[:, column][slot[young]]
        return values

    def adopt(self) -> None:
        """Carry the last value of each signal over."""
        for column in range(len(self._columns)):
            told, ended = self.told(column), self._ended(column)
            if len(told.rows) or len(ended):
                self._keep(column, told, ended)
        errors = self._errors
        if errors is not None:
            self._state.value[errors.slot[~errors.has_row], errors.column[~errors.has_row]] = np.nan

    def _keep(self, column: int, told: Told, ended: IntpArray) -> None:
        segments, state = self._segments, self._state
        rows = told.rows if len(ended) == 0 else np.union1d(told.rows, ended)
        if not segments.single:
            slot = segments.slot[rows]
            rows = rows[np.concatenate((slot[1:] != slot[:-1], [True]))]
        if len(rows) == len(told.values):
            slot, values, at_us = segments.slot, told.values, segments.at_us
        else:
            slot, values, at_us = segments.slot[rows], told.values[rows], segments.at_us[rows]
        state.value[:, column][slot] = values
        state.at_us[:, column][slot] = at_us
        state.newest_us[column] = max(int(state.newest_us[column]), int(at_us.max()))


_NO_ROWS: IntpArray = np.empty(0, np.intp)


def place_errors(segments: Segments, events: Events, column_of: IntpArray) -> ErrorPlaces | None:
    """Where the sensor errors of used signals fall among the rows; None when there are none.

    column_of: (catalogue signals,) the used column of a signal id, -1 for signals no rule reads.
    """
    signal = events.errors.signal
    if len(signal) == 0:
        return None
    known = (signal >= 0) & (signal < len(column_of))
    column = np.where(known, column_of[np.where(known, signal, 0)], -1)
    used = np.flatnonzero(column >= 0)
    if len(used) == 0:
        return None
    slot, at_us = events.error_slot[used], events.errors.measured_at_us[used]
    row, has_row = first_row_from(segments, slot, at_us)
    same = has_row.copy()
    same[has_row] = segments.at_us[row[has_row]] == at_us[has_row]
    return ErrorPlaces(slot, column[used].astype(np.intp), row, has_row, same)


def first_row_from(segments: Segments, slot: IntpArray, at_us: Int64Array) -> tuple[IntpArray, BoolArray]:
    """For each (slot, instant) the slot's first row not before the instant, and whether there is one."""
    if len(segments.slot) == 0:
        return np.zeros(len(slot), np.intp), np.zeros(len(slot), np.bool_)
    segment = np.minimum(np.searchsorted(segments.slots, slot), len(segments) - 1)
    mine = segments.slots[segment] == slot
    low = int(min(segments.at_us.min(), at_us.min()))
    span = int(max(segments.at_us.max(), at_us.max())) - low + 1
    if len(segments) * span < 2**62:
        keys = segments.of_row * span + (segments.at_us - low)
        row = np.searchsorted(keys, segment * span + (at_us - low))
    else:  # decades times many machines: one search each
        starts, ends = segments.first[segment], segments.last[segment] + 1
        found = [
            start + np.searchsorted(segments.at_us[start:end], at)
            for start, end, at in zip(starts, ends, at_us, strict=True)
        ]
        row = np.array(found, np.intp)
    has_row = mine & (row <= segments.last[segment])
    return np.where(has_row, row, 0), has_row
