"""Geofences of sites and organisations."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from fleet.errors import InvalidInput, NotFound
from storage import geofences
from storage.geofences import GeofenceFilter, GeofenceRow
from storage.ids import uuid7
from storage.organisations import OrganisationRow
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from storage.sight import Scope
from storage.sites import SiteRow
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.edit_sites import get_row as get_site_row
from usecases.geofence_shapes import MAX_BUFFER_M, Fence, FenceShape, parse_shape
from usecases.master_data import (
    Author,
    ListWish,
    Page,
    choice,
    cut,
    differences,
    optional_number,
    record,
    text,
)
from usecases.versions import Versions, same_version

__all__ = ["PURPOSES", "Geofence", "GeofenceFilter", "GeofencePage"]

PURPOSES = ("site", "work_area", "parking", "forbidden", "route", "other")
MEMBERS = ("name", "purpose", "geometry", "radius_m", "width_m", "buffer_m", "valid_from", "valid_to")
_BLANK = {"purpose": "site", "radius_m": None, "width_m": None, "buffer_m": 0, "valid_from": None, "valid_to": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Geofence:
    """One geofence; see api.schemas.geofences."""

    id: str
    organisation_id: str
    organisation_name: str
    site_id: str | None
    site_name: str | None
    name: str
    purpose: str
    geometry: dict[str, Any]
    radius_m: float | None
    width_m: float | None
    buffer_m: float
    valid_from: datetime | None
    valid_to: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class GeofencePage(Page):
    """A page of geofences."""

    items: list[Geofence]


async def list_geofences(conn: Connection, scope: Scope, wanted: GeofenceFilter, wish: ListWish) -> GeofencePage:
    """A page of the geofences that the scope sees."""
    rows = await geofences.list_geofences(conn, scope, wanted, wish.page)
    shown, end = cut(rows, wish, lambda row: (row.name, row.geofence_id))
    return GeofencePage(items=[shown_as(row) for row in shown], end=end)


async def get_geofence(conn: Connection, scope: Scope, geofence_id: UUID) -> Geofence:
    """One geofence. Raises NotFound when it is not the scope's to see."""
    return shown_as(await _get_row(conn, scope, geofence_id))


async def _get_row(conn: Connection, scope: Scope, geofence_id: UUID) -> GeofenceRow:
    row = await geofences.find_geofence(conn, scope, geofence_id)
    if row is None:
        raise NotFound
    return row


def shown_as(row: GeofenceRow) -> Geofence:
    """What answers show of a row."""
    return Geofence(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        site_id=None if row.site_public_id is None else str(row.site_public_id),
        site_name=row.site_name,
        name=row.name,
        purpose=row.purpose,
        geometry=row.geometry,
        radius_m=row.radius_m,
        width_m=row.width_m,
        buffer_m=row.buffer_m,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def create_geofence(conn: Connection, author: Author, values: Mapping[str, Any], *, now: datetime) -> Geofence:
    """Make a geofence of the site that `site_id` names, or of a whole organisation (`organisation_id`, else one's own).

    Raises NotFound for what is not the author's to see, InvalidInput with the place, and Conflict for a taken name.
    """
    site, wanted = values.get("site_id"), values.get("organisation_id")
    place = None if site is None else await get_site_row(conn, author.scope, UUID(str(site)))
    owner = None if wanted is None else UUID(str(wanted))
    if place is not None and owner not in (None, place.organisation_public_id):
        raise InvalidInput("geofence_of_another_site", where="organisation_id")
    if place is not None:
        owner = place.organisation_public_id
    organisation = await get_organisation_row(conn, author.scope, owner)
    return shown_as(await insert(conn, author, values, organisation, place, now=now))


async def insert(
    conn: Connection,
    author: Author,
    values: Mapping[str, Any],
    organisation: OrganisationRow,
    site: SiteRow | None,
    *,
    now: datetime,
) -> GeofenceRow:
    """Insert a checked geofence of the organisation and, if given, its site, and record it."""
    given = _checked(_BLANK | dict(values)) | {
        "public_id": uuid7(),
        "organisation_id": organisation.organisation_id,
        "site_id": None if site is None else site.site_id,
    }
    number = await geofences.insert_geofence(conn, given | {"now": now})
    row = GeofenceRow(
        geofence_id=number,
        organisation_public_id=organisation.public_id,
        organisation_name=organisation.name,
        site_public_id=None if site is None else site.public_id,
        site_name=None if site is None else site.name,
        version=1,
        created_at=now,
        updated_at=now,
        **given,
    )
    await record(conn, author, "geofence", row.organisation_id, before=None, after=shown_as(row), now=now)
    await bump_config_epoch(conn)
    return row


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    geometry = values.get("geometry")
    begins, ends = _instant(values, "valid_from"), _instant(values, "valid_to")
    if not isinstance(geometry, Mapping):
        raise InvalidInput("geometry_unreadable", where="geometry")
    shape = parse_shape(geometry, radius_m=values.get("radius_m"), width_m=values.get("width_m"))
    if begins is not None and ends is not None and ends <= begins:
        raise InvalidInput("validity_backwards", where="valid_to")
    return {
        "name": text(values, "name", 200),
        "purpose": choice(values, "purpose", PURPOSES),
        "geometry": shape.geometry,
        "radius_m": shape.radius_m,
        "width_m": shape.width_m,
        "buffer_m": optional_number(values, "buffer_m", 0, MAX_BUFFER_M) or 0.0,
        "valid_from": begins,
        "valid_to": ends,
    }


def _instant(values: Mapping[str, Any], name: str) -> datetime | None:
    found = values.get(name)
    if found is None:
        return None
    if not isinstance(found, datetime) or found.tzinfo is None or not 1970 <= found.year < 2200:
        raise InvalidInput("instant_unreadable", where=name)
    return found.astimezone(UTC)


async def change_geofence(
    conn: Connection,
    author: Author,
    geofence_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    now: datetime,
) -> Geofence:
    """Change members of a geofence; a geometry of another kind drops the measure of the old one.

    Raises NotFound, PreconditionFailed, InvalidInput and Conflict.
    """
    row = await _get_row(conn, author.scope, geofence_id)
    same_version(row.version, version)
    return shown_as(await update(conn, author, row, changes, now=now))


async def update(
    conn: Connection, author: Author, row: GeofenceRow, changes: Mapping[str, Any], *, now: datetime
) -> GeofenceRow:
    """Change a row that was read, and record it; nothing is written when all is equal."""
    merged = {name: getattr(row, name) for name in MEMBERS} | dict(changes)
    if (changes.get("geometry") or row.geometry).get("type") != row.geometry["type"]:
        merged |= {name: changes.get(name) for name in ("radius_m", "width_m")}
    after = replace(row, **_checked(merged))
    if not differences(shown_as(row), shown_as(after))[1]:
        return row
    given = {name: getattr(after, name) for name in (*MEMBERS, "geofence_id", "version")}
    await geofences.update_geofence(conn, given | {"now": now})
    after = replace(after, version=row.version + 1, updated_at=now)
    await record(conn, author, "geofence", row.organisation_id, before=shown_as(row), after=shown_as(after), now=now)
    await bump_config_epoch(conn)
    return after


async def delete_geofence(
    conn: Connection, author: Author, geofence_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Delete a geofence. Raises NotFound and PreconditionFailed."""
    row = await _get_row(conn, author.scope, geofence_id)
    same_version(row.version, version)
    await geofences.delete_geofence(conn, row.geofence_id, version=row.version)
    await record(conn, author, "geofence", row.organisation_id, before=shown_as(row), after=None, now=now)
    await bump_config_epoch(conn)


def fence_of(row: GeofenceRow) -> Fence:
    """The shape of a row, ready for asking."""
    shape = FenceShape(geometry=row.geometry, radius_m=row.radius_m, width_m=row.width_m)
    return Fence(shape, buffer_m=row.buffer_m)


async def is_on_site(
    conn: Connection, scope: Scope, site_id: int, *, latitude_deg: float, longitude_deg: float, at: datetime
) -> bool | None:
    """Whether a place lies in a geofence of the site with the purpose `site`; None when it has none at this instant."""
    rows = [row for row in await geofences.list_of_site(conn, scope, site_id, at=at) if row.purpose == "site"]
    place = np.array([latitude_deg]), np.array([longitude_deg])
    return any(bool(fence_of(row).contains(*place)[0]) for row in rows) if rows else None
