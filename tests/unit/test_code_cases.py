"""Codes with one cause are one finding: what joins, what stays by itself, when it ends. See docs/fault-knowledge.md."""

from dataclasses import replace

import pytest

from diagnosis.code_cases import MOST_MEMBERS
from diagnosis.rejudge import Job
from fleet.findings import Finding, Severity
from tests.unit.diagnosis_builder import OIL, Story, engine_of, events_of, judged, rejudged, rows_of, seconds, us

SUPPLY = (3509, 4)
SENSORS = ((100, 4), (102, 4), (157, 4), (101, 4), (108, 4), (27, 4), (411, 4))
ENGINE = engine_of(codes=True)


def told(findings) -> list[tuple[str, str, float | None, float | None, list[str]]]:
    """(source key, cascade, from, to, codes) of the last word on each finding; a code with the seconds that it was
    active, * where it was raised by itself."""
    last = {(f.source_key, f.from_us): f for f in findings}
    return sorted(
        (f.source_key, f.cascade, seconds(f.from_us), seconds(f.to_us), [_code(member) for member in f.members])
        for f in last.values()
    )


def _code(member) -> str:
    end = "" if member.to_us is None else f"{seconds(member.to_us):g}"
    return f"{member.spn}/{member.fmi} {seconds(member.from_us):g}-{end}{'*' if member.apart else ''}"


def found(story: Story) -> list[Finding]:
    """The findings of a story judged in one batch, with what its codes became."""
    judgement = ENGINE.judge(rows_of(story), events_of(story), ENGINE.fresh_state())
    return [*judgement.findings, *judgement.grown]


def dm1(*snapshots: tuple[float, tuple[tuple[int, int], ...]]) -> Story:
    """One controller's DM1 at some seconds, and every second until the next one."""
    story = Story()
    for (at, codes), (end, _) in zip(snapshots, [*snapshots[1:], (snapshots[-1][0] + 1, ())], strict=True):
        for second in range(int(at), int(end)):
            story.dm1(second, *codes)
    return story


def test_one_broken_supply_with_eight_codes_is_one_finding():
    findings = found(dm1((0, (SUPPLY, *SENSORS)), (60, ())))
    assert told(findings) == [
        ("0/3509/4", "sensor_supply_lost", 0, 60, sorted([f"{s}/{f} 0-60" for s, f in (*SENSORS, SUPPLY)], key=_spn))
    ]
    assert {finding.severity for finding in findings} == {Severity.MEDIUM}


def _spn(code: str) -> int:
    return int(code.partition("/")[0])


def test_what_comes_after_its_root_joins_its_finding():
    story = dm1((0, (SUPPLY,)), (2, (SUPPLY, (100, 4))), (5, (SUPPLY, (100, 4), (102, 4))), (9, ()))
    assert told(found(story)) == [
        ("0/3509/4", "sensor_supply_lost", 0, 9, ["3509/4 0-9", "100/4 2-9", "102/4 5-9"]),
    ]


def test_a_root_after_its_followers_leaves_what_was_raised_and_lists_it():
    story = dm1((0, ((100, 4),)), (3, ((100, 4), SUPPLY)), (5, ((100, 4), SUPPLY, (102, 4))), (9, ()))
    assert told(found(story)) == [
        ("0/100/4", "", 0, 9, []),
        ("0/3509/4", "sensor_supply_lost", 3, 9, ["100/4 0-*", "3509/4 3-9", "102/4 5-9"]),
    ]


def test_sensors_that_fail_together_are_one_finding_named_after_the_cause_and_a_late_root_joins_it():
    story = dm1((0, SENSORS[:4]), (1, (*SENSORS[:4], SUPPLY)), (30, ()))
    (finding,) = told(found(story))
    assert finding[:4] == ("cascade:sensor_supply_lost:0", "sensor_supply_lost", 0, 30)
    assert finding[4] == ["100/4 0-30", "101/4 0-30", "102/4 0-30", "157/4 0-30", "3509/4 1-30"]


def test_what_two_controllers_miss_is_one_finding_of_the_link():
    story = Story()
    for second in range(5):
        story.dm1(second, (639, 9), (91, 9)).dm1(second, (84, 19), address=17)
    ((key, cascade, *_, codes),) = told(found(story))
    assert (key, cascade, len(codes)) == ("0/639/9", "can_link_lost", 3)


def test_a_graver_code_is_never_hidden_in_its_roots_finding():
    late = dm1((0, ((110, 15),)), (10, ((110, 15), (1569, 15))), (20, ((110, 15), (1569, 15), (1109, 31))), (30, ()))
    keys = {finding.source_key: finding for finding in found(late)}
    assert keys["0/110/15"].severity is Severity.LOW
    assert keys["0/1109/31"].severity is Severity.CRITICAL
    at_once = found(dm1((0, ((110, 15), (1109, 31))), (30, ())))
    assert [finding.source_key for finding in at_once] == ["0/110/15", "0/110/15"]
    assert at_once[0].severity is Severity.CRITICAL


def test_a_finding_lasts_as_long_as_any_of_its_codes():
    story = dm1((0, (SUPPLY, (100, 4))), (10, ((100, 4),)), (20, ((100, 4), (102, 4))), (30, ()))
    assert told(found(story)) == [
        ("0/102/4", "", 20, 30, []),
        ("0/3509/4", "sensor_supply_lost", 0, 30, ["100/4 0-30", "3509/4 0-10"]),
    ]


def test_a_root_that_comes_back_takes_over_who_outlived_it():
    story = dm1((0, (SUPPLY, (100, 4))), (10, ((100, 4),)), (20, ((100, 4), SUPPLY)), (30, ()))
    assert told(found(story)) == [
        ("0/3509/4", "sensor_supply_lost", 0, 20, ["100/4 0-20", "3509/4 0-10"]),
        ("0/3509/4", "sensor_supply_lost", 20, 30, ["100/4 0-30", "3509/4 20-30"]),
    ]


def test_a_follower_that_comes_back_is_a_finding_of_its_own():
    story = dm1((0, (SUPPLY, (100, 4))), (10, (SUPPLY,)), (20, (SUPPLY, (100, 4))), (30, ()))
    assert told(found(story)) == [
        ("0/100/4", "", 20, 30, []),
        ("0/3509/4", "sensor_supply_lost", 0, 30, ["100/4 0-10", "3509/4 0-30"]),
    ]


def test_a_finding_takes_no_more_codes_than_it_may():
    story = Story().dm1(0, (639, 9))
    story.dm1(1, (639, 9), *((2000 + number, 9) for number in range(MOST_MEMBERS + 10)))
    keys = [finding.source_key for finding in judged(ENGINE, story)]
    assert len(keys) == 1 + 11


def test_without_a_rule_for_codes_there_are_no_findings_of_them():
    assert judged(engine_of(low={"when": "engine_speed_rpm < 1"}), dm1((0, (SUPPLY, *SENSORS)), (5, ()))) == []


@pytest.mark.parametrize("cut", [2, 5, 7])
def test_a_restart_between_two_batches_goes_on_as_one(cut: int):
    story = dm1((0, (SUPPLY,)), (3, (SUPPLY, (100, 4))), (6, ((100, 4),)), (9, ()))
    first, then, state = story.between(end=cut), story.between(start=cut), ENGINE.fresh_state()
    before = ENGINE.judge(rows_of(first), events_of(first), state)
    before.adopt()
    after = ENGINE.fresh_state()
    after.load(state.export(1))
    rest = ENGINE.judge(rows_of(then), events_of(then), after)
    assert told([*before.findings, *before.grown, *rest.findings, *rest.grown]) == told(found(story))


def test_grown_findings_are_told_once():
    state = ENGINE.fresh_state()
    counts = []
    for codes in ((SUPPLY,), (SUPPLY, (100, 4)), (SUPPLY, (100, 4)), ((100, 4),), ()):
        story = Story().dm1(len(counts), *codes)
        judgement = ENGINE.judge(rows_of(story), events_of(story), state)
        judgement.adopt()
        counts.append((len(judgement.findings), len(judgement.grown)))
    assert counts == [(1, 0), (0, 1), (0, 0), (0, 1), (1, 0)]


def test_a_late_snapshot_of_the_root_gathers_what_was_raised_apart():
    """The supply's own code comes late: the sensors' findings become its own."""
    late = Story().dm1(3, SUPPLY, *SENSORS[:2])
    stored = dm1((4, SENSORS[:2]), (20, ()))
    recorded = [f for f in found(stored) if f.to_us is not None]
    assert len(recorded) == 2
    whole = Story(1, {}, [], sorted([*stored.faults, *late.faults]))
    job = Job(machine=1, dirty_from_us=us(3), dirty_to_us=us(3), mark_us=us(20))
    result = rejudged(ENGINE, [job], recorded, whole)
    kept = {(f.source_key, f.from_us): f for f in recorded}
    for revision in result.revisions:
        if revision.before is not None:
            del kept[revision.before.source_key, revision.before.from_us]
        if revision.after is not None:
            kept[revision.after.source_key, revision.after.from_us] = revision.after
    assert told(kept.values()) == told(found(whole))


def test_late_rows_that_change_only_a_findings_codes_revise_it():
    stored = dm1((0, (SUPPLY,)), (20, ()))
    (recorded,) = [f for f in found(stored) if f.to_us is not None]
    late = Story().dm1(7.5, SUPPLY, (100, 4))
    whole = Story(1, {}, [], sorted([*stored.faults, *late.faults]))
    job = Job(machine=1, dirty_from_us=us(7.5), dirty_to_us=us(7.5), mark_us=us(20))
    (revision,) = rejudged(ENGINE, [job], [recorded], whole).revisions
    assert revision.before == recorded
    assert revision.after == replace(recorded, cascade=revision.after.cascade, members=revision.after.members)
    assert told([revision.after]) == told(found(whole))


def test_a_cause_that_late_rows_found_to_be_older_explains_less():
    """Ten days after an empty DEF tank its inducement is no longer of it, however long nothing else came."""
    tank, inducement, days = (0, 1761, 17), (0, 4334, 18), 864_000
    stored = Story().listed(40, tank).listed(days + 38, tank, inducement).listed(days + 100).row(60, **{OIL: 300})
    recorded = [f for f in found(stored) if f.to_us is not None]
    assert [f.source_key for f in recorded] == ["0/1761/17"]
    whole = Story(1, stored.rows, [], sorted([*stored.faults, (36, *tank, True)]))
    job = Job(machine=1, dirty_from_us=us(36), dirty_to_us=us(36), mark_us=us(days + 100))
    after = [r.after for r in rejudged(ENGINE, [job], recorded, whole).revisions if r.after is not None]
    assert told(after) == told(found(whole)) == [
        ("0/1761/17", "", 36, days + 100, []),
        ("0/4334/18", "", days + 38, days + 100, []),
    ]  # fmt: skip


def test_the_live_state_learns_when_late_rows_found_an_open_finding_to_begin():
    stored, state = dm1((5, (SUPPLY, (100, 4))), (601, ())).between(end=601), ENGINE.fresh_state()
    live = ENGINE.judge(rows_of(stored), events_of(stored), state)
    live.adopt()
    whole = Story(1, {}, [], sorted([*stored.faults, *Story().dm1(3, SUPPLY, (100, 4)).faults]))
    job = Job(machine=1, dirty_from_us=us(3), dirty_to_us=us(3), mark_us=us(600))
    rejudged(ENGINE, [job], list(live.findings), whole).adopt(state)
    assert max(end for _, _, end in rejudged.reads) < 600, "it need not be judged to its end"
    ended = Story().dm1(601)
    (finding,) = ENGINE.judge(rows_of(ended), events_of(ended), state).findings
    assert told([finding]) == [("0/3509/4", "sensor_supply_lost", 3, 601, ["100/4 3-601", "3509/4 3-601"])]
