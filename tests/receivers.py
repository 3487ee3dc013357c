"""A real HTTP receiver on loopback that answers as it is told, and keeps what it got."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["ecc-event-id"]

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """What the documentation tells receivers to do."""
        parts = [part.split("=", 1) for part in self.headers["ecc-signature"].split(",")]
        at = next(value for name, value in parts if name == "t")
        wanted = hmac.new(secret.encode(), at.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return any(hmac.compare_digest(value, wanted) for name, value in parts if name == "v1")


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def plain(raw: bytes) -> Answer:
    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return answer


async def hanging(_: Received, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def dribbling(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@dataclass
class Receiver:
    """`answers` by path; anything else is taken with 200."""

    got: list[Received] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    port: int = 0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def events(self, path: str = "/") -> list[str]:
        return [one.event for one in self.got if one.path == path]

    async def until(self, count: int, path: str = "/", *, within_s: float = 30.0) -> list[Received]:
        """Wait for so many requests at a path."""
        async with asyncio.timeout(within_s):
            while len(self.events(path)) < count:  # noqa: ASYNC110 - requests come when they come
                await asyncio.sleep(0.02)
        return [one for one in self.got if one.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        try:
            await self._answer_all(reader, writer)
        finally:
            writer.transport.abort()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                received = Received(first.split(" ")[1], headers, body)
                self.got.append(received)
                answer = self.answers.get(received.path.partition("?")[0], plain(OK))
                await answer(received, writer)
                await writer.drain()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.serving:
            task.cancel()
        if receiver.serving:
            await asyncio.wait(receiver.serving)
        await asyncio.sleep(0)  # the lines close in the loop's next round
