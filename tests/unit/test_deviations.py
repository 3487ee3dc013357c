"""The first diagnosis of a model's finding: causes by signal and side."""

import pytest

from diagnosis.deviations import Beside, of_deviation, side_of
from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.watched import WATCHED
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue

CATALOGUE, KNOWLEDGE = packaged_catalogue(), packaged_knowledge()


@pytest.mark.parametrize(
    ("signal", "above", "first"),
    [
        ("engine_oil_pressure_kpa", False, "oil_level_low"),
        ("engine_oil_pressure_kpa", True, "oil_relief_valve_stuck"),
        ("engine_coolant_temp_degc", True, "radiator_blocked"),
        ("engine_coolant_pressure_kpa", True, "radiator_blocked"),
        ("engine_coolant_pressure_kpa", False, "radiator_cap_leaks"),
        ("air_filter_dp_kpa", False, "air_filter_missing"),
        ("engine_coolant_temp_degc", False, "thermostat_stuck_open"),
        ("intake_manifold_pressure_kpa", False, "charge_pipe_leak"),
        ("pilot_pressure_kpa", False, "pilot_pump_worn"),
        ("vibration_frequency_hz", False, "vibration_motor_worn"),
    ],
)
def test_the_side_of_a_deviation_decides_its_causes(signal, above, first):
    told = of_deviation(signal, KNOWLEDGE, CATALOGUE, above=above)
    assert told.causes[0].cause == first
    assert sum(cause.share for cause in told.causes) == pytest.approx(1)
    assert told.next_check == told.checks[0]


def test_where_nothing_is_known_that_is_said():
    told = of_deviation("fuel_temp_degc", KNOWLEDGE, CATALOGUE, above=False)
    assert [one.cause for one in told.causes] == ["not_named", "temperature_sender_faulty", "connector_corroded"]
    assert (told.next_check, told.parts) == ("watch_trend", ("temperature_sensor", "connector_kit"))
    assert "unlike what this machine did before" in told.owner.en
    load = of_deviation("engine_load_pct", KNOWLEDGE, CATALOGUE, above=True)
    assert load.causes[1].cause == "data_source_faulty"  # it is calculated: there is no sensor of load
    with pytest.raises(KeyError):
        of_deviation("no_such_signal", KNOWLEDGE, CATALOGUE, above=True)


@pytest.mark.parametrize(("above", "first"), [(True, "radiator_blocked"), (False, "thermostat_stuck_open")])
def test_coolant_that_is_out_while_its_engines_oil_is_as_expected_is_read_wrongly(above, first):
    coolant, oil = "engine_coolant_temp_degc", "engine_oil_temp_degc"

    def told(heard: tuple[str, ...], **shares: float) -> str:
        beside = Beside({coolant: 1.1, **shares}, heard)
        return of_deviation(coolant, KNOWLEDGE, CATALOGUE, above=above, beside=beside).causes[0].cause

    assert told((coolant, oil)) == "temperature_sender_faulty"
    assert told((coolant, oil), **{oil: 0.8}) == first
    assert told((coolant,)) == first, "nobody says how warm the oil is"


def test_of_a_model_that_names_no_side_both_are_told():
    told = of_deviation("engine_oil_pressure_kpa", KNOWLEDGE, CATALOGUE, above=None)
    sides = [of_deviation("engine_oil_pressure_kpa", KNOWLEDGE, CATALOGUE, above=above) for above in (True, False)]
    assert {one.cause for one in told.causes} == {one.cause for side in sides for one in side.causes}
    assert sum(one.share for one in told.causes) == pytest.approx(1)
    assert [side_of("a", values) for values in ({}, {"side.a": -1}, {"a": 2, "expected.a": 1})] == [None, False, True]


def test_every_cause_of_a_watched_signal_has_words():
    words = packaged_words("en")
    for signal in WATCHED:
        for above in (False, True):
            told = of_deviation(signal, KNOWLEDGE, CATALOGUE, above=above)
            assert {cause.cause for cause in told.causes} <= set(words.causes)
            assert set(told.checks) <= set(words.checks)
            assert set(told.parts) <= set(words.parts)
