"""Where items stand, when cycles begin, and how well the range of the due day is calibrated."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from alerts.maintenance.due import Cycle, Done, Now, add_months, first_cycle, next_cycle, standing
from alerts.maintenance.forecast import DRAWS, HORIZON_DAYS, NO_PATHS, PAST_DAYS, Paths, Range, paths
from alerts.maintenance.plan import DEFAULT_STAGES, Dimension, Item, Stage, State

H, DAYS = Dimension.HOURS, Dimension.DAYS
BEGAN = datetime(2026, 3, 31, 8, tzinfo=UTC)


def item(**given) -> Item:
    return Item(code="oil", zh="机油", en="Oil", **given)


def stood(one: Item, used: float, *, after_days: int = 20, wear_in: float | None = None, **cycle):
    at = BEGAN + timedelta(days=after_days)
    wear_at = None if wear_in is None else at + timedelta(days=wear_in)
    now = Now(at=at, day=at.date(), used={H: used}, wear_at=wear_at)
    return standing(one, Cycle(number=1, began_at=BEGAN, from_day=BEGAN.date(), **cycle), now, DEFAULT_STAGES)


@pytest.mark.parametrize(
    ("given", "used", "state"),
    [
        pytest.param({"every_h": 500}, 449.9, State.OK, id="fifty hours before are not there yet"),
        pytest.param({"every_h": 500}, 450, State.SOON, id="fifty hours before"),
        pytest.param({"every_h": 500}, 500, State.DUE, id="due"),
        pytest.param({"every_h": 500}, 525, State.OVERDUE, id="overdue"),
        pytest.param({"every_h": 50}, 24, State.OK, id="no stage comes before half the interval"),
        pytest.param({"every_h": 50}, 25, State.SOON, id="half of a short interval"),
        pytest.param({"every_h": 500, "every_months": 1}, 0, State.SOON, id="the first of several: ten days are left"),
        pytest.param({"every_h": 100, "every_months": 1}, 130, State.OVERDUE, id="or the hours"),
    ],
)
def test_where_an_item_stands(given, used, state):
    assert stood(item(**given), used).state is state


def test_a_meter_that_was_never_heard_says_nothing():
    at = BEGAN + timedelta(days=300)
    now = Now(at=at, day=at.date(), used={})
    found = standing(item(every_h=10), Cycle(number=1, began_at=BEGAN, from_day=BEGAN.date()), now, DEFAULT_STAGES)
    assert (found.state, found.left) == (State.OK, {})


def test_wear_makes_due_once_the_cycle_is_old_enough():
    worn = item(wear="air_filter_restriction")
    assert stood(worn, 0, wear_in=10).state is State.SOON
    assert stood(worn, 0, wear_in=-1).state is State.DUE
    assert stood(worn, 0, wear_in=-1, after_days=14).state is State.OK


def test_a_plans_own_stages():
    stages = (Stage(key="order", h=-200), Stage(key="due", h=0))
    cycle = Cycle(number=1, began_at=BEGAN, from_day=BEGAN.date())
    now = Now(at=BEGAN, day=BEGAN.date(), used={H: 310})
    found = standing(item(every_h=500), cycle, now, stages)
    assert (found.stage, found.state, found.left) == (0, State.SOON, {H: 190})


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
        (date(2026, 5, 31), 12, date(2027, 5, 31)),
    ],
)
def test_months_later(day, months, then):
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("recurrence", "total", "left"),
    [
        pytest.param("floating", 5123.0, 377.0, id="as if every service had been done in time"),
        pytest.param("once", 40.0, 460.0, id="a running-in service counts from zero"),
        pytest.param("once", 501.0, None, id="one whose time is past does not begin"),
        pytest.param("floating", None, 380.0, id="without a total from where it was first heard"),
    ],
)
def test_the_first_cycle_of_a_machine_without_a_record(recurrence, total, left):
    one = item(every_h=500, recurrence=recurrence)
    now = Now(at=BEGAN, day=BEGAN.date(), used={H: 120.0})
    cycle = first_cycle(one, now, {} if total is None else {H: total})
    assert (cycle and standing(one, cycle, now, DEFAULT_STAGES).left[H]) == left


@pytest.mark.parametrize(
    ("recurrence", "used", "left"),
    [
        pytest.param("floating", 480, 250, id="a whole interval from where it was done"),
        pytest.param("fixed", 240, 260, id="early work moves nothing"),
        pytest.param("fixed", 260, 240, id="nor does late work"),
        pytest.param("fixed", 480, 270, id="nearer to the next point it ends that one too"),
        pytest.param("fixed", 10, 240, id="in the first half of an interval it ends none"),
    ],
)
def test_the_next_cycle(recurrence, used, left):
    one = item(every_h=250, recurrence=recurrence)
    cycle = Cycle(number=3, began_at=BEGAN, from_day=BEGAN.date())
    done_at = BEGAN + timedelta(days=40)
    following = next_cycle(one, cycle, Done(at=done_at, day=done_at.date(), used={H: used}))
    now = Now(at=done_at, day=done_at.date(), used={H: 0.0})
    assert (following.number, standing(one, following, now, DEFAULT_STAGES).left) == (4, {H: left})


def test_fixed_months_stay_on_their_day():
    one = item(every_months=1, recurrence="fixed")
    cycle = Cycle(number=1, began_at=BEGAN, from_day=date(2026, 1, 31))
    late = Done(at=BEGAN, day=date(2026, 3, 4), used={})
    assert next_cycle(one, cycle, late).from_day == date(2026, 2, 28)
    assert next_cycle(item(every_months=1), cycle, late).from_day == date(2026, 3, 4)


def test_a_monthly_inspection_that_is_done_on_its_first_day_is_due_in_a_month():
    one = item(every_months=1, recurrence="fixed")
    cycle = Cycle(number=1, began_at=BEGAN, from_day=date(2026, 11, 22))
    following = next_cycle(one, cycle, Done(at=BEGAN, day=date(2026, 11, 22), used={}))
    assert add_months(following.from_day, 1) == date(2026, 12, 22)


def test_hours_read_on_the_spot_count_from_there():
    one = item(every_h=250)
    done = Done(at=BEGAN, day=BEGAN.date(), used={H: 250.0}, read_more={H: 6.0})
    following = next_cycle(one, Cycle(number=1, began_at=BEGAN, from_day=BEGAN.date()), done)
    now = Now(at=BEGAN, day=BEGAN.date(), used={H: 6.0})
    assert standing(one, following, now, DEFAULT_STAGES).left[H] == 250.0


def test_nothing_follows_a_running_in_service():
    cycle = Cycle(number=1, began_at=BEGAN, from_day=BEGAN.date())
    assert next_cycle(item(every_h=50, recurrence="once"), cycle, Done(at=BEGAN, day=BEGAN.date(), used={})) is None


def days_of(length: int, first_weekday: int = 0) -> np.ndarray:
    return (np.arange(length) + first_weekday) % 7 < 6  # Sundays off


def test_days_on_which_the_site_is_closed_stay_closed():
    worked = days_of(56)
    use = np.where(worked, 8.0, 0.0)
    ahead = days_of(HORIZON_DAYS)
    ahead[10:20] = False  # a holiday
    found = paths({H: use}, worked, ahead, np.random.default_rng(1))
    assert found.due({H: 80.0}) == Range(low=21, middle=21, high=21)  # nine days of work, ten off, and one Sunday
    assert found.due({H: 80.0, DAYS: 4.0}) == Range(low=4, middle=4, high=4)
    assert found.due({H: 0.0}) == Range(low=0, middle=0, high=0)
    assert found.due({H: 1e6}) == Range(low=None, middle=None, high=None)
    assert found.due({Dimension.FUEL: 10.0}) is None


def test_too_little_is_known_of_two_weeks():
    assert paths({H: np.full(14, 8.0)}, days_of(14), days_of(HORIZON_DAYS), np.random.default_rng(1)) is NO_PATHS
    assert NO_PATHS.due({DAYS: 3.2}) == Range(low=4, middle=4, high=4)
    assert NO_PATHS.due({H: 3.0}) is None
    assert NO_PATHS.due({H: 4.2, DAYS: 181.0}) is None, "the hours may be over tomorrow"
    assert NO_PATHS.due({H: -1.0, DAYS: 181.0}) == Range(low=0, middle=0, high=0)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        pytest.param("even", 0.78, 0.95, id="used evenly"),
        pytest.param("weekly", 0.74, 0.90, id="each week another"),
        pytest.param("projects", 0.62, 0.90, id="three-week projects and standstills"),
    ],
)
def test_the_range_is_calibrated_on_simulated_use(kind, least, most):
    """300 machines with days off and repairs: the true day lies in the range about four times in five."""
    draw, held, days = np.random.default_rng(7), 0, PAST_DAYS + HORIZON_DAYS
    for _ in range(300):
        worked = days_of(days, int(draw.integers(7)))
        use = np.where(worked, np.clip(level_of(kind, days, draw) + draw.normal(0, 1.5, days), 0, 20), 0)
        use *= draw.random(days) > 0.08
        left = float(draw.uniform(40, 400))
        found = paths({H: use[:PAST_DAYS]}, worked[:PAST_DAYS], worked[PAST_DAYS:], draw).due({H: left})
        true = int((np.cumsum(use[PAST_DAYS:]) < left).sum())
        low, high = (HORIZON_DAYS if day is None else day for day in (found.low, found.high))
        held += low <= true <= high
    assert least <= held / 300 <= most, held / 300


def level_of(kind: str, days: int, draw: np.random.Generator) -> np.ndarray:
    """Hours a working day."""
    if kind == "even":
        return np.full(days, draw.uniform(3, 10))
    length = 7 if kind == "weekly" else 21
    spans = days // length + 2
    level = draw.gamma(6.0, 1.2, size=spans) if kind == "weekly" else draw.choice([1.0, 6.0, 9.0], size=spans)
    return np.repeat(level, length)[int(draw.integers(length)) :][:days]


def test_paths_have_their_shapes():
    found = paths({H: np.ones(56)}, days_of(56), days_of(30), np.random.default_rng(1))
    assert isinstance(found, Paths)
    assert found.summed[H].shape == (DRAWS, 30)
