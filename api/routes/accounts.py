"""Signing in and out, staying signed in, and one's own account."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Path, Request, Response

from api.dependencies import Access, Now, Signed, SignedCaller, pool_of, sessions_of
from api.encoding import json_response
from api.identity.authentication import visitor_of
from api.languages import language_named
from api.problems import documented
from api.rights import GRANTABLE, Right, allows, grants_of
from api.routes.company_login import provider_logout_url
from api.schemas.accounts import (
    Credentials,
    Me,
    NewPassword,
    Organisation,
    OwnChange,
    OwnSession,
    OwnSessions,
    RefreshRequest,
    SignedIn,
    SignedOut,
)
from api.sessions import COOKIE, REFRESH_COOKIE, is_browser, names_a_page, require_same_site, session_named
from api.writes import IfMatch, etag_of, version_tag
from fleet.errors import NotAuthenticated
from storage.sessions import list_sessions
from storage.users import Caller, Profile, get_profile
from usecases import own_account
from usecases.refresh_session import refresh
from usecases.sign_in import OpenSession, sign_in

router = APIRouter(prefix="/auth", tags=["auth"])
SessionPath = Annotated[UUID, Path(examples=["0198f3a2-2b11-4d60-a1b2-1c2d3e4f5a6b"])]
_Hidden = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)]
_HiddenRefresh = Annotated[str | None, Cookie(alias=REFRESH_COOKIE, include_in_schema=False)]


def _me(caller: Caller, profile: Profile | None) -> Me:
    return Me(
        id=str(caller.public_id),
        kind=caller.actor.kind if caller.actor.kind != "system" else "person",
        login=caller.login,
        role=caller.role,
        scopes=None if caller.scopes is None else sorted(caller.scopes),
        language=language_named(profile.language if profile else caller.language),
        time_zone=profile.time_zone if profile else None,
        units=profile.units if profile else None,
        version=profile.version if profile else None,
        organisation=Organisation.model_validate(caller.organisation),
        may_acknowledge=_may(caller, Right.ACKNOWLEDGE_ALARMS),
        rights=sorted(right.value for right in Right if _may(caller, right)),
        grants={kind: sorted(roles) for kind in GRANTABLE if (roles := grants_of(caller.role)(kind))},
    )


def _may(caller: Caller, right: Right) -> bool:
    return allows(caller.role, right, organisation_kind=caller.organisation.kind, scopes=caller.scopes)


async def _own(access: Access) -> Me:
    user_id = access.caller.user_id
    return _me(access.caller, None if user_id is None else await get_profile(access.conn, user_id))


def signed_in(request: Request, response: Response, opened: OpenSession, *, now: datetime) -> SignedIn:
    """The answer that begins or goes on with a session; the cookies go along."""
    sessions = sessions_of(request)
    token, expires_at = sessions.sign(opened.name, now=now)
    sessions.set_cookies(response, opened, now=now)
    return SignedIn(
        token=token,
        expires_at=expires_at,
        refresh_token=None if is_browser(request) else sessions.sign_refresh(opened),
        session_ends_at=opened.person.ends_at,
        user=_me(opened.person.caller, opened.person.profile),
    )


@router.post(
    "/login",
    response_model=SignedIn,
    responses=documented("not_authenticated", "too_many_attempts", "payload_too_large", "cross_site_request"),
)
async def log_in(credentials: Credentials, request: Request, response: Response, now: Now) -> SignedIn:
    """Sign in. Sets the session's cookies; the token in the answer may be used as a bearer token instead."""
    require_same_site(request, cookie_used=names_a_page(request))  # nobody is signed in as somebody else unawares
    sessions = sessions_of(request)
    opened = await sign_in(
        pool_of(request),
        login=credentials.login,
        password=credentials.password,
        visitor=visitor_of(request),
        pace=sessions.pace,
        lifetime=sessions.session_lifetime,
        now=now,
    )
    return signed_in(request, response, opened, now=now)


@router.post(
    "/refresh",
    response_model=SignedIn,
    responses=documented("not_authenticated", "cross_site_request", "payload_too_large"),
)
async def refresh_session(
    request: Request,
    response: Response,
    now: Now,
    body: RefreshRequest | None = None,
    cookie: _HiddenRefresh = None,
) -> SignedIn:
    """Get a new access token and a new refresh token for a refresh token, which is used up by it.

    One that was used up more than ten seconds ago ends the session: it is in two hands.
    """
    given = body.refresh_token if body else None
    require_same_site(request, cookie_used=names_a_page(request) or (given is None and cookie is not None))
    sessions = sessions_of(request)
    token = given or cookie
    if not token:
        raise NotAuthenticated
    claims = sessions.read_refresh(token, now=now)
    opened = await refresh(
        pool_of(request),
        claims.session,
        generation=claims.generation,
        visitor=visitor_of(request),
        grace=sessions.refresh_grace,
        now=now,
    )
    return signed_in(request, response, opened, now=now)


@router.post(
    "/logout",
    status_code=204,
    response_model=None,
    responses={
        200: {"model": SignedOut, "description": "The same, for a session that came by a company login."},
        **documented("cross_site_request"),
    },
)
async def log_out(
    request: Request,
    now: Now,
    cookie: _Hidden = None,
    refresh_cookie: _HiddenRefresh = None,
) -> Response:
    """Sign out: the session ends at once, for its bearer token too. Doing it twice changes nothing."""
    has_cookie = cookie is not None or refresh_cookie is not None
    require_same_site(request, cookie_used=has_cookie and "authorization" not in request.headers)
    sessions = sessions_of(request)
    name = session_named(request, sessions)
    company = None if name is None else await own_account.sign_out(pool_of(request), name, now=now)
    elsewhere = None if company is None else await provider_logout_url(request, company)
    response = Response(status_code=204) if elsewhere is None else json_response({"provider_logout_url": elsewhere})
    sessions.clear_cookies(response)
    return response


@router.get("/me", response_model=Me, responses=documented("not_authenticated"))
async def who_am_i(access: Signed, response: Response) -> Me:
    """The signed-in person and organisation."""
    me = await _own(access)
    if me.version is not None:  # a client has no profile to change
        response.headers["ETag"] = etag_of(me.version, me.model_dump_json().encode())
    return me


@router.patch(
    "/me",
    response_model=Me,
    responses=documented("not_authenticated", "forbidden", "precondition_failed", "precondition_required"),
)
async def change_me(change: OwnChange, access: Signed, version: IfMatch, response: Response) -> Me:
    """Change one's own language (null: not chosen any more), time zone and units."""
    await own_account.change_profile(
        access.conn,
        access.caller,
        change.model_dump(exclude_unset=True),
        version=version,
        now=access.now,
    )
    me = await _own(access)
    response.headers["ETag"] = version_tag(me.version)
    return me


@router.post(
    "/password",
    response_model=SignedIn,
    responses=documented("not_authenticated", "forbidden", "weak_password", "too_many_attempts"),
)
async def change_password(
    wanted: NewPassword, request: Request, response: Response, caller: SignedCaller, now: Now
) -> SignedIn:
    """Change one's own password. Every session of the person ends; the answer begins a new one."""
    sessions = sessions_of(request)
    opened = await own_account.change_password(
        pool_of(request),
        caller,
        current=wanted.current_password,
        wanted=wanted.new_password,
        visitor=visitor_of(request),
        pace=sessions.pace,
        lifetime=sessions.session_lifetime,
        now=now,
    )
    return signed_in(request, response, opened, now=now)


@router.get("/sessions", response_model=OwnSessions, responses=documented("not_authenticated", "forbidden"))
async def list_own_sessions(request: Request, access: Signed) -> OwnSessions:
    """Where one is signed in."""
    rows = await list_sessions(access.conn, own_account.user_id_of(access.caller), now=access.now)
    this: UUID | None = request.state.session_id
    return OwnSessions(
        items=[
            OwnSession(
                **{name: getattr(row, name) for name in row.__dataclass_fields__ if name != "id"},
                id=str(row.id),
                is_this=row.id == this,
            )
            for row in rows
        ]
    )


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    responses=documented("not_authenticated", "forbidden", "not_found"),
)
async def end_session(session_id: SessionPath, access: Signed) -> None:
    """End one of one's own sessions at once; its tokens are refused from the next request on."""
    await own_account.end_own_session(access.conn, access.caller, session_id, now=access.now)
