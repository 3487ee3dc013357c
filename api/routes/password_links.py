"""Links by which people choose a password: made for somebody, looked at, used once."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.dependencies import Now, Signed, pool_of, sessions_of
from api.identity.addresses import address_for_others
from api.identity.authentication import visitor_of
from api.identity.powers import powers_of
from api.languages import language_named
from api.problems import documented
from api.routes.accounts import signed_in
from api.routes.people import PersonPath
from api.schemas.accounts import SignedIn
from api.schemas.password_links import ChosenPassword, PasswordLink, PasswordLinkShown
from api.sessions import names_a_page, require_same_site
from api.writes import Once
from usecases import password_links

router = APIRouter(tags=["people"])
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$", description="The link's token.", examples=["x" * 43])]


@router.post(
    "/people/{person_id}/password-link",
    response_model=PasswordLink,
    status_code=201,
    responses=documented("not_authenticated", "forbidden", "not_found", "conflict"),
)
async def make_password_link(person_id: PersonPath, request: Request, access: Signed, once: Once) -> Response:
    """Make a link by which a person chooses a password. It is in this answer and nowhere else; it works once, for three
    days, and a newer one takes its place.

    403 for a role that is not the caller's to give, for an account in use that may do what the caller may not, and for
    one's own.
    """
    return await once(
        lambda: password_links.make_link(
            access.conn,
            access.caller,
            person_id,
            powers=powers_of(access.caller.role),
            address=address_for_others(request),
            now=access.now,
        ),
        created=lambda made: f"/api/v1/password-links/{made.link.rpartition('/')[2]}",
    )


@router.get(
    "/password-links/{token}",
    response_model=PasswordLinkShown,
    responses=documented("not_found", "password_link_over"),
)
async def show_password_link(token: Token, request: Request, now: Now) -> PasswordLinkShown:
    """Whose password the holder of this link may choose."""
    async with pool_of(request).platform() as conn:
        link = await password_links.get_open(conn, token, powers_of=powers_of, now=now)
    return PasswordLinkShown(
        login=link.login,
        organisation_name=link.organisation_name,
        made_by=link.created_by,
        language=language_named(link.language),
        expires_at=link.expires_at,
    )


@router.post(
    "/password-links/{token}/use",
    response_model=SignedIn,
    responses=documented("not_found", "password_link_over", "weak_password", "payload_too_large", "cross_site_request"),
)
async def use_password_link(
    token: Token, wanted: ChosenPassword, request: Request, response: Response, now: Now
) -> SignedIn:
    """Take a password and be signed in. The link is used up by it, and every other session of the person ends."""
    require_same_site(request, cookie_used=names_a_page(request))
    opened = await password_links.use_link(
        pool_of(request),
        token,
        password=wanted.password,
        visitor=visitor_of(request),
        lifetime=sessions_of(request).session_lifetime,
        powers_of=powers_of,
        now=now,
    )
    return signed_in(request, response, opened, now=now)
