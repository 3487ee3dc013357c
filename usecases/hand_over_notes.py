"""Hand-over notes: what a shift of the control centre writes for the next one, which confirms that it took over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from storage import alarm_load, hand_over_notes
from storage.hand_over_notes import NoteRow
from storage.read_pool import Connection
from storage.users import Caller
from usecases.edit_rosters import get_row
from usecases.edited import About, record, shown
from usecases.hand_over_alarms import LONGEST_SHIFT
from usecases.master_data import text

LONGEST_NOTE = 5000
_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverNote:
    """One note; see api.schemas.hand_over_notes."""

    id: str
    roster_id: str | None
    seat_id: str | None
    place: str | None
    from_at: datetime
    to_at: datetime
    note: str
    standing: dict[str, int]
    written_at: datetime
    written_by: str
    confirmed_at: datetime | None
    confirmed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[HandOverNote]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFilter:
    """Which notes; None is no condition. `from_at`, `to_at`: of shifts that overlap with this span."""

    roster: UUID | None = None
    confirmed: bool | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


async def list_notes(
    conn: Connection, wanted: NoteFilter, *, after: Sequence[str | int | None] | None, limit: int
) -> NotePage:
    """Notes, the newest first."""
    match after:
        case None:
            before = _NEWEST
        case [int(place)] if 0 < place < _NEWEST:
            before = place
        case _:
            raise InvalidInput("cursor_foreign", where="cursor")
    given = {"roster": wanted.roster, "confirmed": wanted.confirmed, "from": wanted.from_at, "to": wanted.to_at}
    rows = await hand_over_notes.list_notes(conn, given, before=before, limit=limit + 1)
    return NotePage(
        items=[_note(row) for row in rows[:limit]], end=rows[limit - 1].number if len(rows) > limit else None
    )


async def get_note(conn: Connection, note_id: UUID) -> HandOverNote:
    """One note. Raises NotFound."""
    return _note(await _row(conn, note_id))


async def write_note(conn: Connection, caller: Caller, given: Mapping[str, Any], *, now: datetime) -> HandOverNote:
    """Keep a note (`given`: note, from_at, to_at, roster_id, seat_id) with what stands at this moment.

    `to_at` left out is now. Raises Forbidden when no person calls, NotFound for a roster that the caller does not see
    or that has no such seat, and InvalidInput for a span that is none, not begun, or longer than a week.
    """
    if caller.user_id is None:
        raise Forbidden("hand_over_needs_person")
    start, end = given["from_at"], given.get("to_at") or now
    if not start < end or start >= now or end - start > LONGEST_SHIFT:
        raise InvalidInput("hand_over_note_span", where="from_at", days=LONGEST_SHIFT.days)
    settings = await alarm_load.get_settings(conn)
    standing = await alarm_load.count_standing(conn, stale_before=now - timedelta(hours=settings.stale_after_h))
    told = {
        "roster_id": given.get("roster_id"),
        "seat_id": given.get("seat_id"),
        "place": await _place(conn, caller, given.get("roster_id"), given.get("seat_id")),
        "from_at": start,
        "to_at": end,
        "note": text(given, "note", LONGEST_NOTE),
        "standing": asdict(standing),
    }
    made = await hand_over_notes.insert_note(conn, told, user=caller.user_id, name=caller.login, at=now)
    note = await get_note(conn, made)
    after = shown(note, ("place", "from_at", "to_at", "note"))
    await record(conn, caller, _about(caller, made), after=after, now=now)
    return note


async def confirm_note(conn: Connection, caller: Caller, note_id: UUID, *, now: datetime) -> HandOverNote:
    """Confirm a note in the caller's name: they have taken over.

    Raises NotFound, Forbidden when no person calls, and Conflict for one's own note and for one that is confirmed.
    """
    if caller.user_id is None:
        raise Forbidden("hand_over_needs_person")
    row = await _row(conn, note_id)
    if row.written_by == caller.user_id:
        raise Conflict("hand_over_own")
    if not await hand_over_notes.confirm_note(conn, row.number, user=caller.user_id, name=caller.login, at=now):
        taken = await _row(conn, note_id)
        raise Conflict("hand_over_confirmed", by=taken.confirmed_by, at=taken.confirmed_at)
    note = await get_note(conn, note_id)
    after = shown(note, ("confirmed_at", "confirmed_by"))
    await record(conn, caller, _about(caller, note_id), after=after, action="confirm", now=now)
    return note


def _about(caller: Caller, note_id: UUID) -> About:
    return About(entity="hand_over_note", entity_id=note_id, organisation_id=caller.scope.organisation_id)


async def _place(conn: Connection, caller: Caller, roster_id: UUID | None, seat_id: UUID | None) -> str | None:
    """The names of the roster and its seat. Raises NotFound, and InvalidInput for a seat without a roster."""
    if roster_id is None:
        if seat_id is not None:
            raise InvalidInput("hand_over_seat", where="seat_id")
        return None
    roster = await get_row(conn, caller.scope, roster_id)
    if seat_id is None:
        return roster.name
    names = {str(seat["id"]): str(seat["name"]) for seat in roster.seats}
    if str(seat_id) not in names:
        raise InvalidInput("hand_over_seat", where="seat_id")
    return f"{roster.name} · {names[str(seat_id)]}"


async def _row(conn: Connection, note_id: UUID) -> NoteRow:
    found = await hand_over_notes.find_note(conn, note_id)
    if found is None:
        raise NotFound
    return found


def _note(row: NoteRow) -> HandOverNote:
    return HandOverNote(
        id=str(row.public_id),
        roster_id=None if row.roster_id is None else str(row.roster_id),
        seat_id=None if row.seat_id is None else str(row.seat_id),
        place=row.place,
        from_at=row.from_at,
        to_at=row.to_at,
        note=row.note,
        standing=row.standing,
        written_at=row.written_at,
        written_by=row.by_name,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
    )
