"""The demo's report: what the simulators say they sent against what the tables say was kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fleet.batch import Float64Array
from simulators.publish_log import PublishedRows
from storage.demo_report import CommittedAlarm, commit_times, count_run, list_alarms

US = 1_000_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds; None when nothing was measured."""

    p50: float | None
    p99: float | None


@dataclass(slots=True)
class DemoReport:
    """The numbers of one run; the unit is a reading row as the simulators sent it."""

    machines: int
    published: int
    committed: int
    duplicates: int
    quarantined: int
    redelivered: int
    in_flight: int
    alarms_raised: int
    publish_to_commit_ms: Percentiles
    fault_to_alarm_ms: Percentiles
    faults_without_alarm: list[str] = field(default_factory=list)
    in_ledger: int | None = None  # rows the ledger counts as committed; the readings themselves must agree

    def problems(self) -> list[str]:
        """Why the run has failed, in words; empty when it has not."""
        kept = self.committed + self.duplicates + self.quarantined
        found = []
        if self.published != kept:
            found.append(f"published {self.published} is not committed + duplicates + quarantined = {kept}")
        if self.in_ledger not in (None, self.committed):
            found.append(f"the ledger counts {self.in_ledger} rows and the readings hold {self.committed} of them")
        if self.in_flight:
            found.append(f"{self.in_flight} messages were never acknowledged")
        if not self.published:
            found.append("nothing was published")
        if not self.alarms_raised:
            found.append("no alarm was raised")
        found += [f"no alarm for the injected fault {name}" for name in self.faults_without_alarm]
        return found

    def as_json(self) -> str:
        """As the issue of the report asks for it."""
        return json.dumps(asdict(self), indent=2) + "\n"


def percentiles(milliseconds: Sequence[float] | Float64Array) -> Percentiles:
    """p50 and p99, rounded to a tenth of a millisecond."""
    if not len(milliseconds):
        return Percentiles(None, None)
    p50, p99 = np.percentile(np.asarray(milliseconds), [50, 99])
    return Percentiles(round(float(p50), 1), round(float(p99), 1))


def make_report(conn: Any, simulated: dict[str, Any], log: PublishedRows) -> DemoReport:
    """Compare a finished simulation (simulators.run.SimulationReport.as_dict) with the database of `conn`."""
    began = datetime.fromtimestamp(simulated["began_wall_us"] / US, UTC)
    counted = count_run(conn, list(log.boots), began)
    committed_at = commit_times(conn, began)
    stored = sum(
        (log.terminals[t], at) in committed_at
        for t, at in zip(log.terminal.tolist(), log.measured_at_us.tolist(), strict=True)
    )
    alarms = list_alarms(conn, began)
    faults = [fault for fault in simulated["truth"] if fault["expects"]]
    missing = [f"{f['fault']} on {f['terminal']}" for f in faults if _alarm_of(f, alarms) is None]
    return DemoReport(
        machines=simulated["machines"],
        published=simulated["counts"]["published"],
        committed=stored,
        duplicates=simulated["counts"]["duplicates"],
        quarantined=counted.quarantined,
        redelivered=counted.redelivered,
        in_flight=simulated["counts"]["pending"],
        alarms_raised=counted.alarms_raised,
        publish_to_commit_ms=percentiles(_publish_to_commit(committed_at, log, simulated)),
        fault_to_alarm_ms=percentiles(_fault_to_alarm(faults, alarms, log)),
        faults_without_alarm=missing,
        in_ledger=counted.committed,
    )


def _publish_to_commit(
    committed: Mapping[tuple[str, int], int], log: PublishedRows, simulated: dict[str, Any]
) -> Float64Array:
    """From the first PUBLISH of a row to the commit that stored it, milliseconds; machines with a right clock only."""
    right = {m["terminal"] for m in simulated["fleet"] if m["clock_right"] and m["live"]}
    spans = []
    for index, at_us, published in zip(log.terminal, log.measured_at_us, log.published_at_us, strict=True):
        name = log.terminals[int(index)]
        commit_us = committed.get((name, int(at_us)))
        if name in right and commit_us is not None:
            spans.append((commit_us - int(published)) / 1000)
    return np.array(spans)


def _fault_to_alarm(
    faults: Sequence[dict[str, Any]], alarms: Sequence[CommittedAlarm], log: PublishedRows
) -> list[float]:
    """From the first PUBLISH of the row at which `when` had held for its `for`, to the alarm's commit."""
    spans = []
    for fault in faults:
        alarm = _alarm_of(fault, alarms)
        if alarm is None or not (fault["clock_right"] and fault["live"]):
            continue
        published = log.first_published_at(fault["terminal"], alarm.held_us)
        if published is not None:
            spans.append((alarm.committed_us - published) / 1000)
    return spans


def _alarm_of(fault: dict[str, Any], alarms: Sequence[CommittedAlarm]) -> CommittedAlarm | None:
    """The first alarm on the fault's machine that says what the fault is expected to show."""
    expected = fault["expects"]
    for alarm in alarms:
        same = (alarm.terminal, alarm.source_kind, alarm.source_key)
        if same == (fault["terminal"], expected["kind"], expected["key"]):
            return alarm
    return None


def load_simulated(path: Path) -> dict[str, Any]:
    """The simulation's own report."""
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
