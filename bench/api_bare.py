"""What any request costs: uvicorn as the API runs it, one pooled connection and `SELECT 1`.

python -m bench.api_bare DATABASE_URL PORT
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from storage.pool import async_pool

Send = Callable[[dict[str, Any]], Awaitable[None]]
HEADERS = [(b"content-type", b"application/json")]


def application(url: str) -> Callable[..., Awaitable[None]]:
    """An ASGI application that answers everything with the result of `SELECT 1`."""
    pool = async_pool(url, application="ecc-bench-bare", size=2)

    async def answer(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await pool.open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        async with pool.connection() as conn, conn.transaction():
            row = await (await conn.execute("SELECT 1")).fetchone()
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b'{"one":%d}' % (row[0] if row else 0)})

    return answer


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
