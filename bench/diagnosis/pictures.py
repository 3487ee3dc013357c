"""Pictures of the report: recall and delay by fault kind, false episodes by machine, one episode of each system."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from bench.diagnosis.report import Run
from bench.diagnosis.run import fleet_of
from bench.diagnosis.score import Verdict
from simulators.month.events import fault_kinds
from simulators.month.rows import HOUR_ROWS, START_US, instant_us

GOOD, BAD, QUIET, TRUTH = "#33658a", "#b3261e", "#9aa7b0", "#f9dedc"
OTHER = "black"
MOST_NAMES = 12
_AROUND_ROWS = 18 * HOUR_ROWS


def draw(run: Run, folder: Path) -> Iterator[Path]:
    """Write all of them."""
    yield _saved(_by_kind(run), folder / "diagnosis-by-kind.png")
    yield _saved(_by_machine(run), folder / "diagnosis-false-episodes.png")
    yield _saved(_examples(run), folder / "diagnosis-examples.png")


def _by_kind(run: Run) -> Figure:
    table = run.score.by_kind()
    kinds = list(reversed(table))
    figure = Figure(figsize=(12, 1.4 + 0.24 * len(kinds)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.set_ylim(-0.7, len(kinds) - 0.3)
    recall = [float(table[kind]["recall"] or 0.0) for kind in kinds]
    left.barh(kinds, recall, color=[GOOD if value >= 0.95 else BAD for value in recall])
    left.axvline(0.95, color="black", lw=0.8, ls="--", label="wanted of all together: 0.95")
    left.set_xlabel("recall, share of the events (blue: at least 0.95, red: less)")
    left.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, fontsize=8)
    for place, kind in enumerate(kinds):
        left.text(
            0.01, place, f"{table[kind]['found']} of {table[kind]['events']}", va="center", fontsize=7, color="white"
        )
        for delay in (v.delay_h for v in run.score.verdicts if v.event.kind == kind):
            if delay is not None:
                right.plot(max(delay, 0.005), place, "o", color=QUIET, ms=3)
        middle = table[kind]["median_delay_h"]
        if middle is not None:
            right.plot(max(middle, 0.005), place, "|", color=GOOD, ms=12, mew=2)
        right.hlines(place, 0.005, 200, color="#eceff1", lw=0.5, zorder=0)
    right.set_xscale("log")
    right.set_xlabel("delay from the beginning of the fault until it was shown, h")
    right.plot([], [], "o", color=QUIET, ms=3, label="one event")
    right.plot([], [], "|", color=GOOD, ms=12, mew=2, label="median of the kind")
    right.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, fontsize=8, ncols=2)
    figure.suptitle(f"{run.task.spread.part}, seed {run.task.spread.seed}: recall {run.score.recall:.3f}", fontsize=11)
    return figure


def _by_machine(run: Run) -> Figure:
    counts = Counter(one.machine for one in run.score.false_episodes)
    figure = Figure(figsize=(12, 3), layout="constrained")
    axis = figure.subplots()
    axis.bar(range(run.task.count), [counts[machine] for machine in range(run.task.count)], color=BAD)
    named = sorted(counts, key=lambda machine: -counts[machine])[:MOST_NAMES]
    names = [fleet_of(run.task).machines[machine].name for machine in named]
    axis.set_xticks(named, names, rotation=60, ha="right", fontsize=7)
    axis.set_xlim(-0.7, run.task.count - 0.3)
    axis.set_xlabel(f"machines 1 to {run.task.count}; those with the most false episodes are named")
    axis.set_ylabel(f"false episodes in {run.task.days} days")
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    rate = run.score.false_a_machine_month
    axis.set_title(
        f"{len(run.score.false_episodes)} false episodes, {rate:.2f} a machine-month", fontsize=11, loc="left"
    )
    return figure


def _examples(run: Run) -> Figure:
    shown = {v.event.system: v for v in reversed(run.score.verdicts) if v.by is not None}
    figure = Figure(figsize=(12, 1.0 + 2.2 * max(len(shown), 1)), layout="constrained")
    axes = figure.subplots(max(len(shown), 1), 1, squeeze=False)[:, 0]
    for axis, (system, verdict) in zip(axes, sorted(shown.items()), strict=False):
        _example(axis, run, system, verdict)
    axes[-1].set_xlabel("day of the run")
    ground = Patch(color=TRUTH, label="the fault, from its beginning to its repair")
    lines = [
        Line2D([], [], color=colour, lw=0.8, ls="--", label=label)
        for colour, label in ((BAD, "found by a rule or a sensor's check"), (OTHER, "found by a model"))
    ]
    curve = Line2D([], [], color=GOOD, lw=0.8, label="the signal, as it was reported")
    figure.legend(handles=[curve, ground, *lines], loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return figure


def _example(axis: Any, run: Run, system: str, verdict: Verdict) -> None:
    event, fleet = verdict.event, fleet_of(run.task)
    stream, _ = fleet.month(event.machine)
    told = [fleet.catalogue.index[trace] for trace in fault_kinds()[event.kind].traces if trace in fleet.catalogue]
    column = next(int(np.flatnonzero(stream.signals == one)[0]) for one in told if one in stream.signals)
    key = list(fleet.catalogue)[int(stream.signals[column])].key
    begin, end = instant_us(event.from_row - _AROUND_ROWS), instant_us(event.to_row + _AROUND_ROWS)
    part = slice(stream.row_at(begin), stream.row_at(end))
    axis.axvspan(_day(instant_us(event.from_row)), _day(instant_us(event.to_row)), color=TRUTH, lw=0)
    axis.plot((stream.at_us[part] - START_US) / 8.64e10, stream.values[part, column], color=GOOD, lw=0.5)
    for one in run.outcome.said:
        if one.machine == event.machine and one.system == system and begin <= one.held_us <= end:
            axis.axvline(_day(one.held_us), color=OTHER if one.source == "model" else BAD, lw=0.8, ls="--")
    axis.set_ylabel(f"{key}\n[{fleet.catalogue[key].unit}]", fontsize=7)
    by = "" if verdict.by is None else f"first: {verdict.by.key}, {verdict.delay_h:.1f} h"
    name = fleet.machines[event.machine].name
    axis.set_title(f"{system}: {event.kind} at {event.severity:.2f} on {name} ({by})", fontsize=9, loc="left")
    axis.margins(x=0)


def _day(at_us: int) -> float:
    return (at_us - START_US) / 8.64e10


def _saved(figure: Figure, path: Path) -> Path:
    FigureCanvasAgg(figure)
    figure.savefig(path, metadata={"Software": None})
    return path
