"""Shifts of duty rosters as people write them, and what they mean."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fleet.duty import Shift
from fleet.errors import InvalidInput, placed
from fleet.wall_clock import text_of
from usecases.calendars import WEEKDAYS, date_of, minute_at
from usecases.master_data import optional_text

MOST_EXCEPTIONS, MOST_SEATS, MOST_SHIFTS, MOST_PEOPLE = 1_000, 100, 500, 20


def parse_shift(entry: Mapping[str, Any]) -> Shift:
    """The shift of {"weekdays" or "date", "from", "to", "from_date", "to_date", "people"}. Raises InvalidInput."""
    names: Sequence[str] = entry.get("weekdays") or []
    if unknown := [name for name in names if name not in WEEKDAYS]:
        raise InvalidInput("weekday_unknown", where="weekdays", found=unknown[0], known=WEEKDAYS)
    dates = {key: entry.get(key) and date_of(entry, key) for key in ("date", "from_date", "to_date")}
    people = tuple(dict.fromkeys(str(UUID(str(person))) for person in entry.get("people") or []))
    if len(people) > MOST_PEOPLE:
        raise InvalidInput("shift_too_many_people", where="people", most=MOST_PEOPLE)
    return Shift(
        start=minute_at(entry, "from"),
        end=minute_at(entry, "to"),
        people=people,
        weekdays=tuple(sorted({WEEKDAYS.index(name) for name in names})),
        on_date=dates["date"],
        from_date=dates["from_date"],
        to_date=dates["to_date"],
    )


def written_shift(shift: Shift) -> dict[str, Any]:
    """A shift as it is kept and shown."""
    return {
        "weekdays": [WEEKDAYS[day] for day in shift.weekdays],
        "date": shift.on_date and shift.on_date.isoformat(),
        "from": text_of(shift.start),
        "to": text_of(shift.end),
        "from_date": shift.from_date and shift.from_date.isoformat(),
        "to_date": shift.to_date and shift.to_date.isoformat(),
        "people": list(shift.people),
    }


def checked_shifts(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The shifts of a seat as they are kept. Raises InvalidInput with the place: `shifts.0.from`."""
    if len(entries) > MOST_SHIFTS:
        raise InvalidInput("seat_too_many_shifts", where="shifts", most=MOST_SHIFTS)
    checked = []
    for number, entry in enumerate(entries):
        with placed(f"shifts.{number}"):
            checked.append(written_shift(parse_shift(entry)))
    return checked


def checked_exceptions(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The dates on which the week does not hold, in order, as they are kept. Raises InvalidInput."""
    if len(entries) > MOST_EXCEPTIONS:
        raise InvalidInput("roster_too_many_exceptions", where="exceptions", most=MOST_EXCEPTIONS)
    notes: dict[date, str | None] = {}
    for number, entry in enumerate(entries):
        with placed(f"exceptions.{number}"):
            day, note = date_of(entry, "date"), optional_text(entry, "note", 200)
            if day in notes:
                raise InvalidInput("exception_twice", where="date", day=day)
            notes[day] = note
    return [{"date": day.isoformat(), "note": notes[day]} for day in sorted(notes)]
