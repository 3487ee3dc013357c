"""Asking for help with a machine, and answering."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, MachineReference, Signed
from api.problems import documented
from api.schemas import help_requests as schemas
from api.writes import Fields, Once, listed
from usecases import help_requests

router = APIRouter(tags=["help"], responses=documented("not_authenticated", "not_found"))
HelpPath = Annotated[UUID, Path(examples=[schemas.HELP_UUID])]
_MADE = documented("forbidden", "conflict")
_ORDER = "-help"


@router.post("/machines/{machine}/help-requests", response_model=schemas.HelpRequest, status_code=201, responses=_MADE)
async def ask_for_help(machine: MachineReference, body: schemas.NewHelpRequest, access: Signed, once: Once) -> Response:
    """Ask for help: whoever is on duty in the control centre, else its leads, and the dealer are told at once."""
    return await once(
        lambda: help_requests.ask_for_help(access.conn, access.caller, machine, body.model_dump(), now=access.now),
        created=lambda _: "/api/v1/help-requests",
    )


@router.get("/help-requests", response_model=schemas.HelpRequestPage)
async def list_help_requests(
    *,
    access: Signed,
    machine: Annotated[str | None, Query(description="One machine's: its id or an alias.", max_length=100)] = None,
    open: Annotated[bool | None, Query(description="true: those without an answer; false: those with one.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Requests of one's own organisation and of those below it, the newest first."""
    page = await help_requests.list_help(
        access.conn,
        access.caller.scope,
        machine=machine,
        is_open=open,
        after=cursors.decode(cursor, names=_ORDER),
        limit=limit,
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


@router.post("/help-requests/{request_id}/take", response_model=schemas.HelpRequest, responses=_MADE)
async def take_help_request(request_id: HelpPath, access: Signed, once: Once) -> Response:
    """Take a request on; 409 names who has."""
    return await once(
        lambda: help_requests.take_help(access.conn, access.caller, request_id, now=access.now), status=200
    )


@router.post("/help-requests/{request_id}/answer", response_model=schemas.HelpRequest, responses=_MADE)
async def answer_help_request(request_id: HelpPath, body: schemas.HelpAnswer, access: Signed, once: Once) -> Response:
    """Close a request with what was done or said; who asked reads it."""
    return await once(
        lambda: help_requests.answer_help(access.conn, access.caller, request_id, body.model_dump(), now=access.now),
        status=200,
    )
