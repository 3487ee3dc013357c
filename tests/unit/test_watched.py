"""Which minutes models judge."""

import numpy as np

from diagnosis.watched import BEFORE_US, Columns, is_settled, reported

MINUTE = 60_000_000


def settled(*spans: tuple[int, int, float]) -> list[int]:
    """The minutes that are judged of spans (first minute, minutes, least engine speed)."""
    at = np.concatenate([np.arange(first, first + count) for first, count, _ in spans])
    least = np.concatenate([np.full(count, rpm) for _, count, rpm in spans])
    return at[is_settled(at * MINUTE, least)].tolist()


def test_a_machine_is_judged_from_twenty_minutes_after_its_start():
    assert settled((0, 5, 0), (5, 30, 800), (35, 3, 0), (38, 22, 800)) == [*range(25, 35), 58, 59]
    assert settled((0, 18, 800), (18, 1, 300), (19, 18, 800)) == []  # it stopped for a part of a minute
    assert settled((0, 40, np.nan)) == []


def test_a_gap_of_some_minutes_is_no_stop_and_a_long_one_is_unknown():
    assert settled((0, 10, 800), (20, 3, 800)) == [20, 21, 22]
    assert settled((0, 10, 800), (30, 3, 800)) == []


def test_what_came_long_before_changes_nothing():
    draw = np.random.default_rng(0)
    at = np.cumsum(draw.choice([1, 1, 1, 4, 14, 16], size=3000)).astype(np.int64) * MINUTE
    least = np.where(draw.random(3000) < 0.9, 800.0, 0.0)
    whole = is_settled(at, least)
    assert 100 < whole.sum() < 2900
    for after in at[100::97].tolist():
        near = at > after - BEFORE_US
        new = at > after
        assert np.array_equal(is_settled(at[near], least[near])[new[near]], whole[new])


def test_signals_that_are_rarely_told_are_left_out():
    rows = np.array([[1.0, 2.0, np.nan, 4.0], [1.0, np.nan, np.nan, 4.0], [1.0, np.nan, 3.0, 4.0]])
    columns, kept = reported(Columns(("speed", "load", "oil", "coolant"), 2), rows)
    assert (columns, kept.shape) == (Columns(("speed", "coolant"), 1), (3, 2))
