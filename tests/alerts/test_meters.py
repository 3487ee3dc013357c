"""Gap-safe meters against a naive oracle and against machines whose true hours are known."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.maintenance.meters import HOUR_US, MeterChange, MeterHours, MeterState, advance, daily_use


def hours(*rows: tuple[float, float, float]) -> MeterHours:
    """Rows of (hour, counter, hours run)."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return MeterHours((table[:, 0] * HOUR_US).astype(np.int64), table[:, 1], table[:, 2])


def used(*rows: tuple[float, float, float], changes: tuple[MeterChange, ...] = ()) -> float:
    return round(advance(MeterState(), hours(*rows), changes).used, 6)


def replaced(hour: float, old: float, new: float) -> MeterChange:
    return MeterChange(at_us=int(hour * HOUR_US), kind="replaced", old=old, new=new)


@pytest.mark.parametrize(
    ("rows", "grown"),
    [
        pytest.param([(0, 100, 0.5), (1, 101, 1), (2, 101.5, 0.5)], 2.0, id="the counter's own growth counts"),
        pytest.param([(0, nan, 1), (1, nan, 0.5)], 1.5, id="without a counter what was heard to run"),
        pytest.param([(0, nan, 1), (100, nan, 1)], 2.0, id="silence counts nothing"),
        pytest.param([(0, 100, 0), (100, 130, 0)], 30.0, id="a counter that went on in silence is believed"),
        pytest.param([(0, 100, 0), (1, 160, 0.3), (2, 161, 1)], 1.3, id="it cannot do 60 h in one"),
        pytest.param([(0, 100, 0), (1, 0.5, 0.5), (2, 1.5, 1)], 1.5, id="a reset counts what ran meanwhile"),
        pytest.param([(0, 100, 0), (1, 9999, 1), (2, 102, 1)], 2.0, id="a single wild reading is none"),
        pytest.param([(0, 100, 0), (1, 0, 0), (2, 101, 0.5)], 1.0, id="nor is a single zero"),
        pytest.param([(h, 100, 1) for h in range(30)], 30.0, id="a stuck counter yields to what ran"),
        pytest.param([(h, 100 + (h > 28), 1) for h in range(30)], 30.0, id="also when it moves again"),
        pytest.param(
            [(0, 100, 0), (1, 100, 1), (2, 101, 1), (3, 102, 1)], 2.0, id="a coarse counter is none that sticks"
        ),
        pytest.param([(0, -5, 0), (1, 100, 1), (2, 101, 1)], 2.0, id="no counter is below zero"),
    ],
)
def test_what_a_meter_has_grown_by(rows, grown):
    assert used(*rows) == grown


def test_a_replaced_meter_moves_nothing_but_the_offset():
    rows = [(0, 5000, 0.0), (1, 5001, 1.0), (10, 3.0, 1.0), (11, 4.0, 1.0)]
    state = advance(MeterState(), hours(*rows), (replaced(5, 5003, 0.0),))
    assert (state.used, state.total, state.offset) == (7.0, 5007.0, 5003.0)
    unsaid = advance(MeterState(), hours(*rows))
    assert unsaid.used == 3.0, "what grew on either meter in the silence is not known without their readings"
    assert advance(MeterState(), hours(*rows), (replaced(5, nan, 0.0),)).used == 5.0


def test_a_total_that_is_set_moves_what_is_shown_and_no_interval():
    rows = [(0, nan, 1.0), (1, nan, 1.0), (2, nan, 1.0)]
    assert not isfinite(advance(MeterState(), hours(*rows)).total)
    told = MeterChange(at_us=int(1.5 * HOUR_US), kind="set", new=4000.0)
    state = advance(MeterState(), hours(*rows), (told,))
    assert (state.used, state.total) == (3.0, 4001.0)
    late = advance(state, hours((3, 6000.0, 0.0), (4, 6001.0, 1.0)))
    assert (late.used, late.total) == (4.0, 4002.0), "a counter that comes later is an offset away from it"


Row = tuple[float, float, float]
READING = st.one_of(st.just(nan), st.floats(0, 50), st.sampled_from([0.0, 1.0, 2.0, 7000.0, -1.0]))
ROWS = st.lists(
    st.tuples(st.integers(1, 30), READING, st.one_of(st.floats(0, 1), st.just(nan))), min_size=1, max_size=25
)


def laid_out(steps: list[tuple[int, float, float]]) -> list[Row]:
    at, rows = 0, []
    for step, counter, run in steps:
        at += step
        rows.append((float(at), counter, run))
    return rows


def oracle(rows: list[Row]) -> float:
    """The same by looking at every pair of readings again; slices instead of a carry."""

    def ran(after: int, until: int) -> float:
        return sum(r for _, _, r in rows[after + 1 : until + 1] if isfinite(r))

    def fits(a: int, b: int) -> bool:
        grown = rows[b][1] - rows[a][1]
        return 0 <= grown <= rows[b][0] - rows[a][0] + 2.1

    read = [i for i, (_, c, _) in enumerate(rows) if isfinite(c) and c >= 0]
    if not read:
        return ran(-1, len(rows) - 1)
    total, last, moved, held = ran(-1, read[0]), read[0], read[0], None
    for i in read[1:]:
        if fits(last, i):
            grown = rows[i][1] - rows[last][1]
            if grown > 0:
                heard = ran(moved, i)
                total += heard if grown < heard - 2 and grown < 0.8 * heard else grown
                moved = i
            last, held = i, None
        elif held is not None and fits(held, i):
            total += ran(moved, held) + rows[i][1] - rows[held][1]
            last, moved, held = i, i, None
        else:
            held = i
    return total + ran(moved, len(rows) - 1)


@settings(max_examples=150, deadline=None)
@given(steps=ROWS)
def test_it_says_what_the_naive_oracle_says(steps):
    rows = laid_out(steps)
    assert used(*rows) == pytest.approx(oracle(rows), abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(steps=ROWS, cuts=st.lists(st.integers(0, 25), max_size=4), change=st.integers(0, 300))
def test_cutting_the_hours_anywhere_changes_nothing(steps, cuts, change):
    rows = laid_out(steps)
    said = replaced(change, 40.0, 0.0)
    whole = advance(MeterState(), hours(*rows), (said,))
    state, given_once = MeterState(), False
    edges = sorted({0, *(min(cut, len(rows)) for cut in cuts), len(rows)})
    for low, high in pairwise(edges):
        is_here = not given_once and (high == len(rows) or change < rows[high][0])
        state = advance(state, hours(*rows[low:high]), (said,) if is_here else ())
        given_once |= is_here
    assert state == whole or str(state) == str(whole)  # NaN is not equal to itself


@settings(max_examples=100, deadline=None)
@given(
    work=st.lists(st.sampled_from([0.0, 0.4, 1.0]), min_size=5, max_size=120),
    silent=st.lists(st.tuples(st.integers(0, 119), st.integers(1, 40)), max_size=3),
    resolution=st.sampled_from([0.0, 0.05, 1.0]),
    reset=st.one_of(st.none(), st.integers(3, 100)),
    has_counter=st.booleans(),
)
def test_a_machine_whose_hours_are_known(work, silent, resolution, reset, has_counter):
    quiet = {hour for begin, length in silent for hour in range(begin, begin + length)}
    counter, truth, rows, heard = 4000.0, [0.0], [], 0.0
    for hour, worked in enumerate(work):
        counter = 0.0 if hour == reset else counter + worked
        truth.append(truth[-1] + worked)
        if hour not in quiet:
            shown = counter if not resolution else np.floor(counter / resolution) * resolution
            rows.append((float(hour), float(shown) if has_counter else nan, worked))
            heard += worked
    if not rows:
        return
    found = used(*rows)
    known = truth[int(rows[-1][0]) + 1] - truth[int(rows[0][0])]
    assert found <= known + max(resolution, 0.1) + 1, "never more than it worked"
    assert found >= heard - 1 - resolution - 1, "nothing that was heard is lost"
    if has_counter and reset is None:
        assert found == pytest.approx(known, abs=1.0 + resolution), "and nothing of silence, with a counter"
    if not has_counter:
        assert found == pytest.approx(heard)


def test_use_a_day():
    day, grown = np.array([10, 11, 14, 16]), np.array([5.0, 9.0, 15.0, 45.0])
    assert daily_use(day, grown, at_most=14).tolist() == [4.0, 0.0, 0.0, 6.0, 15.0, 15.0]
    assert daily_use(day[:1], grown[:1], at_most=14).tolist() == []
