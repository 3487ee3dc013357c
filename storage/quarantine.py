"""Messages and rows that were refused: kept with a reason, listed, and sent again on demand."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from fleet.batch import Messages, Quarantined
from fleet.errors import NotFound
from storage.binary import int4s, int8s, times
from storage.ids import uuid7


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One refused message (row_no -1) or one refused row of a message."""

    quarantine_id: UUID
    terminal: str
    boot: str
    seq: int
    row_no: int
    reason: str
    detail: str
    topic: str
    payload: bytes
    received_at: datetime
    replayed_at: datetime | None


INSERT: LiteralString = """
INSERT INTO quarantine (quarantine_id, terminal, boot, seq, row_no, payload_hash, reason, detail, topic, payload,
                        received_at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s, %s, %s::bytea[], %s::text[], %s::text[], %s::text[],
                     %s::bytea[], %s)
ON CONFLICT DO NOTHING
"""


def insert_quarantined(conn: psycopg.Connection, refused: Sequence[Quarantined], messages: Messages) -> int:
    """Keep what was refused; doing it again (a redelivery) adds nothing. Returns how many entries are new.

    A message that names no seq is known by the hash of its payload.
    """
    if not refused:
        return 0
    number = [item.message for item in refused]
    payloads = [messages.payload[m] for m in number]
    seqs = [messages.seq[m] for m in number]
    cursor = conn.execute(
        INSERT,
        [
            [uuid7() for _ in refused],
            [messages.terminal[m] for m in number],
            [messages.boot[m] for m in number],
            int8s(seqs),
            int4s([item.row for item in refused]),
            [hashlib.sha256(payload).digest() for payload in payloads],
            [str(item.reason) for item in refused],
            [item.detail[:500] for item in refused],
            [messages.topic[m] for m in number],
            payloads,
            times([messages.received_at_us[m] for m in number]),
        ],
    )
    return cursor.rowcount


COLUMNS: LiteralString = """
SELECT quarantine_id, terminal, boot, seq, row_no, reason, detail, topic, payload, received_at, replayed_at
FROM quarantine
"""


def list_quarantined(
    conn: psycopg.Connection,
    *,
    reason: str | None = None,
    terminal: str | None = None,
    replayed: bool = False,
    limit: int = 50,
) -> list[QuarantineEntry]:
    """Entries, newest first; those already sent again only when `replayed`."""
    with conn.cursor(row_factory=class_row(QuarantineEntry)) as cursor:
        return cursor.execute(
            COLUMNS + "WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)"
            " AND (%(terminal)s::text IS NULL OR terminal = %(terminal)s) AND (%(replayed)s OR replayed_at IS NULL)"
            " ORDER BY received_at DESC, quarantine_id DESC LIMIT %(limit)s",
            {"reason": reason, "terminal": terminal, "replayed": replayed, "limit": limit},
        ).fetchall()


def get_quarantined(conn: psycopg.Connection, quarantine_id: UUID) -> QuarantineEntry:
    """One entry. Raises NotFound."""
    with conn.cursor(row_factory=class_row(QuarantineEntry)) as cursor:
        found = cursor.execute(COLUMNS + "WHERE quarantine_id = %s", [quarantine_id]).fetchone()
    if found is None:
        raise NotFound(f"There is no quarantine entry {quarantine_id}.")
    return found


def count_by_reason(conn: psycopg.Connection) -> dict[str, int]:
    """How many entries wait for a replay, by reason."""
    return dict(
        conn.execute("SELECT reason, count(*) FROM quarantine WHERE replayed_at IS NULL GROUP BY 1 ORDER BY 2 DESC")
    )


def mark_replayed(conn: psycopg.Connection, ids: Sequence[UUID], at: datetime) -> None:
    """They were sent again at `at`; they stay as the record of what happened."""
    conn.execute("UPDATE quarantine SET replayed_at = %s WHERE quarantine_id = ANY(%s)", [at, list(ids)])
