"""Working calendars as people write them, and what they mean."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fleet.errors import InvalidInput, placed
from fleet.wall_clock import get_zone, minute_of, text_of
from fleet.working_calendar import Hours, WorkingCalendar
from usecases.master_data import optional_text

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST_EXCEPTIONS = 1_000


def parse_calendar(calendar: Mapping[str, Any], time_zone: str) -> WorkingCalendar:
    """The calendar of {"weekdays": {"monday": [{"from", "to"}]}, "exceptions": [{"date", "hours", "note"}]}.

    Raises InvalidInput with the place: `weekdays.monday.0.from`.
    """
    weekdays = calendar.get("weekdays") or {}
    if unknown := [name for name in weekdays if name not in WEEKDAYS]:
        raise InvalidInput("weekday_unknown", where="weekdays", found=unknown[0], known=WEEKDAYS)
    exceptions: dict[date, Hours] = {}
    entries = calendar.get("exceptions") or []
    if len(entries) > _MOST_EXCEPTIONS:
        raise InvalidInput("calendar_too_many_exceptions", where="exceptions", most=_MOST_EXCEPTIONS)
    for number, entry in enumerate(entries):
        with placed(f"exceptions.{number}"):
            day = date_of(entry, "date")
            if day in exceptions:
                raise InvalidInput("exception_twice", where="date", day=day)
            exceptions[day] = _hours(entry.get("hours") or [], "hours")
    hours = {WEEKDAYS.index(name): _hours(spans, f"weekdays.{name}") for name, spans in weekdays.items()}
    return WorkingCalendar(zone=get_zone(time_zone), weekdays=hours, exceptions=exceptions)


def checked_calendar(calendar: Mapping[str, Any] | None, time_zone: str) -> dict[str, Any]:
    """The calendar as it is kept: times as HH:MM, weekdays and dates in order. Raises InvalidInput."""
    if not calendar:
        return {}
    meant = parse_calendar(calendar, time_zone)
    notes = {date_of(entry, "date"): optional_text(entry, "note", 200) for entry in calendar.get("exceptions") or []}
    return {
        "weekdays": {WEEKDAYS[day]: _written(meant.weekdays[day]) for day in sorted(meant.weekdays)},
        "exceptions": [
            {"date": day.isoformat(), "hours": _written(meant.exceptions[day]), "note": notes[day]}
            for day in sorted(meant.exceptions)
        ],
    }


def date_of(entry: Mapping[str, Any], name: str) -> date:
    """The date of this name, or what its text YYYY-MM-DD means. Raises InvalidInput, outside 1970 to 2199 too."""
    found = entry.get(name)
    try:
        day = found if isinstance(found, date) else date.fromisoformat(str(found))
    except ValueError:
        raise InvalidInput("date_unreadable", where=name, found=str(found)) from None
    if not 1970 <= day.year < 2200:
        raise InvalidInput("date_out_of_range", where=name, day=day)
    return day


def minute_at(entry: Mapping[str, Any], name: str) -> int:
    """The time of day of this name, as minutes since midnight. Raises InvalidInput."""
    with placed(name):
        return minute_of(str(entry.get(name)))


def _hours(spans: Sequence[Mapping[str, Any]], where: str) -> Hours:
    with placed(where):
        hours = tuple(sorted(_span(number, span) for number, span in enumerate(spans)))
        WorkingCalendar(zone=get_zone("UTC"), weekdays={0: hours})
    return hours


def _span(number: int, span: Mapping[str, Any]) -> tuple[int, int]:
    with placed(str(number)):
        return minute_at(span, "from"), minute_at(span, "to")


def _written(hours: Hours) -> list[dict[str, str]]:
    return [{"from": text_of(start), "to": text_of(end)} for start, end in hours]
