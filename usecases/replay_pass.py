"""A pass of rule sets over stored history: every row read once, in slices of time, by several processes."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

import numpy as np

from diagnosis.engine import Engine, Rows
from diagnosis.ruleset import RuleSet
from diagnosis.state import RuleState
from diagnosis.trust import believed
from fleet.batch import BoolArray, EventBatch, Int32Array
from fleet.findings import Finding
from fleet.signals import Catalogue
from storage.history import first_instants, last_instants, read_events, read_used_columns
from storage.machine_facts import load_fact_rows
from storage.machine_state import load_reported
from storage.pool import Connection, connect, url_of
from storage.registry import load_registry
from storage.signals_write import load_catalogue
from storage.trust import list_trust_between
from usecases.rule_facts import RuleFacts

SECOND_US = 1_000_000
FIRST_SLICE_US, SHORTEST_US, LONGEST_US = 600 * SECOND_US, 60 * SECOND_US, 86_400 * SECOND_US
SLICE_ROWS = 30_000  # about so many are judged at once
BEFORE_US = 3_600 * SECOND_US  # at least so much history before the span settles what was going on
MACHINES_A_WORKER = 25  # fewer are not worth a process of their own
_LOOK_EVERY_S = 0.25
_PR_SET_PDEATHSIG = 1

Sets = Callable[[Catalogue], Sequence[RuleSet]]
"""Makes the sets to judge by; a partial of a module's function, so that another process can be given it."""
Tell = Callable[[int, int], bool]
"""Told of the instant reached (microseconds) and the rows read so far; False: stop."""


class CalledOff(Exception):
    """Somebody called the replay off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which machines, and from_us <= t < to_us of their history; `now_us`: whose facts count."""

    machines: Sequence[int]
    from_us: int
    to_us: int
    now_us: int


@dataclass(slots=True)
class Passed:
    """What each set found, episode by episode, and what it took of a processor."""

    found: list[list[Finding]]
    rows: int = 0
    signals: int = 0
    read_s: float = 0.0
    judge_s: float = 0.0

    def add(self, other: "Passed") -> None:
        """Take in what was found on other machines."""
        for mine, theirs in zip(self.found, other.found, strict=True):
            mine.extend(theirs)
        self.rows += other.rows
        self.signals = max(self.signals, other.signals)
        self.read_s += other.read_s
        self.judge_s += other.judge_s


def judge_span(
    conn: Connection, sets: Sets, span: Span, *, tell: Tell, say: Callable[[str], None], workers: int = 0
) -> Passed:
    """Judge the stored history by each of the sets. Facts of machines are those of now.

    workers: processes, each with machines of its own; 0: as many as there are processors, and machines worth it.
    Raises RuleError, and CalledOff once `tell` says so.
    """
    most = max(1, len(span.machines) // MACHINES_A_WORKER)
    count = min(workers or len(os.sched_getaffinity(0)), most if not workers else len(span.machines))
    if count > 1:
        return _judge_beside(url_of(conn), sets, span, count, tell)
    run = _Run(conn, sets, span, say)
    for reached_us in run.slices():
        if not tell(reached_us, run.passed.rows):
            raise CalledOff
    return run.outcome()


@dataclass(slots=True)
class _Judge:
    """One set with its state and what it has found."""

    engine: Engine
    state: RuleState
    episodes: dict[tuple[int, str, str, int], Finding] = field(default_factory=dict)

    def judge(self, rows: Rows, events: EventBatch) -> None:
        judgement = self.engine.judge(rows, events, self.state)
        judgement.adopt()
        for found in judgement.findings:
            self.episodes[found.machine, found.source_kind, found.source_key, found.from_us] = found


class _Run:
    """A pass over the history of machines, slice by slice in time order."""

    def __init__(self, conn: Connection, sets: Sets, span: Span, say: Callable[[str], None]) -> None:
        self._conn, self._span = conn, span
        self._catalogue = load_catalogue(conn)
        self._machines: Int32Array = np.array(span.machines, np.int32)
        facts = RuleFacts(load_registry(conn), load_fact_rows(conn), say)
        reports = load_reported(conn, len(self._catalogue))
        self._judges = []
        for ruleset in sets(self._catalogue):
            engine = Engine(self._catalogue, ruleset)
            engine.set_facts(facts.for_rules(engine, reports, now_us=span.now_us))
            self._judges.append(_Judge(engine, engine.fresh_state()))
        used = np.unique(np.concatenate([judge.engine.ids for judge in self._judges]))
        self._signals = used[_may_be_there(conn, reports, self._machines)[used]]
        self.passed = Passed([[] for _ in self._judges], signals=len(self._signals))

    def slices(self) -> Iterator[int]:
        """Judge; gives the instant reached after each slice."""
        at_us = self._span.from_us - max(BEFORE_US, *(judge.engine.warm_up_us for judge in self._judges))
        first_us, last_us = self._stored()
        at_us, until_us = max(at_us, first_us), min(self._span.to_us, last_us + 1)
        length_us = FIRST_SLICE_US
        while at_us < until_us:
            end_us = min(at_us + length_us, until_us)
            begun = time.process_time()
            rows, events = self._read(at_us, end_us)
            read = time.process_time()
            for judge in self._judges:
                judge.judge(rows, events)
            self.passed.read_s += read - begun
            self.passed.judge_s += time.process_time() - read
            self.passed.rows += len(rows)
            at_us = end_us
            wanted = length_us * SLICE_ROWS // max(len(rows), 1)
            length_us = min(max(wanted, SHORTEST_US), 4 * length_us, LONGEST_US)
            if at_us < until_us:
                yield max(at_us, self._span.from_us)
        yield self._span.to_us

    def _stored(self) -> tuple[int, int]:
        """The first and the last instant that any of the machines has stored; where there is none the last is first."""
        first, last = first_instants(self._conn, self._machines), last_instants(self._conn, self._machines)
        there = last >= 0
        return (int(first[there].min()), int(last[there].max())) if there.any() else (0, -1)

    def _read(self, from_us: int, to_us: int) -> tuple[Rows, EventBatch]:
        machine, at_us, values = read_used_columns(
            self._conn, self._machines, from_us, to_us, catalogue=self._catalogue, signals=self._signals.tolist()
        )
        ends = [np.full(len(self._machines), us, np.int64) for us in (from_us, to_us)]
        spans = list_trust_between(self._conn, self._machines.tolist(), from_us, to_us)
        rows = believed(
            Rows(machine, at_us, values, self._signals),
            [(span.machine_id, span.signal_id, span.from_us, span.to_us) for span in spans],
        )
        return rows, read_events(self._conn, self._machines, *ends)

    def outcome(self) -> Passed:
        """What was found."""
        self.passed.found = [list(judge.episodes.values()) for judge in self._judges]
        return self.passed


def _may_be_there(conn: Connection, reports: BoolArray, machines: Int32Array) -> BoolArray:
    """Which signals any of the machines has sent, (signals,): reading what is not there costs too. All of them where a
    machine has rows and nothing is known of what it sends."""
    sent = np.zeros((len(machines), reports.shape[1]), np.bool_)
    sent[machines < len(reports)] = reports[machines[machines < len(reports)]]
    silent = machines[~sent.any(axis=1)]
    if len(silent) and (last_instants(conn, silent) >= 0).any():
        return np.ones(reports.shape[1], np.bool_)
    return np.asarray(sent.any(axis=0), np.bool_)


_told: Any = None  # in a worker: where it says how far it is, and whether it is to stop
_stop: Any = None


def die_with_parent() -> None:
    """End this process with the one that began it: what nobody waits for is not worked on."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _begin_worker(told: Any, stop: Any) -> None:
    die_with_parent()
    global _told, _stop  # what a process of the pool holds for all its work
    _told, _stop = told, stop


def _judge_part(url: str, sets: Sets, span: Span, part: int) -> Passed:
    def tell(reached_us: int, rows: int) -> bool:
        _told.put((part, reached_us, rows))
        return not _stop.is_set()

    with connect(url, application="ecc replay") as conn:
        conn.autocommit = True
        return judge_span(conn, sets, span, tell=tell, say=lambda _: None, workers=1)


def _judge_beside(url: str, sets: Sets, span: Span, count: int, tell: Tell) -> Passed:
    """The same in `count` processes."""
    context = get_context("spawn")
    told, stop = context.SimpleQueue(), context.Event()
    reached = dict.fromkeys(range(count), (span.from_us, 0))
    with ProcessPoolExecutor(count, context, _begin_worker, (told, stop)) as pool:
        parts = [
            pool.submit(_judge_part, url, sets, replace(span, machines=span.machines[part::count]), part)
            for part in range(count)
        ]
        left: set[Future[Passed]] = set(parts)
        try:
            while left:
                ended, left = wait(left, _LOOK_EVERY_S)
                while not told.empty():
                    part, reached_us, rows = told.get()
                    reached[part] = (reached_us, rows)
                goes_on = tell(min(us for us, _ in reached.values()), sum(rows for _, rows in reached.values()))
                if not goes_on or any(part.exception() for part in ended):
                    stop.set()
        finally:
            stop.set()
    failed = [error for part in parts if (error := part.exception()) is not None]
    if failed:
        raise next((error for error in failed if not isinstance(error, CalledOff)), failed[0])
    whole, *others = (part.result() for part in parts)
    for other in others:
        whole.add(other)
    return whole
