"""Trips against a recount step by step, and lines that stay where the machine was."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from usecases.find_trips import (
    EARTH_M,
    LINE_M,
    LINE_POINTS,
    MINUTE_US,
    SECOND,
    Track,
    Trip,
    find_trips,
    line_of,
    simplified,
    track_of,
)

START = 1_795_000_000 * SECOND // MINUTE_US * MINUTE_US
LATITUDE, LONGITUDE = 31.23, 121.47


def places(rows: list[tuple[float, float, float]]) -> Track:
    """Rows of (seconds, metres east, metres north)."""
    at, east, north = (np.array(column, float) for column in zip(*rows, strict=True))
    latitude = LATITUDE + np.degrees(north / EARTH_M)
    longitude = LONGITUDE + np.degrees(east / EARTH_M / math.cos(math.radians(LATITUDE)))
    return track_of(START + (at * SECOND).astype(np.int64), latitude, longitude)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great circle by the spherical law of cosines in vectors: another formula than the one that is tested."""
    points: list[npt.NDArray[np.float64]] = []
    for latitude, longitude in (a, b):
        up, along = math.radians(latitude), math.radians(longitude)
        points.append(np.array([math.cos(up) * math.cos(along), math.cos(up) * math.sin(along), math.sin(up)]))
    return float(EARTH_M * math.atan2(np.linalg.norm(np.cross(points[0], points[1])), points[0] @ points[1]))


Minute = tuple[int, tuple[float, float]]


def kind_of(here: Minute, there: Minute) -> str:
    """What the machine did from one minute to the next one that was told."""
    lasted, step = there[0] - here[0], metres(here[1], there[1])
    if lasted > 10:
        return "moved unheard" if step >= 500 else "silent"
    return "moves" if step >= 30 and step >= 0.5 * 60 * lasted else "stands"


def told(minutes: list[Minute], moving: list[int]) -> list[Trip]:
    """The trip of these moving steps, if it ever got far."""
    way = minutes[moving[0] : moving[-1] + 2] if moving else []
    if not way or max(metres(way[0][1], place) for _, place in way) < 200:
        return []
    return [
        Trip(
            from_us=way[0][0] * MINUTE_US,
            to_us=way[-1][0] * MINUTE_US,
            distance_m=sum(metres(way[i][1], way[i + 1][1]) for i in range(len(way) - 1)),
            driving_us=sum(minutes[i + 1][0] - minutes[i][0] for i in moving) * MINUTE_US,
            is_heard=True,
        )
    ]


def recounted(track: Track) -> list[Trip]:
    """The same by walking through the minutes one by one."""
    places_of: dict[int, tuple[float, float]] = {}
    for at, latitude, longitude in zip(track.at_us.tolist(), track.latitude, track.longitude, strict=True):
        places_of[at // MINUTE_US] = (latitude, longitude)
    minutes = list(places_of.items())
    trips: list[Trip] = []
    moving: list[int] = []  # the steps of the trip that is under way
    for i, (here, there) in enumerate(pairwise(minutes)):
        kind = kind_of(here, there)
        stood = bool(moving) and here[0] - minutes[moving[-1] + 1][0] >= 5
        if kind in ("silent", "moved unheard") or (kind == "moves" and stood):
            trips, moving = trips + told(minutes, moving), []
        if kind == "moved unheard":
            times, step = (here[0] * MINUTE_US, there[0] * MINUTE_US), metres(here[1], there[1])
            trips.append(Trip(from_us=times[0], to_us=times[1], distance_m=step, driving_us=0, is_heard=False))
        if kind == "moves":
            moving.append(i)
    return sorted(trips + told(minutes, moving), key=lambda trip: trip.from_us)


def journey(rng: np.random.Generator) -> Track:
    """Hours of standing, crawling, driving and silence, with a receiver's noise, at uneven intervals."""
    at, east, north, rows = 0.0, 0.0, 0.0, []
    for _ in range(rng.integers(6, 16)):
        what = rng.choice(["stand", "drive", "shuttle", "silent"], p=[0.35, 0.35, 0.15, 0.15])
        until = at + rng.uniform(60, 2400)
        heading, speed, every = rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 12), float(rng.choice([1, 10, 60, 150]))
        if what == "silent":
            at = until
            east += rng.uniform(-1500, 1500)
            continue
        while at < until:
            if what == "drive":
                heading += rng.normal(0, 0.1)
                east, north = east + speed * every * math.cos(heading), north + speed * every * math.sin(heading)
            swing = 60 * math.sin(at / 40) if what == "shuttle" else 0.0
            rows.append((at, east + swing + rng.normal(0, 4), north + rng.normal(0, 4)))
            at += every
    return places(rows or [(0.0, 0.0, 0.0)])


@pytest.mark.parametrize("seed", range(25))
def test_trips_are_those_of_a_recount_minute_by_minute(seed: int) -> None:
    track = journey(np.random.default_rng(seed))
    found, expected = find_trips(track), recounted(track)
    assert [(t.from_us, t.to_us, t.driving_us, t.is_heard) for t in found] == [
        (t.from_us, t.to_us, t.driving_us, t.is_heard) for t in expected
    ]
    assert [t.distance_m for t in found] == pytest.approx([t.distance_m for t in expected], rel=1e-6)


def test_standing_with_a_noisy_receiver_is_no_trip_and_shuttling_none_either() -> None:
    rng = np.random.default_rng(1)
    standing = [(float(s), rng.normal(0, 6), rng.normal(0, 6)) for s in range(0, 3600, 5)]
    shuttling = [(float(s), 70 * math.sin(s / 30), 0.0) for s in range(0, 3600, 5)]
    assert find_trips(places(standing)) == []
    assert find_trips(places(shuttling)) == []


def test_a_trip_is_from_standing_to_standing_and_a_short_halt_does_not_part_it() -> None:
    there = [(60.0 * m, 300.0 * max(0, min(m, 10) - 2), 0.0) for m in range(14)]  # drives from minute 2 to 10
    back = [(60.0 * m, 2400.0 - 300.0 * max(0, min(m, 18) - 14), 0.0) for m in range(14, 30)]
    (whole,) = find_trips(places(there + back))
    assert (whole.from_us - START, whole.to_us - START) == (2 * MINUTE_US, 18 * MINUTE_US)
    assert whole.distance_m == pytest.approx(2400 + 1200, rel=1e-4)
    assert whole.driving_us == 12 * MINUTE_US, "the halt of four minutes is no driving"
    later = [(at + 60.0, east, north) for at, east, north in back]
    assert len(find_trips(places([*there, (14 * 60.0, 2400.0, 0.0), *later]))) == 2, "after five it is another trip"


def test_what_was_moved_while_nothing_was_heard_is_told_apart() -> None:
    (moved,) = find_trips(places([(0.0, 0.0, 0.0), (60.0, 2.0, 0.0), (7200.0, 40_000.0, 0.0), (7260.0, 40_001.0, 0.0)]))
    assert (moved.is_heard, moved.driving_us, moved.to_us - moved.from_us) == (False, 0, 119 * MINUTE_US)
    assert moved.distance_m == pytest.approx(39_998, rel=1e-4)
    assert len(line_of(places([(0.0, 0.0, 0.0), (60.0, 2.0, 0.0), (7200.0, 4e4, 0.0)]), moved)) == 2


def test_no_place_and_a_slip_of_the_receiver_are_left_out() -> None:
    at = START + np.arange(5, dtype=np.int64) * MINUTE_US
    latitude = np.array([31.0, 0.0, np.nan, 31.2, 31.0001])
    longitude = np.array([121.0, 0.0, 121.0, 121.0, 121.0])
    assert track_of(at, latitude, longitude).at_us.tolist() == [at[0], at[4]]
    elsewhere = np.array([31.0, 31.0, 31.5, 31.5, 31.5])
    assert len(track_of(at, elsewhere, np.full(5, 121.0))) == 5, "who comes from far and stays is no slip"


def oracle(points: list[tuple[float, float]], within: float, first: int = 0) -> set[int]:
    """Douglas and Peucker as written down: the furthest point, then both halves."""
    if len(points) < 3:
        return {first, first + len(points) - 1}
    (ax, ay), (bx, by) = points[0], points[-1]
    best, at = -1.0, 0
    for i, (x, y) in enumerate(points[1:-1], 1):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        share = 0.0 if length == 0 else min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
        off = math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))
        if off > best:
            best, at = off, i
    if best <= within:
        return {first, first + len(points) - 1}
    return oracle(points[: at + 1], within, first) | oracle(points[at:], within, first + at)


@pytest.mark.parametrize("seed", range(10))
def test_a_line_is_simplified_as_douglas_and_peucker_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 20, (300, 2)).cumsum(axis=0)
    track = places([(float(i), float(point[0]), float(point[1])) for i, point in enumerate(steps)])
    flat = [
        (EARTH_M * math.radians(lon - track.longitude[0]) * math.cos(math.radians(track.latitude[0])), up)
        for lon, up in zip(track.longitude, EARTH_M * np.radians(track.latitude - track.latitude[0]), strict=True)
    ]
    assert set(np.flatnonzero(simplified(track, LINE_M)).tolist()) == oracle(flat, LINE_M)


def test_a_line_has_so_many_points_at_most() -> None:
    zigzag = places([(float(s), 10.0 * s, 40.0 * (s % 2)) for s in range(3600)])
    (trip,) = find_trips(zigzag)
    line = line_of(zigzag, trip)
    assert 2 <= len(line) <= LINE_POINTS
    assert (line.at_us[0], line.at_us[-1]) == (zigzag.at_us[0], zigzag.at_us[-1])
