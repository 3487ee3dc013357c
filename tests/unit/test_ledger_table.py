"""The columnar ledger against a dictionary of sets, batch by batch, with batches that are rolled back and power cycles
that are forgotten meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from fleet.batch import Messages
from ingest.ledger import MAX_RANGES, Ranges
from ingest.ledger_table import COLUMNS, LedgerChange, LedgerTable
from storage.ledger import LedgerKey, LedgerRow

Drawn = tuple[int, str, int, int, bool]  # terminal, boot, seq, rows, redelivered


def messages_of(drawn: Sequence[Drawn], *, received_us: int = 1000) -> tuple[list[int], Messages]:
    messages = Messages()
    for terminal, boot, seq, rows, again in drawn:
        messages.terminal.append(str(terminal))
        messages.boot.append(boot)
        messages.seq.append(seq)
        messages.rows.append(rows)
        messages.redelivered.append(again)
        messages.received_at_us.append(received_us + seq)
    return [terminal for terminal, *_ in drawn], messages


def nowhere(keys: Sequence[LedgerKey]) -> list[LedgerRow]:
    return []


def entered(
    table: LedgerTable,
    drawn: Sequence[Drawn],
    *,
    refused: dict[int, int] | None = None,
    recovered: Sequence[int] | None = None,
    received_us: int = 1000,
    find=nowhere,
) -> LedgerChange:
    terminal, messages = messages_of(drawn, received_us=received_us)
    return table.enter(
        table.recall(terminal, messages, find),
        messages,
        refused or {},
        newest_us=np.arange(len(drawn), dtype=np.int64),
        recovered=np.array(recovered or [0] * len(drawn), np.int64),
    )


@dataclass
class Store:
    """Rows as the database has them after the commits."""

    rows: dict[LedgerKey, LedgerRow] = field(default_factory=dict)

    def find(self, keys: Sequence[LedgerKey]) -> Iterable[LedgerRow]:
        return [self.rows[key] for key in keys if key in self.rows]

    def commit(self, change: LedgerChange) -> None:
        change.adopt()
        columns = change.columns
        for place, key in enumerate(zip(columns.terminal_id.tolist(), columns.boot, strict=True)):
            counts = {name: int(getattr(columns, name)[place]) for name in COLUMNS}
            self.rows[key] = LedgerRow(*key, above=columns.above[place], **counts)


def draw(random: np.random.Generator, next_seq: dict[LedgerKey, int]) -> list[Drawn]:
    drawn = []
    for _ in range(int(random.integers(0, 25))):
        key = (int(random.integers(-1, 4)), "ab"[int(random.integers(0, 2))])
        seq = next_seq.get(key, 0) if random.random() < 0.7 else int(random.integers(-1, 30))
        next_seq[key] = max(next_seq.get(key, 0), seq + 1)
        drawn.append((*key, seq, int(random.integers(0, 4)), bool(random.integers(0, 2))))
    return drawn


@pytest.mark.parametrize("seed", range(40))
def test_any_batches_give_what_sets_give(seed: int) -> None:
    random = np.random.default_rng(seed)
    table, kept = LedgerTable(), dict[LedgerKey, dict[int, int]]()
    committed, quarantined = dict[LedgerKey, int](), dict[LedgerKey, int]()
    next_seq = dict[LedgerKey, int]()
    for _ in range(15):
        drawn = draw(random, next_seq)
        refused = {i: int(random.integers(0, m[3] + 1)) for i, m in enumerate(drawn) if random.random() < 0.2}
        change = entered(table, drawn, refused=refused)
        if random.random() < 0.3:
            continue  # rolled back
        change.adopt()
        for i, (t, boot, seq, rows, _) in enumerate(drawn):
            if t >= 0 and seq >= 0 and seq not in kept.setdefault((t, boot), {}):
                kept[t, boot][seq] = rows
                committed[t, boot] = committed.get((t, boot), 0) + rows - refused.get(i, 0)
                quarantined[t, boot] = quarantined.get((t, boot), 0) + refused.get(i, 0)
    seen = {}
    for slot in range(len(table)):
        ((t, boot, *held),) = table.kept(np.array([slot]))
        ranges = Ranges(*held)
        seen[t, boot] = {seq for seq in range(1000) if seq in ranges}
        column = {name: int(values[slot]) for name, values in table._columns.items()}
        key = (t, boot)
        assert column["messages"] == len(kept.get(key, {}))
        assert column["rows_committed"] == committed.get(key, 0)
        assert column["rows_quarantined"] == quarantined.get(key, 0)
    assert {key: value for key, value in seen.items() if value} == {k: set(v) for k, v in kept.items() if v}


@pytest.mark.parametrize("seed", range(40))
def test_a_power_cycle_that_was_forgotten_counts_as_if_it_had_stayed(seed: int) -> None:
    random = np.random.default_rng(seed)
    forgetful, staying = LedgerTable(), LedgerTable()
    store, expected = Store(), Store()
    next_seq, forgotten = dict[LedgerKey, int](), 0
    for batch in range(30):
        drawn = draw(random, next_seq)
        refused = {i: int(random.integers(0, m[3] + 1)) for i, m in enumerate(drawn) if random.random() < 0.3}
        recovered = [int(random.integers(0, m[3] + 1)) for m in drawn]
        given = {"refused": refused, "recovered": recovered, "received_us": batch * 1000}
        change = entered(forgetful, drawn, **given, find=store.find)
        change_of_staying = entered(staying, drawn, **given)
        if random.random() < 0.7:  # else rolled back
            store.commit(change)
            expected.commit(change_of_staying)
        assert store.rows == expected.rows
        owed = random.random(int(random.integers(0, 12))) < 0.3
        before = forgetful.kept(np.arange(len(forgetful)))
        kept = forgetful.evict(1000 * (batch - int(random.integers(0, 3))), owed)
        if kept is not None:
            forgotten += len(before) - len(kept)
            assert forgetful.kept(np.arange(len(forgetful))) == [before[old] for old in kept.tolist()]
            assert set(np.flatnonzero(owed[: len(before)])) <= set(kept.tolist())
    assert forgotten > 10


def test_nothing_is_moved_for_the_sake_of_a_few() -> None:
    table = LedgerTable()
    entered(table, [(1, "old", 0, 1, False)], received_us=0).adopt()
    entered(table, [(n, "b", 0, 1, False) for n in range(20)], received_us=1000).adopt()
    assert table.evict(500, np.zeros(0, np.bool_)) is None
    assert len(table) == 21
    assert LedgerTable().evict(500, np.zeros(4, np.bool_)) is None


def test_the_store_is_asked_for_strangers_only_and_once_each() -> None:
    table, asked = LedgerTable(), list[LedgerKey]()

    def find(keys: Sequence[LedgerKey]) -> list[LedgerRow]:
        asked.extend(keys)
        return []

    entered(table, [(1, "a", 0, 1, False), (1, "a", 1, 1, False), (2, "a", 0, 1, False)], find=find)
    entered(table, [(1, "a", 0, 1, False), (3, "a", 0, 1, False)], find=find)
    assert asked == [(1, "a"), (2, "a"), (3, "a")]


def test_what_has_no_room_is_not_counted_until_it_is_listed() -> None:
    table, store = LedgerTable(), Store()
    odd = [(1, "a", 2 * n + 1, 2, True) for n in range(MAX_RANGES)]
    store.commit(entered(table, odd))
    late = [(1, "a", 2 * MAX_RANGES + 1, 2, False), (1, "a", 2 * MAX_RANGES + 3, 2, True), (1, "a", 1, 2, True)]
    change = entered(table, late, refused={1: 1}, recovered=[2, 1, 0])
    assert (change.unlisted, change.overfull) == (2, [(1, "a")])
    store.commit(change)
    row = store.rows[1, "a"]
    assert (row.messages, row.rows_committed, row.rows_quarantined) == (MAX_RANGES, 2 * MAX_RANGES, 0)
    assert (row.redelivered, len(row.above)) == (1, MAX_RANGES)
    again = entered(table, late, refused={1: 1})
    assert (again.unlisted, again.overfull) == (2, []), "told once"
    store.commit(again)
    store.commit(entered(table, [(1, "a", 0, 2, False), (1, "a", 2, 2, False)]))  # two gaps close
    assert store.rows[1, "a"].through == 3
    store.commit(entered(table, late[:2], refused={1: 1}))
    row = store.rows[1, "a"]
    assert (row.messages, row.rows_committed, row.rows_quarantined) == (MAX_RANGES + 4, 2 * MAX_RANGES + 7, 1)
    assert (row.redelivered, len(row.above)) == (2, MAX_RANGES)


def test_a_batch_that_is_entered_twice_without_adopting_counts_once() -> None:
    table = LedgerTable()
    drawn = [(1, "a", 0, 2, False), (1, "a", 1, 2, False)]
    entered(table, drawn)
    change = entered(table, drawn)
    assert (change.columns.through.tolist(), change.columns.rows_committed.tolist()) == ([1], [4])
    change.adopt()
    again = entered(table, [(1, "a", 1, 2, True)] * 2)
    assert again.columns.redelivered.tolist() == [2]
    assert again.columns.rows_committed.tolist() == [4]


def test_rows_that_were_quarantined_and_come_through_later_change_sides() -> None:
    table = LedgerTable()
    drawn = [(1, "a", 0, 5, False)]
    entered(table, drawn, refused={0: 3}, recovered=[2]).adopt()
    change = entered(table, drawn, recovered=[3])
    assert (change.columns.rows_committed.tolist(), change.columns.rows_quarantined.tolist()) == ([5], [0])
