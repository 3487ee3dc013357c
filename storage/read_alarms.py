"""Alarms: pages of the list, and one with its transitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.few_machines import FEW
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope

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
    machine_is_seen: bool  # now: whose name it bears
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
    lifecycle: str
    asks: str
    suppression: str | None
    inhibited_by: UUID | None
    chattering: bool
    fleeting: bool
    escalation: int
    assigned_to: str | None
    investigating_since: datetime | None
    investigated_by: str | None
    finding_id: UUID
    version: str  # of the rule set or model that the finding names
    evidence: dict[str, Any]
    """The values of the signals that drove it, by key."""
    code_case: dict[str, Any] | None
    """Fault codes with one cause; see finding.code_case."""
    reason: dict[str, Any] | None
    """Of a silence: key, share, spoke_for; see finding.reason."""
    severity_weight: int


# Whoever acknowledged or has it may be of an organisation whose people the caller does not see: the transitions name
# them as well.
_ALARM: LiteralString = """
SELECT a.alarm_id, a.machine_id, m.public_id AS machine_public_id, m.pin AS machine_pin, m.name AS machine_name,
    coalesce(mm.kind, 'other') AS machine_kind, {seen_now} AS machine_is_seen, a.source_kind, a.source_key,
    a.severity, a.state, a.historic,
    a.raised_at, a.cleared_at, a.committed_at, a.acknowledged_at, a.finding_id,
    coalesce(u.login, CASE WHEN a.acknowledged_by IS NOT NULL THEN (
        SELECT t.actor FROM alarm_transition t WHERE t.alarm_id = a.alarm_id AND t.kind = 'acknowledged'
        ORDER BY t.transition_id DESC LIMIT 1
    ) END) AS acknowledged_by,
    a.lifecycle, a.asks, a.suppression, a.inhibited_by, a.chattering, a.fleeting, a.escalation, a.investigating_since,
    CASE WHEN a.assigned_to IS NOT NULL THEN (
        SELECT t.detail ->> 'login' FROM alarm_transition t WHERE t.alarm_id = a.alarm_id AND t.kind = 'assigned'
        ORDER BY t.transition_id DESC LIMIT 1
    ) END AS assigned_to,
    CASE WHEN a.investigated_by IS NOT NULL THEN (
        SELECT t.actor FROM alarm_transition t WHERE t.alarm_id = a.alarm_id AND t.kind = 'investigating'
        ORDER BY t.transition_id DESC LIMIT 1
    ) END AS investigated_by,
    coalesce(f.version, '') AS version, coalesce(f.evidence, '{{}}') AS evidence,
    f.code_case, f.reason - 'place' AS reason, a.severity_weight
FROM alarm a
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN app_user u ON u.user_id = a.acknowledged_by
LEFT JOIN finding f ON f.finding_id = a.finding_id
WHERE {conditions}
"""
# The page first, by an index and with as little as its conditions need; what is shown of it is joined afterwards.
_PAGE: LiteralString = "SELECT a.alarm_id FROM alarm a WHERE {conditions} ORDER BY {order} LIMIT %(limit)s"
_OF_KIND: LiteralString = """EXISTS (
    SELECT FROM machine m LEFT JOIN machine_model mm USING (model_id)
    WHERE m.machine_id = a.machine_id AND coalesce(mm.kind, 'other') = %(machine_kind)s OFFSET 0)"""
_OWNED: LiteralString = (
    "EXISTS (SELECT FROM ownership p WHERE p.machine_id = a.machine_id AND p.from_at <= a.raised_at "
    "AND a.raised_at < p.to_at AND p.organisation_id = ANY(%(owners)s) OFFSET 0)"
)
_ASSIGNED: LiteralString = "a.assigned_to = (SELECT user_id FROM app_user WHERE public_id = %(assigned_to)s)"
OWNERS: LiteralString = """
WITH RECURSIVE below AS (
    SELECT organisation_id FROM organisation WHERE public_id = %(organisation)s
    UNION SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
) SELECT organisation_id FROM below
"""
EVER_OWNED: LiteralString = "SELECT machine_id FROM ownership WHERE organisation_id = ANY(%(owners)s) LIMIT %(most)s"
NOW_AT_SITE: LiteralString = """
SELECT machine_id FROM machine WHERE site_id = (SELECT site_id FROM site WHERE public_id = %(site)s)
"""
EVER_MINE: LiteralString = """
SELECT machine_id FROM (
    SELECT machine_id FROM ownership WHERE organisation_id = ANY(%(organisations)s)
    UNION ALL
    SELECT machine_id FROM sharing
    WHERE organisation_id = ANY(%(organisations)s) AND data_class IN ('all', 'alarms')
) mine LIMIT %(most)s
"""
WEIGHTS = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
_OF_ALL: LiteralString = "TRUE"
# Raised while the machine was the scope's to see.
SEEN: LiteralString = (
    "(EXISTS (SELECT FROM ownership p WHERE p.machine_id = a.machine_id AND p.from_at <= a.raised_at "
    "AND a.raised_at < p.to_at AND p.organisation_id = ANY(%(organisations)s)) "
    "OR EXISTS (SELECT FROM sharing p WHERE p.machine_id = a.machine_id AND p.from_at <= a.raised_at "
    "AND a.raised_at < p.to_at AND p.organisation_id = ANY(%(organisations)s) AND p.data_class IN ('all', 'alarms')))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmQuery:
    """Which alarms a list holds; empty or None is no condition.

    `organisation`: raised while the machine was its own, or of one below it. `site`: where the machine stands now.
    """

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    source_kind: str | None = None
    machine_id: int | None = None
    machine_kind: str | None = None
    acknowledged: bool | None = None
    lifecycles: Sequence[str] = ()
    held_back: bool | None = None
    inhibited: bool | None = None
    assigned_to: UUID | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    organisation: UUID | None = None
    site: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPosition:
    """Where a page ended; weight: of the severity, critical is 5."""

    weight: int
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
    conditions = [*_conditions(wanted), *([] if scope.sees_all else [sql.SQL(SEEN)]), *([beyond] if after else [])]
    parameters: dict[str, Any] = {
        "states": list(wanted.states),
        "severities": list(wanted.severities),
        "source_kind": wanted.source_kind,
        "machine": wanted.machine_id,
        "machine_kind": wanted.machine_kind,
        "lifecycles": list(wanted.lifecycles),
        "assigned_to": wanted.assigned_to,
        "limit": limit,
        "after_weight": after and after.weight,
        "after_at": after and after.at,
        "after_id": after and after.alarm_id,
        "from_at": wanted.from_at,
        "to_at": wanted.to_at,
        "organisation": wanted.organisation,
        "site": wanted.site,
        "most": FEW + 1,
    } | scope.parameters
    if wanted.organisation is not None:
        parameters["owners"] = await _numbers(conn, OWNERS, parameters)
    few = await _few_machines(conn, scope, wanted, parameters)
    if few is not None:  # sorted rather than found on a walk past everybody's
        conditions.append(sql.SQL("a.machine_id = ANY(%(few)s)"))
        parameters["few"] = sorted(few)
    page = sql.SQL(_PAGE).format(conditions=sql.SQL(" AND ").join(conditions), order=order)
    found = await conn.execute(page, parameters, prepare=False)  # planned for these very values
    ids = [row[0] for row in await found.fetchall()]
    by_id = {row.alarm_id: row for row in await find_alarms(conn, scope, ids)} if ids else {}
    return [by_id[alarm_id] for alarm_id in ids]


async def _few_machines(
    conn: Connection, scope: Scope, wanted: AlarmQuery, parameters: Mapping[str, Any]
) -> set[int] | None:
    """The only machines that alarms of the list may be of, those of the site exactly; None when they are many."""
    asked = [
        *([] if scope.sees_all or wanted.machine_id is not None else [EVER_MINE]),
        *([] if wanted.organisation is None or wanted.machine_id is not None else [EVER_OWNED]),
    ]
    found = [await _numbers(conn, statement, parameters) for statement in asked]
    few = [set(numbers) for numbers in found if len(numbers) <= FEW]
    if wanted.site is not None:
        few.append(set(await _numbers(conn, NOW_AT_SITE, parameters)))
    return set.intersection(*few) if few else None


async def _numbers(conn: Connection, statement: LiteralString, parameters: Mapping[str, Any]) -> list[int]:
    return [row[0] for row in await (await conn.execute(statement, parameters)).fetchall()]


def _order(sort: AlarmSort) -> tuple[sql.Composable, sql.Composable]:
    orders: dict[str, tuple[LiteralString, LiteralString, LiteralString]] = {
        # columns, place of a page's end, direction
        "-raised_at": ("a.raised_at", "%(after_at)s::timestamptz", "DESC"),
        "raised_at": ("a.raised_at", "%(after_at)s::timestamptz", "ASC"),
        "-committed_at": ("a.committed_at", "%(after_at)s::timestamptz", "DESC"),
        "severity": ("a.severity_weight, a.raised_at", "%(after_weight)s::int, %(after_at)s::timestamptz", "DESC"),
    }
    columns, place, direction = orders[sort]
    listed = [*columns.split(", "), "a.alarm_id"]
    order = sql.SQL(", ").join([sql.SQL("{} {}").format(sql.SQL(c), sql.SQL(direction)) for c in listed])
    beyond = sql.SQL("({}, a.alarm_id) {} ({}, %(after_id)s::uuid)").format(
        sql.SQL(columns), sql.SQL("<" if direction == "DESC" else ">"), sql.SQL(place)
    )
    return order, beyond


def _conditions(wanted: AlarmQuery) -> list[sql.Composable]:
    found: list[sql.Composable] = [sql.SQL("TRUE")]
    if wanted.states:
        # said plainly for the states that there are indexes for
        one = wanted.states == ("active",)
        found.append(sql.SQL("a.state = 'active'" if one else "a.state = ANY(%(states)s)"))
    if wanted.severities:
        weights = [WEIGHTS[severity] for severity in wanted.severities]
        found.append(sql.SQL("a.severity_weight = ANY({})").format(sql.Literal(weights)))
    asked: list[tuple[object, LiteralString]] = [
        (wanted.source_kind, "a.source_kind = %(source_kind)s"),
        (wanted.machine_id, "a.machine_id = %(machine)s"),
        (wanted.machine_kind, _OF_KIND),
        (wanted.from_at, "a.raised_at >= %(from_at)s"),
        (wanted.to_at, "a.raised_at < %(to_at)s"),
        (wanted.organisation, _OWNED),
        (wanted.lifecycles or None, "a.lifecycle = ANY(%(lifecycles)s)"),
        (wanted.assigned_to, _ASSIGNED),
    ]
    found += [sql.SQL(condition) for value, condition in asked if value is not None]
    told: list[tuple[bool | None, LiteralString]] = [
        (wanted.acknowledged, "a.acknowledged_at"),
        (wanted.held_back, "a.suppression"),
        (wanted.inhibited, "a.inhibited_by"),
    ]
    found += [sql.SQL(f"{column} IS {'NOT' if is_so else ''} NULL") for is_so, column in told if is_so is not None]
    return found


async def find_alarms(conn: Connection, scope: Scope, alarm_ids: Sequence[UUID]) -> list[AlarmRow]:
    """The alarms of these ids that the scope sees, in no order."""
    conditions = [sql.SQL("a.alarm_id = ANY(%(ids)s)"), *([] if scope.sees_all else [sql.SQL(SEEN)])]
    seen_now = sql.SQL(_OF_ALL if scope.sees_all else SEEN_NOW)
    statement = sql.SQL(_ALARM).format(conditions=sql.SQL(" AND ").join(conditions), seen_now=seen_now)
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
