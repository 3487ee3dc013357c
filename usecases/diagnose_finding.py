"""The first diagnosis of one finding, from the rows that were read for its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnosis.cascades import packaged_cascades
from diagnosis.deviations import of_deviation
from diagnosis.doubt import doubted, doubts
from diagnosis.dtc import parse_source_key
from diagnosis.errors import RuleError
from diagnosis.evidence_pack import OwnLimit
from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.machine_facts import MachineFacts, MachineOverride
from diagnosis.override import override_limits
from diagnosis.preliminary import Preliminary, of_cascade, of_code
from diagnosis.rows import Rows
from diagnosis.told import NOTHING_TOLD, told
from diagnosis.trust import Distrust, believed
from fleet.batch import EventBatch
from fleet.findings import SourceKind
from fleet.signals import Catalogue
from storage.evidence import MachineCase, OwnLimits
from storage.history import ReceivedRows
from storage.trust import TrustSpan
from usecases.evidence_plan import Plan

OF_THE_SET = "rule set"
"""Why a machine has a limit of its own that comes with the rule set."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a diagnosis looks at: rows of the signals of `columns`, whose order is the catalogue's, events, and which of
    the signals were not trusted when."""

    rows: ReceivedRows
    columns: Mapping[str, int]
    events: EventBatch
    distrust: Sequence[TrustSpan]


def diagnosed(plan: Plan, machine: MachineCase, seen: Seen, *, catalogue: Catalogue) -> Mapping[str, Any]:
    """The diagnosis with its words; nothing is told of sources that nobody knows the causes of."""
    found = None
    if plan.rule is not None:
        found = _of_rule(plan, machine, seen, catalogue)
    elif plan.due.source_kind == SourceKind.DTC:
        found = _of_codes(plan, catalogue)
    elif plan.due.source_kind == SourceKind.MODEL:
        found = _of_model(plan, catalogue)
    if found is None:
        return NOTHING_TOLD
    return told(doubted(found, _doubts(plan, seen, catalogue), catalogue))


def _doubts(plan: Plan, seen: Seen, catalogue: Catalogue) -> list[Distrust]:
    """What speaks against the sensors of a rule's or a model's finding."""
    if plan.due.source_kind == SourceKind.DTC:
        return []
    signals = plan.rule.signals if plan.rule is not None else [plan.due.source_key.rpartition(":")[2]]
    spans = [
        Distrust(
            machine=span.machine_id,
            signal=catalogue.signals[span.signal_id].key,
            from_us=span.from_us,
            to_us=span.to_us,
            score=span.score,
            checks=tuple(span.checks),
        )
        for span in seen.distrust
        if span.signal_id < len(catalogue)
    ]
    return doubts(spans, signals, held_us=plan.due.held_us)


def _of_rule(plan: Plan, machine: MachineCase, seen: Seen, catalogue: Catalogue) -> Preliminary:
    """Of a rule; what was not trusted is not known."""
    assert plan.book is not None  # a rule stands in a book
    positions = np.array([catalogue.index[key] for key in seen.columns], np.intp)
    rows = Rows(np.zeros(len(seen.rows.at_us), np.int32), seen.rows.at_us, seen.rows.values, positions)
    rows = believed(rows, [(0, span.signal_id, span.from_us, span.to_us) for span in seen.distrust])
    reports = np.zeros((1, len(catalogue)), np.bool_)
    reports[0, [number for number in machine.signal_ids if number < len(catalogue)]] = True
    facts = MachineFacts(
        nominal_voltage_v=np.array([np.nan if machine.nominal_voltage_v is None else machine.nominal_voltage_v]),
        kind=[machine.kind],
        model=[machine.model],
        software=[machine.software],
        mode=[machine.mode],
        reports=reports,
    )
    return plan.book.doctor.of_rule(plan.due.source_key, rows, seen.events, facts, held_us=plan.due.held_us)


def _of_codes(plan: Plan, catalogue: Catalogue) -> Preliminary | None:
    """Of a fault code, or of several with one cause; None for keys that are neither."""
    try:
        _, code = parse_source_key(plan.due.source_key)
        lamps = int(plan.due.values.get("lamps", -1))
        meaning = packaged_knowledge().meaning(*code, lamps, catalogue)
    except ValueError:  # of a cause that has no code of its own
        meaning = None
    cascade = next((one for one in packaged_cascades() if one.key == plan.due.cascade), None)
    if cascade is not None:
        return of_cascade(cascade, meaning)
    return None if meaning is None else of_code(meaning)


def _of_model(plan: Plan, catalogue: Catalogue) -> Preliminary | None:
    """Of a signal that a model did not expect; None where the finding does not say which way it was off."""
    signal, values = plan.due.source_key.rpartition(":")[2], plan.due.values
    side = values.get(f"side.{signal}")
    if side is None and signal in values and f"expected.{signal}" in values:
        side = values[signal] - values[f"expected.{signal}"]
    if signal not in catalogue or not side:
        return None
    return of_deviation(signal, packaged_knowledge(), catalogue, above=side > 0)


def own_limits(plan: Plan, entered: Sequence[OwnLimits]) -> dict[str, OwnLimit]:
    """The machine's own limits of the finding's rule that were in force when it held; entered ones come first."""
    if plan.rule is None or plan.book is None:
        return {}
    due, rule = plan.due, plan.rule
    found: dict[str, OwnLimit] = {}
    for override in plan.book.ruleset.overrides_of(rule.key):
        found |= _in_force(override, OF_THE_SET, due.held_us) if override.machine == due.machine_id else {}
    for one in entered:
        if (one.machine_id, one.rule) != (due.machine_id, rule.key):
            continue
        try:
            limits = override_limits(rule, one.limits)
        except RuleError:  # a limit that this version of the rule does not have
            continue
        override = MachineOverride(rule=rule.key, machine=due.machine_id, until_us=one.until_us, limits=limits)
        found |= _in_force(override, one.reason, due.held_us)
    return found


def _in_force(override: MachineOverride, reason: str, held_us: int) -> dict[str, OwnLimit]:
    if held_us >= override.until_us:
        return {}
    return {
        name: OwnLimit(value=value, reason=reason, until_us=override.until_us)
        for name, value in override.limits.items()
    }
