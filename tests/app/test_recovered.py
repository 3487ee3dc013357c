"""Rows that were quarantined and come through later change sides in the ledger: each once, whatever became of it."""

from collections.abc import Collection

import numpy as np
import pytest

from storage.pool import connect
from tests.app.gate import T0_S, Gate, at, sample
from tests.conftest import Database

LEDGER = "SELECT messages, rows_committed, rows_quarantined FROM ledger ORDER BY boot"
FUTURE_S = 10**6


def message(seq: int, rows: int, refused: Collection[int] = (), *, boot: str = "b") -> tuple[str, object]:
    """A message whose rows all are of one instant, those of `refused` of a time far off."""
    samples = [
        {"t": round((T0_S + (FUTURE_S if row in refused else seq)) * 1000), "signals": {"fuel_level_pct": 5.0 + row}}
        for row in range(rows)
    ]
    return "M-1", {"boot": boot, "seq": seq, "samples": samples}


def test_samples_of_one_instant_that_were_quarantined_whole_are_all_recovered(gate: Gate, database: Database) -> None:
    gate.deliver([sample("M-1", 0, 0, fuel_level_pct=50.0)], received_s=0)

    def installed_until(end: object) -> None:
        with connect(database.owner_url, application="test") as owner:
            owner.execute("UPDATE installation SET to_at = %s", [end])
            owner.execute("UPDATE config_epoch SET epoch = epoch + 1")

    installed_until(at(100))
    samples = [
        {"t": round((T0_S + 200) * 1000), "signals": signals}
        for signals in ({"fuel_level_pct": 50.0}, {"engine_speed_rpm": 900.0})
    ]
    gate.deliver([("M-1", {"boot": "b", "seq": 1, "samples": samples})], received_s=201)
    assert gate.all(LEDGER) == [(2, 1, 2)]
    installed_until("infinity")
    for again in range(3):
        gate.deliver([("M-1", {"boot": "b", "seq": 1, "samples": samples})], received_s=300 + again)
        assert gate.all(LEDGER) == [(2, 3, 0)]


def test_only_what_is_no_longer_refused_is_recovered_however_often_it_comes(gate: Gate) -> None:
    gate.deliver([message(0, 5, {0, 1, 2}), message(1, 2, {0})], received_s=0)
    steps = [
        ({0, 1, 2}, 4), ({1, 2}, 3), ({1, 2}, 3), ({0, 1, 2}, 3), (range(5), 3), ({2, 3}, 2), ((), 1), ({3}, 1), ((), 1)
    ]  # fmt: skip
    for number, (refused, quarantined) in enumerate(steps, 1):
        gate.deliver([message(0, 5, refused)], received_s=number)
        assert gate.all(LEDGER) == [(2, 7 - quarantined, quarantined)], number


@pytest.mark.parametrize("seed", range(12))
def test_any_deliveries_count_what_sets_count(seed: int, gate: Gate) -> None:
    random = np.random.default_rng(seed)
    waiting: dict[tuple[str, int], set[int]] = {}
    rows_of = {(boot, seq): int(random.integers(1, 5)) for boot in "ab" for seq in range(6)}
    for number in range(25):
        drawn = []
        for _ in range(int(random.integers(1, 6))):
            boot, seq = "ab"[int(random.integers(0, 2))], int(random.integers(0, 6))
            rows = rows_of[boot, seq]
            share = random.choice([0.0, 0.4, 1.0])
            refused = {row for row in range(rows) if random.random() < share}
            drawn.append(message(seq, rows, refused, boot=boot))
            waiting[boot, seq] = waiting.get((boot, seq), refused) & refused
        gate.deliver(drawn, received_s=10.0 + number)
        if random.random() < 0.2:
            gate.start()
        expected = []
        for boot in sorted({boot for boot, _ in waiting}):
            kept = [key for key in waiting if key[0] == boot]
            quarantined = sum(len(waiting[key]) for key in kept)
            expected.append((len(kept), sum(rows_of[key] for key in kept) - quarantined, quarantined))
        assert gate.all(LEDGER) == expected
    counted: dict[tuple[str, int], set[int]] = {}
    for boot, seq, row in gate.all("SELECT boot, seq, row_no FROM quarantine WHERE counted"):
        counted.setdefault((boot, seq), set()).update(range(rows_of[boot, seq]) if row < 0 else {row})
    assert counted == {key: rows for key, rows in waiting.items() if rows}


def test_what_was_refused_before_the_ledger_knew_its_terminal_is_counted_from_then_on(gate: Gate) -> None:
    gate.auto_register = False
    gate.start()
    gate.deliver([message(0, 2, {0, 1})], received_s=0)
    assert gate.all(LEDGER) == []
    gate.auto_register = True
    gate.start()
    gate.deliver([message(0, 2, {0, 1})], received_s=1)
    assert gate.all(LEDGER) == [(1, 0, 2)]
    for again in range(2):
        gate.deliver([message(0, 2)], received_s=2 + again)
        assert gate.all(LEDGER) == [(1, 2, 0)]
