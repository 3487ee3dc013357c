"""The sender's part for webhooks, and short words for what tests do with it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from app.webhook_post import Post
from app.webhooks import Courier
from tests.receivers import plain

FAILING = plain(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops")


@asynccontextmanager
async def sender(database, *, within_s=1.0, allow_private=True):
    """The sender's part for webhooks, as its role."""
    post = Post(allow_private=allow_private, within_s=within_s)
    task = asyncio.create_task(Courier(database.url("ecc_sender"), post).work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        await post.close()


async def make(http, url, **members):
    answer = await http.post("/api/v1/webhooks", json={"url": url, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def state_of(http, made):
    return (await http.get(f"/api/v1/webhooks/{made['id']}")).json()


async def becomes(http, made, within_s=30.0, **members):
    """Wait until the webhook shows these members."""
    async with asyncio.timeout(within_s):
        while True:
            found = await state_of(http, made)
            if all(found[name] == value for name, value in members.items()):
                return found
            await asyncio.sleep(0.05)
