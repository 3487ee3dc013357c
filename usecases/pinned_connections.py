"""Connections to servers that others name: the name is looked up once, checked, and the very address that was checked
is connected to, so that a name cannot point elsewhere in between. TLS and Host are those of the name."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import httpcore
import httpx

from usecases.webhook_addresses import AddressRefused, is_public

SocketOptions = Iterable[httpcore.SOCKET_OPTION]
LookUp: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system resolves it now. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were checked.

    `resolve`: how names are looked up, `network`: how addresses are connected to.
    """

    def __init__(
        self, *, allow_private: bool, resolve: LookUp = look_up, network: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._network = network or httpcore.AnyIOBackend()

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
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError("the name has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name cannot be looked up: {error}") from error
        addresses = list(dict.fromkeys(address.partition("%")[0] for address in found))
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


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError) as error:
        raise httpx.TransportError(f"{type(error).__name__}: {error}") from error


class _Body(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes], close: Callable[[], Awaitable[None]]) -> None:
        self._parts, self._close = parts, close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._parts:
                yield part

    async def aclose(self) -> None:
        await self._close()


class PinnedTransport(httpx.AsyncBaseTransport):
    """What httpx sends requests through over a PinnedBackend; proxies of the environment are not used.

    Raises AddressRefused, and TransportError for whatever goes wrong on the way to an answer.
    """

    def __init__(self, backend: PinnedBackend, *, trusted: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(ssl_context=trusted, network_backend=backend)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See AsyncBaseTransport."""
        assert isinstance(request.stream, httpx.AsyncByteStream)
        wire = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = await self._pool.handle_async_request(wire)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.aiter_stream(), answer.aclose))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()
