"""The first diagnosis of one finding, from the rows that were read for its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from alerts.silence import SOURCE_KEY
from alerts.silence_reason import SilenceReason, knowledge
from diagnosis.cascades import packaged_cascades
from diagnosis.deviations import Beside, of_deviation, of_unknown, of_wear, shares_of, side_of
from diagnosis.doubt import doubted, doubts, until_checked
from diagnosis.dtc import parse_source_key
from diagnosis.errors import RuleError
from diagnosis.evidence_pack import OwnLimit
from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.machine_facts import MachineFacts, MachineOverride
from diagnosis.override import override_limits
from diagnosis.preliminary import Preliminary, of_cascade, of_code
from diagnosis.rows import Rows
from diagnosis.rule import Words
from diagnosis.source_faults import SILENCE, Told, ToldReason, doctor_of, of_sensor, of_silence
from diagnosis.told import told
from diagnosis.trust import Distrust, believed
from diagnosis.wear.indices import BY_KEY
from fleet.batch import EventBatch
from fleet.findings import Severity, SourceKind
from fleet.signals import Catalogue
from storage.evidence import MachineCase, OwnLimits
from storage.history import ReceivedRows
from storage.trust import TrustSpan
from usecases.evidence_plan import Plan
from usecases.home_facts import Home

WEAR, REMIND_DAYS = "wear", 14  # as usecases/trend_wear.py names and tells them
OF_THE_SET = "rule set"
"""Why a machine has a limit of its own that comes with the rule set."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a diagnosis looks at: rows of the signals of `columns`, whose order is the catalogue's, events, and which of
    the signals were not trusted when. lied: by signal and start of such a span what the machine told until then."""

    rows: ReceivedRows
    columns: Mapping[str, int]
    events: EventBatch
    distrust: Sequence[TrustSpan]
    home: Home | None = None
    lied: Mapping[tuple[int, int], tuple[ReceivedRows, EventBatch]] = field(default_factory=dict)


def diagnosed(plan: Plan, machine: MachineCase, seen: Seen, *, catalogue: Catalogue) -> Mapping[str, Any]:
    """The diagnosis with its words, of every source."""
    found = _found(plan, machine, seen, catalogue)
    if plan.due.source_kind == SourceKind.SENSOR:  # its doubt is what it is about
        if plan.order is not None and plan.due.source_key in catalogue:
            found = until_checked(found, catalogue[plan.due.source_key], *plan.order)
        return told(found)
    against = sorted(_doubts(plan, seen, catalogue), key=lambda one: one.score)
    if not against:
        return told(found)
    return told(doubted(found, against, _of_doubt(against[0], plan, machine, seen, catalogue), catalogue))


def _of_doubt(one: Distrust, plan: Plan, machine: MachineCase, seen: Seen, catalogue: Catalogue) -> Preliminary:
    """What the finding about a sensor says is wrong with it: judged when it was found out, as there."""
    key = catalogue.index[one.signal], one.from_us
    rows, events = seen.lied.get(key, (seen.rows, seen.events))
    then = _told(plan, machine, replace(seen, rows=rows, events=events), catalogue)
    return of_sensor(catalogue[one.signal], [one], replace(then, held_us=one.from_us), catalogue)


def _found(plan: Plan, machine: MachineCase, seen: Seen, catalogue: Catalogue) -> Preliminary:
    """What is known of the finding's source; the rule of a set that this program cannot read is not."""
    found = None
    match plan.due.source_kind:
        case SourceKind.RULE if plan.rule is not None:
            found = _of_rule(plan, _told(plan, machine, seen, catalogue))
        case SourceKind.DTC:
            found = _of_codes(plan, catalogue)
        case SourceKind.MODEL:
            found = _of_model(plan, machine, catalogue)
        case SourceKind.SENSOR if plan.due.source_key in catalogue:
            signal, spans = catalogue[plan.due.source_key], _spans(seen, catalogue)
            own = [one for one in spans if one.signal == signal.key and one.from_us == plan.due.from_us]
            found = of_sensor(signal, own, _told(plan, machine, seen, catalogue), catalogue)
        case SourceKind.PLATFORM if plan.due.source_key == SOURCE_KEY:
            seen_last = _told(plan, machine, seen, catalogue)
            found = of_silence(plan.due.source_key, seen_last, catalogue, _reason_of(plan.due.reason))
    return of_unknown(Severity(plan.due.severity)) if found is None else found


def _reason_of(told: Mapping[str, Any] | None) -> ToldReason | None:
    """The reason that was told of a silence with its words; None for those of before reasons were judged."""
    if told is None or told["key"] not in knowledge().words:
        return None
    known = knowledge()
    owner = known.words[SilenceReason(told["key"])].owner
    signs = [known.signs[key].says for key in told["spoke_for"] if key in known.signs]
    return ToldReason(
        key=told["key"],
        share=told["share"],
        owner=Words(zh=owner.zh, en=owner.en),
        signs=tuple(Words(zh=sign.zh, en=sign.en) for sign in signs),
    )


def _doubts(plan: Plan, seen: Seen, catalogue: Catalogue) -> list[Distrust]:
    """What speaks against the sensors of a rule's or a model's finding."""
    if plan.due.source_kind == SourceKind.DTC:
        return []
    subject = plan.due.source_key.rpartition(":")[2]
    index = BY_KEY.get(subject)
    signals = plan.rule.signals if plan.rule is not None else [subject] if index is None else index.signals
    return doubts(_spans(seen, catalogue), signals, catalogue, held_us=plan.due.held_us)


def _spans(seen: Seen, catalogue: Catalogue) -> list[Distrust]:
    """What was not trusted, as the checks tell of it."""
    return [
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


def _told(plan: Plan, machine: MachineCase, seen: Seen, catalogue: Catalogue) -> Told:
    """What the machine told; what was not trusted is not known."""
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
    if seen.home is not None:
        doctor = doctor_of(SILENCE, catalogue) if plan.book is None else plan.book.doctor
        facts = seen.home.added(facts, doctor.fences_of(plan.due.source_key), plan.due.held_us)
    return Told(rows, seen.events, facts, plan.due.held_us)


def _of_rule(plan: Plan, seen: Told) -> Preliminary:
    assert plan.book is not None  # a rule stands in a book
    doctor = plan.book.doctor
    return doctor.of_rule(plan.due.source_key, seen.rows, seen.events, seen.facts, held_us=seen.held_us)


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


def _of_model(plan: Plan, machine: MachineCase, catalogue: Catalogue) -> Preliminary | None:
    """Of a signal that a model did not expect, or of an index of wear; None where the site has no such signal."""
    (name, _, signal), values = plan.due.source_key.rpartition(":"), plan.due.values
    if name == WEAR and signal in BY_KEY:
        return of_wear(signal, float(values.get("low_days", REMIND_DAYS)))
    if signal not in catalogue:
        return None
    heard = {catalogue.signals[number].key for number in machine.signal_ids if number < len(catalogue)}
    beside = Beside(shares_of(values), heard)
    return of_deviation(signal, packaged_knowledge(), catalogue, above=side_of(signal, values), beside=beside)


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
