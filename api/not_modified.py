"""A GET whose If-None-Match names the answer's ETag is answered 304, without the body."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OF_THE_BODY = ("content-length", "content-type", "content-encoding")


class NotModified:
    """ASGI middleware for whatever answers with an ETag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; leave the body of its answer out when the caller has it already."""
        known = Headers(scope=scope).get("if-none-match") if scope["type"] == "http" else None
        if known is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        is_known = False

        async def send_unless_known(message: Message) -> None:
            nonlocal is_known
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_known = message["status"] == 200 and _names(known, headers.get("etag"))
                if is_known:
                    message["status"] = 304
                    for name in _OF_THE_BODY:
                        del headers[name]
            elif is_known and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, send_unless_known)


def _names(known: str, etag: str | None) -> bool:
    """True when an If-None-Match header names the tag; weak and strong tags compare alike (RFC 9110, 13.1.2)."""
    if etag is None:
        return False
    return any(tag.strip().removeprefix("W/") in {etag.removeprefix("W/"), "*"} for tag in known.split(","))
