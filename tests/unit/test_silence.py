"""Machine silent: healthy time, and who is silent in it."""

import numpy as np
import pytest

from alerts.silence import NEVER_HEARD, HealthyTime, SilenceWatch

S = 1_000_000


def _brute(healthy: HealthyTime, at: int) -> int:
    return sum(max(0, end - max(start, at)) for start, end in zip(healthy.starts_us, healthy.ends_us, strict=True))


def test_healthy_time_since_an_instant_equals_a_sum_over_the_spans() -> None:
    random = np.random.default_rng(7)
    edges = np.sort(random.choice(10_000, 40, replace=False))
    healthy = HealthyTime([int(e) for e in edges[::2]], [int(e) for e in edges[1::2]])
    instants = random.integers(-100, 10_500, 500)
    expected = [_brute(healthy, int(at)) for at in instants]
    assert healthy.since(instants.astype(np.int64)).tolist() == expected


def test_a_hole_in_the_ticks_opens_a_new_span() -> None:
    healthy = HealthyTime()
    for second in [0, 1, 2, 30, 31]:
        healthy.extend(second * S, tick_us=S)
    assert healthy.starts_us == [0, 30 * S]
    assert healthy.ends_us == [2 * S, 31 * S]


@pytest.mark.parametrize(
    ("running", "healthy_s", "silent"),
    [
        pytest.param(True, 59, False, id="a second before the limit"),
        pytest.param(True, 60, True, id="at the limit"),
        pytest.param(False, 600, False, id="a parked machine is not silent"),
    ],
)
def test_a_machine_is_silent_after_the_limit_of_healthy_time(running: bool, healthy_s: int, silent: bool) -> None:
    watch = SilenceWatch(60 * S)
    watch.hear(np.array([5], np.int32), np.array([0], np.int64), np.array([0], np.int64), np.array([running]))
    for second in range(healthy_s + 1):
        watch.healthy.extend(second * S, tick_us=S)
    assert (5 in watch.newly_silent()) is silent


def test_nobody_is_silent_while_the_platform_was_down() -> None:
    watch = SilenceWatch(60 * S)
    watch.hear(np.array([5], np.int32), np.array([0], np.int64), np.array([0], np.int64), np.array([True]))
    for second in [*range(30), *range(3600, 3620)]:
        watch.healthy.extend(second * S, tick_us=S)
    assert len(watch.newly_silent()) == 0


@pytest.mark.parametrize(
    ("from_s", "to_s", "away"),
    [
        pytest.param(1, 2, False, id="before the hole"),
        pytest.param(1, 4, True, id="into the hole"),
        pytest.param(5, 8, True, id="inside the hole"),
        pytest.param(29, 31, True, id="out of the hole"),
        pytest.param(30, 31, False, id="after the hole"),
        pytest.param(-9, -1, False, id="before anything was heard"),
    ],
)
def test_a_hole_in_what_the_platform_heard(from_s: int, to_s: int, away: bool) -> None:
    healthy = HealthyTime([0, 30 * S, 50 * S], [3 * S, 40 * S, 60 * S])
    assert healthy.has_hole(from_s * S, to_s * S) is away


def test_what_is_known_of_machines_by_number() -> None:
    watch = SilenceWatch(60 * S)
    watch.hear(np.array([3, 5000], np.int32), np.array([7, 9]), np.array([6, 8]), np.array([True, False]))
    asked = np.array([5000, 3, 4], np.int32)
    assert watch.heard_us(asked).tolist() == [9, 7, NEVER_HEARD]
    assert watch.measured_us(asked).tolist() == [8, 6, NEVER_HEARD]
    assert watch.running(asked).tolist() == [False, True, False]
    assert watch.heard_us(np.empty(0, np.int32)).tolist() == []
