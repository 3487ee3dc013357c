"""Sites: where machines work, on which clock and when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fleet.errors import InvalidInput, NotFound, placed
from fleet.working_calendar import working_hours_between, working_intervals
from storage import sites
from storage.ids import uuid7
from storage.organisations import OrganisationRow
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from storage.sight import Scope
from storage.sites import SiteFilter, SiteRow
from usecases.calendars import checked_calendar, parse_calendar
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import (
    Author,
    ListWish,
    Page,
    cut,
    differences,
    optional_number,
    optional_text,
    record,
    text,
    zone_name,
)
from usecases.versions import Versions, same_version

__all__ = ["Site", "SiteFilter", "SitePage", "WorkingHours"]

MEMBERS = ("name", "address", "time_zone", "latitude_deg", "longitude_deg", "working_calendar")
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site; see api.schemas.sites."""

    id: str
    organisation_id: str | None
    organisation_name: str | None
    name: str
    address: str | None
    time_zone: str
    latitude_deg: float | None
    longitude_deg: float | None
    working_calendar: dict[str, Any] | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class SitePage(Page):
    """A page of sites."""

    items: list[Site]


async def list_sites(conn: Connection, scope: Scope, wanted: SiteFilter, wish: ListWish) -> SitePage:
    """A page of the sites that the scope sees."""
    rows = await sites.list_sites(conn, scope, wanted, wish.page)
    shown, end = cut(rows, wish, lambda row: (row.name, row.site_id))
    return SitePage(items=[shown_as(row) for row in shown], end=end)


async def get_site(conn: Connection, scope: Scope, site_id: UUID) -> Site:
    """One site. Raises NotFound when it is not the scope's to see."""
    return shown_as(await get_row(conn, scope, site_id))


async def get_row(conn: Connection, scope: Scope, site_id: UUID) -> SiteRow:
    """The site of this id. Raises NotFound."""
    row = await sites.find_site(conn, scope, site_id)
    if row is None:
        raise NotFound
    return row


def shown_as(row: SiteRow) -> Site:
    """What answers show of a row."""
    return Site(
        id=str(row.public_id),
        organisation_id=None if row.organisation_public_id is None else str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        name=row.name,
        address=row.address,
        time_zone=row.time_zone,
        latitude_deg=row.latitude_deg,
        longitude_deg=row.longitude_deg,
        working_calendar=row.working_calendar or None,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def create_site(conn: Connection, author: Author, values: Mapping[str, Any], *, now: datetime) -> Site:
    """Make a site of the author's organisation, or of the one that `organisation_id` names.

    Raises NotFound for an organisation that is not the author's to see, InvalidInput, and Conflict for a taken name.
    """
    wanted = values.get("organisation_id")
    organisation = await get_organisation_row(conn, author.scope, None if wanted is None else UUID(str(wanted)))
    return shown_as(await insert(conn, author, values, organisation, now=now))


async def insert(
    conn: Connection, author: Author, values: Mapping[str, Any], organisation: OrganisationRow, *, now: datetime
) -> SiteRow:
    """Insert a checked site of the organisation, and record it."""
    given = _checked(values) | {"public_id": uuid7(), "organisation_id": organisation.organisation_id}
    number = await sites.insert_site(conn, given | {"now": now})
    row = SiteRow(
        site_id=number,
        organisation_public_id=organisation.public_id,
        organisation_name=organisation.name,
        version=1,
        created_at=now,
        updated_at=now,
        **given,
    )
    await record(conn, author, "site", row.organisation_id, before=None, after=shown_as(row), now=now)
    return row


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    zone = zone_name(values)
    latitude = optional_number(values, "latitude_deg", -90, 90)
    longitude = optional_number(values, "longitude_deg", -180, 180)
    if (latitude is None) != (longitude is None):
        raise InvalidInput("place_half", where="latitude_deg" if latitude is None else "longitude_deg")
    return {
        "name": text(values, "name", 200),
        "address": optional_text(values, "address", 500),
        "time_zone": zone,
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "working_calendar": _calendar(values.get("working_calendar"), zone),
    }


def _calendar(calendar: Mapping[str, Any] | None, zone: str) -> dict[str, Any]:
    with placed("working_calendar"):
        return checked_calendar(calendar, zone)


async def change_site(
    conn: Connection,
    author: Author,
    site_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    now: datetime,
) -> Site:
    """Change members of a site. Raises NotFound, PreconditionFailed, InvalidInput and Conflict."""
    row = await get_row(conn, author.scope, site_id)
    same_version(row.version, version)
    return shown_as(await update(conn, author, row, changes, now=now))


async def update(
    conn: Connection, author: Author, row: SiteRow, changes: Mapping[str, Any], *, now: datetime
) -> SiteRow:
    """Change a row that was read, and record it; nothing is written when all is equal."""
    after = replace(row, **_checked({name: getattr(row, name) for name in MEMBERS} | dict(changes)))
    if not differences(shown_as(row), shown_as(after))[1]:
        return row
    given = {name: getattr(after, name) for name in (*MEMBERS, "site_id", "version")}
    await sites.update_site(conn, given | {"now": now})
    await bump_config_epoch(conn)  # rules ask for its clock and hours
    after = replace(after, version=row.version + 1, updated_at=now)
    await record(conn, author, "site", row.organisation_id, before=shown_as(row), after=shown_as(after), now=now)
    return after


async def delete_site(
    conn: Connection, author: Author, site_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Delete a site. Raises NotFound, PreconditionFailed, and Conflict while a machine or a geofence is on it."""
    row = await get_row(conn, author.scope, site_id)
    same_version(row.version, version)
    await sites.delete_site(conn, row.site_id, version=row.version)
    await record(conn, author, "site", row.organisation_id, before=shown_as(row), after=None, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """from_at <= t < to_at."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When a site works in a stretch of time, and for how long; see api.schemas.sites."""

    time_zone: str
    from_at: datetime
    to_at: datetime
    hours: float | None
    stretches: list[Stretch]


async def get_working_hours(
    conn: Connection, scope: Scope, site_id: UUID, *, from_at: datetime, to_at: datetime
) -> WorkingHours:
    """The working hours of a site in at most 366 days; `hours` is None without a calendar.

    Raises NotFound and InvalidInput.
    """
    if not timedelta(0) <= to_at - from_at <= _LONGEST:
        raise InvalidInput("working_hours_span", where="to")
    row = await get_row(conn, scope, site_id)
    calendar = parse_calendar(row.working_calendar, row.time_zone)
    return WorkingHours(
        time_zone=row.time_zone,
        from_at=from_at,
        to_at=to_at,
        hours=working_hours_between(calendar, from_at, to_at) if row.working_calendar else None,
        stretches=[Stretch(from_at=a, to_at=b) for a, b in working_intervals(calendar, from_at, to_at)],
    )
