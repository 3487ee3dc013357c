"""The numbers of work briefs against a recount of single readings, machine by machine, that knows no arrays."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fleet.errors import InvalidInput
from usecases.briefs.numbers import (
    COARSE_KM,
    COUNTERS,
    FINE_KM,
    FUEL,
    HOURS,
    MOST,
    Calendar,
    CounterQuarters,
    RateQuarters,
    WorkQuarters,
    count_days,
)
from usecases.briefs.periods import Days, bounds_us, days_before, days_of

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
    """Readings of one machine: counter -> (at_us, value); seconds of states by quarter; the fuel rate."""

    zone: int
    counters: dict[int, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    seconds: dict[int, list[float]] = field(default_factory=dict)
    rates: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))


def a_story(rng: np.random.Generator, days: Days) -> Story:
    """Some days with silences, counters that are reset or jump, idle and mixed quarter hours."""
    story = Story(zone=int(rng.integers(len(ZONES))))
    at = int(datetime.combine(days.first, datetime.min.time(), UTC).timestamp()) * 1_000_000 - 2 * 86_400_000_000
    end = at + (len(days) + 4) * 86_400_000_000
    tells = [counter for counter in range(len(COUNTERS)) if rng.random() < 0.7]
    value = [1000.0, 50.0, 300.0, 300.0]
    while at < end:
        at += int(rng.choice([60, 300, 420, 3_000, 40_000], p=[0.3, 0.3, 0.3, 0.09, 0.01])) * 1_000_000
        quarter = at // QUARTER_US * QUARTER_US
        if quarter not in story.seconds:
            idle = 900.0 if rng.random() < 0.4 else float(rng.integers(0, 400))
            story.seconds[quarter] = [900.0 - idle, 0.0, idle, 0.0] if rng.random() < 0.9 else [0.0, 0.0, 0.0, 900.0]
        story.rates[quarter].append(float(rng.integers(2, 20)))
        for counter in tells:
            if rng.random() < 0.6:
                chance = rng.random()
                value[counter] += float(rng.random()) * MOST[counter] / 30
                if chance < 0.02:
                    value[counter] = 0.0
                elif chance < 0.03:
                    value[counter] += 1e6
                story.counters[counter].append((at, value[counter]))
    return story


def local_day(at_us: int, zone: ZoneInfo) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).astimezone(zone).date()


def growth_by_quarter(told: list[tuple[int, float]], most: float) -> dict[int, tuple[float, bool]]:
    """quarter -> litres (or hours, or kilometres), and whether they came about in it."""
    found: dict[int, tuple[float, bool]] = {}
    quarters: dict[int, list[float]] = defaultdict(list)
    for at, value in told:
        quarters[at // QUARTER_US * QUARTER_US].append(value)
    before: tuple[int, float] | None = None
    for quarter, values in sorted(quarters.items()):
        within = sum(max(b - a, 0.0) for a, b in pairwise(values))
        amount, whole = (within if within <= most / 4 else 0.0), True
        if before is not None:
            step = values[0] - before[1]
            hours = (quarter - before[0]) / 3.6e9 + 0.25
            amount += step if 0 < step <= most * hours else 0.0
            whole = quarter - before[0] == QUARTER_US
        found[quarter] = (amount, whole)
        before = (quarter, values[-1])
    return found


def recount(story: Story, days: Days) -> dict[date, dict[str, float]]:
    """What a person with the readings, the zone's clock and a pencil would find."""
    zone = ZONES[story.zone]
    inside = {day: {"seconds": [0.0] * 4} for day in days.all}
    for quarter, seconds in story.seconds.items():
        if (day := local_day(quarter, zone)) in inside:
            inside[day]["seconds"] = [a + b for a, b in zip(inside[day]["seconds"], seconds, strict=True)]
    grown = {counter: growth_by_quarter(told, MOST[counter]) for counter, told in story.counters.items()}
    in_period = {c: any(local_day(q, zone) in inside for q in quarters) for c, quarters in grown.items()}
    if in_period.get(FUEL):
        fuel = grown[FUEL]
    else:
        fuel = {
            quarter: (sum(rates) / len(rates) * sum(story.seconds[quarter][:3]) / 3600, True)
            for quarter, rates in story.rates.items()
        }
    add(inside, {q: v for q, (v, _) in fuel.items()}, "fuel", zone)
    add(inside, {q: v for q, (v, _) in grown.get(HOURS, {}).items()}, "hours", zone)
    kilometres = FINE_KM if in_period.get(FINE_KM) else COARSE_KM
    add(inside, {q: v for q, (v, _) in grown.get(kilometres, {}).items()}, "km", zone)
    add(inside, idle_fuel(story, {q: v for q, v in fuel.items() if local_day(q, zone) in inside}), "idle", zone)
    return inside


def idle_fuel(story: Story, fuel: dict[int, tuple[float, bool]]) -> dict[int, float]:
    nothing_else = {}
    for quarter, (litres, whole) in fuel.items():
        working, travelling, idle, _ = story.seconds[quarter]
        if whole and idle >= 300 and idle >= 0.9 * (working + travelling + idle):
            nothing_else[quarter] = litres
    hours = sum(story.seconds[quarter][2] for quarter in nothing_else) / 3600
    if not hours:
        return {}
    rate = sum(nothing_else.values()) / hours
    return {q: nothing_else.get(q, min(litres, story.seconds[q][2] / 3600 * rate)) for q, (litres, _) in fuel.items()}


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
            assert found.engine_h[place] == pytest.approx(expected.get("hours", np.nan), nan_ok=True), day


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
