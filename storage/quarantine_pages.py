"""The quarantine as people look at it through the API, and what they ask to have sent again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.keyset import list_rows
from storage.quarantine import ONE, QuarantineEntry, QuarantineLine
from storage.quarantine_replays import ReplayState
from storage.read_pool import Connection

NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineFilter:
    """Which entries; None is no condition; from_at <= received < to_at; those sent again only when `replayed`."""

    reason: str | None = None
    terminal: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    replayed: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """For LIST."""
        return {name: getattr(self, name) for name in self.__slots__}


LIST: LiteralString = """
SELECT quarantine_id, terminal, boot, seq, row_no, reason, detail, topic,
    coalesce(length(p.payload), 0) AS payload_bytes, q.received_at, replayed_at
FROM (
    SELECT * FROM quarantine
    WHERE (%(reason)s::text IS NULL OR reason = %(reason)s) AND (%(terminal)s::text IS NULL OR terminal = %(terminal)s)
        AND (%(replayed)s OR replayed_at IS NULL)
        AND (%(from_at)s::timestamptz IS NULL OR received_at >= %(from_at)s)
        AND (%(to_at)s::timestamptz IS NULL OR received_at < %(to_at)s)
        AND (%(before)s::timestamptz IS NULL
            OR (received_at, quarantine_id) < (%(before)s::timestamptz, %(before_id)s::uuid))
    ORDER BY received_at DESC, quarantine_id DESC LIMIT %(limit)s
) q LEFT JOIN refused_payload p USING (payload_hash)
ORDER BY q.received_at DESC, quarantine_id DESC
"""


async def list_quarantined(
    conn: Connection, wanted: QuarantineFilter, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[QuarantineLine]:
    """Entries, the newest first; `before`: when the last of the page before came, and its id."""
    at, entry = before or (None, None)
    given = wanted.parameters | {"before": at, "before_id": entry, "limit": limit}
    return await list_rows(conn, QuarantineLine, LIST, given)


async def find_quarantined(conn: Connection, quarantine_id: UUID) -> QuarantineEntry | None:
    """One entry with its payload."""
    async with conn.cursor(row_factory=class_row(QuarantineEntry)) as cursor:
        return await (await cursor.execute(ONE, [quarantine_id])).fetchone()


# Who had the terminal's machine when the message came is told that somebody read it.
MACHINE: LiteralString = """
SELECT i.machine_id FROM installation i JOIN terminal t USING (terminal_id)
WHERE t.name = %(terminal)s AND i.from_at <= %(at)s AND %(at)s < i.to_at LIMIT 1
"""


async def find_machine(conn: Connection, terminal: str, at: datetime) -> int | None:
    """The machine that a terminal was on; None for a terminal that nobody knows."""
    row = await (await conn.execute(MACHINE, {"terminal": terminal, "at": at})).fetchone()
    return None if row is None else int(row[0])


COUNT: LiteralString = """
SELECT reason, count(*) AS waiting, min(received_at) AS oldest_at, max(received_at) AS newest_at
FROM quarantine WHERE replayed_at IS NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many entries wait for this reason, and when the first and the last of them came."""

    reason: str
    waiting: int
    oldest_at: datetime
    newest_at: datetime


async def count_by_reason(conn: Connection) -> list[ReasonCount]:
    """What waits, the most first."""
    return await list_rows(conn, ReasonCount, COUNT, {})


INSERT: LiteralString = """
INSERT INTO quarantine_replay (ids, reason, terminal, again, offset_ms, asked_at, asked_by, heard_at)
VALUES (%(ids)s, %(reason)s, %(terminal)s, %(again)s, %(offset_ms)s, %(now)s, %(by)s, %(now)s) RETURNING replay_id
"""


async def insert_replay(conn: Connection, given: Mapping[str, Any], *, by: str, now: datetime) -> int:
    """A replay that waits for its worker; its number. `given`: ids, reason, terminal, again, offset_ms."""
    row = await (await conn.execute(INSERT, {**given, "by": by, "now": now})).fetchone()
    assert row is not None  # RETURNING of an insert without a condition
    return int(row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow:
    """One replay, as it is kept."""

    replay_id: int
    ids: list[UUID] | None
    reason: str | None
    terminal: str | None
    again: bool
    offset_ms: int
    state: ReplayState
    messages: int
    sent: int
    settled: int
    entries: int
    kept: int
    refused_again: dict[str, int]
    without_sign: int
    unknown: int
    not_sendable: list[UUID]
    failure: str | None
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    finished_at: datetime | None


_COLUMNS: LiteralString = """
SELECT replay_id, ids, reason, terminal, again, offset_ms, state, messages, sent, settled, entries, kept, refused_again,
    without_sign, unknown, not_sendable, failure, asked_at, asked_by, started_at, finished_at
FROM quarantine_replay
"""
REPLAYS: LiteralString = _COLUMNS + "WHERE replay_id < %(before)s ORDER BY replay_id DESC LIMIT %(limit)s"
REPLAY: LiteralString = _COLUMNS + "WHERE replay_id = %s"


async def list_replays(conn: Connection, *, before: int, limit: int) -> list[ReplayRow]:
    """Replays, the newest first."""
    return await list_rows(conn, ReplayRow, REPLAYS, {"before": before, "limit": limit})


async def find_replay(conn: Connection, replay: int) -> ReplayRow | None:
    """One replay."""
    async with conn.cursor(row_factory=class_row(ReplayRow)) as cursor:
        return await (await cursor.execute(REPLAY, [replay])).fetchone()


MISSING: LiteralString = """
SELECT w.quarantine_id FROM unnest(%(ids)s::uuid[]) AS w (quarantine_id)
WHERE NOT EXISTS (SELECT FROM quarantine q WHERE q.quarantine_id = w.quarantine_id) LIMIT 1
"""


async def find_missing(conn: Connection, ids: list[UUID]) -> UUID | None:
    """One of the ids that no entry has; None when all are there."""
    row = await (await conn.execute(MISSING, {"ids": ids})).fetchone()
    return None if row is None else row[0]
