"""Trips in a machine's positions: movement between places where it stood, on one position a minute.

Pure and columnar. A machine moves in the step from one minute's last position to the next one's when it came 30 m
further at 0.5 m/s or more: what stands is shown up to some 20 m off by its receiver, and the slowest crawlers walk at
2 km/h. Moving steps make one trip unless it stood for 5 minutes in between, nothing was heard for 10, or it was never
200 m from where the trip began (a loader's shuttling is work). Where it came 500 m further while nothing was heard, it
was moved unheard: on a low-loader, for instance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fleet.batch import Float64Array, Int64Array

EARTH_M = 6_371_008.8  # mean radius, IUGG
SECOND = 1_000_000
MINUTE_US = 60 * SECOND
GAP_US = 10 * MINUTE_US
STOP_US = 5 * MINUTE_US
STEP_M, STEP_MS = 30.0, 0.5
REACH_M = 200.0
UNHEARD_M = 500.0
IMPOSSIBLE_MS = 70.0  # 250 km/h: a receiver's slip
LINE_M = 5.0  # how far a simplified line may lie beside the position that it leaves out
LINE_POINTS = 1_000

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Track:
    """Positions in time order: microseconds since 1970 and degrees, (positions,) each, none NaN."""

    at_us: Int64Array
    latitude: Float64Array
    longitude: Float64Array

    def __len__(self) -> int:
        return len(self.at_us)

    def of(self, chosen: BoolArray | Int64Array | slice) -> "Track":
        """The chosen positions."""
        return Track(self.at_us[chosen], self.latitude[chosen], self.longitude[chosen])


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """Movement from the last position before it to the first one after it. distance_m: along one position a minute;
    driving_us: of the moving steps; 0, and the way a straight line, when it was moved unheard."""

    from_us: int
    to_us: int
    distance_m: float
    driving_us: int
    is_heard: bool


def track_of(at_us: Int64Array, latitude: Float64Array, longitude: Float64Array) -> Track:
    """The positions that are some: both degrees told, not 0/0, and not a single one that lies impossibly far off."""
    told = ~(np.isnan(latitude) | np.isnan(longitude)) & ((latitude != 0) | (longitude != 0))
    track = Track(at_us[told], latitude[told], longitude[told])
    if len(track) < 3:
        return track
    too_fast = steps_m(track) > IMPOSSIBLE_MS * np.diff(track.at_us) / SECOND
    slips = np.zeros(len(track), bool)
    slips[1:-1] = too_fast[:-1] & too_fast[1:]
    return track.of(~slips)


def steps_m(track: Track) -> Float64Array:
    """The distance of each position to the next, metres: great circle (haversine)."""
    latitude, longitude = np.radians(track.latitude), np.radians(track.longitude)
    half = np.sin(np.diff(latitude) / 2) ** 2
    half += np.cos(latitude[:-1]) * np.cos(latitude[1:]) * np.sin(np.diff(longitude) / 2) ** 2
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(half)), np.float64)


def by_minute(track: Track) -> Track:
    """The last position of each minute, at the minute's beginning."""
    if len(track) == 0:
        return track
    minute = track.at_us // MINUTE_US
    last = np.append(np.flatnonzero(np.diff(minute)), len(track) - 1)
    return Track(minute[last] * MINUTE_US, track.latitude[last], track.longitude[last])


def find_trips(track: Track) -> list[Trip]:
    """The trips in the positions, in order; their times are to the minute."""
    minutes = by_minute(track)
    if len(minutes) < 2:
        return []
    step, lasted = steps_m(minutes), np.diff(minutes.at_us)
    gap = lasted > GAP_US
    moving = ~gap & (step >= STEP_M) & (step >= STEP_MS * lasted / SECOND)
    heard = [_heard(minutes, step, moving, first, last) for first, last in _runs(minutes, moving, gap)]
    unheard = [
        Trip(
            from_us=int(minutes.at_us[k]),
            to_us=int(minutes.at_us[k + 1]),
            distance_m=float(step[k]),
            driving_us=0,
            is_heard=False,
        )
        for k in np.flatnonzero(gap & (step >= UNHEARD_M))
    ]
    return sorted([trip for trip in heard if trip is not None] + unheard, key=lambda trip: trip.from_us)


def _runs(minutes: Track, moving: BoolArray, gap: BoolArray) -> list[tuple[int, int]]:
    """The first and the last moving step of each trip."""
    steps = np.flatnonzero(moving)
    if len(steps) == 0:
        return []
    stood = minutes.at_us[steps[1:]] - minutes.at_us[steps[:-1] + 1] >= STOP_US
    gaps = np.concatenate(([0], np.cumsum(gap)))
    parted = stood | (gaps[steps[1:]] > gaps[steps[:-1]])
    first = np.concatenate(([0], np.flatnonzero(parted) + 1))
    last = np.append(first[1:] - 1, len(steps) - 1)
    return list(zip(steps[first].tolist(), steps[last].tolist(), strict=True))


def _heard(minutes: Track, step: Float64Array, moving: BoolArray, first: int, last: int) -> Trip | None:
    """The trip of these steps; None when it never got far from where it began."""
    way = minutes.of(slice(first, last + 2))
    away = np.hypot(*_metres(way))
    if away.max() < REACH_M:
        return None
    lasted = np.diff(way.at_us)
    return Trip(
        from_us=int(way.at_us[0]),
        to_us=int(way.at_us[-1]),
        distance_m=float(step[first : last + 1].sum()),
        driving_us=int(lasted[moving[first : last + 1]].sum()),
        is_heard=True,
    )


def _metres(track: Track) -> tuple[Float64Array, Float64Array]:
    """East and north of the first position, on the plane that touches there: good for the length of a trip."""
    east = np.radians((track.longitude - track.longitude[0] + 180) % 360 - 180) * np.cos(np.radians(track.latitude[0]))
    return EARTH_M * east, EARTH_M * np.radians(track.latitude - track.latitude[0])


def line_of(track: Track, trip: Trip) -> Track:
    """The trip's positions, simplified: at most LINE_POINTS, none that is left out further than LINE_M from the line
    (further where that many do not do)."""
    way = track.of((track.at_us >= trip.from_us) & (track.at_us < trip.to_us + MINUTE_US))
    within = LINE_M
    line = way.of(simplified(way, within))
    while len(line) > LINE_POINTS:
        within *= 2
        line = way.of(simplified(way, within))
    return line


def simplified(track: Track, within_m: float) -> BoolArray:
    """Which positions a line through them needs to stay within `within_m` of all (Ramer 1972, Douglas and Peucker
    1973)."""
    kept = np.zeros(len(track), bool)
    if len(track) == 0:
        return kept
    kept[[0, -1]] = True
    east, north = _metres(track)
    left: list[tuple[int, int]] = [(0, len(track) - 1)]
    while left:
        first, last = left.pop()
        if last - first < 2:
            continue
        off = _off_line(east[first : last + 1], north[first : last + 1])
        furthest = int(off.argmax())
        if off[furthest] > within_m:
            middle = first + 1 + furthest
            kept[middle] = True
            left += [(first, middle), (middle, last)]
    return kept


def _off_line(east: Float64Array, north: Float64Array) -> Float64Array:
    """How far the points between the first and the last lie from the stretch between these two."""
    along, up = east[-1] - east[0], north[-1] - north[0]
    x, y = east[1:-1] - east[0], north[1:-1] - north[0]
    length = along**2 + up**2
    share = np.clip((x * along + y * up) / length, 0, 1) if length > 0 else np.zeros(len(x))
    return np.asarray(np.hypot(x - share * along, y - share * up), np.float64)
