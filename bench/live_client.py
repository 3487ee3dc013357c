"""The live bench's other side: `python -m bench.live_client` holds many streams open and notes when which event came.

One line of JSON in: host, port and requests, the bytes to send on each connection. Says `ready` when all are open; on
`stop` writes one line an event and connection into the file `out`: connection, place, arrival (seconds since 1970).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

AT_ONCE = 50  # connections being opened
_ID, _EVENT = b"\nid: ", b"event: "


class Stream(asyncio.Protocol):
    """One connection; parses just enough to find the ids."""

    def __init__(self, number: int, request: bytes, heard: list[tuple[int, bytes, float]]) -> None:
        self._number, self._request, self._heard = number, request, heard
        self._rest = b""
        self.greeted = asyncio.get_running_loop().create_future()
        self.bytes = 0
        self.is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast(asyncio.Transport, transport).write(self._request)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        """Note every id that is complete."""
        now = time.time()
        self.bytes += len(data)
        data = self._rest + data if self._rest else data
        if not self.greeted.done():
            if not data.startswith(b"HTTP/1.1 200"):
                self.greeted.set_exception(RuntimeError(data[:300].decode(errors="replace")))
                return
            if _ID not in data or b"\n\n" not in data:
                self._rest = data
                return
            self.greeted.set_result(None)
        whole = data.rfind(b"\n\n")  # behind it: the beginning of a frame
        at = data.find(_ID, 0, whole)
        while at >= 0:
            end = data.find(b"\n", at + len(_ID))
            if not data.startswith(b"place", data.rfind(_EVENT, 0, at) + len(_EVENT)):  # not an entry's own
                self._heard.append((self._number, data[at + len(_ID) : end], now))
            at = data.find(_ID, end, whole)
        self._rest = data[whole + 1 :]

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has closed it."""
        self.is_over = True
        if not self.greeted.done():
            self.greeted.set_exception(exc or RuntimeError("closed before it was greeted"))


async def listen(order: dict[str, object]) -> None:
    """Open every stream, wait for the end, tell."""
    heard: list[tuple[int, bytes, float]] = []
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)
    streams: list[Stream] = []

    async def open_one(number: int, request: str) -> None:
        async with gate:
            _, stream = await loop.create_connection(
                lambda: Stream(number, request.encode(), heard), str(order["host"]), int(str(order["port"]))
            )
            streams.append(stream)
            await stream.greeted

    requests = order["requests"]
    assert isinstance(requests, list)
    await asyncio.gather(*(open_one(number, request) for number, request in enumerate(requests)))
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    lines = [f"{number} {place.decode()} {at:.6f}\n" for number, place, at in heard]
    await asyncio.to_thread(Path(str(order["out"])).write_text, "".join(lines))
    lost = sum(stream.is_over for stream in streams)
    say(json.dumps({"lost": lost, "bytes": sum(stream.bytes for stream in streams)}))


def say(line: str) -> None:
    """Tell the bench."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(listen(json.loads(sys.stdin.readline())))
