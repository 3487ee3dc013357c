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


# Of each pair of units: a value that only the other one explains, and its neighbour that both do.
@pytest.mark.parametrize(
    ("signal", "value", "unit", "certain"),
    [
        ("engine_oil_pressure_kpa", 3.6, "bar", True),
        ("engine_oil_pressure_kpa", 0.36, "MPa", True),
        ("engine_oil_pressure_kpa", 52.0, "psi", False),  # 52 kPa: a worn pump at idle; 52 psi: in order
        ("transmission_oil_pressure_kpa", 99.0, "psi", True),
        ("transmission_oil_pressure_kpa", 101.0, "psi", False),
        ("fuel_delivery_pressure_kpa", 5.0, "bar", True),
        ("fuel_delivery_pressure_kpa", 60.0, "psi", False),
        ("main_pump_1_pressure_kpa", 21.0, "MPa", True),
        ("main_pump_1_pressure_kpa", 210.0, "bar", True),
        ("main_pump_1_pressure_kpa", 350.0, "bar", False),
        ("pilot_pressure_kpa", 35.0, "bar", False),  # none while the levers are locked
        ("barometric_pressure_kpa", 1.013, "bar", True),
        ("barometric_pressure_kpa", 14.7, "psi", True),
        ("barometric_pressure_kpa", 101_300.0, "Pa", True),
        ("engine_coolant_temp_degc", 185.0, "degF", True),
        ("engine_coolant_temp_degc", 151.0, "degF", True),
        ("engine_coolant_temp_degc", 149.0, "degF", False),
        ("engine_coolant_temp_degc", 115.0, "degF", False),  # overheating, or 46 degC
        ("hydraulic_oil_temp_degc", 141.0, "degF", True),
        ("hydraulic_oil_temp_degc", 118.0, "degF", False),
        ("engine_coolant_temp_degc", 358.0, "K", True),
        ("intake_manifold_temp_degc", 240.0, "degF", False),
        ("ambient_temp_degc", 77.0, "degF", False),
        ("ambient_temp_degc", 95.0, "degF", True),
        ("battery_voltage_v", 27_600.0, "mV", True),
        ("battery_voltage_v", 52.0, "unusual", False),  # 48 V on board
        ("distance_total_km", 42_000_000.0, "m", True),
        ("distance_total_km", 3_000_000.0, "m", False),
        ("fuel_level_pct", 0.62, "ratio", False),  # nearly empty
        ("engine_load_pct", 0.4, "ratio", True),
        ("fuel_level_pct", 0.0, "always_zero", False),
    ],
)
def test_a_value_in_another_unit_is_named_and_accused_only_when_it_is_impossible_in_ours(signal, value, unit, certain):
    (doubt,) = doubts(rows(engine_speed_rpm=1500, **{signal: value}), CATALOGUE, {})
    assert (doubt.signal, doubt.suspicion, doubt.certain) == (signal, unit, certain)


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
        pytest.param({"engine_coolant_temp_degc": 112, "hydraulic_oil_temp_degc": 105}, id="a hot day"),
        pytest.param({"engine_speed_rpm": 0, "engine_load_pct": 0.5}, id="no load while the engine stands"),
        pytest.param({"engine_hours_h": np.r_[np.full(30, 1000.0), np.full(30, 1010.0)]}, id="a meter that was set"),
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


def test_a_few_values_out_of_their_limits_are_a_loose_plug_and_all_of_them_a_wrong_unit():
    for good, certain in ((85.0, False), (np.nan, True)):
        found = rows(engine_speed_rpm=1500, engine_coolant_temp_degc=good)
        (doubt,) = doubts(found, CATALOGUE, {"engine_coolant_temp_degc": 20})
        assert (doubt.suspicion, doubt.certain) == ("K", certain)


@pytest.mark.parametrize(
    ("delay_s", "kind", "zone_h"),
    [
        pytest.param(1.0, "right", None, id="a second"),
        pytest.param(28_801.0, "zone", -8.0, id="eight hours behind"),
        pytest.param(-19_799.0, "zone", 5.5, id="five and a half hours ahead"),
        pytest.param(700.0, "behind", None, id="eleven minutes behind"),
        pytest.param(-120.0, "ahead", None, id="two minutes ahead"),
        pytest.param(np.linspace(0, 7200, 60), "late", None, id="a back-fill accuses no clock"),
        pytest.param(np.arange(60) * 137 % 130 + 1.0, "right", None, id="a terminal that sends every two minutes"),
        pytest.param(np.linspace(61, 120, 60), "behind", None, id="every row later than a minute"),
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


def test_delays_that_differ_more_than_they_drift_accuse_no_clock():
    received = START + np.arange(120, dtype=np.int64) * 60 * S
    delay_s = np.arange(120) * 37 % 50 + np.arange(120) * 60 * 0.0005
    assert judge_clock(received - (delay_s * S).astype(np.int64), received).kind == "right"


def test_too_few_rows_judge_nothing():
    assert judge_clock(np.array([START]), np.array([START])).kind == "unknown"


def test_every_sentence_is_there_in_both_languages():
    for code, findings in sentences().items():
        for finding, row in findings.items():
            assert {"zh", "en"} <= set(row), (code, finding)
            assert ("do_zh" in row) == ("do_en" in row), (code, finding)
