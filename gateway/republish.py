"""Sending messages again over MQTT: one connection, QoS 1, each message is done when the broker has confirmed it."""

import threading
import time
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import EccError
from gateway.session import Broker

CONNECT_TIMEOUT_S = 10.0
CONFIRM_TIMEOUT_S = 20.0
NO_SUBSCRIBER = 0x10  # MQTT 5: the broker took the message and nobody is there to get it


class BrokerRefused(EccError):
    """The broker did not take the message."""

    code = "broker_refused"


class BrokerAway(BrokerRefused):
    """The broker does not answer, or does not let us in."""

    code = "broker_away"


class NobodyListens(BrokerRefused):
    """The broker has no gateway's session: a message sent now would be lost. Start the gateway once, then try again."""

    code = "nobody_listens"


class Republisher:
    """`with Republisher(broker) as publisher: publisher.publish(topic, payload)`; raises BrokerRefused;
    entering it raises BrokerAway."""

    def __init__(self, broker: Broker, *, within_s: float = CONNECT_TIMEOUT_S) -> None:
        self._broker = broker
        self._within_s = within_s
        self._refusal: str | None = None
        self._connected = threading.Event()
        self._answers: dict[int, ReasonCode] = {}
        self._answered = threading.Condition()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=broker.client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.tls is not None:
            self._client.tls_set_context(broker.tls)
        self._client.connect_timeout = within_s
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish

    def __enter__(self) -> Self:
        broker = self._broker
        try:
            self._client.connect(broker.host, broker.port, keepalive=broker.keepalive_s)
        except OSError as error:
            raise BrokerAway(f"The broker at {broker.host}:{broker.port} does not answer ({error}).") from None
        self._client.loop_start()
        answered = self._connected.wait(self._within_s)
        if not answered or self._refusal is not None:
            self._client.loop_stop()
            said = self._refusal or "no answer"
            raise BrokerAway(f"The broker at {broker.host}:{broker.port} did not let us in: {said}.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1 and wait for the PUBACK.

        Raises NobodyListens when no session of a gateway takes it, BrokerRefused when the broker says no or nothing.
        """
        try:
            packet = self._client.publish(topic, payload, qos=1).mid
        except ValueError as error:
            raise BrokerRefused(f"{topic!r} cannot be published to: {error}.") from None
        answer = self._wait_for(packet)
        if answer is None:
            raise BrokerRefused("The broker did not confirm a message in time.")
        if answer.value == NO_SUBSCRIBER:
            raise NobodyListens
        if answer.is_failure:
            raise BrokerRefused(f"The broker refused a message to {topic}: {answer.getName()}.")

    def _wait_for(self, packet: int) -> ReasonCode | None:
        until_s = time.monotonic() + CONFIRM_TIMEOUT_S
        with self._answered:
            while packet not in self._answers and (left_s := until_s - time.monotonic()) > 0:
                self._answered.wait(left_s)
            return self._answers.pop(packet, None)

    def _on_connect(
        self, client: paho.Client, user: Any, flags: paho.ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._refusal = code.getName()
        self._connected.set()

    def _on_publish(
        self, client: paho.Client, user: Any, packet: int, code: ReasonCode, properties: Properties
    ) -> None:
        with self._answered:
            self._answers[packet] = code
            self._answered.notify_all()
