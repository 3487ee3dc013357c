"""The days of a brief: a day, week or month, or from one day to another, on the clocks of a site."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from fleet.errors import InvalidInput
from fleet.wall_clock import first_instant

Length = Literal["day", "week", "month"]
LENGTHS: tuple[Length, ...] = get_args(Length)
MOST_DAYS = 366
FIRST_YEAR, LAST_YEAR = 1970, 2200
QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the calendar, `first` to `last`, both of them in it; at most 366.

    Raises InvalidInput when the last is before the first, or there are more.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput("brief_days_reversed", where="to")
        if len(self) > MOST_DAYS:
            raise InvalidInput("brief_days_many", where="to", most=MOST_DAYS)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def all(self) -> list[date]:
        """Each of them, in order."""
        return [self.first + number * _DAY for number in range(len(self))]


def days_of(length: Length, day: date) -> Days:
    """The day, the week (Monday to Sunday) or the month that `day` lies in."""
    if length == "day":
        return Days(day, day)
    if length == "week":
        monday = day - day.weekday() * _DAY
        return Days(monday, monday + 6 * _DAY)
    next_month = (day.replace(day=1) + 31 * _DAY).replace(day=1)
    return Days(day.replace(day=1), next_month - _DAY)


def days_before(length: Length, today: date) -> Days:
    """The last day, week or month that is over when it is `today`."""
    return days_of(length, days_of(length, today).first - _DAY)


def chosen_days(first: date | None, last: date | None, length: Length | None, *, today: date) -> Days:
    """The days that somebody asks for: from one to another, a period by a day in it, or the last one that is over.

    Raises InvalidInput for a last day without a first one or beside a period, and for days that are too many.
    """
    if any(day is not None and not FIRST_YEAR <= day.year < LAST_YEAR for day in (first, last)):
        raise InvalidInput("time_out_of_range", where="from" if last is None else "to")
    if last is not None and length is not None:
        raise InvalidInput("brief_period_and_to", where="period")
    if last is not None and first is None:
        raise InvalidInput("brief_from_missing", where="from")
    if first is not None and last is not None:
        return Days(first, last)
    return days_before(length or "week", today) if first is None else days_of(length or "week", first)


def next_mail(length: Length, minute: int, zone: ZoneInfo, *, after: datetime) -> datetime:
    """When a brief is mailed next: at `minute` of the day on the clocks of `zone`, each day, on Mondays, or on the
    first of each month; later than `after`."""
    day = days_of(length, after.astimezone(zone).date()).first
    while (at := first_instant(day, minute, zone)) <= after:
        day = days_of(length, day).last + _DAY
    return at


def last_mail(length: Length, minute: int, zone: ZoneInfo, *, by: datetime) -> date:
    """The day on the clocks of `zone` on which a brief was mailed last, or should have been, `by` then."""
    day = days_of(length, by.astimezone(zone).date()).first
    return day if first_instant(day, minute, zone) <= by else days_of(length, day - _DAY).first


def bounds_us(days: Days, zone: ZoneInfo) -> list[int]:
    """When each day begins and the last ends, (days + 1,) microseconds: 23, 24 or 25 hours apart.

    On borders of quarter hours in every zone of today; where clocks once went by the sun, on the border before.
    """
    after = [*days.all, days.last + _DAY]
    quarters = [(first_instant(day, 0, zone) - _EPOCH) // QUARTER for day in after]
    return [number * (QUARTER // timedelta(microseconds=1)) for number in quarters]


def hours_us(day: date, zone: ZoneInfo) -> list[int]:
    """When each hour of a day begins and the last ends, microseconds: 23 to 25 of them, and the last may be half."""
    begin, end = bounds_us(Days(day, day), zone)
    return [*range(begin, end, 4 * (QUARTER // timedelta(microseconds=1))), end]
