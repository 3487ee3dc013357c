"""The bench's verdict: which limit counts on which machine, and what is written for the next comparison."""

from __future__ import annotations

import json

import pytest

from bench.report import as_json
from bench.targets import BARE, E2E, TARGETS, Kind, Measured, holds, missed, scale_of, scaled

BY_NAME = {t.name: t for t in TARGETS}
GOOD = {
    BARE: 45_000.0,
    E2E: 30_000.0,
    "e2e_sustained_p99_ms": 1_000.0,
    "e2e_1_row_vs_bare_subscriber": 0.5,
    "e2e_10_rows_vs_raw_copy": 0.4,
    "rules_on_vs_off": 0.80,
    "standing_alarms_vs_none": 0.90,
    "replay_vs_first": 0.5,
    "backfill_vs_first": 0.4,
    "publish_to_commit_p99_ms": 500.0,
    "rule_evaluations_per_s": 30e6,
    "rule_evaluations_plain_per_s": 30e6,
    "shipped_rule_evaluations_per_s": 30e6,
    "rule_state_bytes_a_machine_and_rule": 64.0,
    "shipped_rule_state_bytes_a_machine_and_rule": 64.0,
    "replay_rows_per_s": 200_000.0,
}


def measured(**changes: float) -> dict[str, Measured]:
    return {name: Measured(value, 0.0) for name, value in (GOOD | changes).items()}


def test_the_floors_themselves_are_reached() -> None:
    assert missed(measured()) == []


@pytest.mark.parametrize(
    ("changes", "below"),
    [
        pytest.param({E2E: 29_999}, [E2E], id="a rate below its floor"),
        pytest.param({"publish_to_commit_p99_ms": 501}, ["publish_to_commit_p99_ms"], id="too many milliseconds"),
        pytest.param({"rules_on_vs_off": 0.799}, ["rules_on_vs_off"], id="a ratio below its floor"),
        pytest.param(
            {"rule_state_bytes_a_machine_and_rule": 65}, ["rule_state_bytes_a_machine_and_rule"], id="too many bytes"
        ),
        pytest.param({"e2e_sustained_p99_ms": 60_000}, ["e2e_sustained_p99_ms"], id="a backlog that grows"),
        pytest.param({BARE: 22_500, E2E: 15_000}, [], id="half a machine: half of the rate is enough"),
        pytest.param({BARE: 22_500, E2E: 15_000, "publish_to_commit_p99_ms": 1_000}, [], id="and twice the time"),
        pytest.param({BARE: 22_500, E2E: 14_999}, [E2E], id="but not less"),
        pytest.param({BARE: 22_500, E2E: 15_000, "replay_vs_first": 0.4}, ["replay_vs_first"], id="ratios never scale"),
        pytest.param({BARE: 90_000, E2E: 30_000}, [], id="a faster machine is not held to more"),
    ],
)
def test_a_verdict_scales_with_the_bare_subscriber(changes: dict[str, float], below: list[str]) -> None:
    assert missed(measured(**changes)) == below


def test_a_measure_with_a_floor_that_was_not_taken_is_missed() -> None:
    partial = measured()
    del partial["replay_vs_first"]
    assert missed(partial) == ["replay_vs_first"]


def test_aims_scale_like_floors() -> None:
    target = BY_NAME["publish_to_commit_p99_ms"]
    assert scaled(target, target.aim, scale_of(30_000)) == pytest.approx(225)
    assert holds(target, 225, 225)


def test_the_names_are_unique_and_only_printed_measures_have_no_limit() -> None:
    assert len(BY_NAME) == len(TARGETS)
    assert all((t.floor is None and t.aim is None) == (t.kind is Kind.PRINTED) for t in TARGETS)


def test_median_and_spread_are_of_the_repeats() -> None:
    assert Measured.over([3.0, 9.0, 4.0]) == Measured(4.0, 6.0)


def test_the_written_file_maps_each_name_to_value_unit_and_spread() -> None:
    written = json.loads(as_json({BARE: Measured(45_678.9, 12.34), E2E: Measured(31_000, 0)}))
    assert written == {
        E2E: {"value": 31000, "unit": "msgs/s", "spread": 0},
        BARE: {"value": 45679, "unit": "msgs/s", "spread": 12.34},
    }
