"""The clock and the working hours of a machine's site, at the borders of days, half-hour zones and summer time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from diagnosis.errors import ExpressionError
from diagnosis.local_time import LocalPlace, LocalTimes
from diagnosis.machine_facts import MachineFacts
from diagnosis.parser import parse_condition
from diagnosis.syntax import Clock, WorkingHours
from fleet.working_calendar import WorkingCalendar, working_intervals
from tests.unit.diagnosis_builder import CATALOGUE, SPEED, Story, engine_of, events_of, rows_of, shown

DAY = ((8 * 60, 18 * 60),)
NIGHT_SHIFT = ((22 * 60, 6 * 60),)


def at(*texts: str) -> np.ndarray:
    """Instants in microseconds of texts with an offset, UTC without one."""
    moments = [datetime.fromisoformat(text) for text in texts]
    moments = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments]
    return np.array([(moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for moment in moments])


def told(zone: str, node: Clock | WorkingHours, at_us: np.ndarray, calendar: WorkingCalendar | None = None) -> list:
    """True, False or None at each instant, for a machine at one place."""
    times = LocalTimes([LocalPlace(ZoneInfo(zone), calendar)], np.zeros(1, np.int32))
    true, false = times.told(node, np.zeros(len(at_us), np.int32), at_us)
    assert not (true & false).any()
    return [True if yes else False if no else None for yes, no in zip(true.tolist(), false.tolist(), strict=True)]


NIGHT = Clock(22 * 60, 6 * 60, 1)


@pytest.mark.parametrize(
    ("zone", "instants", "expected"),
    [
        pytest.param(
            "Asia/Shanghai",
            ["2026-03-01T13:59:59.999999", "2026-03-01T14:00", "2026-03-01T21:59:59.999999", "2026-03-01T22:00"],
            [False, True, True, False],
            id="from on, before to, over midnight",
        ),
        pytest.param("Asia/Kathmandu", ["2026-03-01T16:14", "2026-03-01T16:15"], [False, True], id="three quarters"),
        pytest.param("America/St_Johns", ["2026-01-01T01:29", "2026-01-01T01:30"], [False, True], id="a half, west"),
        pytest.param(
            "Europe/Berlin",
            ["2026-03-28T21:00", "2026-03-29T20:00", "2026-03-29T19:59", "2026-10-25T20:59", "2026-10-25T21:00"],
            [True, True, False, False, True],
            id="an hour earlier in summer time",
        ),
        pytest.param("Australia/Lord_Howe", ["2026-04-04T18:59", "2026-04-04T19:30"], [True, False], id="half an hour"),
    ],
)
def test_the_clock_is_the_sites(zone: str, instants: list[str], expected: list[bool]):
    assert told(zone, NIGHT, at(*instants)) == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/New_York"])
def test_every_minute_of_a_year_is_what_the_zone_shows(zone: str):
    at_us = at("2026-01-01")[0] + np.arange(0, 366 * 1440, 7, dtype=np.int64) * 60_000_000
    node = Clock(1 * 60 + 30, 2 * 60 + 45, 1)
    local = [datetime.fromtimestamp(us // 1_000_000, ZoneInfo(zone)) for us in at_us.tolist()]
    assert told(zone, node, at_us) == [90 <= one.hour * 60 + one.minute < 165 for one in local]


@pytest.mark.parametrize("hours", [DAY, NIGHT_SHIFT])
def test_working_hours_are_the_calendars(hours):
    exceptions = {date(2026, 3, 30): (), date(2026, 3, 31): ((6 * 60, 9 * 60),)}
    calendar = WorkingCalendar(
        zone=ZoneInfo("Europe/Berlin"), weekdays=dict.fromkeys(range(5), hours), exceptions=exceptions
    )
    first = datetime(2026, 3, 20, tzinfo=UTC)
    at_us = at("2026-03-20")[0] + np.arange(0, 20 * 1440, 5, dtype=np.int64) * 60_000_000
    worked = np.zeros(len(at_us), np.bool_)
    for begins, ends in working_intervals(calendar, first, first + timedelta(days=20)):
        worked |= (at_us >= at(begins.isoformat())[0]) & (at_us < at(ends.isoformat())[0])
    assert told("Europe/Berlin", WorkingHours(1), at_us, calendar) == worked.tolist()
    assert 0.2 < worked.mean() < 0.4


def test_without_a_site_or_a_calendar_it_is_unknown():
    noon = at("2026-03-01T12:00")
    assert told("UTC", WorkingHours(1), noon) == [None]
    assert told("UTC", NIGHT, noon) == [False]
    for place in (None, np.array([-1], np.int32)):
        times = LocalTimes([LocalPlace(ZoneInfo("UTC"))], place)
        assert not np.any(times.told(NIGHT, np.array([0, 5], np.int32), noon.repeat(2)))


def test_machines_of_many_sites_each_go_by_their_own():
    places = [LocalPlace(ZoneInfo(zone)) for zone in ("Asia/Shanghai", "UTC", "Asia/Shanghai")]
    times = LocalTimes(places, np.array([0, 1, 2, -1], np.int32))
    true, false = times.told(NIGHT, np.arange(4, dtype=np.int32), at("2026-03-01T15:00").repeat(4))
    assert (true.tolist(), false.tolist()) == ([True, False, True, False], [False, True, False, False])


def test_a_rule_asks_for_the_clock():
    engine = engine_of(night={"when": f"{SPEED} > 500 and clock(06:14, 06:15)", "clear": "not clock(06:14, 06:15)"})
    engine.set_facts(MachineFacts(places=[LocalPlace(ZoneInfo("Asia/Shanghai"))], place=np.zeros(2, np.int32)))
    story = Story().every(0, 200, 10, **{SPEED: 900})  # from 06:13:20 on
    found = engine.judge(rows_of(story), events_of(story), engine.fresh_state()).findings
    assert shown(found) == [("night", 40, 40, 100)]


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("clock(22:00)", 12, "expected ',' after the time"),
        ("clock('22:00', 06:00)", 7, "expected a time of day such as 22:00"),
        ("clock(24:00, 06:00)", 7, "expected a time of day such as 22:00"),
        ("clock(22:60, 06:00)", 7, "expected a time of day such as 22:00"),
        ("clock(10min, 06:00)", 7, "expected a time of day such as 22:00"),
        ("clock(22:00, 22:00)", 7, "one time"),
        ("22:00 > 3", 1, "expected a signal, a number"),
        ("working_hours", 1, "needs parentheses"),
        ("working_hours(1)", 15, "expected ')'"),
        ("clock(22:00, 06:00) > 3", 1, "a condition cannot be used as a number"),
    ],
)
def test_mistakes_are_shown_where_they_are(text: str, column: int, problem: str):
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text, CATALOGUE.keys)
    assert (caught.value.column, problem in str(caught.value)) == (column, True), str(caught.value)


def test_a_clock_to_midnight_and_one_that_is_written_short():
    assert parse_condition("clock(8:30, 24:00)", CATALOGUE.keys) == Clock(510, 1440, 1)
