"""Replays of the quarantine as they are worked; storage/quarantine_pages.py is how they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.pool import Connection

ReplayState = Literal["queued", "running", "done", "failed"]
ATTEMPTS = 3  # a replay whose worker died so often is not tried again
UNHEARD_FOR = timedelta(minutes=1)
LOST = "lost"  # the failure of such a one
MOST_NAMED = 100  # entries that could not be sent, as the record names them


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedReplay:
    """What somebody asked to have sent again; see ReplayOrder of usecases/replay_quarantine.py."""

    replay_id: int
    ids: list[UUID] | None
    reason: str | None
    terminal: str | None
    again: bool
    offset_ms: int


CLAIM: LiteralString = """
UPDATE quarantine_replay SET state = 'running', attempts = attempts + 1, heard_at = %(now)s, started_at = %(now)s,
    messages = 0, sent = 0, settled = 0
WHERE replay_id = (
    SELECT replay_id FROM quarantine_replay WHERE state = 'queued' ORDER BY replay_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING replay_id, ids, reason, terminal, again, offset_ms
"""
GIVE_BACK: LiteralString = """
UPDATE quarantine_replay SET state = CASE WHEN attempts < %(attempts)s THEN 'queued' ELSE 'failed' END,
    failure = CASE WHEN attempts >= %(attempts)s THEN %(lost)s END,
    finished_at = CASE WHEN attempts >= %(attempts)s THEN %(now)s END
WHERE state = 'running' AND heard_at < %(unheard)s
"""
ARE_WAITING: LiteralString = "SELECT EXISTS (SELECT FROM quarantine_replay WHERE state = 'queued')"


def claim_replay(conn: Connection, *, now: datetime) -> QueuedReplay | None:
    """Take the oldest that waits; None where none does."""
    with conn.cursor(row_factory=class_row(QueuedReplay)) as cursor:
        return cursor.execute(CLAIM, {"now": now}).fetchone()


def give_back_unheard(conn: Connection, *, now: datetime) -> bool:
    """Let those whose worker died wait again, or fail after ATTEMPTS; True when any waits."""
    conn.execute(GIVE_BACK, {"attempts": ATTEMPTS, "lost": LOST, "now": now, "unheard": now - UNHEARD_FOR})
    return conn.execute(ARE_WAITING).fetchone() == (True,)


PROGRESS: LiteralString = """
UPDATE quarantine_replay SET messages = %(messages)s, sent = %(sent)s, settled = %(settled)s, heard_at = %(now)s
WHERE replay_id = %(replay)s AND state = 'running'
"""


def save_progress(conn: Connection, replay: int, *, messages: int, sent: int, settled: int, now: datetime) -> None:
    """How far it is: messages in all, sent again, and of how many it is known what became of them."""
    given = {"messages": messages, "sent": sent, "settled": settled, "now": now, "replay": replay}
    conn.execute(PROGRESS, given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What it came to, in messages (entries, not_sendable: entries), or why it failed."""

    messages: int = 0
    entries: int = 0
    kept: int = 0
    refused_again: dict[str, int]
    without_sign: int = 0
    unknown: int = 0
    not_sendable: Sequence[UUID] = ()
    failure: str | None = None


FINISH: LiteralString = """
UPDATE quarantine_replay SET state = CASE WHEN %(failure)s::text IS NULL THEN 'done' ELSE 'failed' END,
    failure = %(failure)s, entries = %(entries)s, kept = %(kept)s, refused_again = %(refused_again)s,
    without_sign = %(without_sign)s, unknown = %(unknown)s, not_sendable = %(not_sendable)s, sent = %(messages)s,
    settled = %(messages)s, finished_at = %(now)s, heard_at = %(now)s
WHERE replay_id = %(replay)s AND state = 'running'
"""


def finish_replay(conn: Connection, replay: int, outcome: Outcome, *, now: datetime) -> None:
    """Keep what it came to."""
    given = {name: getattr(outcome, name) for name in outcome.__slots__}
    named = {"refused_again": Jsonb(outcome.refused_again), "not_sendable": list(outcome.not_sendable)[:MOST_NAMED]}
    conn.execute(FINISH, given | named | {"replay": replay, "now": now})
