"""Models judge the minutes of machines that came since: what they remember is kept, findings open and close.

Runs in `ecc diagnose` beside the stream and reads what is stored; whatever becomes of a model, the stream and the
rules' alarms go on. Minutes that come later than a newer one that was judged are not judged by models.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np

from alerts.service import apply_changes, changes_of
from diagnosis.detectors.baseline import FamilyBaseline, Standing
from diagnosis.detectors.interface import BoolArray, Detector, FloatArray
from diagnosis.detectors.registry import DETECTORS
from diagnosis.episodes import Episode, EpisodeState, closed
from diagnosis.minutes import Remembered, Settled, judge_minutes
from diagnosis.model_file import read_model
from diagnosis.watched import BEFORE_US, ENGINE_SPEED, is_settled
from fleet.batch import Int64Array
from fleet.errors import EccError
from fleet.findings import Finding, MachineId, Severity, SourceKind
from fleet.signals import Catalogue
from storage.detectors import (
    Assigned,
    DetectorState,
    find_file,
    forget_state,
    hash_files,
    list_assigned,
    list_due,
    list_states,
    list_unassigned,
    save_health,
    save_states,
)
from storage.pool import Connection
from storage.signals_write import load_catalogue
from storage.trust import list_trust_between
from storage.windows import MINUTE_US, Windows, first_minutes, inside, list_alarmed, read_windows

SETTLED_US = 2 * MINUTE_US  # a minute is judged so long after its end has begun: late packets are in by then
NEW_US = 60 * MINUTE_US  # a machine that was never judged begins so far back
LONGEST_US = 24 * 60 * MINUTE_US  # at most so much of a machine's past in one pass
LATE_US = 15 * MINUTE_US
FREEZING = (SourceKind.RULE, SourceKind.DTC)
"""Alarms of these kinds freeze what a model learns of a machine; its own ones it knows by itself."""
BASELINE, PEERS = "baseline", "peers"
"""Where a baseline is in force its machines are compared with each other, too (compare_peers)."""
LOOK_AGAIN_US = 10 * MINUTE_US  # so often the database hashes the models' files: some 2 ms a MB
AT_ONCE = 200
BUDGET_S = 30.0
BREAKS = (ArithmeticError, ValueError, LookupError, TypeError, AttributeError, MemoryError, EccError)
"""What arithmetic on a model's numbers may raise when the numbers are not what they should be."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that was read, with its columns: their keys, and their places in the catalogue; the hash of its file."""

    detector: Detector
    keys: tuple[str, ...]
    signals: tuple[int, ...]
    file_hash: bytes


@dataclass(slots=True)
class Held:
    """What one process keeps between two passes: models that were read, and who was left out for want of time."""

    models: dict[int, Model] = field(default_factory=dict)
    hashed_us: int = 0
    left: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Scored:
    """What a pass did; is_more: machines were left out, or their past is longer than a pass takes."""

    windows: int
    machines: int
    findings: int
    unwell: dict[int, tuple[str, str]]
    is_more: bool


class Scorer:
    """The step of `ecc diagnose`: passes, with what is kept between them."""

    def __init__(self) -> None:
        self._held = Held()

    def step(self, conn: Connection, now: datetime) -> bool:
        """One pass; True when there is more to do at once."""
        return score_windows(conn, self._held, now_us=_us(now)).is_more


def score_windows(
    conn: Connection,
    held: Held,
    *,
    now_us: int,
    budget_s: float = BUDGET_S,
    clock: Callable[[], float] = time.monotonic,
) -> Scored:
    """Judge by the models in force what machines reported since the last pass. `conn` must not be in a transaction.

    Machines are read in chunks, each with one query and one transaction. When the time is up, the models whose machines
    wait are shown as slow, and go first in the next pass. A model that cannot be read or breaks is shown, and judges
    nothing; a machine goes on with another model where one is in force.
    """
    assigned = list_assigned(conn)
    by_model: dict[int, list[Assigned]] = {}
    for one in assigned:
        by_model.setdefault(one.detector_id, []).append(one)
    held.models = {number: model for number, model in held.models.items() if number in by_model}
    _look_again(conn, held, now_us)
    run = _Run(conn, held, load_catalogue(conn), now_us, begun=clock(), budget_s=budget_s, clock=clock)
    run.forget(assigned)
    left = set()
    for number in sorted(by_model, key=lambda number: (number not in held.left, number)):
        if run.judge_all(by_model[number]):
            left.add(number)
    held.left = left
    save_health(conn, run.unwell, at=datetime.fromtimestamp(now_us / 1e6, UTC))
    counts = run.counts
    return Scored(counts["windows"], counts["machines"], counts["findings"], run.unwell, bool(left) or run.is_more)


def _look_again(conn: Connection, held: Held, now_us: int) -> None:
    """Now and then forget the models whose stored files are not those that were read: they are read anew, or shown."""
    if now_us - held.hashed_us >= LOOK_AGAIN_US:
        stored = hash_files(conn, list(held.models)) if held.models else {}
        held.models = {number: one for number, one in held.models.items() if stored.get(number) == one.file_hash}
        held.hashed_us = now_us


def read_assigned(
    conn: Connection, models: dict[int, Model], one: Assigned, catalogue: Catalogue
) -> Model | tuple[str, str]:
    """A model of `models`, read into them once; or (state, reason) why it cannot be read."""
    if one.detector_id in models:
        return models[one.detector_id]
    content = find_file(conn, one.detector_id)
    if not content or one.name not in DETECTORS:
        return "missing", "its file is not there" if not content else f"this release has no detector {one.name!r}"
    try:
        card, detector = read_model(content)
        if card.sha256 != one.sha256 or not isinstance(detector, Detector):
            return "corrupt", f"the file is not that of {one.name} {one.version}"
        detector.opening()
    except BREAKS as error:
        return "corrupt", str(error)[:300]
    if unknown := [key for key in card.signals if key not in catalogue]:
        return "missing", f"there is no signal {', '.join(unknown)} any more"
    places = tuple(catalogue.index[key] for key in card.signals)
    made = models[one.detector_id] = Model(detector, card.signals, places, sha256(content).digest())
    return made


@dataclass(slots=True)
class _Run:
    """One pass."""

    conn: Connection
    held: Held
    catalogue: Catalogue
    now_us: int
    begun: float
    budget_s: float
    clock: Callable[[], float]
    counts: Counter[str] = field(default_factory=Counter)
    unwell: dict[int, tuple[str, str]] = field(default_factory=dict)
    is_more: bool = False

    def forget(self, assigned: Sequence[Assigned]) -> None:
        """End the episodes of models that are in force no more."""
        peers = [replace(one, name=PEERS) for one in assigned if one.name == BASELINE]
        for machine, name in list_unassigned(self.conn, [*assigned, *peers]):
            state = list_states(self.conn, name, [machine])[machine]
            with self.conn.transaction():
                ended, _ = closed(episode_of(state), state.marked_us)
                self._write(machine, name, state.told, ended)
                forget_state(self.conn, machine, name)

    def judge_all(self, machines: Sequence[Assigned]) -> bool:
        """Judge the machines of one model, those that waited longest first; True when time was up before the end."""
        number = machines[0].detector_id
        model = self._model(machines[0])
        if model is None:
            return False
        by_number = {one.machine_id: one for one in machines}
        due = list_due(self.conn, machines, since_us=self.now_us - NEW_US)
        for chunk in _chunks([by_number[machine] for machine in due]):
            if self.clock() - self.begun > self.budget_s:
                self.unwell[number] = ("slow", f"{self.budget_s:g} s were not enough for all machines")
                return True
            try:
                self._judge_chunk(model, chunk)
            except BREAKS as error:
                self.unwell[number] = ("failing", f"{type(error).__name__}: {error}"[:300])
                return False
        return False

    def _model(self, one: Assigned) -> Model | None:
        """The model; None, with the reason in `unwell`, when it cannot be read."""
        read = read_assigned(self.conn, self.held.models, one, self.catalogue)
        if isinstance(read, Model):
            return read
        self.unwell[one.detector_id] = read
        return None

    def _judge_chunk(self, model: Model, chunk: Sequence[Assigned]) -> None:
        """One query, one transaction."""
        machines = [one.machine_id for one in chunk]
        states = list_states(self.conn, chunk[0].name, machines)
        after = self._after(model, machines, states)
        until = [min(self.now_us - SETTLED_US, us + LONGEST_US) for us in after]
        self.is_more |= min(until) < self.now_us - SETTLED_US
        windows = read_windows(self.conn, machines, [us - BEFORE_US for us in after], until, model.signals)
        self._blind(windows, machines, min(after) - BEFORE_US, model.signals)
        alarmed = list_alarmed(self.conn, machines, min(after), self.now_us, kinds=FREEZING)
        saved, told = [], []
        for one, begin in zip(chunk, after, strict=True):
            at_us, rows, judged = _new(model, windows, one.machine_id, begin)
            before = states.get(one.machine_id)
            kept, spans = self._current(one, model, before, begin), alarmed.get(one.machine_id)
            if before is not None and kept is not before:
                ended, _ = closed(episode_of(before), before.marked_us)
                told.append((one, before.told, ended))
            elif not len(at_us):
                continue
            following, episodes = _follow(model, kept, at_us[judged], rows[judged], inside(at_us[judged], spans))
            if len(at_us):
                following = replace(following, marked_us=int(at_us[-1]))
            is_frozen = spans is not None and bool((spans[:, 1] > following.marked_us).any())
            saved.append(replace(following, standing=_standing(model, following, is_frozen=is_frozen)))
            told.append((one, one.told, episodes))
            self.counts.update(machines=1, windows=len(at_us))
        with self.conn.transaction():
            save_states(self.conn, chunk[0].name, saved)
            for one, version, episodes in told:
                self._write(one.machine_id, one.name, version, episodes)

    def _blind(self, windows: Windows, machines: Sequence[int], from_us: int, signals: Sequence[int]) -> None:
        """Takes out what was not to be trusted: a sensor that fails is no machine that does."""
        for span in list_trust_between(self.conn, machines, from_us, self.now_us):
            if span.signal_id in signals:
                own = windows.of(span.machine_id)
                doubted = windows.at_us[own] + MINUTE_US > span.from_us
                doubted &= windows.at_us[own] < (self.now_us if span.to_us is None else span.to_us)
                windows.values[own, signals.index(span.signal_id)][doubted] = np.nan

    def _after(self, model: Model, machines: Sequence[int], states: Mapping[int, DetectorState]) -> list[int]:
        """Of each machine the instant from which on it is judged: the last minute that was, but for one that was silent
        since and longer than a pass takes the beginning of what it measured then. A machine never judged begins an
        hour back."""
        new = (self.now_us - NEW_US) // MINUTE_US * MINUTE_US
        after = [states[machine].marked_us if machine in states else new for machine in machines]
        silent = {machine: us for machine, us in zip(machines, after, strict=True) if self.now_us - us > LONGEST_US}
        found = first_minutes(self.conn, list(silent), list(silent.values()), model.signals[0]) if silent else {}
        return [
            us if machine not in silent else max(us, found.get(machine, self.now_us) - MINUTE_US)
            for machine, us in zip(machines, after, strict=True)
        ]

    def _current(self, one: Assigned, model: Model, state: DetectorState | None, after: int) -> DetectorState:
        """What is remembered, begun anew where another model remembered it."""
        opening = model.detector.opening()
        if state is not None and state.detector_id == one.detector_id and state.state.shape == opening.shape:
            return state
        return DetectorState(
            machine_id=one.machine_id,
            detector_id=one.detector_id,
            standing=Standing.LEARNING,
            marked_us=after,
            windows=0,
            score=None,
            state=opening,
            episode={},
            told=one.told,
        )

    def _write(self, machine: int, name: str, version: str, episodes: Sequence[Episode]) -> None:
        found = [finding_of(machine, name, version, one) for one in episodes]
        self.counts.update(findings=write_findings(self.conn, found, now_us=self.now_us))


def write_findings(conn: Connection, findings: Sequence[Finding], *, now_us: int) -> int:
    """Open and close findings with their alarms, by the path that those of rules take; how many transitions."""
    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    changes = changes_of(findings)
    return len(apply_changes(conn, changes, at=now, is_historic=lambda one: now_us - one.held_us > LATE_US))


def _follow(
    model: Model, state: DetectorState, at_us: Int64Array, rows: FloatArray, frozen: BoolArray
) -> tuple[DetectorState, list[Episode]]:
    """Judge settled minutes of one machine."""
    before = Remembered(state.state, episode_of(state))
    judgement, episodes, after = judge_minutes(model.detector, model.keys, before, Settled(at_us, rows, frozen))
    assessed = judgement.scores[~np.isnan(judgement.scores)]
    return (
        replace(
            state,
            windows=state.windows + len(assessed),
            score=float(assessed[-1]) if len(assessed) else state.score,
            state=after.state,
            episode=after.episodes.to_json(),
        ),
        episodes,
    )


def _new(model: Model, windows: Windows, machine: int, after_us: int) -> tuple[Int64Array, FloatArray, BoolArray]:
    """The minutes of a machine after an instant, and which of them are judged."""
    own = windows.of(machine)
    at_us, least = windows.at_us[own], windows.least[own]
    is_led = model.keys[0] == ENGINE_SPEED  # without the engine's speed every minute counts
    settled = is_settled(at_us, least) if is_led else np.ones(len(at_us), dtype=np.bool_)
    new = at_us > after_us
    return at_us[new], windows.values[own][new], settled[new]


def _standing(model: Model, state: DetectorState, *, is_frozen: bool) -> Standing:
    """What the machine is judged by; what was learned of it alone is its own."""
    if is_frozen or (state.episode and state.episode["open"] is not None):
        return Standing.FROZEN
    if isinstance(model.detector, FamilyBaseline):
        return model.detector.standing(state.state)
    return Standing.OWN if state.windows else Standing.NOT_ASSESSED


def finding_of(machine: int, name: str, version: str, one: Episode) -> Finding:
    """An episode as a finding: the key is what found it and what it is about."""
    return Finding(
        machine=MachineId(machine),
        source_kind=SourceKind.MODEL,
        source_key=f"{name}:{one.subject}",
        version=version,
        severity=Severity.MEDIUM,
        from_us=one.from_us,
        held_us=one.held_us,
        to_us=one.to_us,
        values=one.values,
    )


def episode_of(state: DetectorState) -> EpisodeState:
    """The episodes that are remembered."""
    return EpisodeState.from_json(state.episode) if state.episode else EpisodeState()


def _chunks(machines: Sequence[Assigned]) -> Iterator[Sequence[Assigned]]:
    return (machines[at : at + AT_ONCE] for at in range(0, len(machines), AT_ONCE))


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
