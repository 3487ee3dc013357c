"""Shapes of geofences: GeoJSON (RFC 7946) read strictly and written rightly, and which places lie inside."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.polygon import orient

from fleet.errors import InvalidInput
from fleet.local_projection import LocalProjection
from fleet.reasons import Reason, reason

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Place: TypeAlias = tuple[float, float]  # longitude, latitude, as GeoJSON has them

MAX_POSITIONS = 5_000
MAX_REACH_M = 500_000.0
MAX_RADIUS_M = 100_000.0
MAX_WIDTH_M = 10_000.0
MAX_BUFFER_M = 10_000.0
_COORDINATES = "geometry.coordinates"
_STEP_DEG = 0.01  # a straight line on the map bends by less than 4 cm over this long a piece


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceShape:
    """A polygon with holes, a circle (Point and radius) or a corridor (LineString and width), checked.

    `geometry` is GeoJSON: rings closed, the outer one counter-clockwise and holes clockwise.
    """

    geometry: dict[str, Any]
    radius_m: float | None = None
    width_m: float | None = None


def parse_shape(
    geometry: Mapping[str, Any], *, radius_m: float | None = None, width_m: float | None = None
) -> FenceShape:
    """The shape of a GeoJSON geometry. Raises InvalidInput in words that name the ring and the position."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    _check_measure("radius_m", radius_m, kind == "Point", MAX_RADIUS_M)
    _check_measure("width_m", width_m, kind == "LineString", MAX_WIDTH_M)
    if kind == "Point":
        return FenceShape(
            geometry={
                "type": kind,
                "coordinates": list(_place(coordinates, _Part(_COORDINATES, reason("part_point")))),
            },
            radius_m=radius_m,
        )
    if kind == "LineString":
        places = _line(coordinates)
        return FenceShape(geometry={"type": kind, "coordinates": [list(p) for p in places]}, width_m=width_m)
    if kind == "Polygon":
        return FenceShape(geometry={"type": kind, "coordinates": _rings(coordinates)})
    raise InvalidInput("geometry_kind_unknown", where="geometry.type", found=str(kind))


def _check_measure(name: str, value: float | None, wanted: bool, at_most: float) -> None:
    if value is None and wanted:
        raise InvalidInput("measure_missing", where=name)
    if value is not None and not wanted:
        raise InvalidInput("measure_foreign", where=name)
    if value is not None and not (_is_number(value) and 0 < value <= at_most):
        raise InvalidInput("measure_out_of_range", where=name, most=at_most)


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and -1e300 < found < 1e300


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a shape: where it stands in the geometry, and what it is called."""

    where: str
    words: Reason

    def position(self, number: int) -> "_Part":
        return _Part(f"{self.where}.{number}", reason("part_position", number=number + 1, line=self.words))

    def wrong(self, key: str, **values: Any) -> InvalidInput:
        return InvalidInput(key, where=self.where, part=self.words, **values)


def _place(found: Any, part: _Part) -> Place:
    if not isinstance(found, Sequence) or isinstance(found, str) or not 2 <= len(found) <= 3:
        raise part.wrong("position_unreadable")
    if not all(_is_number(n) for n in found):
        raise part.wrong("position_no_number")
    longitude, latitude = float(found[0]), float(found[1])
    if not -180 <= longitude <= 180:
        raise part.wrong("longitude_out_of_range", found=longitude)
    if not -90 <= latitude <= 90:
        raise part.wrong("latitude_out_of_range", found=latitude)
    return longitude, latitude


def _places(found: Any, part: _Part, *, at_least: int) -> list[Place]:
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) < at_least:
        raise part.wrong("positions_too_few", least=at_least)
    if len(found) > MAX_POSITIONS:
        raise part.wrong("positions_too_many", length=len(found), most=MAX_POSITIONS)
    places = [_place(one, part.position(number)) for number, one in enumerate(found)]
    for number, (here, there) in enumerate(itertools.pairwise(places), 1):
        if abs(there[0] - here[0]) > 180:
            raise part.wrong("crosses_antimeridian", number=number, next=number + 1)
    return places


def _line(coordinates: Any) -> list[Place]:
    places = _places(coordinates, _Part(_COORDINATES, reason("part_line")), at_least=2)
    if len(set(places)) < 2:
        raise InvalidInput("line_in_one_place", where=_COORDINATES)
    _check_reach(places)
    return places


def _rings(coordinates: Any) -> list[list[list[float]]]:
    if not isinstance(coordinates, Sequence) or isinstance(coordinates, str) or not coordinates:
        raise InvalidInput("polygon_without_ring", where=_COORDINATES)
    parts = [_Part(f"{_COORDINATES}.{n}", reason("part_ring", number=n + 1)) for n in range(len(coordinates))]
    rings = [_places(ring, part, at_least=4) for ring, part in zip(coordinates, parts, strict=True)]
    for number, (ring, part) in enumerate(zip(rings, parts, strict=True), 1):
        if ring[0] != ring[-1]:
            raise InvalidInput("ring_not_closed", where=part.where, number=number, first=_words(ring[0]))
    if sum(map(len, rings)) > MAX_POSITIONS:
        raise InvalidInput("geofence_too_many_positions", where=_COORDINATES, most=MAX_POSITIONS)
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise _invalid(polygon)
    _check_reach(rings[0])
    wound = orient(polygon, 1.0)
    return [[list(place) for place in ring.coords] for ring in (wound.exterior, *wound.interiors)]


def _invalid(polygon: shapely.Polygon) -> InvalidInput:
    """What makes it invalid and where, of "Self-intersection[121.5 31.2]"."""
    said = shapely.is_valid_reason(polygon)
    found = re.fullmatch(r"(.*?)\[(\S+) (\S+)\]", said)
    longitude, latitude = found.group(2, 3) if found else polygon.exterior.coords[0][:2]
    why = _INVALID.get((found[1] if found else said).lower(), reason("polygon_not_simple"))
    return InvalidInput(
        "polygon_invalid", where=_COORDINATES, why=why, place=_words((float(longitude), float(latitude)))
    )


_INVALID = {
    "self-intersection": reason("polygon_self_intersection"),
    "ring self-intersection": reason("polygon_ring_self_intersection"),
    "hole lies outside shell": reason("polygon_hole_outside"),
    "holes are nested": reason("polygon_holes_nested"),
    "interior is disconnected": reason("polygon_interior_disconnected"),
    "too few points in geometry component": reason("polygon_too_few_points"),
}


def _words(place: Place) -> Reason:
    return reason("part_place", longitude=place[0], latitude=place[1])


def _centre(places: Sequence[Place]) -> LocalProjection:
    corners = np.array(places)
    longitude, latitude = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return LocalProjection(float(latitude), float(longitude))


def _check_reach(places: Sequence[Place]) -> None:
    corners = np.array(places)
    x, y = _centre(places).metres(corners[:, 1], corners[:, 0])
    reach = float(np.hypot(x, y).max())
    if reach > MAX_REACH_M:
        raise InvalidInput(
            "shape_too_wide", where=_COORDINATES, reach=round(reach / 1000), most=round(MAX_REACH_M / 1000)
        )


class Fence:
    """A shape made ready for asking; lines between positions are straight on the map (RFC 7946, 3.1.1)."""

    def __init__(self, shape: FenceShape, *, buffer_m: float = 0.0) -> None:
        self._distance_m = buffer_m
        found = shapely.geometry.shape(shape.geometry)
        self._area = found if isinstance(found, shapely.Polygon) else None
        places = [tuple(place[:2]) for place in shapely.get_coordinates(found)]
        self._projection = _centre(places)
        if self._area is not None:
            shapely.prepare(self._area)
        else:
            self._distance_m += shape.radius_m or (shape.width_m or 0.0) / 2
        self._ground = shapely.transform(shapely.segmentize(found, _STEP_DEG), self._metres)
        shapely.prepare(self._ground)

    def contains(self, latitude_deg: FloatArray, longitude_deg: FloatArray) -> BoolArray:
        """Which places lie in the shape or on its border, or within its buffer; shapes as given, NaN is outside."""
        latitude, longitude = np.asarray(latitude_deg, np.float64), np.asarray(longitude_deg, np.float64)
        inside = np.zeros(latitude.shape, np.bool_)
        known = np.isfinite(latitude) & np.isfinite(longitude)
        if self._area is not None:
            inside[known] = shapely.intersects_xy(self._area, longitude[known], latitude[known])
        if self._distance_m > 0:
            left = known & ~inside
            points = shapely.points(*self._projection.metres(latitude[left], longitude[left]))
            inside[left] = shapely.dwithin(self._ground, points, self._distance_m)
        return inside

    def _metres(self, coordinates: FloatArray) -> FloatArray:
        return np.column_stack(self._projection.metres(coordinates[:, 1], coordinates[:, 0]))
