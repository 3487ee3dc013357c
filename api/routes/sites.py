"""Sites: where machines work, on which clock and when."""

from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api.dependencies import FromAt, Signed, ToAt, instant
from api.encoding import json_response
from api.named_lists import ByName
from api.problems import documented
from api.routes import imports
from api.schemas.imports import ImportReport
from api.schemas.sites import SITE_UUID, Site, SiteChange, SiteNew, SitePage, WorkingHours
from api.writes import Fields, IfMatch, Once, as_changed, versioned
from usecases import edit_sites, import_sites

router = APIRouter(prefix="/sites", tags=["sites"], responses=documented("not_authenticated", "forbidden", "not_found"))
_WEEK = timedelta(days=7)
SitePath = Annotated[UUID, Path(examples=[SITE_UUID])]


@router.get("", response_model=SitePage)
async def list_sites(
    *,
    access: Signed,
    asked: ByName,
    q: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Part of the name or the address.")
    ] = None,
    time_zone: Annotated[str | None, Query(max_length=64, examples=["Asia/Shanghai"])] = None,
    organisation: Annotated[UUID | None, Query(description="Of this organisation.")] = None,
) -> Response:
    """The sites of the caller's organisation and of those below it."""
    page = await edit_sites.list_sites(
        access.conn,
        access.caller.scope,
        edit_sites.SiteFilter(q=q, time_zone=time_zone, organisation=organisation),
        asked.wish,
    )
    return asked.answer(page)


@router.post("", response_model=Site, status_code=201, responses=documented("conflict"))
async def create_site(body: SiteNew, access: Signed, once: Once) -> Response:
    """Make a site. 409 when the organisation has one of this name."""
    values = body.model_dump(exclude_unset=True, by_alias=True)
    return await once(
        lambda: edit_sites.create_site(access.conn, access.caller, values, now=access.now),
        created=lambda made: f"/api/v1/sites/{made.id}",
    )


@router.post(
    "/import",
    response_model=ImportReport,
    responses=documented("conflict"),
    openapi_extra=imports.described(csv=imports.SITES_CSV, geojson=imports.SITES_GEOJSON),
)
async def import_all(file: imports.TableOrMap) -> Response:
    """Make or change sites, all or none, known by organisation and name.

    CSV: `name`, `time_zone`, and if wanted `organisation`, `address`, `latitude_deg`, `longitude_deg`, `monday` ...
    `sunday` (08:00-12:00 13:00-17:30), `holidays` (dates). GeoJSON: Points, or Polygons that become geofences as well.
    """
    return await file.given_to(partial(import_sites.import_sites, is_geojson=file.is_geojson))


@router.get("/{site_id}", response_model=Site)
async def get_site(site_id: SitePath, access: Signed, fields: Fields = None) -> Response:
    """One site with its working calendar."""
    return versioned(await edit_sites.get_site(access.conn, access.caller.scope, site_id), fields)


@router.patch("/{site_id}", response_model=Site, responses=documented("conflict"))
async def change_site(site_id: SitePath, body: SiteChange, access: Signed, version: IfMatch) -> Response:
    """Change members of a site."""
    changes = body.model_dump(exclude_unset=True, by_alias=True)
    return as_changed(
        await edit_sites.change_site(access.conn, access.caller, site_id, changes, version=version, now=access.now)
    )


@router.delete("/{site_id}", status_code=204, responses=documented("conflict"))
async def delete_site(site_id: SitePath, access: Signed, version: IfMatch) -> None:
    """Delete a site. 409 while a machine or a geofence is on it."""
    await edit_sites.delete_site(access.conn, access.caller, site_id, version=version, now=access.now)


@router.get("/{site_id}/working-hours", response_model=WorkingHours)
async def get_working_hours(site_id: SitePath, access: Signed, from_at: FromAt = None, to_at: ToAt = None) -> Response:
    """When the site works in a span of at most 366 days, and for how long; without `from` and `to` the next 7 days."""
    begins = instant(from_at, "from") or access.now
    hours = await edit_sites.get_working_hours(
        access.conn, access.caller.scope, site_id, from_at=begins, to_at=instant(to_at, "to") or begins + _WEEK
    )
    return json_response(hours)
