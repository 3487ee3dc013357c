"""Registering and changing machines; the history of their mode and software."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import Access, MachineReference, Signed
from api.problems import documented
from api.schemas import machines_write as schemas
from api.schemas.machines import MachineDetail
from api.writes import IfMatch, Once, as_changed, versioned
from usecases import edit_machines, read_fleet_overview

router = APIRouter(
    prefix="/machines", tags=["machines"], responses=documented("not_authenticated", "not_found", "forbidden")
)
_CHANGED = documented("conflict", "precondition_failed", "precondition_required")


async def _detail(access: Access, machine_id: object, now: datetime) -> read_fleet_overview.MachineDetail:
    detail = await read_fleet_overview.get_machine(
        access.conn, access.caller.scope, str(machine_id), catalogue=access.catalogue, now=now
    )
    if detail.position is not None:
        access.positions_read(what="machine", machine=str(machine_id))
    return detail


@router.post(
    "", response_model=MachineDetail, status_code=201, responses=documented("conflict", "idempotency_mismatch")
)
async def create_machine(body: schemas.NewMachine, access: Signed, once: Once) -> Response:
    """Register a machine. It reports once a terminal is installed on it."""

    async def make() -> read_fleet_overview.MachineDetail:
        made = await edit_machines.create_machine(access.conn, access.caller, body.model_dump(), now=access.now)
        return await _detail(access, made.id, access.now)

    return await once(make, created=lambda made: f"/api/v1/machines/{made.id}")


@router.patch("/{machine}", response_model=MachineDetail, responses=_CHANGED)
async def change_machine(
    machine: MachineReference, body: schemas.MachineChange, access: Signed, version: IfMatch
) -> Response:
    """Change a machine's names, model, site, mode or options. For its owner of now and the organisations above it."""
    changed = await edit_machines.change_machine(
        access.conn, access.caller, machine, body.model_dump(exclude_unset=True), version=version, now=access.now
    )
    return as_changed(await _detail(access, changed.id, access.now))


@router.get("/{machine}/modes", response_model=schemas.ModeHistory)
async def list_modes(machine: MachineReference, access: Signed) -> Response:
    """The changes of a machine's mode: when, by whom and why."""
    return versioned(await edit_machines.list_modes(access.conn, access.caller.scope, machine))


@router.get("/{machine}/software", response_model=schemas.SoftwareHistory)
async def list_software(machine: MachineReference, access: Signed) -> Response:
    """Which release was on which controller since when: as entered, and as the machine itself reported it."""
    return versioned(await edit_machines.list_software(access.conn, access.caller.scope, machine))


@router.post(
    "/{machine}/software",
    response_model=schemas.InstalledSoftware,
    status_code=201,
    responses=documented("conflict", "idempotency_mismatch"),
)
async def enter_software(machine: MachineReference, body: schemas.NewSoftware, access: Signed, once: Once) -> Response:
    """Enter what was installed on a controller."""

    async def make() -> edit_machines.SoftwareEntry:
        return await edit_machines.enter_software(
            access.conn, access.caller, machine, body.model_dump(), now=access.now
        )

    return await once(make)
