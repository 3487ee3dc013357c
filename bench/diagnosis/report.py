"""The report: numbers against the targets, tables by fault kind, JSON and pictures."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.diagnosis.run import Outcome, Task
from bench.diagnosis.score import GRACE_US, MERGED_US, Score, score
from simulators.month.plan import is_basic

JSON_NAME = "diagnosis-latest.json"
MACHINE_FAULT = (
    "a finding on the lying sensor's signal, within its time and an hour after, whose first cause in the end is not in "
    "diagnosis/knowledge/instruments.toml, and that no fault or behaviour of the machine accounts for"
)
"""What counts as a sensor fault that is called a machine fault (score.py)."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the bench. seconds: wall clock of everything."""

    task: Task
    outcome: Outcome
    score: Score
    recorded: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Target:
    """A number and what it has to be."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it lies within its limits; a number that could not be measured does not."""
        above = self.least is None or self.value >= self.least
        return above and (self.most is None or self.value <= self.most)

    @property
    def limit(self) -> str:
        """The limits in words."""
        told = [f">= {self.least:g}" if self.least is not None else "", f"<= {self.most:g}" if self.most else ""]
        return " and ".join(word for word in told if word)


def targets(run: Run) -> Iterator[Target]:
    """What the issue asks for, as far as it was measured."""
    found = run.score
    yield Target("event recall", found.recall, least=0.95)
    yield Target("false episodes a machine-month", found.false_a_machine_month, most=0.3)
    yield Target("truth among the first three causes", found.named, least=0.9)
    yield Target("sensor faults called machine faults", found.sensors_as_machine, most=0.05)
    yield Target("fault kinds", float(len({v.event.kind for v in found.verdicts})), least=20)
    yield Target("whole bench, minutes", run.seconds / 60, most=20)
    for name in ("skab_valve1", "skab_valve1_left_out"):
        if name in run.recorded:
            yield Target(f"{name} F1", run.recorded[name]["f1"], least=0.80)
            yield Target(f"{name} false alarms, %", run.recorded[name]["far_pct"], most=15)
    if "cmapss_fd001" in run.recorded:
        yield Target("C-MAPSS FD001 RMSE", run.recorded["cmapss_fd001"]["rmse"], most=11)
        yield Target("C-MAPSS FD001 80 % interval", run.recorded["cmapss_fd001"]["coverage_80"], least=0.75, most=0.85)


def write_report(run: Run, folder: Path | None) -> bool:
    """Print, and write JSON and pictures into a folder when there is one; whether every target is met."""
    for line in printed(run):
        print(line)
    if folder is not None:
        from bench.diagnosis.pictures import draw

        folder.mkdir(parents=True, exist_ok=True)
        (folder / JSON_NAME).write_text(json.dumps(as_json(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for path in draw(run, folder):
            print(f"wrote {path}")
    return all(target.is_met for target in targets(run))


def as_json(run: Run) -> dict[str, Any]:
    """Everything that is reported."""
    task, found = run.task, run.score
    alone = score(
        run.outcome.labels,
        [one for one in run.outcome.said if one.source == "rule"],
        machine_months=found.machine_months,
    )
    first = score(run.outcome.labels, run.outcome.first_said, machine_months=found.machine_months)
    delays = [v.delay_h for v in found.verdicts if v.delay_h is not None]
    return {
        "part": task.spread.part,
        "seed": task.spread.seed,
        "severities": task.spread.severities,
        "machines": task.count,
        "of_the_basic_series": sum(is_basic(machine) for machine in range(task.count)),
        "days": task.days,
        "rows": run.outcome.rows,
        "cores": os.cpu_count(),
        "wall_seconds": round(run.seconds, 1),
        "processor_seconds": {name: round(value, 1) for name, value in run.outcome.seconds.items()},
        "matching": {"grace_h": GRACE_US / 3.6e9, "merged_h": MERGED_US / 3.6e9},
        "targets": [
            {"name": t.name, "value": _rounded(t.value), "limit": t.limit, "met": t.is_met} for t in targets(run)
        ],
        "faults": len(found.verdicts),
        "sensor_faults": len(found.sensor_events),
        "sensors_recognised": _rounded(found.sensors_recognised),
        "sensors_first_called_machine": _rounded(first.sensors_as_machine),
        "machine_fault": MACHINE_FAULT,
        "outages": len(run.outcome.labels.outages),
        "median_delay_h": round(median(delays), 2) if delays else None,
        "rules_alone": {
            "recall": _rounded(alone.recall),
            "false_a_machine_month": _rounded(alone.false_a_machine_month),
            "named_in_top_3": _rounded(alone.named),
        },
        "by_kind": found.by_kind(),
        "confusion": found.confusion(),
        "missed": [
            {"kind": v.event.kind, "machine": v.event.machine, "severity": round(v.event.severity, 2)}
            for v in found.verdicts
            if v.by is None
        ],
        "false_by": dict(Counter(key for one in found.false_episodes for key in one.keys).most_common()),
        "sensor_faults_by": dict(
            Counter(f"{event.kind} {event.signal}" for event in found.sensor_events).most_common()
        ),
        "sensors_called_machine_by": dict(
            Counter(f"{event.kind} {event.signal}: {one.key}" for event, one in found.sensors_blamed_on_machine)
        ),
        "recorded": run.recorded,
    }


def printed(run: Run) -> Iterator[str]:
    """The report as lines."""
    told, task = as_json(run), run.task
    ranges = ", ".join(f"{low:g}-{high:g}" for low, high in task.spread.severities)
    yield f"{task.spread.part}: seed {task.spread.seed}, severities {ranges}; {task.count} machines x {task.days} days"
    events = f"{told['faults']} faults, {told['sensor_faults']} sensor faults, {told['outages']} outages"
    yield f"{told['rows']:,} rows; {events}"
    yield f"{run.seconds:.0f} s; processor seconds {told['processor_seconds']}"
    for target in targets(run):
        yield f"  {'met   ' if target.is_met else 'MISSED'} {target.name:44} {target.value:8.3f}  {target.limit}"
    yield f"sensor faults recognised as such: {_shown(told['sensors_recognised'])}"
    yield f"called a machine fault: {MACHINE_FAULT}"
    first = _shown(told["sensors_first_called_machine"])
    yield f"sensor faults called machine faults when first shown, before a second look: {first}"
    yield f"rules alone: {told['rules_alone']}"
    yield f"{'fault kind':28} {'events':>6} {'recall':>7} {'delay h':>8} {'top 3':>6}  top cause"
    for kind, row in told["by_kind"].items():
        causes = ", ".join(f"{cause} {count}" for cause, count in told["confusion"][kind].items())
        yield (
            f"{kind:28} {row['events']:>6} {row['recall']:>7.2f} {_shown(row['median_delay_h']):>8} "
            f"{_shown(row['named_in_top_3']):>6}  {causes}"
        )
    yield f"false episodes by finding: {told['false_by']}"
    yield f"sensor faults called machine faults: {told['sensors_called_machine_by']}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _rounded(value: float) -> float | None:
    return None if value != value else round(value, 4)  # noqa: PLR0124 - NaN is no JSON
