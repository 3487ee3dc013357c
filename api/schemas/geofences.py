"""Geofences, as resources and as GeoJSON."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.bodies import Time
from api.schemas.organisations import ORGANISATION_UUID
from api.schemas.shape import AT, Instant, Shape, UuidText, example
from api.schemas.sites import SITE_UUID

GEOFENCE_UUID = "0198f3a4-9e00-7b00-8000-0000000000f1"
PurposeName = Literal["site", "work_area", "parking", "forbidden", "route", "other"]
_POLYGON: dict[str, Any] = {
    "type": "Polygon",
    "coordinates": [[[121.40, 31.20], [121.42, 31.20], [121.42, 31.22], [121.40, 31.22], [121.40, 31.20]]],
}
_NEW: dict[str, Any] = {"name": "North quarry fence", "purpose": "site", "geometry": _POLYGON, "buffer_m": 20.0}
_ONE: dict[str, Any] = {
    "id": GEOFENCE_UUID,
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "Demo Construction",
    "site_id": SITE_UUID,
    "site_name": "North quarry",
    **_NEW,
    "radius_m": None,
    "width_m": None,
    "valid_from": None,
    "valid_to": None,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "id": GEOFENCE_UUID,
    "geometry": _POLYGON,
    "properties": {"name": "North quarry fence", "purpose": "site", "site": "North quarry", "buffer_m": 20.0},
}
FEATURES: dict[str, Any] = {"type": "FeatureCollection", "features": [FEATURE]}
Position = Annotated[list[float], Field(min_length=2, max_length=3)]


class PointGeometry(Input):
    """The middle of a circle: [longitude, latitude], WGS 84."""

    type: Literal["Point"]
    coordinates: Position


class LineGeometry(Input):
    """The middle of a corridor."""

    type: Literal["LineString"]
    coordinates: list[Position] = Field(min_length=2, max_length=5000)


class PolygonGeometry(Input):
    """Closed rings, the first around the area, the others around its holes."""

    type: Literal["Polygon"]
    coordinates: list[Annotated[list[Position], Field(min_length=4, max_length=5000)]] = Field(
        min_length=1, max_length=500
    )


Geometry = Annotated[PointGeometry | LineGeometry | PolygonGeometry, Field(discriminator="type")]


class Geofence(Shape):
    """An area, a circle or a corridor of a site or of an organisation."""

    id: UuidText
    organisation_id: UuidText
    organisation_name: str
    site_id: UuidText | None
    """Null: the organisation's, wherever its machines are."""
    site_name: str | None
    name: str
    purpose: PurposeName
    geometry: Geometry
    """GeoJSON (RFC 7946): outer rings counter-clockwise, holes clockwise."""
    radius_m: float | None
    """Of a circle, whose geometry is a Point."""
    width_m: float | None
    """Of a corridor, whose geometry is a LineString: the whole width."""
    buffer_m: float
    """How far outside still counts as inside, for positions that are not exact."""
    valid_from: Instant | None
    valid_to: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_ONE)


class GeofencePage(Shape):
    """A page of geofences."""

    items: list[Geofence]
    next_cursor: str | None

    model_config = example({"items": [_ONE], "next_cursor": None})


class GeofenceNew(Input):
    """A geofence to be made: a Polygon, a Point with radius_m, or a LineString with width_m."""

    name: str = Field(min_length=1, max_length=200)
    purpose: PurposeName = "site"
    geometry: Geometry
    site_id: UUID | None = None
    organisation_id: UUID | None = None
    """Without a site: whose it is; left out: the caller's own organisation's."""
    radius_m: float | None = Field(default=None, gt=0, le=100_000)
    width_m: float | None = Field(default=None, gt=0, le=10_000)
    buffer_m: float = Field(default=0, ge=0, le=10_000)
    valid_from: Time | None = None
    valid_to: Time | None = None

    model_config = ConfigDict(json_schema_extra={"example": _NEW})


class GeofenceChange(Input):
    """What is to change; a member left out stays as it is, null clears it."""

    name: str | None = Field(default=None, max_length=200)
    purpose: PurposeName | None = None
    geometry: Geometry | None = None
    radius_m: float | None = Field(default=None, gt=0, le=100_000)
    width_m: float | None = Field(default=None, gt=0, le=10_000)
    buffer_m: float | None = Field(default=None, ge=0, le=10_000)
    valid_from: Time | None = None
    valid_to: Time | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"buffer_m": 30.0}})
