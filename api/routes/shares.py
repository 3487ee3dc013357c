"""Sharing machines: what is shared with the caller's organisations and by them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, MachineReference, Signed
from api.problems import documented
from api.schemas import shares as schemas
from api.writes import Fields, IfMatch, Once, as_changed, listed
from storage.shares import Share
from usecases import share_machine
from usecases.edited import page_of

router = APIRouter(tags=["shares"], responses=documented("not_authenticated", "forbidden"))
ShareId = Annotated[UUID, Path(examples=["0198f3a7-6a71-7a07-8c77-9fb4d5083786"])]
Ended = Annotated[bool, Query(description="Also those that are over.")]
_CHANGED = documented("not_found", "conflict", "precondition_failed", "precondition_required")


@router.get("/shares", response_model=schemas.SharePage)
async def list_shares(
    *,
    access: Signed,
    direction: share_machine.Direction = "received",
    ended: Ended = False,
    sort: schemas.ShareSort = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What is shared with the caller's organisations (`received`), or by them (`given`)."""
    order = f"shares {direction} {sort}"
    wanted = page_of(sort, cursors.decode(cursor, names=order), limit)
    page = await share_machine.list_shares(
        access.conn, access.caller.scope, wanted, direction=direction, ended=ended, now=access.now
    )
    return listed(page.with_cursor(cursors.encode([order, *page.end]) if page.end else None), fields)


@router.get("/machines/{machine}/shares", response_model=schemas.SharePage, responses=documented("not_found"))
async def list_machine_shares(
    *,
    machine: MachineReference,
    access: Signed,
    ended: Ended = False,
    sort: schemas.ShareSort = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """With whom a machine is shared. For its owner of now and the organisations above it."""
    order = f"machine shares {sort}"
    wanted = page_of(sort, cursors.decode(cursor, names=order), limit)
    page = await share_machine.list_of_machine(access.conn, access.caller, machine, wanted, ended=ended, now=access.now)
    return listed(page.with_cursor(cursors.encode([order, *page.end]) if page.end else None), fields)


@router.post(
    "/machines/{machine}/shares",
    response_model=schemas.Share,
    status_code=201,
    responses=documented("not_found", "conflict", "idempotency_mismatch"),
)
async def share(machine: MachineReference, body: schemas.NewShare, access: Signed, once: Once) -> Response:
    """Share a class of a machine's data with another organisation, found by its public id, for a time."""

    async def make() -> Share:
        return await share_machine.share(access.conn, access.caller, machine, body.model_dump(), now=access.now)

    return await once(make, created=lambda made: f"/api/v1/machines/{made.machine['id']}/shares")


@router.patch("/machines/{machine}/shares/{share_id}", response_model=schemas.Share, responses=_CHANGED)
async def change_share(
    *, machine: MachineReference, share_id: ShareId, body: schemas.ShareEnd, access: Signed, version: IfMatch
) -> Response:
    """Set when a share ends."""
    changed = await share_machine.change_share(
        access.conn, access.caller, machine, share_id, to_at=body.to_at, version=version, now=access.now
    )
    return as_changed(changed)


@router.delete("/machines/{machine}/shares/{share_id}", status_code=204, response_class=Response, responses=_CHANGED)
async def end_share(machine: MachineReference, share_id: ShareId, access: Signed, version: IfMatch) -> Response:
    """End a share now; one that has not begun is taken back."""
    await share_machine.end_share(access.conn, access.caller, machine, share_id, version=version, now=access.now)
    return Response(status_code=204)
