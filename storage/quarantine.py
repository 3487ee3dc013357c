"""Messages and rows that were refused: kept with a reason, listed, and sent again on demand."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
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
WITH kept AS (
    INSERT INTO refused_payload AS p (payload_hash, payload, received_at)
    SELECT * FROM unnest(%(hashes)s::bytea[], %(payloads)s::bytea[], %(last_received)s)
    ON CONFLICT (payload_hash) DO UPDATE SET received_at = excluded.received_at
        WHERE p.received_at < excluded.received_at
), o AS (
    SELECT * FROM unnest(%(id)s::uuid[], %(terminal)s::text[], %(boot)s::text[], %(seq)s, %(row)s, %(hash)s::bytea[],
        %(reason)s::text[], %(detail)s::text[], %(topic)s::text[], %(received)s, %(counted)s::boolean[])
    AS n (quarantine_id, terminal, boot, seq, row_no, payload_hash, reason, detail, topic, received_at, counted)
), again_by_seq AS (
    UPDATE quarantine q SET received_at = o.received_at, reason = o.reason, detail = o.detail, topic = o.topic,
        payload_hash = o.payload_hash, counted = o.counted, replayed_at = NULL
    FROM o WHERE o.seq >= 0 AND q.seq >= 0 AND q.terminal = o.terminal AND q.boot = o.boot AND q.seq = o.seq
        AND q.row_no = o.row_no AND o.received_at > q.received_at
), again_by_payload AS (
    UPDATE quarantine q SET received_at = o.received_at, reason = o.reason, detail = o.detail, topic = o.topic,
        replayed_at = NULL
    FROM o WHERE o.seq < 0 AND q.seq < 0 AND q.terminal = o.terminal AND q.payload_hash = o.payload_hash
        AND q.row_no = o.row_no AND o.received_at > q.received_at
)
INSERT INTO quarantine (quarantine_id, terminal, boot, seq, row_no, payload_hash, reason, detail, topic, received_at,
                        counted)
SELECT * FROM o ON CONFLICT DO NOTHING
"""


def insert_quarantined(
    conn: psycopg.Connection, refused: Sequence[Quarantined], messages: Messages, counted: Sequence[bool] | None = None
) -> int:
    """Keep what was refused; doing it again (a redelivery) adds nothing. Returns how many entries are new.

    A payload is kept once, by its hash, however many entries are of it; a message that names no seq is known by it.
    What comes and is refused again, after a replay for instance, waits again: its entry says when it last came
    and why it was refused then. counted: of each, whether the ledger counts its rows as quarantined; None is of none.
    """
    if not refused:
        return 0
    number = [item.message for item in refused]
    hashes = {m: hashlib.sha256(messages.payload[m]).digest() for m in set(number)}
    by_age = sorted(hashes, key=lambda m: messages.received_at_us[m])
    newest = {hashes[m]: m for m in by_age}
    offered = {
        "hashes": list(newest),
        "payloads": [messages.payload[m] for m in newest.values()],
        "last_received": times([messages.received_at_us[m] for m in newest.values()]),
        "id": [uuid7() for _ in refused],
        "terminal": [messages.terminal[m] for m in number],
        "boot": [messages.boot[m] for m in number],
        "seq": int8s([messages.seq[m] for m in number]),
        "row": int4s([item.row for item in refused]),
        "hash": [hashes[m] for m in number],
        "reason": [str(item.reason) for item in refused],
        "detail": [item.detail[:500] for item in refused],
        "topic": [messages.topic[m] for m in number],
        "received": times([messages.received_at_us[m] for m in number]),
        "counted": [False] * len(refused) if counted is None else list(counted),
    }
    return conn.execute(INSERT, offered).rowcount


MessageKey = tuple[str, str, int]  # terminal, boot, seq

COUNTED: LiteralString = """
SELECT q.terminal, q.boot, q.seq, q.row_no
FROM unnest(%(terminal)s::text[], %(boot)s::text[], %(seq)s) AS k (terminal, boot, seq)
CROSS JOIN LATERAL (SELECT * FROM quarantine n WHERE n.seq >= 0 AND n.terminal = k.terminal AND n.boot = k.boot
    AND n.seq = k.seq AND n.counted) q
"""


def find_counted(conn: psycopg.Connection, keys: Sequence[MessageKey]) -> dict[MessageKey, set[int]]:
    """Of messages the rows (-1 all) that the ledger counts as quarantined, without those that have none."""
    found: dict[MessageKey, set[int]] = {}
    for *key, row in conn.execute(COUNTED, _asked(keys)):
        found.setdefault((key[0], key[1], key[2]), set()).add(row)
    return found


CLEAR_COUNTED: LiteralString = """
UPDATE quarantine q SET counted = FALSE
FROM unnest(%(terminal)s::text[], %(boot)s::text[], %(seq)s, %(row)s) AS k (terminal, boot, seq, row_no)
WHERE q.seq >= 0 AND q.terminal = k.terminal AND q.boot = k.boot AND q.seq = k.seq AND q.row_no = k.row_no
"""


def clear_counted(conn: psycopg.Connection, entries: Sequence[tuple[MessageKey, int]]) -> None:
    """The ledger counts these entries as quarantined no more: their rows were committed."""
    if entries:
        keys = [key for key, _ in entries]
        conn.execute(CLEAR_COUNTED, _asked(keys) | {"row": int4s([row for _, row in entries])})


def _asked(keys: Sequence[MessageKey]) -> dict[str, object]:
    return {
        "terminal": [terminal for terminal, _, _ in keys],
        "boot": [boot for _, boot, _ in keys],
        "seq": int8s([seq for _, _, seq in keys]),
    }


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """An entry as a list shows it: without its payload."""

    quarantine_id: UUID
    terminal: str
    boot: str
    seq: int
    row_no: int
    reason: str
    detail: str
    topic: str
    payload_bytes: int
    received_at: datetime
    replayed_at: datetime | None


WANTED: LiteralString = """
(%(reason)s::text IS NULL OR reason = %(reason)s) AND (%(terminal)s::text IS NULL OR terminal = %(terminal)s)
    AND (%(replayed)s OR replayed_at IS NULL)
"""
LIST: LiteralString = """
SELECT quarantine_id, terminal, boot, seq, row_no, reason, detail, topic,
    coalesce(length(p.payload), 0) AS payload_bytes, q.received_at, replayed_at
FROM quarantine q LEFT JOIN refused_payload p USING (payload_hash)
WHERE {wanted} ORDER BY q.received_at DESC, quarantine_id DESC LIMIT %(limit)s OFFSET %(skip)s
"""


def list_quarantined(
    conn: psycopg.Connection,
    *,
    reason: str | None = None,
    terminal: str | None = None,
    replayed: bool = False,
    limit: int = 50,
    skip: int = 0,
) -> list[QuarantineLine]:
    """Entries, newest first, after the first `skip`; those already sent again only when `replayed`."""
    wanted = {"reason": reason, "terminal": terminal, "replayed": replayed, "limit": limit, "skip": skip}
    with conn.cursor(row_factory=class_row(QuarantineLine)) as cursor:
        return cursor.execute(sql.SQL(LIST).format(wanted=sql.SQL(WANTED)), wanted).fetchall()


def count_quarantined(
    conn: psycopg.Connection, *, reason: str | None = None, terminal: str | None = None, replayed: bool = False
) -> int:
    """How many entries `list_quarantined` has in all."""
    parameters = {"reason": reason, "terminal": terminal, "replayed": replayed}
    row = conn.execute(
        sql.SQL("SELECT count(*) FROM quarantine WHERE {}").format(sql.SQL(WANTED)), parameters
    ).fetchone()
    return int(row[0]) if row else 0


ONE: LiteralString = """
SELECT quarantine_id, terminal, boot, seq, row_no, reason, detail, topic, coalesce(p.payload, '') AS payload,
    q.received_at, replayed_at
FROM quarantine q LEFT JOIN refused_payload p USING (payload_hash) WHERE quarantine_id = %s
"""


def get_quarantined(conn: psycopg.Connection, quarantine_id: UUID) -> QuarantineEntry:
    """One entry. Raises NotFound."""
    with conn.cursor(row_factory=class_row(QuarantineEntry)) as cursor:
        found = cursor.execute(ONE, [quarantine_id]).fetchone()
    if found is None:
        raise NotFound("quarantine_entry_unknown", id=str(quarantine_id))
    return found


def list_quarantine_ids(conn: psycopg.Connection, part: str, *, limit: int) -> list[UUID]:
    """Entries whose id begins or ends with `part`, which is made of digits, a to f, and hyphens."""
    found = conn.execute(
        "SELECT quarantine_id FROM quarantine WHERE quarantine_id::text LIKE %(part)s || '%%'"
        " OR quarantine_id::text LIKE '%%' || %(part)s ORDER BY 1 LIMIT %(limit)s",
        {"part": part, "limit": limit},
    )
    return [row[0] for row in found]


def count_by_reason(conn: psycopg.Connection) -> dict[str, int]:
    """How many entries wait for a replay, by reason."""
    return dict(
        conn.execute("SELECT reason, count(*) FROM quarantine WHERE replayed_at IS NULL GROUP BY 1 ORDER BY 2 DESC")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMessage:
    """What of one message waits: its entries, and which of its rows; -1 the whole message, -2 its events."""

    ids: list[UUID]
    rows: list[int]
    reasons: list[str]
    terminal: str
    boot: str
    seq: int
    payload_hash: bytes
    received_at: datetime

    @property
    def is_whole(self) -> bool:
        """Nothing of the message was kept."""
        return -1 in self.rows


SELECT_MESSAGES: LiteralString = """
SELECT array_agg(quarantine_id ORDER BY row_no, quarantine_id) AS ids, array_agg(row_no ORDER BY row_no) AS rows,
    array_agg(DISTINCT reason) AS reasons, terminal, boot, seq, payload_hash, received_at
FROM quarantine
WHERE (%(ids)s::uuid[] IS NULL OR quarantine_id = ANY(%(ids)s)) AND (%(again)s OR replayed_at IS NULL)
    AND (%(reason)s::text IS NULL OR reason = %(reason)s) AND (%(terminal)s::text IS NULL OR terminal = %(terminal)s)
GROUP BY terminal, boot, seq, payload_hash, received_at
ORDER BY received_at, terminal, boot, seq, payload_hash
"""


def list_refused_messages(
    conn: psycopg.Connection,
    *,
    ids: Sequence[UUID] | None = None,
    reason: str | None = None,
    terminal: str | None = None,
    again: bool = False,
) -> list[RefusedMessage]:
    """The entries asked for, those of one message together, in the order they came; replayed ones only when `again`."""
    wanted = None if ids is None else list(ids)
    with conn.cursor(row_factory=class_row(RefusedMessage)) as cursor:
        return cursor.execute(
            SELECT_MESSAGES, {"ids": wanted, "reason": reason, "terminal": terminal, "again": again}
        ).fetchall()


def mark_replayed(conn: psycopg.Connection, message: RefusedMessage, at: datetime) -> int:
    """Its entries were sent again at `at`; they stay as the record of what happened. Returns how many were marked.

    An entry that came back since `message` was read is left waiting.
    """
    cursor = conn.execute(
        "UPDATE quarantine SET replayed_at = %s WHERE quarantine_id = ANY(%s) AND received_at = %s",
        [at, message.ids, message.received_at],
    )
    return cursor.rowcount


SELECT_FATES: LiteralString = """
SELECT (SELECT array_agg(DISTINCT q.reason) FROM quarantine q
        WHERE s.seq >= 0 AND q.seq >= 0 AND q.terminal = s.terminal AND q.boot = s.boot AND q.seq = s.seq
            AND q.replayed_at IS NULL AND q.received_at > s.after),
    (SELECT array_agg(DISTINCT q.reason) FROM quarantine q
        WHERE s.seq < 0 AND q.seq < 0 AND q.terminal = s.terminal AND q.payload_hash = s.payload_hash
            AND q.replayed_at IS NULL AND q.received_at > s.after),
    (SELECT CASE WHEN s.seq <= l.through OR s.seq <@ l.ranges THEN l.last_received_at END
        FROM ledger l JOIN terminal t USING (terminal_id) WHERE t.name = s.terminal AND l.boot = s.boot AND s.seq >= 0)
FROM unnest(%(terminal)s::text[], %(boot)s::text[], %(seq)s::bigint[], %(hash)s::bytea[], %(after)s::timestamptz[])
    WITH ORDINALITY AS s (terminal, boot, seq, payload_hash, after, place)
ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as it was sent again: who it says it is; refusals count when received later than `after`."""

    terminal: str
    boot: str
    seq: int
    payload_hash: bytes
    after: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """refused: reasons why something of it waits in quarantine (again). covered_at: when the ledger last took a message
    of its power cycle, None while this one is not covered."""

    refused: tuple[str, ...]
    covered_at: datetime | None


def list_fates(conn: psycopg.Connection, delivered: Sequence[Delivered]) -> list[Fate]:
    """What has become of messages so far, in their order."""
    rows = conn.execute(
        SELECT_FATES,
        {
            "terminal": [d.terminal for d in delivered],
            "boot": [d.boot for d in delivered],
            "seq": [d.seq for d in delivered],
            "hash": [d.payload_hash for d in delivered],
            "after": [d.after for d in delivered],
        },
    )
    return [Fate(tuple(by_seq or by_hash or ()), covered_at) for by_seq, by_hash, covered_at in rows]
