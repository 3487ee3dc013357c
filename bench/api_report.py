"""The API bench's outcome as a table for people and as JSON for the next comparison."""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from bench.api_kinds import Kind, kind_of
from bench.report import RESULTS as BENCH_RESULTS

RESULTS = BENCH_RESULTS.with_name("api-latest.json")
LIVE, LIVE_MS = "live stream", 1_000.0


@dataclass(frozen=True)
class Taken:
    """What requests of one line took, ms."""

    median_ms: float
    p95_ms: float
    count: int
    budget_ms: float | None
    refused: int = 0

    @classmethod
    def over(cls, samples_ms: Sequence[float], budget_ms: float | None, *, refused: int = 0) -> Taken:
        """Of one sample a request that was answered; `refused` more were not."""
        taken = list(samples_ms) or [math.inf]
        median_ms, p95_ms = statistics.median(taken), float(np.percentile(taken, 95))
        return cls(median_ms, p95_ms, len(samples_ms), budget_ms, refused)

    @property
    def passed(self) -> bool | None:
        """Whether nothing was refused and the p95 is within the budget; None without one."""
        return None if self.budget_ms is None else not self.refused and self.p95_ms <= self.budget_ms


@dataclass(frozen=True)
class Outcome:
    """All lines and kinds, the bare request beside them, and what they were measured on."""

    bare: Taken
    lines: Mapping[str, Taken]
    kinds: Mapping[str, Taken]  # by title, over all requests of the kind
    context: Mapping[str, float]
    live: Mapping[str, float] = field(default_factory=dict)  # what bench.live found

    @property
    def missed(self) -> list[str]:
        """The kinds over their budget."""
        late = [LIVE] if self.live and not _in_time(self.live) else []
        return [title for title, taken in self.kinds.items() if taken.passed is False] + late


def outcome_of(
    bare_ms: Sequence[float],
    taken_ms: Mapping[str, Sequence[float]],
    refused: Mapping[str, int],
    context: Mapping[str, float],
) -> Outcome:
    """Of the samples of each line by its key, and of how many of its requests were refused."""
    lines, of_kind = {}, defaultdict[Kind, list[str]](list)
    for key, samples in taken_ms.items():
        kind = kind_of(key)
        if kind is not None:
            of_kind[kind].append(key)
        lines[key] = Taken.over(samples, kind.budget_ms if kind else None, refused=refused.get(key, 0))
    kinds = {
        kind.title: Taken.over(
            [ms for key in keys for ms in taken_ms[key]],
            kind.budget_ms,
            refused=sum(refused.get(key, 0) for key in keys),
        )
        for kind, keys in of_kind.items()
    }
    return Outcome(Taken.over(bare_ms, None), lines, kinds, context)


def _in_time(live: Mapping[str, float]) -> bool:
    return live["p95_ms"] <= LIVE_MS


def write(outcome: Outcome, path: Path) -> None:
    """Write {context, bare, kinds, lines, live}.

    A line is {median_ms, p95_ms, times_bare, count, refused, budget_ms, passed}; a kind is the same over all requests
    of its lines. `live` has p50_ms, p95_ms, p99_ms, deliveries_per_s, subscribers, the CPU of each side, and the rest
    of bench.live.
    """
    entries = {name: _entry(taken, outcome.bare) for name, taken in outcome.lines.items()}
    context = {name: _rounded(value) for name, value in outcome.context.items()}
    kinds = {title: _entry(taken, outcome.bare) for title, taken in outcome.kinds.items()}
    bare = _entry(outcome.bare, outcome.bare)
    content: dict[str, Any] = {"context": context, "bare": bare, "kinds": kinds, "lines": entries}
    if outcome.live:
        live = {name: _rounded(value) for name, value in outcome.live.items()}
        content["live"] = live | {"budget_ms": LIVE_MS, "passed": _in_time(outcome.live)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _entry(taken: Taken, bare: Taken) -> dict[str, float | bool | None]:
    return {
        "median_ms": _rounded(taken.median_ms),
        "p95_ms": _rounded(taken.p95_ms),
        "times_bare": _rounded(taken.median_ms / bare.median_ms),
        "count": taken.count,
        "refused": taken.refused,
        "budget_ms": taken.budget_ms,
        "passed": taken.passed,
    }


def show(outcome: Outcome, console: Console) -> None:
    """Print the table; `x bare` is the median over that of a bare `SELECT 1` request of the same run."""
    for name, value in outcome.context.items():
        console.print(f"{name} {value:,.5g}", highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("request", no_wrap=True)
    for heading in ("median ms", "p95 ms", "x bare", "count", "budget ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for name, taken in {"a bare `SELECT 1`": outcome.bare, **outcome.lines}.items():
        table.add_row(*_row(name, taken, outcome.bare))
    table.add_section()
    for name, taken in outcome.kinds.items():
        table.add_row(*_row(name, taken, outcome.bare))
    console.print(table)
    for name, value in outcome.live.items():
        console.print(f"live {name} {value:,.5g}", highlight=False)
    missed = outcome.missed
    console.print(f"over their budget: {len(missed)}\n  " + "\n  ".join(missed) if missed else "every budget is kept")


def _row(name: str, taken: Taken, bare: Taken) -> tuple[str, ...]:
    count = f"{taken.count}, {taken.refused} refused" if taken.refused else str(taken.count)
    verdict = {True: "[green]ok[/green]", False: "[red]OVER[/red]", None: ""}[taken.passed]
    budget = "" if taken.budget_ms is None else f"{taken.budget_ms:.0f}"
    ratio = f"{taken.median_ms / bare.median_ms:.1f}"
    return name, f"{taken.median_ms:.1f}", f"{taken.p95_ms:.1f}", ratio, count, budget, verdict


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
