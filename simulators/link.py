"""One machine's MQTT connection: a paho client whose sockets somebody else's loop serves."""

import contextlib
import json
import socket
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any
from zlib import crc32

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.encode import LAST_WILL, encode_status
from simulators.mqtt import Broker, ServedClient
from simulators.outbox import UNSEQUENCED, Message, Outbox
from simulators.publish_log import PublishLog
from simulators.tally import Tally

BACKLOG_PER_TICK = 25
_RETRY_LONGEST_S = 4.0


@dataclass(slots=True)
class Books:
    """Where every link of a run writes down what it sends."""

    tally: Tally
    log: PublishLog


class LinkState(Enum):
    """DOWN: no connection; JOINING: connected, ack topic not yet subscribed; READY: publishing."""

    DOWN = "down"
    JOINING = "joining"
    READY = "ready"


class Link(ServedClient):
    """Connection, outbox and counts of one terminal. Not thread-safe: one loop owns it.

    A new paho client per connection: what the old one still held is sent again from the outbox, where it is counted,
    and by nobody else.
    """

    def __init__(
        self, terminal: str, broker: Broker, books: Books, *, newest_first: bool = False, client_prefix: str = "sim"
    ) -> None:
        super().__init__()
        self.terminal = terminal
        self.outbox = Outbox(newest_first=newest_first)
        self.state = LinkState.DOWN
        self.boot = ""
        self.trouble: str | None = None  # why the last attempt to connect failed
        self.wanted = True  # False while the machine is in a dead zone
        self._broker = broker
        self._client_prefix = client_prefix
        self._books = books
        self._unconfirmed: dict[int, Message | None] = {}  # packet id -> message, until PUBACK
        self._retry_s = 0.0
        self._failures = 0

    @property
    def idle(self) -> bool:
        """True when everything is covered by commit acks and confirmed by the broker."""
        return not len(self.outbox) and not self._unconfirmed

    # --- what the loop calls ---

    def tick(self, now_s: float) -> None:
        """Connect when it is time, send again what is due."""
        if self.state is LinkState.DOWN:
            if self.wanted and now_s >= self._retry_s:
                self._connect(now_s)
            return
        if self.state is LinkState.JOINING:
            if now_s >= self._retry_s:
                self._lost()  # neither CONNACK nor SUBACK came
            return
        for message in self.outbox.due(now_s, BACKLOG_PER_TICK):
            self._publish(message, now_s)

    def submit(self, message: Message, now_s: float) -> None:
        """A new message: kept, and sent at once when connected and not held back."""
        self.outbox.put(message)
        if self.state is LinkState.READY and message.due_s <= now_s:
            self._publish(message, now_s)

    def repeat(self, message: Message, now_s: float) -> None:
        """Send a message once more as a planted duplicate, committed or not; nothing happens while not connected."""
        if self.state is LinkState.READY and message.sent:
            self._publish(message, now_s, planted=True)

    def drop(self) -> None:
        """Lose the network: the broker sees the connection end without a word and publishes the last will."""
        self.wanted = False
        sock = self.socket
        if self._client is not None and sock is not None:
            with contextlib.suppress(OSError):  # it may be gone already
                sock.shutdown(socket.SHUT_RDWR)
            self._client.loop_read()
        self._lost()

    def rejoin(self) -> None:
        """The dead zone ends: connect at the next tick."""
        self.wanted = True
        self._retry_s = 0.0

    def close(self) -> None:
        """Say good-bye: status offline, DISCONNECT."""
        self.wanted = False
        client = self._client
        if client is not None and self.state is LinkState.READY:
            self._status(client, online=False)
            client.disconnect()
            client.loop_write()
        self._lost()

    # --- inside ---

    def _connect(self, now_s: float) -> None:
        will = (f"ecc/v1/{self.terminal}/status", LAST_WILL)
        client = self._make_client(self._broker, f"{self._client_prefix}-{self.terminal}", will)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        try:
            client.connect(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s)
        except OSError as error:
            self.trouble = str(error)
            self._fail(now_s)
            return
        self._client = client
        self._unconfirmed = {}
        self.state = LinkState.JOINING
        self._retry_s = now_s + 10.0

    def _fail(self, now_s: float) -> None:
        self._failures += 1
        spread = 0.5 + (crc32(self.terminal.encode()) % 1_000) / 1000.0
        self._retry_s = now_s + min(0.25 * 2.0 ** min(self._failures, 5), _RETRY_LONGEST_S) * spread

    def _lost(self) -> None:
        if self.state is LinkState.DOWN:
            return
        self.state = LinkState.DOWN
        self._client = None
        self._unconfirmed = {}
        self._fail(time.monotonic())

    def _publish(self, message: Message, now_s: float, *, planted: bool = False) -> None:
        client = self._client
        if client is None:
            return
        published_at_us = time.time_ns() // 1_000
        info = client.publish(message.topic, message.payload, qos=1)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost()
            return
        self._unconfirmed[info.mid] = message
        self._books.tally.count(message, planted=planted)
        if message.sent == 0 and message.seq != UNSEQUENCED:
            self._books.log.record(self.terminal, message.boot, message.seq, message.rows, published_at_us)
        if planted:
            message.sent += 1
        else:
            self.outbox.sent(message, now_s)

    def _status(self, client: paho.Client, *, online: bool) -> None:
        status = encode_status(online=online, at_us=time.time_ns() // 1_000, boot=self.boot)
        info = client.publish(f"ecc/v1/{self.terminal}/status", status, qos=1)
        self._unconfirmed[info.mid] = None

    # --- paho's callbacks: the signatures are paho's ---

    def _on_connect(
        self, client: paho.Client, _user: Any, _flags: paho.ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self.trouble = f"the broker refused: {reason}"
            self._lost()
        else:
            client.subscribe(f"ecc/v1/{self.terminal}/ack", qos=0)

    def _on_subscribe(
        self, client: paho.Client, _user: Any, _mid: int, _reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        if client is not self._client:
            return
        self.state = LinkState.READY
        self._failures = 0
        self.trouble = None
        self._books.tally.connections += 1
        self._status(client, online=True)
        self.outbox.restart(time.monotonic())

    def _on_message(self, client: paho.Client, _user: Any, message: paho.MQTTMessage) -> None:
        try:
            ack = json.loads(message.payload)
            covered = self.outbox.acknowledge(ack["boot"], ack["through"], [(a, b) for a, b in ack.get("ranges", ())])
        except (ValueError, KeyError, TypeError):
            self._books.tally.bad_acks += 1
            return
        self._books.tally.acked_messages += covered

    def _on_publish(self, client: paho.Client, _user: Any, mid: int, _reason: ReasonCode, _more: Properties) -> None:
        if client is not self._client:
            return
        message = self._unconfirmed.pop(mid, None)
        if message is not None:
            self.outbox.accepted_by_broker(message)

    def _on_disconnect(
        self,
        client: paho.Client,
        _user: Any,
        _flags: paho.DisconnectFlags,
        _reason: ReasonCode,
        _more: Properties | None,
    ) -> None:
        if client is self._client:
            self._lost()
