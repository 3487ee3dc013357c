"""Models in the database: files, which of them is in force for whom, and what they remember of each machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.batch import Float64Array
from storage.alarms_write import instant
from storage.ids import uuid7
from storage.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDetector:
    """A model that has learned, with its file; for a machine_model or for one machine."""

    name: str
    kind: str
    model_id: int | None
    machine_id: int | None
    content: bytes
    sha256: str
    card: Mapping[str, Any]
    machine_ids: Sequence[int]  # whose rows taught it


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A model in force for a machine."""

    machine_id: int
    detector_id: int
    name: str
    version: int
    sha256: str

    @property
    def told(self) -> str:
        """As findings name it."""
        return told_version(self.version, self.sha256)


def told_version(version: int, sha256: str) -> str:
    """A version as findings name it."""
    return f"{version} {sha256[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorState:
    """What a detector remembers of a machine, as of the last minute that it judged."""

    machine_id: int
    detector_id: int
    standing: str
    marked_us: int
    windows: int
    score: float | None
    state: Float64Array
    episode: dict[str, Any]
    told: str  # the version, as findings name it


NEXT_VERSION: LiteralString = """
SELECT coalesce(max(version), 0) + 1 FROM detector
WHERE name = %(name)s AND model_id IS NOT DISTINCT FROM %(model_id)s::int
    AND machine_id IS NOT DISTINCT FROM %(machine_id)s::int
"""
LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('detectors'))"


def next_version(conn: Connection, name: str, *, model_id: int | None, machine_id: int | None) -> int:
    """The version that the next model of this name and purpose takes; nobody else takes one in this transaction."""
    conn.execute(LOCK)
    row = conn.execute(NEXT_VERSION, {"name": name, "model_id": model_id, "machine_id": machine_id}).fetchone()
    assert row is not None  # an aggregate gives a row
    return int(row[0])


INSERT: LiteralString = """
WITH made AS (
    INSERT INTO detector (public_id, name, version, kind, model_id, machine_id, sha256, card, machines, made_at,
        made_by)
    VALUES (%(id)s, %(name)s, %(version)s, %(kind)s, %(model_id)s, %(machine_id)s, %(sha256)s, %(card)s, %(machines)s,
        %(now)s, %(by)s)
    RETURNING detector_id
)
INSERT INTO detector_file (detector_id, content, machine_ids)
SELECT detector_id, %(content)s, %(machine_ids)s FROM made RETURNING detector_id
"""


def insert_detector(conn: Connection, new: NewDetector, version: int, *, by: str, now: datetime) -> int:
    """Keep a model; its number."""
    given = {name: getattr(new, name) for name in ("name", "kind", "model_id", "machine_id", "content", "sha256")}
    given |= {"id": uuid7(), "version": version, "card": Jsonb(dict(new.card)), "now": now, "by": by}
    given |= {"machines": len(new.machine_ids), "machine_ids": list(new.machine_ids)}
    row = conn.execute(INSERT, given).fetchone()
    assert row is not None  # RETURNING of an insert without a condition
    return int(row[0])


# A machine's own model goes before its family's of the same name.
ASSIGNED: LiteralString = """
SELECT DISTINCT ON (m.machine_id, d.name) m.machine_id, d.detector_id, d.name, d.version, d.sha256
FROM (
    SELECT DISTINCT ON (name, model_id, machine_id) detector_id
    FROM detector_switch ORDER BY name, model_id, machine_id, switch_id DESC
) s
JOIN detector d USING (detector_id)
JOIN machine m ON m.machine_id = d.machine_id OR m.model_id = d.model_id
WHERE d.kind = 'detector' AND m.mode NOT IN ('scrapped')
ORDER BY m.machine_id, d.name, d.machine_id NULLS LAST
"""


def list_assigned(conn: Connection) -> list[Assigned]:
    """The detectors in force, machine by machine."""
    with conn.cursor(row_factory=class_row(Assigned)) as cursor:
        return cursor.execute(ASSIGNED).fetchall()


FILE: LiteralString = "SELECT content FROM detector_file WHERE detector_id = %s"


def find_file(conn: Connection, detector_id: int) -> bytes | None:
    """The file of a model; None when it is not there."""
    row = conn.execute(FILE, [detector_id]).fetchone()
    return None if row is None else bytes(row[0])


HASHES: LiteralString = "SELECT detector_id, sha256(content) FROM detector_file WHERE detector_id = ANY(%s)"


def hash_files(conn: Connection, detectors: Sequence[int]) -> dict[int, bytes]:
    """The SHA-256 of each model's file as it is stored now; those without one are left out."""
    return {number: bytes(found) for number, found in conn.execute(HASHES, [list(detectors)])}


STATES: LiteralString = """
SELECT s.machine_id, s.detector_id, s.standing, (extract(epoch FROM s.marked_at) * 1000000)::bigint, s.windows, s.score,
    s.state, s.episode, d.version, d.sha256
FROM detector_state s JOIN detector d USING (detector_id) WHERE s.name = %s AND s.machine_id = ANY(%s)
"""
DUE: LiteralString = """
SELECT g.m FROM unnest(%(machines)s::int[]) AS g(m)
LEFT JOIN detector_state s ON s.machine_id = g.m AND s.name = %(name)s
LEFT JOIN machine_state x ON x.machine_id = g.m
WHERE s.detector_id <> %(detector)s OR x.measured_at >= coalesce(s.marked_at + interval '1 minute', %(since)s)
ORDER BY s.marked_at NULLS FIRST, g.m
"""
UNASSIGNED: LiteralString = """
SELECT machine_id, name FROM detector_state s
WHERE NOT EXISTS (
    SELECT FROM unnest(%(machines)s::int[], %(names)s::text[]) AS a(machine_id, name)
    WHERE a.machine_id = s.machine_id AND a.name = s.name
)
"""


def list_states(conn: Connection, name: str, machines: Sequence[int]) -> dict[int, DetectorState]:
    """machine -> what the detector of this name remembers."""
    found = {}
    for machine_id, detector_id, standing, marked_us, windows, *rest in conn.execute(STATES, [name, list(machines)]):
        score, state, episode, version, sha256 = rest
        found[machine_id] = DetectorState(
            machine_id=machine_id,
            detector_id=detector_id,
            standing=standing,
            marked_us=marked_us,
            windows=windows,
            score=score,
            state=np.frombuffer(state, dtype="<f8").copy(),
            episode=episode,
            told=told_version(version, sha256),
        )
    return found


def list_due(conn: Connection, machines: Sequence[Assigned], *, since_us: int) -> list[int]:
    """Of the machines of one model those that measured something since the last minute that was judged, or that another
    model judged until now; those never judged when they did since `since_us`. Who waited longest comes first."""
    one = machines[0]
    given = {"name": one.name, "detector": one.detector_id, "since": instant(since_us)}
    return [row[0] for row in conn.execute(DUE, given | {"machines": [m.machine_id for m in machines]})]


def list_unassigned(conn: Connection, assigned: Sequence[Assigned]) -> list[tuple[int, str]]:
    """(machine, name) of what is remembered although no such model is in force any more."""
    given = {"machines": [one.machine_id for one in assigned], "names": [one.name for one in assigned]}
    return conn.execute(UNASSIGNED, given).fetchall()


SAVE: LiteralString = """
INSERT INTO detector_state (machine_id, name, detector_id, standing, marked_at, windows, score, state, episode)
VALUES (%(machine)s, %(name)s, %(detector)s, %(standing)s, %(marked_at)s, %(windows)s, %(score)s, %(state)s,
    %(episode)s)
ON CONFLICT (machine_id, name) DO UPDATE SET detector_id = excluded.detector_id, standing = excluded.standing,
    marked_at = excluded.marked_at, windows = excluded.windows, score = excluded.score, state = excluded.state,
    episode = excluded.episode
"""
FORGET: LiteralString = "DELETE FROM detector_state WHERE machine_id = %s AND name = %s"


def save_states(conn: Connection, name: str, states: Sequence[DetectorState]) -> None:
    """Keep what a detector remembers."""
    with conn.cursor() as cursor:
        cursor.executemany(SAVE, [_row(name, one) for one in states])


def _row(name: str, one: DetectorState) -> dict[str, Any]:
    return {
        "machine": one.machine_id,
        "name": name,
        "detector": one.detector_id,
        "standing": one.standing,
        "marked_at": instant(one.marked_us),
        "windows": one.windows,
        "score": one.score,
        "state": one.state.astype("<f8").tobytes(),
        "episode": Jsonb(one.episode),
    }


def forget_state(conn: Connection, machine: int, name: str) -> None:
    """The detector remembers nothing of the machine any more."""
    conn.execute(FORGET, [machine, name])


UNWELL: LiteralString = """
INSERT INTO detector_health AS h (detector_id, state, reason, since)
VALUES (%(detector)s, %(state)s, %(reason)s, %(at)s)
ON CONFLICT (detector_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
    since = CASE WHEN h.state = excluded.state THEN h.since ELSE excluded.since END
"""
WELL: LiteralString = "DELETE FROM detector_health WHERE NOT detector_id = ANY(%s)"


def save_health(conn: Connection, unwell: Mapping[int, tuple[str, str]], *, at: datetime) -> None:
    """Which detectors are not well, (state, reason) each; since when is kept while the state stays."""
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute(WELL, [list(unwell)])
        rows = [{"detector": d, "state": s, "reason": why, "at": at} for d, (s, why) in unwell.items()]
        cursor.executemany(UNWELL, rows)


FAMILY_OF: LiteralString = """
SELECT m.machine_id, m.pin, m.model_id, coalesce(d.name, '') FROM machine m LEFT JOIN machine_model d USING (model_id)
WHERE (%(pins)s::text[] IS NULL OR m.pin = ANY(%(pins)s)) AND (%(model)s::text IS NULL OR d.name = %(model)s)
ORDER BY m.machine_id
"""


@dataclass(frozen=True, slots=True)
class Pupil:
    """A machine to learn from, with its model ("" without one)."""

    machine_id: int
    pin: str
    model_id: int | None
    model: str


def list_pupils(conn: Connection, *, pins: Sequence[str] | None, model: str | None) -> list[Pupil]:
    """The machines with these PINs (None: any) and of this model (None: any)."""
    given = {"pins": None if pins is None else list(pins), "model": model}
    return [Pupil(*row) for row in conn.execute(FAMILY_OF, given)]
