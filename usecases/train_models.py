"""Train models on the stored minutes of machines: for all machines of a model, or for each machine by itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from diagnosis.detectors.baseline import FamilyBaseline
from diagnosis.detectors.interface import Detector, FloatArray
from diagnosis.detectors.registry import DETECTORS, make_detector
from diagnosis.model_file import ModelCard, write_model
from diagnosis.watched import Columns, candidates, is_settled, reported
from fleet.errors import InvalidInput, NotFound
from fleet.findings import SourceKind
from fleet.signals import Catalogue
from storage.detectors import NewDetector, Pupil, insert_detector, list_pupils, next_version
from storage.pool import Connection
from storage.signals_write import load_catalogue
from storage.windows import Windows, inside, list_alarmed, read_windows
from usecases.edit_detectors import Trained

FAMILY = frozenset({"baseline"})
"""Learned from all machines of a model together; the others from one machine each."""
ILL = tuple(kind for kind in SourceKind if kind is not SourceKind.PLATFORM)
AT_ONCE = 50
MIN_ROWS = 400
MOST_MACHINES = 200
"""Of a larger family as many are learned from, spread evenly over it."""
HELD_OUT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOrder:
    """What to learn from: minutes of from_at <= t < to_at; pins None: all machines; model None: of any model."""

    name: str
    from_at: datetime
    to_at: datetime
    pins: Sequence[str] | None = None
    model: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """Healthy running minutes of one target; units: whose each row is."""

    pupils: list[Pupil]
    columns: Columns
    rows: FloatArray
    units: np.ndarray


def train_models(
    conn: Connection,
    order: TrainOrder,
    *,
    now: datetime,
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    processes: int = 1,
) -> list[Trained]:
    """Learn in `processes` processes and keep what was learned; it judges nothing until it is promoted.

    Minutes in which a machine had an alarm of its own teach nothing. What cannot be learned is said and left out.
    Raises NotFound for a name that is not registered, InvalidInput when there is nothing to learn from.
    """
    _check(order)
    pupils = list_pupils(conn, pins=order.pins, model=order.model)
    there = {pupil.pin for pupil in pupils}
    if unknown := [pin for pin in dict.fromkeys(order.pins or ()) if pin not in there]:
        raise InvalidInput("replay_machines_unknown", where="machines", names=unknown)
    lessons = list(_lessons(conn, order, pupils, say))
    if not lessons:
        raise InvalidInput("train_too_few_minutes", where="from", least=MIN_ROWS)
    work = (delayed(_taught)(order.name, one.columns, one.rows, one.units) for one in lessons)
    trained = []
    results = Parallel(n_jobs=processes, return_as="generator")(work)
    for done, (lesson, result) in enumerate(zip(lessons, results, strict=True), start=1):
        if isinstance(result, str):
            say(f"{_target(order.name, lesson)}: {result}")
        else:
            trained.append(_kept(conn, order, lesson, *result, now=now))
        progress(done, len(lessons))
    return trained


def _check(order: TrainOrder) -> None:
    if order.from_at >= order.to_at:
        raise InvalidInput("replay_backwards", where="to")
    if order.name == "peers":
        raise InvalidInput("train_peers", where="name")
    if order.name not in DETECTORS:
        raise NotFound("detector_unknown", where="name", found=order.name, known=list(DETECTORS))


def _lessons(
    conn: Connection, order: TrainOrder, pupils: Sequence[Pupil], say: Callable[[str], None]
) -> Iterator[_Lesson]:
    catalogue = load_catalogue(conn)
    if order.name not in FAMILY:
        groups = [[pupil] for pupil in pupils]
    else:
        named = sorted((pupil for pupil in pupils if pupil.model_id is not None), key=lambda p: (p.model, p.machine_id))
        families = [list(group) for _, group in groupby(named, key=lambda pupil: pupil.model_id)]
        groups = [family[:: -(-len(family) // MOST_MACHINES)] for family in families]
    for group in groups:
        lesson = _lesson(conn, order, group, catalogue)
        if len(lesson.rows) >= MIN_ROWS:
            yield lesson
        else:
            say(f"{_target(order.name, lesson)}: {len(lesson.rows)} healthy running minutes, at least {MIN_ROWS}")


def _lesson(conn: Connection, order: TrainOrder, group: list[Pupil], catalogue: Catalogue) -> _Lesson:
    columns = candidates(catalogue)
    parts: list[tuple[FloatArray, np.ndarray]] = [(np.empty((0, len(columns.keys))), np.empty(0, np.int32))]
    for at in range(0, len(group), AT_ONCE):
        windows = healthy_windows(
            conn, [pupil.machine_id for pupil in group[at : at + AT_ONCE]], order, columns.ids(catalogue)
        )
        parts.append((windows.values, windows.machine))
    rows, units = np.vstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    kept, told = reported(columns, rows)
    taught = set(np.unique(units).tolist())
    return _Lesson([pupil for pupil in group if pupil.machine_id in taught] or group, kept, told, units)


def healthy_windows(conn: Connection, machines: list[int], order: TrainOrder, signals: Sequence[int]) -> Windows:
    """The minutes of machines in which they ran, warm, and had no alarm of their own."""
    from_us, to_us = _us(order.from_at), _us(order.to_at)
    windows = read_windows(conn, machines, [from_us - 1] * len(machines), [to_us] * len(machines), signals)
    healthy = np.zeros(len(windows), dtype=np.bool_)
    alarmed = list_alarmed(conn, machines, from_us, to_us, kinds=ILL)
    for machine in machines:
        own = windows.of(machine)
        at_us = windows.at_us[own]
        healthy[own] = is_settled(at_us, windows.least[own]) & ~inside(at_us, alarmed.get(machine))
    return windows.where(healthy)


def _taught(
    name: str, columns: Columns, rows: FloatArray, units: np.ndarray
) -> tuple[Detector, dict[str, float]] | str:
    """The model, with the false alarms on the last fifth of each machine's minutes of one that did not see those; or
    why there is none. Runs in a process of its own."""
    last = np.zeros(len(rows), dtype=np.bool_)
    for unit in np.unique(units):
        own = np.flatnonzero(units == unit)
        last[own[round((1 - HELD_OUT) * len(own)) :]] = True
    try:
        tried = _fitted(name, columns, rows[~last], units[~last])
        metrics = _measured(tried, rows, units, last)
        return _fitted(name, columns, rows, units), metrics
    except InvalidInput as error:
        return str(error)


def _fitted(name: str, columns: Columns, rows: FloatArray, units: np.ndarray) -> Detector:
    detector = make_detector(name)
    detector.set_params(drivers=tuple(range(columns.drivers)))  # of the regime, and no sign of health
    if isinstance(detector, FamilyBaseline):
        return detector.fit(rows, units=units)
    return detector.fit(rows)


def _measured(tried: Detector, rows: FloatArray, units: np.ndarray, last: np.ndarray) -> dict[str, float]:
    alarmed, assessed, count = 0, 0, 0
    for unit in np.unique(units):
        own = units == unit
        state = tried.opening()
        if isinstance(tried, FamilyBaseline):
            _, state = tried.follow(state, rows[own & ~last])
        judgement, _ = tried.follow(state, rows[own & last])
        alarmed += int(judgement.alarms.sum())
        assessed += int((~np.isnan(judgement.scores)).sum())
        count += len(judgement.scores)
    return {
        "held_out_minutes": float(count),
        "assessed_pct": round(100 * assessed / max(count, 1), 2),
        "far_pct": round(100 * alarmed / max(count, 1), 3),
        "state_bytes": float(tried.state_bytes()),
    }


def _kept(
    conn: Connection, order: TrainOrder, lesson: _Lesson, model: Detector, metrics: dict[str, float], *, now: datetime
) -> Trained:
    first = lesson.pupils[0]
    model_id, machine_id = (first.model_id, None) if order.name in FAMILY else (None, first.machine_id)
    with conn.transaction():
        version = next_version(conn, order.name, model_id=model_id, machine_id=machine_id)
        card = ModelCard(
            kind="detector",
            name=order.name,
            version=version,
            made_at=now.astimezone(UTC).isoformat(),
            machines=tuple(pupil.pin for pupil in lesson.pupils),
            learned_from=order.from_at.isoformat(),
            learned_to=order.to_at.isoformat(),
            rows=len(lesson.rows),
            signals=lesson.columns.keys,
            metrics=metrics,
        )
        content, hashed = write_model(card, model)
        new = NewDetector(
            name=order.name,
            kind="detector",
            model_id=model_id,
            machine_id=machine_id,
            content=content,
            sha256=hashed.sha256,
            card=_shown(hashed),
            machine_ids=[pupil.machine_id for pupil in lesson.pupils],
        )
        number = insert_detector(conn, new, version, by=order.by, now=now)
    return Trained(
        detector_id=number,
        name=order.name,
        version=version,
        target=_target(order.name, lesson),
        machines=len(lesson.pupils),
        rows=len(lesson.rows),
        metrics=metrics,
    )


def _shown(card: ModelCard) -> dict[str, Any]:
    """What everybody may read of a card: all but whose machines taught it."""
    names = ("made_at", "learned_from", "learned_to", "rows", "signals", "metrics", "parameters", "format")
    return {name: getattr(card, name) for name in names}


def _target(name: str, lesson: _Lesson) -> str:
    first = lesson.pupils[0]
    return first.model if name in FAMILY else first.pin


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
