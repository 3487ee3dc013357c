"""Inviting colleagues by a link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from api import cursors
from api.dependencies import Cursor, Limit, Now, Signed, pool_of, sessions_of
from api.identity.addresses import address_for_others
from api.identity.authentication import visitor_of
from api.identity.powers import powers_of
from api.languages import language_named
from api.problems import documented
from api.routes.accounts import signed_in
from api.routes.company_login import choice_of
from api.schemas.accounts import SignedIn
from api.schemas.invitations import Acceptance, InvitationPage, InvitationShown, InvitationWithLink, NewInvitation
from api.sessions import names_a_page, require_same_site
from api.writes import Fields, IfMatch, Once, listed, version_tag
from storage.company_logins import list_for_organisation
from usecases import invite

router = APIRouter(prefix="/invitations", tags=["invitations"])
_SIGNED = documented("not_authenticated", "forbidden")
_CURSOR = "invitations"
Token = Annotated[
    str, Path(alias="invitation", pattern=r"^[A-Za-z0-9_-]{43}$", description="The link's token.", examples=["x" * 43])
]
InvitationPath = Annotated[UUID, Path(alias="invitation", examples=["0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b"])]


@router.get("", response_model=InvitationPage, responses=_SIGNED)
async def list_invitations(
    *,
    access: Signed,
    is_open: Annotated[bool | None, Query(alias="open", description="Only open ones, or only the others.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Invitations into the caller's organisation and those below it, the newest first."""
    page = await invite.list_invitations(
        access.conn,
        access.caller.scope,
        is_open=is_open,
        after=cursors.decode(cursor, names=_CURSOR),
        limit=limit,
        now=access.now,
    )
    return listed(page.with_cursor(cursors.encode([_CURSOR, page.end[1]]) if page.end else None), fields)


@router.post("", response_model=InvitationWithLink, status_code=201, responses=_SIGNED | documented("not_found"))
async def create_invitation(wanted: NewInvitation, request: Request, access: Signed, once: Once) -> Response:
    """Invite a colleague. The link is in this answer and nowhere else; it works once, for seven days."""
    values = wanted.model_dump(exclude_none=True)
    address = address_for_others(request)
    return await once(
        lambda: invite.invite(
            access.conn,
            access.caller,
            values,
            powers=powers_of(access.caller.role),
            address=address,
            now=access.now,
        ),
        created=lambda made: f"/api/v1/invitations/{made.id}",
    )


@router.delete(
    "/{invitation}",
    status_code=204,
    responses=_SIGNED | documented("not_found", "conflict"),
)
async def revoke_invitation(invitation_id: InvitationPath, access: Signed, version: IfMatch) -> None:
    """Withdraw an invitation; its link opens nothing any more."""
    await invite.revoke_invitation(access.conn, access.caller, invitation_id, version=version, now=access.now)


@router.get("/{invitation}", response_model=InvitationShown, responses=documented("not_found", "invitation_over"))
async def show_invitation(token: Token, request: Request, now: Now) -> InvitationShown:
    """Who invites the holder of this link, and to what."""
    async with pool_of(request).platform() as conn:
        row = await invite.get_open(conn, token, powers_of=powers_of, now=now)
        logins = await list_for_organisation(conn, row.organisation_id)
    return InvitationShown(
        organisation_name=row.organisation_name,
        invited_by=row.created_by,
        role=row.role,  # type: ignore[arg-type]  # what a role is has been checked when it was granted
        language=language_named(row.language),
        email=row.email,
        expires_at=row.expires_at,
        company_logins=[choice_of(login) for login in logins],
    )


@router.post(
    "/{invitation}/accept",
    response_model=SignedIn,
    status_code=201,
    responses=documented(
        "not_found", "invitation_over", "weak_password", "conflict", "payload_too_large", "cross_site_request"
    ),
)
async def accept_invitation(
    token: Token, wanted: Acceptance, request: Request, response: Response, now: Now
) -> SignedIn:
    """Take a login and a password, and be signed in. The link is used up by it; `Location` is the account."""
    require_same_site(request, cookie_used=names_a_page(request))
    opened = await invite.accept(
        pool_of(request),
        token,
        login=wanted.login,
        password=wanted.password,
        visitor=visitor_of(request),
        lifetime=sessions_of(request).session_lifetime,
        powers_of=powers_of,
        now=now,
    )
    answer = signed_in(request, response, opened, now=now)
    response.headers.update({"Location": "/api/v1/auth/me", "ETag": version_tag(answer.user.version)})
    return answer
