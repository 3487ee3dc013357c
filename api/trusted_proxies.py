"""Where a request came from, as trusted proxies say it."""

from ipaddress import ip_address
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_PEER = "ecc_peer"


class TrustedProxies:
    """ASGI middleware: the address and the scheme that a trusted proxy's X-Forwarded-For and -Proto say.

    A proxy may pass on what its client wrote there. What is no address is not taken for one: the request then comes
    from the proxy.
    """

    def __init__(self, app: ASGIApp, *, proxies: list[str]) -> None:
        self._app = app
        # cast: uvicorn's types of ASGI are its own, Starlette's are dictionaries of the same
        self._believing = ProxyHeadersMiddleware(cast(Any, self._checked), trusted_hosts=proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as it was before the proxy."""
        scope[_PEER] = scope.get("client")
        await self._believing(cast(Any, scope), cast(Any, receive), cast(Any, send))

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and not _is_address(client[0]):
            scope["client"] = scope[_PEER]
        await self._app(scope, receive, send)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
