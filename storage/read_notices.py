"""Notices as people read them: the list, the log of one, dead ones sent again, and the links in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.read_pool import Connection
from storage.sight import SEEN_BY_READER


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice with its reader; `number` orders them."""

    number: int
    id: UUID
    person_id: UUID
    login: str
    channel: str
    kind: str
    reason: str | None
    severity: str
    language: str
    alarm_id: UUID | None
    subject: str
    body: str
    state: str
    made_at: datetime
    due_at: datetime
    ended_at: datetime | None
    attempts: int
    answer: str | None


_ROWS: LiteralString = """
SELECT n.notice_id AS number, n.public_id AS id, u.public_id AS person_id, u.login, n.channel, n.kind, n.reason,
    n.severity, n.language, n.alarm_id, n.subject, n.body, n.state, n.made_at, n.due_at, n.ended_at, n.attempts,
    (SELECT d.answer FROM notice_delivery d WHERE d.notice_id = n.notice_id
     ORDER BY d.delivery_id DESC LIMIT 1) AS answer
FROM notice n JOIN app_user u USING (user_id)
"""
LIST: LiteralString = (
    _ROWS
    + """
WHERE n.notice_id < %(before)s AND (%(user)s::int IS NULL OR n.user_id = %(user)s)
    AND (%(state)s::text IS NULL OR n.state = %(state)s) ORDER BY n.notice_id DESC LIMIT %(limit)s
"""
)
FIND: LiteralString = _ROWS + "WHERE n.public_id = %(id)s AND (%(user)s::int IS NULL OR n.user_id = %(user)s)"


async def list_notices(
    conn: Connection, *, user: int | None, state: str | None, before: int, limit: int
) -> list[NoticeRow]:
    """A page, newest first: of one person, or (None) of all whom the transaction's organisation sees."""
    given = {"user": user, "state": state, "before": before, "limit": limit}
    async with conn.cursor(row_factory=class_row(NoticeRow)) as cursor:
        return await (await cursor.execute(LIST, given)).fetchall()


async def find_notice(conn: Connection, public_id: UUID, *, user: int | None) -> NoticeRow | None:
    """The notice of this id, if it is the person's, or (None) if its reader is seen."""
    async with conn.cursor(row_factory=class_row(NoticeRow)) as cursor:
        return await (await cursor.execute(FIND, {"id": public_id, "user": user})).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """What became of an attempt; equal failures one after the other are one."""

    attempt: int
    first_at: datetime
    at: datetime
    times: int
    outcome: str
    answer: str
    latency_ms: int | None


DELIVERIES: LiteralString = """
SELECT attempt, first_at, at, times, outcome, answer, latency_ms FROM notice_delivery
WHERE notice_id = %s ORDER BY delivery_id DESC LIMIT 1000
"""


async def list_deliveries(conn: Connection, notice_id: int) -> list[DeliveryRow]:
    """The log of a notice, newest first."""
    async with conn.cursor(row_factory=class_row(DeliveryRow)) as cursor:
        return await (await cursor.execute(DELIVERIES, [notice_id])).fetchall()


RESEND: LiteralString = """
UPDATE notice SET state = 'queued', due_at = %s, first_attempt_at = NULL, ended_at = NULL
WHERE notice_id = %s AND state = 'dead'
"""


async def resend(conn: Connection, notice_id: int, *, now: datetime) -> bool:
    """Let a dead notice be tried for another day; False when it is not dead."""
    return (await conn.execute(RESEND, [now, notice_id])).rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A link of a notice, with its alarm and reader as they are now."""

    action: str
    alarm_id: UUID
    finding_id: UUID
    source_kind: str
    source_key: str
    version: str
    machine_id: int
    machine_public_id: UUID
    machine: str
    user_id: int
    person_id: UUID
    login: str
    role: str
    language: str
    phone: str | None
    is_active: bool
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    organisation_kind: str
    organisations: list[int]
    expires_at: datetime
    used_at: datetime | None


TOKEN: LiteralString = (
    """
SELECT t.action, t.alarm_id, a.finding_id, a.source_kind, a.source_key, coalesce(f.version, '') AS version,
    a.machine_id, m.public_id AS machine_public_id, CASE WHEN o.kind = 'ecc' OR """  # noqa: S608 - literals of this file
    + SEEN_BY_READER
    + """ THEN m.name ELSE m.pin END AS machine, t.user_id, u.public_id AS person_id, u.login, u.role,
    coalesce(u.language, o.language) AS language, u.phone,
    u.active AND (o.active OR o.kind = 'ecc') AS is_active, o.organisation_id, o.public_id AS organisation_public_id,
    o.name AS organisation_name, o.kind AS organisation_kind,
    reader.organisations,
    t.expires_at, t.used_at
FROM notice_token t JOIN alarm a USING (alarm_id) JOIN machine m USING (machine_id) JOIN app_user u USING (user_id)
JOIN organisation o ON o.organisation_id = u.organisation_id LEFT JOIN finding f USING (finding_id)
CROSS JOIN LATERAL (
    SELECT ARRAY(WITH RECURSIVE below AS (
        SELECT x.organisation_id FROM organisation x WHERE x.organisation_id = o.organisation_id
        UNION SELECT x.organisation_id FROM organisation x JOIN below b ON x.parent_id = b.organisation_id
    ) SELECT organisation_id FROM below) AS organisations
) reader
WHERE t.token_hash = %s
"""
)
USE: LiteralString = """
UPDATE notice_token SET used_at = %(now)s WHERE token_hash = %(hash)s AND used_at IS NULL AND expires_at > %(now)s
"""


async def find_token(conn: Connection, token_hash: bytes) -> TokenRow | None:
    """The link of this token; `conn` sees every tenant."""
    async with conn.cursor(row_factory=class_row(TokenRow)) as cursor:
        return await (await cursor.execute(TOKEN, [token_hash])).fetchone()


async def use_token(conn: Connection, token_hash: bytes, *, now: datetime) -> bool:
    """Use a link up; False when it is over. One of two at once wins."""
    return (await conn.execute(USE, {"hash": token_hash, "now": now})).rowcount == 1
