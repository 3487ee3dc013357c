"""The first diagnoses of what no rule is behind: a sensor that is not trusted, and a machine that is silent.

Their causes and evidence are written like those of rules, in diagnosis/knowledge/sensor_faults.toml (by the reason for
which the sensor is not trusted) and silence.toml, and weighed in the same way. Pure: rows in, diagnosis out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from diagnosis.deviations import sender_of
from diagnosis.doubt import observed
from diagnosis.evidence_file import Observation
from diagnosis.fault_knowledge import packaged_knowledge, read_knowledge_file
from diagnosis.machine_facts import MachineFacts
from diagnosis.preliminary import Diagnostician, Preliminary, RankedCause
from diagnosis.rows import Rows
from diagnosis.rule import Rule, Words
from diagnosis.ruleset import RuleSet
from diagnosis.trust import Distrust, Reason, packaged_checks
from fleet.batch import EventBatch
from fleet.findings import Severity, SourceKind
from fleet.signals import Catalogue, Signal

SENSOR_FAULTS, SILENCE = "sensor_faults.toml", "silence.toml"
_FIRST = (Reason.ERRORS, Reason.DROPOUT, Reason.RATE, Reason.STUCK, Reason.PHYSICS)
"""Of several reasons the one that says most of what is broken."""
_SENSORS = frozenset({"sensor_faulty", "sensor_drifted"})


@dataclass(frozen=True, slots=True)
class Told:
    """What one machine told around a finding that held at an instant, in the order of time."""

    rows: Rows
    events: EventBatch
    facts: MachineFacts
    held_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldReason:
    """Why a machine is silent, as it was told: the reason's key, how likely it is, its owner's sentence, its signs."""

    key: str
    share: float
    owner: Words
    signs: tuple[Words, ...] = ()


@cache
def doctor_of(name: str, catalogue: Catalogue) -> Diagnostician:
    """Who diagnoses the findings that a knowledge file is about."""
    tables = read_knowledge_file(name)
    return Diagnostician(catalogue, RuleSet([_rule(key, table) for key, table in tables.items()]), tables)


def looked_at(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The signals that the evidence of a knowledge file looks at."""
    doctor = doctor_of(name, catalogue)
    return tuple(dict.fromkeys(key for table in read_knowledge_file(name) for key in doctor.signals_of(table)))


def reach_us(name: str, catalogue: Catalogue) -> int:
    """How much history it looks back on."""
    doctor = doctor_of(name, catalogue)
    return max(doctor.reach_us(table) for table in read_knowledge_file(name))


def of_silence(key: str, told: Told, catalogue: Catalogue, reason: ToldReason | None = None) -> Preliminary:
    """Of a machine that is not heard any more, from the last that it told. Raises KeyError for another source.

    Where a reason was told the causes behind it come first and have its share together. What speaks for the reason was
    weighed when it was judged, so the observations only rank the causes among themselves.
    """
    doctor = doctor_of(SILENCE, catalogue)
    found = doctor.of_rule(key, told.rows, told.events, told.facts, held_us=told.held_us)
    table = read_knowledge_file(SILENCE)[key]
    if reason is None or reason.key not in table["reasons"]:
        return found if reason is None else replace(found, owner=reason.owner)
    behind, usual = table["reasons"][reason.key], table["causes"]
    seen = {
        one.cause: one.share * behind[one.cause] / usual[one.cause]["weight"]
        for one in found.causes
        if one.cause in behind
    }
    others = [one for one in found.causes if one.cause not in behind]
    whole, rest = sum(seen.values()), sum(one.share for one in others)
    first = [replace(one, share=seen[one.cause] / whole * reason.share) for one in found.causes if one.cause in behind]
    first.sort(key=lambda cause: -cause.share)
    first[0] = _with_signs(first[0], reason)
    others = [replace(one, share=one.share / rest * (1 - reason.share)) for one in others]
    return replace(doctor.with_shares(key, (*first, *others)), owner=reason.owner)


def _with_signs(cause: RankedCause, reason: ToldReason) -> RankedCause:
    """The likeliest cause behind a reason with what spoke for the reason; what both say stands there once."""
    signs = [
        Observation(key=f"{reason.key}_{n}", cause=cause.cause, when=reason.key, yes=0.0, no=0.0, words=_sentence(sign))
        for n, sign in enumerate(reason.signs)
    ]
    said = {sign.words for sign in signs}
    own = [seen for seen in cause.speaks_for if seen.words not in said]
    against = tuple(seen for seen in cause.speaks_against if seen.words not in said)
    unknown = tuple(seen for seen in cause.unknown if seen.words not in said)
    return replace(cause, speaks_for=(*signs, *own), speaks_against=against, unknown=unknown)


def _sentence(words: Words) -> Words:
    return Words(zh=words.zh, en=words.en[:1].upper() + words.en[1:])


def of_sensor(signal: Signal, spans: Sequence[Distrust], told: Told, catalogue: Catalogue) -> Preliminary:
    """Of a sensor that is not trusted, by the first of the reasons; what its checks saw speaks for the first cause."""
    reason = _reason(spans, catalogue)
    doctor = doctor_of(SENSOR_FAULTS, catalogue)
    found = doctor.of_rule(reason, told.rows, told.events, told.facts, held_us=told.held_us)
    found = _without_supply(found) if signal.unit == "degC" else found
    _, own = sender_of(signal, packaged_knowledge())
    causes = [replace(one, parts=own) if one.cause in _SENSORS and own else one for one in found.causes]
    seen = tuple(observed(one, causes[0].cause, catalogue) for one in spans)
    causes[0] = replace(causes[0], speaks_for=(*seen, *causes[0].speaks_for))
    return replace(found, causes=tuple(causes), parts=_parts(causes), owner=_about(signal, found.owner))


def _without_supply(found: Preliminary) -> Preliminary:
    """Of a sensor of temperature, which is a resistor or a thermocouple: it has no 5 V supply to lose or to measure."""
    kept = [one for one in found.causes if one.cause != "sensor_supply_lost"]
    whole = sum(one.share for one in kept)
    checks = tuple(check for check in found.checks if check != "measure_sensor_supply")
    causes = tuple(replace(one, share=one.share / whole) for one in kept)
    return replace(found, causes=causes, checks=checks, next_check=checks[0])


def _reason(spans: Sequence[Distrust], catalogue: Catalogue) -> Reason:
    reasons = {check.key: check.reason for check in packaged_checks(catalogue)}
    known = {reasons[key] for one in spans for key in one.checks if key in reasons}
    return next((reason for reason in _FIRST if reason in known), Reason.PHYSICS)


def _parts(causes: Sequence[RankedCause]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for cause in causes for part in cause.parts))


def _about(signal: Signal, owner: Words) -> Words:
    """The sentence with the name of what it is about."""
    return Words(zh=f"{signal.zh}：{owner.zh}", en=f"{signal.en}: {owner.en}")


def _rule(key: str, table: Mapping[str, Any]) -> Rule:
    """A table as the rule that its evidence belongs to; nothing judges by it."""
    expert = Words(**table["expert"])
    return Rule(
        key=key,
        source_kind=SourceKind.RULE,
        title=expert,
        owner=Words(**table["owner"]),
        expert=expert,
        causes=tuple(table["causes"]),
        checks=tuple(table["checks"]),
        tests=(),
        severity=Severity.INFO,
    )
