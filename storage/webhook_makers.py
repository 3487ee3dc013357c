"""Webhooks whose maker may not be sent to any more: the sender pauses them and tells why."""

from datetime import datetime
from typing import LiteralString

from storage.read_pool import Connection

PAUSE: LiteralString = """
WITH found AS (
    SELECT w.webhook_id, webhook_maker_out(w.made_by_client, w.made_by_person, %(now)s) AS reason FROM webhook w
    WHERE w.active AND w.paused_at IS NULL
), paused AS (
    UPDATE webhook w SET paused_at = %(now)s, paused_reason = f.reason
    FROM found f WHERE f.webhook_id = w.webhook_id AND f.reason IS NOT NULL AND w.paused_at IS NULL
    RETURNING w.public_id, w.organisation_id, w.url, w.paused_reason
)
INSERT INTO event_log (at, organisation_id, kind, payload)
SELECT %(now)s, organisation_id, 'webhook.paused',
    jsonb_build_object('webhook_id', public_id, 'url', url, 'reason', paused_reason)
FROM paused
"""


async def pause_without_maker(conn: Connection, *, now: datetime) -> int:
    """Pause the webhooks of clients and people that have ended, told in their organisations' event log; how many."""
    return (await conn.execute(PAUSE, {"now": now})).rowcount
