"""The machines' side of the kill test: sends the plan, and sends again until the commit ack covers it.

    python -m tests.faults.publisher   # one line of JSON, then numbers: how many messages may have been sent by now

Writes {"sent": n, "covered": n, "done": false} four times a second; done: every message is covered by a commit ack.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.faults.plan import Key, Message, Plan

CONNECTIONS = 4
RESEND_AFTER_S = 4.0
AT_MOST_UNCOVERED = 8_000
BURST = 50
TELL_EVERY_S = 0.25


@dataclass
class Machines:
    """What every machine still keeps because no commit ack has covered it."""

    uncovered: dict[tuple[str, str], dict[int, Message]] = field(default_factory=lambda: defaultdict(dict))
    sent_at: dict[Key, float] = field(default_factory=dict)
    covered: set[Key] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, message: Message) -> None:
        """Remember a message that goes out now."""
        with self.lock:
            if message.key not in self.covered:
                self.uncovered[message.terminal, message.boot][message.seq] = message
                self.sent_at[message.key] = time.monotonic()

    def take_ack(self, topic: str, payload: bytes) -> None:
        """Discard what a commit ack covers, and nothing else."""
        terminal = topic.split("/")[2]
        ack = json.loads(payload)
        with self.lock:
            kept = self.uncovered[terminal, ack["boot"]]
            ranges = [[0, ack["through"]], *ack["ranges"]]
            for seq in [seq for seq in kept if any(low <= seq <= high for low, high in ranges)]:
                message = kept.pop(seq)
                self.covered.add(message.key)
                del self.sent_at[message.key]

    def due_again(self) -> list[Message]:
        """Messages that went out a while ago and are not covered."""
        now = time.monotonic()
        with self.lock:
            keys = [key for key, at in self.sent_at.items() if now - at > RESEND_AFTER_S]
            return [self.uncovered[terminal, boot][seq] for terminal, boot, seq in keys]


class Fleet:
    """A few connections that carry all machines."""

    def __init__(self, host: str, port: int, run: str) -> None:
        self.machines = Machines()
        self._clients = [self._connected(f"{run}-{n}", host, port) for n in range(CONNECTIONS)]

    def _connected(self, name: str, host: str, port: int) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        client.max_inflight_messages_set(1000)
        client.reconnect_delay_set(1, 1)
        if name.endswith("-0"):
            client.on_connect = lambda c, *_: c.subscribe("ecc/v1/+/ack", qos=0)
        client.on_message = lambda _c, _u, message: self.machines.take_ack(message.topic, bytes(message.payload))
        client.connect(host, port)
        client.loop_start()
        return client

    def send(self, message: Message) -> None:
        """Publish with QoS 1; a machine always uses the same connection."""
        self.machines.keep(message)
        client = self._clients[int(message.terminal[-3:]) % CONNECTIONS]
        client.publish(f"ecc/v1/{message.terminal}/telemetry", message.payload, qos=1)

    @property
    def connected(self) -> bool:
        """Whether every connection is up."""
        return all(client.is_connected() for client in self._clients)

    def close(self) -> None:
        """Disconnect."""
        for client in self._clients:
            client.disconnect()
            client.loop_stop()


class Sending:
    """How far the plan has gone out."""

    def __init__(self, plan: Plan, fleet: Fleet) -> None:
        self._waiting = deque(plan.sending_order())
        self._fleet = fleet
        self._sent = 0
        self._permitted = 0
        self._told_at = 0.0

    def read_permits(self) -> None:
        """Take the permits that come on stdin; runs in a thread."""
        for line in sys.stdin:
            self._permitted = int(line)

    @property
    def is_done(self) -> bool:
        """Everything went out and is covered."""
        return not self._waiting and not self._fleet.machines.sent_at

    def step(self) -> None:
        """Send again what is due, then the next few messages."""
        if self._fleet.connected:
            for message in self._fleet.machines.due_again():
                self._fleet.send(message)
            for _ in range(min(BURST, self._permitted - self._sent, len(self._waiting))):
                if len(self._fleet.machines.sent_at) >= AT_MOST_UNCOVERED:
                    break
                self._fleet.send(self._waiting.popleft())
                self._sent += 1
        if time.monotonic() - self._told_at > TELL_EVERY_S:
            self._told_at = time.monotonic()
            self.tell()

    def tell(self) -> None:
        """Say how far it is."""
        said = {"sent": self._sent, "covered": len(self._fleet.machines.covered), "done": self.is_done}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Send what is permitted, re-send what is due, say how far it is."""
    order = json.loads(sys.stdin.readline())
    fleet = Fleet(order["host"], order["port"], order["run"])
    sending = Sending(Plan(**order["plan"]), fleet)
    threading.Thread(target=sending.read_permits, daemon=True).start()
    while not sending.is_done:
        sending.step()
        time.sleep(BURST / order["rate"])
    fleet.close()
    sending.tell()


if __name__ == "__main__":
    main()
