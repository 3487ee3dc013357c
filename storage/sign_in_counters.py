"""Attempts to sign in that failed, counted where a restart and a second process see them too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from storage.read_pool import Connection

KINDS: tuple[str, ...] = ("pair", "address", "login")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Failures of one login from one address (pair), of an address, or of a login; `failures` as of `counted_at`."""

    kind: str
    key: bytes
    failures: float
    counted_at: datetime
    next_at: datetime
    succeeded_at: datetime | None = None


ENSURE: LiteralString = """
INSERT INTO sign_in_counter (kind, key, failures, counted_at, next_at)
SELECT kind, key, 0, %(now)s, %(now)s FROM unnest(%(kinds)s::text[], %(keys)s::bytea[]) AS wanted (kind, key)
ORDER BY kind, key
ON CONFLICT (kind, key) DO UPDATE SET failures = sign_in_counter.failures
RETURNING kind, key, failures, counted_at, next_at, succeeded_at
"""


async def lock_counters(conn: Connection, keys: Sequence[tuple[str, bytes]], *, now: datetime) -> list[Counter]:
    """The counters of these (kind, key) pairs, made where missing, locked until the transaction ends.

    For a transaction that sees every tenant.
    """
    parameters = {"now": now, "kinds": [kind for kind, _ in keys], "keys": [key for _, key in keys]}
    async with conn.cursor(row_factory=class_row(Counter)) as cursor:
        return await (await cursor.execute(ENSURE, parameters)).fetchall()


STORE: LiteralString = """
UPDATE sign_in_counter SET failures = %(failures)s, counted_at = %(counted_at)s, next_at = %(next_at)s,
    succeeded_at = %(succeeded_at)s
WHERE kind = %(kind)s AND key = %(key)s
"""


async def store_counters(conn: Connection, counters: Sequence[Counter]) -> None:
    """Write counters back that `lock_counters` has given."""
    rows = [{name: getattr(counter, name) for name in Counter.__dataclass_fields__} for counter in counters]
    async with conn.cursor() as cursor:
        await cursor.executemany(STORE, rows)
