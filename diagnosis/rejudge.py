"""Judging machines again from stored history after late rows, so that no arrival order changes the final findings.

Three parts, for many machines at once:
1. Look-back. The engine starts from nothing some time before the first late instant `x`. After a warm-up (the longest
   hold or window) every condition is what the whole history would give. What was open just before x is known from the
   recorded findings, which late rows cannot have changed; a rule's pending run is known when a finding is open, or once
   a cut (diagnosis/cuts.py) lies between warm-up and x, or when the look-back reaches the machine's first instant.
   Otherwise the look-back is made an hour longer, then four times as long.
2. Forward. From x on, rows are judged with the late ones among them, in growing chunks, until at the end of a chunk,
   past the last late instant and a warm-up, recorded and recomputed findings agree on what is open, and every rule that
   is not open has seen a cut: from there on both would go on alike. Or until the machine's mark, whose recomputed state
   then replaces the live one.
3. The difference between recorded and recomputed findings is the result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnosis.code_cases import carried_on, go_on_alike, settled_us
from diagnosis.cuts import Cuts
from diagnosis.dtc import ALL_ADDRESSES, CAN_SILENCE_US, Source, Sources
from diagnosis.engine import Engine
from diagnosis.examine import CodeSpan, Examination, examine
from diagnosis.recorded import FOREVER, Recorded
from diagnosis.revision import Revision, revise
from diagnosis.rows import NO_TIME, Events, IntpArray, Rows, Segments, used_events
from diagnosis.rule import FORGET_US
from diagnosis.runs import Known, advance
from diagnosis.state import RuleState
from fleet.batch import BoolArray, EventBatch, Int32Array, Int64Array
from fleet.findings import Finding, MachineId, SourceKind

__all__ = ["Job", "Need", "Rejudge", "Rejudged", "Revision"]

SLACK_US = 120_000_000
"""How much more than a warm-up is read at first, on either side of the late rows; any amount gives the same answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One machine to judge again: first and last late instant (rows and events) and the last instant judged live."""

    machine: int
    dirty_from_us: int
    dirty_to_us: int
    mark_us: int


@dataclass(frozen=True, slots=True)
class Need:
    """Stored history to read next: a half-open range [from, to) a machine; int64 microseconds, (machines,)."""

    machine: Int32Array
    from_us: Int64Array
    to_us: Int64Array

    def __len__(self) -> int:
        return len(self.machine)


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What the late rows changed. adopt(state), after the commit, corrects the machines' live state."""

    revisions: tuple[Revision, ...]
    adopt: Callable[[RuleState], None]


class Rejudge:
    """Judges machines again: read what need() asks for, feed() it, until need() is empty; then result().

    recorded: the machines' findings of rules and fault codes that are not withdrawn and end at or after their
    dirty_from_us (or not yet); when the rules use dtc(), all their fault-code findings. Pure: the caller reads and
    writes; the live state and the recorded findings must be those of one moment, the marks included.
    """

    def __init__(
        self, engine: Engine, jobs: Sequence[Job], recorded: Sequence[Finding], *, slack_us: int = SLACK_US
    ) -> None:
        jobs = sorted(jobs, key=lambda job: job.machine)
        self._engine = engine
        self._slack_us = max(slack_us, 1)
        self._machine = np.array([job.machine for job in jobs], np.int32)
        if len(np.unique(self._machine)) != len(jobs):
            raise ValueError("a machine has one job only")
        if engine.ruleset.uses_dtc and not engine.ruleset.raises_codes:
            raise ValueError("rules that use dtc() can be judged again only where code findings are recorded")
        self._x = np.array([job.dirty_from_us for job in jobs], np.int64)
        self._mark = np.array([job.mark_us for job in jobs], np.int64)
        self._clean = np.array([job.dirty_to_us for job in jobs], np.int64) + engine.warm_up_us
        self._dirty_to = np.array([job.dirty_to_us for job in jobs], np.int64)
        self._state = engine.fresh_state(len(jobs))
        slot_of = {job.machine: slot for slot, job in enumerate(jobs)}
        self._recorded = Recorded(recorded, slot_of, engine.layout.rules)
        self._look = np.full(len(jobs), engine.warm_up_us + slack_us)
        self._step = np.full(len(jobs), FORGET_US + slack_us)
        self._begun: BoolArray = np.zeros(len(jobs), np.bool_)  # looked back far enough
        self._done: BoolArray = np.zeros(len(jobs), np.bool_)
        self._upto = self._x.copy()
        self._before = Cuts(len(jobs), len(engine.rules))
        self._after = Cuts(len(jobs), len(engine.rules))
        self._same_from = np.full(len(jobs), FOREVER) if engine.ruleset.uses_dtc else self._clean.copy()
        self._after.start(np.arange(len(jobs)), self._same_from)
        self._lively: BoolArray = np.zeros(len(jobs), np.bool_)  # an instant after the late ones' last DM1 has run out
        self._found: dict[int, list[Finding]] = {}
        self._need: Need | None = None

    def need(self) -> Need:
        """What to read and feed next; empty when done."""
        if self._need is None:
            slots = np.flatnonzero(~self._done)
            start = np.where(self._begun, self._upto, np.maximum(self._x - self._look, 0))[slots]
            first_end = np.maximum(self._clean + self._slack_us, self._x)
            end = np.where(self._begun, self._upto + self._step, first_end)[slots]
            end = np.maximum(np.minimum(end, self._mark[slots] + 1), self._x[slots])
            self._need = Need(self._machine[slots], start, end)
        return self._need

    def feed(self, rows: Rows, events: EventBatch, first_us: Int64Array) -> None:
        """The stored rows (sorted by machine and time) and events of exactly the ranges of need().

        first_us: parallel to need().machine, the earliest stored instant of the machine (row, fault or sensor error).
        """
        need = self.need()
        slots = np.flatnonzero(~self._done)
        part = _Part.of(self._machine, rows, used_events(events, _slots_of(self._machine, events.machine)))
        fresh, stepped = slots[~self._begun[slots]], slots[self._begun[slots]]
        if len(fresh):
            self._look_back(fresh, part, first_us[~self._begun[slots]])
        begun = slots[self._begun[slots]]
        self._upto[begun] = need.to_us[self._begun[slots]]
        self._forward(part)
        self._step[stepped] *= 2
        self._finish(begun)
        self._need = None

    # 1. Look-back

    def _look_back(self, fresh: IntpArray, part: "_Part", first_us: Int64Array) -> None:
        state, start = self._state, np.maximum(self._x[fresh] - self._look[fresh], 0)
        state.drop(fresh.tolist())
        chosen: BoolArray = np.zeros(len(self._x), np.bool_)
        chosen[fresh] = True
        past = part.where(lambda slot, at_us: chosen[slot] & (at_us < self._x[slot]))
        whole: BoolArray = (first_us >= start) | (first_us == NO_TIME)
        warm = np.full(len(self._x), FOREVER)
        warm[fresh] = np.where(whole, start, start + self._engine.warm_up_us)
        seen = past.examined(self._engine, state, self._recorded.code_spans())
        known = _later(seen.known(), past.segments, warm)
        self._before.start(fresh, warm[fresh])
        self._before.feed(past.segments, known)
        _, adopt_runs = advance(past.segments, known, self._engine.limits, state.runs)
        seen.adopt()
        adopt_runs()
        self._open_recorded(fresh)
        open_now = state.runs.active_from[fresh] != NO_TIME
        settled = (open_now | self._before.at(fresh, self._x[fresh])).all(axis=1)
        for place, slot in enumerate(fresh.tolist()):
            if state.codes.busy[slot] or slot in self._recorded.of_codes:
                settled[place] &= self._begin_codes(slot, int(start[place]), past, seen)
        settled |= whole
        self._begun[fresh[settled]] = True
        self._look[fresh[~settled]] = np.maximum(4 * self._look, self._look + FORGET_US)[fresh[~settled]]

    def _open_recorded(self, fresh: IntpArray) -> None:
        """What was open just before the dirty range is what the records say."""
        runs, active = self._state.runs, self._recorded.active_at(self._x)[fresh]
        runs.active_from[fresh], runs.active_held[fresh] = NO_TIME, NO_TIME
        for place, rule in np.argwhere(active >= 0).tolist():
            self._state.set_rule(int(fresh[place]), rule, self._recorded.of_rules[active[place, rule]])
        runs.refresh_live(fresh)

    def _begin_codes(self, slot: int, start_us: int, past: "_Part", seen: Examination) -> bool:
        """Put the fault codes recorded as active before the dirty range into the state; False: look further back."""
        recorded = self._recorded.codes_at(slot, int(self._x[slot]))
        followed = self._state.codes.sources.get(slot, {})
        told = seen.tracked.seen.get(slot, set())
        sources: Sources = {}
        for (address, code), from_us in recorded.items():
            source = followed.get(address, Source(0, True, {}))
            since = {**(sources[address].since if address in sources else {}), code: from_us}
            sources[address] = Source(source.last_us, source.native, since)
        self._state.codes.put(slot, sources, self._recorded.cases_at(slot, int(self._x[slot])))
        untold = sources and ALL_ADDRESSES not in told and any(address not in told for address in sources)
        # A code that no snapshot of the look-back tells of is a terminal's: a DM1 code would have run out by now.
        return not untold or past.any_later(slot, start_us + CAN_SILENCE_US)

    # 2. Forward

    def _forward(self, part: "_Part") -> None:
        now = part.where(lambda slot, at_us: self._begun[slot] & (at_us >= self._x[slot]))
        if len(now.segments.slot) == 0 and len(now.events) == 0:
            return
        seen = now.examined(self._engine, self._state, None)
        known = seen.known()
        transitions, adopt_runs = advance(now.segments, known, self._engine.limits, self._state.runs)
        for finding in self._engine.findings(now.segments, seen, transitions, lambda slot: int(self._machine[slot])):
            slot = int(np.searchsorted(self._machine, finding.machine))
            self._found.setdefault(slot, []).append(finding)
        self._after.feed(now.segments, _later(known, now.segments, self._same_from + 1))
        seen.adopt()
        adopt_runs()
        quiet = self._dirty_to + CAN_SILENCE_US
        for slots, at_us in ((now.segments.slot, now.segments.at_us), now.events.instants()):
            self._lively[slots[at_us > quiet[slots]]] = True

    def _finish(self, begun: IntpArray) -> None:
        """Which of these machines are done: at their mark, or recorded and recomputed go on alike."""
        upto = self._upto[begun]
        opened = self._state.runs.active_from[begun] != NO_TIME
        agree = opened == (self._recorded.active_at(self._upto)[begun] >= 0)
        alike = (agree & (opened | self._after.at(begun, upto))).all(axis=1) & (upto > self._clean[begun])
        for place in np.flatnonzero(alike | (self._same_from[begun] == FOREVER)).tolist():
            alike[place] &= self._codes_alike(int(begun[place]))
        self._done[begun[alike | (upto > self._mark[begun])]] = True

    def _codes_alike(self, slot: int) -> bool:
        codeless = not self._state.codes.busy[slot] and slot not in self._recorded.of_codes
        if codeless and self._same_from[slot] != FOREVER:
            return int(self._upto[slot]) > int(self._same_from[slot])
        same = self._same_codes(slot)
        if same and self._same_from[slot] == FOREVER and self._upto[slot] > self._dirty_to[slot]:
            since = int(self._upto[slot]) - 1 + self._engine.code_warm_up_us
            self._same_from[slot] = max(int(self._clean[slot]), since)
            self._after.start(np.array([slot], np.intp), self._same_from[[slot]])
            return False  # conditions that ask for codes are alike only from here on
        return same and int(self._upto[slot]) > int(self._same_from[slot])

    def _same_codes(self, slot: int) -> bool:
        """Whether recorded and recomputed fault codes and their findings go on alike."""
        upto, codes = int(self._upto[slot]), self._state.codes
        recorded = self._recorded.codes_at(slot, upto)
        followed = {(address, code): since for address, code, since in codes.active(slot)}
        if recorded.keys() != followed.keys() or (followed and not self._lively[slot]):
            return False
        if recorded != followed and upto <= max(settled_us(recorded), settled_us(followed)):
            return False
        return go_on_alike(self._recorded.cases_at(slot, upto), codes.cases.get(slot, {}))

    # 3. Result

    def result(self) -> Rejudged:
        """The changes, once need() is empty."""
        if not self._done.all():
            raise ValueError("need() is not empty yet")
        recorded = self._recorded.by_slot()
        concerned = sorted({*recorded, *self._found})
        revisions = [revision for slot in concerned for revision in self._revised(slot, recorded.get(slot, []))]
        return Rejudged(tuple(revisions), lambda state: self._adopt(state, revisions))

    def _revised(self, slot: int, recorded: list[Finding]) -> list[Revision]:
        x, upto = int(self._x[slot]), int(self._upto[slot])
        old = [f for f in recorded if f.held_us < upto and (f.to_us is None or f.to_us >= x)]
        new = {_name(f): f for f in old if f.held_us < x}
        for finding in self._found.get(slot, []):
            before = new.get(_name(finding))
            now = finding if before is None else replace(before, to_us=finding.to_us)
            new[_name(finding)] = replace(now, cascade=finding.cascade, members=finding.members)
        ends = {_name(f)[:2]: f for f in old if f.to_us is None or f.to_us >= upto}
        if upto > self._mark[slot]:
            ends = {}
        for name in self._open_rules(slot) & new.keys():
            recorded_end = ends.get(name[:2])
            new[name] = replace(new[name], to_us=None if recorded_end is None else recorded_end.to_us)
        for case in self._state.codes.cases.get(slot, {}).values():
            name = SourceKind.DTC, case.key, case.from_us
            if name in new:
                new[name] = carried_on(new[name], case, ends.get(name[:2]), upto)
        return revise(old, new.values())

    def _open_rules(self, slot: int) -> set["_Name"]:
        """(kind, key, from) of the rules' findings that are open at the end of a slot's recomputation."""
        active = self._state.runs.active_from[slot]
        return {
            (SourceKind.RULE, self._engine.layout.rules[rule], int(active[rule]))
            for rule in np.flatnonzero(active != NO_TIME).tolist()
        }

    def _adopt(self, state: RuleState, revisions: list[Revision]) -> None:
        at_mark = np.flatnonzero(self._upto > self._mark)
        self._state.mark_us[at_mark] = self._mark[at_mark]
        state.replace(self._machine[at_mark].astype(np.intp), self._state, at_mark)
        replaced = set(self._machine[at_mark].tolist())
        for finding in (revision.after for revision in revisions):
            if finding is not None and finding.to_us is None and finding.machine not in replaced:
                self._correct(state, finding.machine, finding)

    def _correct(self, state: RuleState, machine: MachineId, finding: Finding) -> None:
        if finding.source_kind is SourceKind.RULE:
            state.set_rule(machine, self._engine.layout.rules.index(finding.source_key), finding)
        else:
            state.set_case(machine, finding)


_Name = tuple[SourceKind, str, int]


def _name(finding: Finding) -> _Name:
    return finding.source_kind, finding.source_key, finding.from_us


def _slots_of(machines: Int32Array, wanted: Int32Array) -> IntpArray:
    """The slot of each wanted machine, -1 where it has none."""
    slot = np.searchsorted(machines, wanted)
    inside = slot < len(machines)
    found = inside & (machines[np.where(inside, slot, 0)] == wanted)
    return np.where(found, slot, -1).astype(np.intp)


def _later(known: Known, segments: Segments, since_us: Int64Array) -> Known:
    """Known rows not before their slot's instant."""
    row = known.row
    kept = segments.at_us[row] >= since_us[segments.slot[row]]
    return Known(known.rule[kept], row[kept], known.holds[kept], known.clears[kept])


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows and events by slot."""

    rows: Rows
    segments: Segments
    events: Events

    @classmethod
    def of(cls, machines: Int32Array, rows: Rows, events: Events) -> "_Part":
        slot = _slots_of(machines, rows.machine)
        if (slot < 0).any():
            raise ValueError("rows of a machine that was not asked for")
        segments = Segments(slot, rows.machine, rows.at_us)
        segments.check_order()
        return cls(rows, segments, events)

    def where(self, chosen: Callable[[IntpArray, Int64Array], BoolArray]) -> "_Part":
        segments, events = self.segments, self.events
        mask = chosen(segments.slot, segments.at_us)
        rows = self.rows.where(mask)
        faults = chosen(events.fault_slot, events.faults.measured_at_us)
        errors = chosen(events.error_slot, events.errors.measured_at_us)
        kept = Events(
            events.fault_slot[faults], events.faults.take(faults), events.error_slot[errors], events.errors.take(errors)
        )
        return _Part(rows, Segments(segments.slot[mask], rows.machine, rows.at_us), kept)

    def examined(self, engine: Engine, state: RuleState, spans: list[CodeSpan] | None) -> Examination:
        return examine(engine, self.segments, self.rows.of(engine.ids), self.events, state=state, spans=spans)

    def any_later(self, slot: int, at_us: int) -> bool:
        """Whether the slot has an instant later than this."""
        if (self.segments.at_us[self.segments.rows_of(slot)] > at_us).any():
            return True
        slots, instants = self.events.instants()
        return bool((instants[slots == slot] > at_us).any())
