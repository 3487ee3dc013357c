"""Webhooks as their owners see them: made, listed, changed, replayed. storage/webhook_sending.py delivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from fleet.errors import NotFound, PreconditionFailed
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """One webhook without its secrets. Empty arrays of the filter are no condition."""

    webhook_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    made_by_client: UUID | None
    made_by_person: UUID | None
    url: str
    description: str
    kinds: list[str]
    severities: list[str]
    machine_ids: list[int]
    site_ids: list[int]
    model_ids: list[int]
    machine_kinds: list[str]
    organisation_ids: list[int]
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime
    cursor: str
    attempts: int
    next_attempt_at: datetime | None
    failed_in_a_row: int
    paused_at: datetime | None
    paused_reason: str | None
    old_secret_until: datetime | None


_ROWS: LiteralString = """
SELECT w.webhook_id, w.public_id, w.organisation_id, o.public_id AS organisation_public_id,
    w.made_by_client, w.made_by_person, w.url, w.description,
    w.kinds, w.severities, w.machine_ids, w.site_ids, w.model_ids, w.machine_kinds, w.organisation_ids, w.active,
    w.version, w.created_at, w.updated_at, w.cursor_xact::text || '-' || w.cursor_entry AS cursor, w.attempts,
    w.next_attempt_at, w.failed_in_a_row, w.paused_at, w.paused_reason,
    (SELECT max(s.until) FROM webhook_secret s WHERE s.webhook_id = w.webhook_id) AS old_secret_until
FROM webhook w JOIN organisation o USING (organisation_id)
"""
FIND: LiteralString = _ROWS + "WHERE w.public_id = %s"
LIST: LiteralString = (
    _ROWS
    + """
WHERE w.webhook_id > %(after)s AND (%(client)s::uuid IS NULL OR w.made_by_client = %(client)s)
ORDER BY w.webhook_id LIMIT %(limit)s
"""
)


async def get_webhook(conn: Connection, public_id: UUID) -> WebhookRow:
    """The webhook that the caller may see; raises NotFound."""
    async with conn.cursor(row_factory=class_row(WebhookRow)) as cursor:
        row = await (await cursor.execute(FIND, [public_id])).fetchone()
    if row is None:
        raise NotFound
    return row


async def list_webhooks(conn: Connection, *, after: int, limit: int, made_by_client: UUID | None) -> list[WebhookRow]:
    """A page of those that the caller may see, oldest first; only of this client if one is given."""
    parameters = {"after": after, "limit": limit, "client": made_by_client}
    async with conn.cursor(row_factory=class_row(WebhookRow)) as cursor:
        return await (await cursor.execute(LIST, parameters)).fetchall()


INSERT: LiteralString = """
INSERT INTO webhook (public_id, organisation_id, url, description, kinds, severities, machine_ids, site_ids, model_ids,
    machine_kinds, organisation_ids, active, made_by_client, made_by_person, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(url)s, %(description)s, %(kinds)s, %(severities)s, %(machine_ids)s,
    %(site_ids)s, %(model_ids)s, %(machine_kinds)s, %(organisation_ids)s, %(active)s, %(made_by_client)s,
    %(made_by_person)s, %(now)s, %(now)s)
RETURNING webhook_id
"""
INSERT_SECRET: LiteralString = """
INSERT INTO webhook_secret (webhook_id, organisation_id, secret) VALUES (%s, %s, %s)
"""


async def insert_webhook(conn: Connection, values: dict[str, Any], *, secret: str, now: datetime) -> None:
    """Make a webhook that begins at the end of the event log. `values`: the columns that its owner gives."""
    row = await (await conn.execute(INSERT, values | {"now": now})).fetchone()
    assert row is not None
    await conn.execute(INSERT_SECRET, [row[0], values["organisation_id"], secret])


# A filter that has changed is asked of the next event on, and what was begun before does not move the cursor. Switching
# it on again forgets why it was paused.
UPDATE: LiteralString = """
UPDATE webhook SET url = %(url)s, description = %(description)s, kinds = %(kinds)s, severities = %(severities)s,
    machine_ids = %(machine_ids)s, site_ids = %(site_ids)s, model_ids = %(model_ids)s,
    machine_kinds = %(machine_kinds)s, organisation_ids = %(organisation_ids)s, active = %(active)s,
    attempts = 0, first_attempt_at = NULL, next_attempt_at = NULL, replay_no = replay_no + 1,
    failed_in_a_row = CASE WHEN %(resume)s THEN 0 ELSE failed_in_a_row END,
    paused_at = CASE WHEN %(resume)s THEN NULL ELSE paused_at END,
    paused_reason = CASE WHEN %(resume)s THEN NULL ELSE paused_reason END,
    version = version + 1, updated_at = %(now)s
WHERE public_id = %(public_id)s AND version = %(version)s
RETURNING webhook_id
"""


async def update_webhook(
    conn: Connection, public_id: UUID, values: dict[str, Any], *, version: int, resume: bool, now: datetime
) -> None:
    """Write what its owner may change; `resume` ends a pause. Raises PreconditionFailed for a stale version."""
    parameters = values | {"public_id": public_id, "version": version, "resume": resume, "now": now}
    if (await conn.execute(UPDATE, parameters)).rowcount == 0:
        await get_webhook(conn, public_id)
        raise PreconditionFailed


TAKE_OVER: LiteralString = """
UPDATE webhook SET made_by_client = NULL, made_by_person = %(person)s
WHERE public_id = %(public_id)s AND paused_reason IN ('client_ended', 'person_inactive')
"""


async def take_over(conn: Connection, public_id: UUID, *, person: UUID | None) -> None:
    """Make it this person's (None: the command line's) if it is paused because its maker has ended."""
    await conn.execute(TAKE_OVER, {"public_id": public_id, "person": person})


async def delete_webhook(conn: Connection, public_id: UUID, *, version: int) -> None:
    """Delete it with its log. Raises NotFound, and PreconditionFailed for a stale version."""
    gone = await conn.execute("DELETE FROM webhook WHERE public_id = %s AND version = %s", [public_id, version])
    if gone.rowcount == 0:
        await get_webhook(conn, public_id)
        raise PreconditionFailed


DROP_OLDEST_SECRETS: LiteralString = "DELETE FROM webhook_secret WHERE webhook_id = %s AND until IS NOT NULL"
END_SECRET: LiteralString = "UPDATE webhook_secret SET until = %s WHERE webhook_id = %s AND until IS NULL"
TOUCH: LiteralString = "UPDATE webhook SET version = version + 1, updated_at = %s WHERE webhook_id = %s"


async def rotate_secret(conn: Connection, webhook: WebhookRow, secret: str, *, until: datetime, now: datetime) -> None:
    """Sign with a new secret; the present one goes on signing beside it until `until`, one before that no more."""
    await conn.execute(TOUCH, [now, webhook.webhook_id])  # locks: two at once come one after the other
    await conn.execute(DROP_OLDEST_SECRETS, [webhook.webhook_id])
    await conn.execute(END_SECRET, [until, webhook.webhook_id])
    await conn.execute(INSERT_SECRET, [webhook.webhook_id, webhook.organisation_id, secret])


MOVE: LiteralString = """
UPDATE webhook SET cursor_xact = %(xact)s::text::xid8, cursor_entry = %(entry)s, replay_no = replay_no + 1,
    attempts = 0, first_attempt_at = NULL, next_attempt_at = NULL, failed_in_a_row = 0
WHERE webhook_id = %(webhook)s
"""


async def move_cursor(conn: Connection, webhook_id: int, *, xact: int, entry: int) -> None:
    """Let deliveries go on behind this place of the event log."""
    await conn.execute(MOVE, {"webhook": webhook_id, "xact": str(xact), "entry": entry})


async def find_place_before(conn: Connection, at: datetime) -> tuple[int, int] | None:
    """The place in the event log just before the first entry from `at` on; None when there is none yet."""
    row = await (await conn.execute("SELECT xact::text::bigint, id FROM event_log_place(%s)", [at])).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1] - 1)


async def ask_for_test(conn: Connection, webhook_id: int, test_id: UUID) -> None:
    """Let the sender deliver a test event, whether the webhook is active or not."""
    await conn.execute("UPDATE webhook SET test_id = %s WHERE webhook_id = %s", [test_id, webhook_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One attempt to deliver an event."""

    delivery_id: int
    event: str
    kind: str
    attempt: int
    at: datetime
    outcome: str
    status: int | None
    error: str | None
    latency_ms: int
    answer: str


DELIVERIES: LiteralString = """
SELECT delivery_id, event, kind, attempt, at, outcome, status, error, latency_ms, answer FROM webhook_delivery
WHERE webhook_id = %(webhook)s AND delivery_id < %(before)s
    AND (%(outcomes)s::text[] = '{}' OR outcome = ANY(%(outcomes)s)) AND (%(event)s::text IS NULL OR event = %(event)s)
ORDER BY delivery_id DESC LIMIT %(limit)s
"""


async def list_deliveries(
    conn: Connection, webhook_id: int, *, outcomes: Sequence[str], event: str | None, before: int, limit: int
) -> list[DeliveryRow]:
    """A page of the delivery log, newest first, of a webhook that the caller has been found to see."""
    parameters = {
        "webhook": webhook_id,
        "outcomes": list(outcomes),
        "event": event,
        "before": before,
        "limit": limit,
    }
    async with conn.cursor(row_factory=class_row(DeliveryRow)) as cursor:
        return await (await cursor.execute(DELIVERIES, parameters)).fetchall()
