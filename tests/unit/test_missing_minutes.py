"""Minutes without readings against a naive oracle that looks at one minute after the other."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usecases.missing_minutes import Facts, Reason, judge

COUNT = 60
minutes = st.integers(0, COUNT - 1)
spans = st.lists(st.tuples(st.integers(-5, COUNT), st.integers(1, 25)).map(lambda s: (s[0], s[0] + s[1])), max_size=3)


@st.composite
def facts(draw):
    present = np.zeros(COUNT, np.bool_)
    for first, last in draw(spans):
        present[max(0, first) : max(0, last)] = True
    statuses = draw(st.lists(st.tuples(st.integers(-9, COUNT - 1), st.booleans()), max_size=5))
    return Facts(
        count=COUNT,
        present=present,
        visible=draw(spans),
        installed=draw(spans),
        healthy=draw(st.none() | spans),
        refused=sorted(draw(st.sets(minutes, max_size=4))),
        statuses=sorted(statuses, key=lambda status: status[0]),
        off=frozenset(draw(st.sets(st.integers(-1, COUNT - 1), max_size=5))),
        lost=draw(spans),
        arriving=draw(spans),
    )


def within(minute, stretches):
    return any(first <= minute < last for first, last in stretches)


def gap_of(minute, known):
    first = last = minute
    while first > 0 and not known.present[first - 1] and within(first - 1, known.visible):
        first -= 1
    while last < COUNT and not known.present[last] and within(last, known.visible):
        last += 1
    return first, last


def oracle(minute, known):
    first, last = gap_of(minute, known)
    status = [online for at, online in known.statuses if at <= minute]
    began = known.healthy and minute >= min(a for a, _ in known.healthy)
    rules = [
        (Reason.NOT_VISIBLE, not within(minute, known.visible)),
        (Reason.PRESENT, bool(known.present[minute])),
        (Reason.NOT_INSTALLED, not within(minute, known.installed)),
        (Reason.PLATFORM_DOWN, bool(began) and not within(minute, known.healthy)),
        (Reason.REFUSED, minute in known.refused),
        (Reason.BACK_FILL, any(a <= last and b >= first for a, b in known.arriving)),
        (Reason.ENGINE_OFF, first - 1 in known.off and (first == 0 or within(first - 1, known.visible))),
        (Reason.OFFLINE, bool(status) and not status[-1]),
        (Reason.NOT_ARRIVED, within(minute, known.lost)),
        (Reason.UNKNOWN, True),
    ]
    return next(reason for reason, holds in rules if holds)


@settings(max_examples=400, deadline=None)
@given(known=facts())
def test_each_minute_has_the_reason_that_a_naive_look_at_it_gives(known):
    stretches = judge(known)
    told = {m: s.reason for s in stretches for m in range(s.first, s.last)}
    assert sum(s.last - s.first for s in stretches) == len(told), "no minute is told twice"
    for before, after in pairwise(stretches):
        assert before.last < after.first or (before.last == after.first and before.reason != after.reason)
    for minute in range(COUNT):
        assert told.get(minute, Reason.PRESENT) == oracle(minute, known)


def test_without_any_fact_everything_is_unknown():
    nothing = Facts(
        count=10,
        present=np.zeros(10, np.bool_),
        visible=[(0, 10)],
        installed=[(0, 10)],
        healthy=None,
        refused=[],
        statuses=[],
        off=frozenset(),
        lost=[],
        arriving=[],
    )
    (only,) = judge(nothing)
    assert (only.first, only.last, only.reason) == (0, 10, Reason.UNKNOWN)


@pytest.mark.parametrize("count", [0, 1])
def test_the_smallest_spans(count):
    known = Facts(
        count=count,
        present=np.ones(count, np.bool_),
        visible=[(0, count)],
        installed=[(0, count)],
        healthy=[],
        refused=[],
        statuses=[],
        off=frozenset(),
        lost=[],
        arriving=[],
    )
    assert judge(known) == []
