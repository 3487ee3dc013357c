"""What waits for the writer is bounded in bytes, whatever QoS and size it came with, and nothing of QoS 1 is lost."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiomqtt
import paho.mqtt.client as paho
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from app import intake
from app.embedded import EmbeddedServers
from app.intake import Committed, Intake
from fleet.signals import packaged_catalogue
from gateway.decode import BatchBuilder, Decoder
from gateway.session import Broker, Session
from tests.conftest import Database
from tests.e2e.stack import eventually, stack_on

MB = 1 << 20
LIMIT = 16 * MB
KEY_ON = {"engine_speed_rpm": 900.0}


class Site:
    """Session and intake on a real broker, and a writer that commits when it is told to."""

    def __init__(self, broker: tuple[str, int], client_id: str, *, batch_age_s: float) -> None:
        self.handed: list[BatchBuilder] = []
        self.payloads: list[bytes] = []
        self.heaviest = 0
        catalogue = packaged_catalogue()
        self.intake = Intake(
            catalogue,
            Decoder(catalogue),
            batch_rows=10,
            batch_age_s=batch_age_s,
            batch_rows_limit=20_000,
            submit=self.handed.append,
        )
        self.session = Session(Broker(host=broker[0], port=broker[1], client_id=client_id), self.intake.take)
        self.session.on_connected = self.intake.on_connected
        self.intake.session = self.session

    def commit(self) -> None:
        """What the writer has is committed."""
        self.heaviest = max(self.heaviest, self.intake.waiting_bytes)
        messages = self.handed.pop().finish().messages
        self.payloads += messages.payload
        self.intake.on_committed(Committed(messages.token))  # type: ignore[arg-type]

    async def commit_all_until(self, payload: bytes) -> None:
        async with asyncio.timeout(20):
            while payload not in self.payloads:
                if self.handed:
                    self.commit()
                await asyncio.sleep(0.001)


def client_of(broker: tuple[str, int], **arguments: Any) -> aiomqtt.Client:
    return aiomqtt.Client(*broker, protocol=aiomqtt.ProtocolVersion.V5, **arguments)


@asynccontextmanager
async def site_on(broker: tuple[str, int], *, batch_age_s: float = 0.01) -> AsyncIterator[Site]:
    client_id = f"test-{uuid4().hex}"
    site = Site(broker, client_id, batch_age_s=batch_age_s)
    await site.session.connect()
    await asyncio.sleep(0.1)
    try:
        yield site
    finally:
        await site.session.close()
        async with client_of(broker, identifier=client_id, clean_start=True):
            pass


def message(seq: int, size: int = 0) -> bytes:
    """A message of at least `size` bytes."""
    content = {"boot": "b", "seq": seq, "t": 1_795_200_000_000 + seq, "signals": KEY_ON, "note": "x" * size}
    return json.dumps(content).encode()


@pytest.fixture(autouse=True)
def _a_smaller_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "WAITING_BYTES", LIMIT)
    monkeypatch.setattr(intake, "BATCH_BYTES", 2 * MB)


@pytest.mark.parametrize("size", [250_000, 0], ids=["large messages", "small messages"])
async def test_a_flood_of_qos_0_stops_the_reading_and_qos_1_is_complete(broker: tuple[str, int], size: int) -> None:
    count = 300 if size else 25_000
    async with site_on(broker) as site, client_of(broker) as client:
        kept = []
        for seq in range(count):
            await client.publish("ecc/v1/F-1/telemetry", message(seq, size), qos=0)
            if seq % (count // 20) == 0:
                kept.append(message(count + seq))
                await client.publish("ecc/v1/F-1/telemetry", kept[-1], qos=1)
        async with asyncio.timeout(10):
            while not site.session.paused:  # noqa: ASYNC110 - the condition is the session's
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert LIMIT <= site.intake.waiting_bytes < LIMIT + 3 * MB
        assert site.session.connected
        last = b"the last one"
        await client.publish("ecc/v1/F-1/telemetry", last, qos=1)
        await site.commit_all_until(last)
        assert site.heaviest < LIMIT + 3 * MB
        assert [p for p in site.payloads if p in set(kept)] == kept
        assert site.session.may_read.is_set()


async def test_what_the_writer_has_is_counted_until_it_is_committed(broker: tuple[str, int]) -> None:
    async with site_on(broker) as site, client_of(broker) as client:
        await client.publish("ecc/v1/F-1/telemetry", message(0, 250_000), qos=1)
        async with asyncio.timeout(10):
            while not site.handed:  # noqa: ASYNC110 - the condition is the writer's
                await asyncio.sleep(0.01)
        assert 250_000 < site.intake.waiting_bytes < 252_000
        site.commit()
        assert site.intake.waiting_bytes == 0


async def test_few_messages_wait_for_their_age_also_behind_a_commit(broker: tuple[str, int]) -> None:
    async with site_on(broker, batch_age_s=0.5) as site, client_of(broker) as client:

        async def send(seq: int) -> None:
            before = site.intake.waiting_messages
            await client.publish("ecc/v1/F-1/telemetry", message(seq), qos=1)
            async with asyncio.timeout(10):
                while site.intake.waiting_messages == before:  # noqa: ASYNC110 - the condition is the intake's
                    await asyncio.sleep(0.005)

        async def next_batch() -> None:
            async with asyncio.timeout(10):
                while not site.handed:  # noqa: ASYNC110 - the condition is the writer's
                    await asyncio.sleep(0.005)

        await send(0)
        await next_batch()
        await send(1)
        site.commit()
        assert not site.handed  # it is young, and one message is not worth a commit
        await send(2)
        await next_batch()
        assert site.handed[0].messages == 2
        await send(3)
        await asyncio.sleep(0.6)  # its age passes while the writer is at work
        site.commit()
        assert site.handed[0].messages == 1


async def test_what_is_small_zipped_is_counted_as_it_is_unzipped(broker: tuple[str, int]) -> None:
    async with site_on(broker) as site, client_of(broker) as client:
        for seq in range(200):
            await client.publish("ecc/v1/F-1/telemetry", gzip.compress(message(seq, 250_000)), qos=1)
        await asyncio.sleep(0.5)
        assert site.session.paused
        assert LIMIT <= site.intake.waiting_bytes < LIMIT + 3 * MB


async def test_a_broken_line_does_not_begin_the_count_anew(broker: tuple[str, int]) -> None:
    """Messages of the old connection wait still when they come again: the bound is the process's."""
    async with site_on(broker) as site, client_of(broker) as client:
        for seq in range(200):
            await client.publish("ecc/v1/F-1/telemetry", message(seq, 250_000), qos=1)
        for _ in range(2):
            site.session.abort()
            await asyncio.sleep(3.5)
        assert site.intake.waiting_bytes < LIMIT + 3 * MB
        last = b"the last one"
        await client.publish("ecc/v1/F-1/telemetry", last, qos=1)
        await site.commit_all_until(last)
        assert site.heaviest < LIMIT + 3 * MB
        assert len(set(site.payloads)) == 201


async def test_commit_acks_that_found_no_connection_are_sent_with_the_next_one(broker: tuple[str, int]) -> None:
    async with site_on(broker) as site, client_of(broker) as machine:
        await machine.subscribe("ecc/v1/F-1/ack")
        site.session.abort()
        site.intake.publish([("ecc/v1/F-1/ack", b"{}")])
        assert (await asyncio.wait_for(anext(machine.messages), 10)).payload == b"{}"


def test_a_gateway_whose_database_stands_still_keeps_its_memory_under_a_flood(
    servers: EmbeddedServers, database: Database, tmp_path: Path
) -> None:
    with stack_on(servers, database.name, tmp_path) as stack, psycopg.connect(stack.owner_url) as owner:
        stack.gateway.start()
        stack.publish("ecc/v1/F-1/telemetry", message(0))
        assert eventually(lambda: stack.value("SELECT count(*) FROM reading") == 1)
        before_mb = resident_mb(stack.gateway.pid)
        owner.execute("LOCK TABLE gateway_epoch")
        flood = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        flood.connect(stack.mqtt_host, stack.mqtt_port)
        flood.loop_start()
        most_mb = 0.0
        for seq in range(1, 3001):  # 750 MB
            sent = flood.publish("ecc/v1/F-1/telemetry", message(seq, 250_000), qos=0)
            if seq % 100 == 0:
                sent.wait_for_publish(20)
                flood.publish("ecc/v1/F-2/telemetry", message(seq), qos=1)
                most_mb = max(most_mb, resident_mb(stack.gateway.pid))
        time.sleep(1)
        most_mb = max(most_mb, resident_mb(stack.gateway.pid))
        flood.disconnect()
        flood.loop_stop()
        assert 100 < most_mb - before_mb < 500
        owner.rollback()
        query = "SELECT rows_committed FROM ledger JOIN terminal USING (terminal_id) WHERE name = 'F-2'"
        assert eventually(lambda: stack.rows(query) == [(30,)], 60), stack.rows(query)
        assert stack.gateway.is_ready


def resident_mb(pid: int) -> float:
    """Memory that a process has in use."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
