"""Notes that people write beside a machine's readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.ids import uuid7
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """A note as it was written."""

    number: int
    id: UUID
    organisation_id: int
    from_at: datetime
    to_at: datetime | None
    text: str
    written_at: datetime
    written_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


_SEEN: LiteralString = """
AND (EXISTS (SELECT FROM ownership x WHERE x.machine_id = n.machine_id AND x.organisation_id = ANY(%(organisations)s)
        AND x.from_at <= n.from_at AND coalesce(n.to_at, n.from_at + interval '1 microsecond') <= x.to_at OFFSET 0)
    OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = n.machine_id AND x.organisation_id = ANY(%(organisations)s)
        AND x.data_class IN ('all', 'readings')
        AND x.from_at <= n.from_at AND coalesce(n.to_at, n.from_at + interval '1 microsecond') <= x.to_at OFFSET 0))
"""
LIST: LiteralString = """
SELECT note_id AS number, public_id AS id, organisation_id, from_at, to_at, text, written_at, by_name AS written_by,
    withdrawn_at, withdrawn_by
FROM machine_note n
WHERE machine_id = %(machine)s AND note_id < %(before)s AND (%(id)s::uuid IS NULL OR public_id = %(id)s)
    AND (%(to_at)s::timestamptz IS NULL OR from_at < %(to_at)s)
    AND (%(from_at)s::timestamptz IS NULL OR coalesce(to_at, from_at + interval '1 microsecond') > %(from_at)s)
    AND (%(withdrawn)s OR withdrawn_at IS NULL) {seen}
ORDER BY note_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFilter:
    """Which notes of a machine: those that touch from_at <= t < to_at; `note`: that one; `before`: older numbers."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    withdrawn: bool = True
    note: UUID | None = None
    before: int = 2**63 - 1


async def list_notes(
    conn: Connection, scope: Scope, machine: int, wanted: NoteFilter, *, limit: int = 1
) -> list[NoteRow]:
    """The notes of the time in which the scope sees the machine's readings, the newest first."""
    statement = sql.SQL(LIST).format(seen=sql.SQL("" if scope.sees_all else _SEEN))
    given = {
        "machine": machine,
        "before": wanted.before,
        "id": wanted.note,
        "from_at": wanted.from_at,
        "to_at": wanted.to_at,
        "withdrawn": wanted.withdrawn,
        "limit": limit,
    }
    async with conn.cursor(row_factory=class_row(NoteRow)) as cursor:
        return await (await cursor.execute(statement, given | scope.parameters)).fetchall()


INSERT: LiteralString = """
INSERT INTO machine_note (public_id, machine_id, organisation_id, from_at, to_at, text, written_at, by_name)
VALUES (%(id)s, %(machine)s, %(organisation)s, %(from_at)s, %(to_at)s, %(text)s, %(now)s, %(by)s)
"""
WITHDRAW: LiteralString = """
UPDATE machine_note SET withdrawn_at = %(now)s, withdrawn_by = %(by)s WHERE public_id = %(id)s AND withdrawn_at IS NULL
"""


async def insert_note(
    conn: Connection, scope: Scope, machine: int, given: Mapping[str, Any], *, by: str, now: datetime
) -> UUID:
    """Write a note for the scope's organisation; given: from_at, to_at, text."""
    note = uuid7(int(now.timestamp() * 1000))
    own = {"id": note, "machine": machine, "organisation": scope.organisation_id, "by": by, "now": now}
    await conn.execute(INSERT, dict(given) | own)
    return note


async def withdraw_note(conn: Connection, note: UUID, *, by: str, now: datetime) -> bool:
    """Take a note back; False when somebody already had."""
    done = await conn.execute(WITHDRAW, {"id": note, "by": by, "now": now})
    return done.rowcount == 1
