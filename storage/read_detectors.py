"""Models as people look at them: versions with their cards, which is in force, what each machine is judged by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from storage.keyset import PageOf, Placed, Sorts, find_row, list_page, list_rows
from storage.pages import seen_by
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorRow:
    """A version of a model; for all machines of `model`, or for the machine with this id and PIN.

    `state` and `reason`, `since`: what is wrong with it ("ok": nothing). `standings`: how many machines stand how.
    """

    id: UUID
    detector: int
    name: str
    version: int
    kind: Literal["detector", "rul"]
    model: str | None
    machine_id: UUID | None
    pin: str | None
    sha256: str
    card: dict[str, Any]
    machines: int
    made_at: datetime
    in_force: bool
    state: Literal["ok", "slow", "missing", "corrupt", "failing"]
    reason: str | None
    since: datetime | None
    standings: dict[str, int]


_DETECTORS: LiteralString = (
    """
SELECT d.detector_id AS number, {sort_value} AS sort_value, d.public_id AS id, d.detector_id AS detector, d.name,
    d.version, d.kind, mm.name AS model, m.public_id AS machine_id, m.pin, d.sha256, d.card, d.machines, d.made_at,
    s.detector_id IS NOT NULL AS in_force, coalesce(h.state, 'ok') AS state, h.reason, h.since,
    coalesce((
        SELECT jsonb_object_agg(c.standing, c.machines) FROM (
            SELECT standing, count(*) AS machines FROM detector_state x JOIN machine m USING (machine_id)
            WHERE x.detector_id = d.detector_id AND (%(all)s OR """  # noqa: S608 - a literal of storage/sight.py
    + SEEN_NOW
    + """) GROUP BY standing
        ) c
    ), '{{}}') AS standings
FROM detector d
LEFT JOIN machine_model mm ON mm.model_id = d.model_id
LEFT JOIN machine m ON m.machine_id = d.machine_id
LEFT JOIN (
    SELECT DISTINCT ON (name, model_id, machine_id) detector_id
    FROM detector_switch ORDER BY name, model_id, machine_id, switch_id DESC
) s ON s.detector_id = d.detector_id
LEFT JOIN detector_health h ON h.detector_id = d.detector_id
WHERE (%(all)s OR d.machine_id IS NULL OR """
    + SEEN_NOW
    + ")"
)
_WHERE: LiteralString = """
AND (%(name)s::text IS NULL OR d.name = %(name)s)
    AND (%(in_force)s::bool IS NULL OR (s.detector_id IS NOT NULL) = %(in_force)s)
    AND (%(model)s::uuid IS NULL OR mm.public_id = %(model)s)
"""
SORTS: Sorts = {"made_at": ("d.made_at", "timestamptz"), "name": ("d.name", "text")}


async def list_detectors(
    conn: Connection,
    scope: Scope,
    page: PageOf,
    *,
    name: str | None = None,
    model: UUID | None = None,
    in_force: bool | None = None,
) -> list[Placed[DetectorRow]]:
    """A page of those for machine models, and for machines that the scope sees; None is no condition."""
    given = {"name": name, "model": model, "in_force": in_force} | seen_by(scope)
    return await list_page(conn, DetectorRow, _DETECTORS + _WHERE, page, sorts=SORTS, parameters=given)


GET: LiteralString = _DETECTORS + " AND (d.public_id = %(id)s OR d.detector_id = %(number)s)"


async def find_detector(
    conn: Connection, scope: Scope, *, id: UUID | None = None, number: int | None = None
) -> DetectorRow | None:
    """The version of this id or number, where the scope sees it."""
    return await find_row(conn, DetectorRow, GET, {"id": id, "number": number} | seen_by(scope))


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetectorRow:
    """What a machine is judged by: by which version, from what it learned, and how far."""

    id: UUID
    name: str
    version: int
    standing: Literal["learning", "family", "own", "frozen", "not_assessed"]
    marked_at: datetime
    windows: int
    score: float | None
    state: Literal["ok", "slow", "missing", "corrupt", "failing"]


STATES: LiteralString = """
SELECT d.public_id AS id, s.name, d.version, s.standing, s.marked_at, s.windows, s.score::float8 AS score,
    coalesce(h.state, 'ok') AS state
FROM detector_state s JOIN detector d USING (detector_id) LEFT JOIN detector_health h USING (detector_id)
WHERE s.machine_id = %(machine)s ORDER BY s.name
"""


async def list_machine_detectors(conn: Connection, machine: int) -> list[MachineDetectorRow]:
    """By name."""
    return await list_rows(conn, MachineDetectorRow, STATES, {"machine": machine})


LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('detectors'))"
IN_FORCE: LiteralString = """
SELECT w.detector_id FROM detector d JOIN detector_switch w ON w.name = d.name
    AND w.model_id IS NOT DISTINCT FROM d.model_id AND w.machine_id IS NOT DISTINCT FROM d.machine_id
WHERE d.detector_id = %(detector)s ORDER BY w.switch_id DESC LIMIT 1
"""
SWITCHES: LiteralString = """
SELECT w.detector_id, w.action = 'rollback' FROM detector d JOIN detector_switch w ON w.name = d.name
    AND w.model_id IS NOT DISTINCT FROM d.model_id AND w.machine_id IS NOT DISTINCT FROM d.machine_id
WHERE d.detector_id = %(detector)s ORDER BY w.switch_id
"""
SWITCH: LiteralString = """
INSERT INTO detector_switch (name, model_id, machine_id, detector_id, action, at, by_name)
SELECT name, model_id, machine_id, %(put)s, %(action)s, %(now)s, %(by)s FROM detector WHERE detector_id = %(detector)s
"""


async def find_in_force(conn: Connection, detector: int) -> int | None:
    """The version in force for what this one is for; nobody else switches until the transaction ends."""
    await conn.execute(LOCK)
    row = await (await conn.execute(IN_FORCE, {"detector": detector})).fetchone()
    return None if row is None or row[0] is None else int(row[0])


async def list_switches(conn: Connection, detector: int) -> list[tuple[int | None, bool]]:
    """Which version was put in force for what this one is for, and whether that was a way back; the oldest first."""
    return await (await conn.execute(SWITCHES, {"detector": detector})).fetchall()


async def insert_switch(
    conn: Connection, detector: int, put: int | None, *, action: str, by: str, now: datetime
) -> None:
    """From now on `put` is in force for what `detector` is for; None: nothing."""
    await conn.execute(SWITCH, {"detector": detector, "put": put, "action": action, "by": by, "now": now})
