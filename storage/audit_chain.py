"""The chain over the audit: each row's hash covers the row and the hash before, so nothing of it can be changed,
taken out or put in between unseen."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

PORTION = 5_000
GENESIS = bytes(32)
# One sealer at a time; 0xA0D17 names this lock and nothing else.
LOCK: LiteralString = "SELECT pg_advisory_xact_lock(657687)"
LAST: LiteralString = """
SELECT seal_no, hash, xact::text AS xact, audit_id FROM audit_seal ORDER BY seal_no DESC LIMIT 1
"""
# The text that is hashed: every column, in UTC whatever the session says; jsonb and timestamps have one text each. What
# has no owners is written as it was before there were any: chains sealed then still hold.
_TEXT: LiteralString = """
(jsonb_build_array(a.audit_id, a.xact::text, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    a.organisation_id, a.machine_id, a.actor_kind, a.actor_id, a.actor_name, a.actor_organisation_id, a.action,
    a.entity, a.entity_id, a.before, a.after, a.detail)
    || CASE WHEN a.owner_ids IS NULL THEN '[]' ELSE jsonb_build_array(a.owner_ids) END)::text
"""
UNSEALED = sql.SQL("""
SELECT a.audit_id, a.xact::text AS xact, {text} AS text FROM audit a
WHERE (a.xact, a.audit_id) > (%(xact)s::text::xid8, %(audit_id)s)
    AND a.xact < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY a.xact, a.audit_id LIMIT %(limit)s
""").format(text=sql.SQL(_TEXT))
SEAL: LiteralString = """
INSERT INTO audit_seal (seal_no, audit_id, xact, hash, sealed_at)
SELECT s.seal_no, s.audit_id, s.xact::xid8, s.hash, %(at)s
FROM unnest(%(seal_no)s::bigint[], %(audit_id)s::bigint[], %(xact)s::text[], %(hash)s::bytea[])
    AS s (seal_no, audit_id, xact, hash)
"""


def hash_of(before: bytes, text: str) -> bytes:
    """The hash of a row: SHA-256 over the hash before and the row's text."""
    return hashlib.sha256(before + text.encode()).digest()


def seal(conn: psycopg.Connection, *, now: datetime, portion: int = PORTION) -> int:
    """Put the audit rows whose transactions, and all older ones, have ended into the chain; returns how many.

    At most `portion` at once, in one transaction; sealers wait for each other.
    """
    with conn.transaction():
        conn.execute(LOCK)
        row = conn.execute(LAST).fetchone()
        seal_no, head, xact, audit_id = row if row else (0, GENESIS, "0", 0)
        found = conn.execute(UNSEALED, {"xact": xact, "audit_id": audit_id, "limit": portion}).fetchall()
        hashes: list[bytes] = []
        for _, _, text in found:
            head = hash_of(head, text)
            hashes.append(head)
        conn.execute(
            SEAL,
            {
                "seal_no": list(range(seal_no + 1, seal_no + 1 + len(found))),
                "audit_id": [row[0] for row in found],
                "xact": [row[1] for row in found],
                "hash": hashes,
                "at": now,
            },
        )
    return len(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One seal with the text of its row as the row is now; None: the row is gone."""

    seal_no: int
    audit_id: int
    hash: bytes
    text: str | None


LINKS = sql.SQL("""
SELECT s.seal_no, s.audit_id, s.hash, CASE WHEN a.audit_id IS NOT NULL THEN {text} END AS text
FROM audit_seal s LEFT JOIN audit a USING (audit_id)
WHERE s.seal_no > %(after)s ORDER BY s.seal_no LIMIT %(limit)s
""").format(text=sql.SQL(_TEXT))


def links(conn: psycopg.Connection, *, after: int, portion: int = PORTION) -> Iterator[Link]:
    """The chain after a seal, in order; one portion at a time in memory."""
    while True:
        with conn.cursor(row_factory=class_row(Link)) as cursor:
            found = cursor.execute(LINKS, {"after": after, "limit": portion}).fetchall()
        yield from found
        if len(found) < portion:
            return
        after = found[-1].seal_no


def count_seals(conn: psycopg.Connection) -> int:
    """How long the chain is."""
    row = conn.execute("SELECT count(*) FROM audit_seal").fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where the chain begins: what retention deleted ended with this hash. seal_no 0: nothing was deleted."""

    seal_no: int
    hash: bytes


def get_anchor(conn: psycopg.Connection) -> Anchor:
    """The chain's beginning."""
    with conn.cursor(row_factory=class_row(Anchor)) as cursor:
        found = cursor.execute("SELECT seal_no, hash FROM audit_horizon").fetchone()
    assert found is not None
    return found


LOOSE: LiteralString = """
WITH last AS (SELECT xact, audit_id FROM audit_seal ORDER BY seal_no DESC LIMIT 1)
SELECT count(*) FILTER (WHERE (a.xact, a.audit_id) > (l.xact, l.audit_id) OR l.xact IS NULL) AS waiting,
    count(*) FILTER (WHERE (a.xact, a.audit_id) <= (l.xact, l.audit_id)) AS slipped_in,
    min(a.at) FILTER (WHERE (a.xact, a.audit_id) > (l.xact, l.audit_id) OR l.xact IS NULL) AS oldest_waiting
FROM audit a LEFT JOIN last l ON TRUE
WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.audit_id = a.audit_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """Rows without a seal: those that wait for the sealer, and those put in behind its back."""

    waiting: int
    slipped_in: int
    oldest_waiting: datetime | None


def count_loose(conn: psycopg.Connection) -> Loose:
    """Rows that are not in the chain."""
    with conn.cursor(row_factory=class_row(Loose)) as cursor:
        found = cursor.execute(LOOSE).fetchone()
    assert found is not None
    return found


DELETE_EXPIRED: LiteralString = """
WITH expired AS (
    SELECT s.seal_no, s.audit_id, s.hash FROM audit_seal s JOIN audit a USING (audit_id)
    WHERE a.at < %(before)s AND s.seal_no < (
        SELECT coalesce(min(k.seal_no), 0) FROM audit_seal k JOIN audit b USING (audit_id) WHERE b.at >= %(before)s)
    ORDER BY s.seal_no LIMIT %(portion)s
), moved AS (
    UPDATE audit_horizon h SET seal_no = e.seal_no, hash = e.hash
    FROM (SELECT seal_no, hash FROM expired ORDER BY seal_no DESC LIMIT 1) e
), unsealed AS (
    DELETE FROM audit_seal WHERE seal_no IN (SELECT seal_no FROM expired)
)
DELETE FROM audit WHERE audit_id IN (SELECT audit_id FROM expired)
"""


def delete_expired(conn: psycopg.Connection, *, before: datetime, portion: int = PORTION) -> int:
    """Delete the beginning of the chain that lies before `before`, at most `portion` rows; returns how many.

    The hash at which it ended is kept, so what is left can still be verified.
    """
    return conn.execute(DELETE_EXPIRED, {"before": before, "portion": portion}).rowcount
