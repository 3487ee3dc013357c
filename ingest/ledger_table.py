"""The gateway's ledger in memory: columns by slot, changed for a whole batch at once, adopted after the commit.

Only power cycles heard of lately are here. Others are looked up in the store when they come again, and forgotten once
they have been quiet for long enough; what is counted is the same as if all had stayed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fleet.batch import BoolArray, Int32Array, Int64Array, Messages
from ingest.ledger import MAX_RANGES, Ranges
from storage.ledger import NEVER_US, LedgerColumns, LedgerKey, LedgerRow

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
EVICTED_SHARE = 8  # at least one slot in so many, so that moving the others costs little a power cycle


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What a batch makes of the power cycles it touches: their slots, what to store, and what to call after COMMIT.

    unlisted: messages that were kept without being entered, because their power cycle has MAX_RANGES ranges already.
    overfull: the power cycles to which that has happened for the first time.
    """

    slots: npt.NDArray[np.intp]
    columns: LedgerColumns
    adopt: Callable[[], None]
    unlisted: int = 0
    overfull: Sequence[LedgerKey] = ()


class Places(NamedTuple):
    """The messages of a batch that the ledger has a place for, and their slots; (entries,) each."""

    message: npt.NDArray[np.intp]
    slot: npt.NDArray[np.intp]


class _Entries(NamedTuple):
    """The messages of a batch that name a seq, sorted by (slot, seq); (messages,) each."""

    slot: npt.NDArray[np.intp]
    seq: Int64Array
    rows: Int64Array
    refused: Int64Array
    again: Int64Array
    recovered: Int64Array
    measured_us: Int64Array
    received_us: Int64Array


class LedgerTable:
    """Which messages of each (terminal, boot) are kept. One slot a power cycle, valid until the next `evict`."""

    def __init__(self) -> None:
        self._slot_of: dict[LedgerKey, int] = {}
        self._boots: list[str] = []
        self._terminal: Int32Array = np.empty(0, np.int32)
        self._above: dict[int, tuple[tuple[int, int], ...]] = {}
        self._overfull: set[int] = set()
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

    def kept(self, slots: npt.NDArray[np.intp]) -> list[tuple[int, str, int, tuple[tuple[int, int], ...]]]:
        """Of each power cycle terminal_id, boot, and what is kept: `through` and the ranges above it."""
        terminal, through = self._terminal[slots].tolist(), self._columns["through"][slots].tolist()
        boots, above = self._boots, self._above
        return [
            (terminal[place], boots[slot], through[place], above.get(slot, ()))
            for place, slot in enumerate(slots.tolist())
        ]

    def evict(self, before_us: int, owed: BoolArray) -> npt.NDArray[np.intp] | None:
        """Forget the power cycles last heard of before `before_us`, but for those `owed` an ack (by slot; may be longer
        or shorter).

        Returns the old slots of all that stay, in the order of their new ones; None when nothing was moved: it waits
        until one in EVICTED_SHARE can go. What is forgotten is in the store, or was new to a failed batch.
        """
        stays = self._columns["last_received_us"] >= before_us
        stays[: len(owed)] |= owed[: len(stays)]
        kept = np.flatnonzero(stays)
        if (len(stays) - len(kept)) * EVICTED_SHARE < max(len(stays), 1):
            return None
        moved_to = np.cumsum(stays) - 1
        self._columns = {name: column[kept] for name, column in self._columns.items()}
        self._terminal = self._terminal[kept]
        self._boots = [self._boots[slot] for slot in kept.tolist()]
        self._slot_of = {key: slot for slot, key in enumerate(zip(self._terminal.tolist(), self._boots, strict=True))}
        self._above = {int(moved_to[slot]): above for slot, above in self._above.items() if stays[slot]}
        self._overfull = {int(moved_to[slot]) for slot in self._overfull if stays[slot]}
        return kept

    def recall(
        self, terminal: Sequence[int], messages: Messages, find: Callable[[Sequence[LedgerKey]], Iterable[LedgerRow]]
    ) -> Places:
        """Where a batch is to be entered: terminal_id of each message (-1 unknown). `find`: what the store has of power
        cycles that are not here. Messages without a seq or of an unknown terminal have no place."""
        numbers = [i for i, (t, seq) in enumerate(zip(terminal, messages.seq, strict=True)) if t >= 0 and seq >= 0]
        keys = [(terminal[i], messages.boot[i]) for i in numbers]
        get = self._slot_of.get
        slots = [get(key, -1) for key in keys]
        if -1 in slots:
            strange = list(dict.fromkeys(key for key, slot in zip(keys, slots, strict=True) if slot < 0))
            self.load(find(strange))
            self._make_room(strange)
            slots = [self._slot_of[key] for key in keys]
        return Places(np.array(numbers, np.intp), np.array(slots, np.intp))

    def standing(self, places: Places, messages: Messages, refused: Mapping[int, int]) -> list[tuple[int, bool]]:
        """The messages that quarantine is asked about, in order, and whether each was entered before: those refused now
        (by message, how many rows), and those sent again of a power cycle with rows in quarantine.

        What may find no room now is as good as entered: nothing of it is counted.
        """
        slots, seq = places.slot, np.array(messages.seq, np.int64)[places.message]
        is_known = seq <= self._columns["through"][slots]
        waits = self._columns["rows_quarantined"][slots] > 0
        of_refused = np.zeros(len(slots), np.bool_)
        if refused:
            pairs = list(zip(slots.tolist(), seq.tolist(), strict=True))
            wanted = {pair for pair, m in zip(pairs, places.message.tolist(), strict=True) if m in refused}
            of_refused[:] = [pair in wanted for pair in pairs]
        for i in np.flatnonzero((waits | of_refused) & ~is_known & np.isin(slots, list(self._above))).tolist():
            above = self._above[int(slots[i])]
            is_known[i] = len(above) >= MAX_RANGES or int(seq[i]) in Ranges(-1, above)
        chosen = of_refused | (waits & is_known)
        return list(zip(places.message[chosen].tolist(), is_known[chosen].tolist(), strict=True))

    def enter(
        self,
        places: Places,
        messages: Messages,
        refused: Mapping[int, int],
        *,
        newest_us: Int64Array,
        recovered: Int64Array,
    ) -> LedgerChange:
        """Enter a batch at its places: rows refused by message; newest instant, and how many rows had been quarantined
        and came through now, (messages,) each.

        What was entered before counts only as redelivered, and its recovered rows change sides. A message for
        which its power cycle has no room (Ranges) counts as nothing at all, until it comes again and is listed. Nothing
        changes before `adopt`; a slot that is new to a failed batch stays empty. O(messages) in numpy; power cycles
        whose messages do not simply continue take a step of Python each.
        """
        entries = _sorted_entries(places, messages, refused, newest_us=newest_us, recovered=recovered)
        starts = np.flatnonzero(np.diff(entries.slot, prepend=-1))
        touched = entries.slot[starts]
        after = {name: column[touched] for name, column in self._columns.items()}
        if not len(touched):
            return LedgerChange(touched, self._stored(touched, after, {}), lambda: None)
        unlisted: dict[int, int] = {}
        above = self._advance(entries, starts, touched, after, unlisted)
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
            self._overfull |= unlisted.keys()

        overfull = [(int(self._terminal[slot]), self._boots[slot]) for slot in unlisted.keys() - self._overfull]
        return LedgerChange(touched, self._stored(touched, after, above), adopt, sum(unlisted.values()), overfull)

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
        unlisted: dict[int, int],
    ) -> dict[int, tuple[tuple[int, int], ...]]:
        """Bring `after` up to date for all power cycles; returns the ranges above `through` of those that have any, and
        notes in `unlisted` how many messages of which slot had no room."""
        ends = np.append(starts[1:], len(entries.slot))
        follows = np.ones(len(entries.slot), np.int64)
        follows[1:] = np.diff(entries.seq) == 1
        follows[starts] = entries.seq[starts] == after["through"] + 1
        simple = np.minimum.reduceat(follows, starts).astype(np.bool_)
        if self._above:
            simple &= ~np.isin(touched, list(self._above))
        known = ~simple & (entries.seq[ends - 1] <= after["through"])  # sent again, every one of them
        is_new, is_known = np.repeat(simple, ends - starts), np.repeat(known, ends - starts)
        above = {slot: self._above[slot] for slot in touched[known].tolist() if slot in self._above}
        for place in np.flatnonzero(~simple & ~known).tolist():
            slot, part = int(touched[place]), slice(int(starts[place]), int(ends[place]))
            seqs = entries.seq[part].tolist()
            ranges, new = Ranges(int(after["through"][place]), self._above.get(slot, ())).add(seqs)
            is_new[part], is_known[part] = new, _known(seqs, new, ranges)
            after["through"][place] = ranges.through
            if ranges.above:
                above[slot] = ranges.above
        after["through"][simple] = entries.seq[ends - 1][simple]
        _count(entries, starts, is_new, is_known, after)
        left_out = np.add.reduceat(~(is_new | is_known), starts, dtype=np.int64)
        for place in np.flatnonzero(left_out).tolist():
            unlisted[int(touched[place])] = int(left_out[place])
        return above

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


def _count(
    entries: _Entries,
    starts: npt.NDArray[np.intp],
    is_new: BoolArray,
    is_known: BoolArray,
    after: dict[str, Int64Array],
) -> None:
    """Count the new and the known messages in the columns `after` of their power cycles."""

    def of(values: Int64Array | BoolArray) -> Int64Array:
        found: Int64Array = np.add.reduceat(values, starts, dtype=np.int64)
        return found

    after["messages"] += of(is_new)
    after["rows_committed"] += of((entries.rows - entries.refused) * is_new)
    after["rows_quarantined"] += of(entries.refused * is_new)
    after["redelivered"] += of(entries.again * is_known)
    recovered = np.minimum(of(entries.recovered * is_known), after["rows_quarantined"])
    after["rows_committed"] += recovered
    after["rows_quarantined"] -= recovered


def _known(seqs: list[int], new: list[bool], ranges: Ranges) -> list[bool]:
    """Which messages were entered before: those not new, but for those that had no room."""
    if len(ranges.above) < MAX_RANGES:
        return [not is_new for is_new in new]
    return [not is_new and seq in ranges for seq, is_new in zip(seqs, new, strict=True)]


def _sorted_entries(
    places: Places,
    messages: Messages,
    refused: Mapping[int, int],
    *,
    newest_us: Int64Array,
    recovered: Int64Array,
) -> _Entries:
    chosen, slots = places.message, places.slot
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
        recovered=recovered[chosen],
        measured_us=newest_us[chosen],
        received_us=np.array(messages.received_at_us, np.int64)[chosen],
    )
