"""Integrators' clients: listed, made, changed, given new secrets, revoked."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import Access, Signed
from api.named_lists import ByName
from api.problems import documented
from api.rights import CLIENT_SCOPES, grants_of
from api.schemas.clients import Client, ClientChange, ClientPage, ClientWithSecret, NewClient, Rotation
from api.writes import Fields, IfMatch, Once, as_changed, versioned
from usecases import edit_clients
from usecases.edit_clients import Powers
from usecases.powers import Grantable

router = APIRouter(prefix="/clients", tags=["clients"], responses=documented("not_authenticated", "forbidden"))
ClientPath = Annotated[UUID, Path(examples=["0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b"])]


def grantable_by(access: Access) -> Grantable:
    """The roles that the caller may give to people and clients, by the kind of their organisation."""
    return grants_of(access.caller.role)


def _powers(access: Access) -> Powers:
    """Nobody gives a client what they may not do themselves."""
    held = {scope for scope, rights in CLIENT_SCOPES.items() if all(access.may(right) for right in rights)}
    return Powers(grantable=grantable_by(access), scopes=held)


@router.get("", response_model=ClientPage)
async def list_clients(
    *,
    access: Signed,
    asked: ByName,
    with_revoked: Annotated[bool, Query(description="Revoked clients as well.")] = False,
) -> Response:
    """The clients of the caller's organisation and of those below it."""
    page = await edit_clients.list_clients(
        access.conn, access.caller.scope, asked.wish, with_revoked=with_revoked, now=access.now
    )
    return asked.answer(page)


@router.post("", response_model=ClientWithSecret, status_code=201, responses=documented("not_found"))
async def create_client(wanted: NewClient, access: Signed, once: Once) -> Response:
    """Make a client. Its secret is in this answer and nowhere else."""
    return await once(
        lambda: edit_clients.create_client(
            access.conn, access.caller, wanted.model_dump(), powers=_powers(access), now=access.now
        ),
        created=lambda client: f"/api/v1/clients/{client.id}",
    )


@router.get("/{client_id}", response_model=Client, responses=documented("not_found"))
async def get_client(client_id: ClientPath, access: Signed, fields: Fields = None) -> Response:
    """One client."""
    return versioned(await edit_clients.get_client(access.conn, access.caller.scope, client_id, now=access.now), fields)


@router.patch("/{client_id}", response_model=Client, responses=documented("not_found", "conflict"))
async def change_client(client_id: ClientPath, change: ClientChange, access: Signed, version: IfMatch) -> Response:
    """Change a client's name, scopes or end; its tokens carry the new scopes from the next request on.

    403 unless its role is the caller's to give, and its scopes, the old and the new ones, are what the caller may do.
    """
    changes = change.model_dump(exclude_unset=True)
    return as_changed(
        await edit_clients.change_client(
            access.conn, access.caller, client_id, changes, version=version, powers=_powers(access), now=access.now
        )
    )


@router.delete("/{client_id}", status_code=204, responses=documented("not_found", "conflict"))
async def revoke_client(client_id: ClientPath, access: Signed, version: IfMatch) -> None:
    """Revoke a client: its secrets and tokens are refused from the next request on. It stays in the list of revoked."""
    await edit_clients.revoke_client(
        access.conn, access.caller, client_id, version=version, grantable=grantable_by(access), now=access.now
    )


@router.post(
    "/{client_id}/rotate",
    response_model=ClientWithSecret,
    status_code=201,
    responses=documented("not_found", "conflict"),
)
async def rotate_secret(client_id: ClientPath, access: Signed, once: Once, wanted: Rotation | None = None) -> Response:
    """Give a client a new secret. The newest so far stays valid for the overlap, any older one ends now.

    403 unless its role is the caller's to give, and its scopes are what the caller may do.
    """
    overlap = timedelta(hours=(wanted or Rotation()).overlap_hours)
    return await once(
        lambda: edit_clients.rotate_secret(
            access.conn, access.caller, client_id, overlap=overlap, powers=_powers(access), now=access.now
        ),
        created=lambda client: f"/api/v1/clients/{client.id}",
    )
