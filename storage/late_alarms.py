"""Open alarms whose beginning was found in readings that came late, and that called nobody for that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.alarm_log import PLATFORM, TELL

MACHINES: LiteralString = """
SELECT DISTINCT machine_id FROM alarm WHERE historic AND state = 'active' AND source_kind IN ('rule', 'dtc') ORDER BY 1
"""


def list_late_machines(conn: psycopg.Connection) -> list[int]:
    """Machines with an open alarm of a rule or a fault code that was found late."""
    return [row[0] for row in conn.execute(MACHINES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAlarm:
    """One of them. `waited`: it was written so long ago that what else was to come late has had its time."""

    alarm_id: UUID
    machine_id: int
    source_kind: str
    source_key: str
    waited: bool


LIST: LiteralString = """
SELECT alarm_id, machine_id, source_kind, source_key, committed_at <= %(before)s AS waited FROM alarm
WHERE historic AND state = 'active' AND source_kind IN ('rule', 'dtc') AND machine_id = ANY(%(machines)s)
"""


def list_late_alarms(conn: psycopg.Connection, machines: Sequence[int], *, before: datetime) -> list[LateAlarm]:
    """Those of these machines; `before`: those written until then have waited."""
    with conn.cursor(row_factory=class_row(LateAlarm)) as cursor:
        return cursor.execute(LIST, {"machines": list(machines), "before": before}).fetchall()


# It calls as one does that nothing holds back any more (storage/alarm_log.py). Its finding stays a late one.
CONFIRM: LiteralString = (
    """
WITH locked AS MATERIALIZED (
    SELECT a.alarm_id, concat_ws(' ', a.lifecycle, %(given)s::text, a.asks) AS step FROM alarm a
    WHERE a.alarm_id = ANY(%(alarms)s) AND a.historic AND a.state = 'active' FOR UPDATE
), changed AS (
    UPDATE alarm l
    SET historic = FALSE, lifecycle = %(to)s::jsonb ->> w.step,
        announced_at = CASE
            WHEN l.suppression IS NULL AND l.inhibited_by IS NULL AND l.severity <> 'info'
                THEN coalesce(l.announced_at, %(at)s)
            ELSE l.announced_at
        END,
        escalate_at = CASE
            WHEN l.suppression IS NULL AND l.inhibited_by IS NULL AND l.severity <> 'info'
                AND l.lifecycle = 'active_unacknowledged'
                THEN %(at)s + make_interval(mins => (s.escalate_after_min ->> l.severity)::integer)
            ELSE l.escalate_at
        END
    FROM locked w CROSS JOIN alarm_setting s WHERE l.alarm_id = w.alarm_id AND jsonb_exists(%(to)s::jsonb, w.step)
    RETURNING l.alarm_id, l.machine_id, l.source_kind, l.source_key, l.severity, l.raised_at, l.finding_id, w.step
), told AS (
    SELECT 0 AS n, c.alarm_id, c.machine_id, c.source_kind, c.source_key, c.severity, c.raised_at,
        (SELECT f.version FROM finding f WHERE f.finding_id = c.finding_id) AS version,
        %(kinds)s::jsonb ->> c.step AS kinds, '{}'::jsonb AS detail
    FROM changed c
)
"""  # noqa: S608 - literals of this file
    + TELL
)


def confirm_late(
    conn: psycopg.Connection,
    alarms: Sequence[UUID],
    given: str,
    *,
    steps: tuple[Mapping[str, str], Mapping[str, str]],
    at: datetime,
) -> list[str]:
    """Let these alarms call, as `steps` (alerts/lifecycle.py) say of `given`; returns the kinds of the transitions.

    One that has called, or ended, is left as it is: whatever runs twice tells once.
    """
    told = {"alarms": list(alarms), "given": given, "at": at, "actor": PLATFORM}
    told |= {"to": Jsonb(dict(steps[0])), "kinds": Jsonb(dict(steps[1]))}
    return [kind for _, kind in conn.execute(CONFIRM, told)]
