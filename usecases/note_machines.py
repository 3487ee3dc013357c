"""Notes beside a machine's readings: somebody says what happened at an instant or over a span of its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from fleet.data_classes import DataClass
from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from storage import machine_notes
from storage.machine_notes import NoteFilter, NoteRow
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, get_machine_key
from usecases.edit_plans import place_of
from usecases.edited import About, record
from usecases.master_data import Author, optional_text

_NEWEST = 2**63 - 1
MOST_LETTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was written; see api.schemas.machine_notes."""

    id: str
    from_at: datetime
    to_at: datetime | None
    text: str
    written_at: datetime
    written_by: str
    may_withdraw: bool
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Note]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_notes(
    conn: Connection,
    scope: Scope,
    reference: str,
    wanted: NoteFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    may_write: bool,
) -> NotePage:
    """The notes of the time whose readings the scope sees, the newest first. Raises NotFound and InvalidInput."""
    if wanted.from_at is not None and wanted.to_at is not None and wanted.to_at <= wanted.from_at:
        raise InvalidInput("span_backwards", where="from")
    key = await get_machine_key(conn, scope, reference)
    placed = replace(wanted, before=place_of(after, _NEWEST))
    found = await machine_notes.list_notes(conn, scope, key.machine_id, placed, limit=limit + 1)
    end = found[limit - 1].number if len(found) > limit else None
    return NotePage(items=[_shown(row, scope, may_write=may_write) for row in found[:limit]], end=end)


async def write_note(conn: Connection, by: Author, reference: str, given: Mapping[str, Any], *, now: datetime) -> Note:
    """Write a note; without `from_at` it is of now, without `to_at` of an instant.

    Raises NotFound, and InvalidInput for the future, for a span that ends before it begins, for time whose readings are
    not the writer's to see, and for no text.
    """
    key = await get_machine_key(conn, by.scope, reference)
    from_at, to_at = given.get("from_at") or now, given.get("to_at")
    if max(from_at, to_at or from_at) > now:
        raise InvalidInput("note_in_future", where="from_at" if from_at > now else "to_at")
    if to_at is not None and to_at <= from_at:
        raise InvalidInput("span_backwards", where="to_at")
    if not _sees_whole(key, from_at, to_at):
        raise InvalidInput("note_not_visible", where="from_at")
    text = optional_text(given, "text", MOST_LETTERS)
    if text is None:
        raise InvalidInput("text_empty", where="text")
    told = {"from_at": from_at, "to_at": to_at, "text": text}
    note = await machine_notes.insert_note(conn, by.scope, key.machine_id, told, by=by.actor.name, now=now)
    after = {"id": str(note), "text": text, "from_at": from_at.isoformat()}
    await _record(conn, by, key, after | {"to_at": to_at and to_at.isoformat()}, action="write_note", now=now)
    return _shown(await _get(conn, by.scope, key, note), by.scope, may_write=True)


async def withdraw_note(conn: Connection, by: Author, reference: str, note: UUID, *, now: datetime) -> Note:
    """Take a note back; it stays to be read. Raises NotFound, Forbidden when another side wrote it, and Conflict when
    it was taken back before."""
    key = await get_machine_key(conn, by.scope, reference)
    found = await _get(conn, by.scope, key, note)
    if not _is_own(found, by.scope):
        raise Forbidden("note_of_others")
    if not await machine_notes.withdraw_note(conn, note, by=by.actor.name, now=now):
        raise Conflict("note_withdrawn")
    await _record(conn, by, key, {"id": str(note)}, action="withdraw_note", now=now)
    return _shown(await _get(conn, by.scope, key, note), by.scope, may_write=True)


def _sees_whole(key: MachineKey, from_at: datetime, to_at: datetime | None) -> bool:
    """Whether one period in which the readings are seen covers the instant or the span."""
    end = to_at or from_at + timedelta(microseconds=1)
    return any(
        (period.from_at is None or period.from_at <= from_at) and (period.to_at is None or end <= period.to_at)
        for period in key.periods(DataClass.READINGS)
    )


def _is_own(row: NoteRow, scope: Scope) -> bool:
    """Whether somebody of the scope's organisation or of one below it wrote the note."""
    return row.organisation_id == scope.organisation_id or row.organisation_id in scope.organisations


def _shown(row: NoteRow, scope: Scope, *, may_write: bool) -> Note:
    return Note(
        id=str(row.id),
        from_at=row.from_at,
        to_at=row.to_at,
        text=row.text,
        written_at=row.written_at,
        written_by=row.written_by,
        may_withdraw=may_write and row.withdrawn_at is None and _is_own(row, scope),
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )


async def _get(conn: Connection, scope: Scope, key: MachineKey, note: UUID) -> NoteRow:
    found = await machine_notes.list_notes(conn, scope, key.machine_id, NoteFilter(note=note))
    if not found:
        raise NotFound
    return found[0]


async def _record(
    conn: Connection, by: Author, key: MachineKey, after: Mapping[str, Any], *, action: str, now: datetime
) -> None:
    about = About(entity="machine", entity_id=key.public_id, machine_id=key.machine_id)
    await record(conn, by, about, after=after, action=action, now=now)
