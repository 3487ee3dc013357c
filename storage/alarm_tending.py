"""What time does to alarms: shelving that is over, suppression by design, escalation, floods. Sync, for housekeeping.

Rows that somebody changes at the moment are left for the next time; each statement does at most PORTION. The end of a
hold alone waits for whoever changes its alarm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.alarm_log import FREE, PLATFORM, TELL, TOLD_OF_POINT

PORTION = 500

EXPIRE: LiteralString = (
    """
WITH ended AS (
    DELETE FROM alarm_hold h USING (
        SELECT machine_id, source_kind, source_key FROM alarm_hold x
        WHERE hold = ANY(%(before)s) AND CASE WHEN %(sold)s THEN EXISTS (
            SELECT FROM machine_transfer t
            WHERE t.machine_id = x.machine_id AND t.at <= %(at)s AND greatest(t.at, t.recorded_at) > x.since
        ) ELSE until_at <= %(at)s END
        ORDER BY until_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) d
    WHERE h.machine_id = d.machine_id AND h.source_kind = d.source_kind AND h.source_key = d.source_key
    RETURNING h.machine_id, h.source_kind, h.source_key, h.alarm_id
)
"""  # noqa: S608 - literals of this file
    + FREE
    + TOLD_OF_POINT
    + TELL
)
_TOLD: LiteralString = """
, told AS (
    SELECT 0 AS n, l.*, coalesce(f.version, '') AS version, %(kind)s AS kinds, '{}'::jsonb AS detail
    FROM (
        SELECT l.alarm_id, l.machine_id, l.source_kind, l.source_key, l.severity, l.raised_at, l.finding_id
        FROM locked l JOIN changed USING (alarm_id)
    ) l LEFT JOIN finding f USING (finding_id)
)
"""
SUPPRESS: LiteralString = (
    """
WITH resting AS (
    SELECT a.alarm_id
    FROM machine m
    JOIN alarm a ON a.machine_id = m.machine_id AND a.state = 'active' AND a.suppression IS NULL
    LEFT JOIN alarm_rule r ON r.source_kind = a.source_kind AND r.source_key = a.source_key
    WHERE m.mode IN ('in_repair', 'transport', 'stored')
      AND m.mode = ANY(coalesce(r.suppressed_in, '{in_repair,transport,stored}'))
    UNION ALL
    SELECT a.alarm_id
    FROM alarm_rule r
    JOIN alarm a ON a.source_kind = r.source_kind AND a.source_key = r.source_key
    JOIN machine_state s ON s.machine_id = a.machine_id
    WHERE 'engine_off' = ANY(r.suppressed_in) AND a.state = 'active' AND a.suppression IS NULL AND s.work_state = 'off'
    LIMIT %(portion)s
), locked AS MATERIALIZED (
    SELECT a.* FROM alarm a JOIN resting USING (alarm_id)
    WHERE a.state = 'active' AND a.suppression IS NULL FOR UPDATE OF a SKIP LOCKED
), changed AS (
    UPDATE alarm l SET suppression = 'by_design', escalate_at = NULL FROM locked k WHERE l.alarm_id = k.alarm_id
    RETURNING l.alarm_id
)
"""  # noqa: S608 - literals of this file
    + _TOLD
    + TELL
)
WAKE: LiteralString = (
    """
WITH locked AS MATERIALIZED (
    SELECT a.* FROM alarm a
    JOIN machine m ON m.machine_id = a.machine_id
    LEFT JOIN alarm_rule r ON r.source_kind = a.source_kind AND r.source_key = a.source_key
    WHERE a.state = 'active' AND a.suppression = 'by_design'
      AND NOT m.mode = ANY(coalesce(r.suppressed_in, '{in_repair,transport,stored}'))
      AND NOT ('engine_off' = ANY(coalesce(r.suppressed_in, '{}')) AND EXISTS (
          SELECT FROM machine_state s WHERE s.machine_id = a.machine_id AND s.work_state = 'off'))
    LIMIT %(portion)s FOR UPDATE OF a SKIP LOCKED
), ended AS (SELECT DISTINCT machine_id, source_kind, source_key, alarm_id FROM locked)
"""  # noqa: S608 - literals of this file
    + FREE
    + _TOLD
    + TELL
)


def expire_hold(conn: psycopg.Connection, *, before: Sequence[str], kind: str, at: datetime) -> list[str]:
    """End one of the holds (of the kinds in `before`) whose time is over; returns the kinds of the transitions.

    One a transaction: it waits for whoever changes the alarm, and whoever waits must not be waited for.
    """
    own = {"before": list(before), "kind": kind, "detail": Jsonb({}), "alarm": None, "sold": False}
    return _kinds(conn, EXPIRE, own, at)


def end_sold_hold(conn: psycopg.Connection, *, before: Sequence[str], kind: str, at: datetime) -> list[str]:
    """End one of the holds (of the kinds in `before`) on machines sold since; returns the kinds of the transitions."""
    own = {"before": list(before), "kind": kind, "detail": Jsonb({"sold": True}), "alarm": None, "sold": True}
    return _kinds(conn, EXPIRE, own, at)


def suppress_resting(conn: psycopg.Connection, *, at: datetime) -> list[str]:
    """Suppress open alarms of machines in a mode, or with an engine that is off, in which their rules say so."""
    return _kinds(conn, SUPPRESS, {"kind": "suppressed"}, at)


def wake_resting(conn: psycopg.Connection, *, at: datetime) -> list[str]:
    """Let suppressed alarms call that are still open when the reason is gone."""
    return _kinds(conn, WAKE, {"kind": "unsuppressed"}, at)


def _kinds(conn: psycopg.Connection, statement: LiteralString, own: Mapping[str, Any], at: datetime) -> list[str]:
    given = {"at": at, "actor": PLATFORM, "portion": PORTION} | dict(own)
    return [kind for _, kind in conn.execute(statement, given)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueAlarm:
    """An alarm that nobody acknowledged in time; `organisations`: owner first, then whoever is above it."""

    alarm_id: UUID
    escalation: int
    organisations: list[int]


OVERDUE: LiteralString = """
SELECT a.alarm_id, a.escalation, ARRAY(
    WITH RECURSIVE up AS (
        SELECT o.organisation_id, o.parent_id, 0 AS step FROM ownership p JOIN organisation o USING (organisation_id)
        WHERE p.machine_id = a.machine_id AND p.from_at <= a.raised_at AND %(at)s < p.to_at
        UNION ALL SELECT o.organisation_id, o.parent_id, up.step + 1
        FROM up JOIN organisation o ON o.organisation_id = up.parent_id
    ) SELECT organisation_id FROM up ORDER BY step
) AS organisations
FROM alarm a WHERE a.escalate_at <= %(at)s ORDER BY a.escalate_at LIMIT %(portion)s
"""


def list_overdue(conn: psycopg.Connection, *, at: datetime) -> list[OverdueAlarm]:
    """Those due to be escalated, the longest overdue first."""
    with conn.cursor(row_factory=class_row(OverdueAlarm)) as cursor:
        return cursor.execute(OVERDUE, {"at": at, "portion": PORTION}).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRoster:
    """A roster with its seats [{id, shifts}] in order; `is_platform`: of the control centre."""

    roster_id: UUID
    organisation_id: int
    is_platform: bool
    time_zone: str
    exceptions: list[dict[str, Any]]
    seats: list[dict[str, Any]]


ROSTERS: LiteralString = """
SELECT r.public_id AS roster_id, r.organisation_id, o.kind = 'ecc' AS is_platform, r.time_zone, r.exceptions,
    jsonb_agg(jsonb_build_object('id', s.public_id, 'shifts', s.shifts) ORDER BY s.place) AS seats
FROM roster r JOIN organisation o USING (organisation_id) JOIN duty_seat s ON s.roster_id = r.roster_id
GROUP BY r.roster_id, o.kind ORDER BY r.roster_id
"""
ACTIVE: LiteralString = "SELECT public_id FROM app_user WHERE public_id = ANY(%s) AND active"


LEADS: LiteralString = """
WITH serving AS (
    SELECT u.public_id, u.user_id, u.role FROM app_user u JOIN organisation o USING (organisation_id)
    WHERE o.kind = 'ecc' AND u.active AND u.role IN ('lead', 'expert')
)
SELECT public_id FROM serving
WHERE role = 'lead' OR NOT EXISTS (SELECT FROM serving WHERE role = 'lead') ORDER BY user_id
"""


def list_leads(conn: psycopg.Connection) -> list[str]:
    """Public ids of the control centre's leads who are active; of its experts where it has none."""
    return [str(row[0]) for row in conn.execute(LEADS)]


def list_duty_rosters(conn: psycopg.Connection) -> list[DutyRoster]:
    """Every roster that has a seat, in the order in which they were made."""
    with conn.cursor(row_factory=class_row(DutyRoster)) as cursor:
        return cursor.execute(ROSTERS).fetchall()


def find_active(conn: psycopg.Connection, people: Sequence[str]) -> set[str]:
    """Those of the people (public ids) who are active."""
    return {str(row[0]) for row in conn.execute(ACTIVE, [[UUID(person) for person in people]])}


ESCALATE: LiteralString = (
    """
WITH asked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s)
        AS r (n integer, alarm_id uuid, escalation integer, is_last boolean, detail jsonb)
), locked AS MATERIALIZED (
    SELECT a.* FROM alarm a JOIN asked q USING (alarm_id)
    WHERE a.escalate_at <= %(at)s AND a.escalation = q.escalation
      AND a.lifecycle IN ('active_unacknowledged', 'returned_unacknowledged')
      AND a.suppression IS NULL AND a.inhibited_by IS NULL
    FOR UPDATE OF a SKIP LOCKED
), changed AS (
    UPDATE alarm l
    SET escalation = l.escalation + 1, escalate_at = CASE WHEN NOT q.is_last
        THEN %(at)s + make_interval(mins => (s.escalate_after_min ->> l.severity)::integer) END
    FROM locked k JOIN asked q USING (alarm_id) CROSS JOIN alarm_setting s WHERE l.alarm_id = k.alarm_id
    RETURNING l.alarm_id
), told AS (
    SELECT q.n, k.alarm_id, k.machine_id, k.source_kind, k.source_key, k.severity, k.raised_at,
        coalesce(f.version, '') AS version, 'escalated' AS kinds, q.detail
    FROM asked q JOIN locked k USING (alarm_id) JOIN changed USING (alarm_id)
    LEFT JOIN finding f ON f.finding_id = k.finding_id
)
"""  # noqa: S608 - literals of this file
    + TELL
)


def escalate(conn: psycopg.Connection, rows: Sequence[Mapping[str, Any]], *, at: datetime) -> list[str]:
    """Escalate alarms: alarm_id, escalation (as it was read), is_last, detail. Those acknowledged meanwhile are not."""
    asked = [{"n": n, **row} for n, row in enumerate(rows)]
    return [kind for _, kind in conn.execute(ESCALATE, {"rows": Jsonb(asked), "at": at, "actor": PLATFORM})]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodWatch:
    """The alarms that called within the last 10 minutes, the first of them, the limits a seat, and the open flood."""

    alarms: int
    first_out: UUID | None
    flood_begins: int
    flood_ends: int
    flood_id: int | None
    peak: int | None


WATCH: LiteralString = """
SELECT n.alarms, n.first_out, s.flood_begins, s.flood_ends, f.flood_id, f.peak
FROM (
    SELECT count(*) AS alarms, (array_agg(alarm_id ORDER BY announced_at, raised_at, alarm_id))[1] AS first_out
    FROM alarm WHERE announced_at > %(at)s - interval '10 minutes' AND announced_at <= %(at)s
) n CROSS JOIN alarm_setting s LEFT JOIN alarm_flood f ON f.ended_at IS NULL
"""
BEGIN: LiteralString = """
INSERT INTO alarm_flood (began_at, seats, first_out, peak) VALUES (%(at)s, %(seats)s, %(first_out)s, %(alarms)s)
ON CONFLICT DO NOTHING RETURNING flood_id
"""
GROW: LiteralString = "UPDATE alarm_flood SET peak = %(alarms)s WHERE flood_id = %(flood)s AND peak < %(alarms)s"
END: LiteralString = "UPDATE alarm_flood SET ended_at = %(at)s WHERE flood_id = %(flood)s AND ended_at IS NULL"
LOG: LiteralString = """
INSERT INTO event_log (at, organisation_id, kind, payload)
SELECT %(at)s, o.organisation_id, %(kind)s, %(payload)s FROM organisation o WHERE o.kind = 'ecc'
"""


def watch_flood(conn: psycopg.Connection, *, at: datetime) -> FloodWatch:
    """What decides on a flood."""
    with conn.cursor(row_factory=class_row(FloodWatch)) as cursor:
        row = cursor.execute(WATCH, {"at": at}).fetchone()
    assert row is not None  # a count
    return row


def begin_flood(conn: psycopg.Connection, watch: FloodWatch, *, seats: int, at: datetime) -> bool:
    """A flood begins; False when there is one."""
    given = {"at": at, "seats": seats, "first_out": watch.first_out, "alarms": watch.alarms}
    if conn.execute(BEGIN, given).rowcount == 0:
        return False
    _log(conn, "alarm_flood.began", {"first_out": str(watch.first_out), "alarms": watch.alarms, "seats": seats}, at)
    return True


def go_on_with_flood(conn: psycopg.Connection, watch: FloodWatch, *, is_over: bool, at: datetime) -> bool:
    """Note the peak of the open flood, or that it is over; True when it has ended now."""
    given = {"flood": watch.flood_id, "alarms": watch.alarms, "at": at}
    conn.execute(GROW, given)
    if not is_over or conn.execute(END, given).rowcount == 0:
        return False
    _log(conn, "alarm_flood.ended", {"peak": watch.peak}, at)
    return True


def _log(conn: psycopg.Connection, kind: str, payload: Mapping[str, Any], at: datetime) -> None:
    conn.execute(LOG, {"at": at, "kind": kind, "payload": Jsonb(dict(payload))})
