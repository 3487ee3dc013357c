"""Webhooks as the sender sees them: which have work to do, and what became of each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.read_pool import Connection

Outcome = Literal["delivered", "retrying", "failed"]
SENDER_LOCK = 0x656363_7762  # "eccwb": of the one process that sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A webhook with what sending needs. `secrets`: the newest first."""

    webhook_id: int
    public_id: UUID
    organisation_id: int
    sees_all: bool
    url: str
    kinds: list[str]
    severities: list[str]
    machine_ids: list[int]
    site_ids: list[int]
    model_ids: list[int]
    machine_kinds: list[str]
    organisation_ids: list[int]
    is_sending: bool
    cursor_xact: int
    cursor_entry: int
    replay_no: int
    attempts: int
    first_attempt_at: datetime | None
    next_attempt_at: datetime | None
    failed_in_a_row: int
    test_id: UUID | None
    secrets: list[str]


_ENDPOINT: LiteralString = """
SELECT w.webhook_id, w.public_id, w.organisation_id, o.kind = 'ecc' AS sees_all, w.url, w.kinds, w.severities,
    w.machine_ids, w.site_ids, w.model_ids, w.machine_kinds, w.organisation_ids,
    w.active AND w.paused_at IS NULL AND (o.active OR o.kind = 'ecc')
        AND webhook_maker_out(w.made_by_client, w.made_by_person, %(now)s) IS NULL AS is_sending,
    w.cursor_xact::text::bigint AS cursor_xact, w.cursor_entry, w.replay_no, w.attempts, w.first_attempt_at,
    w.next_attempt_at, w.failed_in_a_row, w.test_id,
    ARRAY(SELECT s.secret FROM webhook_secret s
          WHERE s.webhook_id = w.webhook_id AND (s.until IS NULL OR s.until > %(now)s)
          ORDER BY s.until DESC NULLS FIRST) AS secrets
FROM webhook w JOIN organisation o USING (organisation_id)
"""
ENDPOINTS: LiteralString = (
    _ENDPOINT + "WHERE (w.active AND w.paused_at IS NULL AND (o.active OR o.kind = 'ecc')) OR w.test_id IS NOT NULL"
)
ENDPOINT: LiteralString = _ENDPOINT + "WHERE w.webhook_id = %(webhook)s"


async def take_sender_lock(conn: Connection) -> bool:
    """Become the one process that sends webhooks, for as long as this connection lives; False when another one is."""
    row = await (await conn.execute("SELECT pg_try_advisory_lock(%s)", [SENDER_LOCK])).fetchone()
    return bool(row and row[0])


async def list_endpoints(conn: Connection, *, now: datetime) -> list[Endpoint]:
    """Every webhook that events are to be sent to, or a test."""
    async with conn.cursor(row_factory=class_row(Endpoint)) as cursor:
        return await (await cursor.execute(ENDPOINTS, {"now": now})).fetchall()


async def find_endpoint(conn: Connection, webhook_id: int, *, now: datetime) -> Endpoint | None:
    """The webhook as it is now; None when it is deleted."""
    async with conn.cursor(row_factory=class_row(Endpoint)) as cursor:
        return await (await cursor.execute(ENDPOINT, {"webhook": webhook_id, "now": now})).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one attempt. `place`: of the event in the log, None for a test."""

    place: tuple[int, int] | None
    event: str
    kind: str
    number: int
    at: datetime
    outcome: Outcome
    status: int | None
    error: str | None
    latency_ms: int
    answer: str
    next_attempt_at: datetime | None = None
    pause: str | None = None


# The webhook is as it was when the attempt began, or this does nothing: replay_no rises when its owner changes it.
MOVED: LiteralString = """
UPDATE webhook SET cursor_xact = %(xact)s::text::xid8, cursor_entry = %(entry)s, attempts = 0, first_attempt_at = NULL,
    next_attempt_at = NULL,
    failed_in_a_row = CASE WHEN %(outcome)s = 'failed' THEN failed_in_a_row + 1 ELSE 0 END,
    paused_at = CASE WHEN %(pause)s::text IS NULL THEN paused_at ELSE %(at)s END,
    paused_reason = coalesce(%(pause)s, paused_reason)
WHERE webhook_id = %(webhook)s AND replay_no = %(replay_no)s
"""
HELD: LiteralString = """
UPDATE webhook SET attempts = %(number)s, first_attempt_at = coalesce(first_attempt_at, %(at)s),
    next_attempt_at = %(next_attempt_at)s
WHERE webhook_id = %(webhook)s AND replay_no = %(replay_no)s
"""
TESTED: LiteralString = "UPDATE webhook SET test_id = NULL WHERE webhook_id = %(webhook)s AND test_id = %(test_id)s"
LOGGED: LiteralString = """
INSERT INTO webhook_delivery (webhook_id, organisation_id, event, kind, attempt, at, outcome, status, error, latency_ms,
    answer)
SELECT webhook_id, organisation_id, %(event)s, %(kind)s, %(number)s, %(at)s, %(outcome)s, %(status)s, %(error)s,
    %(latency_ms)s, %(answer)s
FROM webhook WHERE webhook_id = %(webhook)s
"""
TOLD: LiteralString = """
INSERT INTO event_log (at, organisation_id, kind, payload) VALUES (%s, %s, 'webhook.paused', %s)
"""


async def record_attempt(conn: Connection, endpoint: Endpoint, attempt: Attempt) -> bool:
    """Write an attempt into the log and move the cursor, or the next attempt, in one transaction.

    False when the webhook was deleted, changed or replayed meanwhile: then the cursor is where its owner put it. A
    pause is told in the event log of its organisation.
    """
    xact, entry = attempt.place or (0, 0)
    parameters = {
        "webhook": endpoint.webhook_id,
        "replay_no": endpoint.replay_no,
        "test_id": endpoint.test_id,
        "xact": str(xact),
        "entry": entry,
        "event": attempt.event,
        "kind": attempt.kind,
        "number": attempt.number,
        "at": attempt.at,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": attempt.error,
        "latency_ms": attempt.latency_ms,
        "answer": attempt.answer,
        "next_attempt_at": attempt.next_attempt_at,
        "pause": attempt.pause,
    }
    change = TESTED if attempt.place is None else HELD if attempt.outcome == "retrying" else MOVED
    async with conn.transaction():
        changed = (await conn.execute(change, parameters)).rowcount == 1
        await conn.execute(LOGGED, parameters)
        if changed and attempt.pause is not None:
            told = {"webhook_id": str(endpoint.public_id), "url": endpoint.url, "reason": attempt.pause}
            await conn.execute(TOLD, [attempt.at, endpoint.organisation_id, Jsonb(told)])
    return changed


PASSED: LiteralString = """
UPDATE webhook w SET cursor_xact = p.xact::xid8, cursor_entry = p.entry
FROM unnest(%(webhooks)s::int[], %(replay_nos)s::int[], %(xacts)s::text[], %(entries)s::bigint[])
    AS p (webhook_id, replay_no, xact, entry)
WHERE w.webhook_id = p.webhook_id AND w.replay_no = p.replay_no
    AND (w.cursor_xact, w.cursor_entry) < (p.xact::xid8, p.entry)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Up to where a webhook has nothing left to be sent."""

    webhook_id: int
    replay_no: int
    xact: int
    entry: int


async def pass_by(conn: Connection, passed: Sequence[Passed]) -> None:
    """Move cursors past entries that are not for their webhooks."""
    parameters = {
        "webhooks": [p.webhook_id for p in passed],
        "replay_nos": [p.replay_no for p in passed],
        "xacts": [str(p.xact) for p in passed],
        "entries": [p.entry for p in passed],
    }
    await conn.execute(PASSED, parameters)


async def count_paused(conn: Connection) -> int:
    """How many webhooks are paused because they failed."""
    row = await (
        await conn.execute("SELECT count(*) FROM webhook WHERE paused_reason IN ('failing', 'gone')")
    ).fetchone()
    return int(row[0]) if row else 0


FORGET: LiteralString = """
DELETE FROM webhook_delivery WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM webhook_delivery WHERE at < %s ORDER BY at LIMIT %s))
"""


async def forget_deliveries(conn: Connection, *, before: datetime, at_most: int) -> int:
    """Delete log entries from before `before`; returns how many."""
    return (await conn.execute(FORGET, [before, at_most])).rowcount
