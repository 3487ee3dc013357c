"""Working calendars as people write them, and what they mean."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fleet.errors import InvalidInput
from fleet.wall_clock import get_zone, minute_of, text_of
from fleet.working_calendar import Hours, WorkingCalendar
from usecases.master_data import optional_text

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST_EXCEPTIONS = 1_000


def parse_calendar(calendar: Mapping[str, Any], time_zone: str) -> WorkingCalendar:
    """The calendar of {"weekdays": {"monday": [{"from", "to"}]}, "exceptions": [{"date", "hours", "note"}]}.

    Raises InvalidInput, naming the weekday or the date.
    """
    weekdays = calendar.get("weekdays") or {}
    if unknown := [name for name in weekdays if name not in WEEKDAYS]:
        raise InvalidInput(f"{unknown[0]!r} is no weekday; they are {', '.join(WEEKDAYS)}.")
    exceptions: dict[date, Hours] = {}
    entries = calendar.get("exceptions") or []
    if len(entries) > _MOST_EXCEPTIONS:
        raise InvalidInput(f"A calendar has at most {_MOST_EXCEPTIONS} exceptions.")
    for entry in entries:
        day = date_of(entry.get("date"))
        if day in exceptions:
            raise InvalidInput(f"{day} stands more than once among the exceptions.")
        exceptions[day] = _hours(entry.get("hours") or [], str(day))
    hours = {WEEKDAYS.index(name): _hours(spans, name) for name, spans in weekdays.items()}
    return WorkingCalendar(zone=get_zone(time_zone), weekdays=hours, exceptions=exceptions)


def checked_calendar(calendar: Mapping[str, Any] | None, time_zone: str) -> dict[str, Any]:
    """The calendar as it is kept: times as HH:MM, weekdays and dates in order. Raises InvalidInput."""
    if not calendar:
        return {}
    meant = parse_calendar(calendar, time_zone)
    notes = {date_of(entry["date"]): optional_text(entry, "note", 200) for entry in calendar.get("exceptions") or []}
    return {
        "weekdays": {WEEKDAYS[day]: _written(meant.weekdays[day]) for day in sorted(meant.weekdays)},
        "exceptions": [
            {"date": day.isoformat(), "hours": _written(meant.exceptions[day]), "note": notes[day]}
            for day in sorted(meant.exceptions)
        ],
    }


def date_of(found: object) -> date:
    """A date, or the date that a text YYYY-MM-DD means. Raises InvalidInput, outside 1970 to 2199 too."""
    try:
        day = found if isinstance(found, date) else date.fromisoformat(str(found))
    except ValueError:
        raise InvalidInput(f"{found!r} is no date such as 2026-10-01.") from None
    if not 1970 <= day.year < 2200:
        raise InvalidInput(f"{day} is not within 1970 and 2199.")
    return day


def _hours(spans: Sequence[Mapping[str, Any]], where: str) -> Hours:
    try:
        hours = tuple(sorted((minute_of(str(span.get("from"))), minute_of(str(span.get("to")))) for span in spans))
        WorkingCalendar(zone=get_zone("UTC"), weekdays={0: hours})
    except InvalidInput as wrong:
        raise InvalidInput(f"{where}: {wrong.detail}") from None
    return hours


def _written(hours: Hours) -> list[dict[str, str]]:
    return [{"from": text_of(start), "to": text_of(end)} for start, end in hours]
