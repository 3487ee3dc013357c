"""The way back over several switches."""

import pytest

from usecases.way_back import before_last

FORWARD, BACK = False, True


@pytest.mark.parametrize(
    ("switches", "before"),
    [
        ([], None),
        ([(1, FORWARD)], None),
        ([(1, FORWARD), (3, FORWARD)], 1),
        ([(1, FORWARD), (3, FORWARD), (4, FORWARD)], 3),
        ([(1, FORWARD), (3, FORWARD), (4, FORWARD), (3, BACK)], 1),
        ([(1, FORWARD), (3, FORWARD), (4, FORWARD), (3, BACK), (1, BACK)], None),
        ([(1, FORWARD), (3, FORWARD), (4, FORWARD), (3, BACK), (5, FORWARD)], 3),
        ([(1, FORWARD), (3, FORWARD), (1, FORWARD)], 3),
        ([(1, FORWARD), (None, BACK), (2, FORWARD)], None),
    ],
)
def test_each_way_back_goes_further_back_and_never_to_what_it_left(switches, before):
    assert before_last(switches) == before
