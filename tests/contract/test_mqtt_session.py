"""What the gateway's session relies on in gmqtt and the broker; run whenever either is upgraded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiomqtt
import pytest

from gateway.session import Broker, Delivery, Session


@asynccontextmanager
async def session_on(
    broker: tuple[str, int], client_id: str, receive_maximum: int = 1000, *, forget: bool = True
) -> AsyncIterator["Heard"]:
    heard = Heard()
    session = Session(
        Broker(host=broker[0], port=broker[1], client_id=client_id, receive_maximum=receive_maximum),
        heard.deliveries.append,
    )
    heard.session = session
    await session.connect()
    await heard.until(lambda: session.connected)
    await asyncio.sleep(0.1)
    try:
        yield heard
    finally:
        await session.close()
        if forget:
            async with aiomqtt.Client(
                broker[0], broker[1], identifier=client_id, clean_start=True, protocol=aiomqtt.ProtocolVersion.V5
            ):
                pass  # the broker drops the session: nobody else's test has it as a subscriber


class Heard:
    """What a session delivered."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.session: Session

    async def until(self, condition: object, timeout_s: float = 10.0) -> None:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not condition():  # type: ignore[operator]
            assert asyncio.get_running_loop().time() < deadline, f"waited {timeout_s} s; {len(self.deliveries)} came"
            await asyncio.sleep(0.01)


async def publish(broker: tuple[str, int], payloads: list[bytes]) -> None:
    async with aiomqtt.Client(broker[0], broker[1], protocol=aiomqtt.ProtocolVersion.V5) as client:
        for payload in payloads:
            await client.publish("ecc/v1/T-1/telemetry", payload, qos=1)


async def test_only_what_was_not_acknowledged_comes_again(broker: tuple[str, int]) -> None:
    client_id = f"test-{uuid4().hex}"
    payloads = [str(i).encode() for i in range(500)]
    async with session_on(broker, client_id) as heard:
        await publish(broker, payloads)
        await heard.until(lambda: len(heard.deliveries) == 500)
        assert heard.session.acknowledge([d.token for d in heard.deliveries[:200]]) == 200
        await asyncio.sleep(0.3)
        heard.session.abort()
        await heard.until(lambda: len(heard.deliveries) >= 800)
        again = heard.deliveries[500:]
        assert [d.payload for d in again] == payloads[200:]
        assert all(d.redelivered for d in again)
        assert {d.token.generation for d in again} == {2}


async def test_an_acknowledgement_of_the_old_connection_is_dropped(broker: tuple[str, int]) -> None:
    async with session_on(broker, f"test-{uuid4().hex}") as heard:
        await publish(broker, [b"a", b"b"])
        await heard.until(lambda: len(heard.deliveries) == 2)
        stale = [d.token for d in heard.deliveries]
        heard.session.abort()
        await heard.until(lambda: len(heard.deliveries) == 4)
        assert heard.session.acknowledge(stale) == 0


async def test_unacknowledged_messages_are_bounded_by_receive_maximum(broker: tuple[str, int]) -> None:
    async with session_on(broker, f"test-{uuid4().hex}", receive_maximum=50) as heard:
        await publish(broker, [b"x"] * 200)
        await asyncio.sleep(0.5)
        assert len(heard.deliveries) == 50
        for _ in range(4):
            heard.session.acknowledge([d.token for d in heard.deliveries])
            await asyncio.sleep(0.2)
        assert len(heard.deliveries) == 200


async def test_the_session_outlives_the_process(broker: tuple[str, int]) -> None:
    client_id = f"test-{uuid4().hex}"
    async with session_on(broker, client_id, forget=False):
        pass
    await publish(broker, [b"while nobody listened"])
    async with session_on(broker, client_id) as heard:
        await heard.until(lambda: len(heard.deliveries) == 1)
        assert heard.deliveries[0].payload == b"while nobody listened"


async def test_a_message_of_qos_0_is_taken_and_needs_no_acknowledgement(broker: tuple[str, int]) -> None:
    async with (
        session_on(broker, f"test-{uuid4().hex}") as heard,
        aiomqtt.Client(broker[0], broker[1], protocol=aiomqtt.ProtocolVersion.V5) as client,
    ):
        await client.publish("ecc/v1/T-1/telemetry", b"zero", qos=0)
        await client.publish("ecc/v1/T-1/telemetry", b"one", qos=1)
        await heard.until(lambda: len(heard.deliveries) == 2)
        assert [d.payload for d in heard.deliveries] == [b"zero", b"one"]
        assert heard.session.acknowledge([d.token for d in heard.deliveries]) == 1


async def test_a_topic_of_no_contract_is_heard_and_acks_are_not(broker: tuple[str, int]) -> None:
    async with (
        session_on(broker, f"test-{uuid4().hex}") as heard,
        aiomqtt.Client(broker[0], broker[1], protocol=aiomqtt.ProtocolVersion.V5) as client,
    ):
        heard.session.publish([("ecc/v1/T-1/ack", b"ours")])
        for topic in ("ecc/v1/T-1/ack", "ecc/v2/T-1/telemetry", "ecc/v1/T-1/no-such-thing"):
            await client.publish(topic, b"x", qos=1)
        await heard.until(lambda: len(heard.deliveries) == 2)
        assert [d.topic for d in heard.deliveries] == ["ecc/v2/T-1/telemetry", "ecc/v1/T-1/no-such-thing"]


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 200_000])
async def test_payloads_of_every_length_arrive_whole(broker: tuple[str, int], size: int) -> None:
    payload = bytes(i % 251 for i in range(size))
    async with session_on(broker, f"test-{uuid4().hex}") as heard:
        await publish(broker, [payload, b"end"])
        await heard.until(lambda: len(heard.deliveries) == 2)
        assert heard.deliveries[0].payload == payload
        assert heard.deliveries[0].topic == "ecc/v1/T-1/telemetry"


async def test_what_the_platform_publishes_reaches_the_machine(broker: tuple[str, int]) -> None:
    async with (
        session_on(broker, f"test-{uuid4().hex}") as heard,
        aiomqtt.Client(broker[0], broker[1], protocol=aiomqtt.ProtocolVersion.V5) as machine,
    ):
        await machine.subscribe("ecc/v1/+/ack", qos=1)
        long_payload = b"y" * 20_000
        heard.session.publish([("ecc/v1/T-1/ack", b"one"), ("ecc/v1/T-2/ack", long_payload)])
        got = [await asyncio.wait_for(anext(machine.messages), 5) for _ in range(2)]
        expected = [("ecc/v1/T-1/ack", b"one"), ("ecc/v1/T-2/ack", long_payload)]
        assert [(str(m.topic), m.payload) for m in got] == expected
