"""When a site works: hours of the weekdays, and the dates on which it is otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from fleet.errors import InvalidInput
from fleet.wall_clock import MINUTES_A_DAY, end_minute, first_instant

Hours: TypeAlias = tuple[tuple[int, int], ...]  # (from, to) in minutes since midnight; to <= from: past midnight
Interval: TypeAlias = tuple[datetime, datetime]
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Working hours on the clocks of one zone.

    `weekdays`: 0 (Monday) to 6 -> hours; `exceptions`: dates whose hours are these instead, () on a holiday. Hours
    belong to the day on which they begin. Raises InvalidInput for hours outside a day or that overlap in one day.
    """

    zone: ZoneInfo
    weekdays: Mapping[int, Hours] = field(default_factory=dict)
    exceptions: Mapping[date, Hours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for hours in (*self.weekdays.values(), *self.exceptions.values()):
            _check(hours)

    def hours_of(self, day: date) -> Hours:
        """The hours that begin on this day."""
        found = self.exceptions.get(day)
        return self.weekdays.get(day.weekday(), ()) if found is None else found


def _check(hours: Hours) -> None:
    spans = sorted((start, end_minute(start, end)) for start, end in hours)
    if any(not (0 <= start < MINUTES_A_DAY and 0 <= end <= MINUTES_A_DAY) for start, end in hours):
        raise InvalidInput("hours_outside_day")
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise InvalidInput("hours_overlap")


def working_intervals(calendar: WorkingCalendar, from_at: datetime, to_at: datetime) -> Iterator[Interval]:
    """The stretches of from_at <= t < to_at in which the site works: disjoint, in order, in UTC.

    Raises InvalidInput for more than 20 years.
    """
    if to_at - from_at > _LONGEST:
        raise InvalidInput("working_hours_too_long")
    begun: datetime | None = None
    ended = from_at.astimezone(UTC)
    for start, end in _spans(calendar, from_at, to_at):
        if begun is not None and start > ended:
            yield begun, ended
            begun = None
        begun = max(start, from_at) if begun is None else begun
        ended = max(ended, min(end, to_at))
    if begun is not None:
        yield begun, ended


def _spans(calendar: WorkingCalendar, from_at: datetime, to_at: datetime) -> Iterator[Interval]:
    """Every span that touches the stretch, in the order in which they begin."""
    day = from_at.astimezone(calendar.zone).date() - 2 * _DAY  # hours of the day before may pass midnight
    last = to_at.astimezone(calendar.zone).date() + _DAY
    while day <= last:
        for start, end in sorted(calendar.hours_of(day)):
            begins = first_instant(day, start, calendar.zone)
            ends = first_instant(day, end_minute(start, end), calendar.zone)
            if begins < to_at and ends > from_at and begins < ends and from_at < to_at:
                yield begins, ends
        day += _DAY


def working_hours_between(calendar: WorkingCalendar, from_at: datetime, to_at: datetime) -> float:
    """Hours that the site works in from_at <= t < to_at; 0 when to_at is not after from_at.

    Hours as they pass, not as clocks show them: a night shift over the end of summer time is an hour longer.
    """
    return sum((end - start).total_seconds() for start, end in working_intervals(calendar, from_at, to_at)) / 3600
