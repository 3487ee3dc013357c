"""What the gateway's session relies on in gmqtt and the broker; run whenever either is upgraded."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiomqtt
import pytest

from gateway.session import Broker, Delivery, Session


@asynccontextmanager
async def session_on(
    broker: tuple[str, int],
    client_id: str,
    receive_maximum: int = 1000,
    *,
    keepalive_s: int = 30,
    forget: bool = True,
) -> AsyncIterator["Heard"]:
    heard = Heard()
    session = Session(
        Broker(
            host=broker[0],
            port=broker[1],
            client_id=client_id,
            receive_maximum=receive_maximum,
            keepalive_s=keepalive_s,
        ),
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


class Line:
    """A line to the broker; what the broker says is swallowed when told so."""

    def __init__(self, broker: tuple[str, int]) -> None:
        self._broker = broker
        self.swallows = False
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[str, int]]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()
        server.close()
        await asyncio.sleep(0.2)  # whoever was on the way in is there now
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.1)

    def end(self) -> None:
        """Say to the session that nothing more will come, as a broker that dies does; its own half stays open."""
        self._writers[0].write_eof()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        from_broker, to_broker = await asyncio.open_connection(*self._broker)
        self._writers.append(to_broker)
        await asyncio.gather(self._carry(reader, to_broker), self._carry(from_broker, writer, downwards=True))

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, downwards: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if not (downwards and self.swallows):
                    writer.write(data)
        writer.close()


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
        await asyncio.sleep(2.0)  # a busy broker takes its time to read the acknowledgements
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
        await client.publish("ecc/v1/T-1/ack", b"another gateway's", qos=0)
        strange = ["ecc/v2/T-1/telemetry", "ecc/v1/x/y/ack", "ecc/v1/T-1/no-such-thing"]
        for topic in strange:
            await client.publish(topic, b"x", qos=0)
        await heard.until(lambda: len(heard.deliveries) == 3)
        assert [d.topic for d in heard.deliveries] == strange


async def test_nothing_is_acknowledged_before_it_is_told_to_be(broker: tuple[str, int]) -> None:
    """MQTT 5, 4.6: PUBACKs go in the order of arrival; so whatever asks for one waits for those before it."""
    async with (
        session_on(broker, f"test-{uuid4().hex}") as heard,
        aiomqtt.Client(broker[0], broker[1], protocol=aiomqtt.ProtocolVersion.V5) as client,
    ):
        topics = ["ecc/v1/T-1/telemetry", "ecc/v1/T-1/ack", "ecc/v1/x/y/ack", "ecc/v1/T-1/telemetry"]
        for topic in topics:
            await client.publish(topic, b"x", qos=1)
        await heard.until(lambda: len(heard.deliveries) == 4)
        heard.session.abort()
        await heard.until(lambda: len(heard.deliveries) == 8)
        assert [d.topic for d in heard.deliveries[4:]] == topics
        assert heard.session.acknowledge([d.token for d in heard.deliveries]) == 4


async def test_a_pause_longer_than_the_keepalive_costs_neither_side_the_line(broker: tuple[str, int]) -> None:
    async with session_on(broker, f"test-{uuid4().hex}", keepalive_s=1) as heard:
        heard.session.pause()
        await publish(broker, [b"one", b"two"])
        await asyncio.sleep(5)  # we would give up after 2 s, the broker after 1.5 s
        assert (len(heard.deliveries), heard.session.connected) == (0, True)
        heard.session.resume()
        await heard.until(lambda: len(heard.deliveries) == 2)
        assert [(d.payload, d.token.generation, d.redelivered) for d in heard.deliveries] == [
            (b"one", 1, False),
            (b"two", 1, False),
        ]


async def test_a_line_that_answers_nothing_is_still_given_up(broker: tuple[str, int]) -> None:
    """The pause's exception is for the pause alone."""
    line = Line(broker)
    async with line.open() as address, session_on(address, f"test-{uuid4().hex}", keepalive_s=1) as heard:
        line.swallows = True
        await heard.until(lambda: heard.session.generation == 2)
        line.swallows = False


async def test_a_line_that_the_broker_has_ended_is_given_up_at_once(broker: tuple[str, int]) -> None:
    """Not at the next ping, half a minute later."""
    line = Line(broker)
    async with line.open() as address, session_on(address, f"test-{uuid4().hex}", keepalive_s=120) as heard:
        line.end()
        await heard.until(lambda: heard.session.generation == 2)


async def test_a_session_that_is_paused_does_not_connect_again_before_it_may_read(broker: tuple[str, int]) -> None:
    async with session_on(broker, f"test-{uuid4().hex}") as heard:
        heard.session.pause()
        await publish(broker, [b"x"] * 20)
        heard.session.abort()
        await asyncio.sleep(4)  # the next connection would be there after 3.2 s at most
        assert (heard.session.generation, heard.session.connected, heard.deliveries) == (1, False, [])
        heard.session.resume()
        await heard.until(lambda: len(heard.deliveries) == 20)
        assert heard.session.generation == 2


async def test_a_session_that_is_closed_while_it_waits_stays_closed(broker: tuple[str, int]) -> None:
    async with session_on(broker, f"test-{uuid4().hex}") as heard:
        heard.session.pause()
        heard.session.abort()
        await asyncio.sleep(4)
        await heard.session.close()
        heard.session.resume()
        await asyncio.sleep(0.5)
        assert (heard.session.generation, heard.session.connected) == (1, False)


async def test_to_be_ended_while_it_reconnects_is_no_error(broker: tuple[str, int]) -> None:
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    async with session_on(broker, f"test-{uuid4().hex}") as heard:
        heard.session.abort()
        await asyncio.sleep(0.1)
        reconnecting = [task for task in asyncio.all_tasks() if "Client.reconnect" in repr(task.get_coro())]
        for task in reconnecting:
            task.cancel()
        await asyncio.sleep(0.1)
    assert (len(reconnecting), errors) == (1, [])


async def test_publishing_without_a_connection_is_said_to_have_failed(broker: tuple[str, int]) -> None:
    async with session_on(broker, f"test-{uuid4().hex}") as heard:
        assert heard.session.publish([("ecc/v1/T-1/ack", b"{}")])
        heard.session.abort()
        assert not heard.session.publish([("ecc/v1/T-1/ack", b"{}")])
        await heard.until(lambda: heard.session.generation == 2 and heard.session.connected)
        assert heard.session.publish([("ecc/v1/T-1/ack", b"{}")])


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
