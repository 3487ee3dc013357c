"""Fuel and places as data: tests/fuel_and_fences/cases.toml through the rule engine, the same with every seed."""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diagnosis.case import START_US, Circle
from diagnosis.engine import Engine, Rows
from diagnosis.machine_facts import MachineFacts, MachineFence
from diagnosis.ruleset import RuleSet, packaged_ruleset
from fleet.batch import EventBatch, Float64Array
from fleet.local_projection import LocalProjection
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
CASES = tomllib.loads((Path(__file__).parents[1] / "fuel_and_fences/cases.toml").read_text(encoding="utf-8"))["case"]
RULES = ("fuel_drop", "fuel_lost_at_work", "fuel_refilled", "fuel_siphoned_slowly", "left_site", "entered_no_go",
         "moved_while_off", "towed", "away_at_night")  # fmt: skip
SEEDS = range(5)
CENTRE = (34.26, 117.2)
M_OF_LATITUDE, M_OF_LONGITUDE = 111_195.0, 111_195.0 * np.cos(np.radians(CENTRE[0]))  # of a degree
FENCES = {"site": (0.0, 500.0, 100.0), "no_go": (2_000.0, 150.0, 30.0)}  # m east, radius, buffer
SLOSH_S = 7.3
SECONDS = {"s": 1, "min": 60, "h": 3600}


def seconds(text: str) -> int:
    """'90min' as seconds."""
    number, unit = re.fullmatch(r"(\d+)(s|min|h)", text).groups()
    return int(number) * SECONDS[unit]


def fence(name: str) -> MachineFence:
    east_m, radius_m, buffer_m = FENCES[name]
    centre = LocalProjection(CENTRE[0], CENTRE[1] + east_m / M_OF_LONGITUDE)
    return MachineFence(np.zeros(1, np.int32), Circle(centre, radius_m), Circle(centre, radius_m + buffer_m))


def part_values(part: dict[str, Any], at_s: Float64Array, chance: np.random.Generator) -> Float64Array:
    """The readings of one part: (rows, catalogue signals)."""
    values = np.full((len(at_s), len(CATALOGUE)), np.nan)
    share = np.linspace(0, 1, len(at_s))

    def put(key: str, column: Float64Array) -> None:
        values[:, CATALOGUE.index[key]] = column

    put("engine_speed_rpm", np.full(len(at_s), float(part["rpm"])))
    if "fuel" in part:
        level = np.interp(share, [0, 1], part["fuel"]) + part.get("noise", 0) * chance.standard_normal(len(at_s))
        level += part.get("slosh", 0) * np.sin(2 * np.pi * (at_s / SLOSH_S + chance.random()))
        put("fuel_level_pct", np.round(level / part["step"]) * part["step"] if "step" in part else level)
    if "at" in part:
        for axis, (key, metres) in enumerate((("longitude_deg", M_OF_LONGITUDE), ("latitude_deg", M_OF_LATITUDE))):
            place = np.interp(share, [0, 1], [part["at"][axis], part.get("to", part["at"])[axis]])
            place += part.get("jitter", 0) * chance.standard_normal(len(at_s))
            place += part.get("drift", 0) * np.sin(2 * np.pi * (at_s / 2_700 + chance.random()))
            put(key, CENTRE[1 - axis] + place / metres)
    return values


def rows_of(case: dict[str, Any], seed: int) -> Rows:
    chance, begin_s = np.random.default_rng(seed), 0
    at: list[Float64Array] = []
    values: list[Float64Array] = []
    for part in case["parts"]:
        end_s = begin_s + seconds(part["lasts"])
        if not part.get("silent"):
            at.append(np.arange(begin_s, end_s, seconds(part.get("every", "10s")), dtype=np.float64))
            values.append(part_values(part, at[-1], chance))
        begin_s = end_s
    rows = np.concatenate(values)
    rows[:, CATALOGUE.is_float4] = rows[:, CATALOGUE.is_float4].astype(np.float32)
    at_us = START_US + (np.concatenate(at) * 1e6).astype(np.int64)
    return Rows(np.zeros(len(at_us), np.int32), at_us, rows)


@pytest.fixture(scope="module")
def engine() -> Engine:
    packaged = packaged_ruleset(CATALOGUE)
    return Engine(CATALOGUE, RuleSet([packaged.by_key[key] for key in RULES]))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_taken_or_leaves_is_told_and_nothing_else(case: dict[str, Any], seed: int, engine: Engine) -> None:
    rows = rows_of(case, seed)
    engine.set_facts(
        MachineFacts(
            nominal_voltage_v=np.array([24.0]),
            kind=["excavator"],
            mode=["in_service"],
            reports=~np.isnan(rows.values).all(axis=0)[None, :],
            fences={key: [fence(key[0])] if key[0] in FENCES else [] for key in engine.fences},
        )
    )
    last = {(f.source_key, f.from_us): f for f in engine.judge(rows, EventBatch.empty(), engine.fresh_state()).findings}
    found = {f.source_key: f for f in last.values()}
    assert sorted(key for key, _ in last) == sorted(one["rule"] for one in case["raises"])
    for one in case["raises"]:
        held_s = (found[one["rule"]].held_us - START_US) / 1e6
        assert seconds(one["after"]) <= held_s <= seconds(one["before"]), f"{one['rule']} after {held_s / 60:.1f} min"
        assert found[one["rule"]].to_us is not None or not one.get("over")
