"""Once an hour: each machine's last day against that of its model's other machines, in what its baseline leaves open.

Goes with the baseline in force of a model: by its regimes, and with what load, speed and ambient explain taken off. An
hour in which it did not run is not made up for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from diagnosis.detectors.baseline import FamilyBaseline, Standing
from diagnosis.detectors.interface import FloatArray
from diagnosis.detectors.peers import Peers, machine_features
from diagnosis.episodes import follow_episodes
from diagnosis.regime import MIN_PEERS
from diagnosis.watched import is_settled
from fleet.errors import InvalidInput
from storage.detectors import Assigned, DetectorState, list_assigned, list_states, save_states
from storage.pool import Connection
from storage.signals_write import load_catalogue
from storage.windows import MINUTE_US, read_windows
from usecases.readings_columns import us_of
from usecases.score_windows import (
    BASELINE,
    PEERS,
    SETTLED_US,
    Model,
    episode_of,
    finding_of,
    read_assigned,
    write_findings,
)

HOUR_US, DAY_US = 60 * MINUTE_US, 24 * 60 * MINUTE_US
AT_ONCE = 50
ALONE = 60
"""Of more machines than that the medians are those of all: the one that is judged moves them by nothing."""
QUIET_HOURS = 3
SHOWN = 3


class PeersStep:
    """The step of `ecc diagnose`."""

    def __init__(self) -> None:
        self._models: dict[int, Model] = {}

    def step(self, conn: Connection, now: datetime) -> bool:
        """Compare what is due; never more to do at once."""
        compare_peers(conn, self._models, now_us=us_of(now))
        return False


@dataclass(frozen=True, slots=True)
class _Family:
    """The machines of one baseline, each with its features of the last day; regimes x signals columns."""

    model: Model
    machines: list[Assigned]
    features: FloatArray


def compare_peers(conn: Connection, models: dict[int, Model], *, now_us: int) -> int:
    """Compare all machines that were not compared this hour; returns how many were.

    models: those that were read, kept between passes. A model with fewer than MIN_PEERS + 1 machines, or whose file
    cannot be read, compares nobody; a machine abstains where too few peers work as it does.
    """
    hour = (now_us - SETTLED_US) // HOUR_US * HOUR_US
    groups: dict[int, list[Assigned]] = {}
    for one in list_assigned(conn):
        if one.name == BASELINE:
            groups.setdefault(one.detector_id, []).append(one)
    compared = 0
    for machines in groups.values():
        states = list_states(conn, PEERS, [one.machine_id for one in machines])
        is_due = any(one.machine_id not in states or states[one.machine_id].marked_us < hour for one in machines)
        if len(machines) > MIN_PEERS and is_due:
            family = _family(conn, models, machines, hour)
            if family is not None:
                compared += _compare(conn, family, states, hour, now_us)
    return compared


def _family(conn: Connection, models: dict[int, Model], machines: Sequence[Assigned], hour: int) -> _Family | None:
    read = read_assigned(conn, models, machines[0], load_catalogue(conn))
    if not isinstance(read, Model) or not isinstance(read.detector, FamilyBaseline):
        return None
    rows = []
    for at in range(0, len(machines), AT_ONCE):
        numbers = [one.machine_id for one in machines[at : at + AT_ONCE]]
        windows = read_windows(conn, numbers, [hour - DAY_US] * len(numbers), [hour] * len(numbers), read.signals)
        for number in numbers:
            own = windows.of(number)
            settled = is_settled(windows.at_us[own], windows.least[own])
            left, regime, regimes = read.detector.conditioned(windows.values[own][settled])
            rows.append(machine_features(left, regime, regimes))
    return _Family(read, list(machines), np.array(rows))


def _compare(conn: Connection, family: _Family, states: Mapping[int, DetectorState], hour: int, now_us: int) -> int:
    """One transaction for all machines of a model."""
    everybody = Peers().fit(family.features) if len(family.machines) > ALONE else None
    saved, found = [], []
    for at, one in enumerate(family.machines):
        others = np.delete(family.features, at, axis=0)
        try:
            detector = everybody or Peers().fit(others)
        except InvalidInput:
            continue
        before = states.get(one.machine_id) or _new(one, detector)
        if before.marked_us >= hour:
            continue
        row = family.features[at : at + 1]
        judgement, later = detector.follow(before.state, row)
        episodes, kept = follow_episodes(
            episode_of(before),
            np.array([hour], dtype=np.int64),
            judgement,
            last=detector.persistence.of_m,
            telling=lambda _, detector=detector, row=row: _telling(family.model.keys, detector, row),  # type: ignore[misc]
            quiet=QUIET_HOURS,
        )
        score = float(judgement.scores[0])
        saved.append(
            replace(
                before,
                detector_id=one.detector_id,
                told=one.told,
                standing=Standing.NOT_ASSESSED if np.isnan(score) else Standing.FAMILY,
                marked_us=hour,
                windows=before.windows + int(not np.isnan(score)),
                score=None if np.isnan(score) else score,
                state=later,
                episode=kept.to_json(),
            )
        )
        found += [finding_of(one.machine_id, PEERS, one.told, episode) for episode in episodes]
    with conn.transaction():
        save_states(conn, PEERS, saved)
        write_findings(conn, found, now_us=now_us)
    return len(saved)


def _new(one: Assigned, detector: Peers) -> DetectorState:
    return DetectorState(
        machine_id=one.machine_id,
        detector_id=one.detector_id,
        standing=Standing.LEARNING,
        marked_us=0,
        windows=0,
        score=None,
        state=detector.opening(),
        episode={},
        told=one.told,
    )


def _telling(keys: Sequence[str], detector: Peers, row: FloatArray) -> tuple[str, list[tuple[str, float]]]:
    """The signal that differs most in any regime; for the greatest, the share, and the side on which it lies."""
    shape = (-1, len(keys))
    shares, away = detector.explain(row)[0].reshape(shape), (row[0] - detector.middle_).reshape(shape)
    worst = shares.max(axis=0)
    order = [at for at in np.argsort(-worst, kind="stable").tolist() if worst[at] > 0][:SHOWN]
    told = [(f"contribution.{keys[at]}", round(float(worst[at]), 3)) for at in order]
    sides = [(f"side.{keys[at]}", float(np.sign(away[shares[:, at].argmax(), at]))) for at in order]
    return (keys[order[0]] if order else keys[0]), told + sides
