"""Whether the values of a machine's sensors are to be believed: a score from 0 to 1 for each, with its reasons.

What speaks against a sensor are checks: conditions of the rule language (knowledge/sensor_checks.toml) on stuck values,
impossible rates and physics, and two on its presence: it drops out and comes back, or it reports errors. Each costs a
part of the trust as long as it holds and for COOL_US afterwards; what lasts, such as a step, for a week or until a
check that undoes it. A sensor whose score is below BORDER is not trusted.
Pure: rows in the order of time in, changes of what is not trusted out; a TrustJudge keeps the state.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from math import prod

import numpy as np

from diagnosis.engine import Engine, Rows
from diagnosis.errors import ExpressionError, RuleError
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.machine_facts import FOREVER_US, MachineFacts
from diagnosis.parser import read_condition
from diagnosis.rule import DEFAULT_MAX_GAP_US, Rule, Words
from diagnosis.ruleset import RuleSet
from diagnosis.sensor_presence import DROPOUT, ERRORS, Presence
from diagnosis.tokens import duration_us
from fleet.batch import EventBatch
from fleet.findings import Severity, SourceKind
from fleet.signals import Catalogue

BORDER = 0.5
COOL_US = 30 * 60_000_000
"""What spoke against a sensor counts so long after its end: one that is right again now and then is not trusted."""
LIED_US = 60 * 60_000_000
"""A sensor that is found out lied for so long before, unless its check says longer."""

Name = tuple[int, str]  # machine, signal


class Reason(StrEnum):
    """What is wrong with a sensor's values."""

    STUCK = "stuck"
    RATE = "rate"
    PHYSICS = "physics"
    DROPOUT = "dropout"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorCheck:
    """Something that speaks against a sensor, or only for it; weight: the part of its trust that it costs, below 1."""

    key: str
    signal: str
    reason: Reason
    weight: float
    rule: Rule | None = None  # None: presence
    longest_us: int = 0  # seen once and lasting, such as a step: it counts for so long; 0: as long as it holds
    undoes: tuple[str, ...] = ()  # of these, what it takes back: it is the step back, or shows that the sensor is right
    needs: str = ""  # a check that must count: without it this one says nothing
    before_us: int = LIED_US  # so long the sensor may have lied before this finds it out
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distrust:
    """A sensor that is not trusted from an instant on (to_us None: still), with the checks that say so."""

    machine: int
    signal: str
    from_us: int
    to_us: int | None
    score: float
    checks: tuple[str, ...]


@dataclass(slots=True)
class _Standing:
    """What speaks against one sensor now: check -> until when it counts; None: as long as it holds."""

    checks: dict[str, int | None] = field(default_factory=dict)
    open: Distrust | None = None


class TrustJudge:
    """Judges the sensors of all machines: rows of ascending time a machine, in whole minutes, then changes()."""

    def __init__(
        self, catalogue: Catalogue, checks: Sequence[SensorCheck], recorded: Sequence[Distrust] = (), now_us: int = 0
    ) -> None:
        """recorded: what is not trusted at `now_us`; its checks count on for COOL_US, or hold again."""
        self.checks = {check.key: check for check in checks}
        self.engine = Engine(catalogue, RuleSet([check.rule for check in checks if check.rule is not None]))
        watched = sorted({catalogue.index[check.signal] for check in checks if check.rule is None})
        self.presence = Presence(catalogue, watched)
        self._state = self.engine.fresh_state(1)
        self._standing: dict[Name, _Standing] = {}
        self._changed: dict[tuple[int, str, int], Distrust] = {}
        for one in recorded:
            known: dict[str, int | None] = {
                key: max(now_us + COOL_US, one.from_us + self.checks[key].longest_us)
                for key in one.checks
                if key in self.checks
            }
            if known:
                self._standing[one.machine, one.signal] = _Standing(known, one)
            else:  # of a program that had others
                self._changed[one.machine, one.signal, one.from_us] = _ended(one, now_us)

    @property
    def signals(self) -> list[int]:
        """Catalogue positions of the columns that it reads, ascending."""
        return sorted({*self.engine.ids.tolist(), *self.presence.columns})

    def set_facts(self, facts: MachineFacts) -> None:
        """What is known of machines beside their rows."""
        self.engine.set_facts(facts)

    def judge(self, rows: Rows, events: EventBatch) -> None:
        """Look at the next rows and events of some machines."""
        for at_us, machine, key, holds in sorted(self._told(rows, events)):
            name = machine, self.checks[key].signal
            self._settle(at_us, name)
            standing = self._standing.setdefault(name, _Standing())
            self._count(standing.checks, self.checks[key], at_us, holds=holds)
            self._weigh(at_us, name)

    def changes(self, upto_us: int) -> list[Distrust]:
        """What changed since the last call, the last word on each sensor and start; all rows so far are before
        `upto_us`."""
        for name in list(self._standing):
            self._settle(upto_us, name)
        changed, self._changed = list(self._changed.values()), {}
        return changed

    @staticmethod
    def _count(checks: dict[str, int | None], check: SensorCheck, at_us: int, *, holds: bool) -> None:
        """Let a check count from now on, or until COOL_US from now; what undoes others takes them back instead."""
        undone = [key for key in check.undoes if holds and key in checks]
        for key in undone:
            checks[key] = at_us + COOL_US
        if (undone and check.weight) or not (check.weight or check.longest_us):
            return
        if holds and check.needs and check.needs not in checks:
            return
        if not check.longest_us:
            checks[check.key] = None if holds else at_us + COOL_US
        elif holds:
            checks[check.key] = at_us + check.longest_us

    def _told(self, rows: Rows, events: EventBatch) -> Iterator[tuple[int, int, str, bool]]:
        """(at, machine, check, whether it holds from then on)."""
        judgement = self.engine.judge(rows, events, self._state)
        judgement.adopt()
        for finding in judgement.findings:
            is_open = finding.to_us is None
            at_us = finding.held_us if finding.to_us is None else finding.to_us
            yield at_us, finding.machine, finding.source_key, is_open
        yield from self.presence.told(rows, events)

    def _settle(self, at_us: int, name: Name) -> None:
        """Forget what has not counted any more before an instant, each at its own."""
        standing = self._standing.get(name)
        while standing is not None:
            ends = [(until, key) for key, until in standing.checks.items() if until is not None and until <= at_us]
            if not ends:
                break
            until, key = min(ends)
            del standing.checks[key]
            self._weigh(until, name)
        if standing is not None and not standing.checks:
            del self._standing[name]

    def _weigh(self, at_us: int, name: Name) -> None:
        """What the checks of one sensor come to now."""
        standing = self._standing[name]
        checks = tuple(sorted(key for key in standing.checks if self.checks[key].weight))
        score = round(prod(1.0 - self.checks[key].weight for key in checks), 4)
        before = standing.open
        if score >= BORDER and before is None:
            return
        if score >= BORDER and before is not None:
            now, standing.open = _ended(before, at_us), None
        else:
            from_us = at_us if before is None else before.from_us
            now = standing.open = Distrust(
                machine=name[0], signal=name[1], from_us=from_us, to_us=None, score=score, checks=checks
            )
            if now == before:
                return
        self._changed[*name, now.from_us] = now


def _ended(one: Distrust, at_us: int) -> Distrust:
    return replace(one, to_us=max(at_us, one.from_us))


def believed(rows: Rows, distrusted: Sequence[tuple[int, int, int, int | None]]) -> Rows:
    """Rows without the values of (machine, signal, from, to or None): what was not trusted when it was measured."""
    if not distrusted or rows.signals is None:
        return rows
    values, column = rows.values.copy(), {signal: place for place, signal in enumerate(rows.signals.tolist())}
    for machine, signal, from_us, to_us in distrusted:
        begin, end = np.searchsorted(rows.machine, [machine, machine + 1])
        first, last = np.searchsorted(rows.at_us[begin:end], [from_us, FOREVER_US if to_us is None else to_us])
        if signal in column:
            values[begin + first : begin + last, column[signal]] = np.nan
    return Rows(rows.machine, rows.at_us, values, rows.signals)


def lied_us(checks: Collection[str], catalogue: Catalogue) -> int:
    """How long before it was found out a sensor lied, by the checks that say so."""
    longest = (check.before_us for check in packaged_checks(catalogue) if check.key in checks)
    return max(longest, default=LIED_US)


@cache
def longest_lie_us(catalogue: Catalogue) -> int:
    """How long a sensor lies before it is found out at the most: a finding is settled after so long."""
    return max(check.before_us for check in packaged_checks(catalogue))


@cache
def packaged_checks(catalogue: Catalogue) -> tuple[SensorCheck, ...]:
    """The checks of knowledge/sensor_checks.toml, and those of the presence of the signals they are about."""
    checks = [_check(key, table, catalogue) for key, table in read_knowledge_file("sensor_checks.toml").items()]
    for signal in sorted({check.signal for check in checks}):
        checks += [
            SensorCheck(key=f"{signal}:{DROPOUT}", signal=signal, reason=Reason.DROPOUT, weight=0.9),
            SensorCheck(key=f"{signal}:{ERRORS}", signal=signal, reason=Reason.ERRORS, weight=0.9),
        ]
    return tuple(checks)


def _check(key: str, table: Mapping[str, object], catalogue: Catalogue) -> SensorCheck:
    where, weight = f"sensor_checks.toml: {key}", table["weight"]
    if not isinstance(weight, float) or not 0 <= weight < 1 or table["signal"] not in catalogue:
        raise RuleError(f"{where}: needs a signal, and a weight from 0.0 and below 1")
    names = ("for", "max_gap", "longest", "before")
    for_us, gap_us, longest_us, before_us = (duration_us(str(table.get(name, "0s"))) for name in names)
    if for_us is None or gap_us is None or longest_us is None or before_us is None:
        raise RuleError(f"{where}: for, max_gap, longest and before are durations")
    words = Words(zh=key, en=key)
    try:
        when, clear = (read_condition(str(table[name]), catalogue) for name in ("when", "clear"))
    except ExpressionError as error:
        raise RuleError(f"{where}: {error}") from error
    rule = Rule(
        key=key, source_kind=SourceKind.RULE, title=words, owner=words, expert=words, causes=(), checks=(), tests=(),
        severity=Severity.INFO, when_text=str(table["when"]), clear_text=str(table["clear"]), when=when, clear=clear,
        for_us=for_us, max_gap_us=gap_us or DEFAULT_MAX_GAP_US,
    )  # fmt: skip
    sources, undoes = table.get("sources", []), table.get("undoes", [])
    return SensorCheck(
        key=key,
        signal=str(table["signal"]),
        reason=Reason(str(table["reason"])),
        weight=weight,
        rule=rule,
        longest_us=longest_us,
        undoes=tuple(map(str, undoes)) if isinstance(undoes, list) else (),
        needs=str(table.get("needs", "")),
        before_us=before_us or LIED_US,
        sources=tuple(map(str, sources)) if isinstance(sources, list) else (),
    )
