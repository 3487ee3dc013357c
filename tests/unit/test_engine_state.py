"""What the engine remembers between batches: adopted after the commit, written to snapshots and read back."""

import pytest

from diagnosis.state import RuleState, partition_of
from fleet.batch import EventBatch
from fleet.errors import InvalidInput
from tests.unit.diagnosis_builder import (
    FUEL,
    LOW,
    OIL,
    SPEED,
    Story,
    engine_of,
    events_of,
    low,
    oil,
    rows_of,
    shown,
    us,
)


def test_nothing_is_remembered_before_adopt():
    engine, story = low(), oil(*[90] * 11)
    state = engine.fresh_state()
    first = engine.judge(rows_of(story.between(end=6)), EventBatch.empty(), state)
    assert state.machines().tolist() == []
    engine.judge(rows_of(story.between(end=6)), EventBatch.empty(), state).adopt()
    assert state.marks([1]).tolist() == [us(5)]
    rest = rows_of(story.between(6))
    assert shown(engine.judge(rest, EventBatch.empty(), state).findings) == [("low", 0, 10, None)]
    assert shown(engine.judge(rest, EventBatch.empty(), state).findings) == [("low", 0, 10, None)]
    assert first.findings == ()


def state_after(engine, *stories: Story) -> RuleState:
    state = engine.fresh_state(1)
    engine.judge(rows_of(*stories), events_of(*stories), state).adopt()
    return state


def story_with_everything(machine: int) -> Story:
    story = Story(machine).every(0, 700, 10, **{OIL: 90, FUEL: 60}).dm1(695, (100, 1)).listed(699, (3, 7, 2))
    return story.error(699, SPEED)


def test_a_snapshot_brings_a_partition_back():
    engine = engine_of(codes=True, low=LOW, drop={"when": f"delta({FUEL}, 10min) <= -5"})
    state = state_after(engine, story_with_everything(1), story_with_everything(65), story_with_everything(2))
    content = state.export(1)
    copy = engine.fresh_state(1)
    copy.load(content)
    assert copy.machines().tolist() == [1, 65]
    assert copy.export(1) == content
    more = Story(65).row(710, **{OIL: 200, FUEL: 50})
    assert engine.judge(rows_of(more), events_of(more), copy).findings == (
        engine.judge(rows_of(more), events_of(more), state).findings
    )
    assert len(engine.judge(rows_of(more), events_of(more), copy).findings) >= 2
    assert copy.export(5) == engine.fresh_state().export(5)


def test_a_changed_rule_starts_afresh_and_the_others_go_on():
    old = engine_of(low=LOW, slow={"when": f"{SPEED} < 300", "for": "10s"})
    story = Story().every(0, 9, **{OIL: 90, SPEED: 200})
    content = state_after(old, story).export(1)
    new = engine_of(
        fast={"when": f"{SPEED} > 300"}, low={**LOW, "for": "12s"}, slow={"when": f"{SPEED} < 300", "for": "10s"}
    )
    state = new.fresh_state()
    state.load(content)
    rest = Story().every(10, 12, **{OIL: 90, SPEED: 200})
    assert shown(new.judge(rows_of(rest), EventBatch.empty(), state).findings) == [("slow", 0, 10, None)]


def test_what_is_no_snapshot_is_refused():
    state = low().fresh_state()
    with pytest.raises(InvalidInput, match="not a rule-state snapshot"):
        state.load(b"PK\x03\x04 no")


def test_partitions_and_size():
    assert partition_of([0, 63, 64, 129]).tolist() == [0, 63, 0, 1]
    assert low().fresh_state(1000).nbytes > 1000 * 50


def test_dropping_a_machine_forgets_it():
    engine = engine_of(codes=True, low=LOW)
    state = state_after(engine, story_with_everything(1), story_with_everything(2))
    state.drop([1, 10**9])
    assert state.machines().tolist() == [2]
    assert not list(state.codes.active(1))
    again = Story(1).every(0, 10, **{OIL: 90})
    assert shown(engine.judge(rows_of(again), EventBatch.empty(), state).findings) == [("low", 0, 10, None)]
