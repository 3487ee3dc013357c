"""The publisher: raw sockets, packets encoded before the clock starts, QoS 1 with a window, as little CPU as possible.

python -m bench.generator   # one line of JSON (Order) on stdin, then "go"; answers "ready", then one line of JSON
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.load import Load, Stream, encode
from bench.packets import V5, AckCounter, connect, receive_maximum

TICK_S = 0.002
CHUNK = 1 << 18
STALLED_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to send, where, and how fast. rate: messages per second over all connections; None: as fast as it goes.

    nice: how far it gives way to the platform, on whose cores machines would not be.
    """

    host: str
    port: int
    load: Load
    rate: float | None = None
    connections: int = 4
    window: int = 5_000
    version: int = V5
    nice: int = 0

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Order:
        """The order of a line."""
        fields: dict[str, Any] = json.loads(line)
        return cls(**(fields | {"load": Load(**fields["load"])}))


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What was sent. Times are time.time() seconds; behind_s: how far the offered rate was ever missed."""

    messages: int
    first_at: float
    last_ack_at: float
    cpu_s: float
    bytes_per_message: float
    behind_s: float


class Publisher:
    """One connection and its place in its stream."""

    def __init__(self, order: Order, stream: Stream, name: str) -> None:
        self._socket = socket.create_connection((order.host, order.port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._socket.sendall(connect(name, order.version))
        self._window = min(order.window, receive_maximum(self._socket.recv(512), order.version))
        self._socket.setblocking(False)
        self._blob = memoryview(stream.blob)
        self._ends = stream.ends
        self._acks = AckCounter()
        self._sent_bytes = 0
        self.total = len(stream.ends)
        self.sent = 0  # messages given to the kernel as a whole

    @property
    def is_done(self) -> bool:
        """Everything is sent and acknowledged by the broker."""
        return self._acks.count == self.total

    def step(self, allowed: int) -> bool:
        """Count acknowledgements, then send up to message `allowed` and the window; True when something moved."""
        before = (self._acks.count, self._sent_bytes)
        try:
            data = self._socket.recv(CHUNK)
            if not data:
                raise ConnectionError("the broker closed the connection")
            self._acks.feed(data)
        except BlockingIOError:
            pass
        target = min(allowed, self._acks.count + self._window, self.total)
        end = int(self._ends[target - 1]) if target else 0
        if end > self._sent_bytes:
            with contextlib.suppress(BlockingIOError):
                self._sent_bytes += self._socket.send(self._blob[self._sent_bytes : min(end, self._sent_bytes + CHUNK)])
            self.sent = int(self._ends.searchsorted(self._sent_bytes, side="right"))
        return before != (self._acks.count, self._sent_bytes)

    def close(self) -> None:
        """Leave without ceremony."""
        self._socket.close()


def publish(order: Order, publishers: list[Publisher]) -> Sent:
    """Send everything; returns when the broker has acknowledged all of it. Raises TimeoutError when it stops moving."""
    gc.disable()
    cpu = time.process_time()
    started, first_at = time.perf_counter(), time.time()
    moved_at, behind, share = started, 0.0, 1 / len(publishers)
    total = sum(p.total for p in publishers)
    while not all(p.is_done for p in publishers):
        now = time.perf_counter()
        due = total if order.rate is None else min(int((now - started) * order.rate) + 1, total)
        # the closing rows go out with the last ordinary message
        due = total if due >= order.load.messages else due
        moved = [p.step(int(due * share) + 1) for p in publishers]
        if any(moved):
            moved_at = now
        elif now - moved_at > STALLED_S:
            raise TimeoutError("the broker takes no more messages")
        if order.rate is not None:
            behind = max(behind, (due - sum(p.sent for p in publishers) - len(publishers)) / order.rate)
        time.sleep(TICK_S)
    size = sum(len(p._blob) for p in publishers) / total
    return Sent(
        messages=total,
        first_at=first_at,
        last_ack_at=time.time(),
        cpu_s=time.process_time() - cpu,
        bytes_per_message=size,
        behind_s=behind,
    )


def give_way(nice: int) -> None:
    """Be nice to every process, not only to those of this session: Linux shares the cores between sessions first
    (sched(7), autogroup)."""
    os.setsid()
    os.nice(nice)
    with contextlib.suppress(OSError):  # a kernel without autogroups
        Path("/proc/self/autogroup").write_text(str(nice), encoding="ascii")


def main() -> None:
    """Build, say ready, wait for go, publish, report."""
    order = Order.from_json(sys.stdin.readline())
    if order.nice:
        give_way(order.nice)
    streams = [encode(order.load, c, order.connections, order.version) for c in range(order.connections)]
    publishers = [Publisher(order, stream, f"bench-load-{n}") for n, stream in enumerate(streams)]
    print("ready", flush=True)
    if sys.stdin.readline().strip() != "go":
        return
    sent = publish(order, publishers)
    for publisher in publishers:
        publisher.close()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(asdict(sent) | {"peak_mb": peak_mb}), flush=True)


if __name__ == "__main__":
    main()
