"""Posting to a receiver that nobody trusts: its address is checked and pinned, its answer bounded in time and size."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpcore

from usecases.webhook_addresses import AddressRefused, is_public

WITHIN_S = 10.0  # for everything: name, connection, request, answer
MOST_READ = 64 * 1024  # bytes of an answer; what comes behind them is not waited for
SHOWN = 1000  # characters of it in the log
SocketOptions = Iterable[httpcore.SOCKET_OPTION]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request. `status` None: no answer, for the reason in `error`."""

    status: int | None
    error: str | None
    latency_ms: int
    text: str = ""


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were checked, so that a name cannot point elsewhere in between."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the name up, refuse it when any of its addresses is not public, connect to the first that answers.

        Raises AddressRefused, and ConnectError.
        """
        failed: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError("the name has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"the name cannot be looked up: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
        if not self._allow_private and not all(is_public(ipaddress.ip_address(address)) for address in addresses):
            raise AddressRefused
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        """See AsyncNetworkBackend."""
        await asyncio.sleep(seconds)


class Post:
    """Connections to receivers."""

    def __init__(
        self, *, allow_private: bool, within_s: float = WITHIN_S, trusted: ssl.SSLContext | None = None
    ) -> None:
        self._within_s = within_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted or ssl.create_default_context(),
            max_connections=100,
            max_keepalive_connections=50,
            keepalive_expiry=30.0,
            http1=True,
            network_backend=PinnedBackend(allow_private=allow_private),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST the body once; no redirect is followed. Never raises but CancelledError: what went wrong is told."""
        began = time.monotonic()
        status, error, text = None, None, ""
        try:
            async with asyncio.timeout(self._within_s):
                status, text = await self._exchange(url, headers, body)
        except TimeoutError:
            error = f"no complete answer within {self._within_s:g} s"
        except AddressRefused:
            error = "the address is private, local or reserved"
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as failure:
            error = f"{type(failure).__name__}: {failure}"[:300]
        except (httpcore.UnsupportedProtocol, ssl.SSLError, OSError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"[:300]
        if status is not None and 300 <= status < 400:
            error = "redirects are not followed"
        return Answer(status=status, error=error, latency_ms=round((time.monotonic() - began) * 1e3), text=text)

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        read = b""
        async with self._pool.stream("POST", url, headers=list(headers.items()), content=body) as answer:
            async for part in answer.aiter_stream():
                read += part[: MOST_READ - len(read)]
                if len(read) >= MOST_READ:
                    break  # leaving closes the connection: nobody waits for the rest
        return answer.status, read.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[:SHOWN]
