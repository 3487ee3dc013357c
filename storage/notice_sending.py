"""Notices as the sender sees them: claimed, written, sent, and what became of each attempt.

An attempt is begun in a transaction of its own and ended in another. One that was begun and not ended, because its
sender died in between, may have arrived: it stays in the log as interrupted, and the notice is sent once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from fleet.findings import Severity
from storage.read_pool import Connection
from storage.sight import SEEN_BY_READER

Ending = Literal["delivered", "retrying", "refused", "given_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notice that this job is sending, with its reader as they are now. `attempt` counts from 1."""

    notice_id: int
    public_id: UUID
    user_id: int
    channel: str
    kind: str
    reason: str | None
    severity: str
    language: str
    alarm_id: UUID | None
    content: dict[str, Any]
    job_id: int
    attempt: int
    since: datetime  # the first attempt
    due_at: datetime
    was_sending: bool
    person: str
    time_zone: str
    is_active: bool
    side: str  # the kind of its reader's organisation
    role: str  # its reader's


# An earlier notice of the same alarm to the same reader goes first: what began is told before what ended.
_EARLIER: LiteralString = """EXISTS (
    SELECT FROM notice e WHERE e.user_id = n.user_id AND e.channel = n.channel AND e.alarm_id = n.alarm_id
        AND e.notice_id < n.notice_id AND e.state IN ('queued', 'sending'))"""
CLAIM: LiteralString = (
    """
UPDATE notice n SET state = 'sending', job_id = %(job)s, attempts = n.attempts + 1,
    first_attempt_at = coalesce(n.first_attempt_at, %(now)s)
FROM (SELECT notice_id, state FROM notice WHERE notice_id = %(notice)s FOR UPDATE) was,
    app_user u JOIN organisation o USING (organisation_id)
WHERE n.notice_id = was.notice_id AND u.user_id = n.user_id
    AND (was.state = 'queued' OR (was.state = 'collecting' AND n.due_at <= now())
        OR (was.state = 'sending' AND n.job_id = %(job)s))
    AND NOT """  # noqa: S608 - literals of this file
    + _EARLIER
    + """
RETURNING n.notice_id, n.public_id, n.user_id, n.channel, n.kind, n.reason, n.severity, n.language, n.alarm_id,
    n.content, n.job_id, n.attempts AS attempt, n.first_attempt_at AS since, n.due_at,
    was.state = 'sending' AS was_sending, coalesce(nullif(u.name, ''), u.login) AS person, u.time_zone,
    u.active AND (o.active OR o.kind = 'ecc') AS is_active, o.kind AS side, u.role
"""
)
# Without an earlier one it has ended since CLAIM looked: then it is this one's turn at once.
PUT_OFF: LiteralString = """
UPDATE notice n SET due_at = coalesce((
    SELECT greatest(%(at)s, max(e.due_at)) FROM notice e WHERE e.user_id = n.user_id AND e.channel = n.channel
        AND e.alarm_id = n.alarm_id AND e.notice_id < n.notice_id AND e.state IN ('queued', 'sending')
    HAVING count(*) > 0), %(now)s)
WHERE n.notice_id = %(notice)s AND n.state = 'queued'
"""
INTERRUPTED: LiteralString = """
INSERT INTO notice_delivery (notice_id, attempt, first_at, at, outcome, answer)
VALUES (%(notice)s, %(attempt)s, %(now)s, %(now)s, 'interrupted', 'the sender ended before it recorded the answer')
"""


async def claim(conn: Connection, notice_id: int, *, job_id: int, again_at: datetime, now: datetime) -> Claimed | None:
    """Begin an attempt; None when there is nothing to do now: what is collected may be put off to a later job.

    A job that is run again, because its sender died, goes on with its own notice; of two jobs for one notice one wins.
    One that must wait for an earlier one of the same alarm comes again at `again_at` or later.
    """
    given = {"notice": notice_id, "job": job_id, "now": now, "at": again_at}
    async with conn.cursor(row_factory=class_row(Claimed)) as cursor:
        claimed = await (await cursor.execute(CLAIM, given)).fetchone()
    if claimed is None:
        await conn.execute(PUT_OFF, given)
    elif claimed.was_sending:
        await conn.execute(INTERRUPTED, {"notice": notice_id, "attempt": claimed.attempt - 1, "now": now})
    return claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """One transition in a notice, with its alarm and machine. Times of an alarm are on the machine's clock."""

    kind: str
    alarm_id: UUID
    severity: str
    source_kind: str
    source_key: str
    raised_at: datetime
    cleared_at: datetime | None
    version: str
    evidence: dict[str, Any]
    code_case: dict[str, Any] | None
    reason: str | None  # of a silence
    machine: str
    machine_no: str
    site: str | None
    is_replaced: bool  # it was withdrawn, and another alarm of its machine and source has its time now
    is_corrected: bool  # its reason or severity is another than was told
    escalates_at: datetime | None  # unless somebody acknowledges it
    together: int  # machines that went silent in the outage of which this one calls, of those that the reader may see
    chattering: bool
    times: int  # it came in the hour before it, and with it
    since: datetime | None  # the first of these


# Whose eyes a notice is written for: a machine's name is told to those who see it now, its site to those whose it is.
# To a former owner a machine is its PIN.
_READER: LiteralString = """
WITH RECURSIVE below AS (
    SELECT o.organisation_id, o.kind = 'ecc' AS sees_all FROM notice n JOIN app_user u USING (user_id)
    JOIN organisation o USING (organisation_id) WHERE n.notice_id = %(notice)s
    UNION SELECT x.organisation_id, b.sees_all FROM organisation x JOIN below b ON x.parent_id = b.organisation_id
), reader AS (
    SELECT array_agg(organisation_id) AS organisations, bool_or(sees_all) AS sees_all FROM below
)
"""
_NAMED: LiteralString = (
    "CASE WHEN reader.sees_all OR " + SEEN_BY_READER + " THEN m.name ELSE m.pin END AS machine, m.pin AS machine_no, "
    """CASE WHEN reader.sees_all OR EXISTS (
        SELECT FROM ownership x WHERE x.machine_id = m.machine_id AND x.organisation_id = ANY(reader.organisations)
            AND x.from_at <= now() AND now() < x.to_at) THEN s.name END AS site"""
)
MOST_TOLD = 200  # of one notice in its text
TOLD: LiteralString = (
    _READER  # noqa: S608 - literals of this file
    + """
SELECT t.kind, a.alarm_id, a.severity, a.source_kind, a.source_key, a.raised_at, a.cleared_at,
    coalesce(f.version, '') AS version, coalesce(f.evidence, '{}') AS evidence, f.code_case,
    f.reason ->> 'key' AS reason,
"""
    + _NAMED
    + """,
    a.state = 'withdrawn' AND EXISTS (
        SELECT FROM alarm o
        WHERE o.machine_id = a.machine_id AND o.source_kind = a.source_kind AND o.source_key = a.source_key
            AND o.state <> 'withdrawn' AND o.raised_at <= coalesce(a.cleared_at, 'infinity')
            AND a.raised_at <= coalesce(o.cleared_at, 'infinity')) AS is_replaced,
    t.kind = 'revised' AND NOT t.detail @> '{"back": true}' AS is_corrected,
    CASE a.lifecycle WHEN 'active_unacknowledged' THEN a.escalate_at END AS escalates_at,
    CASE WHEN a.severity <> 'info' AND f.reason ->> 'key' = 'broker_or_us' THEN (
        SELECT count(DISTINCT o.machine_id) FROM alarm o JOIN finding g USING (finding_id)
        WHERE o.source_kind = a.source_kind AND o.source_key = a.source_key AND o.state <> 'withdrawn'
            AND o.raised_at BETWEEN a.raised_at - interval '5 min' AND a.raised_at + interval '5 min'
            AND g.reason ->> 'key' = 'broker_or_us' AND (reader.sees_all OR EXISTS (
                SELECT FROM ownership x WHERE x.machine_id = o.machine_id
                    AND x.organisation_id = ANY(reader.organisations) AND x.from_at <= now() AND now() < x.to_at)))
    ELSE 0 END AS together,
    a.chattering, came.times, came.since
FROM reader CROSS JOIN notice_told d JOIN alarm_transition t ON t.transition_id = d.source_id
JOIN alarm a USING (alarm_id) JOIN machine m ON m.machine_id = a.machine_id LEFT JOIN site s USING (site_id)
LEFT JOIN finding f ON f.finding_id = a.finding_id CROSS JOIN LATERAL (
    SELECT count(*) AS times, min(o.raised_at) AS since FROM alarm o
    WHERE a.chattering AND o.machine_id = a.machine_id AND o.source_kind = a.source_kind
        AND o.source_key = a.source_key AND o.state <> 'withdrawn'
        AND o.raised_at > a.raised_at - interval '1 hour' AND o.raised_at <= a.raised_at
) came
WHERE d.notice_id = %(notice)s AND d.source = 'alarm'
ORDER BY array_position('{critical,high,medium,low,info}'::text[], a.severity), t.transition_id DESC LIMIT 200
"""
)


async def list_told(conn: Connection, notice_id: int) -> list[ToldRow]:
    """The transitions of a notice, the gravest first and of these in order, the last MOST_TOLD."""
    async with conn.cursor(row_factory=class_row(ToldRow)) as cursor:
        rows = await (await cursor.execute(TOLD, {"notice": notice_id})).fetchall()
    rows.reverse()
    rows.sort(key=lambda row: tuple(Severity).index(Severity(row.severity)))
    return rows


async def count_told(conn: Connection, notice_id: int) -> int:
    """How much a notice tells of."""
    row = await (await conn.execute("SELECT count(*) FROM notice_told WHERE notice_id = %s", [notice_id])).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindedRow:
    """One reminder in a notice."""

    item_zh: str
    item_en: str
    state: str
    detail: dict[str, Any]
    machine_public_id: UUID
    machine: str
    machine_no: str
    site: str | None


REMINDED: LiteralString = (
    _READER
    + "SELECT r.item_zh, r.item_en, r.state, r.detail, m.public_id AS machine_public_id, "
    + _NAMED
    + """
FROM reader CROSS JOIN notice_told d JOIN reminder r ON r.reminder_id = d.source_id JOIN machine m USING (machine_id)
LEFT JOIN site s USING (site_id)
WHERE d.notice_id = %(notice)s AND d.source = 'reminder' ORDER BY r.reminder_id LIMIT 200
"""
)


async def list_reminded(conn: Connection, notice_id: int) -> list[RemindedRow]:
    """The reminders of a notice, at most MOST_TOLD."""
    async with conn.cursor(row_factory=class_row(RemindedRow)) as cursor:
        return await (await cursor.execute(REMINDED, {"notice": notice_id})).fetchall()


PLACE: LiteralString = """
SELECT a.address, a.secret FROM notice_address a
WHERE a.user_id = %(user)s AND a.channel = %(channel)s AND (a.verified_at IS NULL) = %(unverified)s
UNION ALL
SELECT u.email, NULL FROM app_user u
WHERE u.user_id = %(user)s AND %(channel)s = 'email' AND u.email IS NOT NULL AND NOT %(unverified)s
LIMIT 1
"""


async def find_place(conn: Connection, claimed: Claimed) -> tuple[str, str | None] | None:
    """Where the notice goes to, and the secret that signs it; a code goes to the address that waits for it alone."""
    given = {"user": claimed.user_id, "channel": claimed.channel, "unverified": claimed.kind == "code"}
    return await (await conn.execute(PLACE, given)).fetchone()


TOKENS: LiteralString = """
INSERT INTO notice_token (token_hash, notice_id, user_id, alarm_id, action, expires_at)
SELECT h.token_hash, %(notice)s, %(user)s, %(alarm)s, h.action, %(expires_at)s
FROM unnest(%(hashes)s::bytea[], %(actions)s::text[]) AS h (token_hash, action)
"""


async def insert_tokens(
    conn: Connection, claimed: Claimed, hashes: Sequence[bytes], actions: Sequence[str], *, expires_at: datetime
) -> None:
    """Keep the tokens that a notice of one alarm brings its reader."""
    given = {"notice": claimed.notice_id, "user": claimed.user_id, "alarm": claimed.alarm_id, "expires_at": expires_at}
    await conn.execute(TOKENS, given | {"hashes": list(hashes), "actions": list(actions)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """What became of an attempt; `again_at`: when the next one is, of one that is retried."""

    outcome: Ending
    answer: str
    latency_ms: int
    subject: str = ""
    body: str = ""
    again_at: datetime | None = None


_MINE: LiteralString = (
    " WHERE notice_id = %(notice)s AND state = 'sending' AND job_id = %(job)s AND attempts = %(attempt)s"
)
AGAIN: LiteralString = "UPDATE notice SET state = 'queued', due_at = %(again_at)s" + _MINE  # noqa: S608 - literals of this file
ENDED: LiteralString = (
    """
UPDATE notice SET state = %(state)s, ended_at = %(now)s, subject = %(subject)s, body = %(body)s,
    content = CASE WHEN kind = 'code' THEN '{}' ELSE content END"""
    + _MINE
)
LOG: LiteralString = """
WITH last AS (
    SELECT delivery_id FROM notice_delivery d
    WHERE d.delivery_id = (SELECT max(delivery_id) FROM notice_delivery WHERE notice_id = %(notice)s)
        AND d.outcome = 'retrying' AND %(outcome)s = 'retrying' AND d.answer = %(answer)s
), same AS (
    UPDATE notice_delivery d SET times = d.times + 1, at = %(now)s, attempt = %(attempt)s, latency_ms = %(latency_ms)s
    FROM last WHERE d.delivery_id = last.delivery_id RETURNING d.delivery_id
)
INSERT INTO notice_delivery (notice_id, attempt, first_at, at, outcome, answer, latency_ms)
SELECT %(notice)s, %(attempt)s, %(now)s, %(now)s, %(outcome)s, %(answer)s, %(latency_ms)s
WHERE NOT EXISTS (SELECT FROM same)
"""


async def record(conn: Connection, claimed: Claimed, made: Attempted, *, now: datetime) -> bool:
    """End an attempt: with it the notice is sent, or dead, or due again. False when it is not this job's any more."""
    given = {
        "notice": claimed.notice_id,
        "job": claimed.job_id,
        "attempt": claimed.attempt,
        "state": "sent" if made.outcome == "delivered" else "dead",
        "again_at": made.again_at,
        "outcome": made.outcome,
        "answer": made.answer,
        "latency_ms": made.latency_ms,
        "subject": made.subject,
        "body": made.body,
        "now": now,
    }
    ended = await conn.execute(AGAIN if made.outcome == "retrying" else ENDED, given)
    await conn.execute(LOG, given)
    return ended.rowcount == 1


FORGET_TOKENS: LiteralString = "DELETE FROM notice_token WHERE expires_at < %s"
FORGET: LiteralString = """
DELETE FROM notice WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM notice WHERE state IN ('sent', 'dead') AND ended_at < %s LIMIT %s))
"""


async def forget(conn: Connection, *, before: datetime, now: datetime, at_most: int) -> int:
    """Delete notices that ended before `before`, with their log, and worn tokens; returns how many notices."""
    await conn.execute(FORGET_TOKENS, [now])
    return (await conn.execute(FORGET, [before, at_most])).rowcount


QUEUE: LiteralString = """
SELECT state, severity, channel, count(*), extract(epoch FROM %(now)s - min(due_at))::float8 FROM notice
WHERE state IN ('collecting', 'queued', 'sending') GROUP BY 1, 2, 3
UNION ALL SELECT 'dead', severity, channel, count(*), 0 FROM notice WHERE state = 'dead' GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """How many notices of a state, severity and channel wait; `late_s`: since when the oldest one is due."""

    state: str
    severity: str
    channel: str
    notices: int
    late_s: float


async def read_queue(conn: Connection, *, now: datetime) -> list[QueueRow]:
    """What waits, and what is dead."""
    rows = await (await conn.execute(QUEUE, {"now": now})).fetchall()
    return [
        QueueRow(state=state, severity=severity, channel=channel, notices=notices, late_s=max(0.0, late_s))
        for state, severity, channel, notices, late_s in rows
    ]
