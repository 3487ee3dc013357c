"""Feeding a case to the engine: in order in any split, or late, doubled and in pieces, with restarts on the way."""

import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from zoneinfo import ZoneInfo

import numpy as np

from diagnosis.engine import Engine
from diagnosis.local_time import LocalPlace
from diagnosis.machine_facts import MachineFacts, MachineFence, MachineOverride
from diagnosis.rejudge import Job, Rejudge
from diagnosis.rows import NO_TIME, Rows
from diagnosis.state import RuleState, partition_of
from fleet.batch import EventBatch, EventKind, FaultSource
from fleet.findings import Finding
from fleet.signals import Catalogue
from fleet.working_calendar import WorkingCalendar
from tests.fuzz.cases import Case
from tests.fuzz.code_oracle import Listed
from tests.fuzz.oracle import DEG_A_METRE, OWN_BUFFER_DEG, Stream

Identity = tuple[int, str, str, int, int, int | None, str, str, tuple[Listed, ...]]


@dataclass(frozen=True)
class Piece:
    """What arrives of one machine at one instant: some of its columns, some of its events."""

    machine: int
    at: int
    values: tuple[tuple[str, float], ...] = ()
    errors: tuple[str, ...] = ()
    faults: tuple[tuple[int, int, int, bool], ...] = ()


def pieces_of(machine: int, stream: Stream) -> list[Piece]:
    """The whole of each instant as one piece, in time order."""
    instants = sorted({*stream.rows, *(at for at, _ in stream.errors), *(at for at, *_ in stream.faults)})
    return [
        Piece(
            machine,
            at,
            tuple(sorted(stream.rows.get(at, {}).items())),
            tuple(sorted(key for t, key in stream.errors if t == at)),
            tuple(sorted(fault[1:] for fault in stream.faults if fault[0] == at)),
        )
        for at in instants
    ]


@dataclass
class Stored:
    """The rows and events a platform has stored of one machine: what a store would answer."""

    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    errors: set[tuple[int, str]] = field(default_factory=set)
    faults: set[tuple[int, int, int, int, bool]] = field(default_factory=set)

    def keep(self, piece: Piece) -> bool:
        """Merge a piece; False when it is a duplicate from end to end."""
        before = (len(self.errors), len(self.faults), dict(self.rows.get(piece.at, {})))
        if piece.values:
            self.rows.setdefault(piece.at, {}).update(piece.values)
        self.errors.update((piece.at, key) for key in piece.errors)
        self.faults.update((piece.at, *fault) for fault in piece.faults)
        return before != (len(self.errors), len(self.faults), self.rows.get(piece.at, {}))

    def instants(self) -> list[int]:
        return sorted({*self.rows, *(at for at, _ in self.errors), *(at for at, *_ in self.faults)})


def rows_of(found: list[tuple[int, int, dict[str, float]]], catalogue: Catalogue) -> Rows:
    """Rows from (machine, at, values)."""
    found = sorted(found, key=lambda row: row[:2])
    values = np.full((len(found), len(catalogue)), np.nan)
    for number, (_, _, told) in enumerate(found):
        for key, value in told.items():
            values[number, catalogue.index[key]] = value
    machine = np.array([row[0] for row in found], np.int32)
    return Rows(machine, np.array([row[1] for row in found], np.int64), values)


def events_of(
    errors: list[tuple[int, int, str]], faults: list[tuple[int, int, int, int, int, bool]], catalogue: Catalogue
) -> EventBatch:
    """Events from (machine, at, signal) and (machine, at, address, spn, fmi, native), and a status nobody judges."""
    rows = [(m, at, EventKind.SENSOR_ERROR, -1, -1, -1, catalogue.index[key], 1) for m, at, key in errors]
    for m, at, address, spn, fmi, native in faults:
        source = FaultSource.NATIVE if native else FaultSource.CAN
        rows.append((m, at, EventKind.FAULT, address, spn, fmi, -1, source))
    rows.append((-1, 0, EventKind.STATUS, -1, -1, -1, -1, 1))
    columns = np.array(rows, np.int64).T
    n = len(rows)
    fill = np.full(n, -1, np.int16)
    return EventBatch(
        message=np.zeros(n, np.int32),
        machine=columns[0].astype(np.int32),
        measured_at_us=columns[1],
        received_at_us=columns[1],
        kind=columns[2].astype(np.int16),
        source_address=columns[3].astype(np.int16),
        spn=columns[4].astype(np.int32),
        fmi=columns[5].astype(np.int16),
        count=fill,
        lamps=fill,
        signal=columns[6].astype(np.int16),
        value=columns[7].astype(np.int16),
        text=[None] * n,
    )


@dataclass(frozen=True)
class South:
    """All places up to a latitude."""

    border_deg: float

    def contains(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray) -> np.ndarray:
        return latitude_deg <= self.border_deg


def facts_of(case: Case, engine: Engine, catalogue: Catalogue, nominal: np.ndarray) -> MachineFacts:
    """What the platform knows of the machines, as the oracle's streams have it."""
    reports = np.zeros((len(nominal), len(catalogue)), np.bool_)
    kinds = [""] * len(nominal)
    overrides = []
    for machine, stream in case.streams.items():
        reports[machine, [catalogue.index[key] for key in stream.reports]] = True
        kinds[machine] = stream.kind
        for rule, own in stream.overrides.items():
            limits = {} if own.limit is None else {"own": own.limit}
            overrides.append(
                MachineOverride(rule=rule, machine=machine, until_us=own.until, limits=limits, off=own.limit is None)
            )
    fences = {
        (name, buffer_m): [
            MachineFence(
                np.array([machine], np.int32),
                South(stream.border_deg),
                South(stream.border_deg + (OWN_BUFFER_DEG if buffer_m is None else buffer_m * DEG_A_METRE)),
            )
            for machine, stream in case.streams.items()
            if stream.border_deg is not None
        ]
        for name, buffer_m in engine.fences
    }
    place, places = np.full(len(nominal), -1, np.int32), []
    for machine, stream in case.streams.items():
        if stream.zone is not None:
            zone = ZoneInfo(stream.zone)
            weekdays = dict.fromkeys(stream.workdays, stream.hours or ())
            calendar = None if stream.hours is None else WorkingCalendar(zone=zone, weekdays=weekdays)
            place[machine] = len(places)
            places.append(LocalPlace(zone, calendar))
    return MachineFacts(
        nominal_voltage_v=nominal,
        kind=kinds,
        reports=reports,
        fences=fences,
        overrides=overrides,
        places=places,
        place=place,
    )


class Platform:
    """Store, recorded findings and live rule state of a platform in miniature, around the real engine."""

    def __init__(self, case: Case, catalogue: Catalogue, rng: random.Random) -> None:
        self.catalogue = catalogue
        self.rng = rng
        self.engine = Engine(catalogue, case.rules)
        nominal = np.full(max(case.streams) + 1, np.nan)
        for machine, stream in case.streams.items():
            nominal[machine] = np.nan if stream.nominal_voltage_v is None else stream.nominal_voltage_v
        self.engine.set_facts(facts_of(case, self.engine, catalogue, nominal))
        self.state = self.engine.fresh_state(1)
        self.stored = {machine: Stored() for machine in case.streams}
        self.recorded: dict[tuple[int, str, str, int], Finding] = {}
        self.slack_us = rng.choice((0, 1, 10, 120)) * 1_000_000
        self.pending: dict[int, tuple[int, int]] = {}

    def arrive(self, batch: list[Piece]) -> None:
        """One transaction: keep what is new, judge what is later than the mark, note what is late."""
        live: dict[tuple[int, int], list[Piece]] = {}
        for piece in batch:
            if not self.stored[piece.machine].keep(piece):
                continue
            if piece.at > self.state.marks([piece.machine])[0]:
                live.setdefault((piece.machine, piece.at), []).append(piece)
            else:
                first, last = self.pending.get(piece.machine, (piece.at, piece.at))
                self.pending[piece.machine] = min(first, piece.at), max(last, piece.at)
        self.judge(live)

    def judge(self, live: dict[tuple[int, int], list[Piece]]) -> None:
        rows, errors, faults = [], [], []
        for (machine, at), pieces in live.items():
            told = {key: value for piece in pieces for key, value in piece.values}
            if told:
                rows.append((machine, at, told))
            errors += [(machine, at, key) for key in {key for piece in pieces for key in piece.errors}]
            faults += [(machine, at, *fault) for fault in {fault for piece in pieces for fault in piece.faults}]
        if not live:
            return
        batch = rows_of(rows, self.catalogue), events_of(errors, faults, self.catalogue)
        if self.rng.random() < 0.1:
            self.engine.judge(*batch, self.state)  # rolled back: never adopted
        judgement = self.engine.judge(*batch, self.state)
        for finding in judgement.findings:
            self.record(finding)
        for finding in judgement.grown:
            assert self.recorded[_name(finding)].to_us is None
            self.recorded[_name(finding)] = finding
        judgement.adopt()

    def record(self, finding: Finding) -> None:
        name = (finding.machine, str(finding.source_kind), finding.source_key, finding.from_us)
        if finding.to_us is None:
            assert name not in self.recorded, "opened twice"
            assert all(f.to_us is not None for n, f in self.recorded.items() if n[:3] == name[:3]), "two open at once"
        else:
            assert self.recorded[name].to_us is None, "closed what was not open"
        self.recorded[name] = finding

    def read(self, machines: list[int], spans: list[tuple[int, int]]) -> tuple[Rows, EventBatch]:
        rows, errors, faults = [], [], []
        for machine, (start, end) in zip(machines, spans, strict=True):
            stored = self.stored[machine]
            rows += [(machine, at, told) for at, told in stored.rows.items() if start <= at < end]
            errors += [(machine, at, key) for at, key in stored.errors if start <= at < end]
            faults += [(machine, *fault) for fault in stored.faults if start <= fault[0] < end]
        return rows_of(rows, self.catalogue), events_of(errors, faults, self.catalogue)

    def rejudge(self, jobs: list[Job]) -> None:
        """Judge machines again from the store and apply what changes."""
        starts = {job.machine: job.dirty_from_us for job in jobs}
        recorded = [
            finding
            for finding in self.recorded.values()
            if finding.machine in starts
            and (
                finding.to_us is None
                or finding.to_us >= starts[finding.machine]
                or (self.engine.ruleset.uses_dtc and finding.source_kind == "dtc")
            )
        ]
        done = self.run(Rejudge(self.engine, jobs, recorded, slack_us=self.slack_us))
        for revision in done.revisions:
            if revision.before is not None:
                assert self.recorded.pop(_name(revision.before)) == revision.before
        for revision in done.revisions:
            if revision.after is not None:
                assert _name(revision.after) not in self.recorded
                self.recorded[_name(revision.after)] = revision.after
        done.adopt(self.state)

    def run(self, plan: Rejudge):
        for _ in range(200):
            need = plan.need()
            if len(need) == 0:
                return plan.result()
            machines = need.machine.tolist()
            spans = list(zip(need.from_us.tolist(), need.to_us.tolist(), strict=True))
            first = [min(self.stored[machine].instants(), default=NO_TIME) for machine in machines]
            plan.feed(*self.read(machines, spans), np.array(first, np.int64))
        raise AssertionError("re-judging does not end")

    def settle(self) -> None:
        """Judge all pending machines again."""
        jobs = [
            Job(machine=m, dirty_from_us=a, dirty_to_us=b, mark_us=int(self.state.marks([m])[0]))
            for m, (a, b) in self.pending.items()
        ]
        self.pending = {}
        if jobs:
            self.rejudge(jobs)

    def restart(self) -> None:
        """Lose the live state: take it from a snapshot, or rebuild it from store and records."""
        old = self.state
        self.state = self.engine.fresh_state(1)
        if self.rng.random() < 0.5:
            for partition in sorted(set(partition_of(old.machines()).tolist())):
                content = old.export(partition)
                self.state.load(content)
                assert self.state.export(partition) == content
            return
        self.settle_into(old)

    def settle_into(self, old: RuleState) -> None:
        marks = {machine: int(old.marks([machine])[0]) for machine in self.stored}
        jobs = [
            Job(machine=machine, dirty_from_us=mark + 1, dirty_to_us=mark + 1, mark_us=mark)
            for machine, mark in marks.items()
            if mark != NO_TIME and machine not in self.pending
        ]
        if jobs:
            before = dict(self.recorded)
            self.rejudge(jobs)
            assert self.recorded == before, "rebuilding changed a finding"
        waiting = [machine for machine in self.pending if marks[machine] != NO_TIME]
        self.state.replace(waiting, old, waiting)

    def identities(self) -> set[Identity]:
        return {
            (
                *(f.machine, str(f.source_kind), f.source_key, f.from_us, f.held_us, f.to_us),
                *(str(f.severity), f.cascade, tuple(astuple(member) for member in f.members)),
            )
            for f in self.recorded.values()
        }


def _name(finding: Finding) -> tuple[int, str, str, int]:
    return finding.machine, str(finding.source_kind), finding.source_key, finding.from_us


def in_order(case: Case, rng: random.Random) -> Iterator[list[Piece]]:
    """Each machine in its time order, cut anywhere, several machines a batch."""
    queues = {machine: pieces_of(machine, stream) for machine, stream in case.streams.items()}
    longest = rng.choice((1, 1, 3, 10, 1000))
    while any(queues.values()):
        batch = []
        for machine in queues:
            if rng.random() < 0.7:
                taken = rng.randint(1, longest)
                batch += queues[machine][:taken]
                queues[machine] = queues[machine][taken:]
        yield batch


def disordered(case: Case, rng: random.Random) -> Iterator[list[Piece]]:
    """Late, doubled and split pieces: a little out of order, wholly shuffled, or newest first."""
    whole = [piece for machine, stream in case.streams.items() for piece in pieces_of(machine, stream)]
    pieces = [part for piece in whole for part in _split(piece, rng)]
    pieces += [piece for piece in pieces if rng.random() < 0.2]
    reach = rng.choice((3.0, 3.0, 30.0, 300.0, 1e9))
    order = {id(piece): piece.at / 1e6 + rng.random() * reach for piece in pieces}
    newest_first = rng.random() < 0.2
    pieces.sort(key=lambda piece: -piece.at if newest_first else order[id(piece)])
    late = [piece for piece in pieces if rng.random() < 0.05]
    pieces = [piece for piece in pieces if piece not in late] + late
    longest = rng.choice((1, 5, 20, 1000))
    while pieces:
        taken = rng.randint(1, longest)
        yield pieces[:taken]
        pieces = pieces[taken:]


def _split(piece: Piece, rng: random.Random) -> list[Piece]:
    """One instant, sometimes in two messages with different columns."""
    if rng.random() < 0.8 or len(piece.values) < 2:
        return [piece]
    cut = rng.randint(1, len(piece.values) - 1)
    first = Piece(piece.machine, piece.at, piece.values[:cut], piece.errors, piece.faults)
    return [first, Piece(piece.machine, piece.at, piece.values[cut:])]
