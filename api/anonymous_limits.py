"""How many requests one address may make a minute without being signed in: the public endpoints, and what is refused
for want of credentials."""

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problem_answers
from api.policy import ENDPOINTS, PUBLIC
from api.rate_limits import Cost, RateLimits
from api.settings import ApiSettings

_CREDENTIALS: Final = frozenset({b"authorization", b"cookie", b"x-api-key"})
_SIGNED_BELOW: Final = ("/api/", "/aemp/")
_SEGMENTS: Final = 4  # of 16 bits: whoever has an IPv6 address has its network of 64 bits


def _public() -> re.Pattern[str]:
    """Matches `METHOD path` of what nobody need be signed in for."""
    endpoints = ["GET /openapi.json", *(endpoint for endpoint, rule in ENDPOINTS.items() if rule is PUBLIC)]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(endpoint)) for endpoint in endpoints))


def network_of(address: str) -> str:
    """What an address is counted as: itself, or its network of 64 bits (IPv6)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ":".join(found.exploded.split(":")[:_SEGMENTS]))


class AnonymousLimits:
    """ASGI middleware: 429 for an address that asks too often; every answer to a stranger tells where it stands."""

    def __init__(self, app: ASGIApp, *, settings: ApiSettings) -> None:
        self._app = app
        allowed: Mapping[Cost, int] = {
            Cost.READ: settings.anonymous_reads_per_minute,
            Cost.WRITE: settings.anonymous_writes_per_minute,
        }
        self._limits = RateLimits(allowed)
        self._public = _public()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request if it is a stranger's, and pass it on unless it is one too many."""
        if scope["type"] == "http" and self._is_strangers(scope):
            request = Request(scope)
            cost = Cost.READ if request.method in {"GET", "HEAD", "OPTIONS"} else Cost.WRITE
            address = network_of(request.client.host) if request.client else "unknown"
            may_go_on, standing = self._limits.hit(address, cost)
            request.state.rate_standing = standing
            if standing is not None and not may_go_on:
                headers = {"Retry-After": str(standing.reset_s)}
                await problem_answers.answer(request, "rate_limited", headers=headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_strangers(self, scope: Scope) -> bool:
        """True for a public endpoint, and where credentials are needed and there are none."""
        path: str = scope["path"]
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if self._public.fullmatch(f"{method} {path}"):
            return True
        return path.startswith(_SIGNED_BELOW) and _CREDENTIALS.isdisjoint(name for name, _ in scope["headers"])
