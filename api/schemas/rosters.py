"""Duty rosters, and who is on duty."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.organisations import ORGANISATION_UUID, LanguageName
from api.schemas.people import PERSON_UUID
from api.schemas.shape import AT, Instant, Shape, UuidText, example
from api.schemas.sites import CalendarDate, TimeOfDay, WeekdayName

ROSTER_UUID = "0198f3a5-1000-7c00-8000-0000000000d1"
SEAT_UUID = "0198f3a5-1000-7c00-8000-0000000000d2"
SeatRoleName = Literal["expert", "lead", "dealer", "service_engineer", "administrator"]
_SHIFT: dict[str, Any] = {
    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    "date": None,
    "from": "08:00",
    "to": "20:00",
    "from_date": None,
    "to_date": None,
    "people": [PERSON_UUID],
}
_SEAT: dict[str, Any] = {"id": SEAT_UUID, "name": "Hydraulics desk", "role": "expert", "shifts": [_SHIFT]}
_NEW: dict[str, Any] = {
    "name": "Control centre",
    "time_zone": "Asia/Shanghai",
    "exceptions": [{"date": "2026-10-01", "note": "国庆节"}],
    "seats": [{"name": "Hydraulics desk", "role": "expert", "shifts": [_SHIFT | {"people": []}]}],
}
_ONE: dict[str, Any] = {
    "id": ROSTER_UUID,
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "ECC",
    "name": "Control centre",
    "time_zone": "Asia/Shanghai",
    "exceptions": _NEW["exceptions"],
    "seats": [_SEAT],
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}
_PERSON: dict[str, Any] = {
    "id": PERSON_UUID,
    "name": "王丽",
    "login": "wang.li",
    "email": "wang.li@example.com",
    "phone": "+86 139 0000 0000",
    "language": "zh",
}
_TURN: dict[str, Any] = {"people": [_PERSON], "from_at": AT, "until": "2026-11-21T12:00:00Z"}


class DutyShift(Input):
    """Every week on `weekdays`, or once on `date`, on the roster's clocks; a `to` not after `from` is the next day."""

    weekdays: list[WeekdayName] = Field(default=[], max_length=7)
    date: CalendarDate | None = None
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    from_date: CalendarDate | None = None
    """First date of a weekly shift; null: ever."""
    to_date: CalendarDate | None = None
    """Its last date, included."""
    people: list[UUID] = Field(default=[], max_length=20)

    model_config = ConfigDict(json_schema_extra={"example": _SHIFT | {"people": []}})


class DutySeat(Input):
    """A named post of the centre."""

    id: UUID | None = None
    """Keep it when the seat stays; left out: a new seat."""
    name: str = Field(min_length=1, max_length=200)
    role: SeatRoleName
    shifts: list[DutyShift] = Field(default=[], max_length=500)


class RosterException(Input):
    """A date on which no weekly shift begins; dated shifts do."""

    date: CalendarDate
    note: str | None = Field(default=None, max_length=200)


class Roster(Shape):
    """Seats, their shifts and the people on them."""

    id: UuidText
    organisation_id: UuidText
    organisation_name: str
    name: str
    time_zone: str
    exceptions: list[RosterException]
    seats: list[DutySeat]
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_ONE)


class RosterPage(Shape):
    """A page of rosters."""

    items: list[Roster]
    next_cursor: str | None

    model_config = example({"items": [_ONE], "next_cursor": None})


class RosterNew(Input):
    """A roster to be made."""

    name: str = Field(min_length=1, max_length=200)
    time_zone: str = Field(default="Asia/Shanghai", max_length=64, examples=["Asia/Shanghai"])
    organisation_id: UUID | None = None
    """Left out: the caller's own organisation."""
    exceptions: list[RosterException] = Field(default=[], max_length=1000)
    seats: list[DutySeat] = Field(default=[], max_length=100)

    model_config = ConfigDict(json_schema_extra={"example": _NEW})


class RosterChange(Input):
    """What is to change; a member left out stays as it is. `seats` are all of them, `exceptions` too."""

    name: str | None = Field(default=None, max_length=200)
    time_zone: str | None = Field(default=None, max_length=64)
    exceptions: list[RosterException] | None = Field(default=None, max_length=1000)
    seats: list[DutySeat] | None = Field(default=None, max_length=100)

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Control centre, day"}})


class OnDuty(Shape):
    """Somebody on duty, and how to reach them."""

    id: UuidText
    name: str
    login: str
    email: str | None
    phone: str | None
    language: LanguageName


class DutyTurn(Shape):
    """A stretch of duty with the same people throughout."""

    people: list[OnDuty]
    from_at: Instant | None
    """Null: for more than a week."""
    until: Instant | None
    """Null: for more than 35 days."""


class SeatDuty(Shape):
    """Who holds a seat, and who is next."""

    seat_id: UuidText
    name: str
    role: SeatRoleName
    now: DutyTurn | None
    """Null: nobody."""
    next: DutyTurn | None
    """Null: nobody within 35 days."""


class RosterDuty(Shape):
    """The seats of a roster at an instant."""

    roster_id: UuidText
    name: str
    time_zone: str
    at: Instant
    seats: list[SeatDuty]

    model_config = example(
        {
            "roster_id": ROSTER_UUID,
            "name": "Control centre",
            "time_zone": "Asia/Shanghai",
            "at": AT,
            "seats": [
                {"seat_id": SEAT_UUID, "name": "Hydraulics desk", "role": "expert", "now": _TURN, "next": None},
            ],
        }
    )
