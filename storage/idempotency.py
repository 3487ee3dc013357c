"""What requests with an Idempotency-Key were answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.errors import Conflict
from storage.read_pool import Connection

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whose request it is, which key it carries, and the SHA-256 of what it asks."""

    organisation_id: int
    principal: str
    key_hash: bytes
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What the request with this key was answered; `body` as it was given to `store_answer`."""

    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes


# A key past its age is anybody's again, whether housekeeping has been there or not.
CLAIM: LiteralString = """
INSERT INTO idempotency (organisation_id, principal, key_hash, fingerprint, created_at)
VALUES (%(organisation_id)s, %(principal)s, %(key_hash)s, %(fingerprint)s, %(now)s)
ON CONFLICT (organisation_id, principal, key_hash) DO UPDATE
SET fingerprint = excluded.fingerprint, created_at = excluded.created_at, status = NULL, headers = NULL, body = NULL
WHERE idempotency.created_at <= %(expired)s
RETURNING TRUE
"""
FIND: LiteralString = """
SELECT fingerprint, status, headers, body FROM idempotency
WHERE organisation_id = %(organisation_id)s AND principal = %(principal)s AND key_hash = %(key_hash)s
"""
STORE: LiteralString = """
UPDATE idempotency SET status = %(status)s, headers = %(headers)s, body = %(body)s
WHERE organisation_id = %(organisation_id)s AND principal = %(principal)s AND key_hash = %(key_hash)s
"""

GIVE_BACK: LiteralString = """
UPDATE idempotency SET created_at = '-infinity'
WHERE organisation_id = %(organisation_id)s AND principal = %(principal)s AND key_hash = %(key_hash)s
"""


async def claim_key(conn: Connection, claim: Claim, *, now: datetime) -> StoredAnswer | None:
    """Take the key for this transaction; the answer that is there when the request was already done.

    Waits for another transaction that holds the same key, and takes the key over when that one is rolled back.
    Raises Conflict when it takes longer than a lock is waited for.
    """
    parameters = _parameters(claim) | {"now": now, "expired": now - KEPT_FOR}
    try:
        taken = await (await conn.execute(CLAIM, parameters)).fetchone()
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
        raise Conflict("request_in_work") from error
    if taken is not None:
        return None
    async with conn.cursor(row_factory=class_row(StoredAnswer)) as cursor:
        found = await (await cursor.execute(FIND, _parameters(claim))).fetchone()
    if found is None:  # it went between the two statements
        raise Conflict("request_in_work")
    return found


async def store_answer(conn: Connection, claim: Claim, *, status: int, headers: dict[str, str], body: bytes) -> None:
    """Keep what the request that claimed the key is answered; in the same transaction."""
    answer = {"status": status, "headers": Jsonb(headers), "body": body}
    await conn.execute(STORE, _parameters(claim) | answer)


async def give_back_key(conn: Connection, claim: Claim) -> None:
    """Let a key that this transaction claimed be anybody's again, also once it is committed."""
    await conn.execute(GIVE_BACK, _parameters(claim))


def _parameters(claim: Claim) -> dict[str, object]:
    return {
        "organisation_id": claim.organisation_id,
        "principal": claim.principal,
        "key_hash": claim.key_hash,
        "fingerprint": claim.fingerprint,
    }


EXPIRE: LiteralString = "DELETE FROM idempotency WHERE created_at <= %s"


def delete_expired_keys(conn: psycopg.Connection, *, now: datetime) -> int:
    """Delete keys past their age; returns how many."""
    return conn.execute(EXPIRE, [now - KEPT_FOR]).rowcount
