"""Notes that people write beside a machine's readings."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, MachineReference, Signed, ToAt, instant
from api.problems import documented
from api.rights import Right
from api.schemas import machine_notes as schemas
from api.writes import Fields, Once, listed
from storage.machine_notes import NoteFilter
from usecases import note_machines

router = APIRouter(prefix="/machines", tags=["machines"], responses=documented("not_authenticated", "not_found"))
_MADE = documented("forbidden", "conflict")
_NOTES = "-notes"


@router.get("/{machine}/notes", response_model=schemas.NotePage)
async def list_notes(
    *,
    machine: MachineReference,
    access: Signed,
    from_at: FromAt = None,
    to_at: ToAt = None,
    withdrawn: Annotated[bool, Query(description="Those that were taken back, too.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What people wrote beside the readings of a span that the caller sees, the last written first."""
    page = await note_machines.list_notes(
        access.conn,
        access.caller.scope,
        machine,
        NoteFilter(from_at=instant(from_at, "from"), to_at=instant(to_at, "to"), withdrawn=withdrawn),
        after=cursors.decode(cursor, names=_NOTES),
        limit=limit,
        may_write=access.may(Right.WRITE_NOTES),
    )
    return listed(page.with_cursor(cursors.encode([_NOTES, page.end]) if page.end is not None else None), fields)


@router.post("/{machine}/notes", response_model=schemas.Note, status_code=201, responses=_MADE)
async def write_note(machine: MachineReference, body: schemas.NewNote, access: Signed, once: Once) -> Response:
    """Write what happened at an instant or over a span of the machine's time, for whoever sees its readings then."""
    given = body.model_dump()
    return await once(
        lambda: note_machines.write_note(access.conn, access.caller, machine, given, now=access.now),
        created=lambda _: f"/api/v1/machines/{machine}/notes",
    )


@router.post("/{machine}/notes/{note_id}/withdraw", response_model=schemas.Note, responses=_MADE)
async def withdraw_note(
    machine: MachineReference,
    note_id: Annotated[UUID, Path(examples=[schemas.NOTE_UUID])],
    access: Signed,
    once: Once,
) -> Response:
    """Take back a note of one's own side; it stays to be read. 409 when it was taken back before."""
    return await once(
        lambda: note_machines.withdraw_note(access.conn, access.caller, machine, note_id, now=access.now), status=200
    )
