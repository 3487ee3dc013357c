"""Conditions followed from row to row: since when each has been true, and at which rows it became true."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from diagnosis.compiler import Truth
from diagnosis.rows import NO_TIME, IntpArray, Segments
from fleet.batch import BoolArray, Int64Array

GAP_US = 600_000_000
"""Known rows further apart than this have nothing to do with each other."""

_A = TypeVar("_A", bound=np.generic)
FIELDS = ("since", "last", "after_false")


class WatchTable:
    """What is remembered of every (slot, watch): 17 bytes.

    since: first row of the present run of known-true rows, NO_TIME when the last known row was false (or none); last:
    the last known row; after_false: whether the run came after a known-false row.
    """

    def __init__(self, slots: int, watches: int) -> None:
        self.since: Int64Array = np.full((slots, watches), NO_TIME, order="F")
        self.last: Int64Array = np.full((slots, watches), NO_TIME, order="F")
        self.after_false: BoolArray = np.zeros((slots, watches), np.bool_, order="F")

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = WatchTable(slots - len(self.last), self.last.shape[1])
        for name in FIELDS:
            setattr(self, name, np.asfortranarray(np.concatenate((getattr(self, name), getattr(more, name)))))


@dataclass(frozen=True, slots=True)
class Watched:
    """One watch over the rows of a batch.

    rows: those at which the condition is known true; start, after_false: of the run at each of them; false: (all rows)
    whether it is known false; became: the rows at which it became true.
    """

    rows: IntpArray
    start: Int64Array
    after_false: BoolArray
    false: BoolArray
    became: IntpArray
    at_us: Int64Array
    adopt: Callable[[], None]

    def lasting(self, us: int) -> Truth:
        """Whether it has been true for `us`."""
        true, false = np.zeros(len(self.false), np.bool_), self.false
        long = self.at_us[self.rows] - self.start >= us
        true[self.rows[long]] = True
        short = self.rows[~long & self.after_false]
        if len(short):
            false = false.copy()
            false[short] = True
        return true, false


def follow(segments: Segments, truth: Truth, table: WatchTable, watch: int) -> Watched:
    """Follow a condition through a batch. O(rows), no Python loop; `table` is left as it is until adopted."""
    true, false = truth
    known = np.flatnonzero(true | false)
    if len(known) == 0:
        return unknown(segments)
    return (_one_row_each if segments.single else _many_rows)(segments, true, false, known, (table, watch))


def unknown(segments: Segments) -> Watched:
    """A condition that is known at no row."""
    never = np.zeros(len(segments.slot), np.bool_)
    return Watched(_NO_ROWS, _NO_TIMES, _NO_FLAGS, never, _NO_ROWS, segments.at_us, _nothing)


def _one_row_each(
    segments: Segments, true: BoolArray, false: BoolArray, known: IntpArray, where: tuple[WatchTable, int]
) -> Watched:
    table, watch = where
    since, last, after_false = (getattr(table, name)[:, watch] for name in FIELDS)
    rows, known_slot, known_at = np.flatnonzero(true), segments.slot[known], segments.at_us[known]
    slot, at_us = segments.slot[rows], segments.at_us[rows]
    near = at_us - last[slot] <= GAP_US
    goes_on = near & (since[slot] != NO_TIME)
    start = np.where(goes_on, since[slot], at_us)
    after = np.where(goes_on, after_false[slot], near)

    def adopt() -> None:
        over = segments.slot[false & (since[segments.slot] != NO_TIME)]
        since[over], after_false[over] = NO_TIME, False
        since[slot], after_false[slot] = start, after
        last[known_slot] = known_at

    return Watched(rows, start, after, false, rows[near & ~goes_on], segments.at_us, adopt)


def _many_rows(
    segments: Segments, true: BoolArray, false: BoolArray, known: IntpArray, where: tuple[WatchTable, int]
) -> Watched:
    table, watch = where
    slot, at_us, holds = segments.slot[known], segments.at_us[known], true[known]
    head = np.flatnonzero(np.concatenate(([True], slot[1:] != slot[:-1])))
    state = table.since[slot[head], watch], table.last[slot[head], watch], table.after_false[slot[head], watch]
    near = at_us - _before(at_us, head, state[1]) <= GAP_US
    held_before = _before(holds, head, state[0] != NO_TIME)
    begins = holds & ~(near & held_before)
    anchor, carried = _anchors(begins, head)
    group = np.repeat(np.arange(len(head)), np.diff(np.append(head, len(known))))
    start = np.where(carried, state[0][group], at_us[anchor])
    after = np.where(carried, state[2][group], (near & ~held_before)[anchor])
    tail = np.append(head[1:], len(known)) - 1

    def adopt() -> None:
        place = slot[tail]
        table.since[place, watch] = np.where(holds[tail], start[tail], NO_TIME)
        table.last[place, watch] = at_us[tail]
        table.after_false[place, watch] = after[tail] & holds[tail]

    became = known[begins & near]  # not held before, and near: known false
    return Watched(known[holds], start[holds], after[holds], false, became, segments.at_us, adopt)


def _nothing() -> None:
    return


def _before(values: npt.NDArray[_A], head: IntpArray, first: npt.NDArray[_A]) -> npt.NDArray[_A]:
    """Each row's predecessor's value; `first` at the head of each group."""
    before = np.empty_like(values)
    before[1:] = values[:-1]
    before[head] = first
    return before


def _anchors(begins: BoolArray, head: IntpArray) -> tuple[IntpArray, BoolArray]:
    """For each row the last row of its group at which a run began, and whether there is none."""
    rows = np.arange(len(begins))
    anchor = np.maximum.accumulate(np.where(begins, rows, -1))
    first = np.zeros(len(begins), np.intp)
    first[head] = head
    carried = anchor < np.maximum.accumulate(first)
    return np.where(carried, 0, anchor), carried


_NO_ROWS: IntpArray = np.empty(0, np.intp)
_NO_TIMES: Int64Array = np.empty(0, np.int64)
_NO_FLAGS: BoolArray = np.empty(0, np.bool_)
