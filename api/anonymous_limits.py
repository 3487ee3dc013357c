"""How many requests one address may make a minute without being signed in: the public endpoints, and what is refused
for want of credentials, whatever was shown instead of them."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problem_answers
from api.identity.authentication import Credential, credential_of
from api.identity.oauth import TOKEN_PATH, OAuthProblem
from api.policy import ENDPOINTS, PUBLIC
from api.problems import TABLE
from api.rate_limits import Cost, RateLimits, Standing
from api.sessions import Sessions
from api.settings import ApiSettings
from fleet.errors import NotAuthenticated
from usecases.client_secrets import hash_of_secret, is_well_formed

_SIGNED_BELOW: Final = ("/api/", "/aemp/")
_SEGMENTS: Final = 4  # of 16 bits: whoever has an IPv6 address has its network of 64 bits
_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]{43}", re.ASCII)  # a JSON Web Token with a signature of 256 bits
_KEPT: Final = 10_000  # credentials


def _public() -> re.Pattern[str]:
    """Matches `METHOD path` of what nobody need be signed in for."""
    endpoints = ["GET /openapi.json", *(endpoint for endpoint, rule in ENDPOINTS.items() if rule is PUBLIC)]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(endpoint)) for endpoint in endpoints))


def network_of(address: str) -> str:
    """What an address is counted as: itself, or its network of 64 bits (IPv6); whatever is no address as one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ":".join(found.exploded.split(":")[:_SEGMENTS]))


class Judged:
    """What became of credentials in this process: keys that were good, and tokens of ours that were refused.

    By these an address that is refused otherwise goes on serving whoever is signed in there. A key has no signature to
    know it by, so it counts once it was good; a token counts until its session turned out to have ended.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._keys: OrderedDict[bytes, None] = OrderedDict()
        self._refused: OrderedDict[bytes, None] = OrderedDict()

    def is_good(self, credential: Credential) -> bool:
        """True when a credential is worth asking the database about."""
        digest = hash_of_secret(credential.text)
        if credential.is_key:
            return digest in self._keys
        return digest not in self._refused and self._sessions.is_signed(credential.text)

    def note(self, credential: Credential, *, was_good: bool) -> None:
        """Keep what the database said about a credential."""
        digest = hash_of_secret(credential.text)
        if credential.is_key:
            _keep(self._keys, digest, is_in=was_good)
        else:
            _keep(self._refused, digest, is_in=not was_good)


def _keep(digests: OrderedDict[bytes, None], digest: bytes, *, is_in: bool) -> None:
    digests.pop(digest, None)
    if is_in:
        digests[digest] = None
        if len(digests) > _KEPT:
            digests.popitem(last=False)


class AnonymousLimits:
    """ASGI middleware: 429 for an address that asks too often; every answer to a stranger tells where it stands.

    A stranger is whoever asks a public endpoint, or shows nothing that has the form of a credential, and is counted
    before the request is looked at. Whoever shows something is counted when it is refused (401).
    """

    def __init__(self, app: ASGIApp, *, settings: ApiSettings) -> None:
        self._app = app
        allowed: Mapping[Cost, int] = {
            Cost.READ: settings.anonymous_reads_per_minute,
            Cost.WRITE: settings.anonymous_writes_per_minute,
        }
        self._limits = RateLimits(allowed)
        self._public = _public()
        self._judged = Judged(Sessions(settings))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request if it is a stranger's or refused, and pass it on unless it is one too many."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        cost = Cost.READ if request.method in {"GET", "OPTIONS"} else Cost.WRITE
        address = network_of(request.client.host) if request.client else "unknown"
        credential = _credential(request)
        if self._is_strangers(scope, credential):
            may_go_on, standing = self._limits.hit(address, cost)
            request.state.rate_standing = standing
            if not may_go_on and standing is not None:
                await _refuse(request, standing)(scope, receive, send)
            else:
                await self._app(scope, receive, send)
            return
        standing = self._limits.standing(address, cost)
        if credential and standing and not standing.remaining and not self._judged.is_good(credential):
            request.state.rate_standing = standing
            await _refuse(request, standing)(scope, receive, send)
            return

        async def send_counted(message: Message) -> None:
            if credential and message["type"] == "http.response.start":
                self._count(request, credential, message["status"], (address, cost))
            await send(message)

        await self._app(scope, receive, send_counted)

    def _count(self, request: Request, credential: Credential, status: int, place: tuple[str, Cost]) -> None:
        """Count the request if its credential was refused, and learn from it if the database was asked."""
        if status == HTTPStatus.UNAUTHORIZED:
            _, request.state.rate_standing = self._limits.hit(*place)
            if getattr(request.state, "session_ends_at", None) is not None:
                self._judged.note(credential, was_good=False)
        elif credential.is_key and getattr(request.state, "secret_id", None) is not None:
            self._judged.note(credential, was_good=True)

    def _is_strangers(self, scope: Scope, credential: Credential | None) -> bool:
        """True for a public endpoint, and where credentials are needed and nothing has their form."""
        path: str = scope["path"]
        if self._public.fullmatch(f"{scope['method']} {path}"):
            return True
        return credential is None and path.startswith(_SIGNED_BELOW)


def _credential(request: Request) -> Credential | None:
    """What the request shows, if it has the form of a key or of a token of ours."""
    try:
        credential = credential_of(request)
    except NotAuthenticated:
        return None
    is_formed = is_well_formed(credential.text) if credential.is_key else _TOKEN.fullmatch(credential.text) is not None
    return credential if is_formed else None


def _refuse(request: Request, standing: Standing) -> ASGIApp:
    headers = {"Retry-After": str(standing.reset_s)}
    if request.url.path == TOKEN_PATH:
        return OAuthProblem("temporarily_unavailable", TABLE["rate_limited"].en, status=429, headers=headers).answer()
    return problem_answers.answer(request, "rate_limited", headers=headers)
