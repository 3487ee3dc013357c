"""What rules a condition over windows out without looking at the windows: never where it could be true."""

from typing import cast

import numpy as np
import pytest

from diagnosis.compiler import Mask, View, all_of
from diagnosis.frame import Frame, Part
from diagnosis.ranges import RangeTable
from fleet.batch import BoolArray, EventBatch
from tests.unit.diagnosis_builder import FUEL, OIL, SPEED, Story, engine_of, rows_of, us

LENGTH = 7
MACHINES = 5


@pytest.mark.parametrize("seed", range(4))
def test_a_range_holds_everything_of_the_last_panes(seed: int):
    """Random panes of some slots, forgotten now and then; against all values ever written."""
    chance, ranges = np.random.default_rng(seed), RangeTable(2)
    ranges.grow(MACHINES)
    written: list[list[tuple[int, float]]] = [[] for _ in range(MACHINES)]
    tight = 0
    for pane in np.cumsum(chance.integers(0, 4, 300)).tolist():
        slots = np.flatnonzero(chance.random(MACHINES) < 0.7)
        values = chance.normal(0, 1, (2, len(slots)))
        low, high = values.min(axis=0), values.max(axis=0)
        ranges.written(slots, np.full(len(slots), pane // LENGTH + 1, np.int32), low, high)
        for slot, least, greatest in zip(slots.tolist(), low.tolist(), high.tolist(), strict=True):
            written[slot] += [(pane, least), (pane, greatest)]
        if chance.random() < 0.05:
            ranges.forget(np.array([0]))
        for slot, told in enumerate(written):
            near = [value for at, value in told if at > pane - LENGTH]
            assert not near or (ranges.least[slot] <= min(near) and ranges.greatest[slot] >= max(near))
            older = [value for at, value in told if at > pane - 2 * LENGTH]
            tight += slot > 0 and bool(near) and ranges.least[slot] >= min(older)
    assert tight > 1000, "it also has to forget"


def test_nothing_is_known_of_a_slot_that_was_never_written():
    ranges = RangeTable(1)
    assert np.isnan(ranges.least).all()
    assert np.isnan(ranges.greatest).all()


def looked_up(when: str, fuel: list[float]) -> bool:
    """Whether a condition is true at the last row of machine 1; its windows must not have been summed up otherwise."""
    engine = engine_of(rule={"when": when})
    state, found = engine.fresh_state(1), []
    for step, value in enumerate(fuel):
        rows = rows_of(*(Story(m).row(step * 10, **{FUEL: value, SPEED: 700}) for m in range(1, 4)))
        judgement = engine.judge(rows, EventBatch.empty(), state)
        judgement.adopt()
        found += [f for f in judgement.findings if f.machine == 1]
    was_read = any(ring.totals for ring in state.rings)
    assert was_read or not found, "what is true was looked up"
    assert found or not was_read, "what cannot be true was not"
    return bool(found)


@pytest.mark.parametrize(
    ("when", "true"),
    [
        (f"max({FUEL}, 1min) - min({FUEL}, 1min) > 11", False),
        (f"max({FUEL}, 1min) - min({FUEL}, 1min) >= 10", True),
        (f"min({FUEL}, 1min) < 40", False),
        (f"min({FUEL}, 1min) <= 40", True),
        (f"mean({FUEL}, 1min) > 51", False),
        (f"mean({FUEL}, 1min) / 2 > 20", True),
        (f"mean({FUEL}, 1min) == 60", False),
        (f"abs(mean({FUEL}, 1min) - mean({FUEL}, 10min)) > 11", False),
        (f"abs(-max({FUEL}, 1min)) >= 50", True),
        (f"-min({FUEL}, 1min) > -40", False),
        (f"min({FUEL}, 1min) + min({FUEL}, 10min) < 80", False),
        (f"min({FUEL}, 1min) + {FUEL} < 81", True),
        (f"count({FUEL} > 60, 10min) >= 1", False),
        (f"count({FUEL} > 45, 10min) >= 1", True),
    ],
)
def test_windows_are_looked_at_only_where_they_could_decide(when: str, true: bool):
    assert looked_up(when, [50, 40, 50, 45, 40, 50]) is true


def test_a_mean_may_lie_outside_its_values_by_the_steps_it_is_counted_in():
    """0.001 as a float4 is 536870.96 steps of 2^-29: it counts as 536871 of them."""
    assert looked_up(f"mean({FUEL}, 1min) > 0.0010000001", [0.001] * 4)


def test_a_total_that_nobody_reads_is_dropped():
    """Machines ask for the window while they run; when they stand, their total is carried on for some batches."""
    engine = engine_of(rule={"when": f"{SPEED} > 600 and mean({FUEL}, 1min) > 20"})
    state, kept = engine.fresh_state(1), []
    for step in range(20):
        speed = 700 if step < 5 else 0
        rows = rows_of(*(Story(machine).row(step * 10, **{FUEL: 50, SPEED: speed}) for machine in (1, 2)))
        engine.judge(rows, EventBatch.empty(), state).adopt()
        kept.append(any(ring.totals for ring in state.rings))
    assert kept == [False] + [True] * 11 + [False] * 8


def test_what_is_true_nowhere_is_asked_first_the_next_time():
    asked: list[str] = []

    def mask(name: str, *, true: bool) -> Mask:
        def asks(_: View) -> BoolArray:
            asked.append(name)
            return np.full(3, true)

        return asks

    every = all_of([mask("a", true=True), mask("b", true=False), mask("c", true=True)], [mask("window", true=True)])
    view = Part(cast(Frame, None), np.arange(3))
    assert not every(view).any()
    assert not every(view).any()
    assert asked == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("when", "true"),
    [
        (f"delta({FUEL}, 1min) < -1", True),
        (f"delta({FUEL}, 1min) < -10", False),
        (f"rate({FUEL}, 1min) < -0.02 %/s", True),  # -2 % in 80 s: the panes of 60 and 70 s before are empty
        (f"rate({FUEL}, 1min) < -0.03 %/s", False),
        (f"count({FUEL} > 20, 1h) < 1 and {FUEL} < 49", True),
    ],
)
def test_bounds_of_changes_and_counts_leave_open_what_is_true(when: str, true: bool):
    story = Story().row(0, **{FUEL: 50}).row(80, **{FUEL: 48})
    engine = engine_of(rule={"when": when})
    state, found = engine.fresh_state(1), []
    for at in story.rows:
        judgement = engine.judge(rows_of(story.between(at, at + 1)), EventBatch.empty(), state)
        judgement.adopt()
        found += judgement.findings
    assert [finding.from_us for finding in found] == ([us(80)] if true else [])


def test_bounds_are_unknown_after_a_snapshot():
    """The ring comes back, its ranges do not: until two rings of panes are over nothing is ruled out."""
    engine = engine_of(rule={"when": f"min({FUEL}, 10min) < 20 and {OIL} > 100"})
    state, copy = engine.fresh_state(1), engine.fresh_state(1)
    first = rows_of(Story().row(0, **{FUEL: 10, OIL: 50}), Story(65).row(0, **{FUEL: 90, OIL: 50}))
    engine.judge(first, EventBatch.empty(), state).adopt()
    copy.load(state.export(1))
    for at in range(10, 600, 10):
        rows = rows_of(*(Story(machine).row(at, **{FUEL: 90, OIL: 50}) for machine in (1, 65)))
        engine.judge(rows, EventBatch.empty(), copy).adopt()
    last = rows_of(*(Story(machine).row(600 - 1, **{OIL: 200}) for machine in (1, 65)))
    assert [finding.machine for finding in engine.judge(last, EventBatch.empty(), copy).findings] == [1]
