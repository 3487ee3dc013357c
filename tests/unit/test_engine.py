"""From conditions to findings, one sentence of docs/rule-language.md at a time."""

import numpy as np
import pytest

from diagnosis.engine import Rows
from diagnosis.rows import NO_TIME
from fleet.batch import EventBatch
from tests.unit.diagnosis_builder import (
    CATALOGUE,
    FUEL,
    OIL,
    SPEED,
    VOLTS,
    Story,
    engine_of,
    events_of,
    judged,
    low,
    oil,
    rows_of,
    shown,
    us,
)


@pytest.mark.parametrize(
    ("story", "found"),
    [
        pytest.param(oil(*[90] * 10), [], id="nine seconds are too short"),
        pytest.param(oil(*[90] * 11), [("low", 0, 10, None)], id="ten seconds fire at the eleventh row"),
        pytest.param(oil(*[90] * 11, 120, 120), [("low", 0, 10, None)], id="between the limits it goes on"),
        pytest.param(oil(*[90] * 11, 120, 141), [("low", 0, 10, 12)], id="it ends where clear is true"),
        pytest.param(oil(*[90] * 9, 100, *[90] * 10), [], id="one row known false starts anew"),
        pytest.param(
            oil(*[90] * 11, 150, *[90] * 11), [("low", 0, 10, 11), ("low", 12, 22, None)], id="it can come back"
        ),
        pytest.param(oil(100, *[90] * 11), [("low", 1, 11, None)], id="exactly the limit is not below it"),
        pytest.param(
            Story().row(0, 60, **{OIL: 90}), [("low", 0, 60, None)], id="a gap counts towards for, up to max_gap"
        ),
    ],
)
def test_a_run_becomes_a_finding(story: Story, found: list):
    assert shown(judged(low(), story)) == found


def test_a_gap_counts_at_most_max_gap():
    engine = low(**{"for": "61s"})
    assert shown(judged(engine, Story().row(0, 3600, **{OIL: 90}))) == []
    assert shown(judged(engine, Story().row(0, 3600, 3601, **{OIL: 90}))) == [("low", 0, 3601, None)]


def test_after_an_hour_unconfirmed_a_run_starts_anew():
    engine = low(**{"for": "60s"})
    assert shown(judged(engine, Story().row(0, 3600, **{OIL: 90}))) == [("low", 0, 3600, None)]
    assert shown(judged(engine, Story().row(0, 3601, 3700, **{OIL: 90}))) == [("low", 3601, 3700, None)]


def test_a_rule_without_clear_ends_when_its_condition_is_known_false():
    engine = engine_of(low={"when": f"{OIL} < 100"})
    story = oil(90, 90).row(2, **{SPEED: 1}).row(60, **{SPEED: 1}).row(61, **{OIL: 100})
    assert shown(judged(engine, story)) == [("low", 0, 0, 61)]


def test_a_row_that_also_clears_does_not_hold():
    engine = engine_of(low={"when": f"{OIL} < 100", "clear": f"{SPEED} < 300"})
    story = Story().row(0, **{OIL: 90, SPEED: 0}).row(1, **{OIL: 90, SPEED: 400})
    assert shown(judged(engine, story)) == [("low", 1, 1, None)]


def test_a_value_is_held_for_its_hold_time_and_no_longer():
    engine = engine_of(both={"when": f"{OIL} < 100 and {SPEED} > 600"})
    story = Story().row(0, **{OIL: 90}).row(5, **{SPEED: 900}).row(6, **{SPEED: 900})
    assert shown(judged(engine, story)) == [("both", 5, 5, None)]
    assert judged(engine, Story().row(0, **{OIL: 90}).row(5.001, **{SPEED: 900})) == []


def test_unknown_neither_starts_nor_clears():
    engine = low()
    story = oil(*[90] * 5).every(5, 100, **{SPEED: 1}).row(101, **{OIL: 90}).every(102, 200, **{SPEED: 1})
    assert shown(judged(engine, story)) == [("low", 0, 101, None)]


@pytest.mark.parametrize(
    ("error_at", "found"),
    [
        pytest.param(0.5, [], id="an error after the value ends the hold"),
        pytest.param(0, [], id="a value at an error's instant does not count"),
        pytest.param(2, [], id="an error at the row's instant"),
        pytest.param(-1, [("both", 2, 2, None)], id="an earlier error changes nothing"),
        pytest.param(3, [("both", 2, 2, None)], id="a later error changes nothing"),
    ],
)
def test_a_sensor_error_ends_the_hold(error_at: float, found: list):
    engine = engine_of(both={"when": f"{OIL} < 100 and {SPEED} > 600"})
    story = Story().row(0, **{OIL: 90}).row(2, **{SPEED: 900}).error(error_at, OIL)
    assert shown(judged(engine, story)) == found
    state, together = engine.fresh_state(), []
    for part in (story.between(end=0), story.between(0, 0.2), story.between(0.2, 2), story.between(2)):
        judgement = engine.judge(rows_of(part), events_of(part), state)
        judgement.adopt()
        together += judgement.findings
    assert shown(together) == found


def test_a_new_value_after_an_error_counts():
    engine = engine_of(low={"when": f"{OIL} < 100"})
    assert shown(judged(engine, oil(90, 90, 90).error(0, OIL).error(1, OIL))) == [("low", 2, 2, None)]


def test_a_literal_is_rounded_as_the_signal_is_stored():
    assert shown(judged(engine_of(volts={"when": f"{VOLTS} >= 13.2"}), Story().row(0, **{VOLTS: 13.2})))
    assert not judged(engine_of(volts={"when": f"{VOLTS} > 13.2"}), Story().row(0, **{VOLTS: 13.2}))
    assert not judged(engine_of(volts={"when": f"{VOLTS} != 13.2"}), Story().row(0, **{VOLTS: 13.2}))
    assert shown(judged(engine_of(hours={"when": "engine_hours_h == 219.2"}), Story().row(0, engine_hours_h=219.2)))


def test_the_nominal_voltage_is_the_machines():
    engine = engine_of(volts={"when": f"{VOLTS} / nominal_voltage_v < 1"})
    engine.set_constants(nominal_voltage_v=np.array([np.nan, 12.0, 24.0, np.nan, 0.0]))
    found = judged(engine, *(Story(machine).row(0, **{VOLTS: 20}) for machine in range(6)))
    assert [finding.machine for finding in found] == [2]


def test_a_rule_may_be_for_some_kinds_of_machines():
    engine = engine_of(low={"when": f"{OIL} < 100", "applies_to": "roller"})
    engine.set_constants(nominal_voltage_v=np.empty(0), kind=["excavator", "roller", None])
    found = judged(engine, *(Story(machine).row(0, **{OIL: 1}) for machine in range(4)))
    assert [finding.machine for finding in found] == [1]


@pytest.mark.parametrize(
    ("window", "story", "found"),
    [
        pytest.param("10s", oil(*[90] * 5, *[80] * 6), [("drop", 10, 10, None)], id="against the pane 10 s ago"),
        pytest.param("10s", oil(90).row(14, **{OIL: 80}), [("drop", 14, 14, None)], id="an older pane stands in"),
        pytest.param("10s", oil(90).row(70, **{OIL: 80}), [("drop", 70, 70, None)], id="up to 60 s older"),
        pytest.param("10s", oil(90).row(71, **{OIL: 80}), [], id="but not 61 s"),
        pytest.param("1min", Story().row(0, 9, **{OIL: 90}).row(60, **{OIL: 80}), [("drop", 60, 60, None)], id="panes"),
        pytest.param(
            "1min",
            Story().row(0, **{OIL: 70}).row(9, **{OIL: 90}).row(60, **{OIL: 80}),
            [("drop", 60, 60, None)],
            id="the last value of the pane counts",
        ),
        pytest.param("1min", oil(90).row(59, **{OIL: 80}), [], id="not yet a minute"),
    ],
)
def test_delta_compares_with_the_pane_a_window_ago(window: str, story: Story, found: list):
    engine = engine_of(drop={"when": f"delta({OIL}, {window}) <= -10"})
    assert shown(judged(engine, story)) == found
    state, together = engine.fresh_state(), []
    for at in story.rows:
        judgement = engine.judge(rows_of(story.between(at, at + 0.5)), EventBatch.empty(), state)
        judgement.adopt()
        together += judgement.findings
    assert shown(together) == found


def test_the_oldest_pane_is_still_there_when_its_successor_was_written():
    """70 s apart on 1 s panes, and the present pane already has a value from an earlier batch."""
    engine = engine_of(drop={"when": f"delta({OIL}, 10s) <= -10", "for": "500ms"})
    state = engine.fresh_state()
    for part in (oil(90), Story().row(70, **{OIL: 80})):
        engine.judge(rows_of(part), EventBatch.empty(), state).adopt()
    last = engine.judge(rows_of(Story().row(70.5, **{OIL: 80})), EventBatch.empty(), state)
    assert shown(last.findings) == [("drop", 70, 70.5, None)]


def test_a_long_span_in_one_batch_reads_the_right_panes():
    """More panes in a batch than the ring has places."""
    engine = engine_of(drop={"when": f"delta({FUEL}, 10min) <= -5", "for": "60s"})
    story = Story().every(0, 7200, 10, **{FUEL: 60}).every(7210, 20000, 10, **{FUEL: 50})
    state = engine.fresh_state()
    first = engine.judge(rows_of(story.between(end=10000)), EventBatch.empty(), state)
    first.adopt()
    second = engine.judge(rows_of(story.between(10000)), EventBatch.empty(), state)
    assert shown([*first.findings, *second.findings]) == [("drop", 7210, 7270, 7810)]


def test_the_values_that_drove_a_finding_come_with_it():
    engine = engine_of(both={"when": f"{OIL} < 100 and {SPEED} > 600"})
    (finding,) = judged(engine, Story().row(0, **{OIL: 90, SPEED: 900, FUEL: 5}))
    assert finding.values == ((OIL, 90.0), (SPEED, 900.0))
    assert finding.version == engine.ruleset.version


def test_late_and_unsorted_rows_are_refused():
    engine = low()
    state = engine.fresh_state()
    engine.judge(rows_of(oil(90, 90)), EventBatch.empty(), state).adopt()
    with pytest.raises(ValueError, match="row of machine 1 is not later"):
        engine.judge(rows_of(Story().row(1, **{OIL: 90})), EventBatch.empty(), state)
    with pytest.raises(ValueError, match="event of machine 1 is not later"):
        engine.judge(rows_of(), events_of(Story().error(1, OIL)), state)
    rows = rows_of(Story().row(5, 6, **{OIL: 90}))
    with pytest.raises(ValueError, match="sorted"):
        engine.judge(Rows(rows.machine, rows.at_us[::-1], rows.values), EventBatch.empty(), state)


def test_an_event_moves_the_mark_too():
    engine = engine_of(codes=True)
    state = engine.fresh_state()
    engine.judge(rows_of(oil(1)), events_of(Story().dm1(3, (100, 1))), state).adopt()
    assert state.marks([1, 2, 10**6, -1]).tolist() == [us(3), NO_TIME, NO_TIME, NO_TIME]


CODES = engine_of(codes=True)


@pytest.mark.parametrize(
    ("story", "found"),
    [
        pytest.param(
            Story().dm1(0, (100, 1)).dm1(1, (100, 1), (110, 0)).dm1(2, (110, 0)),
            [("0/100/1", 0, 0, 2), ("0/110/0", 1, 1, None)],
            id="from the first snapshot with it to the first without",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).dm1(0, (100, 1), address=3).dm1(1, address=3),
            [("0/100/1", 0, 0, None), ("3/100/1", 0, 0, 1)],
            id="source addresses apart",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).every(1, 8, **{OIL: 1}), [("0/100/1", 0, 0, 6)], id="silent for more than 5 s"
        ),
        pytest.param(Story().dm1(0, (100, 1)).row(5, **{OIL: 1}), [("0/100/1", 0, 0, None)], id="exactly 5 s is not"),
        pytest.param(
            Story().dm1(0, (100, 1)).row(4000, **{OIL: 1}).dm1(4000, (100, 1)),
            [("0/100/1", 0, 0, None)],
            id="nothing went on meanwhile",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).dm1(6, address=3),
            [("0/100/1", 0, 0, 6)],
            id="another address's DM1 shows that traffic goes on",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).error(7, OIL), [("0/100/1", 0, 0, 7)], id="a sensor error shows it as well"
        ),
        pytest.param(
            Story().listed(0, (0, 100, 1), (-1, 7, 2)).every(1, 100, **{OIL: 1}).listed(50, (0, 100, 1)),
            [("-/7/2", 0, 0, 50), ("0/100/1", 0, 0, None)],
            id="a terminal's list stands until its next",
        ),
        pytest.param(
            Story().listed(0, (0, 100, 1)).listed(9), [("0/100/1", 0, 0, 9)], id="an empty list ends all of it"
        ),
    ],
)
def test_fault_codes(story: Story, found: list):
    assert shown(judged(CODES, story)) == found
    state, together = CODES.fresh_state(), []
    for at in sorted({*story.rows, *(e[0] for e in story.errors), *(f[0] for f in story.faults)}):
        part = story.between(at, at + 0.5)
        judgement = CODES.judge(rows_of(part), events_of(part), state)
        judgement.adopt()
        together += judgement.findings
    assert shown(together) == found


def test_a_condition_may_ask_for_a_code():
    engine = engine_of(codes=True, derate={"when": f"dtc(5246) and {SPEED} > 600", "for": "2s"})
    story = Story().every(0, 9, **{SPEED: 900}).listed(2, (0, 5246, 16)).listed(7)
    found = [finding for finding in judged(engine, story) if finding.source_kind == "rule"]
    assert shown(found) == [("derate", 2, 4, 7)]
    narrow = engine_of(codes=True, derate={"when": "dtc(5246, 15)"})
    assert [f.source_kind for f in judged(narrow, story)] == ["dtc", "dtc"]


def test_a_thousand_machines_do_not_mix():
    engine = low(**{"for": "1s"})
    stories = [oil(*[90 if machine % 7 == 0 else 200] * 2) for machine in range(1000)]
    for machine, story in enumerate(stories):
        story.machine = machine
    found = judged(engine, *stories)
    assert [finding.machine for finding in found] == list(range(0, 1000, 7))


def test_rows_of_a_reading_batch_are_sorted():
    rows = rows_of(Story(2).row(1, 0, **{OIL: 1}), Story(1).row(5, **{OIL: 2}))
    assert rows.machine.tolist() == [1, 2, 2]
    assert rows.at_us.tolist() == [us(5), us(0), us(1)]
    assert len(Rows.empty(len(CATALOGUE))) == 0
