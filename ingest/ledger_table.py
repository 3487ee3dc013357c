"""The gateway's ledger in memory: columns by slot, changed for a whole batch at once, adopted after the commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fleet.batch import Int32Array, Int64Array, Messages
from ingest.ledger import Ranges
from storage.ledger import NEVER_US, LedgerColumns, LedgerRow

LedgerKey = tuple[int, str]  # terminal_id, boot
COLUMNS = (
    "through",
    "messages",
    "rows_committed",
    "rows_quarantined",
    "redelivered",
    "max_measured_us",
    "first_received_us",
    "last_received_us",
)
EMPTY = {"through": -1, "max_measured_us": NEVER_US, "first_received_us": np.iinfo(np.int64).max}


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What a batch makes of the power cycles it touches: their slots, what to store, and what to call after COMMIT."""

    slots: npt.NDArray[np.intp]
    columns: LedgerColumns
    adopt: Callable[[], None]


class _Entries(NamedTuple):
    """The messages of a batch that name a seq, sorted by (slot, seq); (messages,) each."""

    slot: npt.NDArray[np.intp]
    seq: Int64Array
    rows: Int64Array
    refused: Int64Array
    again: Int64Array
    stored: Int64Array
    measured_us: Int64Array
    received_us: Int64Array


class LedgerTable:
    """Which messages of each (terminal, boot) are kept. One slot a power cycle, found by `slot_of`."""

    def __init__(self) -> None:
        self._slot_of: dict[LedgerKey, int] = {}
        self._boots: list[str] = []
        self._terminal: Int32Array = np.empty(0, np.int32)
        self._above: dict[int, tuple[tuple[int, int], ...]] = {}
        self._columns: dict[str, Int64Array] = {name: np.empty(0, np.int64) for name in COLUMNS}

    def load(self, rows: Iterable[LedgerRow]) -> None:
        """Take over what the database has."""
        found = list(rows)
        slots = self._make_room([(row.terminal_id, row.boot) for row in found])
        for name in COLUMNS:
            self._columns[name][slots] = [getattr(row, name) for row in found]
        self._above.update({int(slot): row.above for slot, row in zip(slots, found, strict=True) if row.above})

    def __len__(self) -> int:
        return len(self._boots)

    def kept(self, slot: int) -> tuple[int, str, Ranges]:
        """terminal_id, boot and what is kept of a power cycle."""
        ranges = Ranges(int(self._columns["through"][slot]), self._above.get(slot, ()))
        return int(self._terminal[slot]), self._boots[slot], ranges

    def enter(
        self,
        terminal: Sequence[int],
        messages: Messages,
        refused: Mapping[int, int],
        *,
        newest_us: Int64Array,
        stored: Int64Array,
    ) -> LedgerChange:
        """Enter a batch: terminal_id of each message (-1 unknown), rows refused by message; newest instant and how many
        rows were really new, (messages,) each.

        Messages without a seq or of an unknown terminal are left out. What was entered before counts only as
        redelivered; should rows of it be new after all, they had been quarantined and were sent again. Nothing changes
        before `adopt`; a slot that is new to a failed batch stays empty. O(messages) in numpy; power cycles whose
        messages do not simply continue take a step of Python each.
        """
        numbers = [i for i, (t, seq) in enumerate(zip(terminal, messages.seq, strict=True)) if t >= 0 and seq >= 0]
        keys = [(terminal[i], messages.boot[i]) for i in numbers]
        slots = self._slots(keys)
        entries = _sorted_entries(slots, numbers, messages, refused, newest_us=newest_us, stored=stored)
        starts = np.flatnonzero(np.diff(entries.slot, prepend=-1))
        touched = entries.slot[starts]
        after = {name: column[touched] for name, column in self._columns.items()}
        if not len(touched):
            return LedgerChange(touched, self._stored(touched, after, {}), lambda: None)
        above = self._advance(entries, starts, touched, after)
        for name, keep, seen in (
            ("max_measured_us", np.maximum, entries.measured_us),
            ("first_received_us", np.minimum, entries.received_us),
            ("last_received_us", np.maximum, entries.received_us),
        ):
            after[name] = keep(after[name], keep.reduceat(seen, starts))

        def adopt() -> None:
            for name, values in after.items():
                self._columns[name][touched] = values
            for slot in touched[np.isin(touched, list(self._above))].tolist():
                del self._above[slot]
            self._above.update(above)

        return LedgerChange(touched, self._stored(touched, after, above), adopt)

    def _slots(self, keys: list[LedgerKey]) -> npt.NDArray[np.intp]:
        get = self._slot_of.get
        slots = [get(key, -1) for key in keys]
        if -1 in slots:
            self._make_room([key for key, slot in zip(keys, slots, strict=True) if slot < 0])
            slots = [self._slot_of[key] for key in keys]
        return np.array(slots, np.intp)

    def _make_room(self, keys: Sequence[LedgerKey]) -> npt.NDArray[np.intp]:
        new = [key for key in dict.fromkeys(keys) if key not in self._slot_of]
        self._slot_of.update({key: len(self._boots) + i for i, key in enumerate(new)})
        self._boots += [boot for _, boot in new]
        self._terminal = np.concatenate([self._terminal, np.array([t for t, _ in new], np.int32)])
        for name in COLUMNS:
            fresh = np.full(len(new), EMPTY.get(name, 0), np.int64)
            self._columns[name] = np.concatenate([self._columns[name], fresh])
        return np.array([self._slot_of[key] for key in keys], np.intp)

    def _advance(
        self,
        entries: _Entries,
        starts: npt.NDArray[np.intp],
        touched: npt.NDArray[np.intp],
        after: dict[str, Int64Array],
    ) -> dict[int, tuple[tuple[int, int], ...]]:
        """Bring `after` up to date for all power cycles; returns the ranges above `through` of those that have any."""
        ends = np.append(starts[1:], len(entries.slot))
        follows = np.ones(len(entries.slot), np.int64)
        follows[1:] = np.diff(entries.seq) == 1
        follows[starts] = entries.seq[starts] == after["through"] + 1
        simple = np.minimum.reduceat(follows, starts).astype(np.bool_)
        if self._above:
            simple &= ~np.isin(touched, list(self._above))
        kept_rows = np.add.reduceat(entries.rows - entries.refused, starts)
        after["messages"][simple] += (ends - starts)[simple]
        after["rows_committed"][simple] += kept_rows[simple]
        after["rows_quarantined"][simple] += np.add.reduceat(entries.refused, starts)[simple]
        after["through"][simple] = entries.seq[ends - 1][simple]
        known = ~simple & (entries.seq[ends - 1] <= after["through"])  # sent again, every one of them
        again = np.add.reduceat(entries.again, starts)
        recovered = np.minimum(np.add.reduceat(entries.stored, starts), after["rows_quarantined"])
        after["redelivered"][known] += again[known]
        after["rows_committed"][known] += recovered[known]
        after["rows_quarantined"][known] -= recovered[known]
        above = {slot: self._above[slot] for slot in touched[known].tolist() if slot in self._above}
        for place in np.flatnonzero(~simple & ~known).tolist():
            part = slice(int(starts[place]), int(ends[place]))
            ranges = self._enter_one(entries, part, place, after, self._above.get(int(touched[place]), ()))
            if ranges.above:
                above[int(touched[place])] = ranges.above
        return above

    @staticmethod
    def _enter_one(
        entries: _Entries, part: slice, place: int, after: dict[str, Int64Array], above: tuple[tuple[int, int], ...]
    ) -> Ranges:
        ranges, is_new = Ranges(int(after["through"][place]), above).add(entries.seq[part].tolist())
        new = np.array(is_new, np.bool_)
        after["through"][place] = ranges.through
        after["messages"][place] += new.sum()
        after["rows_committed"][place] += (entries.rows[part] - entries.refused[part])[new].sum()
        after["rows_quarantined"][place] += entries.refused[part][new].sum()
        after["redelivered"][place] += entries.again[part][~new].sum()
        recovered = min(int(entries.stored[part][~new].sum()), int(after["rows_quarantined"][place]))
        after["rows_committed"][place] += recovered
        after["rows_quarantined"][place] -= recovered
        return ranges

    def _stored(
        self,
        touched: npt.NDArray[np.intp],
        after: dict[str, Int64Array],
        above: dict[int, tuple[tuple[int, int], ...]],
    ) -> LedgerColumns:
        slots = touched.tolist()
        return LedgerColumns(
            terminal_id=self._terminal[touched],
            boot=[self._boots[slot] for slot in slots],
            above=[above.get(slot, ()) for slot in slots] if above else [()] * len(slots),
            **after,
        )


def _sorted_entries(
    slots: npt.NDArray[np.intp],
    numbers: list[int],
    messages: Messages,
    refused: Mapping[int, int],
    *,
    newest_us: Int64Array,
    stored: Int64Array,
) -> _Entries:
    chosen = np.array(numbers, np.intp)
    rejected = np.zeros(len(messages), np.int64)
    if refused:
        rejected[list(refused)] = list(refused.values())
    seq = np.array(messages.seq, np.int64)[chosen]
    order = np.lexsort((chosen, seq, slots))
    chosen = chosen[order]
    return _Entries(
        slot=slots[order],
        seq=seq[order],
        rows=np.array(messages.rows, np.int64)[chosen],
        refused=rejected[chosen],
        again=np.array(messages.redelivered, np.int64)[chosen],
        stored=stored[chosen],
        measured_us=newest_us[chosen],
        received_us=np.array(messages.received_at_us, np.int64)[chosen],
    )
