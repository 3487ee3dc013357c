"""Hand-over notes of the control centre's shifts, and who confirmed them; append only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.keyset import list_rows
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """One note; `number` orders them. `standing`: what stood when it was written, by StandingRow's members."""

    number: int
    public_id: UUID
    roster_id: UUID | None
    seat_id: UUID | None
    place: str | None
    from_at: datetime
    to_at: datetime
    note: str
    standing: dict[str, int]
    written_at: datetime
    written_by: int
    by_name: str
    confirmed_at: datetime | None
    confirmed_by: str | None


_ROWS: LiteralString = """
SELECT n.note_id AS number, n.public_id, n.roster_id, n.seat_id, n.place, n.from_at, n.to_at, n.note, n.standing,
    n.written_at, n.written_by, n.by_name, c.confirmed_at, c.by_name AS confirmed_by
FROM hand_over_note n LEFT JOIN hand_over_confirmation c USING (note_id)
"""
LIST: LiteralString = (
    _ROWS
    + """
WHERE n.note_id < %(before)s AND (%(roster)s::uuid IS NULL OR n.roster_id = %(roster)s)
    AND (%(from)s::timestamptz IS NULL OR n.to_at > %(from)s) AND (%(to)s::timestamptz IS NULL OR n.from_at < %(to)s)
    AND (%(confirmed)s::boolean IS NULL OR (c.confirmed_at IS NOT NULL) = %(confirmed)s)
ORDER BY n.note_id DESC LIMIT %(limit)s
"""
)
ONE: LiteralString = _ROWS + "WHERE n.public_id = %(id)s"
INSERT: LiteralString = """
INSERT INTO hand_over_note (public_id, roster_id, seat_id, place, from_at, to_at, note, standing, written_at,
    written_by, by_name)
VALUES (%(id)s, %(roster_id)s, %(seat_id)s, %(place)s, %(from_at)s, %(to_at)s, %(note)s, %(standing)s, %(at)s,
    %(user)s, %(name)s)
"""
CONFIRM: LiteralString = """
INSERT INTO hand_over_confirmation (note_id, confirmed_at, confirmed_by, by_name)
VALUES (%(number)s, %(at)s, %(user)s, %(name)s) ON CONFLICT DO NOTHING RETURNING note_id
"""


async def list_notes(conn: Connection, wanted: Mapping[str, Any], *, before: int, limit: int) -> list[NoteRow]:
    """Notes, the newest first; `wanted`: roster, from, to (of shifts that overlap) and confirmed, None: any."""
    return await list_rows(conn, NoteRow, LIST, dict(wanted) | {"before": before, "limit": limit})


async def find_note(conn: Connection, public_id: UUID) -> NoteRow | None:
    """The note of this id."""
    return next(iter(await list_rows(conn, NoteRow, ONE, {"id": public_id})), None)


async def insert_note(conn: Connection, given: Mapping[str, Any], *, user: int, name: str, at: datetime) -> UUID:
    """Keep a note; `given`: roster_id, seat_id, place, from_at, to_at, note, standing. Returns its id."""
    public_id = uuid7()
    told = {"id": public_id, "user": user, "name": name, "at": at, "standing": Jsonb(given["standing"])}
    await conn.execute(INSERT, dict(given) | told)
    return public_id


async def confirm_note(conn: Connection, number: int, *, user: int, name: str, at: datetime) -> bool:
    """Confirm a note; False when somebody already had."""
    given = {"number": number, "user": user, "name": name, "at": at}
    return await (await conn.execute(CONFIRM, given)).fetchone() is not None
