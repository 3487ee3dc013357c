"""Sales and purchases of machines."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import MachineReference, Signed
from api.problems import documented
from api.schemas import transfers as schemas
from api.writes import Fields, Once, listed
from usecases import transfer_machine

router = APIRouter(
    prefix="/machines", tags=["transfers"], responses=documented("not_authenticated", "forbidden", "not_found")
)


@router.get("/{machine}/transfers", response_model=schemas.TransferList)
async def list_transfers(machine: MachineReference, access: Signed, fields: Fields = None) -> Response:
    """The sales of a machine in which the caller's organisations have a part."""
    return listed(await transfer_machine.list_transfers(access.conn, access.caller.scope, machine), fields)


@router.post(
    "/{machine}/transfers",
    response_model=schemas.Transfer,
    status_code=201,
    responses=documented("conflict", "idempotency_mismatch"),
)
async def transfer(machine: MachineReference, body: schemas.NewTransfer, access: Signed, once: Once) -> Response:
    """Sell a machine, or correct its last sale.

    The seller sees it until `at`, the buyer from then on; what the seller shared ends with it.
    """

    async def make() -> transfer_machine.RecordedTransfer:
        return await transfer_machine.transfer(access.conn, access.caller, machine, body.model_dump(), now=access.now)

    return await once(make, created=lambda made: f"/api/v1/machines/{made.machine_id}/transfers")
