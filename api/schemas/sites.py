"""Sites, their working calendars and working hours."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.organisations import ORGANISATION_UUID
from api.schemas.shape import AT, Instant, Shape, UuidText, example

SITE_UUID = "0198f3a4-5c11-7a00-8000-0000000000a1"
WeekdayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TimeOfDay = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", description="HH:MM.", examples=["08:00"])
]
CalendarDate = Annotated[date, Field(examples=["2026-10-01"])]
_HOURS = {"from": "08:00", "to": "17:30"}
CALENDAR: dict[str, Any] = {
    "weekdays": {"monday": [_HOURS], "tuesday": [_HOURS]},
    "exceptions": [{"date": "2026-10-01", "hours": [], "note": "国庆节"}],
}
_NEW: dict[str, Any] = {
    "name": "North quarry",
    "address": "1 Quarry Road, Shanghai",
    "time_zone": "Asia/Shanghai",
    "latitude_deg": 31.2304,
    "longitude_deg": 121.4737,
    "working_calendar": CALENDAR,
}
_ONE: dict[str, Any] = {
    "id": SITE_UUID,
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "Demo Construction",
    **_NEW,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class HoursSpan(Input):
    """Working hours on the site's clocks; a `to` that is not after `from` is on the next day."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay


class CalendarException(Input):
    """A date with hours of its own instead of its weekday's; none on a holiday."""

    date: CalendarDate
    hours: list[HoursSpan] = Field(default=[], max_length=24)
    note: str | None = Field(default=None, max_length=200)


class WorkingCalendarBody(Input):
    """When the site works. Hours belong to the day on which they begin; those of one day must not overlap."""

    weekdays: dict[WeekdayName, Annotated[list[HoursSpan], Field(max_length=24)]] = Field(default={})
    exceptions: list[CalendarException] = Field(default=[], max_length=1000)

    model_config = ConfigDict(json_schema_extra={"example": CALENDAR})


class Site(Shape):
    """A place where machines work."""

    id: UuidText
    organisation_id: UuidText | None
    """Null: the platform's."""
    organisation_name: str | None
    name: str
    address: str | None
    time_zone: str
    """IANA name."""
    latitude_deg: float | None
    """WGS 84; a point for maps. Where the site ends, its geofences say."""
    longitude_deg: float | None
    working_calendar: WorkingCalendarBody | None
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_ONE)


class SitePage(Shape):
    """A page of sites."""

    items: list[Site]
    next_cursor: str | None

    model_config = example({"items": [_ONE], "next_cursor": None})


class SiteNew(Input):
    """A site to be made; an organisation has no two of one name."""

    name: str = Field(min_length=1, max_length=200)
    time_zone: str = Field(min_length=1, max_length=64, examples=["Asia/Shanghai"])
    organisation_id: UUID | None = None
    """Left out: the caller's own organisation."""
    address: str | None = Field(default=None, max_length=500)
    latitude_deg: float | None = Field(default=None, ge=-90, le=90)
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    working_calendar: WorkingCalendarBody | None = None

    model_config = ConfigDict(json_schema_extra={"example": _NEW})


class SiteChange(Input):
    """What is to change; a member left out stays as it is, null clears it."""

    name: str | None = Field(default=None, max_length=200)
    time_zone: str | None = Field(default=None, max_length=64)
    address: str | None = Field(default=None, max_length=500)
    latitude_deg: float | None = Field(default=None, ge=-90, le=90)
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    working_calendar: WorkingCalendarBody | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"address": "2 Quarry Road, Shanghai"}})


class WorkingStretch(Shape):
    """from_at <= t < to_at."""

    from_at: Instant
    to_at: Instant


class WorkingHours(Shape):
    """When a site works in a span, and for how long. Hours as they pass, also over a change of the clocks."""

    time_zone: str
    from_at: Instant
    to_at: Instant
    hours: float | None
    """Null for a site without a calendar: nobody has said when it works."""
    stretches: list[WorkingStretch]

    model_config = example(
        {
            "time_zone": "Asia/Shanghai",
            "from_at": AT,
            "to_at": "2026-11-22T10:00:00Z",
            "hours": 9.5,
            "stretches": [{"from_at": "2026-11-22T00:00:00Z", "to_at": "2026-11-22T09:30:00Z"}],
        }
    )
