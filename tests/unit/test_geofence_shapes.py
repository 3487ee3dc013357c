import itertools
import math

import numpy as np
import pytest

from fleet.errors import InvalidInput
from fleet.local_projection import LocalProjection
from usecases.geofence_shapes import Fence, parse_shape

YARD = [[121.40, 31.20], [121.42, 31.20], [121.42, 31.22], [121.40, 31.22], [121.40, 31.20]]
POND = [[121.405, 31.205], [121.415, 31.205], [121.415, 31.215], [121.405, 31.215], [121.405, 31.205]]


def vincenty_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Vincenty's inverse on WGS 84, (latitude, longitude) to metres."""
    major, flat = 6378137.0, 1 / 298.257223563
    minor = major * (1 - flat)
    u1, u2 = (math.atan((1 - flat) * math.tan(math.radians(p[0]))) for p in (a, b))
    span = lam = math.radians(b[1] - a[1])
    for _ in range(200):
        sin_s = math.hypot(
            math.cos(u2) * math.sin(lam),
            math.cos(u1) * math.sin(u2) - math.sin(u1) * math.cos(u2) * math.cos(lam),
        )
        if sin_s == 0:
            return 0.0
        cos_s = math.sin(u1) * math.sin(u2) + math.cos(u1) * math.cos(u2) * math.cos(lam)
        sigma = math.atan2(sin_s, cos_s)
        sin_a = math.cos(u1) * math.cos(u2) * math.sin(lam) / sin_s
        cos2_a = 1 - sin_a**2
        cos_m = cos_s - 2 * math.sin(u1) * math.sin(u2) / cos2_a if cos2_a else 0.0
        c = flat / 16 * cos2_a * (4 + flat * (4 - 3 * cos2_a))
        before = lam
        lam = span + (1 - c) * flat * sin_a * (sigma + c * sin_s * (cos_m + c * cos_s * (2 * cos_m**2 - 1)))
        if abs(lam - before) < 1e-13:
            break
    u = cos2_a * (major**2 - minor**2) / minor**2
    big_a = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)))
    big_b = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)))
    term = cos_s * (2 * cos_m**2 - 1) - big_b / 6 * cos_m * (4 * sin_s**2 - 3) * (4 * cos_m**2 - 3)
    return minor * big_a * (sigma - big_b * sin_s * (cos_m + big_b / 4 * term))


def crosses(ring, latitude, longitude) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def along(line, pieces=3000):
    for (x1, y1), (x2, y2) in itertools.pairwise(line):
        for step in range(pieces + 1):
            yield y1 + (y2 - y1) * step / pieces, x1 + (x2 - x1) * step / pieces


@pytest.mark.parametrize("origin", [(31.23, 121.47), (0.0, 0.0), (69.65, 18.96), (-33.9, 179.99), (89.0, 10.0)])
def test_metres_from_the_origin_are_those_of_vincenty(origin):
    chance = np.random.default_rng(1)
    latitude = np.clip(origin[0] + chance.uniform(-0.6, 0.6, 40), -90, 90)
    longitude = origin[1] + chance.uniform(-0.6, 0.6, 40)
    x, y = LocalProjection(*origin).metres(latitude, longitude)
    for index in range(40):
        exact = vincenty_m(origin, (latitude[index], longitude[index]))
        assert math.hypot(x[index], y[index]) == pytest.approx(exact, abs=0.1)


def test_a_polygon_contains_what_a_ray_crosses_an_odd_number_of_times():
    chance = np.random.default_rng(2)
    angles = np.sort(chance.uniform(0, 2 * math.pi, 40))
    reach = chance.uniform(0.005, 0.02, 40)
    ring = [[121.4 + r * math.cos(a), 31.2 + r * math.sin(a)] for a, r in zip(angles, reach, strict=True)]
    ring.append(ring[0])
    hole = [[121.4 + 0.002 * math.cos(a), 31.2 + 0.002 * math.sin(a)] for a in np.linspace(0, 6, 9)]
    hole.append(hole[0])
    fence = Fence(parse_shape({"type": "Polygon", "coordinates": [ring, hole]}))
    latitude, longitude = chance.uniform(31.175, 31.225, 3000), chance.uniform(121.375, 121.425, 3000)
    naive = [crosses(ring, a, o) and not crosses(hole, a, o) for a, o in zip(latitude, longitude, strict=True)]
    assert fence.contains(latitude, longitude).tolist() == naive
    assert 500 < sum(naive) < 2500


@pytest.mark.parametrize("centre", [[121.47, 31.23], [179.999, -17.0], [18.96, 69.65]])
def test_a_circle_contains_what_lies_within_its_radius_over_the_180th_meridian_too(centre):
    chance = np.random.default_rng(3)
    fence = Fence(parse_shape({"type": "Point", "coordinates": centre}, radius_m=2000), buffer_m=500)
    latitude, longitude = centre[1] + chance.uniform(-0.04, 0.04, 500), centre[0] + chance.uniform(-0.08, 0.08, 500)
    longitude = (longitude + 180) % 360 - 180
    distances = [vincenty_m((centre[1], centre[0]), place) for place in zip(latitude, longitude, strict=True)]
    found = fence.contains(latitude, longitude)
    assert all(inside == (d <= 2500) for inside, d in zip(found, distances, strict=True) if abs(d - 2500) > 0.1)
    assert 0 < found.sum() < 500


def test_a_corridor_contains_what_lies_within_half_its_width_of_the_line():
    line = [[121.40, 31.20], [121.45, 31.25], [121.52, 31.24]]
    fence = Fence(parse_shape({"type": "LineString", "coordinates": line}, width_m=800))
    chance = np.random.default_rng(4)
    latitude, longitude = chance.uniform(31.19, 31.26, 60), chance.uniform(121.39, 121.53, 60)
    found = fence.contains(latitude, longitude)
    for inside, place in zip(found, zip(latitude, longitude, strict=True), strict=True):
        distance = min(vincenty_m(place, other) for other in along(line, 400))
        if abs(distance - 400) > 3:
            assert inside == (distance <= 400)
    assert 0 < found.sum() < 60


def test_a_long_line_is_straight_in_longitude_and_latitude():
    fence = Fence(parse_shape({"type": "LineString", "coordinates": [[10.0, 60.0], [11.0, 60.0]]}, width_m=20))
    assert fence.contains(np.array([60.0, 60.0005]), np.array([10.5, 10.5])).tolist() == [True, False]


def test_the_border_is_inside_and_a_buffer_reaches_beyond_it_and_into_holes():
    shape = parse_shape({"type": "Polygon", "coordinates": [YARD, POND]})
    on_border, beyond, pond, far_out = (31.20, 121.41), (31.1992, 121.41), (31.2055, 121.41), (0.0, -60.0)
    latitude, longitude = np.array([on_border, beyond, pond, far_out, (math.nan, 121.41)]).T
    assert Fence(shape).contains(latitude, longitude).tolist() == [True, False, False, False, False]
    assert Fence(shape, buffer_m=100).contains(latitude, longitude).tolist() == [True, True, True, False, False]


def test_a_shape_is_written_with_the_outer_ring_counter_clockwise_and_holes_clockwise():
    shape = parse_shape({"type": "Polygon", "coordinates": [YARD[::-1], POND]})
    turns = [
        sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in itertools.pairwise(ring))
        for ring in shape.geometry["coordinates"]
    ]
    assert turns[0] < 0 < turns[1]
    assert parse_shape(shape.geometry) == shape


BOW = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("geometry", "measures", "words"),
    [
        pytest.param(
            {"type": "Polygon", "coordinates": [BOW]}, {}, "self-intersection at longitude 0.5, latitude 0.5", id="bow"
        ),
        pytest.param({"type": "Polygon", "coordinates": [YARD[:-1]]}, {}, "Ring 1 is not closed", id="open"),
        pytest.param({"type": "Polygon", "coordinates": [YARD, YARD[:3]]}, {}, "ring 2 needs at least 4", id="short"),
        pytest.param(
            {"type": "Polygon", "coordinates": [POND, YARD]}, {}, "hole lies outside shell", id="hole outside"
        ),
        pytest.param({"type": "Polygon", "coordinates": []}, {}, "at least one ring", id="no ring"),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]},
            {},
            "crosses the 180th meridian between positions 1 and 2",
            id="antimeridian",
        ),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[0, 0], [20, 0], [20, 1], [0, 0]]]},
            {},
            "km from its middle",
            id="huge",
        ),
        pytest.param(
            {"type": "Point", "coordinates": [31.2, 121.4]}, {"radius_m": 5}, "longitude comes first", id="swapped"
        ),
        pytest.param({"type": "Point", "coordinates": [1, True]}, {"radius_m": 5}, "no number", id="a truth value"),
        pytest.param({"type": "Point", "coordinates": [1, math.nan]}, {"radius_m": 5}, "no number", id="nan"),
        pytest.param({"type": "Point", "coordinates": "12"}, {"radius_m": 5}, "no position", id="text"),
        pytest.param({"type": "Point", "coordinates": [1, 2]}, {}, "radius_m is missing", id="no radius"),
        pytest.param({"type": "Point", "coordinates": [1, 2]}, {"radius_m": math.inf}, "at most", id="endless"),
        pytest.param(
            {"type": "Polygon", "coordinates": [YARD]}, {"width_m": 5}, "does not belong", id="width of a polygon"
        ),
        pytest.param(
            {"type": "LineString", "coordinates": [[1, 2], [1, 2]]}, {"width_m": 5}, "same place", id="no line"
        ),
        pytest.param({"type": "MultiPolygon", "coordinates": []}, {}, "'MultiPolygon' is none", id="other kind"),
        pytest.param({}, {}, "'None' is none", id="nothing"),
    ],
)
def test_what_is_no_shape_is_refused_with_its_place(geometry, measures, words):
    with pytest.raises(InvalidInput, match=words):
        parse_shape(geometry, **measures)
