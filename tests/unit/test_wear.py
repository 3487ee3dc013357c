"""Remaining life: causal features, who may learn; and the trends of wear with their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from diagnosis.wear.features import wear_features
from diagnosis.wear.indices import day_indices
from diagnosis.wear.registry import make_life_model
from diagnosis.wear.trend import Outlook, outlook
from fleet.errors import InvalidInput, NotFound
from tests.trained_models import fleet

SIGNALS_OF_ROWS = (
    *("engine_speed_rpm", "engine_load_pct", "ambient_temp_degc", "engine_coolant_temp_degc"),
    *("engine_oil_pressure_kpa", "hydraulic_oil_temp_degc", "air_filter_dp_kpa"),
)


def test_a_rows_features_know_nothing_that_follows():
    rows = np.random.default_rng(0).normal(size=(90, 3))
    rows[10:14, 1] = np.nan
    whole = wear_features(rows)
    assert np.isfinite(whole).all()
    for length in (1, 4, 12, 57):
        np.testing.assert_allclose(wear_features(rows[:length]), whole[:length], atol=1e-9)


def test_too_few_machines_teach_nothing():
    with pytest.raises(InvalidInput, match="4 machines are too few"):
        make_life_model("ridge").fit(*fleet(4, seed=7))
    with pytest.raises(NotFound, match="default, ridge"):
        make_life_model("oracle")


def falling(days: np.ndarray, slope: float, seed: int, scatter: float = 3.0) -> np.ndarray:
    """An index that falls from 200, with days that are like the day before."""
    draw, noise, found = np.random.default_rng(seed), 0.0, []
    for _ in range(int(days.max()) + 1):
        noise = 0.4 * noise + draw.normal() * scatter
        found.append(noise)
    return 200 - slope * days + np.array(found)[days.astype(int)]


def test_the_interval_of_a_limit_holds_what_it_says():
    """Over lines of many slopes, lengths and scatters the limit is met within the interval in about 80 of 100 cases."""
    draw, inside, early, shown = np.random.default_rng(1), 0, 0, 0
    for seed in range(120):
        slope, length = draw.uniform(0.3, 2), int(draw.integers(20, 60))
        days = np.flatnonzero(draw.random(length) < 0.8).astype(float)
        told = outlook(days, falling(days, slope, seed, draw.uniform(1, 5)), limit=60, worse=-1)
        if told.expected_days is not None and told.low_days is not None:
            left = 140 / slope - days[-1]
            shown += 1
            early += left < told.low_days - 1
            inside += told.low_days - 1 <= left <= (np.inf if told.high_days is None else told.high_days) + 1
    assert shown > 80
    assert 0.72 <= inside / shown <= 0.92
    assert early / shown <= 0.18


def test_nothing_is_foretold_from_few_days_or_where_nothing_moves():
    days = np.arange(40.0)
    assert outlook(days[:13], falling(days[:13], 2, 0), limit=60, worse=-1) == Outlook(13)
    assert outlook(np.empty(0), np.empty(0), limit=60, worse=-1) == Outlook(0)
    still = [outlook(days, falling(days, 0, seed), limit=60, worse=-1) for seed in range(40)]
    assert sum(one.expected_days is not None for one in still) <= 4
    assert outlook(days, falling(days, 2, 0), limit=60, worse=1).expected_days is None  # it goes the other way
    assert outlook(days, 400 - falling(days, 2, 0), limit=340, worse=1).expected_days == pytest.approx(31, abs=4)


def test_a_wild_day_moves_no_line():
    days = np.arange(40.0)
    values = falling(days, 1, 0, scatter=1)
    wild = values.copy()
    wild[20:23] = 900
    one, other = (outlook(days, which, limit=60, worse=-1) for which in (values, wild))
    assert other.expected_days == pytest.approx(one.expected_days, abs=5)


def test_a_days_indices_are_medians_of_the_minutes_that_count():
    rows = np.tile([800.0, 10.0, 20.0, 85.0, 210.0, 55.0, 1.0], (40, 1))
    rows[:12, 4] = 400
    rows[:12, 3] = 60  # cold
    rows[30:] = [1900, 80, 20, 92, 420, 70, 2.5]
    told = day_indices(SIGNALS_OF_ROWS, rows)
    assert told["oil_pressure_hot_idle"] == (210, 18)
    assert told["coolant_over_ambient"] == (72, 10)
    assert told["air_filter_restriction"] == (2.5, 10)
    assert told["hydraulic_temp_per_power"][0] == pytest.approx(50 / (0.8 * 0.95))
    assert "coolant_over_ambient" not in day_indices(SIGNALS_OF_ROWS, rows[:39])  # nine minutes
    assert set(day_indices(SIGNALS_OF_ROWS[:6], rows[:, :6])) == set(told) - {"air_filter_restriction"}
