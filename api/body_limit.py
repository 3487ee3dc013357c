"""No request body beyond the limit is read into memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOO_LARGE = 413


class BodyLimit:
    """ASGI middleware: a body that says it is too large, or turns out to be, is refused with 413."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its bytes as they are read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left = self._max_bytes

        async def receive_counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(_TOO_LARGE)
            return message

        await self._app(scope, receive_counted, send)
