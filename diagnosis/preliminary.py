"""The first diagnosis of a finding: its causes ranked by the evidence for and against each, the next best check, parts.

Each cause of a rule begins with a weight. Observations (diagnosis/knowledge/evidence.toml) are conditions of the rule
language, looked at on the machine's rows up to the instant at which the finding held. One that is true adds to the
logarithm of its cause's weight, one that is false takes from it, and one that is unknown does neither: without a signal
the ranking falls back to what the others say. Weights are then made shares of 1. Pure: rows in, diagnosis out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any

import numpy as np

from diagnosis.cascades import Cascade
from diagnosis.engine import Engine, Rows
from diagnosis.errors import ExpressionError, RuleError
from diagnosis.examine import examine
from diagnosis.fault_knowledge import CodeMeaning, read_knowledge_file
from diagnosis.machine_facts import MachineFacts
from diagnosis.parser import read_condition
from diagnosis.rows import Segments, used_events
from diagnosis.rule import Rule, Words
from diagnosis.ruleset import RuleSet
from diagnosis.syntax import signals_of
from fleet.batch import EventBatch
from fleet.findings import Severity, SourceKind
from fleet.signals import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class CausePrior:
    """A cause before anything is looked at, the check that settles it, and the parts it is likely to need."""

    cause: str
    weight: float
    settle: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What speaks for a cause when it is true, and against it when it is false."""

    key: str
    cause: str
    when: str
    yes: float
    no: float
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCause:
    """A cause with its share, and the observations for, against and unknown."""

    cause: str
    share: float
    speaks_for: tuple[Observation, ...] = ()
    speaks_against: tuple[Observation, ...] = ()
    unknown: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preliminary:
    """A first diagnosis. causes: the likeliest first. next_check: the one that tells most; None without any."""

    causes: tuple[RankedCause, ...]
    next_check: str | None
    checks: tuple[str, ...]  # in the order to make them, next_check first
    parts: tuple[str, ...]  # of the likeliest causes first
    owner: Words  # one plain sentence: may I go on working, what waiting costs


class Diagnostician:
    """Diagnoses findings of a rule set. Raises RuleError where the evidence contradicts itself.

    Evidence whose causes are not those of the rule is left out; tests see that the shipped rules have all of it.
    """

    def __init__(self, catalogue: Catalogue, ruleset: RuleSet) -> None:
        self._rules = ruleset.by_key
        self._priors: dict[str, tuple[CausePrior, ...]] = {}
        self._observations: dict[str, tuple[Observation, ...]] = {}
        self._engines: dict[str, Engine] = {}
        for key, table in read_knowledge_file("evidence.toml").items():
            rule = self._rules.get(key)
            if rule is None or set(rule.causes) != set(table["causes"]):
                continue  # a site's set need not have every shipped rule, and may have other causes for it
            priors, observations = _evidence(rule, table)
            self._priors[key], self._observations[key] = priors, observations
            self._engines[key] = Engine(catalogue, RuleSet([_asks(catalogue, seen) for seen in observations]))

    def signals_of(self, key: str) -> tuple[str, ...]:
        """The signals that the observations of a rule look at, in the order in which they are written."""
        trees = [tree for engine in self._engines_of(key) for rule in engine.rules for tree in rule.rule.conditions]
        return tuple(dict.fromkeys(signal for tree in trees for signal in sorted(signals_of(tree))))

    def reach_us(self, key: str) -> int:
        """How much history the observations of a rule look back on."""
        return max((engine.warm_up_us for engine in self._engines_of(key)), default=0)

    def _engines_of(self, key: str) -> tuple[Engine, ...]:
        return (self._engines[key],) if key in self._engines else ()

    def of_rule(self, key: str, rows: Rows, events: EventBatch, facts: MachineFacts, *, held_us: int) -> Preliminary:
        """The diagnosis of a rule's finding from its machine's rows; later ones than held_us are not looked at.

        rows and events are of one machine, in the order of time; some 10 min of them say what windows ask for.
        """
        rule = self._rules[key]
        priors = self._priors.get(key) or _by_order(rule.causes)
        seen = self._observations.get(key, ())
        truths = self._truths(key, rows, events, facts, held_us) if seen else {}
        ranked = _ranked(priors, seen, truths)
        return _preliminary(ranked, priors, rule.checks, rule.owner)

    def _truths(self, key: str, rows: Rows, events: EventBatch, facts: MachineFacts, held_us: int) -> dict[str, bool]:
        """Which observations are known to be true or false at the last row that is not after held_us."""
        engine = self._engines[key]
        engine.set_facts(facts)
        rows, events = rows.where(rows.at_us <= held_us), events.take(events.measured_at_us <= held_us)
        if len(rows) == 0:
            return {}
        slot = np.zeros(len(rows), np.intp)
        segments = Segments(slot, rows.machine, rows.at_us)
        used = used_events(events, np.zeros(len(events), np.intp))
        known = examine(engine, segments, rows.of(engine.ids), used, state=engine.fresh_state(1)).known()
        last = known.row == len(rows) - 1
        told = zip(known.rule[last].tolist(), known.holds[last].tolist(), strict=True)
        return {engine.rules[rule].rule.key: holds for rule, holds in told}


def of_code(meaning: CodeMeaning) -> Preliminary:
    """The diagnosis of a fault code, from what is known of it."""
    likely = meaning.likely
    ranked = tuple(RankedCause(cause=cause, share=share) for cause, share in likely.causes)
    first = likely.checks[0] if likely.checks else None
    owner = _OWNER_OF_SEVERITY[meaning.severity]
    return Preliminary(causes=ranked, next_check=first, checks=likely.checks, parts=likely.parts, owner=owner)


def of_cascade(cascade: Cascade, root: CodeMeaning | None) -> Preliminary:
    """The diagnosis of several codes with one cause; of the root's own code where the cascade names no causes."""
    likely = cascade.likely if cascade.likely.causes or root is None else root.likely
    ranked = tuple(RankedCause(cause=cause, share=share) for cause, share in likely.causes)
    first = likely.checks[0] if likely.checks else None
    return Preliminary(causes=ranked, next_check=first, checks=likely.checks, parts=likely.parts, owner=cascade.owner)


_OWNER_OF_SEVERITY: Mapping[Severity, Words] = {
    Severity.CRITICAL: Words(
        zh="请立即停机,继续作业可能造成严重损坏,我们会尽快联系您。",
        en="Stop now: going on may do serious damage. We will call you soon.",
    ),
    Severity.HIGH: Words(
        zh="请结束当前作业并停机,拖延会扩大损坏,我们会联系您。",
        en="Finish what you are doing and stop: waiting makes the damage worse. We will call you.",
    ),
    Severity.MEDIUM: Words(
        zh="可以继续作业,请在几天内安排检修,以免影响使用。",
        en="You may go on working; have it repaired within days, before it stops you.",
    ),
    Severity.LOW: Words(
        zh="可以继续作业,下次保养时检查即可。", en="You may go on working; have it checked at the next service."
    ),
    Severity.INFO: Words(zh="无需处理。", en="Nothing needs to be done."),
}


def _ranked(
    priors: Sequence[CausePrior], observations: Sequence[Observation], truths: Mapping[str, bool]
) -> tuple[RankedCause, ...]:
    weights = {prior.cause: log(prior.weight) for prior in priors}
    for seen in observations:
        if seen.key in truths:
            weights[seen.cause] += seen.yes if truths[seen.key] else -seen.no
    whole = sum(map(exp, weights.values()))
    ranked = []
    for prior in priors:
        own = [seen for seen in observations if seen.cause == prior.cause]
        ranked.append(
            RankedCause(
                cause=prior.cause,
                share=exp(weights[prior.cause]) / whole,
                speaks_for=tuple(seen for seen in own if truths.get(seen.key) is True),
                speaks_against=tuple(seen for seen in own if truths.get(seen.key) is False),
                unknown=tuple(seen for seen in own if seen.key not in truths),
            )
        )
    return tuple(sorted(ranked, key=lambda cause: -cause.share))  # stable: as written where shares are equal


def _preliminary(
    ranked: tuple[RankedCause, ...], priors: Sequence[CausePrior], checks: tuple[str, ...], owner: Words
) -> Preliminary:
    """The next best check is the one whose answer is the least certain beforehand: it tells most."""
    settles: dict[str, float] = {}
    of_cause = {prior.cause: prior for prior in priors}
    for cause in ranked:
        check = of_cause[cause.cause].settle
        if check:
            settles[check] = settles.get(check, 0.0) + cause.share
    best = max(settles, key=lambda check: _doubt(settles[check]), default=checks[0] if checks else None)
    rest = (*sorted(settles, key=lambda check: -settles[check]), *checks)
    order = dict.fromkeys((best, *rest) if best is not None else rest)
    parts = dict.fromkeys(part for cause in ranked for part in of_cause[cause.cause].parts)
    return Preliminary(causes=ranked, next_check=best, checks=tuple(order), parts=tuple(parts), owner=owner)


def _doubt(share: float) -> float:
    """How much a yes-or-no answer tells that is yes with this probability, in bits."""
    return -sum(p * log(p, 2) for p in (share, 1.0 - share) if p > 1e-12)


def _by_order(causes: Sequence[str]) -> tuple[CausePrior, ...]:
    """Causes of a rule without evidence: the second is half as likely as the first, the third a third as likely."""
    whole = sum(1.0 / place for place in range(1, len(causes) + 1))
    return tuple(
        CausePrior(cause=cause, weight=1.0 / place / whole, settle="", parts=_parts_of(cause))
        for place, cause in enumerate(causes, 1)
    )


def _parts_of(cause: str) -> tuple[str, ...]:
    """The parts that a cause is likely to need (diagnosis/knowledge/causes.toml)."""
    return tuple(_causes().get(cause, ()))


@cache
def _causes() -> dict[str, Any]:
    return read_knowledge_file("causes.toml")


def _evidence(rule: Rule, table: Mapping[str, Any]) -> tuple[tuple[CausePrior, ...], tuple[Observation, ...]]:
    where = f"evidence.toml: {rule.key}"
    priors = tuple(
        CausePrior(cause=cause, weight=given["weight"], settle=given["settle"], parts=_parts_of(cause))
        for cause, given in table["causes"].items()
    )
    if abs(sum(prior.weight for prior in priors) - 1.0) > 1e-6:
        raise RuleError(f"{where}.causes: weights must add up to 1")
    observations = tuple(
        Observation(
            key=f"{rule.key}_{number}",
            cause=given["cause"],
            when=given["when"],
            yes=given["yes"],
            no=given["no"],
            words=Words(zh=given["zh"], en=given["en"]),
        )
        for number, given in enumerate(table["observations"], 1)
    )
    for seen in observations:
        if seen.cause not in rule.causes or seen.yes <= 0 or seen.no < 0:
            raise RuleError(f"{where}.observations: {seen.when}: a cause of the rule, yes above 0 and no from 0 on")
    return priors, observations


def _asks(catalogue: Catalogue, seen: Observation) -> Rule:
    """An observation as a rule that the engine can look at."""
    try:
        tree = read_condition(seen.when, catalogue)
    except ExpressionError as error:
        raise RuleError(f"evidence.toml: {seen.key}: {error}") from error
    return Rule(
        key=seen.key,
        source_kind=SourceKind.RULE,
        title=seen.words,
        owner=seen.words,
        expert=seen.words,
        causes=(seen.cause,),
        checks=(),
        tests=(),
        severity=Severity.INFO,
        when_text=seen.when,
        when=tree,
    )
