"""Latest values: the newest reading stays, in whatever order rows come."""

import numpy as np
import pytest

from fleet.batch import ReadingBatch
from ingest.latest import NEVER, LatestValues


def batch(rows: list[tuple[int, int, dict[int, float]]], signals: int = 4) -> ReadingBatch:
    rows = sorted(rows, key=lambda r: (r[0], r[1]))
    values = np.full((len(rows), signals), np.nan)
    for i, (_, _, given) in enumerate(rows):
        for signal, value in given.items():
            values[i, signal] = value
    n = np.arange(len(rows), dtype=np.int32)
    at = np.array([r[1] for r in rows], np.int64)
    return ReadingBatch(n, n * 0, np.array([r[0] for r in rows], np.int32), at, at + 5, values, np.arange(signals))


@pytest.mark.parametrize("seed", range(20))
def test_any_split_and_order_of_rows_gives_the_newest_value_of_each_signal(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = [
        (int(m), int(t), {int(s): float(t * 10 + s) for s in random.choice(4, random.integers(1, 4), replace=False)})
        for m, t in {(int(random.integers(0, 3)), int(random.integers(0, 50))) for _ in range(60)}
    ]
    expected: dict[tuple[int, int], tuple[int, float]] = {}
    for m, t, given in rows:
        for s, v in given.items():
            expected[m, s] = max(expected.get((m, s), (-1, 0.0)), (t, v))
    latest = LatestValues(4)
    order = random.permutation(len(rows))
    for part in np.array_split(order, random.integers(1, 10)):
        latest.add(batch([rows[i] for i in part]))
    state = latest.rows(np.arange(3))
    for (m, s), (t, v) in expected.items():
        assert (state.at_us[m, s], state.values[m, s]) == (t, v)
    assert np.isnan(state.values).sum() == 12 - len(expected)


def test_a_machine_is_due_at_most_once_in_the_interval() -> None:
    latest = LatestValues(4)
    latest.add(batch([(1, 10, {0: 1.0}), (2, 10, {0: 1.0})]))
    assert latest.due(1_000, every_us=1_000).tolist() == [1, 2]
    latest.mark_written(np.array([1]), 1_000)
    latest.add(batch([(1, 11, {0: 2.0})]))
    assert latest.due(1_500, every_us=1_000).tolist() == [2]
    assert latest.due(2_000, every_us=1_000).tolist() == [1, 2]


def test_machine_ids_beyond_the_first_arrays_are_taken() -> None:
    latest = LatestValues(4)
    latest.add(batch([(5_000, 10, {3: 7.0})]))
    assert latest.rows(np.array([5_000])).values[0, 3] == 7.0


def test_an_old_status_does_not_replace_a_newer_one() -> None:
    latest = LatestValues(4)
    latest.set_online(np.array([1], np.int32), np.array([20]), np.array([False]))
    latest.set_online(np.array([1], np.int32), np.array([10]), np.array([True]))
    assert latest.rows(np.array([1])).online.tolist() == [0]


def test_what_was_loaded_counts_against_an_older_status() -> None:
    before, after = LatestValues(4), LatestValues(4)
    one = np.array([1], np.int32)
    before.set_online(one, np.array([20]), np.array([False]))
    after.load(before.rows(np.array([1])))
    after.set_online(one, np.array([10]), np.array([True]))
    assert after.rows(np.array([1])).online.tolist() == [0]
    assert [us.tolist() for us in after.reached_us(one)] == [[NEVER], [20]]
