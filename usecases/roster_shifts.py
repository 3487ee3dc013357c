"""Shifts of duty rosters as people write them, and what they mean."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fleet.duty import Shift
from fleet.errors import InvalidInput
from fleet.wall_clock import minute_of, text_of
from usecases.calendars import WEEKDAYS, date_of
from usecases.master_data import optional_text

MOST_EXCEPTIONS, MOST_SEATS, MOST_SHIFTS, MOST_PEOPLE = 1_000, 100, 500, 20


def parse_shift(entry: Mapping[str, Any]) -> Shift:
    """The shift of {"weekdays" or "date", "from", "to", "from_date", "to_date", "people"}. Raises InvalidInput."""
    names: Sequence[str] = entry.get("weekdays") or []
    if unknown := [name for name in names if name not in WEEKDAYS]:
        raise InvalidInput(f"{unknown[0]!r} is no weekday; they are {', '.join(WEEKDAYS)}.")
    dates = {key: entry.get(key) and date_of(entry[key]) for key in ("date", "from_date", "to_date")}
    people = tuple(dict.fromkeys(str(UUID(str(person))) for person in entry.get("people") or []))
    if len(people) > MOST_PEOPLE:
        raise InvalidInput(f"A shift has at most {MOST_PEOPLE} people.")
    return Shift(
        start=minute_of(str(entry.get("from"))),
        end=minute_of(str(entry.get("to"))),
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


def checked_shifts(entries: Sequence[Mapping[str, Any]], seat: str) -> list[dict[str, Any]]:
    """The shifts of a seat as they are kept. Raises InvalidInput, naming the seat and the shift by its number."""
    if len(entries) > MOST_SHIFTS:
        raise InvalidInput(f"{seat}: a seat has at most {MOST_SHIFTS} shifts.")
    checked = []
    for number, entry in enumerate(entries, 1):
        try:
            checked.append(written_shift(parse_shift(entry)))
        except InvalidInput as wrong:
            raise InvalidInput(f"{seat}, shift {number}: {wrong.detail}") from None
    return checked


def checked_exceptions(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The dates on which the week does not hold, in order, as they are kept. Raises InvalidInput."""
    if len(entries) > MOST_EXCEPTIONS:
        raise InvalidInput(f"A roster has at most {MOST_EXCEPTIONS} exceptions.")
    notes = {date_of(entry.get("date")): optional_text(entry, "note", 200) for entry in entries}
    if len(notes) < len(entries):
        raise InvalidInput("A date stands more than once among the exceptions.")
    return [{"date": day.isoformat(), "note": notes[day]} for day in sorted(notes)]
