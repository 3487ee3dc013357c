"""Stricter variants of a rule, and a site's file that has one of them."""

import tomllib
from datetime import UTC, datetime

import pytest

from diagnosis.layers import check_tests, layer, tables_of
from diagnosis.rule_file import parse_rule
from diagnosis.ruleset import rule_files
from diagnosis.tuning import MOST, Candidate, candidates, edits_with, toml_of, variant
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
FILES = rule_files()
TABLES = tables_of(FILES)


def tried(key: str, **changes) -> list[dict]:
    table = {**TABLES[key], **changes}
    return [dict(one.members) for one in candidates(parse_rule(key, table, CATALOGUE, "t"), table, CATALOGUE)]


def test_a_threshold_moves_away_from_the_good_side_and_the_guard_stays():
    members = tried("low_oil_pressure")
    limits = [one["limits"] for one in members if set(one) == {"limits"}]
    assert limits == [{"lowest": f"{n} kPa"} for n in (98, 95, 90, 85, 80, 70)]
    table = {**TABLES["low_oil_pressure"], "when": "engine_oil_pressure_kpa < 100 and engine_speed_rpm > 600"}
    literal = candidates(parse_rule("oil", table, CATALOGUE, "t"), table, CATALOGUE)
    whens = [one.members["when"] for one in literal if set(one.members) == {"when"}]
    assert whens == [f"engine_oil_pressure_kpa < {n} and engine_speed_rpm > 600" for n in (98, 95, 90, 85, 80, 70)]
    assert [one["for"] for one in members if set(one) == {"for"}] == ["15s", "20s", "30s", "50s"]
    assert {"limits": limits[2], "for": "20s"} in members
    assert len(members) <= MOST


def test_a_clear_that_is_one_comparison_moves_back_and_others_do_not():
    assert [one["clear"] for one in tried("boost_high") if set(one) == {"clear"}] == [
        f"intake_manifold_pressure_kpa < highest - {n} kPa" for n in (53, 66, 92, 118)
    ]  # 247, 234, 208 and 182 kPa
    assert next(one["clear"] for one in tried("coolant_overheat") if set(one) == {"clear"}).endswith("highest - 10 K")
    literal = tried("boost_high", clear="intake_manifold_pressure_kpa < 260")
    assert [one["clear"][-3:] for one in literal if set(one) == {"clear"}] == ["247", "234", "208", "182"]
    assert not [one for one in tried("low_oil_pressure") if "clear" in one]  # joined by `or`


def test_a_named_limit_moves_with_its_unit():
    limits = [one["limits"] for one in tried("bucket_overload") if set(one) == {"limits"}]
    assert limits[0] == {"most": "6.324 t"}
    assert limits[-1] == {"most": "8.06 t"}


def test_a_count_moves_by_whole_events_and_no_for_begins_with_seconds():
    changes = {"when": "count(engine_speed_rpm > 2300, 1h) >= 3", "clear": "engine_speed_rpm < 300", "limits": {}}
    table = {name: value for name, value in TABLES["low_oil_pressure"].items() if name != "for"} | changes
    members = [dict(one.members) for one in candidates(parse_rule("few", table, CATALOGUE, "t"), table, CATALOGUE)]
    assert [one["when"][-1] for one in members if set(one) == {"when"}] == ["4", "5", "6"]
    assert [one["for"] for one in members if set(one) == {"for"}] == ["5s", "10s", "30s", "1min"]


def test_a_condition_that_is_more_than_comparisons_has_only_longer_variants():
    assert all(set(one) == {"for"} for one in tried("battery_overvoltage"))


@pytest.mark.parametrize("key", ["low_oil_pressure", "bucket_overload", "coolant_overheat", "boost_low"])
def test_the_edits_of_a_variant_are_a_set_whose_tests_hold(key):
    table = TABLES[key]
    rule = parse_rule(key, table, CATALOGUE, "t")
    one = candidates(rule, table, CATALOGUE)[-1]
    layered = layer(FILES, edits_with({"low_fuel": {"off": True}}, rule, table, one, CATALOGUE), CATALOGUE)
    assert (layered.off, layered.changed) == (("low_fuel",), (key,))
    changed, same = layered.ruleset.by_key[key], variant(rule, table, one, key, CATALOGUE)
    check_tests([changed], CATALOGUE)
    assert (changed.when_text, changed.for_us, changed.limits) == (same.when_text, same.for_us, same.limits)


def test_tests_that_hold_no_more_are_left_out_and_the_others_stay():
    table = TABLES["low_oil_pressure"]
    rule = parse_rule("low_oil_pressure", table, CATALOGUE, "t")
    text = edits_with({}, rule, table, Candidate(members={"for": "3h"}, effort=1), CATALOGUE)
    kept = tomllib.loads(text)["low_oil_pressure"]["tests"]
    assert 0 < len(kept) < len(table["tests"])
    assert all(not one["raises"] for one in kept)


def test_a_file_that_is_written_is_read_as_it_was():
    tables = {
        "a_rule": {
            "for": "10s",
            "limits": {"low": 3, "high": 1.5e-7},
            "tests": [{"name": 'a "b" \\ 中', "raises": []}],
        },
        "other": {"off": True, "causes": ["x", "y"], "tests": []},
        "override": [{"rule": "a", "machine": "P1", "until": datetime(2027, 1, 1, tzinfo=UTC)}] * 2,
    }
    assert tomllib.loads(toml_of(tables)) == {"language": 1, **tables}
