"""Terminals and their SIM cards; installing, removing and swapping them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, MachineReference, Signed
from api.problems import documented
from api.schemas import terminals as schemas
from api.writes import Fields, IfMatch, Once, as_changed, listed, versioned
from storage.installations import Installation
from storage.terminals_master import Terminal
from usecases import edit_terminals, install_terminals
from usecases.edited import page_of

router = APIRouter(tags=["terminals"], responses=documented("not_authenticated", "forbidden"))
TerminalId = Annotated[UUID, Path(examples=[schemas.TERMINAL_UUID])]
InstallationId = Annotated[UUID, Path(examples=[schemas.INSTALLATION_UUID])]
_MADE = documented("not_found", "conflict", "idempotency_mismatch")
_CHANGED = documented("not_found", "conflict", "precondition_failed", "precondition_required")


@router.get("/terminals", response_model=schemas.TerminalPage)
async def list_terminals(
    *,
    access: Signed,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of name or ICCID.")] = None,
    installed: Annotated[bool | None, Query(description="On a machine now, or in stock.")] = None,
    sort: schemas.TerminalSort = "name",
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """The terminals that the caller's organisations keep, and those on machines that they see."""
    order = f"terminals {sort}"
    wanted = page_of(sort, cursors.decode(cursor, names=order), limit)
    page = await edit_terminals.list_terminals(
        access.conn, access.caller.scope, wanted, q=q, installed=installed, now=access.now
    )
    return listed(page.with_cursor(cursors.encode([order, *page.end]) if page.end else None), fields)


@router.post("/terminals", response_model=schemas.Terminal, status_code=201, responses=_MADE)
async def create_terminal(body: schemas.NewTerminal, access: Signed, once: Once) -> Response:
    """Register a terminal with its SIM."""

    async def make() -> Terminal:
        return await edit_terminals.create_terminal(access.conn, access.caller, body.model_dump(), now=access.now)

    return await once(make, created=lambda made: f"/api/v1/terminals/{made.id}")


@router.get("/terminals/{terminal_id}", response_model=schemas.Terminal, responses=documented("not_found"))
async def get_terminal(terminal_id: TerminalId, access: Signed, fields: Fields = None) -> Response:
    """One terminal."""
    terminal = await edit_terminals.get_terminal(access.conn, access.caller.scope, terminal_id, now=access.now)
    return versioned(terminal, fields)


@router.patch("/terminals/{terminal_id}", response_model=schemas.Terminal, responses=_CHANGED)
async def change_terminal(
    terminal_id: TerminalId, body: schemas.TerminalChange, access: Signed, version: IfMatch
) -> Response:
    """Change a terminal; a declared clock offset or coordinate system counts from the gateway's next batch on."""
    changed = await edit_terminals.change_terminal(
        access.conn, access.caller, terminal_id, body.model_dump(exclude_unset=True), version=version, now=access.now
    )
    return as_changed(changed)


@router.delete("/terminals/{terminal_id}", status_code=204, response_class=Response, responses=_CHANGED)
async def delete_terminal(terminal_id: TerminalId, access: Signed, version: IfMatch) -> Response:
    """Delete a terminal that was never on a machine and never sent anything."""
    await edit_terminals.delete_terminal(access.conn, access.caller, terminal_id, version=version, now=access.now)
    return Response(status_code=204)


@router.get(
    "/machines/{machine}/installations",
    response_model=schemas.InstallationList,
    responses=documented("not_found"),
)
async def list_installations(machine: MachineReference, access: Signed, fields: Fields = None) -> Response:
    """Which terminals were on the machine, in the time that the caller sees."""
    return listed(await install_terminals.list_installations(access.conn, access.caller.scope, machine), fields)


@router.post(
    "/machines/{machine}/installations", response_model=schemas.TerminalInstallation, status_code=201, responses=_MADE
)
async def install_terminal(
    machine: MachineReference, body: schemas.NewInstallation, access: Signed, once: Once
) -> Response:
    """Put a terminal on the machine. 409 when it is on a machine at that time, or the machine has another one."""

    async def make() -> Installation:
        return await install_terminals.install(
            access.conn,
            access.caller,
            machine,
            body.terminal_id,
            from_at=body.from_at,
            additional=body.additional,
            now=access.now,
        )

    return await once(make, created=lambda made: f"/api/v1/machines/{made.machine_id}/installations")


@router.patch(
    "/machines/{machine}/installations/{installation_id}",
    response_model=schemas.TerminalInstallation,
    responses=_CHANGED,
)
async def remove_terminal(
    *,
    machine: MachineReference,
    installation_id: InstallationId,
    body: schemas.InstallationEnd,
    access: Signed,
    version: IfMatch,
) -> Response:
    """Take a terminal off the machine at `to_at`. What it still sends of the time before counts for the machine."""
    ended = await install_terminals.remove(
        access.conn, access.caller, machine, installation_id, to_at=body.to_at, version=version, now=access.now
    )
    return as_changed(ended)


@router.post(
    "/machines/{machine}/terminal-swaps", response_model=schemas.TerminalInstallation, status_code=201, responses=_MADE
)
async def swap_terminal(machine: MachineReference, body: schemas.TerminalSwap, access: Signed, once: Once) -> Response:
    """Take the machine's terminal off and put another on, in one step; the history is kept."""

    async def make() -> Installation:
        return await install_terminals.swap(
            access.conn,
            access.caller,
            machine,
            body.install,
            remove_id=body.remove,
            at=body.at or access.now,
            now=access.now,
        )

    return await once(make, created=lambda made: f"/api/v1/machines/{made.machine_id}/installations")
