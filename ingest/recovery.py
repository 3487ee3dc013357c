"""Rows that were quarantined and are no longer refused when their message comes again: counted as committed, once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fleet.batch import Int64Array, Messages, Quarantined
from ingest.quality import WHOLE_MESSAGE
from storage.quarantine import MessageKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """recovered: (messages,) rows that change sides. counted: whether the ledger counts each quarantined entry of the
    batch. cleared: the entries (message, row) of earlier batches that it counts no more."""

    recovered: Int64Array
    counted: list[bool]
    cleared: list[tuple[MessageKey, int]]


def recover(
    standing: Sequence[tuple[int, bool]],
    messages: Messages,
    quarantined: Sequence[Quarantined],
    find: Callable[[Sequence[MessageKey]], Mapping[MessageKey, set[int]]],
) -> Recovery:
    """What comes through now of what was refused before.

    standing: LedgerTable.standing. find: the rows of messages that the ledger counts as quarantined.
    A row that merges, is a duplicate or in conflict comes through like one that is new. What was committed once stays
    so, though it be refused when it comes again.
    """
    recovered = np.zeros(len(messages), np.int64)
    key_of = {m: (messages.terminal[m], messages.boot[m], messages.seq[m]) for m, _ in standing}
    if not key_of:
        return Recovery(recovered=recovered, counted=[False] * len(quarantined), cleared=[])
    refused: dict[int, set[int]] = {}
    for item in quarantined:
        if item.row >= WHOLE_MESSAGE:
            refused.setdefault(item.message, set()).add(item.row)
    entered = {key_of[m] for m, is_known in standing if is_known}
    before = dict(find(sorted(entered))) if entered else {}
    counted = {key: set(rows) for key, rows in before.items()}
    for m, key in sorted(key_of.items()):
        now = refused.get(m, set())
        if key not in entered:
            entered.add(key)
            counted[key] = now
        elif key in counted:
            left = _left(counted[key], now)
            recovered[m] = _size(counted[key], messages.rows[m]) - _size(left, messages.rows[m])
            counted[key] = left
    return Recovery(
        recovered=recovered,
        counted=[item.row in counted.get(key_of.get(item.message, ("", "", -1)), ()) for item in quarantined],
        cleared=[(key, row) for key, rows in before.items() for row in rows - counted[key]],
    )


def _left(before: set[int], now: set[int]) -> set[int]:
    """Rows that were refused and are refused again; WHOLE_MESSAGE stands for all."""
    if WHOLE_MESSAGE in now:
        return before
    return now if WHOLE_MESSAGE in before else before & now


def _size(rows: set[int], all_rows: int) -> int:
    return all_rows if WHOLE_MESSAGE in rows else len(rows)
