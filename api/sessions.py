"""Tokens and cookies: short signed access tokens, numbered refresh tokens, and the cookies that carry them."""

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt
from fastapi import Request, Response
from jwt.utils import base64url_decode, base64url_encode

from api.problems import CrossSiteRequest
from api.settings import ApiSettings
from fleet.errors import NotAuthenticated
from usecases.sign_in import OpenSession, hash_of
from usecases.sign_in_pace import Pace

COOKIE = "ecc_session"
REFRESH_COOKIE = "ecc_refresh"
REFRESH_PATH = "/api/v1/auth"
CHANGE_HEADER = "x-ecc-request"
_ALGORITHM = "HS256"
_KEPT = 10_000  # tokens that were found to be ours
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Purpose(StrEnum):
    """What a token is for. Each purpose has a key of its own, so that no token passes for another."""

    ACCESS = "access"
    REFRESH = "refresh"
    CLIENT = "client"
    COMPANY_LOGIN = "company login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token says: the session's secret name and when the token ends."""

    session: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshClaims:
    """What a refresh token says: the session's secret name and the token's number in it."""

    session: str
    generation: int


class Sessions:
    """Signs and reads the tokens of one API process, and sets its cookies."""

    def __init__(self, settings: ApiSettings) -> None:
        self._secret = settings.session_secret.encode()
        self._secure = settings.cookie_secure
        self.session_lifetime = settings.session_lifetime
        self.token_lifetime = settings.token_lifetime
        self.refresh_grace = settings.refresh_grace
        self.pace = Pace.of(settings.free_sign_in_attempts)
        self._signed: OrderedDict[bytes, None] = OrderedDict()  # by hash; a signature is checked once, its end always

    def seal(self, purpose: Purpose, claims: Mapping[str, Any], *, expires_at: datetime) -> str:
        """A token with these claims; the same claims always give the same token."""
        return jwt.encode({**claims, "exp": int(expires_at.timestamp())}, self._key(purpose), algorithm=_ALGORITHM)

    def open(self, purpose: Purpose, token: str, *, now: datetime | None) -> dict[str, Any]:
        """The claims of a token of this purpose. Raises NotAuthenticated unless it is ours and not expired at `now`.

        `now` None: expired ones too.
        """
        found = self._claims(purpose, token)
        if now is not None and found["exp"] <= now:
            raise NotAuthenticated
        return found

    def _claims(self, purpose: Purpose, token: str) -> dict[str, Any]:
        name = hash_of(f"{purpose} {token}")
        try:
            if name in self._signed:
                found: dict[str, Any] = json.loads(base64url_decode(token.split(".")[1]))
            else:
                options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp"]}
                found = jwt.decode(token, self._key(purpose), algorithms=[_ALGORITHM], options=options)
            found["exp"] = datetime.fromtimestamp(int(found["exp"]), UTC)
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
            raise NotAuthenticated from error
        self._signed[name] = None
        self._signed.move_to_end(name)
        if len(self._signed) > _KEPT:
            self._signed.popitem(last=False)
        return found

    def is_signed(self, token: str) -> bool:
        """True when a token is signed by us for access, a client's too, whenever it ends."""
        text, _, signature = token.rpartition(".")
        return any(
            hmac.compare_digest(
                signature.encode(), base64url_encode(hmac.digest(self._key(purpose), text.encode(), hashlib.sha256))
            )
            for purpose in (Purpose.ACCESS, Purpose.CLIENT)
        )

    def sign(self, session: str, *, now: datetime) -> tuple[str, datetime]:
        """An access token for the session of this name, and when it ends."""
        expires_at = now + self.token_lifetime
        claims = {"sid": session, "iat": int(now.timestamp())}
        return self.seal(Purpose.ACCESS, claims, expires_at=expires_at), expires_at

    def sign_refresh(self, opened: OpenSession) -> str:
        """The session's refresh token of the generation in force."""
        claims = {"sid": opened.name, "gen": opened.generation}
        return self.seal(Purpose.REFRESH, claims, expires_at=opened.person.ends_at)

    def read(self, token: str, *, now: datetime | None) -> Claims:
        """What an access token says. Raises NotAuthenticated."""
        found = self.open(Purpose.ACCESS, token, now=now)
        return Claims(session=str(found.get("sid")), expires_at=found["exp"])

    def read_refresh(self, token: str, *, now: datetime | None) -> RefreshClaims:
        """What a refresh token says. Raises NotAuthenticated."""
        found = self.open(Purpose.REFRESH, token, now=now)
        return RefreshClaims(session=str(found.get("sid")), generation=int(found.get("gen", -1)))

    def set_cookies(self, response: Response, opened: OpenSession, *, now: datetime) -> None:
        """Give the browser both tokens; scripts cannot read them, other sites cannot send them with a change."""
        self.set_cookie(response, COOKIE, self.sign(opened.name, now=now)[0], lifetime=self.token_lifetime)
        left = opened.person.ends_at - now
        self.set_cookie(response, REFRESH_COOKIE, self.sign_refresh(opened), lifetime=left, path=REFRESH_PATH)

    def set_cookie(self, response: Response, name: str, value: str, *, lifetime: timedelta, path: str = "/") -> None:
        """One cookie of ours."""
        response.set_cookie(
            name,
            value,
            max_age=max(0, int(lifetime.total_seconds())),
            path=path,
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def clear_cookies(self, response: Response) -> None:
        """Let the browser forget both."""
        self.set_cookie(response, COOKIE, "", lifetime=timedelta())
        self.set_cookie(response, REFRESH_COOKIE, "", lifetime=timedelta(), path=REFRESH_PATH)

    def _key(self, purpose: Purpose) -> bytes:
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)


def session_named(request: Request, sessions: Sessions) -> str | None:
    """The secret name of the session that the request's tokens carry, expired ones too; None without any."""
    for token in (bearer_of(request), request.cookies.get(COOKIE)):
        with suppress(NotAuthenticated):
            if token:
                return sessions.read(token, now=None).session
    with suppress(NotAuthenticated):
        return sessions.read_refresh(request.cookies.get(REFRESH_COOKIE, ""), now=None).session
    return None


def bearer_of(request: Request) -> str | None:
    """The token of the Authorization header."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


def is_browser(request: Request) -> bool:
    """True for a browser's page: it keeps its refresh token in a cookie and is not told of it.

    Scripts cannot leave the first header out.
    """
    return "sec-fetch-site" in request.headers or CHANGE_HEADER in request.headers


def names_a_page(request: Request) -> bool:
    """True when the browser says of which page the request is; a program names none."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


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
