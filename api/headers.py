"""Headers of every answer: what browsers must not do with it, and request metrics."""

import time

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.console import API_POLICY, CONTENT_SECURITY_POLICY
from api.metrics import Metrics
from api.rate_limits import Standing

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=()",
}


class AnswerHeaders:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, secure: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add(scope, message)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.count_request(route, scope["method"], status, time.perf_counter() - began)

    def _add(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        html = headers.get("content-type", "").startswith("text/html")
        is_api = scope["path"].startswith("/api/")
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY if html or not is_api else API_POLICY)
        headers.setdefault("Cache-Control", "no-store")  # the console's files and pages about problems say otherwise
        if self._secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        state = Request(scope).state
        standing: Standing | None = getattr(state, "rate_standing", None)
        if standing is not None:
            headers.update(standing.headers)
