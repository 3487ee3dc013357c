"""GCJ-02 and BD-09 against the points that open converters publish, and there and back again."""

import numpy as np
import pytest

from fleet.coordinates import from_wgs84, to_wgs84

METRE_DEG = 1 / 111_320
# WGS 84 latitude, longitude -> GCJ-02, as published with the tests of open converters
GCJ02 = [
    pytest.param(31.1774276, 121.5272106, 31.17530398364597, 121.531541859215, id="Shanghai"),
    pytest.param(22.543847, 113.912316, 22.540796131694766, 113.9171764808363, id="Shenzhen"),
    pytest.param(39.911954, 116.377817, 39.91334545536069, 116.38404722455657, id="Beijing"),
    pytest.param(39.915, 116.404, 39.91640428150164, 116.41024449916938, id="Tiananmen"),
]


@pytest.mark.parametrize(("lat", "lon", "gcj_lat", "gcj_lon"), GCJ02)
def test_published_points_of_gcj02(lat, lon, gcj_lat, gcj_lon):
    assert from_wgs84(lat, lon, "gcj02") == (
        pytest.approx(gcj_lat, abs=0.05 * METRE_DEG),
        pytest.approx(gcj_lon, abs=0.05 * METRE_DEG),
    )
    assert to_wgs84(gcj_lat, gcj_lon, "gcj02") == (
        pytest.approx(lat, abs=0.05 * METRE_DEG),
        pytest.approx(lon, abs=0.05 * METRE_DEG),
    )


def near(lat: float, lon: float, metres: float):
    return (pytest.approx(lat, abs=metres * METRE_DEG), pytest.approx(lon, abs=metres * METRE_DEG))


def test_published_points_of_bd09():
    gcj = (39.915, 116.404)
    there = from_wgs84(*to_wgs84(*gcj, "gcj02"), "bd09")
    assert there == near(39.92133699351021, 116.41036949371029, 0.01)
    back = from_wgs84(*to_wgs84(*gcj, "bd09"), "gcj02")
    assert back == near(39.90865673957631, 116.39762729119315, 0.1)


@pytest.mark.parametrize("system", ["wgs84", "gcj02", "bd09"])
def test_there_and_back_is_exact_to_a_millimetre_over_all_of_china(system):
    rng = np.random.default_rng(7)
    lat, lon = rng.uniform(18, 53, 5000), rng.uniform(74, 135, 5000)
    back = to_wgs84(*from_wgs84(lat, lon, system), system)
    assert max(np.abs(back[0] - lat).max(), np.abs(back[1] - lon).max()) < 0.001 * METRE_DEG


def test_the_shift_is_hundreds_of_metres_inside_china_and_none_outside():
    lat, lon = from_wgs84([31.2304, 48.8566, -33.9], [121.4737, 2.3522, 18.4], "gcj02")
    assert 300 < np.hypot(lat[0] - 31.2304, lon[0] - 121.4737) / METRE_DEG < 800
    assert (lat[1:].tolist(), lon[1:].tolist()) == ([48.8566, -33.9], [2.3522, 18.4])


def test_nan_stays_nan_and_an_unknown_system_is_refused():
    lat, lon = to_wgs84([np.nan, 31.0], [np.nan, 121.0], "bd09")
    assert np.isnan([lat[0], lon[0]]).all()
    assert np.isfinite([lat[1], lon[1]]).all()
    with pytest.raises(ValueError, match="wgs72"):
        to_wgs84(0.0, 0.0, "wgs72")
