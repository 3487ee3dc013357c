"""A first diagnosis whose sensor is not believed names the sensor first, and says why."""

import pytest

from diagnosis.doubt import REVISED_US, doubted, doubts
from diagnosis.preliminary import Preliminary, RankedCause
from diagnosis.rule import Words
from diagnosis.trust import Distrust
from diagnosis.words import packaged_words
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


@pytest.mark.parametrize(
    ("shares", "ranked"),
    [
        (
            {"oil_level_low": 0.6, "oil_pump_worn": 0.2, "pressure_sender_faulty": 0.2},
            {"pressure_sender_faulty": 0.9, "oil_level_low": 0.075, "oil_pump_worn": 0.025},
        ),
        ({"oil_level_low": 1.0}, {"sensor_faulty": 0.9, "oil_level_low": 0.1}),
        ({}, {"sensor_faulty": 0.9}),
    ],
)
def test_the_sensor_comes_first_and_the_others_share_what_is_left(shares: dict[str, float], ranked: dict[str, float]):
    told = doubted(of(**shares), [lying()], CATALOGUE)
    assert {one.cause: one.share for one in told.causes} == pytest.approx(ranked)
    assert [one.cause for one in told.causes] == list(ranked)
    (why,) = told.causes[0].speaks_for
    assert why.when.startswith("max(engine_oil_pressure_kpa, 10min) ==")
    assert (told.next_check, told.parts) == (
        "compare_with_other_sensor",
        ("pressure_sensor", "sensor_harness", "oil_pump"),
    )
    assert told.checks[-1] == "compare_with_gauge"
    assert told.owner.en.endswith("Until then: Stop now.")
    words = packaged_words("en")
    assert set(told.checks) <= words.checks.keys()
    assert set(told.parts) <= words.parts.keys()


def test_without_doubt_nothing_changes():
    found = of(oil_level_low=1.0)
    assert doubted(found, [], CATALOGUE) is found


def test_a_check_without_a_condition_names_itself():
    told = doubted(of(), [lying(check=f"{OIL}:dropout")], CATALOGUE)
    assert told.causes[0].speaks_for[0].when == f"{OIL}:dropout"


@pytest.mark.parametrize(
    ("span", "speaks"),
    [
        (lying(0), True),
        (lying(0, 1000), False),  # over before
        (lying(0, 1001), True),
        (lying(1000 + REVISED_US), True),
        (lying(1001 + REVISED_US), False),  # found out too late
    ],
)
def test_what_speaks_against_a_finding(span: Distrust, speaks: bool):
    assert doubts([span], [OIL, "engine_speed_rpm"], held_us=1000) == ([span] if speaks else [])
    assert doubts([span], ["engine_speed_rpm"], held_us=1000) == []
