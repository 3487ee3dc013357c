"""The demo's report: what the simulators say they sent against what the tables say was kept.

Only the run's own rows count: others may publish meanwhile, on terminals of their own or on the run's.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fleet.batch import Float64Array
from simulators.publish_log import PublishedRows
from storage.demo_report import CommittedAlarm, Run, RunCounts, commit_times, count_run, list_alarms, list_refused

US = 1_000_000
WHOLE_MESSAGE = -1  # row number of a quarantined message


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
    run = Run(terminals=[machine["terminal"] for machine in simulated["fleet"]], boots=log.boots, began=began)
    counted = count_run(conn, run)
    committed_at = _commit_times(conn, log)
    fates = count_fates(log, set(committed_at), list_refused(conn, run))
    committed, quarantined = _kept(fates, counted, forgotten=_forgotten(simulated, log))
    alarms = list_alarms(conn, began)
    faults = [fault for fault in simulated["truth"] if fault["expects"]]
    missing = [f"{f['fault']} on {f['terminal']}" for f in faults if _alarm_of(f, alarms) is None]
    return DemoReport(
        machines=simulated["machines"],
        published=simulated["counts"]["published"],
        committed=committed,
        duplicates=simulated["counts"]["duplicates"],
        quarantined=quarantined,
        redelivered=counted.redelivered,
        in_flight=simulated["counts"]["pending"],
        alarms_raised=counted.alarms_raised,
        publish_to_commit_ms=percentiles(_publish_to_commit(committed_at, log, simulated)),
        fault_to_alarm_ms=percentiles(_fault_to_alarm(faults, alarms, log)),
        faults_without_alarm=missing,
        in_ledger=counted.committed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What became of the rows of a publish log; `lost` is in neither place."""

    stored: int
    refused: int
    lost: int


def count_fates(log: PublishedRows, stored: Set[tuple[str, int]], refused: Set[tuple[str, str, int, int]]) -> Fates:
    """Each (terminal, boot, seq, row) once: in quarantine, else stored when its instant (terminal, measured_at) is.

    A value that another row had put there first is a merge or a conflict, and committed as well.
    """
    found: Counter[str] = Counter()
    columns = (log.terminal, log.boot, log.seq, log.row, log.measured_at_us)
    for t, b, seq, row, at_us in zip(*(column.tolist() for column in columns), strict=True):
        terminal, boot = log.terminals[t], log.boots[b]
        if (terminal, boot, seq, row) in refused or (terminal, boot, seq, WHOLE_MESSAGE) in refused:
            found["refused"] += 1
        else:
            found["stored" if (terminal, at_us) in stored else "lost"] += 1
    return Fates(stored=found["stored"], refused=found["refused"], lost=found["lost"])


def _kept(fates: Fates, counted: RunCounts, *, forgotten: int) -> tuple[int, int]:
    """Rows committed and quarantined; the ledger tells of a run too long for the log, less what is lost of its end."""
    if forgotten:
        return counted.committed - fates.lost, counted.quarantined + counted.malformed
    return fates.stored, fates.refused + counted.malformed


def _forgotten(simulated: dict[str, Any], log: PublishedRows) -> int:
    """How many rows the publish log no longer has: it keeps the newest."""
    counts = simulated["counts"]
    return int(counts["distinct"] - counts["malformed"] - len(log.row))


def _commit_times(conn: Any, log: PublishedRows) -> dict[tuple[str, int], int | None]:
    if not len(log.row):
        return {}
    first_us, last_us = int(log.measured_at_us.min()), int(log.measured_at_us.max())
    return commit_times(conn, log.terminals, first_us=first_us, last_us=last_us)


def _publish_to_commit(
    committed: Mapping[tuple[str, int], int | None], log: PublishedRows, simulated: dict[str, Any]
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
        if published is not None and alarm.committed_us is not None:
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
