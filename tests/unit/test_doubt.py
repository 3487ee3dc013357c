"""A first diagnosis whose sensor is not believed names the sensor first, and says why."""

from dataclasses import replace

import pytest

from diagnosis.doubt import AFTER_US, doubted, doubts, observed, until_checked
from diagnosis.evidence_file import Observation
from diagnosis.preliminary import Preliminary, RankedCause
from diagnosis.rule import Words
from diagnosis.trust import LIED_US, Distrust, longest_lie_us
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
OIL = "engine_oil_pressure_kpa"


def lying(
    from_us: int = 0, to_us: int | None = None, *, score: float = 0.1, check: str = "oil_pressure_stuck"
) -> Distrust:
    return Distrust(machine=1, signal=OIL, from_us=from_us, to_us=to_us, score=score, checks=(check,))


def of(**shares: float) -> Preliminary:
    return Preliminary(
        causes=tuple(RankedCause(cause=cause, share=share) for cause, share in shares.items()),
        next_check="check_engine_oil_level",
        checks=("check_engine_oil_level", "compare_with_gauge"),
        parts=("oil_pump",),
        owner=Words(zh="请停机。", en="Stop now."),
    )


SAW = Observation(
    key=OIL, cause="connector_corroded", when="it jumps", yes=1.0, no=0.0, words=Words(zh="跳", en="It jumps")
)
SENSOR_ITSELF = Preliminary(
    causes=(
        RankedCause(cause="connector_corroded", share=0.6, speaks_for=(SAW,)),
        RankedCause(cause="sensor_faulty", share=0.4, parts=("pressure_sensor",)),
    ),
    next_check="inspect_connector",
    checks=("inspect_connector", "compare_with_other_sensor"),
    parts=("sensor_harness", "pressure_sensor"),
    owner=Words(zh="可以继续作业。", en="You may go on working."),
)


@pytest.mark.parametrize(
    ("shares", "rest"),
    [
        (
            {"oil_level_low": 0.6, "oil_pump_worn": 0.2, "pressure_sender_faulty": 0.2},
            {"oil_level_low": 0.075, "oil_pump_worn": 0.025},
        ),
        ({"oil_level_low": 0.5, "connector_corroded": 0.5}, {"oil_level_low": 0.1}),
        ({}, {}),
    ],
)
def test_the_sensors_own_causes_come_first_and_the_others_share_what_is_left(
    shares: dict[str, float], rest: dict[str, float]
):
    """As the finding about the sensor has them, with its checks."""
    told = doubted(of(**shares), [lying()], SENSOR_ITSELF, CATALOGUE)
    ranked = {"connector_corroded": 0.54, "sensor_faulty": 0.36} | rest
    assert {one.cause: one.share for one in told.causes} == pytest.approx(ranked)
    assert [one.cause for one in told.causes] == list(ranked)
    assert told.causes[0].speaks_for == (SAW,)
    assert (told.next_check, told.parts) == ("inspect_connector", ("sensor_harness", "pressure_sensor", "oil_pump"))
    assert told.checks == (
        "inspect_connector",
        "compare_with_other_sensor",
        "check_engine_oil_level",
        "compare_with_gauge",
    )
    assert told.owner.en.endswith("Until then: Stop now.")


def test_what_speaks_for_the_rules_own_sender_is_kept():
    own = replace(SAW, cause="pressure_sender_faulty", when="filter")
    found = replace(of(), causes=(RankedCause(cause="pressure_sender_faulty", share=1.0, speaks_for=(own,)),))
    assert doubted(found, [lying()], SENSOR_ITSELF, CATALOGUE).causes[0].speaks_for == (SAW, own)


@pytest.mark.parametrize(
    ("score", "says", "lies"),
    [
        (0.1, -3.0, 0.3094),  # odds of 9, and a twentieth of it
        (0.1, -1.0, 0.7681),
        (0.5, -0.5, 0.3775),
        (0.0, -3.0, 1.0),
    ],
)
def test_a_neighbour_that_tells_the_same_is_weighed_with_the_doubt(score: float, says: float, lies: float):
    """Where it outweighs the doubt the machine's causes, check and order lead; it is shown against the sensor's."""
    neighbour = replace(SAW, cause="temperature_sender_faulty", when="the oil is as hot", yes=says)
    found = of(radiator_blocked=0.7, coolant_low=0.29)
    sender = RankedCause(cause="temperature_sender_faulty", share=0.01, speaks_against=(neighbour,))
    found = replace(found, causes=(*found.causes, sender))
    told = doubted(found, [lying(score=score)], SENSOR_ITSELF, CATALOGUE)
    shares = {one.cause: one for one in told.causes}
    assert sum(one.share for one in told.causes) == pytest.approx(1.0)
    assert shares["connector_corroded"].share == pytest.approx(0.6 * lies, abs=1e-4)
    assert shares["sensor_faulty"].speaks_against == (neighbour,)
    if lies > 0.5:
        assert (told.causes[0].cause, told.next_check) == ("connector_corroded", "inspect_connector")
        assert told.owner.en.startswith("The sensor may be wrong")
        return
    ranked = [one.share for one in told.causes]
    assert (told.causes[0].cause, ranked) == ("radiator_blocked", sorted(ranked, reverse=True))
    assert (told.next_check, told.owner) == (found.next_check, found.owner)
    assert told.checks == (*found.checks, *SENSOR_ITSELF.checks)
    assert told.parts == (*found.parts, *SENSOR_ITSELF.parts)


def test_while_an_alarm_stands_on_it_the_sensor_says_no_other_order():
    told = until_checked(
        SENSOR_ITSELF, CATALOGUE[OIL], Words(zh="油压低", en="Low oil"), Words(zh="请停机。", en="Stop now.")
    )
    assert told.owner.en.endswith("(Low oil). Until the sensor has been checked, do as the alarm says: Stop now.")
    assert told.owner.zh.endswith("请照该报警处理：请停机。")
    assert "may go on" not in told.owner.en
    assert told.causes == SENSOR_ITSELF.causes


def test_a_check_is_told_with_its_condition_or_by_its_name():
    assert observed(lying(), "sensor_faulty", CATALOGUE).when.startswith("max(engine_oil_pressure_kpa, 10min) ==")
    assert observed(lying(check=f"{OIL}:dropout"), "sensor_faulty", CATALOGUE).when == f"{OIL}:dropout"


@pytest.mark.parametrize(
    ("span", "speaks"),
    [
        (lying(0), True),
        (lying(-AFTER_US, 1000 - AFTER_US), False),  # over before
        (lying(-AFTER_US, 1001 - AFTER_US), True),  # the hour that a model judges still has it
        (lying(1000 + LIED_US, check=f"{OIL}:dropout"), True),
        (lying(1001 + LIED_US, check=f"{OIL}:dropout"), False),  # found out too late
        (lying(1000 + 24 * LIED_US), True),  # it stood still long before anything moved that it should have gone with
        (lying(1001 + 24 * LIED_US), False),
        (lying(1000 + 48 * LIED_US, check="oil_pressure_more_than_flow"), True),  # it drifts for days
        (lying(1001 + 48 * LIED_US, check="oil_pressure_more_than_flow"), False),
        (lying(1001 + LIED_US, check="oil_pressure_none_for_long"), False),  # an engine may lose it like that
    ],
)
def test_what_speaks_against_a_finding(span: Distrust, speaks: bool):
    assert doubts([span], [OIL, "engine_speed_rpm"], CATALOGUE, held_us=1000) == ([span] if speaks else [])
    assert doubts([span], ["engine_speed_rpm"], CATALOGUE, held_us=1000) == []
    assert span.from_us <= 1001 + longest_lie_us(CATALOGUE)
