"""Arithmetic on stretches of time against sets of single microseconds."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from storage.read_readings import Span
from usecases.read_spans import difference, intersection, length_us, touched_cells, union, whole_cells

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6).map(
    lambda pairs: union(Span(min(p), max(p)) for p in pairs)
)


def points(some):
    return {t for s in some for t in range(s.from_us, s.to_us)}


def is_clean(some):
    return all(s.from_us < s.to_us for s in some) and all(a.to_us <= b.from_us for a, b in pairwise(some))


@given(spans, spans)
def test_union_intersection_and_difference_are_those_of_sets(left, right):
    assert points(union([*left, *right])) == points(left) | points(right)
    assert points(intersection(left, right)) == points(left) & points(right)
    assert points(difference(left, right)) == points(left) - points(right)
    assert is_clean(difference(left, right))
    assert is_clean(intersection(left, right))
    assert length_us(left) == len(points(left))


@given(spans, st.integers(1, 13))
def test_cells_are_whole_inside_and_touched_outside(some, width):
    whole, touched = points(whole_cells(some, width)), points(touched_cells(some, width))
    assert whole <= points(some) <= touched
    assert touched == {t for p in points(some) for t in range(p // width * width, p // width * width + width)}
    assert all(set(range(t // width * width, t // width * width + width)) <= whole for t in whole)
