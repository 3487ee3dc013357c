"""Just enough MQTT 3.1.1 and 5 to publish with QoS 1 from a raw socket; shares nothing with the gateway's session."""

from __future__ import annotations

import numpy as np

CONNECT, CONNACK, PUBLISH_QOS1, PUBACK, DISCONNECT = 0x10, 0x20, 0x32, 0x40, 0xE0
V311, V5 = 4, 5
PACKET_IDS = 65_535


class BrokerRefused(RuntimeError):
    """The broker refused the connection or a message."""


def variable_length(value: int) -> bytes:
    """`value` as an MQTT variable byte integer."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def connect(client_id: str, version: int) -> bytes:
    """A CONNECT with a clean start and a keep-alive of 10 minutes; MQTT 5 asks for the largest Receive Maximum."""
    name = client_id.encode()
    properties = b"\0" if version == V5 else b""
    body = b"\0\4MQTT" + bytes((version, 0x02, 600 >> 8, 600 & 0xFF)) + properties
    body += len(name).to_bytes(2, "big") + name
    return bytes((CONNECT,)) + variable_length(len(body)) + body


def receive_maximum(connack: bytes, version: int) -> int:
    """How many unacknowledged messages the broker of this CONNACK takes. Raises BrokerRefused when it says no."""
    if len(connack) < 4 or connack[0] != CONNACK or connack[3] != 0:
        raise BrokerRefused(f"CONNACK {connack.hex()}")
    if version == V5:
        properties = connack[5:]
        at = 0
        while at < len(properties):
            size = _property_size(properties, at)
            if properties[at] == 0x21:
                return int.from_bytes(properties[at + 1 : at + 3], "big")
            at += size
    return PACKET_IDS


def _property_size(properties: bytes, at: int) -> int:
    """How long the CONNACK property at `at` is, identifier included."""
    identifier = properties[at]
    if identifier in {0x11, 0x27}:  # session expiry, maximum packet size
        return 5
    if identifier in {0x13, 0x21, 0x22}:  # keep-alive, receive maximum, topic alias maximum
        return 3
    if identifier in {0x24, 0x25, 0x28, 0x29, 0x2A}:  # one byte each
        return 2
    return 3 + int.from_bytes(properties[at + 1 : at + 3], "big")  # a string


class AckCounter:
    """Counts the PUBACKs in a byte stream that may be cut anywhere."""

    def __init__(self) -> None:
        self.count = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take what came from the socket. Raises BrokerRefused for a failing reason code or any other packet."""
        if self._rest:
            data = self._rest + data
        whole = len(data) & ~3
        packets = np.frombuffer(data, np.uint8, whole).reshape(-1, 4)
        if (packets[:, 0] == PUBACK).all() and (packets[:, 1] == 2).all():  # all in the short form, the usual case
            self.count += len(packets)
            self._rest = data[whole:]
        else:
            self._feed_each(data)

    def _feed_each(self, data: bytes) -> None:
        at = 0
        while len(data) - at >= 2 and len(data) - at >= 2 + data[at + 1]:
            if data[at] != PUBACK:
                raise BrokerRefused(f"the broker sent packet {data[at]:#x} where a PUBACK belongs")
            if data[at + 1] > 2 and data[at + 4] >= 0x80:
                raise BrokerRefused(f"PUBACK with reason {data[at + 4]:#x}")
            self.count += 1
            at += 2 + data[at + 1]
        self._rest = data[at:]
