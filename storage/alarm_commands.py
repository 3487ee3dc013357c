"""What people do with an alarm: each statement changes it with a transition and an entry of the event log, or nothing.

Compare-and-set: an alarm is locked, and the line of alerts/lifecycle.py that fits what it is then leads on. Whether the
caller may see the alarm is checked before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.alarm_log import FREE, TELL, TOLD_OF_POINT
from storage.read_pool import Connection

_LOCKED: LiteralString = """
WITH locked AS MATERIALIZED (
    SELECT a.alarm_id, a.machine_id, a.source_kind, a.source_key, a.severity, a.raised_at, coalesce(f.version, '')
        AS version, concat_ws(' ', a.lifecycle, %(given)s::text, a.asks) AS step
    FROM alarm a LEFT JOIN finding f ON f.finding_id = a.finding_id
    WHERE a.alarm_id = %(alarm)s AND a.state <> 'withdrawn' FOR UPDATE OF a
)
"""
_TOLD: LiteralString = """
, told AS (
    SELECT 0 AS n, w.alarm_id, w.machine_id, w.source_kind, w.source_key, w.severity, w.raised_at, w.version,
        coalesce(%(kinds)s::jsonb ->> w.step, %(given)s) AS kinds, %(detail)s::jsonb AS detail
    FROM locked w JOIN changed USING (alarm_id)
)
"""
MOVE: LiteralString = (
    _LOCKED  # noqa: S608 - literals of this file
    + """
, changed AS (
    UPDATE alarm l
    SET lifecycle = %(to)s::jsonb ->> w.step, escalate_at = NULL,
        acknowledged_at = CASE %(given)s WHEN 'acknowledge' THEN %(at)s ELSE l.acknowledged_at END,
        acknowledged_by = CASE %(given)s WHEN 'acknowledge' THEN %(user)s ELSE l.acknowledged_by END
    FROM locked w WHERE l.alarm_id = w.alarm_id AND jsonb_exists(%(to)s::jsonb, w.step)
    RETURNING l.alarm_id
)
"""
    + _TOLD
    + TELL
)
COMMENT: LiteralString = _LOCKED + ", changed AS (SELECT alarm_id FROM locked)" + _TOLD + TELL  # noqa: S608 - literals of this file
ASSIGN: LiteralString = (
    _LOCKED  # noqa: S608 - literals of this file
    + """
, changed AS (
    UPDATE alarm l SET assigned_to = %(person)s FROM locked w
    WHERE l.alarm_id = w.alarm_id AND l.assigned_to IS NOT DISTINCT FROM %(expected)s
      AND l.assigned_to IS DISTINCT FROM %(person)s
    RETURNING l.alarm_id
)
"""
    + _TOLD
    + TELL
)
INVESTIGATE: LiteralString = (
    _LOCKED  # noqa: S608 - literals of this file
    + """
, changed AS (
    UPDATE alarm l
    SET investigating_since = CASE WHEN %(begins)s THEN %(at)s END,
        investigated_by = CASE WHEN %(begins)s THEN %(user)s END
    FROM locked w WHERE l.alarm_id = w.alarm_id AND (l.investigating_since IS NULL) = %(begins)s
    RETURNING l.alarm_id
)
"""
    + _TOLD
    + TELL
)
JUDGED: LiteralString = (
    """
WITH told AS (
    SELECT 0 AS n, a.alarm_id, a.machine_id, a.source_kind, a.source_key, a.severity, a.raised_at, f.version,
        'judged' AS kinds, %(detail)s::jsonb AS detail
    FROM alarm a JOIN finding f USING (finding_id)
    WHERE a.finding_id = %(finding)s
)
"""  # noqa: S608 - literals of this file
    + TELL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it, and when."""

    user_id: int
    login: str
    at: datetime


async def move(
    conn: Connection, alarm_id: UUID, given: str, by: By, *, steps: tuple[Mapping[str, str], Mapping[str, str]]
) -> bool:
    """Do what `given` names (acknowledge, reset) with an alarm; False when no step leads from where it stands."""
    told = {"to": Jsonb(dict(steps[0])), "kinds": Jsonb(dict(steps[1])), "user": by.user_id}
    return await _done(conn, MOVE, alarm_id, given, by, told)


async def comment(conn: Connection, alarm_id: UUID, text: str, by: By) -> bool:
    """Add a comment; False when the alarm was withdrawn."""
    return await _done(conn, COMMENT, alarm_id, "commented", by, {"detail": Jsonb({"text": text})})


async def assign(
    conn: Connection, alarm_id: UUID, person: tuple[int, Mapping[str, Any]] | None, by: By, *, expected: int | None
) -> bool:
    """Give an alarm to a person (number, and what is told of them) or to nobody; False when it was not `expected`'s."""
    told = {"to": None, "login": None} if person is None else dict(person[1])
    own = {"person": person and person[0], "expected": expected, "detail": Jsonb(told)}
    return await _done(conn, ASSIGN, alarm_id, "assigned", by, own)


async def investigate(conn: Connection, alarm_id: UUID, by: By, *, begins: bool) -> bool:
    """Set an alarm under investigation, or end that; False when it is so already."""
    own = {"begins": begins, "user": by.user_id, "detail": Jsonb({"begins": begins})}
    return await _done(conn, INVESTIGATE, alarm_id, "investigating", by, own)


async def tell_verdict(conn: Connection, finding: UUID, verdict: str, solved: str | None, by: By) -> None:
    """Note on the alarm of a finding that somebody said what was the matter, and how it was solved."""
    detail = {"verdict": verdict} | ({} if solved is None else {"solved": solved})
    given = {"finding": finding, "at": by.at, "actor": by.login, "detail": Jsonb(detail)}
    await conn.execute(JUDGED, given)


async def _done(  # noqa: PLR0917 - the statement and what it is given
    conn: Connection, statement: LiteralString, alarm_id: UUID, given: str, by: By, own: Mapping[str, Any]
) -> bool:
    parameters = {"alarm": alarm_id, "given": given, "at": by.at, "actor": by.login}
    blank = {"kinds": Jsonb({}), "detail": Jsonb({})}
    return (await conn.execute(statement, parameters | blank | dict(own))).rowcount > 0


PUT_HOLD: LiteralString = (
    """
WITH ended AS (
    INSERT INTO alarm_hold AS h (machine_id, source_kind, source_key, hold, alarm_id, reason, since, until_at, by_user,
                                 by_name)
    SELECT machine_id, source_kind, source_key, %(hold)s, alarm_id, %(reason)s, %(at)s, %(until)s, %(user)s, %(actor)s
    FROM alarm WHERE alarm_id = %(alarm)s AND %(from_none)s
    ON CONFLICT (machine_id, source_kind, source_key) DO UPDATE
    SET hold = excluded.hold, alarm_id = excluded.alarm_id, reason = excluded.reason, since = excluded.since,
        until_at = excluded.until_at, by_user = excluded.by_user, by_name = excluded.by_name
    WHERE h.hold = ANY(%(before)s)
    RETURNING machine_id, source_kind, source_key, alarm_id
), changed AS (
    UPDATE alarm l SET suppression = %(hold)s, escalate_at = NULL FROM ended e
    WHERE l.machine_id = e.machine_id AND l.source_kind = e.source_kind AND l.source_key = e.source_key
      AND l.state = 'active'
)
"""  # noqa: S608 - literals of this file
    + TOLD_OF_POINT
    + TELL
)
END_HOLD: LiteralString = (
    """
WITH ended AS (
    DELETE FROM alarm_hold h USING alarm g
    WHERE g.alarm_id = %(alarm)s AND h.machine_id = g.machine_id AND h.source_kind = g.source_kind
      AND h.source_key = g.source_key AND h.hold = ANY(%(before)s)
    RETURNING h.machine_id, h.source_kind, h.source_key, h.alarm_id
)
"""  # noqa: S608 - literals of this file
    + FREE
    + TOLD_OF_POINT
    + TELL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChange:
    """From which holds (`from_none`: from none, too) to which one, told as what."""

    before: Sequence[str]
    from_none: bool
    after: str | None
    kind: str


async def change_hold(
    conn: Connection, alarm_id: UUID, change: HoldChange, by: By, *, reason: str | None, until: datetime | None
) -> bool:
    """Hold the alarms of an alarm's machine and source back, or let them go; False when it is not as `change` says."""
    told = {"reason": reason} | ({"until": until.isoformat()} if until else {})
    parameters = {
        "alarm": alarm_id,
        "hold": change.after,
        "before": list(change.before),
        "from_none": change.from_none,
        "reason": reason,
        "until": until,
        "user": by.user_id,
        "actor": by.login,
        "at": by.at,
        "kind": change.kind,
        "detail": Jsonb({key: value for key, value in told.items() if value is not None}),
    }
    return (await conn.execute(END_HOLD if change.after is None else PUT_HOLD, parameters)).rowcount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold in force."""

    hold: str
    reason: str
    since: datetime
    until: datetime | None
    by: str


HELD: LiteralString = """
SELECT h.hold, h.reason, h.since, h.until_at AS until, h.by_name AS by
FROM alarm_hold h JOIN alarm a USING (machine_id, source_kind, source_key) WHERE a.alarm_id = %s
"""


async def find_hold(conn: Connection, alarm_id: UUID) -> HoldRow | None:
    """The hold on the alarms of this one's machine and source."""
    async with conn.cursor(row_factory=class_row(HoldRow)) as cursor:
        return await (await cursor.execute(HELD, [alarm_id])).fetchone()


@dataclass(frozen=True, slots=True)
class Last:
    """Who changed an alarm last."""

    kind: str
    actor: str
    at: datetime


LAST: LiteralString = """
SELECT kind, actor, at FROM alarm_transition WHERE alarm_id = %(alarm)s AND kind = ANY(%(kinds)s)
ORDER BY transition_id DESC LIMIT 1
"""


async def find_last(conn: Connection, alarm_id: UUID, kinds: Sequence[str]) -> Last | None:
    """The last transition of these kinds."""
    async with conn.cursor(row_factory=class_row(Last)) as cursor:
        return await (await cursor.execute(LAST, {"alarm": alarm_id, "kinds": list(kinds)})).fetchone()
