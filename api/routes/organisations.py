"""Organisations: the tree of makers, dealers and customers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api.dependencies import Signed
from api.named_lists import ByName
from api.problems import documented
from api.routes import imports
from api.schemas.imports import ImportReport
from api.schemas.organisations import (
    ORGANISATION_UUID,
    AnyKindName,
    OrganisationChange,
    OrganisationDetail,
    OrganisationNew,
    OrganisationPage,
)
from api.writes import Fields, IfMatch, Once, as_changed, versioned
from usecases import edit_organisations, import_organisations

router = APIRouter(
    prefix="/organisations", tags=["organisations"], responses=documented("not_authenticated", "forbidden", "not_found")
)
OrganisationPath = Annotated[UUID, Path(examples=[ORGANISATION_UUID])]


@router.get("", response_model=OrganisationPage)
async def list_organisations(
    *,
    access: Signed,
    asked: ByName,
    q: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Part of the name, or the whole external_no.")
    ] = None,
    kind: AnyKindName | None = None,
    parent: Annotated[UUID | None, Query(description="Directly under this one.")] = None,
    active: bool | None = None,
) -> Response:
    """The caller's organisation and those below it."""
    page = await edit_organisations.list_organisations(
        access.conn,
        access.caller.scope,
        edit_organisations.OrganisationFilter(q=q, kind=kind, parent=parent, active=active),
        asked.wish,
    )
    return asked.answer(page)


@router.post("", response_model=OrganisationDetail, status_code=201, responses=documented("conflict"))
async def create_organisation(body: OrganisationNew, access: Signed, once: Once) -> Response:
    """Make an organisation under the caller's, or under `parent_id`. 409 when a sibling has its name or external_no."""
    values = body.model_dump(exclude_unset=True, by_alias=True)
    return await once(
        lambda: edit_organisations.create_organisation(access.conn, access.caller, values, now=access.now),
        created=lambda made: f"/api/v1/organisations/{made.id}",
    )


@router.post(
    "/import",
    response_model=ImportReport,
    responses=documented("conflict"),
    openapi_extra=imports.described(csv=imports.ORGANISATIONS_CSV),
)
async def import_all(file: imports.Table) -> Response:
    """Make or change the organisations of a CSV, all or none: `kind`, `name`, and if wanted `parent`, `external_no`,
    `language`, `contact_name`, `contact_email`, `contact_phone`, `active`. Known by `external_no`, else by `name`.
    """
    return await file.given_to(import_organisations.import_organisations)


@router.get("/{organisation_id}", response_model=OrganisationDetail)
async def get_organisation(organisation_id: OrganisationPath, access: Signed, fields: Fields = None) -> Response:
    """One organisation."""
    return versioned(
        await edit_organisations.get_organisation(access.conn, access.caller.scope, organisation_id), fields
    )


@router.patch("/{organisation_id}", response_model=OrganisationDetail, responses=documented("conflict"))
async def change_organisation(
    organisation_id: OrganisationPath, body: OrganisationChange, access: Signed, version: IfMatch
) -> Response:
    """Change members. A new `parent_id` moves it with everything below it; 409 when that would make a loop."""
    changes = body.model_dump(exclude_unset=True, by_alias=True)
    return as_changed(
        await edit_organisations.change_organisation(
            access.conn, access.caller, organisation_id, changes, version=version, now=access.now
        )
    )
