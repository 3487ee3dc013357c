"""The gateway's MQTT 5 session: messages taken synchronously, PUBACK only when told that they are committed.

gmqtt acknowledges at once or runs a coroutine per message (its public API), which costs half of the throughput. So its
protocol is subclassed in one place: PUBLISH packets are parsed here and handed to a sink, every other packet goes the
library's own way. A message of QoS 0 is taken alike; there is nothing to acknowledge, so a crash may lose it, as its
sender chose. A contract test pins what this relies on (gmqtt is pinned too).
"""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, NamedTuple, cast

import numpy as np
from gmqtt import Client
from gmqtt.client import MQTTConnection
from gmqtt.mqtt.package import Package
from gmqtt.mqtt.protocol import MQTTProtocol

SESSION_EXPIRY_S = 7 * 24 * 3600
SUBSCRIPTION = "ecc/#"  # everything of ours: a topic that is none of the contract is quarantined, not unheard
ACK = "/ack"
ACK_TOPIC = re.compile(r"ecc/v1/[^/]+/ack")  # what gateways say to machines, always with QoS 0
PUBLISH, PACKET_TYPE, QOS_BITS, DUP = 0x30, 0xF0, 0x06, 0x08
NO_PACKET_ID = 0  # of QoS 0: nothing to acknowledge

Sink = Callable[["Delivery"], None]


class Token(NamedTuple):
    """Names one delivery: a packet id means something only on the connection that carried it."""

    generation: int
    packet_id: int


class Delivery(NamedTuple):
    """One PUBLISH as it came."""

    topic: str
    payload: bytes
    received_at_us: int
    redelivered: bool
    token: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and who we are there."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    tls: SSLContext | None = None
    receive_maximum: int = 20_000
    keepalive_s: int = 30


class _Protocol(MQTTProtocol):  # type: ignore[misc]  # gmqtt ships no types
    """gmqtt's protocol with its own reader for PUBLISH packets."""

    sink: Sink
    generation: int
    lost: Callable[[], None]

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._rest = b""
        super().connection_made(transport)
        self._read_loop_future: asyncio.Future[None] | None
        if self._read_loop_future is not None:  # data_received parses; the stream reader stays empty
            self._read_loop_future.cancel()
        self._read_loop_future = None

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        taken = self._take_packets(data)
        self._rest = data[taken:]

    def eof_received(self) -> bool:
        """The broker has ended the line: we do too. A stream's own way keeps it half open, until a ping finds out."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost()
        super().connection_lost(exc)

    def _take_packets(self, data: bytes) -> int:
        """Handle every whole packet in `data`; returns how many bytes that was."""
        now_us = time.time_ns() // 1000
        sink, generation = self.sink, self.generation
        start, size = 0, len(data)
        while size - start >= 2:
            command, length, body = data[start], data[start + 1], start + 2
            if length & 0x80:
                length, body = _variable_length(data, start + 1)
                if body < 0:
                    break
            end = body + length
            if end > size:
                break
            if command & PACKET_TYPE == PUBLISH:
                topic_end = body + 2 + (data[body] << 8 | data[body + 1])
                packet_id, properties = NO_PACKET_ID, topic_end
                if command & QOS_BITS:
                    packet_id, properties = data[topic_end] << 8 | data[topic_end + 1], topic_end + 2
                if data[properties] & 0x80:
                    skip, payload = _variable_length(data, properties)
                    payload += skip
                else:
                    payload = properties + 1 + data[properties]
                topic = data[body + 2 : topic_end].decode("utf-8", "replace")
                token = Token(generation, packet_id)
                sink(Delivery(topic, data[payload:end], now_us, command & DUP != 0, token))
            else:
                self._connection.put_package(Package(command, data[body:end]))
            start = end
        self._connection._last_data_in = time.monotonic()
        return start


def _variable_length(data: bytes, at: int) -> tuple[int, int]:
    """The MQTT variable byte integer at `at` and the position after it; position -1 when it is not all there."""
    value, shift = 0, 0
    for position in range(at, min(at + 4, len(data))):
        value |= (data[position] & 0x7F) << shift
        shift += 7
        if not data[position] & 0x80:
            return value, position + 1
    if len(data) - at >= 4:
        raise ConnectionError("the broker sent a malformed packet length")
    return 0, -1


class _Connection(MQTTConnection):  # type: ignore[misc]  # gmqtt ships no types
    """gmqtt's connection on our protocol: a pause in reading is no silence of the broker's."""

    def _keep_connection(self) -> None:
        """Look after the line twice a keep-alive: close it when nothing came for two, else ping when it is time.

        While reading is paused no answer can be heard, so none is missed; the ping still tells the broker that we live.
        """
        if not self.is_closing() and not self._transport.is_reading():
            self._last_data_in = time.monotonic()
        super()._keep_connection()


class _Client(Client):  # type: ignore[misc]  # gmqtt ships no types
    """gmqtt's client whose connections use our protocol, each with a generation of its own."""

    def __init__(self, client_id: str, session: "Session", **properties: Any) -> None:
        super().__init__(client_id, clean_session=False, **properties)
        self._session = session

    async def reconnect(self, delay: bool = False) -> None:
        """As gmqtt does it; when it is cancelled it just ends: gmqtt would report that as an error."""
        with contextlib.suppress(asyncio.CancelledError):
            await super().reconnect(delay)

    async def _create_connection(
        self, host: str, port: int, ssl: SSLContext | bool, clean_session: bool, keepalive: int
    ) -> MQTTConnection:
        await self._session.may_read.wait()
        if not self._is_active:
            raise ConnectionAbortedError("the session was closed meanwhile")
        self._exit_reconnecting_state()
        self._package_handler.clear_topics_aliases()
        self._connack_received.clear()
        self._connection_lost.clear()
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(self._new_protocol, host, port, ssl=ssl or None)
        self._session.transport = transport
        return _Connection(transport, protocol, clean_session, keepalive, package_handler=self._package_handler)

    def _new_protocol(self) -> _Protocol:
        protocol = _Protocol(connection_state=self._connection_state, id_generator=self._package_handler.id_generator)
        self._session.generation += 1
        protocol.sink = self._session.take
        protocol.generation = self._session.generation
        protocol.lost = self._session.mark_lost
        return protocol


class Session:
    """A persistent MQTT 5 session that hands every message to `sink` and acknowledges those of QoS 1 when told.

    `sink` runs in the event loop's thread, in arrival order. Unacknowledged messages are at most
    `broker.receive_maximum`. After a reconnect the broker sends unacknowledged messages again; acknowledgements of the
    old connection are dropped here, because packet ids are reused. While paused nothing is read and, should the line
    break, no new connection made: what waits is bounded for the process, not for each of its connections.
    """

    def __init__(self, broker: Broker, sink: Sink) -> None:
        self.broker = broker
        self.sink = sink
        self.generation = 0
        self.connected = False
        self.transport: asyncio.Transport | None = None
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.on_connected: Callable[[], None] = lambda: None
        self._client: _Client | None = None

    async def connect(self) -> None:
        """Connect and subscribe; tries again with jitter until the broker answers. MQTTConnectError on refusal."""
        while True:
            self._client = self._new_client()
            with contextlib.suppress(OSError):
                await self._client.connect(
                    self.broker.host, self.broker.port, ssl=self.broker.tls or False, keepalive=self.broker.keepalive_s
                )
                return
            await asyncio.sleep(random.uniform(0.2, 1.0))

    def _new_client(self) -> _Client:
        client = _Client(
            self.broker.client_id,
            self,
            session_expiry_interval=SESSION_EXPIRY_S,
            receive_maximum=self.broker.receive_maximum,
        )
        if self.broker.username is not None:
            client.set_auth_credentials(self.broker.username, self.broker.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.set_config({"reconnect_retries": -1, "reconnect_delay": random.uniform(0.2, 1.0)})
        return client

    def _on_connect(self, client: Client, flags: int, result: int, properties: dict[str, Any]) -> None:
        client.subscribe(SUBSCRIPTION, qos=1, no_local=True)
        self.connected = True
        self.on_connected()

    def _on_disconnect(self, client: Client, packet: bytes, exc: Exception | None = None) -> None:
        self.mark_lost()
        client.set_config({"reconnect_delay": random.uniform(0.2, 3.0)})

    def take(self, delivery: Delivery) -> None:
        """Hand a message on, except what another gateway said to a machine: that is none of ours, and of QoS 0.

        Anything else on such a topic is taken like every message, so that PUBACKs stay in the order of arrival.
        """
        if delivery.topic.endswith(ACK) and _is_gateways(delivery):
            return
        self.sink(delivery)

    def mark_lost(self) -> None:
        """The connection is gone; called by the protocol."""
        self.connected = False

    def acknowledge(self, tokens: Sequence[Token]) -> int:
        """PUBACK the tokens of the living connection in the order given, in one write; returns how many those were."""
        living = (t.packet_id for t in tokens if t.generation == self.generation and t.packet_id != NO_PACKET_ID)
        ids = np.fromiter(living, dtype=">u2")
        if self.transport is None or self.transport.is_closing() or not len(ids):
            return 0
        packets = np.empty((len(ids), 4), np.uint8)
        packets[:, 0], packets[:, 1] = 0x40, 0x02
        packets[:, 2:] = ids.view(np.uint8).reshape(-1, 2)
        self.transport.write(packets.tobytes())
        return len(ids)

    def publish(self, messages: Iterable[tuple[str, bytes]]) -> bool:
        """Publish (topic, payload) pairs with QoS 0 in one write; False, with nothing sent, without a connection."""
        if self.transport is None or self.transport.is_closing() or not self.connected:
            return False
        self.transport.write(b"".join(_qos0_publish(topic, payload) for topic, payload in messages))
        return True

    @property
    def paused(self) -> bool:
        """Whether reading is paused."""
        return not self.may_read.is_set()

    def pause(self) -> None:
        """Read no more from the broker until `resume`; acknowledging and pinging go on."""
        self.may_read.clear()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        self.may_read.set()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def abort(self) -> None:
        """Cut the connection without a DISCONNECT, as a broken line would."""
        if self.transport is not None:
            self.transport.abort()

    async def close(self) -> None:
        """Disconnect; the session stays at the broker."""
        self.connected = False
        if self._client is not None:
            with contextlib.suppress(OSError, AttributeError):
                await cast(Any, self._client).disconnect()


def _is_gateways(delivery: Delivery) -> bool:
    return delivery.token.packet_id == NO_PACKET_ID and ACK_TOPIC.fullmatch(delivery.topic) is not None


def _qos0_publish(topic: str, payload: bytes) -> bytes:
    name = topic.encode()
    length = 2 + len(name) + 1 + len(payload)
    head = bytearray((0x30,))
    while length >= 0x80:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + len(name).to_bytes(2, "big") + name + b"\0" + payload
