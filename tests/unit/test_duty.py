from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleet.duty import Shift, Turn, on_duty
from fleet.errors import InvalidInput

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
ALL_DAYS = tuple(range(7))
EARLY = Shift(start=6 * 60, end=14 * 60, people=("anna",), weekdays=ALL_DAYS)
LATE = Shift(start=14 * 60, end=22 * 60, people=("ben",), weekdays=ALL_DAYS)
NIGHT = Shift(start=22 * 60, end=6 * 60, people=("cleo",), weekdays=ALL_DAYS)
ROUND_THE_CLOCK = (EARLY, LATE, NIGHT)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "now", "then"),
    [
        pytest.param(
            SHANGHAI,
            utc(2026, 3, 29, 1),
            Turn(("anna",), utc(2026, 3, 28, 22), utc(2026, 3, 29, 6)),
            Turn(("ben",), utc(2026, 3, 29, 6), utc(2026, 3, 29, 14)),
            id="Shanghai, where no clocks change",
        ),
        pytest.param(
            BERLIN,
            utc(2026, 3, 29, 1),
            Turn(("cleo",), utc(2026, 3, 28, 21), utc(2026, 3, 29, 4)),
            Turn(("anna",), utc(2026, 3, 29, 4), utc(2026, 3, 29, 12)),
            id="the night into summer time has seven hours",
        ),
        pytest.param(
            BERLIN,
            utc(2026, 10, 25, 0, 30),
            Turn(("cleo",), utc(2026, 10, 24, 20), utc(2026, 10, 25, 5)),
            Turn(("anna",), utc(2026, 10, 25, 5), utc(2026, 10, 25, 13)),
            id="the night out of summer time has nine",
        ),
    ],
)
def test_who_is_on_duty_until_when_and_who_is_next(zone, at, now, then):
    duty = on_duty(ROUND_THE_CLOCK, (), zone, at)
    assert (duty.now, duty.next) == (now, then)


@pytest.mark.parametrize("zone", [BERLIN, SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
def test_a_seat_held_round_the_clock_is_never_empty_and_never_held_twice(zone):
    handovers = (
        Shift(start=2 * 60 + 30, end=14 * 60, people=("anna",), weekdays=ALL_DAYS),
        Shift(start=14 * 60, end=2 * 60 + 30, people=("ben",), weekdays=ALL_DAYS),
    )
    for begin in (
        utc(2026, 3, 7),
        utc(2026, 3, 28),
        utc(2026, 4, 4),
        utc(2026, 10, 3),
        utc(2026, 10, 24),
        utc(2026, 11, 1),
    ):
        for half_hours in range(60):
            duty = on_duty(handovers, (), zone, begin + timedelta(minutes=30 * half_hours))
            assert duty.now is not None
            assert len(duty.now.people) == 1
            assert duty.next is not None
            assert duty.next.from_at == duty.now.until
            assert {*duty.now.people, *duty.next.people} == {"anna", "ben"}


def test_weekdays_and_dates_are_those_of_the_rosters_zone():
    monday = Shift(start=0, end=8 * 60, people=("anna",), weekdays=(0,))
    assert on_duty([monday], (), SHANGHAI, utc(2026, 11, 22, 16)).now is not None  # Monday 00:00 in Shanghai
    assert on_duty([monday], (), SHANGHAI, utc(2026, 11, 23, 0)).now is None
    assert on_duty([monday], (), BERLIN, utc(2026, 11, 22, 16)).now is None


def test_a_holiday_takes_the_week_off_and_a_dated_shift_stands_in():
    holiday = date(2026, 10, 1)
    stand_in = Shift(start=6 * 60, end=14 * 60, people=("dora",), on_date=holiday)
    at = datetime(2026, 10, 1, 7, tzinfo=SHANGHAI)
    assert on_duty(ROUND_THE_CLOCK, [holiday], SHANGHAI, at).now is None
    duty = on_duty([*ROUND_THE_CLOCK, stand_in], [holiday], SHANGHAI, at)
    assert duty.now is not None
    assert duty.now.people == ("dora",)
    swapped = on_duty([*ROUND_THE_CLOCK, stand_in], (), SHANGHAI, at + timedelta(hours=8))
    assert swapped.now is None  # the date's own shifts replace the week's
    before_dawn = on_duty(ROUND_THE_CLOCK, [holiday], SHANGHAI, datetime(2026, 10, 1, 3, tzinfo=SHANGHAI))
    assert before_dawn.now is not None  # the night of the day before goes on


def test_shifts_that_overlap_are_held_together_and_neighbours_with_the_same_people_are_one_turn():
    second = Shift(start=10 * 60, end=12 * 60, people=("ben", "anna"), weekdays=ALL_DAYS)
    at = datetime(2026, 6, 1, 11, tzinfo=SHANGHAI)
    duty = on_duty([EARLY, second], (), SHANGHAI, at)
    assert duty.now is not None
    assert duty.now.people == ("anna", "ben")
    always = Shift(start=0, end=24 * 60, people=("anna",), weekdays=ALL_DAYS)
    assert on_duty([always], (), SHANGHAI, at).now == Turn(("anna",), None, None)


def test_a_shift_of_the_week_holds_from_its_first_to_its_last_date():
    june = Shift(
        start=480, end=960, people=("anna",), weekdays=ALL_DAYS, from_date=date(2026, 6, 1), to_date=date(2026, 6, 2)
    )
    held = [
        on_duty([june], (), SHANGHAI, datetime(2026, 5, 31, 9, tzinfo=SHANGHAI) + timedelta(days=d)).now is not None
        for d in range(4)
    ]
    assert held == [False, True, True, False]
    assert on_duty([june], (), SHANGHAI, utc(2026, 4, 1)).next is None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"weekdays": (0,), "on_date": date(2026, 1, 1)},
        {"weekdays": (0,), "start": 1440},
        {"weekdays": (0,), "from_date": date(2026, 2, 1), "to_date": date(2026, 1, 1)},
        {"on_date": date(2026, 1, 1), "from_date": date(2026, 2, 1)},
    ],
)
def test_a_shift_that_never_is_or_contradicts_itself_is_refused(wrong):
    with pytest.raises(InvalidInput):
        Shift(**({"start": 0, "end": 60, "people": ()} | wrong))
