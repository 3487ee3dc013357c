"""Faults asked for at run time: `sim/inject/{terminal}` with a JSON object such as {"fault": "oil_pump_worn"}."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import InvalidInput
from simulators.faults import PlannedFault, fault_from
from simulators.mqtt import Broker, ServedClient

TOPIC = "sim/inject/"
_RETRY_S = 1.0


class InjectionInbox(ServedClient):
    """Listens for faults to inject; served by the fleet's Network like a machine's link. Answers on {topic}/done."""

    def __init__(self, broker: Broker, inject: Callable[[PlannedFault], None]) -> None:
        super().__init__()
        self._broker = broker
        self._inject = inject
        self._retry_s = 0.0
        self._closed = False

    def tick(self, now_s: float) -> None:
        """Connect when there is no connection."""
        if self._client is not None and self._client.socket() is None:
            self._client = None
        if self._closed or self._client is not None or now_s < self._retry_s:
            return
        self._retry_s = now_s + _RETRY_S
        client = self._make_client(self._broker, f"sim-inject-{os.getpid()}")
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        try:
            client.connect(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s)
        except OSError:
            return
        self._client = client

    def close(self) -> None:
        """Stop listening."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_write()

    def _on_connect(
        self, client: paho.Client, _user: Any, _flags: paho.ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if not reason.is_failure:
            client.subscribe(TOPIC + "+", qos=1)

    def _on_message(self, client: paho.Client, _user: Any, message: paho.MQTTMessage) -> None:
        terminal = message.topic.removeprefix(TOPIC)
        answer: dict[str, Any] = {"at_us": time.time_ns() // 1_000}
        try:
            asked = json.loads(message.payload)
            if not isinstance(asked, dict):
                raise InvalidInput("a fault is a JSON object")
            self._inject(fault_from({**asked, "machine": terminal}))
        except (ValueError, InvalidInput) as error:
            answer["error"] = str(error)
        client.publish(f"{message.topic}/done", json.dumps(answer), qos=1)
