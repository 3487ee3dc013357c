import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import InvalidInput
from fleet.wall_clock import first_instant, get_zone, minute_of, text_of
from fleet.working_calendar import WorkingCalendar, working_hours_between, working_intervals

BERLIN, SHANGHAI, HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Australia/Lord_Howe")
NIGHT = ((22 * 60, 6 * 60),)
DAY = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))


def naive_hours(calendar: WorkingCalendar, from_at: datetime, to_at: datetime) -> float:
    """Minute by minute, on the latest time that the clocks have shown so far."""
    at = from_at - timedelta(hours=3)
    shown = at.astimezone(calendar.zone).replace(tzinfo=None)
    minutes = 0
    while at < to_at:
        shown = max(shown, at.astimezone(calendar.zone).replace(tzinfo=None))
        if at >= from_at and any(works(calendar, shown, days) for days in (0, 1)):
            minutes += 1
        at += timedelta(minutes=1)
    return minutes / 60


def works(calendar: WorkingCalendar, shown: datetime, days_ago: int) -> bool:
    day = shown.date() - timedelta(days=days_ago)
    midnight = datetime.combine(day, time())
    hours = calendar.exceptions.get(day, calendar.weekdays.get(day.weekday(), ()))
    for start, end in hours:
        closes = end if end > start else end + 1440
        if midnight + timedelta(minutes=start) <= shown < midnight + timedelta(minutes=closes):
            return True
    return False


@st.composite
def hours_of_a_day(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=0, max_size=4)))
    spans = [(a * 15 % 1440, b * 15) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    if spans and draw(st.booleans()) and spans[0][0] > 0:
        spans[-1] = (spans[-1][0], draw(st.integers(0, spans[-1][0] // 15)) * 15)
    return tuple(spans)


@settings(max_examples=30, deadline=None)
@given(
    zone=st.sampled_from([BERLIN, SHANGHAI, HOWE, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")]),
    weekdays=st.dictionaries(st.integers(0, 6), hours_of_a_day(), max_size=7),
    exceptions=st.dictionaries(st.integers(0, 6), hours_of_a_day(), max_size=2),
    begins=st.sampled_from([date(2026, 3, 27), date(2026, 10, 23), date(2026, 4, 3), date(2026, 11, 1)]),
    offset=st.integers(0, 3000),
    minutes=st.integers(0, 2500),
)
def test_working_hours_are_those_of_a_walk_minute_by_minute(zone, weekdays, exceptions, begins, offset, minutes):
    from_at = datetime.combine(begins, time(), UTC) + timedelta(minutes=offset)
    to_at = from_at + timedelta(minutes=minutes)
    dates = {begins + timedelta(days=d): hours for d, hours in exceptions.items()}
    calendar = WorkingCalendar(zone=zone, weekdays=weekdays, exceptions=dates)
    assert working_hours_between(calendar, from_at, to_at) == pytest.approx(naive_hours(calendar, from_at, to_at))
    found = list(working_intervals(calendar, from_at, to_at))
    assert all(start < end for start, end in found)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        pytest.param(BERLIN, date(2026, 3, 28), 7, id="a night shift into summer time is an hour shorter"),
        pytest.param(BERLIN, date(2026, 10, 24), 9, id="a night shift out of summer time is an hour longer"),
        pytest.param(BERLIN, date(2026, 6, 6), 8, id="any other night"),
        pytest.param(SHANGHAI, date(2026, 10, 24), 8, id="Shanghai has no summer time"),
        pytest.param(HOWE, date(2026, 4, 4), 8.5, id="Lord Howe changes by half an hour"),
    ],
)
def test_a_night_shift_counts_the_hours_that_pass(zone, evening, hours):
    calendar = WorkingCalendar(zone=zone, exceptions={evening: NIGHT})
    noon = datetime(evening.year, evening.month, evening.day, 12, tzinfo=zone)
    assert working_hours_between(calendar, noon, noon + timedelta(days=1)) == hours


def test_a_holiday_is_off_and_a_working_sunday_is_on():
    calendar = WorkingCalendar(
        zone=SHANGHAI,
        weekdays=dict.fromkeys(range(5), DAY),
        exceptions={date(2026, 10, 1): (), date(2026, 10, 2): (), date(2026, 10, 10): DAY},
    )
    monday = datetime(2026, 9, 28, tzinfo=SHANGHAI)
    assert working_hours_between(calendar, monday, monday + timedelta(days=7)) == 3 * 8
    assert working_hours_between(calendar, monday + timedelta(days=7), monday + timedelta(days=14)) == 6 * 8
    assert working_hours_between(calendar, monday, monday) == 0


def test_a_time_that_clocks_skip_is_the_change_and_one_that_comes_twice_is_the_first():
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert first_instant(spring, 150, BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert first_instant(spring, 120, BERLIN) == first_instant(spring, 180, BERLIN)
    assert first_instant(autumn, 150, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert first_instant(autumn, 1440 + 60, BERLIN) == datetime(2026, 10, 26, 0, tzinfo=UTC)
    assert first_instant(date(2011, 12, 30), 600, ZoneInfo("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("hours", [((480, 720), (700, 800)), ((1440, 60),), ((0, 1441),), ((1200, 300), (1380, 1440))])
def test_hours_outside_a_day_or_overlapping_are_refused(hours):
    with pytest.raises(InvalidInput):
        WorkingCalendar(zone=SHANGHAI, weekdays={0: hours})


@pytest.mark.parametrize("text", ["24:01", "7:00", "07:60", "ab:cd", "０７:00", "", "07:0"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(InvalidInput, match="no time of day"):
        minute_of(text)
    assert text_of(minute_of("24:00")) == "24:00"


def test_a_zone_that_is_not_in_the_table_is_refused():
    with pytest.raises(InvalidInput, match="IANA"):
        get_zone("Asia/Beijing")
    with pytest.raises(InvalidInput):
        get_zone("../../etc/passwd")
