"""Who sends a request: a person by a session's token, or an integrator's client by its key or its token."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address

from fastapi import Request

from api.identity.client_use import ClientUse
from api.sessions import COOKIE, Purpose, Sessions, bearer_of, require_same_site
from fleet.errors import EccError, NotAuthenticated
from storage.api_clients import SignedClient, find_client_caller
from storage.read_pool import Connection
from storage.sessions import Asking, Found, SignedPerson, find_person, find_person_and
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
    """Where the request comes from; proxies are uvicorn's concern (--forwarded-allow-ips), what they pass on is not.

    A trusted proxy may pass on an X-Forwarded-For in which somebody wrote something else than an address.
    """
    browser = request.headers.get("user-agent")
    host = request.client.host if request.client else ""
    return Visitor(
        address=host if _is_address(host) else "unknown", browser=None if browser is None else browser[:BROWSER_LENGTH]
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request's credential says, read without the database. One of the three names is there.

    `session`: the secret name of a person's session; `key_hash`: of a client's key; `secret_id`: of which a client's
    token was made, for `scopes`; `ends_at`: when it must be shown anew.
    """

    ends_at: datetime
    session: str | None = None
    key_hash: bytes | None = None
    secret_id: int | None = None
    scopes: frozenset[str] = frozenset()


def read_credential(request: Request, *, now: datetime) -> Shown:
    """What the request shows of its sender, its form and signature checked: nothing else need reach the database.

    Raises NotAuthenticated or CrossSiteRequest.
    """
    credential = credential_of(request)
    require_same_site(request, cookie_used=credential.is_cookie)
    if credential.is_key:
        if not is_well_formed(credential.text):
            raise NotAuthenticated
        return Shown(ends_at=now + _KEY_STREAM_LIFETIME, key_hash=hash_of_secret(credential.text))
    sessions: Sessions = request.app.state.sessions
    try:
        claims = sessions.read(credential.text, now=now)
    except NotAuthenticated:
        if credential.is_cookie:
            raise
        found = sessions.open(Purpose.CLIENT, credential.text, now=now)
        scopes = frozenset(str(found["scope"]).split())
        return Shown(ends_at=found["exp"], secret_id=int(found["sec"]), scopes=scopes)
    return Shown(ends_at=claims.expires_at, session=claims.session)


async def authenticate(request: Request, conn: Connection, shown: Shown, *, now: datetime) -> Caller:
    """The caller of this request, with the transaction of `conn` put into the caller's scope: one round trip.

    Raises NotAuthenticated. Notes in the request's state which session or secret it was, and when the token ends, for
    whoever goes on answering after the request (the live stream).
    """
    _begin(request, shown)
    if shown.session is None:
        return _client(request, await _client_shown(conn, shown, now=now), now)
    return _person(request, await find_person(conn, hash_of(shown.session), now=now))


async def authenticate_and(
    request: Request, conn: Connection, shown: Shown, ask: Asking[Found], *, now: datetime
) -> tuple[Caller, Found | EccError]:
    """The same for a person's session, and what `ask` reads or raises: one round trip for both."""
    assert shown.session is not None, "of people's sessions only"
    _begin(request, shown)
    person, found = await find_person_and(conn, hash_of(shown.session), ask, now=now)
    return _person(request, person), found


def _begin(request: Request, shown: Shown) -> None:
    state = request.state
    state.session_id = state.secret_id = None
    state.session_ends_at = shown.ends_at


def _person(request: Request, person: SignedPerson | None) -> Caller:
    if person is None:
        raise NotAuthenticated
    request.state.session_id = person.session_id
    return person.caller


def credential_of(request: Request) -> Credential:
    """The key or token that the request shows, as it came. Raises NotAuthenticated without any."""
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


async def _client_shown(conn: Connection, shown: Shown, *, now: datetime) -> SignedClient | None:
    """The client of a key; of an access token of /oauth/token with the scopes it was asked for and still has."""
    if shown.key_hash is not None:
        return await find_client_caller(conn, secret_hash=shown.key_hash, now=now)
    found = await find_client_caller(conn, secret_id=shown.secret_id, now=now)
    if found is None or found.caller.scopes is None:
        return None
    return replace(found, caller=replace(found.caller, scopes=found.caller.scopes & shown.scopes))


def _client(request: Request, found: SignedClient | None, now: datetime) -> Caller:
    if found is None:
        raise NotAuthenticated
    use: ClientUse = request.app.state.client_use
    use.note(found.client_id, now)
    request.state.secret_id = found.secret_id
    return found.caller
