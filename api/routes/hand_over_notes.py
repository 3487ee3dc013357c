"""Hand-over notes: the leaving shift of the control centre writes, the coming one confirms."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Signed, ToAt, instant
from api.problems import documented
from api.schemas.hand_over_notes import NOTE_UUID, HandOverNote, HandOverNotePage, NewHandOverNote
from api.writes import Fields, Once, listed, versioned
from usecases import hand_over_notes

router = APIRouter(
    prefix="/hand-over-notes", tags=["alarms"], responses=documented("not_authenticated", "forbidden", "not_found")
)
NotePath = Annotated[UUID, Path(examples=[NOTE_UUID])]
_ORDER = "-note"


@router.get("", response_model=HandOverNotePage)
async def list_hand_over_notes(
    *,
    access: Signed,
    roster: Annotated[UUID | None, Query(description="Of this roster.")] = None,
    confirmed: Annotated[bool | None, Query(description="Whether somebody has taken over.")] = None,
    from_at: FromAt = None,
    to_at: ToAt = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Notes of the control centre's shifts that lie at least partly in the span, the newest first."""
    wanted = hand_over_notes.NoteFilter(
        roster=roster, confirmed=confirmed, from_at=instant(from_at, "from"), to_at=instant(to_at, "to")
    )
    page = await hand_over_notes.list_notes(
        access.conn, wanted, after=cursors.decode(cursor, names=_ORDER), limit=limit
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


@router.post("", response_model=HandOverNote, status_code=201)
async def write_hand_over_note(body: NewHandOverNote, access: Signed, once: Once) -> Response:
    """Write down what the next shift must know; kept with what stands at this moment, and never changed."""
    return await once(
        lambda: hand_over_notes.write_note(access.conn, access.caller, body.model_dump(), now=access.now),
        created=lambda made: f"/api/v1/hand-over-notes/{made.id}",
    )


@router.get("/{note_id}", response_model=HandOverNote)
async def get_hand_over_note(note_id: NotePath, access: Signed, fields: Fields = None) -> Response:
    """One note."""
    return versioned(await hand_over_notes.get_note(access.conn, note_id), fields)


@router.post("/{note_id}/confirm", response_model=HandOverNote, responses=documented("conflict"))
async def confirm_hand_over_note(note_id: NotePath, access: Signed, once: Once) -> Response:
    """Take over: confirm that the note was read. 409 when somebody has, and for one's own note."""
    return await once(
        lambda: hand_over_notes.confirm_note(access.conn, access.caller, note_id, now=access.now), status=200
    )
