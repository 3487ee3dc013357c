"""The bench's load: the packets on the wire and the rows in the comparison are the same readings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from bench.load import Load, Stream, encode, rows_of, sentinel_name, terminal_name
from bench.packets import V5, V311, AckCounter, BrokerRefused
from bench.signal_sets import signal_sets

START_US = 1_795_000_000_000_000
LOAD = Load(messages=2_400, machines=200, start_us=START_US, spacing_us=25_000_000, boot="b")


def messages_of(stream: Stream, version: int) -> Iterator[tuple[str, int, dict]]:
    """(terminal, packet id, payload) of each PUBLISH, read by the MQTT text, not by the bench's own code."""
    blob, at = stream.blob, 0
    while at < len(blob):
        assert blob[at] == 0x32
        length, shift, at = 0, 0, at + 1
        while True:
            length |= (blob[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not blob[at - 1] & 0x80:
                break
        body = blob[at : at + length]
        at += length
        size = int.from_bytes(body[:2], "big")
        topic, packet_id, rest = body[2 : 2 + size].decode(), body[2 + size : 4 + size], body[4 + size :]
        if version == V5:
            assert rest[0] == 0
            rest = rest[1:]
        root, contract, terminal, kind = topic.split("/")
        assert (root, contract, kind) == ("ecc", "v1", "telemetry")
        yield terminal, int.from_bytes(packet_id, "big"), json.loads(rest)


def sent_rows(load: Load, connections: int, version: int) -> dict[tuple[str, int], dict[str, float]]:
    rows: dict[tuple[str, int], dict[str, float]] = {}
    for connection in range(connections):
        for terminal, _, payload in messages_of(encode(load, connection, connections, version), version):
            times, columns = payload["t"], payload["signals"]
            if not isinstance(times, list):
                times, columns = [times], {key: [value] for key, value in columns.items()}
            for position, at in enumerate(times):
                key = (terminal, at * 1000)
                assert key not in rows
                rows[key] = {name: values[position] for name, values in columns.items()}
    return rows


@pytest.mark.parametrize(
    ("load", "connections", "version"),
    [
        pytest.param(LOAD, 1, V5, id="one row a message"),
        pytest.param(LOAD, 4, V311, id="four connections, MQTT 3.1.1"),
        pytest.param(replace(LOAD, rows_per_message=10, spacing_us=1_000_000), 4, V5, id="ten rows a message"),
        pytest.param(replace(LOAD, newest_first=True), 4, V5, id="newest first"),
        pytest.param(replace(LOAD, sets=20), 2, V5, id="20 sets of signals"),
    ],
)
def test_the_packets_carry_exactly_the_rows_of_the_comparison(load: Load, connections: int, version: int) -> None:
    rows = rows_of(load)
    expected = {
        (terminal_name(machine), at): dict(zip(load.signal_sets[number].keys, values, strict=True))
        for machine, at, number, values in zip(
            rows.machine.tolist(), rows.at_us.tolist(), rows.set_number.tolist(), rows.values.tolist(), strict=True
        )
    }
    assert len(expected) == load.rows
    assert sent_rows(load, connections, version) == expected


def test_a_machine_numbers_its_messages_without_gaps_in_the_order_it_measured_them() -> None:
    for load in (LOAD, replace(LOAD, newest_first=True)):
        found: dict[str, list[tuple[int, int]]] = {}
        for terminal, _, payload in messages_of(encode(load, 0, 1), V5):
            found.setdefault(terminal, []).append((payload["seq"], payload["t"]))
        for numbered in found.values():
            assert sorted(seq for seq, _ in numbered) == list(range(12))
            assert sorted(numbered) == sorted(numbered, key=lambda pair: pair[1])
            assert numbered == sorted(numbered, reverse=load.newest_first)


def test_packet_ids_are_never_zero_and_start_again_after_65535() -> None:
    load = replace(LOAD, messages=66_000)
    ids = [packet_id for _, packet_id, _ in messages_of(encode(load, 0, 1), V5)]
    assert ids[:2] == [1, 2]
    assert ids[65_534:65_536] == [65_535, 1]


def test_the_closing_row_is_the_last_packet_of_each_connection() -> None:
    load = replace(LOAD, sentinel_us=START_US + 5_000)
    for connection in range(3):
        *_, (terminal, _, payload) = messages_of(encode(load, connection, 3), V5)
        assert (terminal, payload["t"]) == (sentinel_name(connection), (START_US + 5_000) // 1000)


def test_one_machine_in_a_hundred_leaves_its_healthy_span_for_half_of_the_run() -> None:
    ill = LOAD.condition >= 0
    assert set(LOAD.machine[ill].tolist()) == {0, 1}
    assert ill.sum() == 2 * 6


def test_every_rule_that_a_set_breaks_finds_its_signals_there() -> None:
    from diagnosis.ruleset import packaged_ruleset
    from fleet.signals import packaged_catalogue

    rules = packaged_ruleset(packaged_catalogue()).by_key
    broken = {key: set(signals.keys) for signals in signal_sets(3) for key in signals.breaks}
    assert len(broken) >= 9
    for key, keys in broken.items():
        assert set(rules[key].signals) <= keys, f"{key} needs {rules[key].signals}"


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 7, 64])
def test_acks_are_counted_however_the_stream_is_cut(cut: int) -> None:
    acks = b"".join(
        b"\x40\x02" + i.to_bytes(2, "big") if i % 7 else b"\x40\x03" + i.to_bytes(2, "big") + b"\x10"
        for i in range(1, 500)
    )
    counter = AckCounter()
    for at in range(0, len(acks), cut):
        counter.feed(acks[at : at + cut])
    assert counter.count == 499


def test_a_refusing_ack_is_an_error() -> None:
    with pytest.raises(BrokerRefused, match="0x97"):
        AckCounter().feed(b"\x40\x03\x00\x01\x97")


def test_a_packet_that_is_no_ack_is_an_error() -> None:
    with pytest.raises(BrokerRefused, match="0xe0"):
        AckCounter().feed(b"\xe0\x00\xe0\x00")


def test_values_are_the_same_in_every_process() -> None:
    first, again = (signal_sets(3)[0].values(-1, 50, seed=1) for _ in range(2))
    assert np.array_equal(first, again)
