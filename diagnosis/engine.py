"""The rule engine: rows and events of many machines in, findings out, state in and out. See docs/rule-language.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from diagnosis.code_cases import follow_cases, grown
from diagnosis.compiler import Compiler, Condition
from diagnosis.examine import Examination, examine
from diagnosis.machine_facts import FactTable, MachineFacts
from diagnosis.needs import needed
from diagnosis.reach import ring_layouts, trees_of, warm_up_us
from diagnosis.rows import Events, IntpArray, Rows, Segments, used_events
from diagnosis.rule import FORGET_US, Rule
from diagnosis.ruleset import RuleSet, fingerprint
from diagnosis.runs import Limits, Transitions, advance
from diagnosis.state import RuleState, StateLayout
from diagnosis.syntax import (
    Count,
    FenceKey,
    Not,
    TruthNode,
    WatchNode,
    codes_of,
    fences_of,
    shown,
    watches_of,
)
from fleet.batch import EventBatch, Float64Array, Int64Array
from fleet.findings import Finding, MachineId, Severity, SourceKind
from fleet.signals import Catalogue

__all__ = ["Engine", "Judgement", "Rows"]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A threshold rule ready to run; `clear` None: not when."""

    rule: Rule
    when: Condition
    clear: Condition
    signals: tuple[int, ...]  # columns of the signals it reads
    needs: tuple[int, ...]  # columns of the signals without which it cannot hold


@dataclass(frozen=True, slots=True)
class FollowedCondition:
    """A condition that is followed from row to row; source: what names its rings of panes."""

    node: TruthNode
    source: str
    condition: Condition
    needs: tuple[int, ...]  # columns of the signals without which nothing is known of it


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a batch means: findings opened (to_us None) and closed (to_us set), in time order for each machine.

    grown: findings of fault codes that are open after it and whose codes it changed. The state judged against is
    unchanged until adopt(), to be called once, after the commit.
    """

    findings: tuple[Finding, ...]
    adopt: Callable[[], None]
    grown: tuple[Finding, ...] = ()


class Engine:
    """Judges rows by a rule set. Cost for ten rules: docs/rule-language.md; state is kept by the caller."""

    def __init__(self, catalogue: Catalogue, ruleset: RuleSet) -> None:
        self.catalogue = catalogue
        self.ruleset = ruleset
        rules = ruleset.thresholds
        signals = tuple(sorted({key for rule in rules for key in rule.signals}, key=lambda key: catalogue.index[key]))
        columns = {key: column for column, key in enumerate(signals)}
        self.columns = columns
        self.ids = np.array([catalogue.index[key] for key in signals], np.intp)
        self.hold_us: Int64Array = catalogue.hold_us[self.ids]
        self.column_of: IntpArray = np.full(len(catalogue), -1, np.intp)
        self.column_of[self.ids] = np.arange(len(signals))
        follows = _watches(rules)
        watches = list(dict.fromkeys(_watched(node) for node in follows))
        self.layout = StateLayout(
            signals,
            ring_layouts(trees_of(rules), columns, catalogue),
            tuple(rule.key for rule in rules),
            tuple(fingerprint(rule) for rule in rules),
            tuple(shown(node) for node in watches),
        )
        compiler = Compiler(catalogue, columns)
        self.watches = tuple(_followed(node, compiler, columns) for node in watches)
        self.rules = tuple(_compiled(rule, compiler, columns) for rule in rules)
        self.limits = Limits(
            np.array([rule.for_us for rule in rules], np.int64),
            np.array([rule.max_gap_us for rule in rules], np.int64),
            FORGET_US,
        )
        self.warm_up_us = warm_up_us(trees_of(rules), catalogue)
        """After this much history every condition is what it would be after all of it."""
        self.code_warm_up_us = warm_up_us([node for node in follows if codes_of(node)], catalogue)
        """After the codes have been the same for this long, every condition that asks for codes is."""
        self.set_facts(MachineFacts())

    def set_constants(self, *, nominal_voltage_v: Float64Array, kind: Sequence[str | None] | None = None) -> None:
        """Nominal voltage (NaN unknown) and kind (None unknown) by machine id, and nothing else: see set_facts()."""
        self.set_facts(MachineFacts(nominal_voltage_v=nominal_voltage_v, kind=kind or ()))

    @cached_property
    def fences(self) -> frozenset[FenceKey]:
        """Name and buffer of every geofence that the rules ask for."""
        return frozenset(key for tree in trees_of(self.ruleset.thresholds) for key in fences_of(tree))

    def set_facts(self, facts: MachineFacts) -> None:
        """What is known of machines beside their readings, by machine id.

        Call it again at a batch boundary when machines, fences or overrides change; ids beyond the arrays are unknown.
        """
        rules = self.ruleset.thresholds
        choices = {rule.applies_to for rule in rules if rule.applies_to is not None}
        limits = {(rule.key, limit.name): limit.value for rule in rules for limit in rule.limits}
        self.facts = FactTable(facts, sorted(choices, key=repr), limits)

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

        more = grown(examination.tracked, findings, self.ruleset.version)
        return Judgement(findings, adopt, tuple(more))

    def findings(
        self, segments: Segments, seen: Examination, transitions: Transitions, machine_of: Callable[[int], int]
    ) -> tuple[Finding, ...]:
        """Findings of what changed; machine_of: machine id of a state slot."""
        found = self._rule_findings(segments, seen, transitions)
        if self.ruleset.raises_codes:
            found += follow_cases(seen.tracked, machine_of, self.ruleset.version)
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


def _in_order(finding: Finding) -> tuple[int, int, str]:
    return finding.machine, finding.held_us if finding.to_us is None else finding.to_us, finding.source_key


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


def _compiled(rule: Rule, compiler: Compiler, columns: dict[str, int]) -> CompiledRule:
    if rule.when is None:
        raise ValueError(f"rule {rule.key} has no condition")
    clear = rule.clear if rule.clear is not None else Not(rule.when, 1)
    signals = tuple(columns[key] for key in rule.signals)
    needs = tuple(sorted(columns[key] for key in needed(rule.when)))
    return CompiledRule(rule, compiler.condition(rule.when), compiler.condition(clear), signals, needs)


def _followed(node: TruthNode, compiler: Compiler, columns: dict[str, int]) -> FollowedCondition:
    either_way = needed(node) & needed(Not(node, node.column))
    needs = tuple(sorted(columns[key] for key in either_way))
    return FollowedCondition(node, shown(node), compiler.condition(node), needs)


def _watches(rules: Sequence[Rule]) -> list[WatchNode]:
    """Every condition that is followed from row to row, once, the inner ones first."""
    return list(dict.fromkeys(node for rule in rules for tree in rule.conditions for node in watches_of(tree)))


def _watched(node: WatchNode) -> TruthNode:
    return node.condition if isinstance(node, Count) else node.operand
