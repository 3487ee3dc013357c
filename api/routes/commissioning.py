"""The commissioning check of a machine."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import MachineReference, Signed
from api.encoding import json_response
from api.problems import documented
from api.schemas.commissioning import Commissioning
from usecases.check_commissioning import check_commissioning

router = APIRouter(
    prefix="/machines", tags=["machines"], responses=documented("not_authenticated", "forbidden", "not_found")
)


@router.get("/{machine}/commissioning", response_model=Commissioning, responses=documented("too_expensive"))
async def get_commissioning(machine: MachineReference, access: Signed) -> Response:
    """Is data arriving, are units plausible, is the clock right, is the position on the site, what is missing?

    Each item says what was found and what to do, in zh and en. For whoever sees the machine's readings now.
    """
    found = await check_commissioning(
        access.conn, access.caller.scope, machine, catalogue=access.catalogue, now=access.now
    )
    access.positions_read(what="commissioning", machine=str(found.machine_id))
    return json_response(found)
