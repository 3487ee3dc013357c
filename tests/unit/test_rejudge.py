"""Late rows: what they change, what they leave alone, and how much history they make one read."""

import pytest

from diagnosis.engine import Engine
from diagnosis.rejudge import Job
from diagnosis.revision import Revision, revise
from fleet.batch import EventBatch
from tests.unit.diagnosis_builder import (
    OIL,
    SPEED,
    Story,
    engine_of,
    events_of,
    judged,
    rejudged,
    rows_of,
    seconds,
    shown,
    us,
)

ENGINE = engine_of(codes=True, low={"when": f"{OIL} < 100", "for": "10s", "clear": f"{OIL} > 140"})
GOOD, BAD, BETWEEN = {OIL: 200.0}, {OIL: 90.0}, {OIL: 120.0}
Change = tuple[tuple | None, tuple | None]


def late(live: Story, back: Story, engine: Engine = ENGINE) -> list[Change]:
    """Judge `live`, then `back` late: the changes. Checks the final findings, and that it goes on as it should."""
    state = engine.fresh_state()
    judgement = engine.judge(rows_of(live), events_of(live), state)
    judgement.adopt()
    recorded = {(f.source_key, f.from_us): f for f in judgement.findings}
    whole = Story(live.machine, {**live.rows, **back.rows}, live.errors + back.errors, live.faults + back.faults)
    job = Job(
        machine=live.machine,
        dirty_from_us=us(back.first()),
        dirty_to_us=us(back.last()),
        mark_us=int(state.marks([live.machine])[0]),
    )
    result = rejudged(engine, [job], list(recorded.values()), whole)
    for revision in result.revisions:
        if revision.before:
            del recorded[revision.before.source_key, revision.before.from_us]
    for revision in result.revisions:
        if revision.after:
            recorded[revision.after.source_key, revision.after.from_us] = revision.after
    result.adopt(state)
    goes_on = Story(live.machine).every(whole.last() + 1, whole.last() + 20, **GOOD)
    goes_on.listed(whole.last() + 20)
    rest = engine.judge(rows_of(goes_on), events_of(goes_on), state).findings
    after = Story(whole.machine, {**whole.rows, **goes_on.rows}, whole.errors, whole.faults + goes_on.faults)
    final = shown([*recorded.values(), *rest])
    assert final == shown(judged(engine, after)), "and it goes on from there as if nothing had been late"
    return [_change(revision) for revision in result.revisions]


def _change(revision: Revision) -> Change:
    before, after = (
        None if f is None else (seconds(f.from_us), seconds(f.to_us)) for f in (revision.before, revision.after)
    )
    return before, after


@pytest.mark.parametrize(
    ("live", "back", "changes"),
    [
        pytest.param(
            Story().every(0, 60, **GOOD).every(100, 160, **GOOD),
            Story().every(70, 90, **BAD),
            [(None, (70, 100))],
            id="an episode nobody had seen",
        ),
        pytest.param(Story().every(0, 60, **GOOD), Story().row(59.5, **BAD), [], id="a row that changes nothing"),
        pytest.param(
            Story().row(0, **GOOD).every(10, 30, **BAD),
            Story().every(2, 9, **BAD),
            [((10, None), (2, None))],
            id="it began earlier",
        ),
        pytest.param(
            Story().row(0, **GOOD).every(10, 30, **BAD),
            Story().row(15.5, **GOOD),
            [((10, None), (16, None))],
            id="it was interrupted before it fired",
        ),
        pytest.param(
            Story().row(0, **GOOD).every(10, 30, **BAD),
            Story().row(25.5, **GOOD),
            [((10, None), (10, 25.5))],
            id="it had ended, and did not come again",
        ),
        pytest.param(
            Story().row(0, **GOOD).row(1, 11, **BAD).row(100, **GOOD),
            Story().row(5, **GOOD),
            [((1, 100), None)],
            id="it never was",
        ),
        pytest.param(
            Story().row(0, **GOOD).every(1, 20, **BAD).row(100, **GOOD),
            Story().row(50, **GOOD),
            [((1, 100), (1, 50))],
            id="it ended earlier",
        ),
        pytest.param(
            Story().row(0, **GOOD).every(1, 20, **BAD).row(30, **GOOD).every(31, 50, **BAD).row(60, **GOOD),
            Story().error(30, OIL),
            [((31, 60), None), ((1, 30), (1, 60))],
            id="two were one",
        ),
        pytest.param(
            Story().row(0, **GOOD).every(1, 50, **BAD).row(60, **GOOD),
            Story().row(25.5, **GOOD),
            [((1, 60), (1, 25.5)), (None, (26, 60))],
            id="one was two",
        ),
        pytest.param(
            Story().row(0, **GOOD).row(8, 30, **BAD).row(40, **GOOD),
            Story().row(18, **BAD),
            [((8, 40), (8, 40))],
            id="it had held sooner",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).dm1(9, (100, 1)),
            Story().dm1(4),
            [((0, None), (0, 4)), (None, (9, None))],
            id="a code was gone meanwhile",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).row(4, 7, **BETWEEN).row(20, **GOOD),
            Story().dm1(3, (100, 1)),
            [((0, 7), (0, 20))],
            id="a code lived longer",
        ),
        pytest.param(
            Story().listed(10, (0, 100, 1)).every(11, 300, **GOOD),
            Story().listed(5, (0, 100, 1)),
            [((10, None), (5, None))],
            id="a listed code began earlier",
        ),
        pytest.param(
            Story().row(0, **GOOD).every(10, 30, **BAD).every(31, 1000, **BETWEEN),
            Story().every(2, 9, **BAD),
            [((10, None), (2, None))],
            id="what is still open began earlier, long ago",
        ),
        pytest.param(
            Story().dm1(0, (100, 1)).row(500, 501, **GOOD),
            Story().listed(3, (0, 100, 1)),
            [((0, 500), (0, None))],
            id="the terminal's list had it too, so the end of DM1 does not end it",
        ),
        pytest.param(
            Story().dm1(-1000, (100, 1)).row(500, 501, **GOOD),
            Story().row(0, **GOOD),
            [((-1000, 500), (-1000, 0))],
            id="a DM1 from before the look-back is found, and had run out",
        ),
    ],
)
def test_late_rows_change_what_they_must(live: Story, back: Story, changes: list[Change]):
    assert late(live, back) == changes


DAY = 86_400


def test_history_far_back_is_read_only_around_the_late_rows():
    live = Story().every(0, DAY, 30, **GOOD)
    late(live, Story().row(DAY / 2 + 1, **BAD))
    assert len(rejudged.reads) == 1
    (_, start, end) = rejudged.reads[0]
    assert DAY / 2 - 200 < start < end < DAY / 2 + 200


def test_a_long_unknown_is_looked_through_until_it_is_known():
    """Nothing but unknown rows for half an hour: the look-back grows until a known row settles the run."""
    live = Story().row(-1, **GOOD).row(0, **BAD).every(1, 1800, 1, **{SPEED: 1}).row(1801, **BAD).row(1900, **GOOD)
    live.every(-9000, -8000, 10, **GOOD)
    late(live, Story().row(1700.5, **{SPEED: 1}))
    assert 1 < len(rejudged.reads) < 6


def test_an_open_finding_needs_no_long_look_back():
    live = Story().row(-5000, **GOOD).every(0, 20, **BAD).every(30, 7200, 30, **BETWEEN)
    assert late(live, Story().row(7001, **BETWEEN)) == []
    assert len(rejudged.reads) == 1


def test_many_machines_at_once_each_in_its_own_time():
    stories = {machine: Story(machine).every(machine * 10, machine * 10 + 300, 5, **GOOD) for machine in range(50)}
    state, recorded, jobs, whole = ENGINE.fresh_state(), [], [], []
    judgement = ENGINE.judge(rows_of(*stories.values()), events_of(*stories.values()), state)
    judgement.adopt()
    for machine, story in stories.items():
        back = Story(machine).every(machine * 10 + 41, machine * 10 + 44, **BAD)
        back.row(machine * 10 + 46, machine * 10 + 56, **BAD) if machine % 2 else None
        story.rows.update(back.rows)
        if machine % 2:
            for at in (45, 50, 55):
                story.rows[machine * 10 + at] = dict(BAD)
        whole.append(story)
        first, last = us(min(back.rows)), us(max(back.rows))
        jobs.append(Job(machine=machine, dirty_from_us=first, dirty_to_us=last, mark_us=int(state.marks([machine])[0])))
    result = rejudged(ENGINE, jobs, recorded, *whole)
    assert shown(r.after for r in result.revisions) == shown(judged(ENGINE, *whole))
    assert {r.after.machine for r in result.revisions} == set(range(1, 50, 2))


def test_a_lost_state_is_rebuilt_from_store_and_records():
    story = (
        Story().row(0, **GOOD).every(10, 30, **BAD).every(31, 500, **BETWEEN).listed(40, (0, 100, 1)).dm1(498, (7, 2))
    )
    state = ENGINE.fresh_state()
    judgement = ENGINE.judge(rows_of(story), events_of(story), state)
    judgement.adopt()
    mark = int(state.marks([1])[0])
    job = Job(machine=1, dirty_from_us=mark + 1, dirty_to_us=mark + 1, mark_us=mark)
    result = rejudged(ENGINE, [job], list({(f.source_key, f.from_us): f for f in judgement.findings}.values()), story)
    assert result.revisions == ()
    rebuilt = ENGINE.fresh_state()
    result.adopt(rebuilt)
    assert rebuilt.marks([1]).tolist() == [mark]
    more = Story().row(502, **BETWEEN).row(510, **GOOD)
    assert ENGINE.judge(rows_of(more), EventBatch.empty(), rebuilt).findings == (
        ENGINE.judge(rows_of(more), EventBatch.empty(), state).findings
    )


def test_a_replay_from_nothing_gives_all_findings():
    story = Story().every(0, 20, **BAD).row(30, **GOOD).every(5000, 5020, **BAD).dm1(5010, (100, 1))
    job = Job(machine=1, dirty_from_us=us(0), dirty_to_us=us(5020), mark_us=us(5020))
    result = rejudged(ENGINE, [job], [], story)
    assert all(revision.before is None for revision in result.revisions)
    assert shown(revision.after for revision in result.revisions) == shown(judged(ENGINE, story))


def test_a_machine_without_history_is_done_at_once():
    job = Job(machine=1, dirty_from_us=us(0), dirty_to_us=us(0), mark_us=us(0))
    assert rejudged(ENGINE, [job], [], Story()).revisions == ()


def test_what_was_not_asked_for_is_refused():
    job = Job(machine=1, dirty_from_us=us(0), dirty_to_us=us(0), mark_us=us(0))
    with pytest.raises(ValueError, match="one job only"):
        rejudged(ENGINE, [job, job], [], Story())
    with pytest.raises(ValueError, match="code findings"):
        rejudged(engine_of(low={"when": "dtc(100)"}), [job], [], Story())


def test_revisions_never_leave_two_open_findings_of_a_source_on_the_way():
    (one,) = judged(ENGINE, Story().every(0, 20, **BAD))
    (other,) = judged(ENGINE, Story().every(40, 60, **BAD))
    assert revise([one], [other]) == [Revision(one, other)]
    assert revise([one], []) == [Revision(one, None)]
    assert revise([], [one]) == [Revision(None, one)]
    assert revise([one], [one]) == []


def test_a_signal_a_machine_never_reports_makes_one_read_little_more_than_an_hour():
    live = Story().every(0, DAY, 30, **{SPEED: 900})
    late(live, Story().row(DAY / 2 + 1, **{SPEED: 900}))
    assert len(rejudged.reads) == 3
    assert all(start > DAY / 2 - 3800 and end < DAY / 2 + 4000 for _, start, end in rejudged.reads)


WATER = "water_in_fuel"  # held for 30 s


def test_what_began_before_the_look_back_is_warmed_up_for():
    """A value from just before the look-back still clears at its first rows; what it hides must not count."""
    engine = engine_of(low={"when": f"{OIL} < 100", "for": "10s", "clear": f"{WATER} == 1 or {OIL} > 140"})
    live = Story().row(-200, **GOOD).row(-151, **{WATER: 1}).row(-149, **GOOD).row(-140, **BAD)
    live.every(-139, -1, 5, **{SPEED: 900}).row(1, 12, 20, **BAD)
    assert late(live, Story().row(0, **{SPEED: 900}), engine) == []


LONG = {"when": f"{OIL} < 100", "for": "200s", "clear": f"{OIL} > 140"}


def test_a_late_value_counts_for_as_long_as_it_is_held():
    engine = engine_of(low={**LONG, "clear": f"{WATER} == 1 or {OIL} > 140"})
    live = Story().row(-1, **GOOD).every(1, 400, 1, **BAD)
    assert late(live, Story().row(0, **{WATER: 1}), engine) == [((1, None), (31, None))]


def test_agreeing_that_nothing_is_open_is_not_enough():
    live = Story().row(-11, **GOOD).every(-10, 400, 1, **BAD)
    assert late(live, Story().row(0.5, **GOOD), engine_of(low=LONG)) == [((-10, None), (1, None))]


def test_conditions_that_ask_for_codes_are_alike_only_when_the_codes_are():
    engine = engine_of(codes=True, both={**LONG, "when": f"{OIL} < 100 and dtc(100)", "for": "2h"})
    live = Story().row(-11, **GOOD).every(-10, 8000, 4, **BAD).listed(-10, (0, 100, 1)).listed(140, (0, 100, 1))
    changes = late(live, Story().listed(1), engine)
    assert ((-10, None), (142, None)) in changes


@pytest.mark.parametrize(
    ("live", "back", "changes"),
    [
        pytest.param(
            Story().dm1(0, (100, 1)).row(500, 501, **GOOD),
            Story().listed(3, (0, 100, 1)),
            [((0, 500), (0, None))],
            id="open in both, but only one of them runs out",
        ),
        pytest.param(
            Story().dm1(-1000, (100, 1)).row(500, 501, **GOOD),
            Story().row(0, **GOOD),
            [((-1000, 500), (-1000, 0))],
            id="told long before the look-back, by nobody knows whom",
        ),
    ],
)
def test_codes_alone_need_a_witness(live: Story, back: Story, changes: list[Change]):
    """Without rules that would make one read on."""
    assert late(live, back, engine_of(codes=True)) == changes
