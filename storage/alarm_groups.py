"""Alarms that wait for an answer, gathered by machine, site, cause or source; and who was told of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.read_alarms import SEEN
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope

GroupBy = Literal["machine", "site", "cascade", "source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group; `groups` and `everything`: how many groups and alarms there are in all."""

    key: str
    name: str
    alarms: int
    unacknowledged: int
    held_back: int
    severity: str
    first_out: UUID
    first_at: datetime
    last_at: datetime
    groups: int
    everything: int


# A machine that is not the caller's any more goes by its PIN, as in the list.
_GROUPS: LiteralString = """
WITH waiting AS MATERIALIZED (
    SELECT a.alarm_id, a.machine_id, a.source_kind, a.source_key, a.severity, a.severity_weight, a.raised_at,
        a.suppression, a.lifecycle, coalesce(a.inhibited_by, a.alarm_id) AS cause
    FROM alarm a
    WHERE (a.state = 'active' OR a.lifecycle IN ('returned_unacknowledged', 'latched')) AND {seen}
), keyed AS (
    SELECT {key} AS key, w.* FROM waiting w {joined}
), gathered AS (
    SELECT key, count(*) AS alarms,
        count(*) FILTER (WHERE lifecycle IN ('active_unacknowledged', 'returned_unacknowledged')) AS unacknowledged,
        count(*) FILTER (WHERE suppression IS NOT NULL) AS held_back, max(severity_weight) AS worst,
        (array_agg(alarm_id ORDER BY raised_at, alarm_id))[1] AS first_out, min(raised_at) AS first_at,
        max(raised_at) AS last_at
    FROM keyed WHERE key IS NOT NULL GROUP BY key
), listed AS (
    SELECT g.*, count(*) OVER () AS groups, (sum(alarms) OVER ())::bigint AS everything
    FROM gathered g ORDER BY worst DESC, alarms DESC, key LIMIT %(limit)s
)
SELECT l.key, {name} AS name, l.alarms, l.unacknowledged, l.held_back,
    ('{{info,low,medium,high,critical}}'::text[])[l.worst] AS severity, l.first_out, l.first_at, l.last_at, l.groups,
    l.everything
FROM listed l {named} ORDER BY l.worst DESC, l.alarms DESC, l.key
"""
_BY: Mapping[GroupBy, Mapping[str, LiteralString]] = {
    "machine": {
        "key": "m.public_id::text",
        "joined": "JOIN machine m ON m.machine_id = w.machine_id",
        "name": "CASE WHEN {seen_now} THEN m.name ELSE m.pin END",
        "named": "JOIN machine m ON m.public_id = l.key::uuid",
    },
    "site": {
        "key": "s.public_id::text",
        "joined": "JOIN machine m ON m.machine_id = w.machine_id JOIN site s ON s.site_id = m.site_id",
        "name": "s.name",
        "named": "JOIN site s ON s.public_id = l.key::uuid",
    },
    "cascade": {
        "key": "w.cause::text",
        "joined": "",
        "name": "coalesce(a.source_key, '')",
        "named": "LEFT JOIN alarm a ON a.alarm_id = l.key::uuid",
    },
    "source": {"key": "w.source_kind || ' ' || w.source_key", "joined": "", "name": "l.key", "named": ""},
}


async def list_groups(conn: Connection, scope: Scope, by: GroupBy, *, limit: int) -> list[GroupRow]:
    """The worst groups of what the scope sees, the worst first; a machine without a site is of no site."""
    parts: dict[str, sql.Composable] = {name: sql.SQL(text) for name, text in _BY[by].items()}
    parts["name"] = sql.SQL(_BY[by]["name"]).format(seen_now=sql.SQL("TRUE" if scope.sees_all else SEEN_NOW))
    seen = sql.SQL("TRUE" if scope.sees_all else SEEN)
    async with conn.cursor(row_factory=class_row(GroupRow)) as cursor:
        statement = sql.SQL(_GROUPS).format(seen=seen, **parts)
        return await (await cursor.execute(statement, scope.parameters | {"limit": limit})).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """A notice that told somebody of an alarm; `to` None: the caller does not see them."""

    to: str | None
    channel: str
    language: str
    transition: str
    severity: str
    state: str
    subject: str
    body: str
    made_at: datetime
    ended_at: datetime | None
    answer: str | None


TOLD: LiteralString = """
SELECT u.login AS to, n.channel, n.language, t.kind AS transition, n.severity, n.state, n.subject, n.body, n.made_at,
    n.ended_at, (
        SELECT d.answer FROM notice_delivery d WHERE d.notice_id = n.notice_id ORDER BY d.delivery_id DESC LIMIT 1
    ) AS answer
FROM alarm_transition t
JOIN notice_told b ON b.source = 'alarm' AND b.source_id = t.transition_id
JOIN notice n ON n.notice_id = b.notice_id
LEFT JOIN app_user u ON u.user_id = n.user_id
WHERE t.alarm_id = %(alarm)s ORDER BY n.notice_id DESC LIMIT 200
"""


async def list_told(conn: Connection, alarm_id: UUID) -> list[ToldRow]:
    """What people were told of an alarm, whose visibility the caller has checked, the newest first."""
    given: dict[str, Any] = {"alarm": alarm_id}
    async with conn.cursor(row_factory=class_row(ToldRow)) as cursor:
        return await (await cursor.execute(TOLD, given)).fetchall()
