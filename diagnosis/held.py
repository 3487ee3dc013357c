"""Held values: what each signal is at each row, from the row itself or from the last value young enough."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnosis.rows import NO_TIME, Events, IntpArray, Segments
from fleet.batch import BoolArray, Float64Array, Int64Array


class HeldValues:
    """The last value of each used signal of each slot and when it was measured; NaN: none, or ended by an error.

    value: (slots, signals) float64; at_us: (slots, signals) int64.
    """

    def __init__(self, slots: int, signals: int) -> None:
        self.value: Float64Array = np.full((slots, signals), np.nan)
        self.at_us: Int64Array = np.full((slots, signals), NO_TIME)

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = HeldValues(slots - len(self.value), self.value.shape[1])
        self.value = np.concatenate((self.value, more.value))
        self.at_us = np.concatenate((self.at_us, more.at_us))


@dataclass(frozen=True, slots=True)
class Held:
    """reported: (rows, signals), the values of the rows, NaN where an error spoilt them; current: (signals, rows), the
    held values; unknown: (signals,), those that no row has a held value of; adopt: carries the state over."""

    reported: Float64Array
    current: Float64Array
    unknown: BoolArray
    adopt: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ErrorPlaces:
    """Sensor errors of used signals: slot, signal column, the first row not before each, and whether it has a row."""

    slot: IntpArray
    column: IntpArray
    row: IntpArray
    has_row: BoolArray
    same_instant: BoolArray


def hold(segments: Segments, reported: Float64Array, errors: ErrorPlaces | None, hold_us: Int64Array,
         state: HeldValues) -> Held:  # fmt: skip
    """Held values of every row. O(rows x signals), no Python loop.

    reported: (rows, signals) of the used signals, may be written to; hold_us: (signals,). `state` is left as it is
    until the result's adopt().
    """
    ended = None
    if errors is not None and len(errors.slot):
        spoilt = errors.has_row & errors.same_instant
        reported[errors.row[spoilt], errors.column[spoilt]] = np.nan
        ended = np.zeros(reported.shape, np.bool_)
        ended[errors.row[errors.has_row], errors.column[errors.has_row]] = True
        ended &= np.isnan(reported)
    before = state.value.take(segments.slots, axis=0), state.at_us.take(segments.slots, axis=0)
    if segments.single:
        current, value, at_us = _one_row_each(segments.at_us, reported, ended, hold_us, before)
    else:
        current, value, at_us = _many_rows(segments, reported, ended, hold_us, before)

    def adopt() -> None:
        state.value[segments.slots] = value
        state.at_us[segments.slots] = at_us
        if errors is not None:
            state.value[errors.slot[~errors.has_row], errors.column[~errors.has_row]] = np.nan

    columns = np.ascontiguousarray(current.T)
    unknown: BoolArray = np.logical_and.reduce(np.isnan(columns), axis=1)
    return Held(reported, columns, unknown, adopt)


Carry = tuple[Float64Array, Int64Array]


def _one_row_each(
    at_us: Int64Array, reported: Float64Array, ended: BoolArray | None, hold_us: Int64Array, before: Carry
) -> tuple[Float64Array, Float64Array, Int64Array]:
    old, old_at = before
    if ended is not None:
        old[ended] = np.nan
    absent = np.isnan(reported)
    value = np.where(absent, old, reported)
    value_at = np.where(absent, old_at, at_us[:, None])
    young = (at_us[:, None] - value_at) <= hold_us
    return np.where(young, value, np.nan), value, value_at


def _many_rows(
    segments: Segments, reported: Float64Array, ended: BoolArray | None, hold_us: Int64Array, before: Carry
) -> tuple[Float64Array, Float64Array, Int64Array]:
    told = ~np.isnan(reported)
    if ended is not None:
        told |= ended
    moving = np.flatnonzero(told.any(axis=0) | ~np.isnan(before[0]).all(axis=0))
    if len(moving) < reported.shape[1]:  # machines report a part of what all rules read
        whole = np.full(reported.shape, np.nan), before[0].copy(), before[1].copy()
        parts = reported[:, moving], told[:, moving], hold_us[moving], (before[0][:, moving], before[1][:, moving])
        for into, part in zip(whole, _moving_columns(segments, *parts), strict=True):
            into[:, moving] = part
        return whole
    return _moving_columns(segments, reported, told, hold_us, before)


def _moving_columns(
    segments: Segments, reported: Float64Array, told: BoolArray, hold_us: Int64Array, before: Carry
) -> tuple[Float64Array, Float64Array, Int64Array]:
    rows = np.arange(len(reported))
    source = np.maximum.accumulate(np.where(told, rows[:, None], -1), axis=0)
    from_state = source < segments.first_of_row[:, None]
    source = np.maximum(source, 0)
    columns = np.arange(reported.shape[1])
    of_row = segments.of_row
    value = np.where(from_state, before[0][of_row], reported[source, columns])
    value_at = np.where(from_state, before[1][of_row], segments.at_us[source])
    young = (segments.at_us[:, None] - value_at) <= hold_us
    return np.where(young, value, np.nan), value[segments.last], value_at[segments.last]


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
