"""The numbers of work briefs against a recount of single readings, machine by machine, that knows no arrays."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fleet.errors import InvalidInput
from usecases.briefs.brief import BriefNumbers, numbers_of
from usecases.briefs.numbers import Calendar, DayNumbers, count_days
from usecases.briefs.periods import Days, bounds_us, days_before, days_of
from usecases.briefs.quarters import (
    COARSE_KM,
    COUNTERS,
    FINE_KM,
    FUEL,
    HOURS,
    MOST,
    CounterQuarters,
    RateQuarters,
    WorkQuarters,
)

QUARTER_US = 900_000_000
ZONES = (
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Australia/Lord_Howe"),
)
# Berlin sets its clocks back on 2026-10-25, Lord Howe forward by half an hour on 2026-10-04.
PERIODS = (Days(date(2026, 10, 23), date(2026, 10, 27)), Days(date(2026, 10, 2), date(2026, 10, 6)))


@dataclass
class Story:
    """Readings of one machine: counter -> (at_us, value); seconds of states by quarter; the fuel rate; how much of the
    time is heard."""

    zone: int
    heard: float = 1.0
    counters: dict[int, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    seconds: dict[int, list[float]] = field(default_factory=dict)
    rates: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))


def a_story(rng: np.random.Generator, days: Days) -> Story:
    """Some days with silences, counters that are reset or jump, idle and mixed quarter hours; three machines of four
    burn what they burn by what they do, and some of them are heard half of the time or a third."""
    story = Story(zone=int(rng.integers(len(ZONES))), heard=float(rng.choice([1.0, 0.5, 1 / 3])))
    at = int(datetime.combine(days.first, datetime.min.time(), UTC).timestamp()) * 1_000_000 - 2 * 86_400_000_000
    end = at + (len(days) + 4) * 86_400_000_000
    tells = [counter for counter in range(len(COUNTERS)) if rng.random() < 0.7]
    value = [1000.0, 50.0, 300.0, 300.0]
    is_odd, never_idles_only = rng.random() < 0.25, rng.random() < 0.5
    while at < end:
        before, at = at, at + int(rng.choice([60, 300, 420, 3_000, 40_000], p=[0.3, 0.3, 0.3, 0.09, 0.01])) * 1_000_000
        quarter = at // QUARTER_US * QUARTER_US
        if quarter not in story.seconds:
            idle = 900.0 if rng.random() < 0.4 and not never_idles_only else float(rng.integers(0, 400))
            told = [900.0 - idle, 0.0, idle, 0.0] if rng.random() < 0.9 else [0.0, 0.0, 0.0, 900.0]
            story.seconds[quarter] = [one * story.heard for one in told]
        working, _, idle, _ = (one / story.heard / 900.0 for one in story.seconds[quarter])
        story.rates[quarter].append(float(rng.integers(2, 20)))
        grows_by = [MOST[FUEL] / 8 * working + MOST[FUEL] / 40 * idle, working + idle, MOST[2] / 4, MOST[3] / 4]
        for counter in tells:
            odd = rng.random() * MOST[counter] / 30
            value[counter] += odd if is_odd else grows_by[counter] * (at - before) / 3.6e9 * rng.uniform(0.9, 1.1)
        for counter in tells:
            if rng.random() < 0.9:
                chance = rng.random()
                if chance < 0.01:
                    value[counter] = 0.0
                elif chance < 0.02:
                    value[counter] += 1e6
                story.counters[counter].append((at, value[counter]))
    return story


def local_day(at_us: int, zone: ZoneInfo) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).astimezone(zone).date()


@dataclass
class Growth:
    """What a counter grew by in a quarter hour; before: the one in which it was read before; whether all counts."""

    amount: float
    quarter: int
    before: int | None = None
    is_sound: bool = True

    @property
    def is_whole(self) -> bool:
        return self.before is None or self.quarter - self.before == QUARTER_US


def growth_by_quarter(told: list[tuple[int, float]], most: float) -> dict[int, Growth]:
    """quarter -> litres, hours or kilometres."""
    found: dict[int, Growth] = {}
    quarters: dict[int, list[float]] = defaultdict(list)
    for at, value in told:
        quarters[at // QUARTER_US * QUARTER_US].append(value)
    before: tuple[int, float] | None = None
    for quarter, values in sorted(quarters.items()):
        within = sum(max(b - a, 0.0) for a, b in pairwise(values))
        one = Growth(amount=within if within <= most / 2 else 0.0, quarter=quarter, is_sound=within <= most / 2)
        if before is not None:
            step = values[0] - before[1]
            can_be = 0 <= step <= most * ((quarter - before[0]) / 3.6e9 + 0.25)
            one.amount += step if can_be else 0.0
            one.before, one.is_sound = before[0], one.is_sound and can_be
        found[quarter] = one
        before = (quarter, values[-1])
    return found


def recount(story: Story, days: Days) -> dict[date, dict[str, float]]:
    """What a person with the readings, the zone's clock and a pencil would find."""
    zone = ZONES[story.zone]
    inside = {day: {"seconds": [0.0] * 4} for day in days.all}
    grown = {counter: growth_by_quarter(told, MOST[counter]) for counter, told in story.counters.items()}
    shown = {c: {q: g for q, g in quarters.items() if local_day(q, zone) in inside} for c, quarters in grown.items()}
    lasted = whole_time(story, shown.get(HOURS, {}))
    for quarter, seconds in lasted.items():
        if (day := local_day(quarter, zone)) in inside:
            inside[day]["seconds"] = [a + b for a, b in zip(inside[day]["seconds"], seconds, strict=True)]
    fuel = shown.get(FUEL)
    if not fuel:
        fuel = {
            quarter: Growth(amount=sum(rates) / len(rates) * sum(lasted[quarter][:3]) / 3600, quarter=quarter)
            for quarter, rates in story.rates.items()
            if local_day(quarter, zone) in inside
        }
    hours = hours_of(lasted, fuel, shown.get(HOURS, {}), by_rate=not shown.get(FUEL))
    add(inside, {q: one.amount for q, one in fuel.items()}, "fuel", zone)
    add(inside, hours, "known_h", zone)
    add(inside, {q: fuel[q].amount for q in hours}, "known_l", zone)
    add(inside, {q: one.amount for q, one in grown.get(HOURS, {}).items()}, "hours", zone)
    kilometres = FINE_KM if shown.get(FINE_KM) else COARSE_KM
    add(inside, {q: one.amount for q, one in grown.get(kilometres, {}).items()}, "km", zone)
    add(inside, idle_fuel(lasted, fuel), "idle", zone)
    return inside


def whole_time(story: Story, meter: dict[int, Growth]) -> dict[int, list[float]]:
    """The seconds of each quarter: of those heard in part as many as the hour meter grew by in them all."""
    part = {quarter for quarter, seconds in story.seconds.items() if sum(seconds) < 810}
    told = [q for q, one in meter.items() if q in part and one.is_sound and one.before == q - QUARTER_US]
    told = [q for q in told if sum(story.seconds[q][:3]) > 0]
    heard = sum(sum(story.seconds[q][:3]) for q in told)
    share = sum(meter[q].amount for q in told) * 3600 / heard if len(told) >= 4 else 1.0
    if share < 1.25:
        return story.seconds
    found, over = {}, {}
    for quarter, seconds in sorted(story.seconds.items()):
        found[quarter] = seconds
        if quarter in part:
            longer = [one * share for one in seconds]
            found[quarter] = [one * min(1.0, 900 / sum(longer)) for one in longer]
            over[quarter] = [one - kept for one, kept in zip(longer, found[quarter], strict=True)]
            more = over.get(quarter - QUARTER_US, [0.0] * 4)
            room = min(1.0, (900 - sum(found[quarter])) / sum(more)) if sum(more) > 1e-9 else 0.0
            found[quarter] = [one + room * other for one, other in zip(found[quarter], more, strict=True)]
    return found


def is_heard(lasted: dict[int, list[float]], one: Growth) -> bool:
    quarters = [one.quarter] if one.before is None else [one.quarter - QUARTER_US, one.quarter]
    return one.is_whole and all(sum(lasted.get(quarter, [0.0])) >= 810 for quarter in quarters)


def hours_of(
    lasted: dict[int, list[float]], fuel: dict[int, Growth], meter: dict[int, Growth], *, by_rate: bool
) -> dict[int, float]:
    """In how many hours was burnt what was burnt in each quarter, where that is known."""
    ran = {quarter: sum(lasted.get(quarter, [0.0] * 4)[:3]) / 3600 for quarter in fuel}
    if by_rate:
        return ran
    same = {
        q: meter[q].amount
        for q, one in fuel.items()
        if one.is_sound and q in meter and meter[q].is_sound and meter[q].before == one.before
    }
    if sum(same.values()) < 0.8 * sum(ran[q] for q in same):
        same = {}
    heard = {q: ran[q] for q, one in fuel.items() if one.is_sound and is_heard(lasted, one)}
    return heard | same


def idle_fuel(lasted: dict[int, list[float]], fuel: dict[int, Growth]) -> dict[int, float]:
    nothing_else, mixed = {}, []
    for quarter, one in fuel.items():
        working, travelling, idle, _ = lasted.get(quarter, [0.0] * 4)
        if one.is_whole and idle >= 300 and idle >= 0.9 * (working + travelling + idle):
            nothing_else[quarter] = one.amount
        if one.is_sound and is_heard(lasted, one) and working + travelling + idle > 0:
            mixed.append((idle / 3600, (working + travelling) / 3600, one.amount))
    hours = sum(lasted[quarter][2] for quarter in nothing_else) / 3600
    rate = sum(nothing_else.values()) / hours if hours else mixed_rate(mixed)
    if rate is None:
        return {}
    found = {q: min(one.amount, lasted.get(q, [0.0] * 4)[2] / 3600 * rate) for q, one in fuel.items()}
    return found | nothing_else


def mixed_rate(told: list[tuple[float, float, float]]) -> float | None:
    """L/h idling, by the textbook: a line through the origin over two hours, and its standard error."""
    if len(told) < 8:
        return None
    hours, litres = np.array([one[:2] for one in told]), np.array([one[2] for one in told])
    (idle, rest), left, rank, _ = np.linalg.lstsq(hours, litres, rcond=None)
    if rank < 2:
        return None
    error = np.sqrt(left[0] / (len(told) - 2) * np.linalg.inv(hours.T @ hours)[0, 0])
    return float(idle) if error <= 0.25 * idle and idle <= rest else None


def add(inside: dict, amounts: dict[int, float], name: str, zone: ZoneInfo) -> None:
    for quarter, amount in amounts.items():
        if (day := local_day(quarter, zone)) in inside:
            inside[day][name] = inside[day].get(name, 0.0) + amount


def arrays(stories: list[Story]) -> tuple[WorkQuarters, CounterQuarters, RateQuarters]:
    work, told, rates = [], [], []
    for machine, story in enumerate(stories):
        work += [(machine, quarter, *seconds) for quarter, seconds in story.seconds.items()]
        rates += [(machine, quarter, sum(found) / len(found)) for quarter, found in story.rates.items()]
        for counter, readings in story.counters.items():
            quarters = defaultdict(list)
            for at, value in readings:
                quarters[at // QUARTER_US * QUARTER_US].append(value)
            for quarter, values in quarters.items():
                grown = sum(max(b - a, 0.0) for a, b in pairwise(values))
                told.append((machine, quarter, counter, values[0], values[-1], grown))
    order = np.random.default_rng(1).permutation(len(told))
    w, t, r = np.array(work), np.array(told)[order], np.array(rates)
    whole = np.int64
    return (
        WorkQuarters(machine=w[:, 0].astype(whole), at_us=w[:, 1].astype(whole), seconds=w[:, 2:]),
        CounterQuarters(
            machine=t[:, 0].astype(whole),
            at_us=t[:, 1].astype(whole),
            counter=t[:, 2].astype(whole),
            first=t[:, 3],
            last=t[:, 4],
            increase=t[:, 5],
        ),
        RateQuarters(machine=r[:, 0].astype(whole), at_us=r[:, 1].astype(whole), mean_lph=r[:, 2]),
    )


@pytest.mark.parametrize("days", PERIODS)
@pytest.mark.parametrize("seed", range(4))
def test_the_numbers_equal_a_recount_of_single_readings(seed: int, days: Days):
    rng = np.random.default_rng(seed)
    stories = [a_story(rng, days) for _ in range(5)]
    calendar = Calendar([bounds_us(days, zone) for zone in ZONES], [story.zone for story in stories])
    found = count_days(calendar, *arrays(stories))
    for machine, story in enumerate(stories):
        for number, (day, expected) in enumerate(recount(story, days).items()):
            place = (machine, number)
            assert found.seconds[place] == pytest.approx(expected["seconds"]), day
            assert found.fuel_l[place] == pytest.approx(expected.get("fuel", np.nan), nan_ok=True), day
            assert found.idle_fuel_l[place] == pytest.approx(expected.get("idle", np.nan), nan_ok=True), day
            assert found.distance_km[place] == pytest.approx(expected.get("km", np.nan), nan_ok=True), day
            assert found.known_l[place] == pytest.approx(expected.get("known_l", 0.0)), day
            assert found.known_h[place] == pytest.approx(expected.get("known_h", 0.0)), day
            assert found.engine_h[place] == pytest.approx(expected.get("hours", np.nan), nan_ok=True), day


def a_day(quarters: int, seconds: list[float], every_s: int, *counters: tuple[int, float]) -> Story:
    """A machine that tells its counters so often: they grow by so much in an hour."""
    story = Story(zone=0)
    story.seconds = {number * QUARTER_US: seconds for number in range(quarters)}
    for counter, by in counters:
        story.counters[counter] = [(s * 1_000_000, by * s / 3600) for s in range(0, quarters * 900, every_s)]
    return story


def numbers(*stories: Story) -> tuple[DayNumbers, list[BriefNumbers]]:
    """Of the first 24 hours: of each story, and then of all of them."""
    for story in stories:
        story.rates.setdefault(-QUARTER_US, [0.0])  # outside: `arrays` needs one
    calendar = Calendar([[0, 86_400_000_000]], [0] * len(stories))
    found = count_days(calendar, *arrays(list(stories)))
    return found, [*(numbers_of(found, number) for number in range(len(stories))), numbers_of(found)]


def test_a_machine_that_reports_every_two_minutes_worked_all_day():
    sparse = a_day(96, [], 120, (FUEL, 10.0), (HOURS, 1.0))
    for number in range(96):  # eight readings in one quarter hour and seven in the next
        sparse.seconds[number * QUARTER_US] = [420.0 if number % 2 else 480.0, 0.0, 0.0, 0.0]
    found, (told, _) = numbers(sparse)
    assert found.by_meter.all()
    assert told.working_h == pytest.approx(24, abs=0.05)
    assert told.utilisation_ratio == pytest.approx(1, abs=0.002)
    assert told.unheard_h == pytest.approx(0, abs=0.05)
    assert told.fuel_per_hour_l == pytest.approx(10)


def test_half_hours_of_a_machine_that_is_sampled_stay_halves():
    found, (told, _) = numbers(a_day(96, [150.0, 0.0, 75.0, 225.0], 120, (FUEL, 5.0), (HOURS, 0.5)))
    assert found.by_meter.all()
    assert (told.working_h, told.idle_h, told.off_h) == pytest.approx((8, 4, 12), abs=0.05)
    assert told.fuel_per_hour_l == pytest.approx(10)


def test_a_machine_that_is_heard_half_of_the_time_and_has_no_hour_meter_tells_no_fuel_per_hour():
    found, (told, _) = numbers(a_day(96, [450.0, 0.0, 0.0, 0.0], 120, (FUEL, 10.0)))
    assert not found.by_meter.any()
    assert (told.working_h, told.fuel_used_l) == pytest.approx((12, 240), abs=0.5)
    assert told.fuel_per_hour_l is None


@pytest.mark.parametrize("counters", [((FUEL, 10.0), (HOURS, 1.0)), ((FUEL, 10.0),)], ids=["metered", "heard"])
def test_fuel_per_hour_is_right_after_a_silence(counters: tuple[tuple[int, float], ...]):
    story = a_day(96, [900.0, 0.0, 0.0, 0.0], 60, *counters)
    gone = range(20 * QUARTER_US, 60 * QUARTER_US)
    story.seconds = {at: seconds for at, seconds in story.seconds.items() if at not in gone}
    for counter, told in story.counters.items():
        story.counters[counter] = [(at, value) for at, value in told if at not in gone]
    _, (told, _) = numbers(story)
    assert (told.working_h, told.unheard_h) == (14, 10)
    assert told.fuel_used_l == pytest.approx(240, abs=0.2)
    assert told.fuel_per_hour_l == pytest.approx(10, abs=0.02)


def test_a_stuck_hour_meter_is_not_gone_by():
    _, (told, _) = numbers(a_day(40, [900.0, 0.0, 0.0, 0.0], 60, (FUEL, 10.0), (HOURS, 0.01)))
    assert told.fuel_per_hour_l == pytest.approx(10, abs=0.02)


def test_an_hour_meter_with_coarse_steps_counts():
    story = a_day(40, [900.0, 0.0, 0.0, 0.0], 10, (FUEL, 10.0), (HOURS, 1.0))
    story.counters[HOURS] = [(at, int(value * 10) / 10) for at, value in story.counters[HOURS]]
    _, (told, _) = numbers(story)
    assert told.engine_hours_h == pytest.approx(10, abs=0.11)
    assert told.fuel_per_hour_l == pytest.approx(10, rel=0.02)


def test_a_fleets_fuel_per_hour_is_of_the_machines_that_tell_fuel():
    tells = a_day(40, [900.0, 0.0, 0.0, 0.0], 60, (FUEL, 10.0))
    mute = a_day(80, [900.0, 0.0, 0.0, 0.0], 60, (HOURS, 1.0))
    _, (one, other, both) = numbers(tells, mute)
    assert (one.fuel_per_hour_l, other.fuel_per_hour_l) == (pytest.approx(10, abs=0.02), None)
    assert both.fuel_per_hour_l == one.fuel_per_hour_l
    assert both.working_h == 30


def test_what_idling_burns_is_told_by_mixed_quarter_hours():
    story = a_day(40, [], 60)
    litres = 0.0
    for number in range(40):
        idle = (number % 7) * 100.0
        story.seconds[number * QUARTER_US] = [900.0 - idle, 0.0, idle, 0.0]
        for part in range(15):
            litres += (3.0 * idle + 20.0 * (900.0 - idle)) / 3600 / 15
            story.counters[FUEL].append((number * QUARTER_US + part * 60_000_000, litres))
    idled_h = sum(seconds[2] for seconds in story.seconds.values()) / 3600
    _, (told, _) = numbers(story)
    assert told.idle_fuel_l == pytest.approx(3.0 * idled_h, rel=0.1)
    for number in story.seconds:
        story.seconds[number] = [600.0, 0.0, 300.0, 0.0]
    _, (told, _) = numbers(story)
    assert told.idle_fuel_l is None, "nothing tells the one from the other"


def test_days_are_23_24_and_25_hours_and_half_an_hour_shorter_on_lord_howe():
    for zone, day, hours in (
        ("Europe/Berlin", date(2026, 10, 25), 25.0),
        ("Europe/Berlin", date(2026, 3, 29), 23.0),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kolkata", date(2026, 10, 25), 24.0),
    ):
        begin, end = bounds_us(Days(day, day), ZoneInfo(zone))
        assert (end - begin) / 3.6e9 == hours
        assert begin % QUARTER_US == 0


def test_weeks_begin_on_mondays_and_months_end_on_their_last_day():
    assert days_of("week", date(2026, 11, 22)) == Days(date(2026, 11, 16), date(2026, 11, 22))
    assert days_of("month", date(2028, 2, 3)) == Days(date(2028, 2, 1), date(2028, 2, 29))
    assert days_before("week", date(2026, 11, 23)) == Days(date(2026, 11, 16), date(2026, 11, 22))
    assert days_before("month", date(2026, 1, 1)) == Days(date(2025, 12, 1), date(2025, 12, 31))
    assert days_before("day", date(2026, 3, 1)) == Days(date(2026, 2, 28), date(2026, 2, 28))


def test_days_that_end_before_they_begin_or_are_too_many_are_refused():
    for first, last, reason in (
        (date(2026, 2, 2), date(2026, 2, 1), "brief_days_reversed"),
        (date(2025, 1, 1), date(2026, 1, 2), "brief_days_many"),
    ):
        with pytest.raises(InvalidInput) as refused:
            Days(first, last)
        assert refused.value.reason.key == reason


def test_nothing_heard_is_nothing_known():
    none = np.empty(0, np.int64)
    empty = np.empty(0)
    calendar = Calendar([[0, 86_400_000_000]], [0, 0])
    found = count_days(
        calendar,
        WorkQuarters(machine=none, at_us=none, seconds=np.empty((0, 4))),
        CounterQuarters(machine=none, at_us=none, counter=none, first=empty, last=empty, increase=empty),
        RateQuarters(machine=none, at_us=none, mean_lph=empty),
    )
    assert not found.seconds.any()
    assert np.isnan(found.fuel_l).all()
    assert np.isnan(found.idle_fuel_l).all()
    assert np.isnan(found.distance_km).all()
