"""Models that learned what is healthy: versions, what each machine is judged by, and what wear shows of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, MachineReference, Now, Signed
from api.encoding import json_response
from api.problems import documented
from api.schemas import detectors as schemas
from api.schemas.wear import MachineWear
from api.writes import Fields, listed, versioned
from usecases import edit_detectors, read_wear
from usecases.edited import page_of

router = APIRouter(tags=["diagnosis"], responses=documented("not_authenticated"))


@router.get("/detectors", response_model=schemas.DetectorPage)
async def list_detectors(
    *,
    access: Signed,
    name: Annotated[str | None, Query(max_length=40, description="Only of this name.", examples=["baseline"])] = None,
    model: Annotated[UUID | None, Query(description="Only for this model of machine.")] = None,
    in_force: Annotated[bool | None, Query(description="Only those that judge, or only the others.")] = None,
    sort: schemas.DetectorSort = "-made_at",
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Versions of models with their cards, and whether they are in force and well."""
    order = f"detectors {sort}"
    page = await edit_detectors.list_detectors(
        access.conn,
        access.caller.scope,
        page_of(sort, cursors.decode(cursor, names=order), limit),
        name=name,
        model=model,
        in_force=in_force,
    )
    return listed(page.with_cursor(cursors.encode([order, *page.end]) if page.end else None), fields)


@router.get("/detectors/{detector_id}", response_model=schemas.Detector, responses=documented("not_found"))
async def get_detector(
    detector_id: Annotated[UUID, Path(examples=[schemas.DETECTOR_UUID])], access: Signed
) -> Response:
    """One version with its card."""
    return json_response(await edit_detectors.get_detector(access.conn, access.caller.scope, detector_id))


@router.get("/machines/{machine}/detectors", response_model=schemas.MachineDetectors, responses=documented("not_found"))
async def list_machine_detectors(machine: MachineReference, access: Signed) -> Response:
    """What a machine is judged by: which versions, from what they learned of it, and how far."""
    return versioned(await edit_detectors.list_machine_detectors(access.conn, access.caller.scope, machine))


@router.get("/machines/{machine}/wear", response_model=MachineWear, responses=documented("not_found"))
async def get_wear(machine: MachineReference, access: Signed, now: Now) -> Response:
    """Degradation indices of a machine, day by day, with their trend and when the limit will be reached."""
    return versioned(await read_wear.get_wear(access.conn, access.caller.scope, machine, now=now))
