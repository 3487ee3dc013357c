"""The columnar ledger against a dictionary of sets, batch by batch, with batches that are rolled back."""

import numpy as np
import pytest

from fleet.batch import Messages
from ingest.ledger_table import LedgerTable


def messages_of(drawn: list[tuple[int, str, int, int, bool]]) -> tuple[list[int], Messages]:
    messages = Messages()
    for terminal, boot, seq, rows, again in drawn:
        messages.terminal.append(str(terminal))
        messages.boot.append(boot)
        messages.seq.append(seq)
        messages.rows.append(rows)
        messages.redelivered.append(again)
        messages.received_at_us.append(1000 + seq)
    return [terminal for terminal, *_ in drawn], messages


@pytest.mark.parametrize("seed", range(40))
def test_any_batches_give_what_sets_give(seed: int) -> None:
    random = np.random.default_rng(seed)
    table, kept = LedgerTable(), dict[tuple[int, str], dict[int, int]]()
    committed, quarantined = dict[tuple[int, str], int](), dict[tuple[int, str], int]()
    next_seq = dict[tuple[int, str], int]()
    for _ in range(15):
        drawn = []
        for _ in range(int(random.integers(0, 25))):
            key = (int(random.integers(-1, 4)), "ab"[int(random.integers(0, 2))])
            seq = next_seq.get(key, 0) if random.random() < 0.7 else int(random.integers(-1, 30))
            next_seq[key] = max(next_seq.get(key, 0), seq + 1)
            drawn.append((*key, seq, int(random.integers(0, 4)), bool(random.integers(0, 2))))
        terminal, messages = messages_of(drawn)
        refused = {i: int(random.integers(0, m[3] + 1)) for i, m in enumerate(drawn) if random.random() < 0.2}
        change = table.enter(
            terminal,
            messages,
            refused,
            newest_us=np.arange(len(drawn), dtype=np.int64),
            stored=np.zeros(len(drawn), np.int64),
        )
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
        t, boot, ranges = table.kept(slot)
        seen[t, boot] = {seq for seq in range(1000) if seq in ranges}
        column = {name: int(values[slot]) for name, values in table._columns.items()}
        key = (t, boot)
        assert column["messages"] == len(kept.get(key, {}))
        assert column["rows_committed"] == committed.get(key, 0)
        assert column["rows_quarantined"] == quarantined.get(key, 0)
    assert {key: value for key, value in seen.items() if value} == {k: set(v) for k, v in kept.items() if v}


def test_a_batch_that_is_entered_twice_without_adopting_counts_once() -> None:
    table = LedgerTable()
    terminal, messages = messages_of([(1, "a", 0, 2, False), (1, "a", 1, 2, False)])
    nothing = {"newest_us": np.zeros(2, np.int64), "stored": np.zeros(2, np.int64)}
    table.enter(terminal, messages, {}, **nothing)
    change = table.enter(terminal, messages, {}, **nothing)
    assert (change.columns.through.tolist(), change.columns.rows_committed.tolist()) == ([1], [4])
    change.adopt()
    again = table.enter(terminal, messages_of([(1, "a", 1, 2, True)] * 2)[1], {}, **nothing)
    assert again.columns.redelivered.tolist() == [2]
    assert again.columns.rows_committed.tolist() == [4]


def test_rows_that_were_quarantined_and_come_through_later_change_sides() -> None:
    table = LedgerTable()
    terminal, messages = messages_of([(1, "a", 0, 5, False)])
    newest = np.zeros(1, np.int64)
    table.enter(terminal, messages, {0: 3}, newest_us=newest, stored=np.array([2])).adopt()
    change = table.enter(terminal, messages, {}, newest_us=newest, stored=np.array([3]))
    assert (change.columns.rows_committed.tolist(), change.columns.rows_quarantined.tolist()) == ([5], [0])
