"""Places in WGS 84 from the shifted systems of Chinese maps: GCJ-02 and BD-09, on whole arrays.

GCJ-02 (国测局坐标, "Mars coordinates") adds a smooth offset of 300 to 700 m to every place inside China, as maps there
have to; BD-09 (百度坐标) turns and moves GCJ-02 once more, by about 900 m. Some terminals state their places in one of
them. Neither is published by its maker: the formulas are those that the open converters agree on, checked against the
points they publish (tests/unit/test_coordinates.py), met within 5 cm. The way back is solved until it moves less than
1e-9 degree (0.1 mm): a place taken there and back is itself again within 1 mm. Converters that take one step of the way
back only are off by metres (GCJ-02) to some ten metres (BD-09), so their answers differ from these by that much.
Outside China's bounding box (0.8293 to 55.8271 N, 72.004 to 137.8347 E) GCJ-02 is WGS 84. At the edge of the box the
offset begins at once, so a place within 1 km of it may be off by that much.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from fleet.batch import BoolArray, Float64Array

CoordinateSystem = Literal["wgs84", "gcj02", "bd09"]
COORDINATE_SYSTEMS: tuple[str, ...] = get_args(CoordinateSystem)
_AXIS_M = 6_378_245.0  # Krasovsky 1940
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_BD_EAST, _BD_NORTH = 0.0065, 0.006
_ROUNDS = 12  # the offset changes by less than 1 % over itself: each round gains two digits
_Pair = tuple[Float64Array, Float64Array]


def to_wgs84(lat: npt.ArrayLike, lon: npt.ArrayLike, system: str) -> _Pair:
    """Latitude and longitude in WGS 84 of places stated in `system`, degrees; NaN stays NaN. Shapes as given."""
    at = np.asarray(lat, np.float64), np.asarray(lon, np.float64)
    match system:
        case "wgs84":
            return at
        case "gcj02":
            return _solved(_gcj02, at)
        case "bd09":
            return _solved(_gcj02, _solved(_bd09, at))
    raise ValueError(f"no such coordinate system: {system}")


def from_wgs84(lat: npt.ArrayLike, lon: npt.ArrayLike, system: str) -> _Pair:
    """Latitude and longitude in `system` of places in WGS 84, degrees; the other way round of `to_wgs84`."""
    at = np.asarray(lat, np.float64), np.asarray(lon, np.float64)
    match system:
        case "wgs84":
            return at
        case "gcj02":
            return _gcj02(*at)
        case "bd09":
            return _bd09(*_gcj02(*at))
    raise ValueError(f"no such coordinate system: {system}")


def is_in_box(lat: Float64Array, lon: Float64Array) -> BoolArray:
    """Where GCJ-02 differs from WGS 84: inside the bounding box of China."""
    return (lat >= 0.8293) & (lat <= 55.8271) & (lon >= 72.004) & (lon <= 137.8347)


def _solved(forward: Callable[[Float64Array, Float64Array], _Pair], wanted: _Pair) -> _Pair:
    """The place that `forward` maps to `wanted`, by fixed-point iteration; where there is none, `wanted` itself."""
    lat, lon = wanted
    for _ in range(_ROUNDS):
        there = forward(lat, lon)
        lat, lon = lat + wanted[0] - there[0], lon + wanted[1] - there[1]
    return lat, lon


def _gcj02(lat: Float64Array, lon: Float64Array) -> _Pair:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    latitude = np.radians(lat)
    flat = 1.0 - _ECCENTRICITY_2 * np.sin(latitude) ** 2
    north_deg = np.degrees(north * flat * np.sqrt(flat) / (_AXIS_M * (1.0 - _ECCENTRICITY_2)))
    east_deg = np.degrees(east * np.sqrt(flat) / (_AXIS_M * np.cos(latitude)))
    shifted = is_in_box(lat, lon)
    return np.where(shifted, lat + north_deg, lat), np.where(shifted, lon + east_deg, lon)


def _bd09(lat: Float64Array, lon: Float64Array) -> _Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.sin(angle) + _BD_NORTH, radius * np.cos(angle) + _BD_EAST
