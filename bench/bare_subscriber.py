"""A stock gmqtt subscriber that only counts and acknowledges: what any gateway on gmqtt could reach at best.

python -m bench.bare_subscriber   # one line of JSON (Order) on stdin; answers "ready", then one line of JSON
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import uvloop
from gmqtt import Client

SUBSCRIPTION = "ecc/v1/+/telemetry"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to wait for; the limits are the gateway's."""

    host: str
    port: int
    messages: int
    receive_maximum: int
    session_expiry_s: int

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What came: the time of the last message (time.time() seconds) and the CPU time it took."""

    messages: int
    last_at: float
    cpu_s: float


async def count(order: Order) -> Counted:
    """Count `order.messages` messages; gmqtt acknowledges each."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    subscribed: asyncio.Future[None] = loop.create_future()
    seen = 0

    def on_message(_client: Client, _topic: str, _payload: bytes, _qos: int, _properties: dict[str, Any]) -> int:
        nonlocal seen
        seen += 1
        if seen == order.messages:
            done.set_result(None)
        return 0

    client = Client(
        "bench-bare",
        clean_session=True,
        receive_maximum=order.receive_maximum,
        session_expiry_interval=order.session_expiry_s,
    )
    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.set_result(None)
    await client.connect(order.host, order.port, keepalive=60)
    client.subscribe(SUBSCRIPTION, qos=1)
    await subscribed
    cpu = time.process_time()
    print("ready", flush=True)
    await done
    last_at = time.time()
    used = time.process_time() - cpu
    await client.disconnect(session_expiry_interval=0)
    return Counted(messages=seen, last_at=last_at, cpu_s=used)


def main() -> None:
    """Count and report."""
    order = Order(**json.loads(sys.stdin.readline()))
    counted = uvloop.run(count(order))
    print(json.dumps(asdict(counted)), flush=True)


if __name__ == "__main__":
    main()
