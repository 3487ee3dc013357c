"""Asking a server that may be anything: bounded in time, size and number, never sent elsewhere with a token."""

import asyncio
import base64
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urljoin, urlsplit

import httpx

XML = "application/xml"
JSON = "application/json"
_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a check goes."""

    answer_bytes: int = 20_000_000
    answer_s: float = 30.0
    requests: int = 2_000
    pages: int = 50
    wait_s: float = 120.0  # for 429s in all
    pause_s: float = 0.05  # between requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How to sign in: a token; a client's secret or a person's login, at `token_url`; or a login with each request."""

    token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token_url: str | None = None


class Stopped(Exception):
    """The server cannot be asked any further. `key` is the check that says why."""

    def __init__(self, key: str, where: str, said: str) -> None:
        self.key, self.where, self.said = key, where, said
        super().__init__(f"{where}: {said}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def media_type(self) -> str:
        """The type without its parameters, in lower case."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


class Fetcher:
    """Requests to one server. Raises Stopped when an answer breaks a limit or the line breaks off."""

    def __init__(
        self, base_url: str, credentials: Credentials, limits: Limits, *, throttled: Callable[[str], None]
    ) -> None:
        self.base = base_url.rstrip("/")
        self.origin = origin_of(base_url)
        self._credentials = credentials
        self._limits = limits
        self._throttled = throttled  # told of each 429 without Retry-After
        self._left = limits.requests
        self._wait_left = limits.wait_s
        timeout = httpx.Timeout(min(10.0, limits.answer_s))
        self._client = httpx.AsyncClient(
            timeout=timeout, follow_redirects=False, verify=_tls(), headers={"user-agent": "ecc-aemp-check"}
        )
        self._authorization: str | None = None

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def sign_in(self) -> None:
        """Get a token where one has to be got. Raises Stopped when that does not work."""
        given = self._credentials
        if given.token is not None:
            self._authorization = f"Bearer {given.token}"
        elif given.token_url is not None:
            self._authorization = f"Bearer {await self._token(given, given.token_url)}"
        elif given.user is not None:
            self._authorization = _basic(given.user, given.password)

    async def _token(self, given: Credentials, token_url: str) -> str:
        form = {"grant_type": "client_credentials"}
        if given.user is not None:
            form = {"grant_type": "password", "username": given.user, "password": given.password or ""}
        headers = {"accept": JSON}
        if given.client_id is not None:
            headers["authorization"] = _basic(given.client_id, given.client_secret)
        answer = await self._send(self._client.build_request("POST", token_url, data=form, headers=headers))
        try:
            token = httpx.Response(answer.status, content=answer.body).json()["access_token"]
        except (ValueError, KeyError, TypeError):
            token = None
        if answer.status != 200 or not isinstance(token, str):
            raise Stopped("answers", token_url, f"HTTP {answer.status}: no access_token")
        return token

    async def get(self, url: str, *, accept: str | None = XML, signed: bool = True) -> Answer:
        """One GET of an address below this server; waits when it is told to. Follows redirects on the same origin."""
        for _ in range(_REDIRECTS + 1):
            answer = await self._patient(url, accept, signed=signed)
            target = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or target is None:
                return answer
            target = urljoin(url, target)
            if origin_of(target) != self.origin:
                raise Stopped("redirect", url, f"-> {target}")
            url = target
        raise Stopped("redirect", url, f"more than {_REDIRECTS} redirects")

    async def _patient(self, url: str, accept: str | None, *, signed: bool) -> Answer:
        while True:
            headers = {"accept": accept} if accept else {}
            if signed and self._authorization is not None:
                headers["authorization"] = self._authorization
            answer = await self._send(self._client.build_request("GET", url, headers=headers))
            if answer.status != 429:
                return answer
            wait_s = self._asked_to_wait(answer)
            self._wait_left -= wait_s
            if self._wait_left < 0:
                raise Stopped("bounded", url, f"429, Retry-After {answer.headers.get('retry-after')}")
            await asyncio.sleep(wait_s)

    def _asked_to_wait(self, answer: Answer) -> float:
        said = answer.headers.get("retry-after", "")
        if said.isascii() and said.isdecimal() and len(said) < 9:
            return max(1.0, float(said))
        self._throttled(answer.url)
        return 30.0

    async def _send(self, request: httpx.Request) -> Answer:
        url = str(request.url)
        self._left -= 1
        if self._left < 0:
            raise Stopped("bounded", url, f"more than {self._limits.requests} requests")
        await asyncio.sleep(self._limits.pause_s)
        request.headers["accept-encoding"] = "gzip"
        try:
            async with asyncio.timeout(self._limits.answer_s):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._body(response, url)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise Stopped("bounded", url, f"not ended after {self._limits.answer_s:g} s") from error
        except httpx.TimeoutException as error:
            raise Stopped("bounded", url, f"silent for {self._client.timeout.read:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            raise Stopped("answers", url, f"{type(error).__name__}: {error}") from error
        return Answer(url, response.status_code, response.headers, body)

    async def _body(self, response: httpx.Response, url: str) -> bytes:
        """The body, unpacked by ourselves: one packed chunk may hold gigabytes."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", ""}:
            raise Stopped("bounded", url, f"Content-Encoding {encoding}, which was not asked for")
        unpack = zlib.decompressobj(31) if encoding == "gzip" else None
        limit, kept = self._limits.answer_bytes, bytearray()
        async for chunk in response.aiter_raw(65_536):
            kept += unpack.decompress(chunk, limit - len(kept) + 1) if unpack else chunk
            if len(kept) > limit:
                raise Stopped("bounded", url, f"more than {limit} bytes")
        return bytes(kept)


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _basic(name: str, secret: str | None) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret or ''}".encode()).decode()


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address; ("", "", None) of one that is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None
