"""The bench's outcome as a table for people and as JSON for the next comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench.targets import BARE, TARGETS, Measured, Target, holds, missed, scale_of, scaled

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"


def as_json(measured: Mapping[str, Measured]) -> str:
    """{name: {value, unit, spread}} in the table's order."""
    units = {t.name: t.unit for t in TARGETS}
    entries = {
        name: {"value": _rounded(measured[name].value), "unit": unit, "spread": _rounded(measured[name].spread)}
        for name, unit in units.items()
        if name in measured
    }
    return json.dumps(entries, indent=2) + "\n"


def write(measured: Mapping[str, Measured], path: Path) -> None:
    """Write the JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(measured))


def keep(name: str, found: Mapping[str, tuple[float, str, float | None]]) -> None:
    """Write bench/results/<name>-latest.json: {measure: {value, unit, limit}}, the limit null where there is none."""
    entries = {
        measure: {"value": _rounded(value), "unit": unit, "limit": limit}
        for measure, (value, unit, limit) in found.items()
    }
    path = RESULTS.with_name(f"{name}-latest.json")
    path.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"written: {path}")


def show(measured: Mapping[str, Measured], console: Console) -> None:
    """Print the table with floors and aims as this machine is held to."""
    scale = scale_of(measured[BARE].value) if BARE in measured else 1.0
    title = f"floors and aims at {scale:.2f} of the reference machine"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", no_wrap=True)
    for heading in ("median", "spread", "unit", "floor", "aim"):
        table.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
    table.add_column("verdict")
    for target in TARGETS:
        if target.name in measured or target.floor is not None:
            table.add_row(*_row(target, measured.get(target.name), scale))
    console.print(table)
    below = missed(measured)
    console.print(f"below the floor: {', '.join(below)}" if below else "every floor is reached")


def _row(target: Target, measured: Measured | None, scale: float) -> list[str]:
    floor, aim = scaled(target, target.floor, scale), scaled(target, target.aim, scale)
    limits = [_number(floor), _number(aim)]
    if measured is None:
        return [target.name, "-", "-", target.unit, *limits, "[red]not measured[/red]"]
    verdict = ""
    if aim is not None and holds(target, measured.value, aim):
        verdict = "[green]aim[/green]"
    elif floor is not None:
        verdict = "floor" if holds(target, measured.value, floor) else "[red]BELOW[/red]"
    return [target.name, _number(measured.value), _number(measured.spread), target.unit, *limits, verdict]


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
