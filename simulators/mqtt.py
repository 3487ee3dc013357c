"""How the simulators reach a broker: real MQTT 5 clients (paho), whose sockets somebody else's loop serves."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

CONNECT_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the machines publish. tls_ca: a CA file; None with tls=True: the system's."""

    host: str = "127.0.0.1"
    port: int = 1883
    user: str | None = None
    password: str | None = None
    tls: bool = False
    tls_ca: Path | None = None
    keepalive_s: int = 30


def make_client(broker: Broker, client_id: str, will: tuple[str, bytes] | None = None) -> paho.Client:
    """An unconnected client with the broker's credentials and, as `will`, a topic and payload for QoS 1."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect_timeout = CONNECT_TIMEOUT_S
    if broker.user is not None:
        client.username_pw_set(broker.user, broker.password)
    if broker.tls or broker.tls_ca is not None:
        client.tls_set(ca_certs=str(broker.tls_ca) if broker.tls_ca else None)
    if will is not None:
        client.will_set(will[0], will[1], qos=1)
    return client


def _nothing() -> None:
    """Nobody watches the socket."""


class ServedClient:
    """A paho client that has no thread: a Network watches its socket and calls it."""

    def __init__(self) -> None:
        self._client: paho.Client | None = None
        self.on_close: Callable[[], None] = _nothing  # called before paho closes a socket: its number is free after it

    def _make_client(self, broker: Broker, client_id: str, will: tuple[str, bytes] | None = None) -> paho.Client:
        client = make_client(broker, client_id, will)
        client.on_socket_close = lambda _client, _user, _socket: self.on_close()
        return client

    @property
    def socket(self) -> socket.socket | None:
        """The socket to watch, None while there is none."""
        sock = self._client.socket() if self._client is not None else None
        return sock if isinstance(sock, socket.socket) else None

    @property
    def wants_write(self) -> bool:
        """True while bytes wait for the socket."""
        return self._client is not None and self._client.want_write()

    def keep_alive(self) -> None:
        """Ping when it is time; call about once a second."""
        if self._client is not None:
            self._client.loop_misc()

    def readable(self) -> None:
        """The socket has bytes."""
        client = self._client
        if client is None:
            return
        client.loop_read()
        while (sock := client.socket()) is not None and isinstance(sock, ssl.SSLSocket) and sock.pending():
            client.loop_read()
        if client.want_write():
            client.loop_write()

    def writable(self) -> None:
        """The socket takes bytes."""
        if self._client is not None:
            self._client.loop_write()

    def tick(self, now_s: float) -> None:
        """Connect when it is time, and whatever else time brings; called ten times a second."""
        raise NotImplementedError

    def close(self) -> None:
        """Say good-bye; no connection after this."""
        raise NotImplementedError
