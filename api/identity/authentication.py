"""Who sends a request: a person by a session's token, or an integrator's client by its key or its token."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import Request

from api.identity.client_use import ClientUse
from api.sessions import COOKIE, Purpose, Sessions, bearer_of, require_same_site
from fleet.errors import NotAuthenticated
from storage.api_clients import SignedClient, find_client_caller
from storage.read_pool import Connection
from storage.sessions import find_person
from storage.users import Caller
from usecases.client_secrets import PREFIX, hash_of_secret, is_well_formed
from usecases.sign_in import BROWSER_LENGTH, Visitor, hash_of

KEY_HEADER = "x-api-key"
_KEY_STREAM_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows of its sender."""

    text: str
    is_cookie: bool = False
    is_key: bool = False


def visitor_of(request: Request) -> Visitor:
    """Where the request comes from; proxies are uvicorn's concern (--forwarded-allow-ips)."""
    browser = request.headers.get("user-agent")
    address = request.client.host if request.client else "unknown"
    return Visitor(address=address, browser=None if browser is None else browser[:BROWSER_LENGTH])


async def authenticate(request: Request, conn: Connection, *, now: datetime) -> Caller:
    """The caller of this request, with the transaction of `conn` put into the caller's scope: one round trip.

    Raises NotAuthenticated or CrossSiteRequest. Notes in the request's state which session or secret it was, and when
    the token ends, for whoever goes on answering after the request (the live stream).
    """
    credential = _credential_of(request)
    require_same_site(request, cookie_used=credential.is_cookie)
    sessions: Sessions = request.app.state.sessions
    state = request.state
    state.session_id = state.secret_id = None
    if credential.is_key:
        state.session_ends_at = now + _KEY_STREAM_LIFETIME
        return _client(request, await _client_of_key(conn, credential.text, now=now), now)
    try:
        claims = sessions.read(credential.text, now=now)
    except NotAuthenticated:
        if credential.is_cookie:
            raise
        return _client(request, await _client_of_token(request, conn, credential.text, now=now), now)
    person = await find_person(conn, hash_of(claims.session), now=now)
    if person is None:
        raise NotAuthenticated
    state.session_id, state.session_ends_at = person.session_id, claims.expires_at
    return person.caller


def _credential_of(request: Request) -> Credential:
    key = request.headers.get(KEY_HEADER)
    if key is not None:
        return Credential(key.strip(), is_key=True)
    bearer = bearer_of(request)
    if bearer is not None:
        return Credential(bearer, is_key=bearer.startswith(PREFIX))
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise NotAuthenticated
    return Credential(cookie, is_cookie=True)


async def _client_of_key(conn: Connection, key: str, *, now: datetime) -> SignedClient | None:
    if not is_well_formed(key):
        return None
    return await find_client_caller(conn, secret_hash=hash_of_secret(key), now=now)


async def _client_of_token(request: Request, conn: Connection, token: str, *, now: datetime) -> SignedClient | None:
    """The client of an access token of /oauth/token, with the scopes that the token was asked for and still has."""
    sessions: Sessions = request.app.state.sessions
    claims = sessions.open(Purpose.CLIENT, token, now=now)
    request.state.session_ends_at = claims["exp"]
    found = await find_client_caller(conn, secret_id=int(claims["sec"]), now=now)
    if found is None or found.caller.scopes is None:
        return None
    scopes = found.caller.scopes & frozenset(str(claims["scope"]).split())
    return replace(found, caller=replace(found.caller, scopes=scopes))


def _client(request: Request, found: SignedClient | None, now: datetime) -> Caller:
    if found is None:
        raise NotAuthenticated
    use: ClientUse = request.app.state.client_use
    use.note(found.client_id, now)
    request.state.secret_id = found.secret_id
    return found.caller
