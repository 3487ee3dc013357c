"""The table of docs/readings.md, made from the last results: `python -m bench.api_table`.

One line a kind of question: the p95 of all its requests against the limit, and which of its lines (person, sort,
filters) is the slowest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.api_kinds import KINDS
from bench.api_report import LIVE_MS, RESULTS
from bench.stand import CHECKOUT

DOC = CHECKOUT / "docs" / "readings.md"
BEGIN, END = "<!-- made by python -m bench.api_table -->", "<!-- end of what it made -->"


def table_of(results: Mapping[str, Any]) -> str:
    """The table in Markdown."""
    return "\n".join(
        [
            "| question | at most, ms | p95, ms | median, ms | the slowest of its lines: its p95, ms |",
            "|---|---|---|---|---|",
            *_rows(results),
        ]
    )


def _rows(results: Mapping[str, Any]) -> Iterator[str]:
    for kind in KINDS:
        found = results["kinds"].get(kind.title)
        if found is not None:
            lines = {key: line for key, line in results["lines"].items() if kind.holds(key)}
            slowest, line = max(lines.items(), key=lambda line: float(line[1]["p95_ms"]))
            worst = f"{slowest}: {_number(line['p95_ms'])}" if len(lines) > 1 else "–"
            taken = f"{_verdict(found)} | {_number(found['median_ms'])}"
            yield f"| {kind.title} | {_number(found['budget_ms'])} | {taken} | {worst} |"
    bare = results["bare"]
    yield f"| a bare `SELECT 1` in between | – | {_number(bare['p95_ms'])} | {_number(bare['median_ms'])} | – |"
    if live := results.get("live"):
        streams = f"{live['subscribers']:,.0f} streams, {live['deliveries_per_s']:,.0f} deliveries/s"
        cpu = ", ".join(f"{side} {live[f'cpu_{side}']:.2f}" for side in ("api", "client", "postgres"))
        asked = f"a live event at its subscriber ({streams})"
        around = f"p99 {_number(live['p99_ms'])}; cores: {cpu}"
        yield f"| {asked} | {_number(LIVE_MS)} | {_verdict(live)} | {_number(live['p50_ms'])} | {around} |"


def _verdict(line: Mapping[str, Any]) -> str:
    return _number(line["p95_ms"]) if line["passed"] else f"**{_number(line['p95_ms'])}**"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def written_into(doc: str, table: str) -> str:
    """The document with the table between its marks. Raises ValueError without them."""
    before, begin, rest = doc.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the document has no place for the table")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def update(results: Path = RESULTS, doc: Path = DOC) -> None:
    """Write the table of these results into the document."""
    doc.write_text(written_into(doc.read_text(), table_of(json.loads(results.read_text()))))


if __name__ == "__main__":
    update(*map(Path, sys.argv[1:3]))
