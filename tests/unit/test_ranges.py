"""The ledger's ranges against a set of numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ledger import MAX_RANGES, Ranges

BATCHES = st.lists(st.lists(st.integers(0, 60), max_size=12), max_size=12)


@given(BATCHES)
def test_ranges_equal_a_set_whatever_comes_in_which_order(batches: list[list[int]]) -> None:
    ranges, kept = Ranges(), set[int]()
    for batch in batches:
        before = ranges
        ranges, new = before.add(batch)
        for seq, is_new in zip(batch, new, strict=True):
            assert is_new == (seq not in kept)
            kept.add(seq)
        assert all((seq in ranges) == (seq in kept) for seq in range(-1, 62))
    assert {s for first, last in ranges.gaps() for s in range(first, last + 1)} == set(range(ranges.highest + 1)) - kept


@given(BATCHES)
def test_ranges_are_kept_in_their_shortest_form(batches: list[list[int]]) -> None:
    ranges, _ = Ranges().add([seq for batch in batches for seq in batch])
    borders = [ranges.through, *(edge for pair in ranges.above for edge in pair)]
    assert all(later > earlier + 1 for earlier, later in zip(borders[::2], borders[1::2], strict=False))


@pytest.mark.parametrize(
    ("kept", "through", "above", "gaps"),
    [
        pytest.param([0, 1, 2], 2, (), [], id="contiguous from 0"),
        pytest.param([1, 2], -1, ((1, 2),), [(0, 0)], id="the first is missing"),
        pytest.param([9, 8, 0, 3], 0, ((3, 3), (8, 9)), [(1, 2), (4, 7)], id="newest first"),
        pytest.param([-1, 0], 0, (), [], id="a message without a seq leaves no trace"),
    ],
)
def test_gaps_are_named(kept: list[int], through: int, above: object, gaps: object) -> None:
    ranges, _ = Ranges().add(kept)
    assert (ranges.through, ranges.above, ranges.gaps()) == (through, above, gaps)


def test_adding_leaves_the_old_ranges_as_they_were() -> None:
    before = Ranges(3, ((5, 6),))
    before.add([4, 9])
    assert before == Ranges(3, ((5, 6),))


def test_ranges_are_bounded_and_what_opens_one_more_is_not_listed() -> None:
    full, new = Ranges().add(range(1, 2 * MAX_RANGES, 2))
    assert (len(full.above), all(new)) == (MAX_RANGES, True)
    beyond = 2 * MAX_RANGES + 9
    same, new = full.add([beyond, beyond + 1, 7])
    assert (same, new) == (full, [False, False, False])
    longer, new = full.add([2 * MAX_RANGES, beyond])
    assert new == [True, False], "what continues a range has room"
    assert longer.above[-1] == (2 * MAX_RANGES - 1, 2 * MAX_RANGES)
    closed, new = full.add([4, beyond, beyond + 1, beyond + 5])
    assert new == [True, True, True, False], "a gap that closes makes room, for the lowest first"
    assert (len(closed.above), closed.above[-1]) == (MAX_RANGES, (beyond, beyond + 1))


@settings(deadline=None, max_examples=20)  # thousands of ranges
@given(BATCHES)
def test_bounded_ranges_take_everything_in_the_end(batches: list[list[int]]) -> None:
    """Whatever was not listed is sent again, as a machine does it, while the gaps below are filled."""
    far = [seq + 10 for batch in batches for seq in batch]
    ranges, _ = Ranges().add(range(1000, 1000 + 2 * MAX_RANGES, 2))
    for seqs in ([seq + 1002 for seq in far], far, range(1000 + 2 * MAX_RANGES), far):
        before = ranges
        ranges, new = before.add(list(seqs))
        assert len(ranges.above) <= MAX_RANGES
        assert [seq in ranges and seq not in before for seq in set(seqs)].count(True) == sum(new)
    assert ranges == Ranges(1000 + 2 * MAX_RANGES - 1)
