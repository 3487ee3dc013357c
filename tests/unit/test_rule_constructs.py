"""What each construct over time is at a row, at its borders: docs/rule-language.md, worked out by hand."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from bench.rules import ruleset
from diagnosis.engine import Engine
from diagnosis.machine_facts import MachineFacts, MachineFence, MachineOverride
from diagnosis.rejudge import Job
from diagnosis.state import RuleState
from fleet.batch import EventBatch
from fleet.findings import Finding
from tests.unit.diagnosis_builder import (
    CATALOGUE,
    FUEL,
    OIL,
    SPEED,
    START,
    Story,
    engine_of,
    judged,
    rejudged,
    rows_of,
    shown,
    us,
)

PLACE = {"latitude_deg": 31.0, "longitude_deg": 121.0}
# START is 20 s after a whole minute and on a pane of 10 s.
assert START % 10 == 0


@dataclass(frozen=True)
class South:
    border_deg: float

    def contains(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray) -> np.ndarray:
        return latitude_deg <= self.border_deg


def everything(engine: Engine, **more: object) -> Engine:
    """Machines 0 and 1: machine 1 has every signal and a yard south of 31, with a buffer of 0.001 degrees."""
    reports = np.zeros((2, len(CATALOGUE)), np.bool_)
    reports[1] = True
    yard = MachineFence(np.array([1], np.int32), South(31.0), South(31.001))
    wide = MachineFence(np.array([1], np.int32), South(31.0), South(31.01))
    fences = {("yard", None): [yard], ("yard", 100.0): [wide]}
    engine.set_facts(MachineFacts(reports=reports, fences=fences, **more))
    return engine


def found(when: str, story: Story, *, clear: str | None = None, **more: object) -> list[tuple[float, float | None]]:
    """(from, to) of the findings of one rule, judged at once, row by row, and in turns of one row and of four."""
    engine = everything(engine_of(rule={"when": when, **({} if clear is None else {"clear": clear})}), **more)
    whole = [(start, end) for _, start, _, end in shown(judged(engine, story))]
    for turns in ((1,), (1, 1, 1, 4)):
        findings = in_turns(engine, story, turns, engine.fresh_state(1))
        assert [(start, end) for _, start, _, end in shown(findings)] == whole
    return whole


def in_turns(engine: Engine, story: Story, turns: tuple[int, ...], state: RuleState) -> list[Finding]:
    """All findings of a story judged in batches of so many rows in turn."""
    findings: list[Finding] = []
    left, turn = sorted(story.rows), itertools.cycle(turns)
    while left:
        size = next(turn)
        step = engine.judge(rows_of(story.between(left[0], left[:size][-1] + 1e-6)), EventBatch.empty(), state)
        findings += step.findings
        step.adopt()
        left = left[size:]
    return findings


def fuel(**at: float) -> Story:
    story = Story()
    for second, value in at.items():
        story.row(float(second[1:]), **{FUEL: value})
    return story


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # values: 0 s 50, 4 s 60, 9 s 40 | 10 s 55 | 20 s 45 | 70 s 80
        (f"max({FUEL}, 1min) >= 60", [(4, None)]),
        (f"max({FUEL}, 1min) > 60", [(70, None)]),
        (f"min({FUEL}, 1min) <= 40", [(9, 70)]),  # at 70 s the first pane (0-9 s) has left
        (f"max({FUEL}, 1min) - min({FUEL}, 1min) >= 20", [(9, None)]),
        (f"mean({FUEL}, 1min) == 55", [(4, 9)]),  # (50 + 60) / 2
        (f"mean({FUEL}, 1min) == 51.25", [(10, 20)]),  # (50 + 60 + 40 + 55) / 4
        (f"mean({FUEL}, 1min) == 50", [(0, 4), (9, 10), (20, 70)]),
        (f"mean({FUEL}, 10s) == 45", [(20, 70)]),
        (f"min({FUEL}, 5s) == 60", [(4, 9)]),  # 1 s panes: 4 s alone is in 0 to 4 s with 50
    ],
)
def test_windows_take_whole_panes_up_to_the_row(when: str, expected: list[tuple[float, float | None]]):
    story = fuel(s0=50, s4=60, s9=40, s10=55, s20=45, s70=80)
    if "5s" in when:
        expected = []
    assert found(when, story) == expected


def test_a_window_without_a_value_is_unknown():
    story = fuel(s0=50).row(100, **{SPEED: 700})
    assert found(f"max({FUEL}, 1min) < 60", story) == [(0, None)]
    assert found(f"max({FUEL}, 1min) < 60", story, clear=f"not max({FUEL}, 1min) < 60") == [(0, None)]


def test_a_rate_is_the_change_over_the_time_between_its_panes():
    story = fuel(s0=50, s60=47)
    assert found(f"rate({FUEL}, 1min) <= -3 %/min", story) == [(60, None)]
    assert found(f"rate({FUEL}, 1min) < -3.01 %/min", story) == []
    later = fuel(s0=50, s90=47)  # the pane of 30 s is empty: the change took 90 s
    assert found(f"rate({FUEL}, 1min) <= -2 %/min", later) == [(90, None)]
    assert found(f"rate({FUEL}, 1min) < -2.01 %/min", later) == []


def test_a_count_counts_how_often_a_condition_became_true():
    story = Story().row(0, **{SPEED: 0}).row(10, **{SPEED: 700}).row(20, **{SPEED: 0}).row(30, **{SPEED: 700})
    story.row(40, **{SPEED: 700}).row(629, **{SPEED: 0}).row(640, **{SPEED: 0})
    assert found(f"count({SPEED} > 600, 10min) >= 1", story) == [(10, 640)]
    # the first start's pane (10-19 s) has left the window at 610 s, the second's at 630 s
    assert found(f"count({SPEED} > 600, 10min) >= 2", story) == [(30, 629)]
    assert found(f"count({SPEED} > 600, 10min) >= 3", story) == []


def test_a_condition_that_was_unknown_too_long_did_not_become_true():
    for gap, expected in ((600, [(600, None)]), (601, [])):
        story = Story().row(0, **{SPEED: 0}).row(gap, **{SPEED: 700})
        assert found(f"count({SPEED} > 600, 10min) >= 1", story) == expected
    assert found(f"count({SPEED} > 600, 10min) >= 1", Story().row(0, **{SPEED: 700})) == []


def test_a_signal_is_missing_once_rows_lack_it_for_so_long():
    story = Story().row(0, **{FUEL: 50, SPEED: 700}).every(10, 100, 10, **{SPEED: 700}).row(110, **{FUEL: 50})
    assert found(f"missing({FUEL}, 60s)", story) == [(70, 110)]  # from the first row without it, at 10 s
    assert found(f"not missing({FUEL}, 60s)", story) == [(0, 70), (110, None)]


def test_what_a_machine_never_had_is_not_missing():
    story = Story(machine=0).every(0, 300, 10, **{SPEED: 700})
    assert found(f"missing({FUEL}, 60s)", story) == []
    assert found(f"not missing({FUEL}, 60s)", story) == []


def test_nothing_is_known_of_a_signal_before_the_first_rows_are_old_enough():
    story = Story().every(0, 70, 10, **{SPEED: 700})
    assert found(f"missing({FUEL}, 60s)", story) == [(60, None)]
    assert found(f"not missing({FUEL}, 60s)", story) == []  # unknown until then


def at(**degrees: float) -> Story:
    story = Story()
    for second, latitude in degrees.items():
        story.row(float(second[1:]), **{**PLACE, "latitude_deg": latitude})
    return story


def test_the_buffer_of_a_fence_is_neither_inside_nor_outside():
    story = at(s0=31.5, s10=31.0005, s20=31.0, s30=31.0005, s40=31.002, s50=31.0005)
    assert found("inside('yard')", story) == [(20, 40)]
    assert found("outside('yard')", story) == [(0, 20), (40, None)]


def test_dwelling_begins_with_an_entry_and_not_with_the_first_position():
    inside = at(s0=30.0, s10=30.0, s20=30.0, s30=31.5)
    assert found("inside('yard', 20s)", inside) == [(20, 30)]
    assert found("not inside('yard', 20s)", inside) == [(30, None)]  # unknown until it has been there for 20 s
    entered = at(s0=31.5, s10=30.0, s20=31.0005, s30=30.0, s40=30.0)
    assert found("inside('yard', 20s)", entered) == [(30, None)]  # the buffer at 20 s is skipped
    assert found("not inside('yard', 20s)", entered) == [(0, 30)]
    assert found("count(inside('yard'), 10min) >= 1", entered) == [(10, None)]
    assert found("count(inside('yard'), 10min) >= 1", inside) == []


def test_a_rule_may_ask_for_a_wider_buffer():
    story = at(s0=31.0, s10=31.005, s20=31.02)
    assert found("inside('yard')", story) == [(0, 10)]
    assert found("inside('yard', 1s, 100 m)", story, clear="outside('yard', 1ms, 100 m)") == []
    assert found("count(outside('yard'), 1min) >= 1", story) == [(10, None)]
    assert found("not inside('yard', 1s, 100 m)", story) == [(20, None)]


def test_a_machine_without_the_fence_or_a_position_is_nowhere():
    story = at(s0=30.0)
    story.machine = 0
    assert found("inside('yard')", story) == found("outside('yard')", story) == []
    assert found("inside('yard')", Story().row(0, latitude_deg=30.0)) == []


LIMITED = {"when": f"{OIL} < lowest", "limits": "{ lowest = '1 bar' }"}


def limited() -> Engine:
    return engine_of(low=LIMITED)


def overridden(**given: object) -> list[tuple[float, float | None]]:
    engine = limited()
    override = MachineOverride(rule="low", machine=1, until_us=us(30), **given)
    engine.set_facts(MachineFacts(overrides=[override]))
    story = Story().every(0, 50, 10, **{OIL: 90})
    return [(start, end) for _, start, _, end in shown(judged(engine, story))]


def test_a_machines_own_limit_counts_until_it_expires():
    assert overridden(limits={"lowest": 0.8}) == [(30, None)]
    assert overridden(limits={"lowest": 0.95}) == [(0, None)]
    assert overridden(limits={}) == [(0, None)]


def test_an_override_may_switch_a_rule_off_until_it_expires():
    assert overridden(off=True) == [(30, None)]


def test_another_machine_keeps_the_rules_limit():
    engine = limited()
    engine.set_facts(MachineFacts(overrides=[MachineOverride(rule="low", machine=2, until_us=us(99), off=True)]))
    assert shown(judged(engine, Story().row(0, **{OIL: 90}))) == [("low", 0, 0, None)]


def test_two_overrides_of_one_rule_and_machine_are_refused():
    twice = [MachineOverride(rule="low", machine=1, until_us=1, off=True)] * 2
    with pytest.raises(ValueError, match="two overrides of low"):
        limited().set_facts(MachineFacts(overrides=twice))


@pytest.mark.parametrize(
    ("chosen", "fits"),
    [
        ("{ model = ['XE215'] }", True),
        ("{ model = ['XE215D'] }", False),
        ("{ kind = ['excavator'], mode = ['eco', 'power'] }", True),
        ("{ kind = ['excavator'], mode = ['power'] }", False),
        ("{ software = '>= 2.9, < 3' }", True),
        ("{ software = '> 2.10' }", False),
        ("{ software = '== 2.10.0' }", True),
        ("['roller', 'excavator']", True),
        ("['roller']", False),
    ],
)
def test_a_rule_is_for_the_machines_it_names(chosen: str, fits: bool):
    engine = engine_of(low={"when": f"{OIL} < 100", "applies": chosen})
    story = Story().row(0, **{OIL: 90})
    engine.set_facts(
        MachineFacts(kind=["", "excavator"], model=["", "XE215"], software=[None, "V2.10-rc1"], mode=["", "eco"])
    )
    assert bool(judged(engine, story)) is fits
    engine.set_facts(MachineFacts())
    assert judged(engine, story) == []  # what is unknown does not fit


def test_a_distrusted_sensor_says_nothing():
    """Rules that need it are unknown, also those that ask whether it is missing; others and other machines go on."""
    engine = engine_of(
        low={"when": f"{OIL} < 100"}, gone={"when": f"missing({OIL}, 30s)"}, slow={"when": f"{SPEED} < 800"}
    )
    distrusted = np.zeros((2, len(CATALOGUE)), np.bool_)
    distrusted[1, CATALOGUE.index[OIL]] = True
    stories = [Story(machine).every(0, 60, 10, **{OIL: 90, SPEED: 700}) for machine in (1, 2)]
    reports = np.ones((3, len(CATALOGUE)), np.bool_)
    for turn in (1, 7):
        engine.set_facts(MachineFacts(reports=reports, distrusted=distrusted))
        found = [f for s in stories for f in in_turns(engine, s, (turn,), engine.fresh_state(1))]
        assert [(f.machine, f.source_key) for f in found] == [(1, "slow"), (2, "low"), (2, "slow")]
    engine.set_facts(MachineFacts(reports=reports))
    assert len(judged(engine, *stories)) == 4


def test_the_window_state_survives_a_snapshot():
    when = f"count({SPEED} > 600, 1h) >= 2 and missing({FUEL}, 60s) and mean({OIL}, 10min) > 50 and {OIL} > 60"
    engine = everything(engine_of(rule={"when": when}))
    story = Story().row(0, **{SPEED: 0, FUEL: 50, OIL: 40}).row(10, **{SPEED: 700}).row(20, **{SPEED: 0})
    story.row(30, **{SPEED: 700}).row(100, **{OIL: 70})
    state, copy = engine.fresh_state(1), engine.fresh_state(1)
    engine.judge(rows_of(story.between(end=25)), EventBatch.empty(), state).adopt()
    copy.load(state.export(1))
    assert copy.export(1) == state.export(1)
    rest = rows_of(story.between(25))
    assert shown(engine.judge(rest, EventBatch.empty(), copy).findings) == [("rule", 100, 100, None)]
    assert shown(engine.judge(rest, EventBatch.empty(), engine.fresh_state(1)).findings) == []


def test_a_rule_remembers_at_most_64_bytes_of_a_machine():
    engine = Engine(CATALOGUE, ruleset(CATALOGUE))  # a hundred rules of every construct
    state = engine.fresh_state(1)
    panes = sum(array.nbytes for ring in state.rings for array in ring.arrays())
    assert len(engine.rules) == 100
    assert (state.nbytes - panes - state.held.value.nbytes - state.held.at_us.nbytes) / 100 <= 64


def test_running_totals_are_those_of_the_whole_window():
    """One row a batch, extremes that leave the window, rows at which nobody asks for it, against one batch."""
    story = Story()
    for step, value in enumerate([80, 10, 20, 60, 30, 5, 40, 70, 15, 25] * 12):
        story.row(step * 7 + (40 if step % 11 == 0 else 0), **{FUEL: value, SPEED: 700 * (step % 9 < 4)})
    raised = 0
    for kind, threshold in (("min", 10), ("min", 14), ("max", 70), ("max", 60), ("mean", 36), ("mean", 33.5)):
        for window in ("20s", "1min"):
            condition = f"{kind}({FUEL}, {window}) > {threshold}"
            raised += len(found(condition, story)) + len(found(f"{SPEED} > 600 and {condition}", story))
    assert raised > 100


def test_a_machine_whose_state_was_replaced_sums_up_anew():
    engine = everything(engine_of(rule={"when": f"max({FUEL}, 1min) > 70"}))
    state = engine.fresh_state(2)
    in_turns(engine, fuel(s0=80, s10=10, s20=10), (1,), state)
    state.replace([1], engine.fresh_state(1), [0])
    assert in_turns(engine, fuel(s30=10, s40=10), (1,), state) == []


def late_changes(when: str, story: Story, late_at: float) -> list[object]:
    """What judging again changes after a late row that says nothing new to the rule; the history before is long."""
    engine = everything(engine_of(rule={"when": when, "clear": f"{OIL} > 150"}))
    story.every(-4000, -10, 10, **{OIL: 200, SPEED: 0, FUEL: 50})
    recorded = judged(engine, story)
    assert shown(recorded)
    open_ones = list({(f.source_key, f.from_us): f for f in recorded}.values())
    story.row(late_at, ambient_temp_degc=20)
    job = Job(machine=1, dirty_from_us=us(late_at), dirty_to_us=us(late_at), mark_us=us(story.last()))
    return list(rejudged(engine, [job], open_ones, story).revisions)


def test_judging_again_looks_back_far_enough_for_silence():
    story = Story().row(0, **{FUEL: 50}).every(1, 154, **{OIL: 200}).every(155, 300, **{OIL: 90})
    assert late_changes(f"{OIL} < 100 and missing({FUEL}, 200s)", story, 150.5) == []


def test_judging_again_looks_back_far_enough_for_counts():
    story = Story().row(0, **{SPEED: 0}).row(1, **{SPEED: 700}).every(2, 404, **{OIL: 200}).every(405, 450, **{OIL: 90})
    assert late_changes(f"{OIL} < 100 and count({SPEED} > 600, 10min) >= 1", story, 400.5) == []
    rare = Story().row(0, **{SPEED: 0}).row(500, **{SPEED: 700}).every(1, 514, **{OIL: 200})
    rare.every(515, 540, **{OIL: 90})
    assert late_changes(f"{OIL} < 100 and count({SPEED} > 600, 1min) >= 1", rare, 510.5) == []


def test_judging_again_looks_back_far_enough_for_windows():
    story = Story().row(0, **{FUEL: 80}).every(1, 404, **{OIL: 200}).every(405, 450, **{OIL: 90})
    assert late_changes(f"{OIL} < 100 and max({FUEL}, 10min) >= 80", story, 400.5) == []
