"""People: accounts of an organisation."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api.dependencies import Signed
from api.identity.powers import powers_of
from api.named_lists import ByName
from api.problems import documented
from api.routes import imports
from api.schemas.imports import ImportReport
from api.schemas.people import PERSON_UUID, Person, PersonChange, PersonNew, PersonPage, RoleName
from api.writes import Fields, IfMatch, Once, as_changed, versioned
from usecases import edit_people, import_people

router = APIRouter(
    prefix="/people", tags=["people"], responses=documented("not_authenticated", "forbidden", "not_found")
)
PersonPath = Annotated[UUID, Path(examples=[PERSON_UUID])]


@router.get("", response_model=PersonPage)
async def list_people(
    *,
    access: Signed,
    asked: ByName,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=100, description="Part of the name, the login or the e-mail address."),
    ] = None,
    role: RoleName | None = None,
    organisation: Annotated[UUID | None, Query(description="Of this organisation.")] = None,
    active: bool | None = None,
) -> Response:
    """The people of the caller's organisation and of those below it."""
    page = await edit_people.list_people(
        access.conn,
        access.caller.scope,
        edit_people.PersonFilter(q=q, role=role, organisation=organisation, active=active),
        asked.wish,
    )
    return asked.answer(page)


@router.post("", response_model=Person, status_code=201, responses=documented("conflict"))
async def create_person(body: PersonNew, access: Signed, once: Once) -> Response:
    """Make an account without a password. 403 for a role that is not the caller's to give; 409 for a taken login."""
    values = body.model_dump(exclude_unset=True, by_alias=True)
    return await once(
        lambda: edit_people.create_person(
            access.conn, access.caller, values, powers=powers_of(access.caller.role), now=access.now
        ),
        created=lambda made: f"/api/v1/people/{made.id}",
    )


@router.post(
    "/import",
    response_model=ImportReport,
    responses=documented("conflict"),
    openapi_extra=imports.described(csv=imports.PEOPLE_CSV),
)
async def import_all(file: imports.Table) -> Response:
    """Make or change the people of a CSV, all or none: `login`, `name`, `role`, and if wanted `organisation`, `email`,
    `phone`, `language`, `time_zone`, `active`. Known by `login`.
    """
    return await file.given_to(partial(import_people.import_people, powers=powers_of(file.access.caller.role)))


@router.get("/{person_id}", response_model=Person)
async def get_person(person_id: PersonPath, access: Signed, fields: Fields = None) -> Response:
    """One person."""
    return versioned(await edit_people.get_person(access.conn, access.caller.scope, person_id), fields)


@router.patch("/{person_id}", response_model=Person, responses=documented("conflict"))
async def change_person(person_id: PersonPath, body: PersonChange, access: Signed, version: IfMatch) -> Response:
    """Change members. Another role, and `active` false, end the person's sessions and links at once; one's own role and
    activity stay. 403 for role, activity and e-mail address of an account in use that may do what the caller may not.
    """
    changes = body.model_dump(exclude_unset=True, by_alias=True)
    return as_changed(
        await edit_people.change_person(
            access.conn,
            access.caller,
            person_id,
            changes,
            version=version,
            powers=powers_of(access.caller.role),
            now=access.now,
        )
    )
