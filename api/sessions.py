"""Sessions: a short signed token in an HttpOnly cookie (or as a bearer token) and a row that logging out deletes."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from fastapi import Request, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.problems import CrossSiteRequest, TooManyAttempts
from api.settings import ApiSettings
from fleet.errors import NotAuthenticated
from storage import users
from storage.passwords import verify_password
from storage.read_scope import Connection, ReadPool
from storage.users import Caller

COOKIE = "ecc_session"
CHANGE_HEADER = "x-ecc-request"
_ALGORITHM = "HS256"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_WINDOW_MINUTES = 15
_ADDRESS_FACTOR = 10  # one address may fail for this many logins


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says."""

    session: str
    issued_at: datetime
    expires_at: datetime

    @property
    def session_hash(self) -> bytes:
        """What the database keeps of the session's name."""
        return hashlib.sha256(self.session.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A fresh session."""

    token: str
    expires_at: datetime
    caller: Caller


class Sessions:
    """Signs and reads session tokens, and counts failed logins of this process."""

    def __init__(self, settings: ApiSettings) -> None:
        self._secret = settings.session_secret
        self._secure = settings.cookie_secure
        self.session_lifetime = settings.session_lifetime
        self.token_lifetime = settings.token_lifetime
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_login = RateLimitItemPerMinute(settings.login_attempts_per_quarter_hour, _WINDOW_MINUTES)
        self._per_address = RateLimitItemPerMinute(
            settings.login_attempts_per_quarter_hour * _ADDRESS_FACTOR, _WINDOW_MINUTES
        )

    def sign(self, session: str, *, now: datetime) -> tuple[str, datetime]:
        """A token for the session and when it ends."""
        expires_at = now + self.token_lifetime
        claims = {"sid": session, "iat": _seconds(now), "exp": _seconds(expires_at)}
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM), expires_at

    def read(self, token: str, *, now: datetime) -> Claims:
        """What a token says. Raises NotAuthenticated unless it is ours and not expired at `now`."""
        options: Any = {"verify_exp": False, "verify_iat": False, "require": ["sid", "iat", "exp"]}
        try:
            found = jwt.decode(token, self._secret, algorithms=[_ALGORITHM], options=options)
            claims = Claims(
                session=str(found["sid"]),
                issued_at=datetime.fromtimestamp(int(found["iat"]), UTC),
                expires_at=datetime.fromtimestamp(int(found["exp"]), UTC),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
            raise NotAuthenticated from error
        if claims.expires_at <= now:
            raise NotAuthenticated
        return claims

    def set_cookie(self, response: Response, token: str) -> None:
        """Give the browser the token; scripts cannot read it, other sites cannot send it with a change."""
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(self.token_lifetime / timedelta(seconds=1)),
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def count_attempt(self, login: str, address: str) -> None:
        """Count an attempt to sign in. Raises TooManyAttempts when this login or address has had its share."""
        name = hashlib.sha256(login.encode()).hexdigest()
        allowed = self._limiter.hit(self._per_address, address) and self._limiter.hit(self._per_login, name, address)
        if not allowed:
            raise TooManyAttempts(_WINDOW_MINUTES * 60)

    def forget_attempts(self, login: str, address: str) -> None:
        """A login that succeeded starts anew."""
        self._limiter.clear(self._per_login, hashlib.sha256(login.encode()).hexdigest(), address)


def client_address(request: Request) -> str:
    """The address that the request came from; proxies are uvicorn's concern (--forwarded-allow-ips)."""
    return request.client.host if request.client else "unknown"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _token_of(request: Request) -> tuple[str, bool]:
    """The request's token, and whether it came as a cookie."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise NotAuthenticated
    return cookie, True


def require_same_site(request: Request, *, cookie_used: bool) -> None:
    """Refuse a change that a foreign page may have sent with the caller's cookie; raises CrossSiteRequest.

    It must carry X-ECC-Request (which needs CORS leave from other sites; none is given), or the browser must say that
    it comes from this very origin.
    """
    if not cookie_used or request.method in _SAFE_METHODS or CHANGE_HEADER in request.headers:
        return
    if request.headers.get("sec-fetch-site") == "same-origin":
        return
    origin = request.headers.get("origin")
    if origin is None or origin.partition("://")[2] != request.headers.get("host"):
        raise CrossSiteRequest


async def authenticate(request: Request, conn: Connection, *, now: datetime) -> Caller:
    """The caller of this request, with the transaction of `conn` put into the caller's scope.

    A cookie past half of its life is renewed with the answer. Raises NotAuthenticated or CrossSiteRequest.
    """
    sessions: Sessions = request.app.state.sessions
    token, is_cookie = _token_of(request)
    require_same_site(request, cookie_used=is_cookie)
    claims = sessions.read(token, now=now)
    caller = await users.find_caller(conn, claims.session_hash, now=now)
    if caller is None:
        raise NotAuthenticated
    request.state.session_ends_at = claims.expires_at
    if is_cookie and claims.expires_at - now < sessions.token_lifetime / 2:
        request.state.renewed_token, request.state.session_ends_at = sessions.sign(claims.session, now=now)
    return caller


async def login(sessions: Sessions, pool: ReadPool, *, login: str, password: str, address: str, now: datetime) -> Grant:
    """Check a password and begin a session. Raises NotAuthenticated or TooManyAttempts.

    An unknown login costs the same time as a wrong password, so names cannot be guessed by the clock.
    """
    sessions.count_attempt(login, address)
    async with pool.transaction() as conn:
        user = await users.find_by_login(conn, login)
    known = await asyncio.to_thread(verify_password, password, user.password_hash if user else None)
    if user is None or not known:
        raise NotAuthenticated
    sessions.forget_attempts(login, address)
    session = secrets.token_urlsafe(32)
    digest = hashlib.sha256(session.encode()).digest()
    async with pool.transaction() as conn:
        await users.insert_session(
            conn, digest, user_id=user.user_id, at=now, expires_at=now + sessions.session_lifetime
        )
        caller = await users.find_caller(conn, digest, now=now)
    if caller is None:
        raise NotAuthenticated
    token, expires_at = sessions.sign(session, now=now)
    return Grant(token=token, expires_at=expires_at, caller=caller)


async def logout(sessions: Sessions, pool: ReadPool, request: Request) -> None:
    """End the request's session, if it has one that still is."""
    try:
        token, _ = _token_of(request)
        claims = sessions.read(token, now=datetime.min.replace(tzinfo=UTC))
    except NotAuthenticated:
        return
    async with pool.transaction() as conn:
        await users.delete_session(conn, claims.session_hash)
