"""The table of an alarm's lifecycle is whole, leads nowhere twice, and every line of it is needed."""

import pytest

from alerts.lifecycle import HOLDS, LINES, Asks, Hold, HoldInput, Input, Lifecycle, TransitionKind, steps_of

JUDGED = (Input.OPEN, Input.CLOSED, Input.GONE)


def test_no_two_lines_are_for_the_same():
    keys = [(line.before, line.given, asks) for line in LINES for asks in line.asks]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.before} {line.given}")
def test_without_a_line_what_it_says_does_not_happen(line):
    without = steps_of(one for one in LINES if one is not line)
    for asks in line.asks:
        key = f"{line.before or 'new'} {line.given} {asks}"
        assert key not in without.to
        assert steps_of(LINES).to[key] == line.after


def test_judging_may_say_anything_of_any_alarm():
    """Whatever late readings bring, an alarm follows: there is no state in which judging is stuck."""
    known = steps_of(LINES).to
    for asks in Asks:
        assert {f"new {given} {asks}" for given in (Input.OPEN, Input.CLOSED)} <= set(known)
        assert {f"{state} {given} {asks}" for state in Lifecycle for given in JUDGED} <= set(known)


def test_from_every_state_there_is_a_way_to_normal():
    for asks in Asks:
        ways = {(line.before, line.after) for line in LINES if asks in line.asks}
        reached = {Lifecycle.NORMAL}
        while more := {before for before, after in ways if after in reached and before is not None} - reached:
            reached |= more
        assert reached == set(Lifecycle)


def test_what_people_may_do_with_an_alarm():
    by_itself = (*JUDGED, Input.SEEN_LIVE)
    told = {(line.before, line.given, asks) for line in LINES for asks in line.asks if line.given not in by_itself}
    seen, returned = Lifecycle.ACTIVE_UNACKNOWLEDGED, Lifecycle.RETURNED_UNACKNOWLEDGED
    expected = {(before, Input.ACKNOWLEDGE, asks) for before in (seen, returned) for asks in Asks}
    assert told == expected | {(Lifecycle.LATCHED, Input.RESET, asks) for asks in Asks}


def test_what_is_held_back_how_and_until_when():
    assert {(line.before, line.given, line.after) for line in HOLDS} == {
        (None, HoldInput.SHELVE, Hold.SHELVED),
        (Hold.SHELVED, HoldInput.UNSHELVE, None),
        (Hold.SHELVED, HoldInput.EXPIRE, None),
        (None, HoldInput.TAKE_OUT, Hold.OUT_OF_SERVICE),
        (Hold.SHELVED, HoldInput.TAKE_OUT, Hold.OUT_OF_SERVICE),
        (Hold.OUT_OF_SERVICE, HoldInput.RETURN, None),
        (Hold.SHELVED, HoldInput.SELL, None),
        (Hold.OUT_OF_SERVICE, HoldInput.SELL, None),
    }


def test_only_what_latches_is_ever_latched_and_it_is_acknowledged_by_then():
    into = [line for line in LINES if line.after is Lifecycle.LATCHED and line.before is not Lifecycle.LATCHED]
    assert all(line.asks == {Asks.RESET} for line in into)
    assert {(line.before, line.given) for line in into} == {
        (Lifecycle.ACTIVE_ACKNOWLEDGED, Input.CLOSED),
        (Lifecycle.RETURNED_UNACKNOWLEDGED, Input.ACKNOWLEDGE),
    }


def test_what_comes_back_by_late_readings_asks_again():
    back = [line for line in LINES if line.given is Input.OPEN and line.before not in {None, *ACTIVE}]
    assert len(back) == 3
    assert {line.after for line in back} == {Lifecycle.ACTIVE_UNACKNOWLEDGED}


def test_what_was_found_late_and_stands_calls_and_stays_where_it_is_with_people():
    confirmed = [line for line in LINES if line.given is Input.SEEN_LIVE]
    assert {(line.before, line.after) for line in confirmed} == {(state, state) for state in ACTIVE}
    assert all(line.asks == set(Asks) and line.kinds == (TransitionKind.CONFIRMED,) for line in confirmed)


ACTIVE = (Lifecycle.ACTIVE_UNACKNOWLEDGED, Lifecycle.ACTIVE_ACKNOWLEDGED)


def test_nothing_is_held_twice_and_every_way_of_holding_ends():
    keys = [(line.before, line.given) for line in HOLDS]
    assert len(keys) == len(set(keys))
    assert {line.given for line in HOLDS} == set(HoldInput)
    assert {line.before for line in HOLDS if line.after is None} == {line.after for line in HOLDS if line.after}


def test_every_kind_that_a_line_tells_is_a_kind_of_transition():
    told = {kind for line in LINES for kind in line.kinds} | {line.kind for line in HOLDS}
    assert told < set(TransitionKind)
