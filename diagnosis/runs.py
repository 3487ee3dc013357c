"""Runs: how long each rule has held on each machine, and what that opens and closes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnosis.rows import NO_TIME, IntpArray, Segments
from fleet.batch import BoolArray, Int64Array

FIELDS = ("run_from", "run_held", "run_last", "active_from", "active_held")


class RunTable:
    """The state of every (slot, rule), int64 microseconds, NO_TIME: none. Arrays (slots, rules).

    run_from: first row of the present run; run_held: how long it has held; run_last: the last known row of the run or
    of the finding; active_from, active_held: the finding that is open. live: (slots, rules) bool, whether a run or a
    finding is there; busy: (slots,) bool, whether any rule has one.
    """

    def __init__(self, slots: int, rules: int) -> None:
        self.run_from: Int64Array = np.full((slots, rules), NO_TIME)
        self.run_held: Int64Array = np.zeros((slots, rules), np.int64)
        self.run_last: Int64Array = np.full((slots, rules), NO_TIME)
        self.active_from: Int64Array = np.full((slots, rules), NO_TIME)
        self.active_held: Int64Array = np.full((slots, rules), NO_TIME)
        self.live: BoolArray = np.zeros((slots, rules), np.bool_)
        self.busy: BoolArray = np.zeros(slots, np.bool_)

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = RunTable(slots - len(self.live), self.live.shape[1])
        for name in (*FIELDS, "live", "busy"):
            setattr(self, name, np.concatenate((getattr(self, name), getattr(more, name))))

    def refresh_live(self, slots: IntpArray) -> None:
        """Recompute `live` of these slots after their fields were written."""
        self.live[slots] = (self.run_from[slots] != NO_TIME) | (self.active_from[slots] != NO_TIME)
        self.refresh_busy(slots)

    def refresh_busy(self, slots: IntpArray) -> None:
        """Recompute `busy` of these slots after their `live` was written."""
        self.busy[slots] = self.live[slots].any(axis=1)


class Live:
    """Which machines of a batch have a run or a finding going on; rules: of which rules there is one."""

    def __init__(self, segments: Segments, table: RunTable) -> None:
        self._size = len(segments)
        self._busy = np.flatnonzero(table.busy[segments.slots])
        self._live = table.live[segments.slots[self._busy]]
        of_rules: BoolArray = np.logical_or.reduce(self._live, axis=0)
        self.rules: list[bool] = of_rules.tolist()

    def of(self, rule: int) -> BoolArray:
        """Segments of machines with one of this rule."""
        live = np.zeros(self._size, np.bool_)
        live[self._busy[self._live[:, rule]]] = True
        return live


@dataclass(frozen=True, slots=True)
class Limits:
    """Per rule, int64 microseconds, shape (rules,)."""

    for_us: Int64Array
    max_gap_us: Int64Array
    forget_us: int


@dataclass(frozen=True, slots=True)
class Known:
    """Known rows of all rules, sorted by (rule, row): holds (when'), clears; a row that does neither is known false."""

    rule: IntpArray
    row: IntpArray
    holds: BoolArray
    clears: BoolArray


@dataclass(frozen=True, slots=True)
class Transitions:
    """What opened and closed: rule, row of the batch, opened or closed, and the finding's from and held."""

    rule: IntpArray
    row: IntpArray
    opened: BoolArray
    from_us: Int64Array
    held_us: Int64Array


_NO_ROWS: IntpArray = np.empty(0, np.intp)
_NO_TIMES: Int64Array = np.empty(0, np.int64)
NO_TRANSITIONS = Transitions(_NO_ROWS, _NO_ROWS, np.empty(0, np.bool_), _NO_TIMES, _NO_TIMES)


def advance(
    segments: Segments, known: Known, limits: Limits, table: RunTable
) -> tuple[Transitions, Callable[[], None]]:
    """Carry runs and findings over the known rows. Returns what changed and the function that adopts the new state.

    O(known rows), no Python loop; `table` is left as it is until adopted.
    """
    if len(known.row) == 0:
        return NO_TRANSITIONS, _nothing
    groups = _Groups(segments, known, table)
    start, held = _run_times(groups, known, limits)
    return _latch(groups, known, start, held, limits)


def _nothing() -> None:
    return


class _Groups:
    """Known rows grouped by (rule, machine), with the state each group begins with."""

    def __init__(self, segments: Segments, known: Known, table: RunTable) -> None:
        slot = segments.slot[known.row]
        new = np.empty(len(slot), np.bool_)
        new[0] = True
        np.not_equal(slot[1:], slot[:-1], out=new[1:])
        new[1:] |= known.rule[1:] != known.rule[:-1]
        self.table = table
        self.at_us = segments.at_us[known.row]
        self.head: IntpArray = np.flatnonzero(new)
        self.tail: IntpArray = np.append(self.head[1:], len(slot)) - 1
        self.of_row: IntpArray = np.cumsum(new) - 1
        self.place = slot[self.head] * table.live.shape[1] + known.rule[self.head]

    def before(self, name: str) -> Int64Array:
        """A field of the state at the start of each group."""
        array: Int64Array = getattr(self.table, name).ravel()[self.place]
        return array


def _shifted(values: Int64Array, head: IntpArray, first: Int64Array) -> Int64Array:
    """Each row's predecessor's value; `first` at the head of each group."""
    before = np.empty_like(values)
    before[1:] = values[:-1]
    before[head] = first
    return before


def _run_times(groups: _Groups, known: Known, limits: Limits) -> tuple[Int64Array, Int64Array]:
    """Start instant and held time of the run at each row; meaningless where the row does not hold."""
    head, at_us, holds = groups.head, groups.at_us, known.holds
    run_from, run_held = groups.before("run_from"), groups.before("run_held")
    held_before = _shifted(holds.view(np.int8).astype(np.int64), head, (run_from != NO_TIME).astype(np.int64))
    gap = at_us - _shifted(at_us, head, groups.before("run_last"))
    goes_on = holds & (held_before != 0) & (gap <= limits.forget_us)
    grown = np.where(goes_on, np.minimum(gap, limits.max_gap_us[known.rule]), 0)
    total = np.cumsum(grown)
    begins = holds & ~goes_on
    anchored = begins.copy()
    anchored[head] = True
    rows = np.arange(len(holds))
    anchor = np.maximum.accumulate(np.where(anchored, rows, 0))
    from_us, base = at_us[anchor], total[anchor].copy()
    carried = ~begins[anchor]  # the run came with the state and still goes on
    group = groups.of_row[carried]
    from_us[carried] = run_from[group]
    base[carried] -= grown[anchor[carried]] + run_held[group]
    return from_us, total - base


def _latch(
    groups: _Groups, known: Known, start: Int64Array, held: Int64Array, limits: Limits
) -> tuple[Transitions, Callable[[], None]]:
    head, tail, at_us = groups.head, groups.tail, groups.at_us
    fires = known.holds & (held >= limits.for_us[known.rule])
    active_from, active_held = groups.before("active_from"), groups.before("active_held")
    rows = np.arange(len(fires))
    first = head[groups.of_row]
    last_word = np.maximum.accumulate(np.where(fires | known.clears, rows, -1))
    previous = _shifted(last_word, head, np.full(len(head), -1))
    active = np.where(previous >= first, fires[previous], (active_from != NO_TIME)[groups.of_row])
    opens, closes = fires & ~active, known.clears & active
    opening = np.maximum.accumulate(np.where(opens, rows, -1))
    here = opening >= first
    episode_from = np.where(here, start[opening], active_from[groups.of_row])
    episode_held = np.where(here, at_us[opening], active_held[groups.of_row])
    changed = np.flatnonzero(opens | closes)
    transitions = Transitions(
        known.rule[changed], known.row[changed], opens[changed], episode_from[changed], episode_held[changed]
    )
    still = ((active | opens) & ~closes)[tail]
    holding = known.holds[tail]
    after = {
        "run_from": np.where(holding, start[tail], NO_TIME),
        "run_held": np.where(holding, held[tail], 0),
        "run_last": np.where(holding | still, at_us[tail], NO_TIME),
        "active_from": np.where(still, episode_from[tail], NO_TIME),
        "active_held": np.where(still, episode_held[tail], NO_TIME),
        "live": holding | still,
    }

    def adopt() -> None:
        for name, values in after.items():
            getattr(groups.table, name).reshape(-1)[groups.place] = values
        groups.table.refresh_busy(np.unique(groups.place // groups.table.live.shape[1]))

    return transitions, adopt
