"""The table of docs/readings.md, made from the last results: `python -m bench.api_table`.

One line a kind of question: of all its lines (people, sorts, filters) the slowest p95 against the limit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.api_report import LIVE_MS, RESULTS
from bench.stand import CHECKOUT

DOC = CHECKOUT / "docs" / "readings.md"
BEGIN, END = "<!-- made by python -m bench.api_table -->", "<!-- end of what it made -->"


@dataclass(frozen=True)
class Kind:
    """A kind of question: what people read, and how the names of its lines begin."""

    title: str
    begins: tuple[str, ...]


KINDS = (
    Kind("the state of one machine", ("state of one machine",)),
    Kind("a page of 50 of 100,000 machines: any filters, any sort", ("page of 50,",)),
    Kind("24 h of 4 signals at 1,000 points", ("24 h of 4 signals",)),
    Kind("90 days of 4 signals from rollups", ("90 days",)),
    Kind("all last positions as Arrow", ("all last positions",)),
    Kind("an ISO 15143-3 snapshot page of 100", ("ISO snapshot",)),
    Kind("50 of 100,000 standing alarms", ("50 standing alarms", "50 alarms", "alarms of one machine")),
    Kind("the missing minutes of 30 days", ("missing minutes",)),
)


def table_of(results: Mapping[str, Any]) -> str:
    """The table in Markdown."""
    return "\n".join(
        ["| question | at most, ms | p95, ms | of its lines the slowest |", "|---|---|---|---|", *_rows(results)]
    )


def _rows(results: Mapping[str, Any]) -> Iterator[str]:
    for kind in KINDS:
        lines = {name: line for name, line in results["lines"].items() if name.startswith(kind.begins)}
        if lines:
            name, slowest = max(lines.items(), key=lambda line: float(line[1]["p95_ms"]))
            yield f"| {kind.title} | {_number(slowest['budget_ms'])} | {_verdict(slowest)} | {name} |"
    if live := results.get("live"):
        streams = f"{live['subscribers']:,.0f} streams, {live['deliveries_per_s']:,.0f} deliveries/s"
        cpu = ", ".join(f"{side} {live[f'cpu_{side}']:.2f}" for side in ("api", "client", "postgres"))
        asked = f"a live event at its subscriber ({streams})"
        around = f"p50 {_number(live['p50_ms'])}, p99 {_number(live['p99_ms'])}; cores: {cpu}"
        yield f"| {asked} | {_number(LIVE_MS)} | {_verdict(live)} | {around} |"


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
