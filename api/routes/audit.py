"""The audit of the caller's organisation."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Signed, ToAt, instant
from api.problems import documented
from api.schemas.audit import AuditPage
from api.writes import Fields, listed
from fleet.errors import InvalidInput
from storage.audit import AuditFilter
from usecases import read_audit

router = APIRouter(prefix="/audit", tags=["audit"], responses=documented("not_authenticated", "forbidden"))
_ORDER = "-at"


@router.get("", response_model=AuditPage)
async def list_audit(
    *,
    access: Signed,
    action: Annotated[str | None, Query(max_length=64, examples=["read_positions"])] = None,
    entity: Annotated[str | None, Query(max_length=64, examples=["machine"])] = None,
    actor: Annotated[UUID | None, Query(description="Id of the person or client.")] = None,
    by: Annotated[
        Literal["own", "others"] | None,
        Query(description="Only what people and clients of the caller's organisations did, or only what others did."),
    ] = None,
    reads: Annotated[
        bool, Query(description="false: without who read positions; a map that is open reads them again and again.")
    ] = True,
    from_at: FromAt = None,
    to_at: ToAt = None,
    fields: Fields = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Who changed what, who read positions and who signed in: about the caller's data, or by its people.

    Of a request by others that read the places of many machines, some of the caller's among them, it tells who, when,
    what kind of request and whether exactly. `action=read_positions&by=others`: who else read where one's machines are.
    """
    begin, end = instant(from_at, "from"), instant(to_at, "to")
    if begin is not None and end is not None and begin >= end:
        raise InvalidInput("span_backwards", where="from")
    wanted = AuditFilter(
        action=action,
        entity=entity,
        actor=actor,
        by_own=None if by is None else by == "own",
        reads=reads,
        from_at=begin,
        to_at=end,
    )
    page = await read_audit.list_audit(
        access.conn,
        access.caller.scope,
        wanted,
        before=place_of(cursors.decode(cursor, names=_ORDER)),
        limit=limit,
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


def place_of(after: list[cursors.CursorPart] | None) -> int | None:
    """The place in a cursor of the audit. Raises InvalidInput for another list's."""
    match after:
        case None:
            return None
        case [int(place)] if 0 < place < 2**63:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")
