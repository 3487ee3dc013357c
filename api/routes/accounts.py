"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Request, Response

from api.dependencies import Now, Signed, pool_of, sessions_of
from api.policy import Right, allows
from api.problems import documented
from api.schemas.accounts import Credentials, Me, Organisation, SignedIn
from api.sessions import COOKIE, client_address, login, logout, require_same_site
from storage.users import Caller

router = APIRouter(prefix="/auth", tags=["auth"])


def _me(caller: Caller) -> Me:
    return Me(
        id=str(caller.public_id),
        login=caller.login,
        role=caller.role,
        language="zh" if caller.language == "zh" else "en",
        organisation=Organisation.model_validate(caller.organisation),
        may_acknowledge=allows(caller.role, Right.ACKNOWLEDGE_ALARMS),
    )


@router.post(
    "/login",
    response_model=SignedIn,
    responses=documented("not_authenticated", "too_many_attempts", "payload_too_large"),
)
async def log_in(credentials: Credentials, request: Request, response: Response, now: Now) -> SignedIn:
    """Sign in. Sets the session cookie; the token in the answer may be used as a bearer token instead."""
    sessions = sessions_of(request)
    grant = await login(
        sessions,
        pool_of(request),
        login=credentials.login,
        password=credentials.password,
        address=client_address(request),
        now=now,
    )
    sessions.set_cookie(response, grant.token)
    return SignedIn(token=grant.token, expires_at=grant.expires_at, user=_me(grant.caller))


@router.post("/logout", status_code=204, responses=documented("cross_site_request"))
async def log_out(
    request: Request,
    response: Response,
    cookie: Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)] = None,
) -> None:
    """Sign out: the session ends at once, for its bearer token too. Doing it twice changes nothing."""
    require_same_site(request, cookie_used=cookie is not None)
    await logout(sessions_of(request), pool_of(request), request)
    response.delete_cookie(COOKIE, path="/")


@router.get("/me", response_model=Me, responses=documented("not_authenticated"))
async def who_am_i(access: Signed) -> Me:
    """The signed-in person and organisation."""
    return _me(access.caller)
