"""One attempt to send one notice: begun in a transaction, sent, ended in another.

A sender that dies in between leaves the attempt begun: its job is given back, the log says interrupted, and the notice
is sent once more with the same id. Nothing is tried for longer than a day.
"""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.channels.contract import Answer, Channel, Place, answered
from fleet.signals import Catalogue
from storage import notice_sending
from storage.notice_sending import Attempted, Claimed, Ending
from storage.read_pool import Connection
from usecases.write_notice import Written, write_notice

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
TRIED_FOR = timedelta(days=1)
Transaction = Callable[[], AbstractAsyncContextManager[Connection]]


@dataclass(slots=True, kw_only=True)
class Post:
    """What sending needs. `scale` shortens every pause, for tests; `address`: of the console."""

    transaction: Transaction
    channels: Mapping[str, Channel]
    catalogue: Catalogue
    address: str
    scale: float = 1.0


async def begin(post: Post, notice_id: int, *, job_id: int) -> Claimed | None:
    """Begin an attempt; None when there is nothing to do now."""
    now = datetime.now(UTC)
    async with post.transaction() as conn:
        again_at = now + SHORTEST_PAUSE * post.scale
        return await notice_sending.claim(conn, notice_id, job_id=job_id, again_at=again_at, now=now)


async def tried(post: Post, claimed: Claimed) -> tuple[Answer, Written | None]:
    """Write the notice and send it. Raises what the database raises, and what is our own fault."""
    channel = post.channels.get(claimed.channel)
    if channel is None or not channel.is_there:
        return answered("again", f"this platform is not set up for {claimed.channel}"), None
    if not claimed.is_active:
        return answered("refused", "the person is not active any more"), None
    async with post.transaction() as conn:
        place = await notice_sending.find_place(conn, claimed)
        if place is None:
            return answered("refused", "the person has no address for this channel any more"), None
        written = await write_notice(
            conn, claimed, catalogue=post.catalogue, address=post.address, now=datetime.now(UTC)
        )
    if written is None:
        return answered("refused", "what it told of is not kept any more"), None
    return await channel.send(written.message, Place(address=place[0], secret=place[1])), written


async def finish(post: Post, claimed: Claimed, answer: Answer, written: Written | None, *, began_s: float) -> Ending:
    """Record what became of the attempt; `began_s`: when, by the monotonic clock."""
    latency_ms, now = round((time.monotonic() - began_s) * 1e3), datetime.now(UTC)
    made = attempted(claimed, answer, written, latency_ms=latency_ms, scale=post.scale, now=now)
    async with post.transaction() as conn:
        await notice_sending.record(conn, claimed, made, now=now)
    return made.outcome


def attempted(
    claimed: Claimed, answer: Answer, written: Written | None, *, latency_ms: int, scale: float, now: datetime
) -> Attempted:
    """What follows from an answer: sent, dead, or again after 5 s, 10 s, 20 s ... 10 min (by chance up to a fifth
    more), until a day has passed since the first attempt."""
    subject, body = (written.subject, written.body) if written else ("", "")
    if answer.outcome != "again":
        outcome: Ending = "delivered" if answer.outcome == "delivered" else "refused"
        return Attempted(outcome=outcome, answer=answer.said, latency_ms=latency_ms, subject=subject, body=body)
    pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(claimed.attempt - 1, 20)) * scale * random.uniform(1, 1.2)
    if now + pause > claimed.since + TRIED_FOR * scale:
        return Attempted(outcome="given_up", answer=answer.said, latency_ms=latency_ms, subject=subject, body=body)
    return Attempted(outcome="retrying", answer=answer.said, latency_ms=latency_ms, again_at=now + pause)
