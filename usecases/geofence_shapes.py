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

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Place: TypeAlias = tuple[float, float]  # longitude, latitude, as GeoJSON has them

MAX_POSITIONS = 5_000
MAX_REACH_M = 500_000.0
MAX_RADIUS_M = 100_000.0
MAX_WIDTH_M = 10_000.0
MAX_BUFFER_M = 10_000.0
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
            geometry={"type": kind, "coordinates": list(_place(coordinates, "The point"))}, radius_m=radius_m
        )
    if kind == "LineString":
        places = _line(coordinates)
        return FenceShape(geometry={"type": kind, "coordinates": [list(p) for p in places]}, width_m=width_m)
    if kind == "Polygon":
        return FenceShape(geometry={"type": kind, "coordinates": _rings(coordinates)})
    raise InvalidInput(
        f"A geofence is a Polygon, a Point with radius_m or a LineString with width_m; {str(kind)[:40]!r} is none."
    )


def _check_measure(name: str, value: float | None, wanted: bool, at_most: float) -> None:
    if value is None and wanted:
        raise InvalidInput(f"{name} is missing: a Point needs radius_m, a LineString width_m.")
    if value is not None and not wanted:
        raise InvalidInput(f"{name} does not belong to this geometry.")
    if value is not None and not (_is_number(value) and 0 < value <= at_most):
        raise InvalidInput(f"{name} must be above 0 and at most {at_most:.0f}.")


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and -1e300 < found < 1e300


def _place(found: Any, where: str) -> Place:
    if not isinstance(found, Sequence) or isinstance(found, str) or not 2 <= len(found) <= 3:
        raise InvalidInput(f"{where} is no position: [longitude, latitude].")
    if not all(_is_number(n) for n in found):
        raise InvalidInput(f"{where} holds something that is no number.")
    longitude, latitude = float(found[0]), float(found[1])
    if not -180 <= longitude <= 180:
        raise InvalidInput(f"{where}: longitude {longitude:g} is not within -180 and 180.")
    if not -90 <= latitude <= 90:
        raise InvalidInput(f"{where}: latitude {latitude:g} is not within -90 and 90 (longitude comes first).")
    return longitude, latitude


def _places(found: Any, where: str, *, at_least: int) -> list[Place]:
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) < at_least:
        raise InvalidInput(f"{where} needs at least {at_least} positions.")
    if len(found) > MAX_POSITIONS:
        raise InvalidInput(f"{where} has {len(found)} positions; {MAX_POSITIONS} are the most.")
    places = [_place(one, f"Position {number} of {where}") for number, one in enumerate(found, 1)]
    for number, (here, there) in enumerate(itertools.pairwise(places), 1):
        if abs(there[0] - here[0]) > 180:
            raise InvalidInput(
                f"{where} crosses the 180th meridian between positions {number} and {number + 1}; "
                "make two geofences of it, one on each side."
            )
    return places


def _line(coordinates: Any) -> list[Place]:
    places = _places(coordinates, "the line", at_least=2)
    if len(set(places)) < 2:
        raise InvalidInput("All positions of the line are the same place.")
    _check_reach(places)
    return places


def _rings(coordinates: Any) -> list[list[list[float]]]:
    if not isinstance(coordinates, Sequence) or isinstance(coordinates, str) or not coordinates:
        raise InvalidInput("A Polygon needs at least one ring of positions.")
    rings = [_places(ring, f"ring {number}", at_least=4) for number, ring in enumerate(coordinates, 1)]
    for number, ring in enumerate(rings, 1):
        if ring[0] != ring[-1]:
            raise InvalidInput(f"Ring {number} is not closed: its last position must be its first, {_words(ring[0])}.")
    if sum(map(len, rings)) > MAX_POSITIONS:
        raise InvalidInput(f"A geofence has at most {MAX_POSITIONS} positions.")
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise InvalidInput(f"The polygon is not one: {_reason(polygon)}.")
    _check_reach(rings[0])
    wound = orient(polygon, 1.0)
    return [[list(place) for place in ring.coords] for ring in (wound.exterior, *wound.interiors)]


def _reason(polygon: shapely.Polygon) -> str:
    """What makes it invalid and where, of "Self-intersection[121.5 31.2]"."""
    said = shapely.is_valid_reason(polygon)
    found = re.fullmatch(r"(.*?)\[(\S+) (\S+)\]", said)
    return f"{found[1].lower()} at {_words((float(found[2]), float(found[3])))}" if found else said.lower()


def _words(place: Place) -> str:
    return f"longitude {place[0]:.7g}, latitude {place[1]:.7g}"


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
            f"The shape reaches {reach / 1000:.0f} km from its middle; {MAX_REACH_M / 1000:.0f} are the most."
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
