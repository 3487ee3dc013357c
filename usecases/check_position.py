"""Whether a machine stands where it should: on its site's geofences, near the site's place or its other machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np

from fleet.coordinates import to_wgs84
from fleet.signals import Catalogue
from storage.commissioning import Expectation, list_neighbours
from storage.geofences import list_of_site
from storage.installations import Installation
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope
from usecases.geofence_shapes import Fence, parse_shape
from usecases.positions import LATITUDE, LONGITUDE
from usecases.stated_places import rows_in_wgs84
from usecases.unit_doubts import RecentRows

_OLD = timedelta(days=1)
_NEAR_M = 5_000.0
_EARTH_M = 6_371_000.0
_ZERO_DEG = 1e-6
Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFinding:
    """What was found, with the words of its sentence and the evidence."""

    kind: str
    verdict: Literal["ok", "warning", "failed", "unknown"]
    words: Mapping[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


async def judge_place(
    conn: Connection,
    scope: Scope,
    key: MachineKey,
    expected: Expectation,
    rows: RecentRows,
    *,
    systems: Sequence[Installation],
    catalogue: Catalogue,
    now: datetime,
) -> PlaceFinding:
    """Judge the newest place of a machine; unknown where the exact place is not the scope's to see."""
    if not key.sight.is_exact(now):
        return PlaceFinding(kind="hidden", verdict="unknown")
    newest = _newest(rows)
    if isinstance(newest, PlaceFinding):
        return newest
    raw, at, has_zeros = newest
    if now - at > _OLD:
        return PlaceFinding(kind="old", verdict="warning", words={"age": now - at})
    if expected.site_id is None:
        return PlaceFinding(kind="no_site", verdict="unknown")
    system = systems[0].coordinate_system if systems else "wgs84"
    yard = await _yard(conn, scope, key.machine_id, expected, catalogue=catalogue, now=now)
    found = _compare(raw, system, expected, yard)
    return replace(found, kind="sometimes_zero", verdict="warning") if has_zeros and found.verdict == "ok" else found


def _newest(rows: RecentRows) -> tuple[Place, datetime, bool] | PlaceFinding:
    """The newest place that is one, and whether there are zeros beside; or why there is none."""
    latitude, longitude = rows.of(LATITUDE), rows.of(LONGITUDE)
    known = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    if not len(known):
        # a longitude of China is no latitude: swapped, it is refused as out of limits, and the latitude is left
        longitudes = longitude[np.isfinite(longitude)]
        swapped = len(longitudes) > 0 and abs(longitudes[-1]) <= 90 and not np.isfinite(latitude).any()
        return PlaceFinding(kind="swapped" if swapped else "none", verdict="failed")
    is_zero = np.maximum(np.abs(latitude[known]), np.abs(longitude[known])) < _ZERO_DEG
    if is_zero.all():
        return PlaceFinding(kind="zero", verdict="failed")
    last = known[~is_zero][-1]
    place = float(latitude[last]), float(longitude[last])
    return place, datetime.fromtimestamp(int(rows.measured_us[last]) / 1e6, UTC), bool(is_zero.any())


@dataclass(frozen=True, slots=True)
class _Yard:
    """What a site offers to compare with: geofences, its own place, the places of its other machines."""

    fences: list[Fence]
    places: list[Place]
    is_site: bool


async def _yard(
    conn: Connection, scope: Scope, machine_id: int, expected: Expectation, *, catalogue: Catalogue, now: datetime
) -> _Yard:
    assert expected.site_id is not None  # the caller has asked
    fences = [
        Fence(parse_shape(f.geometry, radius_m=f.radius_m, width_m=f.width_m), buffer_m=f.buffer_m)
        for f in await list_of_site(conn, scope, expected.site_id, at=now)
        if f.purpose != "forbidden"
    ]
    if expected.site_latitude_deg is not None and expected.site_longitude_deg is not None:
        return _Yard(fences, [(expected.site_latitude_deg, expected.site_longitude_deg)], is_site=True)
    others = await list_neighbours(
        conn,
        machine_id,
        site=expected.site_id,
        latitude=catalogue[LATITUDE].id,
        longitude=catalogue[LONGITUDE].id,
        now=now,
    )
    stated = await rows_in_wgs84(conn, others, catalogue)
    places = [(other.signal_values[0], other.signal_values[1]) for other in stated if len(other.signal_values) == 2]
    return _Yard(fences, places, is_site=False)


def _compare(raw: Place, system: str, expected: Expectation, yard: _Yard) -> PlaceFinding:
    words: dict[str, Any] = {"site": expected.site}
    if not yard.fences and not yard.places:
        return PlaceFinding(kind="bare_site", verdict="unknown", words=words)
    place = _in_wgs84(raw, system)
    on, distance_m = _on_site(place, yard)
    facts = {"distance_m": None if distance_m is None else round(distance_m), "coordinate_system": system}
    words["distance"] = f"{(distance_m or 0) / 1000:.3g} km"
    if on:
        near = not yard.fences and not yard.is_site
        return PlaceFinding(kind="near" if near else "on", verdict="ok", words=words, facts=facts)
    if abs(raw[1]) <= 90 and _on_site((raw[1], raw[0]), yard)[0]:
        return PlaceFinding(kind="swapped", verdict="failed", words=words, facts=facts)
    for other in ("wgs84", "gcj02", "bd09"):
        if yard.fences and other != system and _on_site(_in_wgs84(raw, other), yard)[0]:
            return PlaceFinding(kind="system", verdict="warning", words=words | {"system": other}, facts=facts)
    return PlaceFinding(kind="off", verdict="warning", words=words, facts=facts)


def _in_wgs84(raw: Place, system: str) -> Place:
    lat, lon = to_wgs84(raw[0], raw[1], system)
    return float(lat), float(lon)


def _on_site(place: Place, yard: _Yard) -> tuple[bool, float | None]:
    """Whether a place is on the site, and how far from the site's place or its machines' middle it is."""
    distance_m = None
    if yard.places:
        middle = np.median(np.array(yard.places), axis=0)
        distance_m = _metres(place, (float(middle[0]), float(middle[1])))
    if yard.fences:
        at = np.array([place[0]]), np.array([place[1]])
        return any(bool(fence.contains(*at)[0]) for fence in yard.fences), distance_m
    return distance_m is not None and distance_m <= _NEAR_M, distance_m


def _metres(one: Place, other: Place) -> float:
    """The great-circle distance."""
    (a, b), (c, d) = np.radians(one), np.radians(other)
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return float(2 * _EARTH_M * np.arcsin(np.sqrt(half)))
