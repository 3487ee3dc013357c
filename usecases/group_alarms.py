"""Alarms that wait for an answer, gathered."""

from dataclasses import dataclass
from datetime import datetime

from storage.alarm_groups import GroupBy, list_groups
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmGroup:
    """One group; see api.schemas.alarm_commands."""

    key: str
    name: str
    alarms: int
    unacknowledged: int
    held_back: int
    severity: str
    first_out: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmGroups:
    """The worst groups, and how many there are."""

    by: GroupBy
    groups: int
    alarms: int
    items: list[AlarmGroup]


async def group_alarms(conn: Connection, scope: Scope, by: GroupBy, *, limit: int) -> AlarmGroups:
    """The worst `limit` groups by machine, site, cascade (an alarm with those that it explains) or source."""
    rows = await list_groups(conn, scope, by, limit=limit)
    items = [
        AlarmGroup(
            key=row.key,
            name=row.name,
            alarms=row.alarms,
            unacknowledged=row.unacknowledged,
            held_back=row.held_back,
            severity=row.severity,
            first_out=str(row.first_out),
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for row in rows
    ]
    return AlarmGroups(
        by=by, groups=rows[0].groups if rows else 0, alarms=rows[0].everything if rows else 0, items=items
    )
