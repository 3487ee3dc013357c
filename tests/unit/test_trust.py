"""Sensors that lie lose their trust, those of healthy machines keep it; a machine's fault is not its sensor's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diagnosis.engine import Rows
from diagnosis.machine_facts import MachineFacts
from diagnosis.trust import COOL_US, Distrust, SensorCheck, TrustJudge, believed, packaged_checks
from tests.decoding import CAN, decode
from tests.j1939_oracle import read_log
from tests.unit.diagnosis_builder import CATALOGUE, START, Story, events_of, rows_of, seconds, us
from tests.unit.test_j1939_logs import IDLE, TRACTOR, messages

CHECKS = packaged_checks(CATALOGUE)
MIN = 60
OIL, SPEED, COOLANT, OIL_TEMP = (
    "engine_oil_pressure_kpa", "engine_speed_rpm", "engine_coolant_temp_degc", "engine_oil_temp_degc",
)  # fmt: skip
FUEL, RATE, LOAD = "fuel_level_pct", "fuel_rate_lph", "engine_load_pct"
BATTERY, KEY, TERMINAL = "battery_voltage_v", "key_switch_voltage_v", "terminal_supply_voltage_v"
BOOST, HYDRAULIC, PILOT, AIR = (
    "intake_manifold_pressure_kpa", "hydraulic_oil_temp_degc", "pilot_pressure_kpa", "air_filter_dp_kpa",
)  # fmt: skip
INTAKE = "oil_filter_intake_pressure_kpa"
FIRST = -(START % MIN)  # a whole minute before START


def judge_of(*recorded: Distrust, now_s: float = 0) -> TrustJudge:
    judge = TrustJudge(CATALOGUE, CHECKS, recorded, us(now_s))
    judge.set_facts(MachineFacts(nominal_voltage_v=np.array([24.0, 24.0]), reports=np.ones((2, len(CATALOGUE)), bool)))
    return judge


def judged(story: Story, *, upto_min: float, judge: TrustJudge | None = None, pass_min: float = 10) -> list[Distrust]:
    """What is said of a story judged in passes, the last word on each sensor and start."""
    judge = judge or judge_of()
    said: dict[tuple[str, int], Distrust] = {}
    for begin in np.arange(FIRST, FIRST + upto_min * MIN, pass_min * MIN).tolist():
        part = story.between(begin, begin + pass_min * MIN)
        judge.judge(rows_of(part), events_of(part))
        said |= {(one.signal, one.from_us): one for one in judge.changes(us(begin + pass_min * MIN))}
    return list(said.values())


def story(minutes: float, step: float = 10, **signals) -> Story:
    """Rows from FIRST on; signals are numbers or functions of the minute."""
    told = Story()
    for at in np.arange(0, minutes * MIN, step).tolist():
        values = {key: value(at / MIN) if callable(value) else value for key, value in signals.items()}
        told.row(FIRST + at, **{key: value for key, value in values.items() if value is not None})
    return told


def speed(minute: float) -> float:
    return 900.0 + 700.0 * (int(minute) % 2)


def noise(minute: float) -> float:
    return float(round(minute * 6) * 7 % 5)


def spells(minute: float) -> float:
    """Twenty minutes of work, ten of idling."""
    return 1900.0 if minute % 30 < 20 else 800.0


def at_work(work: float, idle: float) -> Callable[[float], float]:
    return lambda minute: (work if spells(minute) > 1000 else idle) + noise(minute) / 2


def cooling(degc: float, hours: float, *, wrong: float = 0.0) -> Callable[[float], float]:
    """After a stop at 30 min, towards 20 degC with a time constant, read wrongly."""
    return lambda minute: 20 + (degc - 20) * float(np.exp(-max(minute - 30, 0) / 60 / hours)) + wrong


AT_REST = {
    SPEED: lambda m: 1500.0 if m < 30 else 0.0,
    COOLANT: cooling(86, 3.5),
    OIL_TEMP: cooling(90, 3.5),
    HYDRAULIC: cooling(62, 5),
}

LYING = [
    pytest.param(
        {SPEED: speed, OIL: 312.0}, OIL, "oil_pressure_stuck", id="oil pressure that does not go with the speed"
    ),
    pytest.param({SPEED: 0.0, OIL: lambda m: 300 + noise(m)}, OIL, "oil_pressure_at_standstill", id="pressure at rest"),
    pytest.param({SPEED: speed, OIL: noise}, OIL, "oil_pressure_none_for_long", id="none for an hour"),
    pytest.param(
        {SPEED: 1500.0, COOLANT: 60.0, OIL_TEMP: lambda m: 40 + 1.5 * m}, COOLANT, "coolant_temp_stuck", id="stuck"
    ),
    pytest.param({SPEED: 1500.0, COOLANT: lambda m: 80 + 8 * noise(m)}, COOLANT, "coolant_temp_jumps", id="jumps"),
    pytest.param(
        {SPEED: 1500.0, "hydraulic_oil_temp_degc": lambda m: 60 + 8 * noise(m)},
        "hydraulic_oil_temp_degc", "hydraulic_oil_temp_jumps", id="hydraulic oil jumps",
    ),
    pytest.param({SPEED: 1500.0, FUEL: lambda m: 50 + 12 * noise(m)}, FUEL, "fuel_level_jumps", id="fuel jumps"),
    pytest.param({SPEED: 1500.0, FUEL: 50.0, RATE: 14.0}, FUEL, "fuel_level_stuck", id="fuel that does not go down"),
    pytest.param(
        {SPEED: 1500.0, "intake_manifold_pressure_kpa": 90.0, LOAD: lambda m: 20 + 70 * (int(m) % 2)},
        "intake_manifold_pressure_kpa", "boost_stuck", id="boost that does not go with the load",
    ),
    pytest.param(
        {SPEED: 0.0, "intake_manifold_pressure_kpa": 200.0}, "intake_manifold_pressure_kpa", "boost_at_standstill",
        id="boost at rest",
    ),
    pytest.param(
        {SPEED: 1500.0, BATTERY: 21.0, KEY: 28.1, TERMINAL: 28.0}, BATTERY, "battery_voltage_alone", id="one of three"
    ),
    pytest.param(
        {SPEED: 1500.0, BATTERY: 22.0, "charging_voltage_v": 28.1, TERMINAL: 28.0}, BATTERY,
        "battery_voltage_against_charging", id="the terminal lives on the battery",
    ),
    pytest.param(
        {SPEED: lambda m: 0.0 if m % 20 < 8 else 1500.0, BATTERY: 24.6}, BATTERY, "battery_voltage_stuck", id="a start"
    ),
    pytest.param({SPEED: 0.0, "air_filter_dp_kpa": 6.0}, "air_filter_dp_kpa", "air_filter_at_standstill", id="no air"),
    pytest.param(
        {SPEED: 1500.0, "wheel_speed_kmh": 30.0, "ground_speed_kmh": 0.0, "gnss_satellites_count": 9.0},
        "wheel_speed_kmh", "wheel_speed_against_position", id="wheels that turn at a place",
    ),
    pytest.param({SPEED: 0.0, RATE: 9.0, OIL: 350.0}, SPEED, "engine_speed_against_engine", id="an engine at 0 rpm"),
    pytest.param(
        {SPEED: 1500.0, COOLANT: lambda m: 85.0 if m < 60 else 105.0}, COOLANT, "coolant_temp_steps_up", id="step up"
    ),
    pytest.param(
        {SPEED: 1500.0, COOLANT: lambda m: 85.0 if m < 60 else 65.0}, COOLANT, "coolant_temp_steps_down", id="step down"
    ),
    pytest.param(
        {SPEED: 1500.0, FUEL: lambda m: 85.0 if m < 60 else 55.0}, FUEL, "fuel_level_steps_down", id="fuel that is gone"
    ),
    pytest.param(
        {SPEED: 1500.0, OIL: lambda m: None if m % 15 > 8 else 300 + noise(m)}, OIL, f"{OIL}:dropout", id="a loose plug"
    ),
    pytest.param(
        {SPEED: spells, LOAD: at_work(60, 5), BOOST: at_work(260, 180)}, BOOST, "boost_at_idle", id="boost at idle"
    ),
    pytest.param(
        {SPEED: spells, LOAD: at_work(60, 5), AIR: at_work(8.0, 5.2)}, AIR, "air_filter_at_idle", id="no flow, no drop"
    ),
    pytest.param(
        {SPEED: 1500.0, OIL_TEMP: 90.0, OIL: lambda m: 430 + 80 * (noise(m) - 2) + (60 if noise(m) == 4 else 0)}, OIL,
        "oil_pressure_above_relief", id="above the relief valve and back",
    ),
    pytest.param(
        {SPEED: spells, OIL_TEMP: 90.0, OIL: at_work(200, 0)}, OIL, "oil_pressure_more_than_flow", id="none at idle"
    ),
    pytest.param(
        {SPEED: spells, OIL_TEMP: 90.0, OIL: at_work(360, 170), INTAKE: at_work(470, 265)}, OIL,
        "oil_pressure_below_filter_intake", id="a filter that holds back as much at idle",
    ),
    pytest.param(
        {SPEED: 1500.0, BATTERY: lambda m: 28 + 0.8 * noise(m), KEY: 27.9}, BATTERY, "battery_voltage_jumps",
        id="one voltage of a net that jumps",
    ),
    pytest.param({SPEED: 1500.0, FUEL: 0.0, RATE: 12.0}, FUEL, "fuel_level_none_for_long", id="burns from nothing"),
    pytest.param(
        {SPEED: 1500.0, PILOT: lambda m: (3900 if m < 60 else 2400) + noise(m)}, PILOT, "pilot_pressure_steps_down",
        id="pilot pressure that falls by a part",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("signals", "signal", "check"), LYING)
def test_a_sensor_that_lies_is_not_trusted(signals: dict, signal: str, check: str):
    length = 240 if check == "fuel_level_stuck" else 120
    said = [one for one in judged(story(length, **signals), upto_min=length) if check in one.checks]
    assert {one.signal for one in said} == {signal}
    assert all(one.score < 0.5 for one in said)


def test_every_check_has_a_case():
    assert {param.values[2] for param in LYING} >= {check.key for check in CHECKS if check.rule and check.weight} - {
        "hydraulic_oil_temp_alone_at_rest", "engine_coolant_temp_alone_at_rest", "engine_oil_temp_jumps",
        "hydraulic_oil_temp_stuck", "transmission_oil_temp_jumps", "pilot_zero_dead", "pilot_pressure_below_its_valve",
        *(f"{oil}_oil_temp_steps_{way}" for oil in ("engine", "hydraulic", "transmission") for way in ("up", "down")),
    }  # fmt: skip


HEALTHY = {
    SPEED: speed,
    OIL: lambda m: 250 + 150 * (int(m) % 2) + noise(m),
    COOLANT: lambda m: min(88.0, 20 + m * 2),
    OIL_TEMP: lambda m: min(98.0, 20 + m * 1.6),
    FUEL: lambda m: round(80 - m / 20 + noise(m) / 2, 1),
    RATE: 14.0,
    LOAD: lambda m: 20 + 60 * (int(m) % 2),
    BATTERY: lambda m: 28.0 if m > 1 else 24.4,
    KEY: lambda m: 27.9 if m > 1 else 24.3,
    TERMINAL: lambda m: 27.8 if m > 1 else 24.2,
    "intake_manifold_pressure_kpa": lambda m: 20 + 100 * (int(m) % 2) + noise(m),
    "hydraulic_oil_temp_degc": lambda m: min(75.0, 20 + m),
    "air_filter_dp_kpa": 1.5,
}


def test_a_healthy_machine_keeps_its_trust():
    assert judged(story(240, **HEALTHY), upto_min=240) == []


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param({OIL: lambda m: 60 + noise(m)}, id="low oil pressure"),
        pytest.param({COOLANT: lambda m: min(118.0, 80 + m / 4)}, id="hot coolant"),
        pytest.param({BATTERY: 22.8, KEY: 22.7, TERMINAL: 22.6}, id="no charging"),
        pytest.param({FUEL: lambda m: round(max(80 - m, 3) + noise(m) / 2, 1)}, id="fuel stolen or leaking"),
        pytest.param(
            {
                SPEED: spells, LOAD: at_work(80, 5), OIL: at_work(170, 70), OIL_TEMP: 90.0, BOOST: at_work(310, 25),
                AIR: at_work(11, 1.2), PILOT: lambda m: 3900 - 10 * m + noise(m),
            },
            id="worn bearings and pilot pump, a wastegate that sticks, a clogged air filter",
        ),
        pytest.param(
            {
                **{name: lambda m: 28 + 0.8 * noise(m) for name in (BATTERY, KEY, TERMINAL)},
                OIL: lambda m: 420 - 80 * noise(m), OIL_TEMP: 90.0,
                BOOST: lambda m: 110 + noise(m) if m < 100 else noise(m),
                PILOT: lambda m: 3900 + noise(m) if m < 100 else 0,
            },
            id="a loose battery cable, a pump that sucks air, a burst charge pipe, a locked lever",
        ),
        pytest.param(
            {OIL: lambda m: 400 + noise(m) if m < 105 else noise(m), OIL_TEMP: 90.0, PILOT: lambda m: 700 * noise(m)},
            id="an oil pump that fails, a pressure that goes with the lever",
        ),
        pytest.param(
            {SPEED: spells, OIL_TEMP: 90.0, OIL: at_work(340, 200), INTAKE: at_work(480, 260)},
            id="a clogged oil filter",
        ),
        pytest.param({FUEL: None}, id="a signal that is not there"),
        pytest.param({FUEL: lambda m: 60.0 if round(m * 6) % 30 == 0 else None}, id="told every five minutes"),
    ],
)  # fmt: skip
def test_a_machines_fault_is_not_its_sensors(signals: dict):
    length = 240 if FUEL in signals else 120
    assert judged(story(length, **(HEALTHY | signals)), upto_min=length) == []


@pytest.mark.parametrize("name", [IDLE, TRACTOR])
@pytest.mark.parametrize("days", [1, 40])
def test_no_signal_of_a_recorded_log_is_distrusted(name: str, days: int, shared_data: Path):
    """Also when the machine goes on like this for hours: the log again and again."""
    batch = decode(*messages(read_log(shared_data / "candump" / name)), topic=CAN)
    rows = Rows.of_batch(batch.readings)
    judge = TrustJudge(CATALOGUE, CHECKS)
    judge.set_facts(MachineFacts(nominal_voltage_v=np.array([12.0]), reports=np.ones((1, len(CATALOGUE)), bool)))
    length_us = (int(rows.at_us[-1] - rows.at_us[0]) // 60_000_000 + 1) * 60_000_000
    found = []
    for number in range(days):
        shift = number * length_us - int(rows.at_us[0]) % 60_000_000
        again = Rows(np.zeros(len(rows), np.int32), rows.at_us + shift, rows.values, rows.signals)
        told = replace(
            batch.events,
            machine=np.zeros(len(batch.events), np.int32),
            measured_at_us=batch.events.measured_at_us + shift,
        )
        judge.judge(again, told.take(np.argsort(told.measured_at_us, kind="stable")))
        found += judge.changes(int(again.at_us[-1]) + 60_000_000)
    assert found == []


def test_trust_comes_back_half_an_hour_after_the_last_sign():
    lying = story(120, **{SPEED: speed, OIL: lambda m: 312.0 if m < 60 else 250 + 150 * (int(m) % 2) + noise(m)})
    (one,) = judged(lying, upto_min=120)
    assert 8 * MIN < seconds(one.from_us) - FIRST < 15 * MIN
    assert abs((seconds(one.to_us) - FIRST) / MIN - 90) < 1


def test_a_sensor_that_is_right_now_and_then_does_not_flap():
    lying = story(240, **{SPEED: speed, OIL: lambda m: 312.0 if m % 35 < 30 else 250 + noise(m)})
    assert len(judged(lying, upto_min=240)) == 1


def test_passes_of_any_length_say_the_same():
    lying = story(240, **{SPEED: speed, OIL: lambda m: 312.0 if m < 60 else None if m % 15 > 8 else 300 + noise(m)})
    whole = judged(lying, upto_min=240, pass_min=240)
    assert whole
    for pass_min in (1, 7):
        assert {(o.signal, o.from_us, o.to_us) for o in judged(lying, upto_min=240, pass_min=pass_min)} == {
            (o.signal, o.from_us, o.to_us) for o in whole
        }


def test_a_step_counts_until_it_is_taken_back_or_a_week_is_over():
    back = judged(story(120, **{SPEED: 1500.0, COOLANT: lambda m: 105.0 if 20 < m < 80 else 85.0}), upto_min=120)
    (one,) = back
    assert (round((seconds(one.from_us) - FIRST) / MIN), round((seconds(one.to_us) - FIRST) / MIN)) == (20, 110)
    judge = judge_of()
    stays = story(60, **{SPEED: 1500.0, COOLANT: lambda m: 105.0 if m > 20 else 85.0})
    (one,) = judged(stays, upto_min=60, judge=judge)
    hour_us = 60 * MIN * 1_000_000
    assert judge.changes(one.from_us + 167 * hour_us) == []
    (ended,) = judge.changes(one.from_us + 169 * hour_us)
    assert ended.to_us == one.from_us + 168 * hour_us
    judge = judge_of(one, now_s=seconds(one.from_us) + 600)
    assert judge.changes(one.from_us + 167 * hour_us) == [], "a new process knows it too"


@pytest.mark.parametrize(
    ("signals", "wrong"),
    [
        ({}, set()),
        ({HYDRAULIC: cooling(95, 5)}, set()),  # hotter than the engine when it stopped
        ({HYDRAULIC: cooling(62, 5, wrong=14)}, {HYDRAULIC}),
        ({COOLANT: cooling(86, 3.5, wrong=-16)}, {COOLANT}),
        ({COOLANT: cooling(86, 3.5, wrong=25)}, set()),  # a block heater
    ],
)
def test_temperatures_of_a_machine_at_rest_come_together(signals: dict, wrong: set[str]):
    said = judged(story(16 * 60, step=60, **(AT_REST | signals)), upto_min=16 * 60, pass_min=960)
    assert {one.signal for one in said} == wrong
    assert all(one.to_us is None for one in said), "it stays so when the engine starts again"


def test_a_sensor_is_believed_again_when_it_agrees_at_rest():
    before = Distrust(
        machine=1, signal=HYDRAULIC, from_us=us(FIRST - 600), to_us=None, score=0.1,
        checks=("hydraulic_oil_temp_steps_up",),
    )  # fmt: skip
    for wrong, is_believed in ((0, True), (14, False)):
        night = story(16 * 60, step=60, **(AT_REST | {HYDRAULIC: cooling(62, 5, wrong=wrong)}))
        said = judged(night, upto_min=16 * 60, judge=judge_of(before), pass_min=960)
        assert [one.to_us is not None for one in said] == [is_believed]


HOUR = 60


def pilot(*, lost_kpa: float, zero: Callable[[float], float], live: bool = True) -> Story:
    """A night at rest, five hours of work that cost it so much, and a stop from the eighth hour on with that zero."""

    def kpa(minute: float) -> float:
        if minute < 3 * HOUR:
            return 5 * noise(minute) if live else 0.0
        return 3900 - lost_kpa * (minute / HOUR - 3) / 5 + noise(minute) if minute < 8 * HOUR else zero(minute)

    def rpm(minute: float) -> float:
        return 1900.0 if 3 * HOUR <= minute < 8 * HOUR else 0.0

    return story(11 * HOUR, step=30, **{SPEED: rpm, PILOT: kpa, COOLANT: lambda m: 60 + noise(m) / 10})


@pytest.mark.parametrize(
    ("told", "is_found_out"),
    [
        pytest.param(pilot(lost_kpa=900, zero=lambda m: 0.0), True, id="a sender that drifts"),
        pytest.param(pilot(lost_kpa=900, zero=lambda m: 5 * noise(m)), False, id="a pump that wears"),
        pytest.param(pilot(lost_kpa=40, zero=lambda m: 0.0), False, id="a zero that moved by next to nothing"),
        pytest.param(pilot(lost_kpa=900, zero=lambda m: 0.0, live=False), False, id="always 0 at rest"),
    ],
)  # fmt: skip
def test_a_pilot_pressure_that_sank_together_with_its_zero_is_read_wrongly(told: Story, is_found_out: bool):
    said = judged(told, upto_min=11 * HOUR, pass_min=60)
    assert [one.signal for one in said] == [PILOT] * is_found_out
    for one in said:
        assert one.checks == ("pilot_pressure_below_its_valve", "pilot_zero_dead")
        assert 8.6 < (seconds(one.from_us) - FIRST) / 3600 < 8.8
        assert one.to_us is None


def test_a_sender_whose_zero_is_alive_again_is_believed():
    back = pilot(lost_kpa=900, zero=lambda m: 0.0 if m < 9.5 * HOUR else 5 * noise(m))
    (one,) = judged(back, upto_min=11 * HOUR, pass_min=60)
    assert one.to_us is not None
    assert 9.9 < (seconds(one.to_us) - FIRST) / 3600 < 11


def test_a_new_process_goes_on_with_what_was_not_trusted():
    before = Distrust(machine=1, signal=OIL, from_us=us(-9000), to_us=None, score=0.1, checks=("oil_pressure_stuck",))
    well = story(60, **HEALTHY)
    (ended,) = judged(well, upto_min=60, judge=judge_of(before))
    assert (ended.from_us, ended.to_us) == (before.from_us, us(0) + COOL_US)
    still = story(60, **{SPEED: speed, OIL: 312.0})
    assert judged(still, upto_min=60, judge=judge_of(before)) == []
    gone = Distrust(machine=1, signal=OIL, from_us=us(-9000), to_us=None, score=0.1, checks=("of_another_program",))
    (ended,) = judged(well, upto_min=10, judge=judge_of(gone))
    assert ended.to_us == us(0)


def test_two_light_checks_together_cost_the_trust():
    light = [check for check in CHECKS if check.key in {"oil_pressure_at_standstill", "boost_at_standstill"}]
    made = [SensorCheck(key=check.key, signal=OIL, reason=check.reason, weight=0.4, rule=check.rule) for check in light]
    both = {SPEED: 0.0, OIL: lambda m: 300.0 if m > 20 else 0.0, "intake_manifold_pressure_kpa": 200.0}
    (one,) = judged(story(60, **both), upto_min=60, judge=TrustJudge(CATALOGUE, made))
    assert (one.score, one.checks) == (0.36, ("boost_at_standstill", "oil_pressure_at_standstill"))
    assert (seconds(one.from_us) - FIRST) / MIN > 20


def test_errors_instead_of_values_cost_the_trust_of_a_sensor_that_had_some():
    told = story(60, **{SPEED: 1500.0, OIL: lambda m: 300 + noise(m) if m < 20 else None})
    for at in range(20 * MIN, 60 * MIN, 10):
        told.error(FIRST + at, OIL)
        told.error(FIRST + at, COOLANT)  # never had a value
    (one,) = judged(told, upto_min=60)
    assert (one.signal, f"{OIL}:errors" in one.checks) == (OIL, True)


def test_what_is_not_believed_is_left_out_of_rows():
    rows = rows_of(story(3, **{SPEED: 900.0, OIL: 300.0}))
    kept = Rows(rows.machine, rows.at_us, rows.values[:, :10], np.arange(10))
    oil = CATALOGUE.index[OIL]
    seen = believed(
        kept, [(1, oil, us(FIRST + 60), us(FIRST + 90)), (1, oil, us(FIRST + 170), None), (2, oil, 0, None)]
    )
    gone = np.isnan(seen.values[:, oil]) if oil < 10 else None
    assert gone is not None
    assert (np.flatnonzero(gone) * 10).tolist() == [60, 70, 80, 170]
    assert not np.isnan(kept.values[:, oil]).any()
    assert np.array_equal(seen.values[:, 0], kept.values[:, 0])
