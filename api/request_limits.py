"""What is too large is refused before it is read or understood: headers, addresses, parameters and bodies."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problem_answers

MAX_HEADER_BYTES = 32 * 1024
MAX_QUERY_BYTES = 16 * 1024
MAX_PARAMETERS = 200
_IMPORTED = (
    *("organisations", "people", "sites", "geofences", "rosters"),
    *("machines", "models", "terminals", "transfers", "maintenance-plans"),
)
LARGER_BODIES: Mapping[str, int] = dict.fromkeys((f"/api/v1/{noun}/import" for noun in _IMPORTED), 8 * 1024 * 1024)
"""Paths that take more than the setting says: files to import; in bytes."""
_TOO_LARGE = 413


@dataclass(slots=True)
class BodySeen:
    """What has been read of a request's body, as `scope["ecc_body"]`."""

    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    length: int = 0
    complete: bool = False

    def add(self, message: Message) -> None:
        """Take one message of the body."""
        part = message.get("body", b"")
        self.digest.update(part)
        self.length += len(part)
        self.complete = not message.get("more_body", False)


class RequestLimits:
    """ASGI middleware: 413 for a body that says it is too large or turns out to be, 431 and 414 for what precedes."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting the bytes of its body as they are read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (code := self._refused(scope)) is not None:
            await problem_answers.answer(Request(scope), code)(scope, receive, send)
            return
        seen = scope["ecc_body"] = BodySeen()
        allowed = self._allowed(scope)

        async def receive_counted() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                seen.add(message)
            if seen.length > allowed:
                raise HTTPException(_TOO_LARGE)
            return message

        await self._app(scope, receive_counted, send)

    def _refused(self, scope: Scope) -> str | None:
        """The code of the problem with what comes before the body; None when there is none."""
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
            return "headers_too_large"
        query: bytes = scope["query_string"]
        if len(query) > MAX_QUERY_BYTES or query.count(b"&") >= MAX_PARAMETERS:
            return "address_too_long"
        length = Headers(scope=scope).get("content-length", "")
        return "payload_too_large" if length.isdecimal() and int(length[:20]) > self._allowed(scope) else None

    def _allowed(self, scope: Scope) -> int:
        return LARGER_BODIES.get(scope["path"], self._max_bytes)
