"""The whole fleet in one light list, and the catalogue of signals."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import AskedLanguage, Now, Signed
from api.encoding import json_response
from api.problems import documented
from api.schemas.machines import FleetPositions
from api.schemas.readings import SignalList
from usecases import read_fleet_overview, read_signals

router = APIRouter(tags=["fleet"], responses=documented("not_authenticated"))


@router.get("/fleet/positions", response_model=FleetPositions)
async def list_positions(access: Signed, now: Now) -> Response:
    """Every machine the caller sees: place, state and worst open alarm; for the map and the live table."""
    return json_response(
        await read_fleet_overview.list_positions(access.conn, access.caller.scope, catalogue=access.catalogue, now=now)
    )


@router.get("/signals", response_model=SignalList)
async def list_signals(access: Signed, language: AskedLanguage) -> read_signals.SignalList:
    """The signal catalogue: keys, units, limits, and names in the language of Accept-Language."""
    return read_signals.list_signals(access.catalogue, language=language)
