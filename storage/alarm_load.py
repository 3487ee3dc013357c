"""What alarms cost those who answer them: counts over a span, what stands and what is held back now, settings, floods.

For those who see every machine. An alarm counts when it called somebody (announced_at).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from storage.keyset import list_rows
from storage.pages import change_one
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """When alarms chatter, flow over, go stale, and are escalated; the seats of the control centre."""

    chattering_count: int
    chattering_within_s: int
    fleeting_s: int
    stale_after_h: int
    flood_begins: int
    flood_ends: int
    escalate_after_min: dict[str, int]
    version: int
    updated_at: datetime


SETTINGS: LiteralString = """
SELECT chattering_count, chattering_within_s, fleeting_s, stale_after_h, flood_begins, flood_ends, escalate_after_min,
    version, updated_at
FROM alarm_setting
"""
CHANGE: LiteralString = """
UPDATE alarm_setting SET chattering_count = %(chattering_count)s, chattering_within_s = %(chattering_within_s)s,
    fleeting_s = %(fleeting_s)s, stale_after_h = %(stale_after_h)s, flood_begins = %(flood_begins)s,
    flood_ends = %(flood_ends)s, escalate_after_min = %(minutes)s, version = version + 1, updated_at = %(now)s
WHERE version = %(version)s
"""


async def get_settings(conn: Connection) -> AlarmSettings:
    """The settings, of which there is one row."""
    return (await list_rows(conn, AlarmSettings, SETTINGS, {}))[0]


async def change_settings(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change them all. Raises PreconditionFailed unless they are of this `version`."""
    await change_one(conn, CHANGE, dict(values) | {"minutes": Jsonb(values["escalate_after_min"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRow:
    """Ten minutes of a span, counted from its start, in which alarms called."""

    place: int
    alarms: int


SPANS: LiteralString = """
SELECT floor(extract(epoch FROM announced_at - %(from)s) / 600)::integer AS place, count(*) AS alarms
FROM alarm WHERE announced_at >= %(from)s AND announced_at < %(to)s GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """What a source raised in a span; `points`: machines on which it chattered."""

    source_kind: str
    source_key: str
    version: str
    alarms: int
    machines: int
    chattering_points: int
    fleeting: int


SOURCES: LiteralString = """
SELECT a.source_kind, a.source_key, coalesce((array_agg(f.version ORDER BY a.announced_at DESC))[1], '') AS version,
    count(*) AS alarms, count(DISTINCT a.machine_id) AS machines,
    count(DISTINCT a.machine_id) FILTER (WHERE a.chattering) AS chattering_points,
    count(*) FILTER (WHERE a.fleeting) AS fleeting
FROM alarm a LEFT JOIN finding f ON f.finding_id = a.finding_id
WHERE a.announced_at >= %(from)s AND a.announced_at < %(to)s
GROUP BY a.source_kind, a.source_key ORDER BY alarms DESC, a.source_kind, a.source_key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """How the alarms of a severity were answered: seconds from calling to the acknowledgement."""

    severity: str
    alarms: int
    acknowledged: int
    escalated: int
    median_s: float | None
    p90_s: float | None


ANSWERS: LiteralString = """
SELECT severity, count(*) AS alarms, count(acknowledged_at) AS acknowledged,
    count(*) FILTER (WHERE escalation > 0) AS escalated,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_s) AS median_s,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY waited_s) AS p90_s
FROM (
    SELECT *, CASE WHEN acknowledged_at IS NOT NULL
        THEN greatest(extract(epoch FROM acknowledged_at - announced_at), 0) END::float8 AS waited_s
    FROM alarm WHERE announced_at >= %(from)s AND announced_at < %(to)s
) called
GROUP BY severity, severity_weight ORDER BY severity_weight DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """What stands now."""

    active: int
    unacknowledged: int
    stale: int
    by_design: int
    inhibited: int
    investigating: int


STANDING: LiteralString = """
SELECT count(*) AS active, count(*) FILTER (WHERE lifecycle = 'active_unacknowledged') AS unacknowledged,
    count(*) FILTER (WHERE committed_at < %(stale_before)s AND suppression IS NULL) AS stale,
    count(*) FILTER (WHERE suppression = 'by_design') AS by_design,
    count(*) FILTER (WHERE inhibited_by IS NOT NULL) AS inhibited,
    count(*) FILTER (WHERE investigating_since IS NOT NULL) AS investigating
FROM alarm WHERE state = 'active'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A machine's source that somebody holds back, with the rule version of the alarm on which they said so."""

    machine_id: UUID
    machine_pin: str
    machine_name: str
    source_kind: str
    source_key: str
    version: str
    hold: str
    reason: str
    since: datetime
    until: datetime | None
    by: str
    alarm_id: UUID


HELD: LiteralString = """
SELECT m.public_id AS machine_id, m.pin AS machine_pin, m.name AS machine_name, h.source_kind, h.source_key,
    coalesce(f.version, '') AS version, h.hold, h.reason, h.since, h.until_at AS until, h.by_name AS by, h.alarm_id
FROM alarm_hold h JOIN machine m USING (machine_id) JOIN alarm a USING (alarm_id)
    LEFT JOIN finding f ON f.finding_id = a.finding_id
ORDER BY h.since, h.alarm_id LIMIT 200
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodRow:
    """A flood, and the alarm that came first."""

    flood_id: int
    began_at: datetime
    ended_at: datetime | None
    seats: int
    peak: int
    first_out: UUID


FLOODS: LiteralString = """
SELECT flood_id, began_at, ended_at, seats, peak, first_out FROM alarm_flood
WHERE flood_id < %(before)s AND (%(from)s::timestamptz IS NULL OR coalesce(ended_at, 'infinity') >= %(from)s)
    AND (%(to)s::timestamptz IS NULL OR began_at < %(to)s)
ORDER BY flood_id DESC LIMIT %(limit)s
"""
FLOODED: LiteralString = """
SELECT coalesce(sum(extract(epoch FROM least(ended_at, %(to)s) - greatest(began_at, %(from)s))), 0)::float8
FROM alarm_flood WHERE began_at < %(to)s AND coalesce(ended_at, 'infinity') > %(from)s
"""
SEATS: LiteralString = """
SELECT count(*) FROM duty_seat s JOIN organisation o USING (organisation_id) WHERE o.kind = 'ecc'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """All that is counted of a span, and of now."""

    spans: list[SpanRow]
    sources: list[SourceRow]
    answers: list[AnswerRow]
    standing: StandingRow
    held: list[HeldRow]
    floods: list[FloodRow]
    flooded_s: float


async def count_load(conn: Connection, *, from_at: datetime, to_at: datetime, stale_before: datetime) -> Load:
    """Count alarms that called from `from_at` until `to_at`, and what stands and is held back now."""
    span = {"from": from_at, "to": to_at}
    return Load(
        spans=await count_spans(conn, from_at=from_at, to_at=to_at),
        sources=await list_rows(conn, SourceRow, SOURCES, span),
        answers=await list_rows(conn, AnswerRow, ANSWERS, span),
        standing=await count_standing(conn, stale_before=stale_before),
        held=await list_rows(conn, HeldRow, HELD, {}),
        floods=await list_floods(conn, before=2**31 - 1, limit=50, from_at=from_at, to_at=to_at),
        flooded_s=await _flooded_s(conn, span),
    )


async def count_spans(conn: Connection, *, from_at: datetime, to_at: datetime) -> list[SpanRow]:
    """Alarms that called in each ten minutes from `from_at` on; none of those without any."""
    return await list_rows(conn, SpanRow, SPANS, {"from": from_at, "to": to_at})


async def count_standing(conn: Connection, *, stale_before: datetime) -> StandingRow:
    """What stands now."""
    return (await list_rows(conn, StandingRow, STANDING, {"stale_before": stale_before}))[0]


async def _flooded_s(conn: Connection, span: Mapping[str, datetime]) -> float:
    """For how long of a span there was a flood, in seconds; one that stands lasts until the span's end."""
    row = await (await conn.execute(FLOODED, span)).fetchone()
    assert row is not None
    return float(row[0])


async def list_floods(
    conn: Connection, *, before: int, limit: int, from_at: datetime | None = None, to_at: datetime | None = None
) -> list[FloodRow]:
    """Floods that were at any time from `from_at` until `to_at`, the newest first."""
    given = {"before": before, "limit": limit, "from": from_at, "to": to_at}
    return await list_rows(conn, FloodRow, FLOODS, given)


async def count_seats(conn: Connection) -> int:
    """The seats of the control centre's rosters, who share its alarms; at least one."""
    row = await (await conn.execute(SEATS)).fetchone()
    return max(1, int(row[0]) if row else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRow:
    """Something that was done with an alarm."""

    alarm_id: UUID
    at: datetime
    kind: str
    actor: str
    detail: dict[str, Any]


SAID: LiteralString = """
SELECT alarm_id, at, kind, actor, detail FROM alarm_transition
WHERE at >= %(from)s AND at < %(to)s AND kind = ANY(%(kinds)s) ORDER BY at DESC, transition_id DESC LIMIT 200
"""
# What was raised, or ended by itself, without calling anybody is of the past: back-fill.
DONE: LiteralString = """
SELECT t.kind, count(*) FROM alarm_transition t JOIN alarm a USING (alarm_id)
WHERE t.at >= %(from)s AND t.at < %(to)s AND (t.kind NOT IN ('raised', 'cleared') OR a.announced_at IS NOT NULL)
GROUP BY t.kind
"""


async def list_said(conn: Connection, kinds: tuple[str, ...], *, from_at: datetime, to_at: datetime) -> list[SaidRow]:
    """Transitions of these kinds in a span, the newest first, at most 200."""
    return await list_rows(conn, SaidRow, SAID, {"from": from_at, "to": to_at, "kinds": list(kinds)})


async def count_done(conn: Connection, *, from_at: datetime, to_at: datetime) -> dict[str, int]:
    """How many transitions of each kind there were in a span."""
    found = await conn.execute(DONE, {"from": from_at, "to": to_at})
    return dict(await found.fetchall())
