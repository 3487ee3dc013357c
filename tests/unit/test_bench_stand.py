"""The bench's own measuring, on real servers: what is sent arrives, and commits are timed and counted as they were."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import psycopg
import pytest

from bench import usage
from bench.database import WalSyncs
from bench.load import Load, sentinel_name
from bench.stand import Stand, temporary_data_dir

NOW_US = time.time_ns() // 1_000_000_000 * 1_000_000


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with temporary_data_dir() as directory, Stand(Path(directory) / "data", machines=20, connections=2) as stand:
        yield stand


def a_load(**changes: int) -> Load:
    fields = {"messages": 400, "machines": 20, "start_us": NOW_US, "spacing_us": 1_000_000, "boot": "t"}
    return Load(**(fields | changes))  # type: ignore[arg-type]


def subscriber(stand: Stand) -> tuple[mqtt.Client, queue.Queue[mqtt.MQTTMessage]]:
    arrived: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    subscribed: queue.Queue[None] = queue.Queue()
    client.on_message = lambda _c, _u, message: arrived.put(message)
    client.on_subscribe = lambda *_: subscribed.put(None)
    client.connect(stand.servers.mosquitto.host, stand.servers.mosquitto.port or 0)
    client.loop_start()
    client.subscribe("ecc/v1/+/telemetry", qos=1)
    subscribed.get(timeout=5)
    return client, arrived


def test_an_ordinary_client_gets_every_message_once_and_each_machines_in_order(stand: Stand) -> None:
    client, arrived = subscriber(stand)
    worker = stand.generator(a_load(sentinel_us=NOW_US)).await_ready()
    worker.go()
    sent = worker.answer()
    messages = [arrived.get(timeout=5) for _ in range(402)]
    client.loop_stop()
    client.disconnect()
    assert arrived.empty()
    assert sent["messages"] == 402
    assert sent["first_at"] <= sent["last_ack_at"] <= time.time()
    by_topic: dict[str, list[bytes]] = {}
    for message in messages:
        assert message.qos == 1
        by_topic.setdefault(message.topic, []).append(message.payload)
    assert len(by_topic) == 22
    assert f"ecc/v1/{sentinel_name(1)}/telemetry" in by_topic
    ordinary = [payloads for topic, payloads in by_topic.items() if "end" not in topic]
    for payloads in ordinary:
        assert [int(p.split(b'"seq":')[1].split(b",")[0]) for p in payloads] == list(range(20))


def test_an_offered_rate_is_kept(stand: Stand) -> None:
    worker = stand.generator(a_load(), rate=1_000.0)
    worker.go()
    sent = worker.answer()
    assert 0.35 < sent["last_ack_at"] - sent["first_at"] < 0.8
    assert sent["behind_s"] < 0.2


def test_the_bare_subscriber_counts_to_the_last_message(stand: Stand) -> None:
    counter = stand.bare_subscriber(400).await_ready()
    worker = stand.generator(a_load())
    worker.go()
    sent, counted = worker.answer(), counter.answer()
    assert counted["messages"] == 400
    assert counted["last_at"] > sent["first_at"]


def test_raw_copy_writes_the_rows_in_the_given_batches_and_each_commit_is_found(stand: Stand) -> None:
    database = stand.fresh_database()
    load, batches = a_load(), [150, 200, 50]
    before_us = time.time_ns() // 1000
    with WalSyncs(stand.servers.superuser_url()) as syncs:
        worker = stand.raw_copy(database, load, batches)
        worker.go()
        assert worker.answer()["rows"] == 400
        time.sleep(1.2)
    commits = database.commits(load)
    assert commits.rows.tolist() == batches
    assert (np.diff(commits.at_us) > 0).all()
    assert before_us < commits.at_us[0] < commits.at_us[-1] < time.time_ns() // 1000
    committed = database.commit_of_messages_us(load, commits)
    assert np.unique(committed, return_counts=True)[1].tolist() == batches
    assert (np.diff(committed) >= 0).all()
    flush_us = syncs.mean_us(committed)
    assert ((flush_us > 0) & (flush_us < 1_000_000)).all()


def test_a_message_without_a_row_is_noticed(stand: Stand) -> None:
    database = stand.fresh_database()
    worker = stand.raw_copy(database, a_load(), [400])
    worker.go()
    worker.answer()
    with psycopg.connect(stand.servers.superuser_url(database.name)) as conn:
        conn.execute("DELETE FROM reading WHERE machine_id = 7")
    with pytest.raises(ValueError, match="20 messages have no row"):
        database.commit_of_messages_us(a_load(), database.commits(a_load()))


def test_cpu_and_memory_of_a_tree_include_its_children(stand: Stand) -> None:
    pid = stand.servers.postgres.pid
    assert pid is not None
    assert len(usage.tree(pid)) > 3
    assert usage.cpu_seconds(os.getpid()) > usage.cpu_seconds(pid) > 0
    assert usage.memory_bytes(pid) > 10_000_000
