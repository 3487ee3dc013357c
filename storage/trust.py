"""Sensors that were not trusted, with the checks that say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from storage.alarms_write import instant
from storage.keyset import list_rows
from storage.read_pool import Connection as ReadConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSpan:
    """From when to when (None: still) a machine's signal was not trusted; its score when it was last looked at."""

    machine_id: int
    signal_id: int
    from_us: int
    to_us: int | None
    score: float
    checks: list[str]


PUT: LiteralString = """
INSERT INTO signal_trust (machine_id, signal_id, from_at, to_at, score, checks)
VALUES (%(machine)s, %(signal)s, %(from)s, %(to)s, %(score)s, %(checks)s)
ON CONFLICT (machine_id, signal_id, from_at) DO UPDATE
SET to_at = excluded.to_at, score = excluded.score, checks = excluded.checks
"""
_SPAN: LiteralString = """
SELECT machine_id, signal_id, (extract(epoch FROM from_at) * 1000000)::bigint AS from_us,
    (extract(epoch FROM to_at) * 1000000)::bigint AS to_us, score::text::float8 AS score, checks
FROM signal_trust
"""
OPEN: LiteralString = _SPAN + "WHERE to_at IS NULL ORDER BY machine_id, signal_id"
BETWEEN: LiteralString = (
    _SPAN + "WHERE machine_id = ANY(%(machines)s) AND from_at < %(to)s AND (to_at IS NULL OR to_at > %(from)s)"
)
DISTRUSTED: LiteralString = "SELECT machine_id, signal_id FROM signal_trust WHERE to_at IS NULL ORDER BY 1, 2"
RENEW: LiteralString = """
INSERT INTO evidence_due (finding_id)
SELECT f.finding_id FROM finding f
WHERE f.machine_id = %(machine)s AND f.held_at >= %(since)s AND f.source_kind IN ('rule', 'model')
    AND f.withdrawn_at IS NULL
"""
HEARD: LiteralString = "SELECT machine_id FROM machine_state WHERE measured_at >= %s ORDER BY machine_id"


def put_trust(conn: psycopg.Connection, spans: Sequence[TrustSpan]) -> None:
    """Keep spans that are new, changed or ended; those that ended come before those that begin."""
    rows = [
        {
            "machine": span.machine_id,
            "signal": span.signal_id,
            "from": instant(span.from_us),
            "to": None if span.to_us is None else instant(span.to_us),
            "score": span.score,
            "checks": span.checks,
        }
        for span in sorted(spans, key=lambda span: span.to_us is None)
    ]
    with conn.cursor() as cursor:
        cursor.executemany(PUT, rows)


def renew_evidence(conn: psycopg.Connection, machine: int, since_us: int) -> None:
    """Let the findings of rules and models on a machine that held from an instant on be diagnosed again."""
    conn.execute(RENEW, {"machine": machine, "since": instant(since_us)})


def list_open_trust(conn: psycopg.Connection) -> list[TrustSpan]:
    """What is not trusted now, of all machines."""
    with conn.cursor(row_factory=class_row(TrustSpan)) as cursor:
        return cursor.execute(OPEN).fetchall()


def list_trust_between(conn: psycopg.Connection, machines: Sequence[int], from_us: int, to_us: int) -> list[TrustSpan]:
    """What was not trusted at some time of from_us <= t < to_us."""
    given = {"machines": list(machines), "from": instant(from_us), "to": instant(to_us)}
    with conn.cursor(row_factory=class_row(TrustSpan)) as cursor:
        return cursor.execute(BETWEEN, given).fetchall()


def list_distrusted(conn: psycopg.Connection) -> list[tuple[int, int]]:
    """(machine, signal) of what is not trusted now."""
    return conn.execute(DISTRUSTED).fetchall()


def list_heard(conn: psycopg.Connection, since_us: int) -> list[int]:
    """Machines whose newest reading is not older than an instant."""
    return [row[0] for row in conn.execute(HEARD, [instant(since_us)])]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRow:
    """A span as people look at it."""

    signal_id: int
    from_at: datetime
    to_at: datetime | None
    score: float
    checks: list[str]


OF_MACHINE: LiteralString = """
SELECT signal_id, from_at, to_at, score::text::float8 AS score, checks FROM signal_trust
WHERE machine_id = %(machine)s AND (to_at IS NULL OR to_at > %(since)s)
ORDER BY to_at DESC NULLS FIRST, from_at DESC, signal_id LIMIT %(most)s
"""


async def list_trust(conn: ReadConnection, machine: int, *, since: datetime, most: int) -> list[TrustRow]:
    """What is not trusted of a machine, and what was not since an instant, the newest first."""
    return await list_rows(conn, TrustRow, OF_MACHINE, {"machine": machine, "since": since, "most": most})
