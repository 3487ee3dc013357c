"""Which sensors of a machine are not trusted."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import MachineReference, Now, Signed
from api.problems import documented
from api.schemas.trust import MachineTrust
from api.writes import versioned
from usecases import read_trust

router = APIRouter(tags=["diagnosis"], responses=documented("not_authenticated"))


@router.get("/machines/{machine}/trust", response_model=MachineTrust, responses=documented("not_found"))
async def get_trust(machine: MachineReference, access: Signed, now: Now) -> Response:
    """Signals of a machine that are not trusted, why, and which rules are silent meanwhile."""
    conn, scope = access.conn, access.caller.scope
    return versioned(await read_trust.get_trust(conn, scope, machine, catalogue=access.catalogue, now=now))
