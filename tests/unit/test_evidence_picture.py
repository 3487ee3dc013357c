"""The picture of evidence: what its column says of each kind of finding, and where its window begins."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from usecases.draw_evidence import draw
from usecases.picture_column import lines
from usecases.picture_words import WORDS, Said

BEGUN = datetime(2026, 11, 22, 10, tzinfo=UTC)
OWNER = {"zh": "请停机。", "en": "Stop the engine now."}
NAME = {"zh": "增压压力", "en": "Boost"}


def at(seconds: int) -> str:
    return (BEGUN + timedelta(seconds=seconds)).isoformat()


def evidence(first_s: int = 0, **more: Any) -> dict[str, Any]:
    """Of one signal from `first_s` on, of a window of 1,000 s."""
    told = range(first_s, 1001, 10)
    finding = {
        "machine": {"name": "EX 7", "pin": "P"}, "text": NAME, "severity": "medium", "version": "1",
        "from_at": at(900), "held_at": at(1000), "to_at": None, "source_kind": "model", "source_key": "baseline:boost",
    }  # fmt: skip
    signal = {"key": "boost", "unit": "kPa", "text": NAME, "role": "rule"}
    check = {"key": "look", "text": {"zh": "看", "en": "Look"}}
    return {
        "withdrawn": None, "finding": finding, "from_at": at(0), "to_at": at(1000), "thresholds": None, "quality": None,
        "signals": [signal | {"samples": len(told), "at": [at(s) for s in told], "values": [float(s) for s in told]}],
        "regime": None, "freeze_frame": [], "contributions": [], "codes": [], "trust": [], "silenced_rules": [],
        "expected": [], "similar": [],
        "diagnosis": {"causes": [], "basis": "typical", "next_check": check, "checks": [check], "parts": []}
        | {"owner": OWNER},
    } | more  # fmt: skip


def column(language: str = "en", **more: Any) -> list[str]:
    return [line[0] for line in lines(evidence(**more), Said(language))]


def svg(**more: Any) -> str:
    return draw(json.dumps(evidence(**more)).encode(), "svg", "en")[0].decode()


def test_all_words_are_there_in_both_languages() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()


def test_a_cascade_shows_its_codes_and_the_root_first() -> None:
    codes = [
        {"source_address": 0, "spn": spn, "fmi": 4, "text": {"zh": "码", "en": f"Code {spn}"}} for spn in range(98, 110)
    ]
    finding = evidence()["finding"] | {"source_key": "0/100/4"}
    told = column(codes=codes, finding=finding)
    start = told.index("Codes of one cause (12)")
    assert told[start + 1 : start + 4] == ["cause: Code 100", "Code 98", "Code 99"]
    assert " and 3 more" in told
    inferred = column(codes=codes, finding=finding | {"source_key": "cascade:sensor_supply_lost:0"})
    assert not any(line.startswith("cause:") for line in inferred)
    assert any("no code of its own" in line for line in inferred)


def test_a_models_finding_shows_its_shares_and_what_was_expected() -> None:
    expected = [{"key": "boost", "unit": "kPa", "value": 90.0, "low": 60.0, "high": 120.0}]
    told = column(contributions=[{"key": "boost", "value": 1.6}], expected=expected)
    assert "1.60  Boost: expected 90 (60 - 120) kPa" in told
    assert "<!-- 90 kPa -->" in svg(expected=expected)


def test_a_sensors_finding_shows_its_reasons_and_the_rules_that_are_silent() -> None:
    rules = [{"key": "hot", "severity": "high", "text": {"zh": "过热", "en": "Overheating"}}]
    told = column("zh", trust=[{"key": "boost", "score": 0.1, "reasons": ["rate"]}], silenced_rules=rules)
    assert "增压压力: 变化过快 (可信度 0.10)" in told
    assert told[told.index("因此静默的规则") + 1] == "过热"


def test_that_no_part_is_needed_is_said() -> None:
    assert "none needed" in column()


@pytest.mark.parametrize(("first_s", "begins"), [(0, "10:00"), (600, "10:10")])
def test_the_window_begins_where_the_readings_do(first_s: int, begins: str) -> None:
    drawn = svg(first_s=first_s)
    assert f"<!-- {begins} -->" in drawn
    assert first_s == 0 or "<!-- 10:00 -->" not in drawn


def test_the_axis_tells_time_in_figures_and_says_what_are_seconds() -> None:
    drawn = svg(first_s=980)
    assert "<!-- 10:16:30 -->" in drawn
    assert "<!-- 2026-11-22 10:16 -->" in drawn
    assert "Nov" not in drawn + svg()


def test_a_past_part_that_is_none_of_the_listed_ones_says_so() -> None:
    case = {"held_at": at(0), "machine": {"name": "EX 8"}, "verdict": "true_fault"}
    told = " ".join(column(similar=[case | {"part": "Oil pump"}, case | {"part": "xxxxxx"}]))
    assert "(Oil pump)" in told
    assert "('xxxxxx', no listed part)" in told


def test_what_was_taken_back_is_not_told_to_stop() -> None:
    said = {"zh": "已撤回", "en": "This was taken back."}
    drawn = svg(withdrawn=said)
    assert "<!-- TAKEN BACK  ·  EX 7  ·  Boost -->" in drawn
    assert "<!-- This was taken back. -->" in drawn
    assert "Stop the engine" not in drawn
    assert "Stop the engine" in svg()
