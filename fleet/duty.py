"""Who is on duty: seats, the shifts of their weeks and dates, and the days on which the week does not hold."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from fleet.errors import InvalidInput
from fleet.wall_clock import MINUTES_A_DAY, end_minute, first_instant

HORIZON = timedelta(days=35)  # how far ahead the next turn is looked for
_BEHIND = timedelta(days=7)
_DAY = timedelta(days=1)
_Stretch: TypeAlias = tuple[tuple[str, ...], datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A turn of duty on the clocks of the roster's zone, with the people (public ids) on it.

    Either every week on `weekdays` (0 Monday to 6 Sunday) from `from_date` to `to_date` (both included, None is open),
    or once on `on_date`. From minute `start` to minute `end`; an end that is not after the start is on the next day.
    Raises InvalidInput for one that is neither or both, or never.
    """

    start: int
    end: int
    people: tuple[str, ...]
    weekdays: tuple[int, ...] = ()
    on_date: date | None = None
    from_date: date | None = None
    to_date: date | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.start < MINUTES_A_DAY and 0 <= self.end <= MINUTES_A_DAY):
            raise InvalidInput("shift_outside_day", where="from")
        if (self.on_date is None) == (not self.weekdays):
            raise InvalidInput("shift_weekdays_or_date")
        if self.on_date is not None and (self.from_date or self.to_date):
            raise InvalidInput("shift_date_with_span", where="date")
        if self.from_date and self.to_date and self.to_date < self.from_date:
            raise InvalidInput("shift_span_backwards", where="to_date")

    def begins_on(self, day: date) -> bool:
        """True for a shift of the week that begins on this day."""
        return (
            day.weekday() in self.weekdays
            and (self.from_date is None or self.from_date <= day)
            and (self.to_date is None or day <= self.to_date)
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time, from_at <= t < until, with the same people on duty.

    `from_at` None: for more than a week; `until` None: for more than 35 days.
    """

    people: tuple[str, ...]
    from_at: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Duty:
    """Who holds a seat at an instant, and who is next; None: nobody now, nobody within 35 days."""

    now: Turn | None
    next: Turn | None


def on_duty(shifts: Sequence[Shift], exceptions: Collection[date], zone: ZoneInfo, at: datetime) -> Duty:
    """Who holds a seat with these shifts at `at`, until when, and who is next, at most 35 days ahead.

    On a date for which the seat has dated shifts only those begin; on one of the `exceptions` none of the week's do.
    Shifts that overlap are held together. Neighbouring shifts with the same people are one turn.
    """
    turns = list(_turns(list(_spans(shifts, exceptions, zone, at))))
    now = next((turn for turn in turns if turn[1] <= at < turn[2]), None)
    after = next((turn for turn in turns if at < turn[1] < at + HORIZON), None)
    return Duty(now and _shown(now, at), after and _shown(after, at))


def _shown(turn: _Stretch, at: datetime) -> Turn:
    people, from_at, until = turn
    return Turn(people, from_at if from_at >= at - _BEHIND else None, until if until <= at + HORIZON else None)


def _turns(spans: Sequence[tuple[datetime, datetime, Shift]]) -> Iterator[_Stretch]:
    """The stretches with somebody on duty, each as long as its people stay the same, in order."""
    bounds = sorted({bound for start, end, _ in spans for bound in (start, end)})
    last: _Stretch | None = None
    for begin, end in pairwise(bounds):
        people = tuple(dict.fromkeys(p for s, e, shift in spans if s <= begin and end <= e for p in shift.people))
        if last is not None and last[0] == people:
            last = (people, last[1], end)
            continue
        if last is not None and last[0]:
            yield last
        last = (people, begin, end)
    if last is not None and last[0]:
        yield last


def _spans(
    shifts: Sequence[Shift], exceptions: Collection[date], zone: ZoneInfo, at: datetime
) -> Iterator[tuple[datetime, datetime, Shift]]:
    """Every shift from more than a week before `at` to past the horizon, as instants."""
    today = at.astimezone(zone).date()
    for offset in range(-_BEHIND.days - 2, HORIZON.days + 3):
        day = today + offset * _DAY
        dated = [shift for shift in shifts if shift.on_date == day]
        weekly = [] if day in exceptions else [shift for shift in shifts if shift.begins_on(day)]
        for shift in dated or weekly:
            begins = first_instant(day, shift.start, zone)
            ends = first_instant(day, end_minute(shift.start, shift.end), zone)
            if begins < ends:
                yield begins, ends, shift
