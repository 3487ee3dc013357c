"""What the platform would say of one machine's month: rules slice by slice, models on windows, a first diagnosis each.

Rows are judged in the order of measured_at, as they settle: the platform's final findings do not depend on the order of
arrival. A finding is shown when the row at which it held has arrived.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.diagnosis.systems import system_of_rule
from diagnosis.engine import Engine, Rows
from diagnosis.evidence_file import is_instrument
from diagnosis.machine_facts import MachineFacts
from diagnosis.preliminary import Diagnostician
from diagnosis.ruleset import RuleSet
from fleet.batch import EventBatch, Int64Array
from fleet.findings import Finding, Severity, SourceKind
from fleet.signals import Catalogue
from simulators.month.instruments import Stream

SLICE_ROWS = 30_000
EVIDENCE_US = 1_500_000_000  # of rows before a finding that its diagnosis looks at
DIAGNOSED = 40  # findings a rule and machine that are diagnosed; a rule that says more of one machine flaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One finding as an operator sees it. causes: the first three; signals: those it rests on; checks: of a sensor that
    is not trusted those that say so."""

    machine: int
    source: str  # rule, model or sensor
    key: str
    system: str
    from_us: int
    held_us: int
    shown_us: int
    to_us: int | None
    causes: tuple[str, ...]
    signals: tuple[str, ...]
    checks: tuple[str, ...] = ()

    @property
    def blames_sensor(self) -> bool:
        """Whether it says that what measures and tells is at fault, not the machine: it is about a sensor, or its first
        cause is one of diagnosis/knowledge/instruments.toml."""
        return self.source == "sensor" or (bool(self.causes) and is_instrument(self.causes[0]))


class RuleJudge:
    """The shipped rules and their first diagnoses."""

    def __init__(self, catalogue: Catalogue, ruleset: RuleSet) -> None:
        self.engine = Engine(catalogue, ruleset)
        self._diagnostician = Diagnostician(catalogue, ruleset)
        self._signals = {rule.key: rule.signals for rule in ruleset.thresholds}

    def findings(self, stream: Stream, facts: MachineFacts) -> list[Finding]:
        """Every episode of every rule of a machine, closed where it ended."""
        self.engine.set_facts(facts)
        state, found = self.engine.fresh_state(1), {}
        machine = np.zeros(len(stream.at_us), np.int32)
        for begin in range(0, len(machine), SLICE_ROWS):
            part = slice(begin, begin + SLICE_ROWS)
            rows = Rows(machine[part], stream.at_us[part], stream.values[part], stream.signals)
            judgement = self.engine.judge(rows, EventBatch.empty(), state)
            judgement.adopt()
            for one in judgement.findings:
                found[one.source_key, one.from_us] = one
        return list(found.values())

    def said(self, machine: int, stream: Stream, facts: MachineFacts) -> Iterator[Said]:
        """What is shown of the findings: those of severity low and above, in the order in which they held."""
        told: dict[str, int] = {}
        for finding in sorted(self.findings(stream, facts), key=lambda one: one.held_us):
            if finding.severity is Severity.INFO or finding.source_kind is not SourceKind.RULE:
                continue
            told[finding.source_key] = told.get(finding.source_key, 0) + 1
            diagnosed = told[finding.source_key] <= DIAGNOSED
            yield Said(
                machine=machine,
                source="rule",
                key=finding.source_key,
                system=system_of_rule()[finding.source_key],
                from_us=finding.from_us,
                held_us=finding.held_us,
                shown_us=int(stream.arrived_us[stream.row_at(finding.held_us)]),
                to_us=finding.to_us,
                causes=self._causes(finding, stream, facts) if diagnosed else (),
                signals=tuple(self._signals[finding.source_key]),
            )

    def _causes(self, finding: Finding, stream: Stream, facts: MachineFacts) -> tuple[str, ...]:
        begin = int(np.searchsorted(stream.at_us, finding.held_us - EVIDENCE_US))
        part = slice(begin, stream.row_at(finding.held_us) + 1)
        at_us: Int64Array = stream.at_us[part]
        rows = Rows(np.zeros(len(at_us), np.int32), at_us, stream.values[part], stream.signals)
        told = self._diagnostician.of_rule(finding.source_key, rows, EventBatch.empty(), facts, held_us=finding.held_us)
        return tuple(ranked.cause for ranked in told.causes[:3])
