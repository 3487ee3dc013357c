"""How a client says who it is: a key, OAuth 2 client credentials, or login and password."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from ecc_client.errors import BadAnswer, NotSignedIn, ProblemError, problem_of

MARGIN_S = 30.0  # a token is renewed this long before its end, or at half its life when that is shorter


class AsyncCredentials(Protocol):
    """Headers for a request, and a word that they were refused."""

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:
        """What a request carries."""
        ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Whether other headers can be had, now that these were refused."""
        ...


class AsyncApiKey:
    """An API key, as it was shown when the client was made."""

    def __init__(self, key: str) -> None:
        self._headers = {"X-API-Key": key}

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:
        """The key."""
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> bool:
        """No: there is only this key."""
        return False


class AsyncTokens:
    """Access tokens, kept until shortly before their end; one request at a time fetches a new one."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._until_s = 0.0

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:
        """The token, a new one where needed."""
        async with self._lock:
            if self._token is None or time.monotonic() >= self._until_s:
                self._token, lifetime_s = await self._fetch(http)
                self._until_s = time.monotonic() + lifetime_s - min(MARGIN_S, lifetime_s / 2)
            return {"Authorization": f"Bearer {self._token}"}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Yes; the token is forgotten, unless it was exchanged meanwhile."""
        if headers.get("Authorization") == f"Bearer {self._token}":
            self._token = None
        return True

    async def _fetch(self, http: httpx.AsyncClient) -> tuple[str, float]:
        """A new token and the seconds that it lives."""
        raise NotImplementedError


class AsyncClientCredentials(AsyncTokens):
    """OAuth 2 client credentials (RFC 6749, 4.4)."""

    def __init__(self, client_id: str, client_secret: str, scopes: Sequence[str] | None) -> None:
        super().__init__()
        self._login = httpx.BasicAuth(client_id, client_secret)
        self._form = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})

    async def _fetch(self, http: httpx.AsyncClient) -> tuple[str, float]:
        answer = await http.post("/oauth/token", data=self._form, auth=self._login)
        told = _told(answer)
        return str(told["access_token"]), float(told["expires_in"])


class AsyncPassword(AsyncTokens):
    """A person's login and password: asked for once, then refresh tokens, each of which serves once."""

    def __init__(self, login: str, password: str) -> None:
        super().__init__()
        self._credentials = {"login": login, "password": password}
        self._refresh_token: str | None = None

    async def _fetch(self, http: httpx.AsyncClient) -> tuple[str, float]:
        told = await self._refreshed(http) or _told(await http.post("/api/v1/auth/login", json=self._credentials))
        self._refresh_token = told["refresh_token"]
        ends_at = datetime.fromisoformat(told["expires_at"])
        return str(told["token"]), max(1.0, (ends_at - datetime.now(UTC)).total_seconds())

    async def _refreshed(self, http: httpx.AsyncClient) -> Mapping[str, Any] | None:
        """A new pair of tokens for the refresh token; None without one, or when its session is over."""
        if self._refresh_token is None:
            return None
        body, self._refresh_token = {"refresh_token": self._refresh_token}, None
        try:
            return _told(await http.post("/api/v1/auth/refresh", json=body))
        except NotSignedIn:
            return None


def _told(answer: httpx.Response) -> Mapping[str, Any]:
    if answer.status_code >= 400:
        problem = problem_of(answer)
        raise NotSignedIn(401, {"code": problem.code, "detail": problem.detail}) if _is_refusal(problem) else problem
    try:
        told: Mapping[str, Any] = answer.json()
    except ValueError as error:
        raise BadAnswer("The answer with the token cannot be read.") from error
    return told


def _is_refusal(problem: ProblemError) -> bool:
    return problem.code == "invalid_client"
