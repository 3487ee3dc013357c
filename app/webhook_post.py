"""Posting to a receiver that nobody trusts: its address is checked and pinned, its answer bounded in time and size."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from usecases.pinned_connections import PinnedBackend
from usecases.webhook_addresses import AddressRefused

WITHIN_S = 10.0  # for everything: name, connection, request, answer
MOST_READ = 64 * 1024  # bytes of an answer; what comes behind them is not waited for
SHOWN = 1000  # characters of it in the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request. `status` None: no answer, for the reason in `error`."""

    status: int | None
    error: str | None
    latency_ms: int
    text: str = ""


class Post:
    """Connections to receivers. `backend`: how names are looked up and connected to, unless as usual."""

    def __init__(
        self,
        *,
        allow_private: bool,
        within_s: float = WITHIN_S,
        trusted: ssl.SSLContext | None = None,
        backend: PinnedBackend | None = None,
    ) -> None:
        self._within_s = within_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted or ssl.create_default_context(),
            max_connections=100,
            max_keepalive_connections=50,
            keepalive_expiry=30.0,
            http1=True,
            network_backend=backend or PinnedBackend(allow_private=allow_private),
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
