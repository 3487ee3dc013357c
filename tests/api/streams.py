"""A client of the live stream that reads frames from a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from api.connection import LineProtocol


@dataclass(frozen=True)
class Seen:
    """One frame as it came."""

    event: str
    data: dict
    id: str | None


class Stream:
    """An open stream; a task of its own reads it all the while."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.comments = 0
        self._frames: asyncio.Queue[Seen | None] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Read no more."""
        self._reading.cancel()
        await asyncio.wait({self._reading})

    async def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            async for line in self.response.aiter_lines():
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    self._frames.put_nowait(Seen(fields["event"], json.loads(fields["data"]), fields.get("id")))
                    fields = {}
        except httpx.TransportError:
            pass
        self._frames.put_nowait(None)

    async def next(self, *, within_s: float = 30.0) -> Seen:
        async with asyncio.timeout(within_s):
            return await self._frame()

    async def _frame(self) -> Seen:
        seen = await self._frames.get()
        if seen is None:
            self._frames.put_nowait(None)
            raise EOFError
        return seen

    async def until(self, event: str, *, within_s: float = 30.0) -> Seen:
        """The next frame of this event; others are passed over."""
        async with asyncio.timeout(within_s):
            while True:
                if (seen := await self._frame()).event == event:
                    return seen

    async def all_for(self, seconds: float) -> list[Seen]:
        """What comes in this time."""
        await asyncio.sleep(seconds)
        found: list[Seen] = []
        while not self._frames.empty() and (seen := self._frames.get_nowait()) is not None:
            found.append(seen)
        return found


@asynccontextmanager
async def stream(url: str, token: str, *, last_event_id: str | None = None, **parameters: str) -> AsyncIterator[Stream]:
    headers = {"authorization": f"Bearer {token}"} | ({"last-event-id": last_event_id} if last_event_id else {})
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http,
        http.stream("GET", "/api/v1/live", params=parameters) as response,
    ):
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        opened = Stream(response)
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def served(app) -> AsyncIterator[str]:
    """The application on a free port of the loopback."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=LineProtocol, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # in a thread there are none
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        app.state.live.close()
        server.should_exit = True
        await task
