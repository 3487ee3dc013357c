"""The other side of the wire for tests of the simulators: remembers what arrives and sends commit acks."""

import gzip
import json
import threading
import zlib
from collections import Counter
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

Identity = tuple[str, str, int]  # terminal, boot, seq


def rows_of(message: dict[str, Any]) -> int:
    """Reading rows of a readable message, counted from the contract alone."""
    if "frames" in message:
        return len({int(frame["t"] // 1_000) for frame in message["frames"]})
    if "samples" in message:
        return len(message["samples"])
    return len(message["t"]) if isinstance(message.get("t"), list) else 1


class AckingPlatform:
    """Subscribes to everything below ecc/v1, acks each boot, and counts as the real platform's tables would."""

    def __init__(self, host: str, port: int, *, deaf_to: int = 0) -> None:
        self.seen: dict[Identity, int] = {}  # -> rows
        self.payloads: dict[Identity, set[bytes]] = {}
        self.malformed: Counter[bytes] = Counter()
        self.messages = 0
        self.status: list[tuple[str, dict[str, Any]]] = []
        self.order: list[Identity] = []
        self._deaf_to = deaf_to  # the first deliveries of this many messages are forgotten before they are committed
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="acking-platform", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_connect = lambda client, *_: client.subscribe("ecc/v1/+/+", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._take
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(host, port)
        self._client.loop_start()
        assert self._subscribed.wait(10)
        self._acks = threading.Thread(target=self._ack_for_ever, daemon=True)
        self._acks.start()

    def close(self) -> None:
        self._stop.set()
        self._acks.join()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def rows(self) -> int:
        """Distinct rows, malformed messages included: committed + quarantined."""
        with self._lock:
            return sum(self.seen.values()) + len(self.malformed)

    def _take(self, _client: paho.Client, _user: Any, message: paho.MQTTMessage) -> None:
        _, _, terminal, kind = message.topic.split("/")
        with self._lock:
            if kind == "status":
                self.status.append((terminal, json.loads(message.payload)))
            elif kind in ("telemetry", "can"):
                self._take_message(terminal, message.payload)

    def _take_message(self, terminal: str, payload: bytes) -> None:
        if self._deaf_to > 0:
            self._deaf_to -= 1
            return
        self.messages += 1
        try:
            text = gzip.decompress(payload) if payload[:2] == b"\x1f\x8b" else payload
            content = json.loads(text)
            identity = (terminal, content["boot"], content["seq"])
        except (ValueError, KeyError, EOFError, OSError, zlib.error):
            self.malformed[payload] += 1
            return
        self.seen[identity] = rows_of(content)
        self.payloads.setdefault(identity, set()).add(payload)
        self.order.append(identity)

    def _ack_for_ever(self) -> None:
        while not self._stop.wait(0.2):
            with self._lock:
                boots: dict[tuple[str, str], set[int]] = {}
                for terminal, boot, seq in self.seen:
                    boots.setdefault((terminal, boot), set()).add(seq)
            for (terminal, boot), seqs in boots.items():
                through = next(n for n in range(len(seqs) + 1) if n not in seqs) - 1
                ranges = [[seq, seq] for seq in sorted(seqs) if seq > through]
                ack = {"boot": boot, "through": through, "ranges": ranges}
                self._client.publish(f"ecc/v1/{terminal}/ack", json.dumps(ack))
