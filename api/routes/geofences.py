"""Geofences: polygons, circles and corridors, as resources and as GeoJSON."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.dependencies import Signed, instant
from api.encoding import json_response
from api.named_lists import ByName
from api.problems import documented
from api.routes import imports
from api.schemas.bodies import Time
from api.schemas.geofences import (
    FEATURE,
    FEATURES,
    GEOFENCE_UUID,
    Geofence,
    GeofenceChange,
    GeofenceNew,
    GeofencePage,
    PurposeName,
)
from api.schemas.imports import ImportReport
from api.schemas.shape import AT
from api.writes import Fields, IfMatch, Once, as_changed, etag_of, versioned
from usecases import edit_geofences, import_geofences

router = APIRouter(
    prefix="/geofences", tags=["geofences"], responses=documented("not_authenticated", "forbidden", "not_found")
)
GeofencePath = Annotated[UUID, Path(examples=[GEOFENCE_UUID])]
_GEOJSON: dict[int | str, dict[str, Any]] = {
    200: {"content": {imports.GEOJSON: {"schema": {"type": "object"}, "example": FEATURES}}}
}
_FEATURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {imports.GEOJSON: {"schema": {"type": "object"}, "example": FEATURE}}}
}


def _wants_geojson(request: Request) -> bool:
    return imports.GEOJSON in request.headers.get("accept", "")


@router.get("", response_model=GeofencePage, responses=_GEOJSON)
async def list_geofences(
    *,
    access: Signed,
    asked: ByName,
    request: Request,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of the name.")] = None,
    purpose: PurposeName | None = None,
    site: Annotated[UUID | None, Query(description="Of this site.")] = None,
    organisation: Annotated[UUID | None, Query(description="Of this organisation.")] = None,
    valid_at: Annotated[Time | None, Query(description="RFC 3339; valid then.", examples=[AT])] = None,
) -> Response:
    """The geofences of the caller's organisation and of those below it; as a FeatureCollection on request."""
    page = await edit_geofences.list_geofences(
        access.conn,
        access.caller.scope,
        edit_geofences.GeofenceFilter(
            q=q, purpose=purpose, site=site, organisation=organisation, at=instant(valid_at, "valid_at")
        ),
        asked.wish,
    )
    if _wants_geojson(request):
        page = asked.with_cursor(page)
        collection = import_geofences.collection_of(page.items) | {"next_cursor": page.next_cursor}
        answer = json_response(collection)
        answer.headers["content-type"] = imports.GEOJSON
        return answer
    return asked.answer(page)


@router.post("", response_model=Geofence, status_code=201, responses=documented("conflict"))
async def create_geofence(body: GeofenceNew, access: Signed, once: Once) -> Response:
    """Make a geofence. 422 names the ring and the place of what is wrong with a shape; 409 for a name that is taken."""
    values = body.model_dump(exclude_unset=True, by_alias=True)
    return await once(
        lambda: edit_geofences.create_geofence(access.conn, access.caller, values, now=access.now),
        created=lambda made: f"/api/v1/geofences/{made.id}",
    )


@router.post(
    "/import",
    response_model=ImportReport,
    responses=documented("conflict"),
    openapi_extra=imports.described(geojson=imports.GEOFENCES_GEOJSON),
)
async def import_all(file: imports.Map) -> Response:
    """Make or change the geofences of a FeatureCollection, all or none, known by organisation, site and name.

    Properties: `name`, and if wanted `purpose`, `organisation`, `site`, `radius_m`, `width_m`, `buffer_m`,
    `valid_from`, `valid_to`; others are refused, but for those of map tools (docs/master-data.md).
    """
    return await file.given_to(import_geofences.import_geofences)


@router.get("/{geofence_id}", response_model=Geofence, responses=_FEATURE)
async def get_geofence(geofence_id: GeofencePath, access: Signed, request: Request, fields: Fields = None) -> Response:
    """One geofence; as a GeoJSON Feature when `Accept` asks for application/geo+json."""
    fence = await edit_geofences.get_geofence(access.conn, access.caller.scope, geofence_id)
    if not _wants_geojson(request):
        return versioned(fence, fields)
    answer = json_response(import_geofences.feature_of(fence))
    answer.headers["content-type"] = imports.GEOJSON
    answer.headers["etag"] = etag_of(fence.version, bytes(answer.body))
    return answer


@router.patch("/{geofence_id}", response_model=Geofence, responses=documented("conflict"))
async def change_geofence(
    geofence_id: GeofencePath, body: GeofenceChange, access: Signed, version: IfMatch
) -> Response:
    """Change members; a geometry of another kind takes its own measure and drops the old one."""
    changes = body.model_dump(exclude_unset=True, by_alias=True)
    return as_changed(
        await edit_geofences.change_geofence(
            access.conn, access.caller, geofence_id, changes, version=version, now=access.now
        )
    )


@router.delete("/{geofence_id}", status_code=204, responses=documented("conflict"))
async def delete_geofence(geofence_id: GeofencePath, access: Signed, version: IfMatch) -> None:
    """Delete a geofence."""
    await edit_geofences.delete_geofence(access.conn, access.caller, geofence_id, version=version, now=access.now)
