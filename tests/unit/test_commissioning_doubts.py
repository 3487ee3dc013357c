"""Typical mistakes of a new terminal are named; machines in order are left alone."""

import numpy as np
import pytest

from fleet.signals import packaged_catalogue
from usecases.clock_doubts import judge_clock
from usecases.commissioning_words import sentences
from usecases.unit_doubts import RecentRows, doubts

CATALOGUE = packaged_catalogue()
S = 1_000_000
START = 1_795_200_000 * S


def rows(n: int = 60, step_s: float = 1.0, **signals: float | np.ndarray) -> RecentRows:
    at = START + (np.arange(n) * step_s * S).astype(np.int64)
    values = np.column_stack([np.broadcast_to(value, n) for value in signals.values()]).astype(np.float64)
    return RecentRows(measured_us=at, received_us=at + S, keys=tuple(signals), values=values)


def suspected(found: RecentRows, errors: dict[str, int] | None = None) -> list[tuple[str, str]]:
    return [(doubt.signal, doubt.suspicion) for doubt in doubts(found, CATALOGUE, errors or {})]


@pytest.mark.parametrize(
    ("signal", "value", "unit"),
    [
        ("engine_oil_pressure_kpa", 3.6, "bar"),
        ("engine_oil_pressure_kpa", 0.36, "MPa"),
        ("engine_oil_pressure_kpa", 52.0, "psi"),
        ("main_pump_1_pressure_kpa", 21.0, "MPa"),
        ("main_pump_1_pressure_kpa", 210.0, "bar"),
        ("barometric_pressure_kpa", 1.013, "bar"),
        ("engine_coolant_temp_degc", 185.0, "degF"),
        ("ambient_temp_degc", 77.0, "degF"),
        ("distance_total_km", 42_000_000.0, "m"),
        ("fuel_level_pct", 0.62, "ratio"),
        ("engine_load_pct", 0.4, "ratio"),
        ("fuel_level_pct", 0.0, "always_zero"),
    ],
)
def test_a_value_in_another_unit_is_named(signal, value, unit):
    assert suspected(rows(engine_speed_rpm=1500, **{signal: value})) == [(signal, unit)]


def test_the_evidence_says_what_the_value_would_be():
    (doubt,) = doubts(rows(engine_speed_rpm=1500, engine_oil_pressure_kpa=3.6), CATALOGUE, {})
    assert (doubt.median, doubt.would_be, doubt.values) == (3.6, 360.0, 60)


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param({"engine_speed_rpm": 1500, "engine_oil_pressure_kpa": 360, "fuel_level_pct": 62}, id="in order"),
        pytest.param({"engine_speed_rpm": 0, "engine_oil_pressure_kpa": 3.0}, id="the engine stands"),
        pytest.param({"engine_speed_rpm": 1500, "engine_oil_pressure_kpa": 0}, id="low oil pressure is no unit"),
        pytest.param({"ambient_temp_degc": -20, "engine_coolant_temp_degc": -18}, id="a cold morning"),
        pytest.param({"battery_voltage_v": 27.6, "barometric_pressure_kpa": 58}, id="24 V in the mountains"),
    ],
)
def test_a_machine_in_order_is_not_suspected(signals):
    assert suspected(rows(**signals)) == []


@pytest.mark.parametrize(("per_hour", "unit"), [(1.0, None), (60.0, "min"), (3600.0, "s")])
def test_an_hour_meter_that_runs_too_fast_counts_minutes_or_seconds(per_hour, unit):
    meter = 1000 + np.arange(600) * per_hour / 3600
    assert suspected(rows(600, engine_hours_h=meter)) == ([("engine_hours_h", unit)] if unit else [])


def test_values_out_of_their_limits_are_named():
    assert suspected(rows(engine_speed_rpm=1500), {"engine_coolant_temp_degc": 300}) == [
        ("engine_coolant_temp_degc", "K")
    ]
    assert suspected(rows(engine_speed_rpm=1500), {"engine_coolant_temp_degc": 2}) == []


@pytest.mark.parametrize(
    ("delay_s", "kind", "zone_h"),
    [
        pytest.param(1.0, "right", None, id="a second"),
        pytest.param(28_801.0, "zone", -8.0, id="eight hours behind"),
        pytest.param(-19_799.0, "zone", 5.5, id="five and a half hours ahead"),
        pytest.param(700.0, "behind", None, id="eleven minutes behind"),
        pytest.param(-120.0, "ahead", None, id="two minutes ahead"),
        pytest.param(np.linspace(0, 7200, 60), "late", None, id="a back-fill accuses no clock"),
    ],
)
def test_delays_tell_a_wrong_clock_from_late_readings(delay_s, kind, zone_h):
    measured = START + np.arange(60, dtype=np.int64) * S
    found = judge_clock(measured, measured + (np.broadcast_to(delay_s, 60) * S).astype(np.int64))
    assert (found.kind, found.zone_h) == (kind, zone_h)


def test_a_clock_that_drifts_is_named_with_its_pace():
    received = START + np.arange(120, dtype=np.int64) * 60 * S
    measured = received - (np.arange(120) * 60 * 0.0005 * S).astype(np.int64)
    found = judge_clock(measured, received)
    assert (found.kind, round(found.drift_ppm or 0)) == ("drifts", 500)


def test_too_few_rows_judge_nothing():
    assert judge_clock(np.array([START]), np.array([START])).kind == "unknown"


def test_every_sentence_is_there_in_both_languages():
    for code, findings in sentences().items():
        for finding, row in findings.items():
            assert {"zh", "en"} <= set(row), (code, finding)
            assert ("do_zh" in row) == ("do_en" in row), (code, finding)
