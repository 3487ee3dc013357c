"""A rule set over the stored history, beside the live one: what it would have found, and how many alarms that is."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from diagnosis.engine import Engine, Rows
from diagnosis.revision import revise
from diagnosis.ruleset import RuleSet, fingerprint
from diagnosis.state import RuleState
from fleet.batch import EventBatch, Int32Array
from fleet.errors import InvalidInput
from fleet.findings import Finding, Severity, SourceKind
from storage.history import read_events, read_used_columns
from storage.machine_facts import load_fact_rows
from storage.machine_state import load_reported
from storage.pool import Connection
from storage.registry import load_registry
from storage.rule_replays import (
    Difference,
    ReplayRecord,
    begin_replay,
    count_seats,
    finish_replay,
    get_replay,
    machines_of,
    save_progress,
)
from storage.rule_sets import StoredRules
from storage.signals_write import load_catalogue
from usecases.rule_facts import RuleFacts
from usecases.rules_in_force import parsed

SECOND_US = 1_000_000
FIRST_SLICE_US, SHORTEST_US, LONGEST_US = 600 * SECOND_US, 60 * SECOND_US, 86_400 * SECOND_US
SLICE_ROWS = 30_000  # about so many are judged at once
BEFORE_US = 3_600 * SECOND_US  # at least so much history before the span settles what was going on
SPAN_US = 600 * SECOND_US  # alarms are counted in spans of 10 minutes
_DTC = "dtc"
FLOOD = 10  # alarms a seat and span: more is a flood (ISA-18.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOrder:
    """What to replay against which live set; pins None: all machines; seats None: those of the rosters."""

    rules: StoredRules
    against: StoredRules
    from_at: datetime
    to_at: datetime
    pins: Sequence[str] | None = None
    seats: int | None = None
    by: str


def replay_rules(
    conn: Connection,
    order: ReplayOrder,
    *,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> ReplayRecord:
    """Judge the stored history by both sets in one pass, each row read once and only in the columns that they use.

    Facts of machines are those of now. Kept as the set's replay with its progress; `conn` must not be in a
    transaction. Raises InvalidInput and RuleError.
    """
    if order.from_at >= order.to_at:
        raise InvalidInput("replay_backwards", where="to")
    machines = machines_of(conn, order.pins)
    if order.pins is not None and len(machines) < len(set(order.pins)):
        raise InvalidInput("replay_machines_unknown", where="machines", found=len(machines), asked=len(set(order.pins)))
    judges = _judges(conn, order, say, now=clock())
    span = order.from_at, order.to_at
    replay = begin_replay(
        conn,
        order.rules.rule_set_id,
        order.against.rule_set_id,
        span,
        None if order.pins is None else machines,
        by=order.by,
        now=clock(),
    )
    is_done = False
    try:
        run = _Run(conn, judges, np.array(machines, np.int32), _us(order.from_at), _us(order.to_at))
        for done_us in run.slices():
            save_progress(conn, replay, done_until=datetime.fromtimestamp(done_us / 1e6, UTC), rows=run.rows)
            progress(done_us - run.from_us, run.to_us - run.from_us)
        differences, summary = run.outcome(max(1, count_seats(conn) if order.seats is None else order.seats))
        finish_replay(conn, replay, differences, summary, state="done", now=clock())
        is_done = True
    finally:
        if not is_done and not conn.closed:
            finish_replay(conn, replay, [], {}, state="failed", now=clock())
    return get_replay(conn, replay)


@dataclass(slots=True)
class _Judge:
    """One set with its state and what it has found."""

    engine: Engine
    state: RuleState
    episodes: dict[tuple[int, str, str, int], Finding] = field(default_factory=dict)
    seconds: float = 0.0

    def judge(self, rows: Rows, events: EventBatch) -> None:
        begun = time.process_time()
        judgement = self.engine.judge(rows, events, self.state)
        judgement.adopt()
        for found in judgement.findings:
            self.episodes[found.machine, found.source_kind, found.source_key, found.from_us] = found
        self.seconds += time.process_time() - begun


@dataclass(frozen=True, slots=True)
class _Judges:
    """The set that is replayed, and what of the live one differs from it; None: nothing does."""

    found: _Judge
    live: _Judge | None
    shared: frozenset[str]  # keys of the rules that both have alike

    @property
    def all(self) -> list[_Judge]:
        return [self.found] if self.live is None else [self.found, self.live]

    def live_findings(self) -> list[Finding]:
        """What the whole live set finds: rules that both have alike are judged once."""
        alike = [f for f in self.found.episodes.values() if _rule_key(f) in self.shared]
        return alike + ([] if self.live is None else list(self.live.episodes.values()))


def _judges(conn: Connection, order: ReplayOrder, say: Callable[[str], None], *, now: datetime) -> _Judges:
    catalogue = load_catalogue(conn)
    registry, rows = load_registry(conn), load_fact_rows(conn)
    reports = load_reported(conn, len(catalogue))
    rules, live = parsed(order.rules, catalogue), parsed(order.against, catalogue)
    marks = {fingerprint(rule) for rule in rules.rules}
    others = [rule for rule in live.rules if fingerprint(rule) not in marks]

    def judge(ruleset: RuleSet, say: Callable[[str], None]) -> _Judge:
        engine, facts = Engine(catalogue, ruleset), RuleFacts(registry, rows, say)
        engine.set_facts(facts.for_rules(engine, reports, now_us=_us(now)))
        return _Judge(engine, engine.fresh_state())

    shared = frozenset(_DTC if rule.when is None else rule.key for rule in live.rules if rule not in others)
    return _Judges(judge(rules, say), judge(RuleSet(others), lambda _: None) if others else None, shared)


class _Run:
    """A pass over the history of machines, slice by slice in time order."""

    def __init__(self, conn: Connection, judges: _Judges, machines: Int32Array, from_us: int, to_us: int) -> None:
        self._conn, self._judges, self._machines = conn, judges, machines
        self.from_us, self.to_us = from_us, to_us
        self.rows, self.read_s = 0, 0.0
        self._signals = np.unique(np.concatenate([judge.engine.ids for judge in judges.all]))

    def slices(self) -> Iterator[int]:
        """Judge; gives the instant reached after each slice."""
        at_us = self.from_us - max(BEFORE_US, *(judge.engine.warm_up_us for judge in self._judges.all))
        length_us = FIRST_SLICE_US
        while at_us < self.to_us:
            end_us = min(at_us + length_us, self.to_us)
            rows, events = self._read(at_us, end_us)
            for judge in self._judges.all:
                judge.judge(rows, events)
            self.rows += len(rows)
            at_us = end_us
            wanted = length_us * SLICE_ROWS // max(len(rows), 1)
            length_us = min(max(wanted, SHORTEST_US), 4 * length_us, LONGEST_US)
            yield max(at_us, self.from_us)

    def _read(self, from_us: int, to_us: int) -> tuple[Rows, EventBatch]:
        begun = time.process_time()
        catalogue = self._judges.found.engine.catalogue
        machine, at_us, values = read_used_columns(
            self._conn, self._machines, from_us, to_us, catalogue=catalogue, signals=self._signals.tolist()
        )
        ends = [np.full(len(self._machines), us, np.int64) for us in (from_us, to_us)]
        events = read_events(self._conn, self._machines, *ends)
        self.read_s += time.process_time() - begun
        return Rows(machine, at_us, values, self._signals), events

    def outcome(self, seats: int) -> tuple[list[Difference], dict[str, Any]]:
        """What differs, and the counts."""
        found = clipped(self._judges.found.episodes.values(), self.from_us, self.to_us)
        live = clipped(self._judges.live_findings(), self.from_us, self.to_us)
        differences = compare(found, live)
        summary = {
            "rows": self.rows,
            "machines": len(self._machines),
            "signals": len(self._signals),
            "read_cpu_seconds": round(self.read_s, 3),
            "judge_cpu_seconds": round(sum(judge.seconds for judge in self._judges.all), 3),
            "seats": seats,
            "changes": dict(Counter(one.change for one in differences)),
            "by_rule": _by_rule(found, live, differences),
            "load": {"found": self._load(found, seats), "live": self._load(live, seats)},
        }
        return differences, summary

    def _load(self, findings: Sequence[Finding], seats: int) -> dict[str, float]:
        return seat_load(findings, self.from_us, self.to_us, seats)


def clipped(findings: Iterable[Finding], from_us: int, to_us: int) -> list[Finding]:
    """What of the findings lies in a span: those that held in it, begun at its start and open at its end if beyond."""
    return [
        replace(
            found,
            from_us=max(found.from_us, from_us),
            held_us=max(found.held_us, from_us),
            to_us=None if found.to_us is None or found.to_us >= to_us else found.to_us,
        )
        for found in findings
        if found.held_us < to_us and (found.to_us is None or found.to_us > from_us)
    ]


def compare(found: Sequence[Finding], live: Sequence[Finding]) -> list[Difference]:
    """What one set finds otherwise than the live one, machine by machine."""
    machines: dict[int, tuple[list[Finding], list[Finding]]] = {}
    for place, findings in enumerate((found, live)):
        for finding in findings:
            machines.setdefault(finding.machine, ([], []))[place].append(finding)
    return [
        Difference(revision.after, revision.before)
        for _, (mine, theirs) in sorted(machines.items())
        for revision in revise(theirs, mine)
    ]


def seat_load(findings: Sequence[Finding], from_us: int, to_us: int, seats: int) -> dict[str, float]:
    """Alarms raised (info raises none) a seat and 10 minutes: the mean, the peak, and the share of spans in a flood."""
    held = np.array([f.held_us for f in findings if f.severity is not Severity.INFO and f.held_us > from_us], np.int64)
    spans = -(-(to_us - from_us) // SPAN_US)
    counts = np.bincount((held - from_us) // SPAN_US, minlength=spans) / seats
    return {
        "alarms": len(held),
        "mean": round(float(counts.mean()), 4),
        "peak": round(float(counts.max()), 2),
        "flood_share": round(float((counts > FLOOD).mean()), 4),
    }


def _by_rule(
    found: Sequence[Finding], live: Sequence[Finding], differences: Sequence[Difference]
) -> dict[str, Mapping[str, int]]:
    """Rule -> how many findings each set has, and how many are new, gone and moved; fault codes are one rule."""
    counts: dict[str, Counter[str]] = {}
    told = [(name, f) for name, findings in (("found", found), ("live", live)) for f in findings]
    for one in differences:
        shown = one.found or one.live
        if shown is not None:
            told.append((one.change, shown))
    for name, finding in told:
        counts.setdefault(_rule_key(finding), Counter())[name] += 1
    return {key: dict(counts[key]) for key in sorted(counts)}


def _rule_key(finding: Finding) -> str:
    return finding.source_key if finding.source_kind is SourceKind.RULE else _DTC


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
