"""Where a machine went, and its readings as they come."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.dependencies import FromAt, MachineReference, Signed, ToAt, instant
from api.encoding import json_response
from api.problems import documented
from api.schemas import trips as schemas
from api.schemas.bodies import Time
from usecases import read_trips, watch_machine

router = APIRouter(prefix="/machines", tags=["machines"], responses=documented("not_authenticated", "not_found"))
_DAY = timedelta(days=1)


@router.get("/{machine}/trips", response_model=schemas.Trips, responses=documented("too_expensive"))
async def list_trips(
    *, machine: MachineReference, access: Signed, from_at: FromAt = None, to_at: ToAt = None
) -> Response:
    """The machine's movements between stops, each with its line: the last day unless told, at most 31 days.

    For those who may see its exact places; of time of which the caller may not, nothing is told.
    """
    end = instant(to_at, "to") or access.now
    found = await read_trips.list_trips(
        access.conn,
        access.caller.scope,
        machine,
        from_at=instant(from_at, "from") or end - _DAY,
        to_at=end,
        catalogue=access.catalogue,
    )
    if found.positions:
        access.positions_read(what="trips", machine=found.machine_id)
    return json_response(found)


@router.get("/{machine}/readings/latest", response_model=schemas.Watched)
async def watch_readings(
    *,
    machine: MachineReference,
    access: Signed,
    after: Annotated[
        Time | None,
        Query(description="Only those that were received later.", examples=["2026-11-21T10:00:00.412Z"]),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="The newest so many.", examples=[50])] = 100,
) -> Response:
    """Each reading of the last 15 minutes as it is stored, with when it was measured and received, to be asked again
    and again from the latest `received_at` on: no reading between two of the live stream's seconds is passed over.

    All signals that the machine reports, but the place. What is measured longer ago goes to history.
    """
    return json_response(
        await watch_machine.list_watched(
            access.conn,
            access.caller.scope,
            machine,
            after=instant(after, "after"),
            limit=limit,
            catalogue=access.catalogue,
            now=access.now,
        )
    )
