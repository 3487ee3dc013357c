"""Duty rosters, and who is on duty."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api.dependencies import Signed, instant
from api.encoding import json_response
from api.named_lists import ByName
from api.problems import documented
from api.routes import imports
from api.schemas.bodies import Time
from api.schemas.imports import ImportReport
from api.schemas.rosters import ROSTER_UUID, Roster, RosterChange, RosterDuty, RosterNew, RosterPage
from api.schemas.shape import AT
from api.writes import Fields, IfMatch, Once, as_changed, versioned
from usecases import edit_rosters, import_rosters, read_on_duty

router = APIRouter(
    prefix="/rosters", tags=["rosters"], responses=documented("not_authenticated", "forbidden", "not_found")
)
RosterPath = Annotated[UUID, Path(examples=[ROSTER_UUID])]


@router.get("", response_model=RosterPage)
async def list_rosters(
    *,
    access: Signed,
    asked: ByName,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of the name.")] = None,
    organisation: Annotated[UUID | None, Query(description="Of this organisation.")] = None,
    person: Annotated[UUID | None, Query(description="With a shift of this person.")] = None,
) -> Response:
    """The rosters of the caller's organisation and of those below it."""
    page = await edit_rosters.list_rosters(
        access.conn,
        access.caller.scope,
        edit_rosters.RosterFilter(q=q, organisation=organisation, person=person),
        asked.wish,
    )
    return asked.answer(page)


@router.post("", response_model=Roster, status_code=201, responses=documented("conflict"))
async def create_roster(body: RosterNew, access: Signed, once: Once) -> Response:
    """Make a roster. 409 when the organisation has one of this name."""
    values = body.model_dump(exclude_unset=True, by_alias=True)
    return await once(
        lambda: edit_rosters.create_roster(access.conn, access.caller, values, now=access.now),
        created=lambda made: f"/api/v1/rosters/{made.id}",
    )


@router.post(
    "/import",
    response_model=ImportReport,
    responses=documented("conflict"),
    openapi_extra=imports.described(csv=imports.ROSTERS_CSV),
)
async def import_all(file: imports.Table) -> Response:
    """Make or change rosters, all or none; each becomes what its lines say. A line is a shift of a `seat`: `roster`,
    `role`, `weekdays` (mon-fri) or `date`, `from`, `to`, `people` (logins); or, without a seat, a `date` off.
    """
    return await file.given_to(import_rosters.import_rosters)


@router.get("/{roster_id}", response_model=Roster)
async def get_roster(roster_id: RosterPath, access: Signed, fields: Fields = None) -> Response:
    """One roster with its seats and shifts."""
    return versioned(await edit_rosters.get_roster(access.conn, access.caller.scope, roster_id), fields)


@router.patch("/{roster_id}", response_model=Roster, responses=documented("conflict"))
async def change_roster(roster_id: RosterPath, body: RosterChange, access: Signed, version: IfMatch) -> Response:
    """Change members; `seats` and `exceptions` are all of them. Seats that stay keep their ids."""
    changes = body.model_dump(exclude_unset=True, by_alias=True)
    return as_changed(
        await edit_rosters.change_roster(
            access.conn, access.caller, roster_id, changes, version=version, now=access.now
        )
    )


@router.delete("/{roster_id}", status_code=204, responses=documented("conflict"))
async def delete_roster(roster_id: RosterPath, access: Signed, version: IfMatch) -> None:
    """Delete a roster with its seats."""
    await edit_rosters.delete_roster(access.conn, access.caller, roster_id, version=version, now=access.now)


@router.get("/{roster_id}/on-duty", response_model=RosterDuty)
async def get_on_duty(
    roster_id: RosterPath,
    access: Signed,
    at: Annotated[Time | None, Query(description="RFC 3339; left out: now.", examples=[AT])] = None,
) -> Response:
    """Who holds each seat at an instant, until when, and who is next. People who are not active hold none."""
    moment = instant(at, "at") or access.now
    return json_response(await read_on_duty.get_on_duty(access.conn, access.caller.scope, roster_id, at=moment))
