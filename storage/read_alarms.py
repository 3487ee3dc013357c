"""Alarms: pages of the list, one with its transitions, and acknowledging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.read_scope import Connection, Scope

AlarmSort = Literal["-raised_at", "raised_at", "severity", "-committed_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """One alarm with its machine."""

    alarm_id: UUID
    machine_id: int
    machine_public_id: UUID
    machine_pin: str
    machine_name: str
    machine_kind: str
    source_kind: str
    source_key: str
    severity: str
    state: str
    historic: bool
    raised_at: datetime
    cleared_at: datetime | None
    committed_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    finding_id: UUID
    evidence: dict[str, Any]
    """The values of the signals that drove it, by key."""
    severity_rank: int


_ALARM: LiteralString = """
SELECT a.alarm_id, a.machine_id, m.public_id AS machine_public_id, m.pin AS machine_pin, m.name AS machine_name,
    coalesce(mm.kind, 'other') AS machine_kind, a.source_kind, a.source_key, a.severity, a.state, a.historic,
    a.raised_at, a.cleared_at, a.committed_at, a.acknowledged_at, u.login AS acknowledged_by, a.finding_id,
    coalesce(f.evidence, '{{}}') AS evidence,
    array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], a.severity) AS severity_rank
FROM alarm a
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN app_user u ON u.user_id = a.acknowledged_by
LEFT JOIN finding f ON f.finding_id = a.finding_id
WHERE {conditions}
"""
# Raised while the machine was the scope's to see.
_SEEN: LiteralString = (
    "(EXISTS (SELECT FROM ownership p WHERE p.machine_id = a.machine_id AND p.from_at <= a.raised_at "
    "AND a.raised_at < p.to_at AND p.organisation_id = ANY(%(organisations)s)) "
    "OR EXISTS (SELECT FROM sharing p WHERE p.machine_id = a.machine_id AND p.from_at <= a.raised_at "
    "AND a.raised_at < p.to_at AND p.organisation_id = ANY(%(organisations)s) AND p.data_class = 'all'))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmQuery:
    """Which alarms a list holds; empty or None is no condition."""

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    source_kind: str | None = None
    machine_id: int | None = None
    machine_kind: str | None = None
    acknowledged: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPosition:
    """Where a page ended."""

    rank: int
    at: datetime
    alarm_id: UUID


async def list_alarms(
    conn: Connection,
    scope: Scope,
    wanted: AlarmQuery,
    *,
    sort: AlarmSort,
    after: AlarmPosition | None,
    limit: int,
) -> list[AlarmRow]:
    """A page of alarms that the scope sees."""
    order, beyond = _order(sort)
    conditions = [*_conditions(wanted), *([] if scope.sees_all else [sql.SQL(_SEEN)]), *([beyond] if after else [])]
    statement = sql.SQL("{} ORDER BY {} LIMIT %(limit)s").format(
        sql.SQL(_ALARM).format(conditions=sql.SQL(" AND ").join(conditions)), order
    )
    parameters: dict[str, Any] = {
        "states": list(wanted.states),
        "severities": list(wanted.severities),
        "source_kind": wanted.source_kind,
        "machine": wanted.machine_id,
        "machine_kind": wanted.machine_kind,
        "limit": limit,
        "after_rank": after and after.rank,
        "after_at": after and after.at,
        "after_id": after and after.alarm_id,
    } | scope.parameters
    async with conn.cursor(row_factory=class_row(AlarmRow)) as cursor:
        return await (await cursor.execute(statement, parameters)).fetchall()


_RANK: LiteralString = "array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], a.severity)"


def _order(sort: AlarmSort) -> tuple[sql.Composable, sql.Composable]:
    rank = sql.SQL(_RANK)
    orders: dict[str, tuple[sql.Composable, sql.Composable]] = {
        "-raised_at": (sql.SQL("a.raised_at DESC, a.alarm_id DESC"), _beyond("a.raised_at", "<")),
        "raised_at": (sql.SQL("a.raised_at, a.alarm_id"), _beyond("a.raised_at", ">")),
        "-committed_at": (sql.SQL("a.committed_at DESC, a.alarm_id DESC"), _beyond("a.committed_at", "<")),
        "severity": (
            sql.SQL("{}, a.raised_at DESC, a.alarm_id DESC").format(rank),
            sql.SQL("({0} > %(after_rank)s OR ({0} = %(after_rank)s AND {1}))").format(
                rank, _beyond("a.raised_at", "<")
            ),
        ),
    }
    return orders[sort]


def _beyond(column: LiteralString, comparison: LiteralString) -> sql.Composable:
    return sql.SQL("({}, a.alarm_id) {} (%(after_at)s::timestamptz, %(after_id)s::uuid)").format(
        sql.SQL(column), sql.SQL(comparison)
    )


def _conditions(wanted: AlarmQuery) -> list[sql.SQL]:
    found = [sql.SQL("TRUE")]
    if wanted.states:
        found.append(sql.SQL("a.state = ANY(%(states)s)"))
    if wanted.severities:
        found.append(sql.SQL("a.severity = ANY(%(severities)s)"))
    if wanted.source_kind is not None:
        found.append(sql.SQL("a.source_kind = %(source_kind)s"))
    if wanted.machine_id is not None:
        found.append(sql.SQL("a.machine_id = %(machine)s"))
    if wanted.machine_kind is not None:
        found.append(sql.SQL("coalesce(mm.kind, 'other') = %(machine_kind)s"))
    if wanted.acknowledged is not None:
        found.append(sql.SQL("a.acknowledged_at IS NOT NULL" if wanted.acknowledged else "a.acknowledged_at IS NULL"))
    return found


async def find_alarms(conn: Connection, scope: Scope, alarm_ids: Sequence[UUID]) -> list[AlarmRow]:
    """The alarms of these ids that the scope sees, in no order."""
    conditions = [sql.SQL("a.alarm_id = ANY(%(ids)s)"), *([] if scope.sees_all else [sql.SQL(_SEEN)])]
    statement = sql.SQL(_ALARM).format(conditions=sql.SQL(" AND ").join(conditions))
    async with conn.cursor(row_factory=class_row(AlarmRow)) as cursor:
        return await (await cursor.execute(statement, {"ids": list(alarm_ids)} | scope.parameters)).fetchall()


async def find_finding_start(conn: Connection, finding_id: UUID) -> datetime | None:
    """When the condition of an alarm began, whose visibility the caller has checked."""
    found = await conn.execute("SELECT from_at FROM finding WHERE finding_id = %s", [finding_id])
    row = await found.fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """One change of an alarm."""

    at: datetime
    kind: str
    version: str
    actor: str
    detail: dict[str, Any]


TRANSITIONS: LiteralString = """
SELECT at, kind, version, actor, detail FROM alarm_transition WHERE alarm_id = %s ORDER BY transition_id LIMIT 1000
"""


async def list_transitions(conn: Connection, alarm_id: UUID) -> list[TransitionRow]:
    """An alarm's changes in order, whose visibility the caller has checked."""
    async with conn.cursor(row_factory=class_row(TransitionRow)) as cursor:
        return await (await cursor.execute(TRANSITIONS, [alarm_id])).fetchall()


async def find_transitions(conn: Connection, transition_ids: Sequence[int]) -> dict[int, TransitionRow]:
    """Changes by their id."""
    found = await conn.execute(
        "SELECT transition_id, at, kind, version, actor, detail FROM alarm_transition WHERE transition_id = ANY(%s)",
        [list(transition_ids)],
    )
    return {
        transition_id: TransitionRow(at=at, kind=kind, version=version, actor=actor, detail=detail)
        for transition_id, at, kind, version, actor, detail in await found.fetchall()
    }


ACKNOWLEDGE: LiteralString = """
WITH changed AS (
    UPDATE alarm SET acknowledged_at = %(at)s, acknowledged_by = %(user)s
    WHERE alarm_id = %(alarm)s AND state = 'active' AND acknowledged_at IS NULL
    RETURNING alarm_id, machine_id, source_kind, source_key, severity, finding_id, raised_at
), transition AS (
    INSERT INTO alarm_transition (alarm_id, at, kind, version, actor, detail)
    SELECT c.alarm_id, %(at)s, 'acknowledged', f.version, %(actor)s, '{}'
    FROM changed c JOIN finding f USING (finding_id)
    RETURNING transition_id, alarm_id
)
INSERT INTO event_log (at, organisation_id, machine_id, kind, payload)
SELECT %(at)s,
    (SELECT o.organisation_id FROM ownership o
     WHERE o.machine_id = c.machine_id AND o.from_at <= c.raised_at AND o.to_at > c.raised_at),
    c.machine_id, 'alarm.acknowledged',
    jsonb_build_object('alarm_id', c.alarm_id, 'transition_id', t.transition_id, 'transition', 'acknowledged',
                       'source_kind', c.source_kind, 'source_key', c.source_key, 'severity', c.severity)
FROM changed c JOIN transition t USING (alarm_id)
"""


async def acknowledge(conn: Connection, alarm_id: UUID, *, by: int, login: str, at: datetime) -> bool:
    """Acknowledge an active alarm, with its transition and event-log entry; False when somebody already had, or it is
    not active. That the caller may see the alarm is checked before.
    """
    changed = await conn.execute(ACKNOWLEDGE, {"alarm": alarm_id, "user": by, "actor": login, "at": at})
    return changed.rowcount == 1
