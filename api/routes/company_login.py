"""Signing in by a company's own OpenID provider, and keeping the list of such providers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import Access, Now, Signed, pool_of, sessions_of
from api.identity import company_login as visits
from api.identity.addresses import public_address
from api.identity.authentication import visitor_of
from api.identity.powers import powers_of
from api.identity.provider import Providers, ProviderUnusable
from api.named_lists import ByName
from api.problems import documented
from api.routes.clients import grantable_by
from api.schemas.company_logins import (
    CompanyLogin,
    CompanyLoginChange,
    CompanyLoginChoices,
    CompanyLoginPage,
    NewCompanyLogin,
)
from api.schemas.invitations import CompanyLoginChoice
from api.settings import ApiSettings
from api.writes import Fields, IfMatch, Once, as_changed, versioned
from fleet.errors import EccError, NotAuthenticated, NotFound
from storage.company_logins import CompanyLoginRow, find_company_login, list_of_domain
from storage.read_pool import DatabaseUnavailable
from usecases import edit_company_logins
from usecases.company_sign_in import sign_in_by_company
from usecases.edit_company_logins import Editing

router = APIRouter(prefix="/auth/company-logins", tags=["auth"])
records = APIRouter(
    prefix="/company-logins", tags=["company logins"], responses=documented("not_authenticated", "forbidden")
)
CompanyPath = Annotated[UUID, Path(examples=["0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b"])]
_SEE_OTHER = 303


def choice_of(row: CompanyLoginRow) -> CompanyLoginChoice:
    """A button of the login page."""
    return CompanyLoginChoice(id=str(row.public_id), name=row.name, start=f"{visits.VISIT_PATH}/{row.public_id}/start")


@router.get("", response_model=CompanyLoginChoices)
async def list_choices(
    request: Request,
    login: Annotated[str, Query(min_length=1, max_length=200, examples=["liu.yang@north.example"])],
) -> CompanyLoginChoices:
    """The company logins for the domain of an e-mail address. Who has an account there makes no difference to it."""
    domain = login.rpartition("@")[2].strip().casefold() if "@" in login else ""
    async with pool_of(request).platform() as conn:
        rows = await list_of_domain(conn, domain) if domain and "\0" not in domain else []
    return CompanyLoginChoices(items=[choice_of(row) for row in rows])


async def _company(request: Request, company_login_id: UUID) -> CompanyLoginRow:
    async with pool_of(request).platform() as conn:
        row = await find_company_login(conn, None, company_login_id)
    if row is None:
        raise NotFound
    return row


@router.get("/{company_login_id}/start", include_in_schema=False)
async def start(
    company_login_id: CompanyPath,
    request: Request,
    now: Now,
    return_to: Annotated[str | None, Query(max_length=1000)] = None,
    invitation: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{43}$")] = None,
) -> RedirectResponse:
    """Send the browser to the company's login page."""
    company = await _company(request, company_login_id)
    visit = visits.begin_visit(company.public_id, return_to=return_to, invitation=invitation)
    try:
        url = await _providers(request).authorization_url(
            visits.relation_to(request, company), state=visit.state, nonce=visit.nonce, verifier=visit.verifier
        )
    except ProviderUnusable:
        return RedirectResponse(visits.REFUSED, status_code=_SEE_OTHER)
    response = RedirectResponse(url, status_code=_SEE_OTHER)
    visits.carry(response, sessions_of(request), visit, now=now)
    return response


@router.get("/{company_login_id}/callback", include_in_schema=False)
async def come_back(
    company_login_id: CompanyPath,
    request: Request,
    now: Now,
    code: Annotated[str | None, Query(max_length=4000)] = None,
) -> RedirectResponse:
    """The browser is back from the company's login page: begin a session, or say that it let nobody in."""
    try:
        response = await _signed_in(request, company_login_id, code, now=now)
    except DatabaseUnavailable:
        raise
    except EccError:  # whatever did not hold: the login page says so, without telling which
        response = RedirectResponse(visits.REFUSED, status_code=_SEE_OTHER)
    response.delete_cookie(visits.VISIT_COOKIE, path=visits.VISIT_PATH)
    return response


async def _signed_in(request: Request, company_login_id: UUID, code: str | None, *, now: Now) -> RedirectResponse:
    sessions = sessions_of(request)
    visit = visits.come_back(request, sessions, company_login_id, now=now)
    company = await _company(request, company_login_id)
    issuer = request.query_params.get("iss", company.issuer)  # RFC 9207: another provider's answer is none for us
    if not code or issuer != company.issuer:
        raise NotAuthenticated
    vouched = await _providers(request).redeem(
        visits.relation_to(request, company), code=code, nonce=visit.nonce, verifier=visit.verifier, now=now
    )
    opened = await sign_in_by_company(
        pool_of(request),
        company,
        vouched,
        invitation=visit.invitation,
        visitor=visitor_of(request),
        lifetime=sessions.session_lifetime,
        powers_of=powers_of,
        now=now,
    )
    response = RedirectResponse(visits.arrival(visit), status_code=_SEE_OTHER)
    sessions.set_cookies(response, opened, now=now)
    return response


def _providers(request: Request) -> Providers:
    providers: Providers = request.app.state.providers
    return providers


async def provider_logout_url(request: Request, company_login_id: UUID) -> str | None:
    """Where the browser leaves the provider that a session came by; None when there is no such place now."""
    try:
        company = await _company(request, company_login_id)
        relation = visits.relation_to(request, company)
        return await _providers(request).logout_url(relation, return_to=f"{public_address(request)}/login")
    except (NotFound, ProviderUnusable):
        return None


def _editing(request: Request, access: Access) -> Editing:
    settings: ApiSettings = request.app.state.settings
    return Editing(grantable=grantable_by(access), allow_private=settings.company_login_allow_private)


@records.get("", response_model=CompanyLoginPage)
async def list_company_logins(access: Signed, asked: ByName) -> Response:
    """The company logins of the organisations that the caller sees."""
    return asked.answer(await edit_company_logins.list_company_logins(access.conn, access.caller.scope, asked.wish))


@records.post("", response_model=CompanyLogin, status_code=201, responses=documented("not_found"))
async def create_company_login(request: Request, wanted: NewCompanyLogin, access: Signed, once: Once) -> Response:
    """Let an organisation's people sign in by their own OpenID provider. It gives roles that the caller may give."""
    return await once(
        lambda: edit_company_logins.create_company_login(
            access.conn, access.caller, wanted.model_dump(), editing=_editing(request, access), now=access.now
        ),
        created=lambda made: f"/api/v1/company-logins/{made.id}",
    )


@records.get("/{company_login_id}", response_model=CompanyLogin, responses=documented("not_found"))
async def get_company_login(company_login_id: CompanyPath, access: Signed, fields: Fields = None) -> Response:
    """One company login."""
    found = await edit_company_logins.get_company_login(access.conn, access.caller.scope, company_login_id)
    return versioned(found, fields)


@records.patch("/{company_login_id}", response_model=CompanyLogin, responses=documented("not_found"))
async def change_company_login(
    *,
    request: Request,
    company_login_id: CompanyPath,
    change: CompanyLoginChange,
    access: Signed,
    version: IfMatch,
) -> Response:
    """Change a company login. 403 when it gives, or is to give, a role that the caller may not."""
    changed = await edit_company_logins.change_company_login(
        access.conn,
        access.caller,
        company_login_id,
        change.model_dump(exclude_unset=True),
        version=version,
        editing=_editing(request, access),
        now=access.now,
    )
    return as_changed(changed)


@records.delete("/{company_login_id}", status_code=204, responses=documented("not_found"))
async def delete_company_login(
    request: Request, company_login_id: CompanyPath, access: Signed, version: IfMatch
) -> None:
    """Remove a company login, and end the sessions that came by it."""
    await edit_company_logins.delete_company_login(
        access.conn,
        access.caller,
        company_login_id,
        version=version,
        editing=_editing(request, access),
        now=access.now,
    )
