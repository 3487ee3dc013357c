"""Metres around a place: positions on the WGS 84 ellipsoid as x (east) and y (north) of an origin."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
EQUATOR_M = 6_378_137.0
_ECCENTRICITY2 = 6.694_379_990_141_317e-3
_MEAN_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class LocalProjection:
    """Azimuthal equidistant around (latitude_deg, longitude_deg).

    Distances from the origin are those over the ground, to 0.1 m within 100 km; those between two other points are too
    long by at most d**2 / 6 R**2, d their distance from the origin: 4 parts in 100,000 at 100 km, 1 in 1,000 at 500 km.
    """

    latitude_deg: float
    longitude_deg: float

    def metres(self, latitude_deg: FloatArray, longitude_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """x and y in metres; shapes as given; NaN stays NaN.

        The points as seen from the origin's tangent plane, each moved outwards until it is as far as the arc is long.
        """
        phi, lam = math.radians(self.latitude_deg), math.radians(self.longitude_deg)
        here = _geocentric(np.asarray(phi), np.asarray(lam))
        there = _geocentric(np.radians(latitude_deg), np.radians(longitude_deg))
        dx, dy, dz = (b - a for a, b in zip(here, there, strict=True))
        east = -math.sin(lam) * dx + math.cos(lam) * dy
        outward = math.cos(lam) * dx + math.sin(lam) * dy
        north = -math.sin(phi) * outward + math.cos(phi) * dz
        level = np.hypot(east, north)
        chord = np.sqrt(dx * dx + dy * dy + dz * dz)
        arc = 2 * _MEAN_RADIUS_M * np.arcsin(np.minimum(1.0, chord / (2 * _MEAN_RADIUS_M)))
        scale = np.divide(arc, level, out=np.ones_like(arc), where=level > 0)
        return east * scale, north * scale


def _geocentric(phi: FloatArray, lam: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Earth-centred coordinates in metres of a place at height 0."""
    across = EQUATOR_M / np.sqrt(1 - _ECCENTRICITY2 * np.sin(phi) ** 2)
    ground = across * np.cos(phi)
    return ground * np.cos(lam), ground * np.sin(lam), across * (1 - _ECCENTRICITY2) * np.sin(phi)
