"""What nobody has been told of yet, whom it may concern, and the notices that are made of it: one transaction.

One routes at a time: what an alarm's end is told by depends on whom its beginning was told to. What is due is deleted
where it is read, and the key of notice_told refuses a second notice of one transition to a person by a channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, dict_row

from storage.ids import uuid7
from storage.read_pool import Connection

AT_ONCE = 2_000
ROUTING_LOCK = 0x656363_6E72  # "eccnr"; a lock of the job queue would let the next job wait for the worker's next look
LIMIT_SPAN = timedelta(hours=1)  # of a person's limit of single notices
CHATTERING_AT_MOST = timedelta(hours=1)  # is what chatters gathered

TAKE_DUE: LiteralString = """
DELETE FROM notice_due d USING (
    SELECT source, source_id FROM notice_due ORDER BY source, source_id LIMIT %s
) t WHERE d.source = t.source AND d.source_id = t.source_id RETURNING d.source, d.source_id
"""


async def take_due(conn: Connection) -> tuple[list[int], list[int]]:
    """Take at most AT_ONCE of what is due: ids of transitions, and of reminders. Waits for whoever routes just now."""
    await conn.execute("SELECT pg_advisory_xact_lock(%s)", [ROUTING_LOCK])
    rows = await (await conn.execute(TAKE_DUE, [AT_ONCE])).fetchall()
    return [i for source, i in rows if source == "alarm"], [i for source, i in rows if source == "reminder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """A transition with its alarm as it is now. `owners`: who owned the machine when it was raised, or shared it;
    `twins`: alarms of its machine and source that late data made one with it. Of one that is withdrawn those that have
    its time now; of one that is found late or is back those that stood until they were withdrawn with this transition.
    `before`: alarms of its machine and source, of the hour before it, that chattered as it does. `of_outage`: one of
    the many silences of an outage on our side or the network's of which another one calls.
    """

    transition_id: int
    kind: str
    detail: dict[str, Any]
    alarm_id: UUID
    machine_id: int
    severity: str
    active: bool
    standing: bool
    owners: list[int]
    twins: list[UUID]
    twin_active: bool
    raised_at: datetime
    chattering: bool
    before: list[UUID]
    fleeting_s: int
    calls: bool  # it went by itself and waits for somebody to acknowledge it
    of_outage: bool


TRANSITIONS: LiteralString = """
SELECT t.transition_id, t.kind, t.detail, a.alarm_id, a.machine_id, a.severity, a.state = 'active' AS active,
    NOT a.historic AND a.suppression IS NULL AND a.inhibited_by IS NULL AS standing,
    ARRAY(SELECT x.organisation_id FROM ownership x
          WHERE x.machine_id = a.machine_id AND x.from_at <= a.raised_at AND a.raised_at < x.to_at
          UNION SELECT x.organisation_id FROM sharing x
          WHERE x.machine_id = a.machine_id AND x.from_at <= a.raised_at AND a.raised_at < x.to_at
              AND x.data_class IN ('all', 'alarms')) AS owners,
    w.twins, w.twin_active, a.raised_at, a.chattering,
    ARRAY(SELECT o.alarm_id FROM alarm o
          WHERE a.chattering AND o.chattering AND o.machine_id = a.machine_id AND o.source_kind = a.source_kind
              AND o.source_key = a.source_key AND o.alarm_id <> a.alarm_id
              AND o.raised_at > a.raised_at - interval '1 hour' AND o.raised_at <= a.raised_at) AS before,
    (SELECT fleeting_s FROM alarm_setting LIMIT 1) AS fleeting_s,
    a.lifecycle IN ('returned_unacknowledged', 'latched') AND a.state <> 'withdrawn' AS calls,
    a.severity = 'info' AND a.source_kind = 'platform' AND EXISTS (
        SELECT FROM finding f WHERE f.finding_id = a.finding_id AND f.reason ->> 'key' = 'broker_or_us') AS of_outage
FROM alarm_transition t JOIN alarm a USING (alarm_id) CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(o.alarm_id), '{}') AS twins, coalesce(bool_or(o.state = 'active'), FALSE) AS twin_active
    FROM alarm o
    WHERE (t.kind IN ('revised', 'withdrawn') OR (t.kind = 'raised' AND t.detail @> '{"late": true}'))
        AND o.machine_id = a.machine_id AND o.source_kind = a.source_kind AND o.source_key = a.source_key
        AND o.alarm_id <> a.alarm_id
        AND o.raised_at <= coalesce(a.cleared_at, 'infinity') AND a.raised_at <= coalesce(o.cleared_at, 'infinity')
        AND CASE t.kind
            WHEN 'withdrawn' THEN o.state <> 'withdrawn'
            ELSE o.cleared_at IS NULL AND EXISTS (
                SELECT FROM alarm_transition g WHERE g.alarm_id = o.alarm_id AND g.kind = 'withdrawn' AND g.at = t.at)
        END
) w WHERE t.transition_id = ANY(%s) ORDER BY t.transition_id
"""


async def list_transitions(conn: Connection, ids: Sequence[int]) -> list[TransitionRow]:
    """These transitions, in order."""
    async with conn.cursor(row_factory=class_row(TransitionRow)) as cursor:
        return await (await cursor.execute(TRANSITIONS, [list(ids)])).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRow:
    """A reminder of service; `tell`: owner, dealer."""

    reminder_id: int
    machine_id: int
    state: str
    tell: list[str]
    owners: list[int]


REMINDERS: LiteralString = """
SELECT r.reminder_id, r.machine_id, r.state, r.tell,
    ARRAY(SELECT x.organisation_id FROM ownership x
          WHERE x.machine_id = r.machine_id AND x.from_at <= r.at AND r.at < x.to_at) AS owners
FROM reminder r WHERE r.reminder_id = ANY(%s) ORDER BY r.reminder_id
"""


async def list_reminders(conn: Connection, ids: Sequence[int]) -> list[ReminderRow]:
    """These reminders, in order."""
    async with conn.cursor(row_factory=class_row(ReminderRow)) as cursor:
        return await (await cursor.execute(REMINDERS, [list(ids)])).fetchall()


ABOVE: LiteralString = """
WITH RECURSIVE above AS (
    SELECT organisation_id AS of_id, organisation_id, parent_id FROM organisation WHERE organisation_id = ANY(%s)
    UNION
    SELECT a.of_id, o.organisation_id, o.parent_id FROM above a
    JOIN organisation o ON o.organisation_id = a.parent_id WHERE o.kind <> 'ecc'
)
SELECT of_id, array_agg(organisation_id) FROM above GROUP BY of_id
"""


async def list_above(conn: Connection, organisations: Sequence[int]) -> dict[int, frozenset[int]]:
    """Each of these organisations with all above it, but for the platform's."""
    rows = await (await conn.execute(ABOVE, [list(organisations)])).fetchall()
    return {of_id: frozenset(ids) for of_id, ids in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody who may be told, with what they chose (None: nothing). See migration 0047 for the columns."""

    user_id: int
    public_id: UUID
    organisation_id: int
    organisation_kind: str
    role: str
    language: str
    time_zone: str
    reached_by: list[str]
    channels: dict[str, list[str]] | None
    quiet_from: int | None
    quiet_to: int | None
    through_quiet: list[str] | None
    digest: str | None
    digest_severities: list[str] | None
    digest_at: int | None
    most_per_hour: int | None
    cleared: bool | None
    services: bool | None
    muted: dict[str, float] | None  # machine_id -> seconds since 1970
    made: dict[str, int] | None
    told: list[str]  # "alarm channel"
    waiting: list[str]  # "channel alarm notice"


# An address of one's own counts when it is verified; without one, the e-mail in the person's record, which their
# organisation answers for.
PEOPLE: LiteralString = """
SELECT u.user_id, u.public_id, u.organisation_id, o.kind AS organisation_kind, u.role,
    coalesce(u.language, o.language) AS language, u.time_zone,
    ARRAY(SELECT a.channel FROM notice_address a WHERE a.user_id = u.user_id AND a.verified_at IS NOT NULL
          UNION SELECT 'email' WHERE u.email IS NOT NULL) AS reached_by,
    p.channels, p.quiet_from, p.quiet_to, p.through_quiet, p.digest, p.digest_severities, p.digest_at, p.most_per_hour,
    p.cleared, p.services,
    (SELECT jsonb_object_agg(m.machine_id, extract(epoch FROM least(m.until, '9999-01-01')))
     FROM notice_mute m WHERE m.user_id = u.user_id AND m.machine_id = ANY(%(machines)s)) AS muted,
    (SELECT jsonb_object_agg(c.channel, c.made) FROM (
        SELECT n.channel, count(*) AS made FROM notice n
        WHERE n.user_id = u.user_id AND n.made_at > %(since)s AND n.kind IN ('alarm', 'reminder') GROUP BY 1
    ) c) AS made,
    ARRAY(SELECT DISTINCT t.alarm_id || ' ' || d.channel FROM notice_told d
          JOIN alarm_transition t ON d.source = 'alarm' AND d.source_id = t.transition_id
          WHERE d.user_id = u.user_id AND t.alarm_id = ANY(%(alarms)s)) AS told,
    ARRAY(SELECT n.channel || ' ' || n.alarm_id || ' ' || n.notice_id FROM notice n
          WHERE n.user_id = u.user_id AND n.notice_id = ANY(%(waiting)s)) AS waiting
FROM app_user u JOIN organisation o USING (organisation_id) LEFT JOIN notice_preference p USING (user_id)
WHERE u.active AND (o.active OR o.kind = 'ecc')
    AND (u.organisation_id = ANY(%(organisations)s) OR o.kind = 'ecc' OR u.public_id = ANY(%(people)s))
ORDER BY u.user_id
"""


# Locked: the sender's attempt, which writes what they say, begins after they are whole.
WAITING: LiteralString = """
SELECT notice_id FROM notice
WHERE alarm_id = ANY(%s) AND kind = 'alarm' AND state = 'queued' AND attempts = 0 AND due_at > %s
ORDER BY notice_id FOR UPDATE
"""


async def list_people(
    conn: Connection,
    *,
    organisations: Sequence[int],
    people: Sequence[UUID],
    machines: Sequence[int],
    alarms: Sequence[UUID],
    now: datetime,
) -> list[PersonRow]:
    """The people of these organisations, those of the platform and these people, as far as they are active."""
    waiting = await (await conn.execute(WAITING, [list(alarms), now])).fetchall()
    given = {
        "waiting": [row[0] for row in waiting],
        "organisations": list(organisations),
        "people": list(people),
        "machines": list(machines),
        "alarms": list(alarms),
        "since": now - LIMIT_SPAN,
    }
    async with conn.cursor(row_factory=class_row(PersonRow)) as cursor:
        return await (await cursor.execute(PEOPLE, given)).fetchall()


SEATS: LiteralString = """
SELECT r.time_zone, r.exceptions, s.shifts FROM roster r JOIN duty_seat s USING (roster_id)
JOIN organisation o ON o.organisation_id = r.organisation_id
WHERE r.organisation_id = ANY(%s) OR o.kind = 'ecc' ORDER BY s.seat_id
"""


async def list_seats(conn: Connection, organisations: Sequence[int]) -> list[dict[str, Any]]:
    """The seats of the rosters of these organisations and the platform's: time_zone, exceptions, shifts."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(SEATS, [list(organisations)])).fetchall()


ACTIVE_OF_PLATFORM: LiteralString = """
SELECT u.public_id FROM app_user u JOIN organisation o USING (organisation_id)
WHERE o.kind = 'ecc' AND u.active AND u.public_id = ANY(%s::uuid[])
"""


async def list_active_of_platform(conn: Connection, people: Sequence[str]) -> list[UUID]:
    """Those of these people (public ids) who are of the control centre and active."""
    return [row[0] for row in await (await conn.execute(ACTIVE_OF_PLATFORM, [list(people)])).fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice to be made: one by itself, or (`reason`) what is collected until it is due."""

    user_id: int
    channel: str
    language: str
    kind: str
    severity: str
    due_at: datetime
    alarm_id: UUID | None
    reason: str | None
    joins: int | None  # the notice that is there already
    told: Sequence[tuple[str, int]]


_COLUMNS: LiteralString = """
FROM unnest(%(ids)s::uuid[], %(users)s::int[], %(channels)s::text[], %(kinds)s::text[], %(reasons)s::text[],
    %(severities)s::text[], %(languages)s::text[], %(alarms)s::uuid[], %(due)s::timestamptz[])
    WITH ORDINALITY AS n (public_id, user_id, channel, kind, reason, severity, language, alarm_id, due_at, position)
"""
INSERT: LiteralString = (
    """
INSERT INTO notice (public_id, user_id, channel, kind, reason, severity, language, alarm_id, due_at, made_at, state)
SELECT n.public_id, n.user_id, n.channel, n.kind, n.reason, n.severity, n.language, n.alarm_id, n.due_at, %(now)s,
    CASE WHEN n.reason IS NULL THEN 'queued' ELSE 'collecting' END
"""
    + _COLUMNS
    + """
ORDER BY n.position
ON CONFLICT (user_id, channel, reason) WHERE state = 'collecting' DO UPDATE SET
    severity = CASE WHEN array_position(%(scale)s::text[], excluded.severity)
                       < array_position(%(scale)s::text[], notice.severity)
                    THEN excluded.severity ELSE notice.severity END
RETURNING notice_id, user_id, channel, reason, alarm_id, kind, public_id
"""
)
TOLD: LiteralString = """
INSERT INTO notice_told (source, source_id, user_id, channel, notice_id)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::text[], %s::bigint[])
"""
PUT_OFF: LiteralString = """
UPDATE notice SET due_at = least(made_at + %(most)s, %(due)s)
WHERE notice_id = ANY(%(notices)s) AND due_at < least(made_at + %(most)s, %(due)s)
"""
SCALE = ["critical", "high", "medium", "low", "info"]


async def insert_notices(conn: Connection, wanted: Sequence[NewNotice], *, now: datetime) -> None:
    """Make the notices, and with them (by the table's trigger) their jobs; what is collected joins what is open.

    What is collected of what chatters is put off by what joins it, but not beyond CHATTERING_AT_MOST.
    """
    made = [n for n in wanted if n.joins is None]
    ids = [uuid7() for _ in made]
    given = {
        "ids": ids,
        "users": [n.user_id for n in made],
        "channels": [n.channel for n in made],
        "kinds": [n.kind for n in made],
        "reasons": [n.reason for n in made],
        "severities": [n.severity for n in made],
        "languages": [n.language for n in made],
        "alarms": [n.alarm_id for n in made],
        "due": [n.due_at for n in made],
        "scale": SCALE,
        "now": now,
    }
    single: dict[UUID, int] = {}
    collecting: dict[tuple[int, str, str], int] = {}
    for notice_id, user_id, channel, reason, _, _, public_id in await (await conn.execute(INSERT, given)).fetchall():
        if reason is None:
            single[public_id] = notice_id
        else:
            collecting[user_id, channel, reason] = notice_id
    told = [
        (
            source,
            source_id,
            n.user_id,
            n.channel,
            single[i] if n.reason is None else collecting[n.user_id, n.channel, n.reason],
        )
        for i, n in zip(ids, made, strict=True)
        for source, source_id in n.told
    ]
    told += [
        (source, source_id, n.user_id, n.channel, n.joins) for n in wanted if n.joins for source, source_id in n.told
    ]
    await conn.execute(TOLD, [list(column) for column in zip(*told, strict=True)])
    chattering = [collecting[n.user_id, n.channel, n.reason] for n in made if n.reason == "chattering"]
    if chattering:
        due = max(n.due_at for n in made if n.reason == "chattering")
        await conn.execute(PUT_OFF, {"notices": chattering, "due": due, "most": CHATTERING_AT_MOST})
