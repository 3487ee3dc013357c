"""The first diagnosis of a finding: its causes ranked by the evidence for and against each, the next best check, parts.

Each cause of a rule begins with a weight. Observations (diagnosis/knowledge/evidence*.toml) are conditions of the rule
language, looked at on the machine's rows up to the instant at which the finding held. One that is true adds to the
logarithm of its cause's weight, one that is false takes from it, and one that is unknown does neither: without a signal
the ranking falls back to what the others say. Weights are then made shares of 1. The next best check is the one that
tells most for its time. Pure: rows in, diagnosis out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log2
from typing import Any, Literal

import numpy as np

from diagnosis.cascades import Cascade
from diagnosis.engine import Engine, Rows
from diagnosis.errors import ExpressionError, RuleError
from diagnosis.evidence_file import CausePrior, Observation, evidence_of, evidence_tables, minutes_of, parts_of
from diagnosis.examine import examine
from diagnosis.fault_knowledge import CodeMeaning, Likely
from diagnosis.machine_facts import MachineFacts
from diagnosis.parser import read_condition
from diagnosis.rows import Segments, used_events
from diagnosis.rule import Rule, Words
from diagnosis.ruleset import RuleSet
from diagnosis.syntax import FenceKey, signals_of
from fleet.batch import EventBatch
from fleet.findings import Severity, SourceKind
from fleet.signals import Catalogue

Basis = Literal["weighed", "typical", "order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCause:
    """A cause with its share, and the observations for, against and unknown.

    parts: those it is likely to need; none where work, a fill or a talk is all. untold: no signal speaks of it.
    """

    cause: str
    share: float
    parts: tuple[str, ...] = ()
    untold: bool = False
    speaks_for: tuple[Observation, ...] = ()
    speaks_against: tuple[Observation, ...] = ()
    unknown: tuple[Observation, ...] = ()


GET_READY_MIN = 15  # to get to what is to be looked at, and to write down what was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Preliminary:
    """A first diagnosis. causes: the likeliest first. next_check: what tells most for its time; None without any.

    basis: what the shares are of: `weighed` with what this machine told, `typical` of such findings where it told
    nothing, `order`: nobody has weighed the causes, they are in the order written and their shares mean nothing.
    """

    causes: tuple[RankedCause, ...]
    next_check: str | None
    checks: tuple[str, ...]  # in the order to make them, next_check first
    parts: tuple[str, ...]  # of the likeliest causes first
    owner: Words  # one plain sentence: may I go on working, what waiting costs
    basis: Basis = "typical"


class Diagnostician:
    """Diagnoses findings of a rule set. Raises RuleError where the evidence contradicts itself.

    Evidence whose causes are not those of the rule is left out; tests see that the shipped rules have all of it.
    """

    def __init__(
        self, catalogue: Catalogue, ruleset: RuleSet, tables: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """tables: the evidence of each rule, None: that of the rules that ship."""
        self._rules = ruleset.by_key
        self._priors: dict[str, tuple[CausePrior, ...]] = {}
        self._observations: dict[str, tuple[Observation, ...]] = {}
        self._engines: dict[str, Engine] = {}
        for key, table in (evidence_tables() if tables is None else tables).items():
            rule = self._rules.get(key)
            if rule is None or set(rule.causes) != set(table["causes"]):
                continue  # a site's set need not have every shipped rule, and may have other causes for it
            priors, observations = evidence_of(rule, table)
            self._priors[key], self._observations[key] = priors, observations
            self._engines[key] = Engine(catalogue, RuleSet([asks(catalogue, seen) for seen in observations]))

    def signals_of(self, key: str) -> tuple[str, ...]:
        """The signals that the observations of a rule look at, in the order in which they are written."""
        trees = [tree for engine in self._engines_of(key) for rule in engine.rules for tree in rule.rule.conditions]
        return tuple(dict.fromkeys(signal for tree in trees for signal in sorted(signals_of(tree))))

    def reach_us(self, key: str) -> int:
        """How much history the observations of a rule look back on."""
        return max((engine.warm_up_us for engine in self._engines_of(key)), default=0)

    def fences_of(self, key: str) -> frozenset[FenceKey]:
        """The geofences that the observations of a rule ask for."""
        return frozenset(fence for engine in self._engines_of(key) for fence in engine.fences)

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
        basis: Basis = "order" if key not in self._priors else "weighed" if truths else "typical"
        return preliminary(weigh(priors, seen, truths), priors, rule, basis)

    def with_shares(self, key: str, ranked: tuple[RankedCause, ...]) -> Preliminary:
        """The diagnosis of a rule's finding whose causes have been given other shares."""
        return preliminary(ranked, self._priors[key], self._rules[key], "weighed")

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
    ranked = _as_known(likely)
    first = likely.checks[0] if likely.checks else None
    owner = _OWNER_OF_SEVERITY[meaning.severity]
    return Preliminary(causes=ranked, next_check=first, checks=likely.checks, parts=likely.parts, owner=owner)


def of_cascade(cascade: Cascade, root: CodeMeaning | None) -> Preliminary:
    """The diagnosis of several codes with one cause; of the root's own code where the cascade names no causes."""
    likely = cascade.likely if cascade.likely.causes or root is None else root.likely
    ranked = _as_known(likely)
    first = likely.checks[0] if likely.checks else None
    return Preliminary(causes=ranked, next_check=first, checks=likely.checks, parts=likely.parts, owner=cascade.owner)


def _as_known(likely: Likely) -> tuple[RankedCause, ...]:
    return tuple(RankedCause(cause=cause, share=share, parts=parts_of(cause)) for cause, share in likely.causes)


_OWNER_OF_SEVERITY: Mapping[Severity, Words] = {
    Severity.CRITICAL: Words(
        zh="请立即停机，继续作业可能造成严重损坏，我们会尽快联系您。",
        en="Stop now: going on may do serious damage. We will call you soon.",
    ),
    Severity.HIGH: Words(
        zh="请结束当前作业并停机，拖延会扩大损坏，我们会联系您。",
        en="Finish what you are doing and stop: waiting makes the damage worse. We will call you.",
    ),
    Severity.MEDIUM: Words(
        zh="可以继续作业，请在几天内安排检修，以免影响使用。",
        en="You may go on working; have it repaired within days, before it stops you.",
    ),
    Severity.LOW: Words(
        zh="可以继续作业，下次保养时检查即可。", en="You may go on working; have it checked at the next service."
    ),
    Severity.INFO: Words(zh="无需处理。", en="Nothing needs to be done."),
}


def weigh(
    priors: Sequence[CausePrior], observations: Sequence[Observation], truths: Mapping[str, bool]
) -> tuple[RankedCause, ...]:
    """The causes by their shares; truths: the observations that are known to be true or false, by key."""
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
                parts=prior.parts,
                untold=prior.untold,
                speaks_for=tuple(seen for seen in own if truths.get(seen.key) is True and not seen.contradicts),
                speaks_against=tuple(seen for seen in own if _is_against(seen, truths.get(seen.key))),
                unknown=tuple(seen for seen in own if seen.key not in truths),
            )
        )
    return tuple(sorted(ranked, key=lambda cause: -cause.share))  # stable: as written where shares are equal


def _is_against(seen: Observation, truth: bool | None) -> bool:
    return truth is True if seen.contradicts else truth is False and seen.no > 0


def preliminary(ranked: tuple[RankedCause, ...], priors: Sequence[CausePrior], rule: Rule, basis: Basis) -> Preliminary:
    """The diagnosis of a rule's finding: first what makes it safe, then the checks in the order of what they tell."""
    of_cause = {prior.cause: prior for prior in priors}
    settles: dict[str, list[float]] = {}
    for cause in ranked:
        if check := of_cause[cause.cause].settle:
            settles.setdefault(check, []).append(cause.share)
    told = sorted(settles, key=lambda check: (-round(tells(check, settles[check]), 9), -sum(settles[check])))
    at_once = [check for check in rule.checks if minutes_of(check) == 0]
    checks = tuple(dict.fromkeys((*at_once, *told, *rule.checks)))
    parts = dict.fromkeys(part for cause in ranked for part in cause.parts)
    first = checks[0] if checks else None
    return Preliminary(
        causes=ranked, next_check=first, checks=checks, parts=tuple(parts), owner=rule.owner, basis=basis
    )


def tells(check: str, shares: Sequence[float]) -> float:
    """What a check tells for its time, in bits a minute: which of the causes that it settles it is, or that it is none.

    shares: of the causes that it settles. To its own minutes come GET_READY_MIN, so that a look at something unlikely
    does not stand before what is worth the way.
    """
    answers = (*shares, 1.0 - sum(shares))
    return -sum(share * log2(share) for share in answers if share > 1e-12) / (GET_READY_MIN + minutes_of(check))


def _by_order(causes: Sequence[str]) -> tuple[CausePrior, ...]:
    """Causes that nobody has weighed (a site's own rule): their shares keep the order written and mean nothing."""
    whole = sum(1.0 / place for place in range(1, len(causes) + 1))
    return tuple(
        CausePrior(cause=cause, weight=1.0 / place / whole, settle="", parts=parts_of(cause))
        for place, cause in enumerate(causes, 1)
    )


def asks(catalogue: Catalogue, seen: Observation) -> Rule:
    """An observation as a rule that the engine can look at."""
    try:
        tree = read_condition(seen.when, catalogue)
    except ExpressionError as error:
        raise RuleError(f"evidence of {seen.key}: {error}") from error
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
