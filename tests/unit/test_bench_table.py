"""The table of docs/readings.md says what bench/results/api-latest.json says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.api_report import RESULTS, Outcome, Taken, outcome_of, write
from bench.api_table import BEGIN, DOC, END, table_of, update, written_into

LIVE = {
    **{"subscribers": 5000.0, "deliveries_per_s": 9_990.0, "p50_ms": 100.0, "p95_ms": 400.0, "p99_ms": 600.0},
    **{"cpu_api": 0.91, "cpu_client": 0.4, "cpu_postgres": 0.2},
}


@pytest.fixture
def results(tmp_path):
    taken = {
        "page of 50, name (expert)": [5.0] * 95 + [12.0] * 5,
        "page of 50, everything, name (dealer)": [9.0] * 88 + [40.0] * 12,
        "24 h of 4 signals, JSON (owner)": [61.25] * 3,
        "all last positions, Arrow (dealer)": [900.0] * 3,
    }
    path = tmp_path / "api-latest.json"
    outcome = outcome_of([1.0] * 100, taken, {"24 h of 4 signals, JSON (owner)": 1}, {})
    write(replace(outcome, live=LIVE), path)
    return path


def test_the_document_holds_what_the_last_run_found():
    if RESULTS.exists():
        assert table_of(json.loads(RESULTS.read_text())) == made_part(DOC.read_text())
    else:
        assert made_part(DOC.read_text()) == ""


def made_part(doc: str) -> str:
    return doc.partition(BEGIN)[2].partition(END)[0].strip()


def test_a_line_a_kind_bold_where_its_requests_are_late_or_refused_with_its_slowest(results):
    found = [
        line.removeprefix("| ").removesuffix(" |").split(" | ")
        for line in table_of(json.loads(results.read_text())).splitlines()[2:]
    ]
    assert found[0][1:] == ["20", "**40**", "9", "page of 50, everything, name (dealer): 40"]
    assert [line[1:4] for line in found[1:3]] == [["100", "**61.2**", "61.2"], ["–", "1", "1"]]
    assert found[3] == [
        "a live event at its subscriber (5,000 streams, 9,990 deliveries/s)",
        *("1,000", "400", "100", "p99 600; cores: api 0.91, client 0.40, postgres 0.20"),
    ]


def test_what_is_promised_is_over_all_requests_of_a_kind():
    late = outcome_of([1.0], {"page of 50, name (expert)": [5.0] * 100, "page of 50, x (owner)": [30.0] * 5}, {}, {})
    assert late.missed == []  # 5 of 105
    late = outcome_of([1.0], {"page of 50, name (expert)": [5.0] * 90, "page of 50, x (owner)": [30.0] * 10}, {}, {})
    assert late.missed == ["a page of 50 of 100,000 machines, with filters and sorts"]


def test_the_table_replaces_the_one_before_and_nothing_else(results, tmp_path):
    doc = tmp_path / "readings.md"
    doc.write_text(f"before\n{BEGIN}\n| old |\n{END}\nafter\n")
    update(results, doc)
    update(results, doc)
    assert doc.read_text() == f"before\n{BEGIN}\n{table_of(json.loads(results.read_text()))}\n{END}\nafter\n"
    with pytest.raises(ValueError, match="no place"):
        written_into("no marks", "| x |")


def test_a_live_stream_that_is_late_is_missed():
    outcome = Outcome(bare=Taken(1.0, 2.0, 1, None), lines={}, kinds={}, context={}, live=LIVE | {"p95_ms": 1000.5})
    assert outcome.missed == ["live stream"]
