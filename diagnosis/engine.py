"""The rule engine: rows and events of many machines in, findings out, state in and out. See docs/rule-language.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from diagnosis.compiler import Compiler, Condition
from diagnosis.dtc import CodeChange, source_key
from diagnosis.dtc_severity import dtc_severity
from diagnosis.examine import Examination, examine
from diagnosis.panes import OLDER_S, PaneLayout
from diagnosis.parser import pane_s
from diagnosis.rows import Events, IntpArray, Rows, Segments, used_events
from diagnosis.rule import FORGET_US, Rule
from diagnosis.ruleset import RuleSet, fingerprint
from diagnosis.runs import Limits, Transitions, advance
from diagnosis.state import RuleState, StateLayout
from diagnosis.syntax import NOMINAL_VOLTAGE, Not, deltas_of
from fleet.batch import BoolArray, EventBatch, Float64Array, Int32Array, Int64Array
from fleet.findings import Finding, MachineId, Severity, SourceKind
from fleet.signals import Catalogue, StoredType

__all__ = ["Engine", "Judgement", "Rows"]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A threshold rule ready to run; `clear` None: not when."""

    rule: Rule
    when: Condition
    clear: Condition
    signals: tuple[int, ...]  # columns of the signals it reads


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a batch means: findings opened (to_us None) and closed (to_us set), in time order for each machine.

    The state judged against is unchanged until adopt(), to be called once, after the commit.
    """

    findings: tuple[Finding, ...]
    adopt: Callable[[], None]


class Engine:
    """Judges rows by a rule set. Cost for ten rules: docs/rule-language.md; state is kept by the caller."""

    def __init__(self, catalogue: Catalogue, ruleset: RuleSet) -> None:
        self.catalogue = catalogue
        self.ruleset = ruleset
        rules = ruleset.thresholds
        signals = tuple(sorted({key for rule in rules for key in rule.signals}, key=lambda key: catalogue.index[key]))
        columns = {key: column for column, key in enumerate(signals)}
        self.ids = np.array([catalogue.index[key] for key in signals], np.intp)
        self.hold_us: Int64Array = catalogue.hold_us[self.ids]
        self.column_of: IntpArray = np.full(len(catalogue), -1, np.intp)
        self.column_of[self.ids] = np.arange(len(signals))
        self.layout = StateLayout(
            signals,
            _rings(rules, columns, catalogue),
            tuple(rule.key for rule in rules),
            tuple(fingerprint(rule) for rule in rules),
        )
        compiler = Compiler(catalogue, columns)
        self.rules = tuple(_compiled(rule, compiler, columns) for rule in rules)
        self.limits = Limits(
            np.array([rule.for_us for rule in rules], np.int64),
            np.array([rule.max_gap_us for rule in rules], np.int64),
            FORGET_US,
        )
        self.warm_up_us = _warm_up_us(rules, self.hold_us)
        self._nominal_voltage_v: Float64Array = np.empty(0)
        self._kind: npt.NDArray[np.str_] = np.empty(0, np.str_)

    def set_constants(self, *, nominal_voltage_v: Float64Array, kind: Sequence[str | None] | None = None) -> None:
        """Properties of machines by machine id: nominal voltage (NaN unknown) and kind (None unknown).

        Call it again at a batch boundary when machines change; ids beyond the arrays are unknown.
        """
        self._nominal_voltage_v = np.asarray(nominal_voltage_v, np.float64)
        self._kind = np.array([name or "" for name in kind or ()], np.str_)

    def constant(self, name: str, machine: Int32Array) -> Float64Array:
        """A machine property at each row."""
        if name != NOMINAL_VOLTAGE:
            raise ValueError(f"no machine property {name!r}")
        found: Float64Array = _lookup(self._nominal_voltage_v, machine, np.nan)
        return found

    def applies(self, rule: Rule, machine: Int32Array) -> BoolArray | None:
        """Rows whose machine's kind the rule is for; None: all."""
        if not rule.applies_to:
            return None
        return np.isin(_lookup(self._kind, machine, ""), rule.applies_to)

    def fresh_state(self, slots: int = 256) -> RuleState:
        """The state of machines never seen."""
        return RuleState(self.layout, slots)

    def judge(self, rows: Rows, events: EventBatch, state: RuleState) -> Judgement:
        """Judge the next rows and events of some machines.

        Rows: sorted by machine, strictly ascending in time within one; rows and events lie above state.marks of their
        machines (ValueError otherwise; late ones are for Rejudge). Any split of a stream gives the same findings.
        """
        slot = rows.machine.astype(np.intp)
        used = used_events(events, events.machine.astype(np.intp))
        segments = Segments(slot, rows.machine, rows.at_us)
        segments.check_order()
        top = max(int(slot.max(initial=-1)), int(events.machine.max(initial=-1)))
        state.reserve(top + 1)
        _check_marks(segments, used, state)
        examination = examine(self, segments, rows.of(self.ids), used, state=state)
        transitions, adopt_runs = advance(segments, examination.candidates(), self.limits, state.runs)
        findings = self.findings(segments, examination, transitions, lambda machine: machine)

        def adopt() -> None:
            examination.adopt()
            adopt_runs()

        return Judgement(findings, adopt)

    def findings(
        self, segments: Segments, seen: Examination, transitions: Transitions, machine_of: Callable[[int], int]
    ) -> tuple[Finding, ...]:
        """Findings of what changed; machine_of: machine id of a state slot."""
        found = self._rule_findings(segments, seen, transitions)
        if self.ruleset.raises_codes:
            found += [self._code_finding(change, machine_of(change.slot)) for change in seen.tracked.changes]
        found.sort(key=_in_order)
        return tuple(found)

    def _rule_findings(self, segments: Segments, seen: Examination, transitions: Transitions) -> list[Finding]:
        columns = zip(
            transitions.rule.tolist(),
            transitions.row.tolist(),
            transitions.opened.tolist(),
            transitions.from_us.tolist(),
            transitions.held_us.tolist(),
            strict=True,
        )
        return [
            Finding(
                machine=MachineId(int(segments.machine[row])),
                source_kind=SourceKind.RULE,
                source_key=self.rules[rule].rule.key,
                version=self.ruleset.version,
                severity=self.rules[rule].rule.severity or Severity.INFO,
                from_us=from_us,
                held_us=held_us,
                to_us=None if opened else int(segments.at_us[row]),
                values=seen.values_at(self.rules[rule].signals, row) if opened else (),
            )
            for rule, row, opened, from_us, held_us in columns
        ]

    def _code_finding(self, change: CodeChange, machine: int) -> Finding:
        told = (("occurrence_count", float(change.count)), ("lamps", float(change.lamps)))
        return Finding(
            machine=MachineId(machine),
            source_kind=SourceKind.DTC,
            source_key=source_key(change.address, change.code),
            version=self.ruleset.version,
            severity=dtc_severity(change.code[1], change.lamps),
            from_us=change.from_us,
            held_us=change.from_us,
            to_us=change.to_us,
            values=tuple((name, value) for name, value in told if value >= 0),
        )


def _in_order(finding: Finding) -> tuple[int, int, str]:
    return finding.machine, finding.held_us if finding.to_us is None else finding.to_us, finding.source_key


def _lookup(values: npt.NDArray[Any], machine: Int32Array, default: Any) -> npt.NDArray[Any]:
    """values[machine], `default` beyond the array."""
    if len(values) == 0:
        return np.full(len(machine), default)
    inside = machine < len(values)
    if inside.all():
        return values[machine]
    found: npt.NDArray[Any] = np.where(inside, values[np.where(inside, machine, 0)], default)
    return found


def _check_marks(segments: Segments, events: Events, state: RuleState) -> None:
    late = segments.at_us[segments.first] <= state.mark_us[segments.slots]
    if late.any():
        machine = int(segments.slots[np.argmax(late)])
        raise ValueError(f"a row of machine {machine} is not later than what was judged: late rows are for Rejudge")
    slot, at_us = events.instants()
    late = at_us <= state.mark_us[slot]
    if late.any():
        machine = int(slot[np.argmax(late)])
        raise ValueError(f"an event of machine {machine} is not later than what was judged: it is for Rejudge")


def _rings(rules: Sequence[Rule], columns: dict[str, int], catalogue: Catalogue) -> tuple[PaneLayout, ...]:
    windows: dict[tuple[str, int], int] = {}
    for rule in rules:
        for delta in (delta for tree in rule.conditions for delta in deltas_of(tree)):
            place = delta.signal, pane_s(delta.window_s)
            windows[place] = max(windows.get(place, 0), delta.window_s)
    return tuple(
        PaneLayout(
            signal=signal,
            column=columns[signal],
            pane_s=seconds,
            length=(window_s + OLDER_S) // seconds + 1,
            float4=catalogue[signal].stored is StoredType.FLOAT4,
        )
        for (signal, seconds), window_s in sorted(windows.items())
    )


def _compiled(rule: Rule, compiler: Compiler, columns: dict[str, int]) -> CompiledRule:
    if rule.when is None:
        raise ValueError(f"rule {rule.key} has no condition")
    clear = rule.clear if rule.clear is not None else Not(rule.when, 1)
    signals = tuple(columns[key] for key in rule.signals)
    return CompiledRule(rule, compiler.condition(rule.when), compiler.condition(clear), signals)


def _warm_up_us(rules: Sequence[Rule], hold_us: Int64Array) -> int:
    """After this much history every condition is what it would be after all of it."""
    window_s = max((rule.longest_window_s for rule in rules), default=0)
    panes_us = (window_s + OLDER_S + 10) * 1_000_000 if window_s else 0
    return max(int(hold_us.max(initial=0)), panes_us)
