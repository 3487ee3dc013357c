"""What every decoder owes: it raises nothing, loses nothing silently, and says the same however the input is cut."""

import gzip
import json
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleet.batch import UNRESOLVED, Batch, EventKind, Reason
from gateway.decode import BatchBuilder, Decoder
from gateway.decode.builder import MAX_SETS
from gateway.decode.envelope import MAX_BYTES, Format
from tests.decoding import (
    CAN,
    CATALOGUE,
    RECEIVED_US,
    STATUS,
    T_MS,
    TELEMETRY,
    decode,
    events,
    feed,
    matrix,
    refused,
    rows,
)
from tests.wire_messages import KNOWN, TOPICS, documents, good_frames, good_samples, payloads, raw, telemetry, topics

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_accounted_for(batch: Batch, fed: list[tuple[str, bytes]]) -> None:
    """Every message is there with its token, and its rows are kept or quarantined, each once."""
    messages, readings = batch.messages, batch.readings
    assert messages.payload == [payload for _, payload in fed]
    assert messages.token == list(range(len(fed)))
    kept: dict[int, list[int]] = {m: [] for m in range(len(fed))}
    gone: dict[int, list[int]] = {m: [] for m in range(len(fed))}
    for message, row in zip(readings.message.tolist(), readings.row.tolist(), strict=True):
        kept[message].append(row)
    for quarantined in batch.quarantined:
        assert quarantined.detail
        gone[quarantined.message].append(quarantined.row)
    eventful = set(batch.events.message.tolist())
    for message, (topic, payload) in enumerate(fed):
        found = kept[message] + gone[message]
        assert len(found) == len(set(found)) == messages.rows[message], (topic, payload)
        if -1 in found:
            assert found == [-1]
            assert message not in eventful
        elif not found and message not in eventful:
            assert "frames" in json.loads(unzipped(payload)), "a message vanished"
    extra = {(message, row) for message, row, _, _ in batch.extra}
    assert extra <= {(m, r) for m, found in kept.items() for r in found}
    for i in np.flatnonzero(np.isnan(readings.values).all(axis=1)):
        assert (readings.message[i], readings.row[i]) in extra


def unzipped(payload: bytes) -> bytes:
    return gzip.decompress(payload) if payload.startswith(b"\x1f\x8b") else payload


def assert_well_formed(batch: Batch) -> None:
    """Arrays as fleet.batch promises, in arrival order, and texts that PostgreSQL can hold."""
    readings, found = batch.readings, batch.events
    assert matrix(readings).shape == (len(readings), len(CATALOGUE))
    assert readings.values.dtype == np.float64
    assert not np.isinf(readings.values).any()
    assert [readings.message.dtype, readings.row.dtype, readings.machine.dtype] == [np.int32] * 3
    assert [readings.measured_at_us.dtype, readings.received_at_us.dtype] == [np.int64] * 2
    assert (readings.machine == UNRESOLVED).all()
    order = readings.message.astype(np.int64) << 32 | readings.row
    assert (np.diff(order) > 0).all()
    assert (readings.received_at_us == RECEIVED_US).all()
    assert len(found.text) == len(found.kind) == len(found.measured_at_us) == len(found)
    assert set(found.kind.tolist()) <= set(EventKind)
    messages = batch.messages
    texts = [*messages.terminal, *messages.topic, *messages.boot, *(q.detail for q in batch.quarantined)]
    for text in [*texts, *(t for t in found.text if t is not None), *(key for _, _, key, _ in batch.extra)]:
        assert "\x00" not in text
        text.encode("utf-8")
    for boot, seq in zip(messages.boot, messages.seq, strict=True):
        assert seq == -1 or (boot and 0 <= seq < 2**63)


@many
@given(st.lists(st.tuples(topics, payloads), max_size=6))
@example([(TELEMETRY, b"[" * 200_000)])
@example([(TELEMETRY, b'[{"t":0,"sensor_errors":[]}]'), (TELEMETRY, b'{"t":0,"attributes":{}}')])
@example([(CAN, b'{"frames":' + b"[" * 200_000)])
@example([(STATUS, b'{"online":true,"x":' + b"{" * 200_000)])
@example([(TELEMETRY, b'{"t":' + b"9" * 200_000 + b',"signals":{"x":1}}')])
@example([(TELEMETRY, b'{"t":1,"signals":{"x":' + b"9" * 400 + b"}}")])
@example([(TELEMETRY, b'{"t":9223372036854775807,"signals":{"x":1}}')])
@example([(TELEMETRY, b'{"boot":"a","seq":9223372036854775808,"t":1,"signals":{"x":1}}')])
@example([(TELEMETRY, b'{"boot":"a\\u0000","seq":1,"t":1,"signals":{"x":1}}')])
@example([(TELEMETRY, b'{"t":1,"signals":{"a\\u0000":1}}'), (TELEMETRY, b'{"t":1,"signals":{"":1}}')])
@example([(TELEMETRY, b'{"t":1,"events":[{"text":"a\\u0000"}]}'), (TELEMETRY, b'{"t":1,"attributes":{"a=":"b"}}')])
@example([(TELEMETRY, b'{"t":1,"signals":{"\\ud800":1}}'), (TELEMETRY, b'{"t":1,"signals":{"\\udc00":1}}')])
@example([(TELEMETRY, b'{"t":"0001-01-01T00:00:00+23:59","signals":{"x":1}}')])
@example([(TELEMETRY, b'{"t":1,"signals":{"x":1}},{"t":2,"signals":{"x":1}}')])
@example([(TELEMETRY, b'{"t":[1],"signals":{}}'), (TELEMETRY, b'{"t":[],"signals":{}}'), (TELEMETRY, b"[]")])
@example([(TELEMETRY, b'{"t":[1,2],"signals":{"x":[1,2],"y":[1]}}'), (TELEMETRY, b"\xef\xbb\xbf{}"), (TELEMETRY, b"")])
@example([("ecc/v1/A/telemetry\x00", b"{}"), ("\ud800", b"{}"), ("ecc/v1/" + "a" * 65 + "/can", b"{}")])
@example([(CAN, b'{"frames":[{"t":1e300,"id":1,"ext":true,"hex":""}]}'), (CAN, b'{"frames":[]}')])
@example([(CAN, b'{"frames":[{"t":1,"id":536870912,"ext":true,"hex":""}]}')])
@example([(CAN, '{"frames":[{"t":1,"id":1,"ext":true,"hex":"１２"}]}'.encode())])
def test_whatever_comes_is_kept_or_quarantined_and_nothing_is_raised(fed: list[tuple[str, bytes]]) -> None:
    decoder, builder = Decoder(CATALOGUE), BatchBuilder(CATALOGUE)
    for token, (topic, payload) in enumerate(fed):
        decoder.decode(builder, topic, payload, RECEIVED_US, False, token)
    assert builder.messages == len(fed)
    batch = builder.finish()
    assert_accounted_for(batch, fed)
    assert_well_formed(batch)


@many
@given(st.lists(telemetry, max_size=5))
def test_every_number_of_every_sample_arrives_and_no_other(documents: list[Any]) -> None:
    batch = decode(*documents)
    whole = {message for message, row, _ in refused(batch) if row == -1}
    lone = {(message, row) for message, row, _ in refused(batch)}
    expected: dict[tuple[int, int], dict[str, float]] = {}
    for message, document in enumerate(documents):
        if message not in whole:
            for row, sample in enumerate(naive_samples(document)):
                numbers_of = {key: float(value) for key, value in sample.items() if value is not None}
                if (message, row) not in lone and numbers_of:
                    expected[message, row] = numbers_of
    got: dict[tuple[int, int], dict[str, float]] = {(r["message"], r["row"]): r["signals"] for r in rows(batch)}
    for message, row, key, value in batch.extra:
        got[message, row] = got[message, row] | {key: value}
    assert got == expected


def naive_samples(document: Any) -> list[dict[str, Any]]:
    """The signals of each sample in a telemetry document."""
    if isinstance(document, list):
        return [sample.get("signals", {}) for sample in document]
    if "samples" in document:
        return [sample.get("signals", {}) for sample in document["samples"]]
    if isinstance(document["t"], list):
        return [{key: column[i] for key, column in document["signals"].items()} for i in range(len(document["t"]))]
    return [document.get("signals", {})]


@many
@given(good_samples)
def test_the_three_forms_say_the_same(given_samples: list[tuple[int, dict[str, Any]]]) -> None:
    together = sorted({key for _, sample in given_samples for key in sample})
    single = decode(*({"t": t, "signals": sample} for t, sample in given_samples))
    listed = decode({"samples": [{"t": t, "signals": sample} for t, sample in given_samples]})
    columnar = decode(
        {
            "t": [t for t, _ in given_samples],
            "signals": {key: [sample.get(key) for _, sample in given_samples] for key in together},
        }
    )
    for other in (listed, columnar):
        assert other.readings.measured_at_us.tolist() == single.readings.measured_at_us.tolist()
        assert matrix(other.readings).tobytes() == matrix(single.readings).tobytes()
        assert sorted((row, key, value) for _, row, key, value in other.extra) == sorted(
            (message, key, value) for message, _, key, value in single.extra
        )


@many
@given(good_frames)
def test_frames_say_the_same_slot_by_slot_and_all_at_once(given_frames: list[dict[str, Any]]) -> None:
    ordered = sorted(given_frames, key=lambda frame: frame["t"])
    slots: dict[int, list[dict[str, Any]]] = {}
    for frame in ordered:
        slots.setdefault(frame["t"] // 1000, []).append(frame)
    one = decode({"frames": given_frames}, topic=CAN)
    cut = decode(*({"frames": slot} for slot in slots.values()), topic=CAN)
    assert one.readings.measured_at_us.tolist() == cut.readings.measured_at_us.tolist()
    assert matrix(one.readings).tobytes() == matrix(cut.readings).tobytes()
    faults_and_errors = [
        sorted(json.dumps(event) for event in events(batch) if event["kind"] == "SENSOR_ERROR") for batch in (one, cut)
    ]
    assert faults_and_errors[0] == faults_and_errors[1]


@many
@given(st.lists(documents, max_size=5), st.sampled_from(TOPICS))
def test_decoding_again_gives_the_same(fed: list[bytes], topic: str) -> None:
    first, second = decode(*fed, topic=topic), decode(*fed, topic=topic)
    assert rows(first) == rows(second)
    assert events(first) == events(second)
    assert refused(first) == refused(second)


def test_more_signal_sets_than_are_kept_together_lose_nothing() -> None:
    fed = [
        {"t": T_MS + n, "signals": {KNOWN[n % 80]: 1, f"own_{n}": n, KNOWN[(n + 1) % 80]: n}}
        for n in range(MAX_SETS + 50)
    ]
    fed += [{"t": [T_MS, T_MS + 1], "signals": {f"other_{n}": [n, None], KNOWN[0]: [None, n]}} for n in range(20)]
    batch = decode(*fed)
    assert len(batch.readings) == MAX_SETS + 50 + 40
    assert len(batch.extra) == MAX_SETS + 50 + 20
    by_row = {(row["message"], row["row"]): row["signals"] for row in rows(batch)}
    for n in range(MAX_SETS + 50):
        assert by_row[n, 0] == {KNOWN[n % 80]: 1, KNOWN[(n + 1) % 80]: n}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_payload_of_the_limit_is_read_and_one_byte_more_is_not(topic: str) -> None:
    limit = MAX_BYTES[Format(topic.rsplit("/", 1)[1])]
    for payload in (b"[" + b" " * (limit - 1), gzip.compress(b"[" + b" " * (limit - 1))):
        assert refused(decode(payload, topic=topic))[0][2] != Reason.TOO_LARGE.value
    for payload in (b"[" + b" " * limit, gzip.compress(b"[" + b" " * limit), gzip.compress(b" " * 50_000_000)):
        assert refused(decode(payload, topic=topic)) == [(0, -1, "too_large")]


def test_a_gzip_bomb_costs_no_more_memory_than_the_limit() -> None:
    bomb, decoder = gzip.compress(b" " * 100_000_000), Decoder(CATALOGUE)
    tracemalloc.start()
    try:
        assert refused(decode(bomb, decoder=decoder)) == [(0, -1, "too_large")]
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES[Format.TELEMETRY] + len(bomb)
    finally:
        tracemalloc.stop()


def test_a_refused_message_keeps_its_place_in_the_ledger_when_it_can_be_read() -> None:
    batch = decode(
        b'{"boot":"b","seq":7,"t":1,"signals":{"x":"y"}}',
        gzip.compress(b'{"boot":"b","seq":8,"t":1,"signals":{"x":[1]}}'),
        b'{"boot":"b","seq":9,"t":1,"signals":{"x":1}',
        b'{"boot":"b","seq":-1,"t":1,"signals":{"x":1}}',
    )
    assert [reason for _, _, reason in refused(batch)] == ["schema", "schema", "malformed_json", "schema"]
    assert list(zip(batch.messages.boot, batch.messages.seq, strict=True)) == [("b", 7), ("b", 8), ("", -1), ("", -1)]


def test_what_is_asked_of_the_model_is_used_per_terminal() -> None:
    level = [{"t": T_MS + 100, "id": 0x18FEFC00 | sa, "ext": True, "hex": f"FF{raw:02X}FFFFFFFFFFFF"} for sa, raw in
             [(0, 50), (49, 100), (3, 150)]]  # fmt: skip
    decoder = Decoder(CATALOGUE, preferred=lambda terminal: (3, 49) if terminal == "EX-1" else (), slot_s=lambda _: 0.1)
    found = decode({"frames": level}, topic=CAN, decoder=decoder)
    assert [(r["measured_at_us"], r["signals"]) for r in rows(found)] == [
        (T_MS * 1000 + 100_000, {"fuel_level_pct": 60.0})
    ]
    other = decode({"frames": level}, topic="ecc/v1/EX-2/can", decoder=decoder)
    assert [r["signals"] for r in rows(other)] == [{"fuel_level_pct": 20.0}]
    assert math.isnan(matrix(other.readings)[0, 0])


def test_the_batch_carries_what_came_with_each_delivery() -> None:
    decoder, builder = Decoder(CATALOGUE), BatchBuilder(CATALOGUE)
    decoder.decode(builder, TELEMETRY, raw({"t": 1, "signals": {"x": 1}}), 11, True, "a")
    decoder.decode(builder, "ecc/v1/EX-2/status", raw({"online": True}), 12, False, "b")
    assert (builder.messages, builder.rows) == (2, 1)
    batch = builder.finish()
    messages = batch.messages
    assert (messages.received_at_us, messages.redelivered, messages.token) == ([11, 12], [True, False], ["a", "b"])
    assert (messages.terminal, messages.rows) == (["EX-1", "EX-2"], [1, 0])
    assert (batch.readings.received_at_us.tolist(), batch.events.received_at_us.tolist()) == ([11], [12])


def test_nothing_fed_is_an_empty_batch() -> None:
    batch = BatchBuilder(CATALOGUE).finish()
    assert (len(batch.messages), len(batch.readings), len(batch.events)) == (0, 0, 0)
    builder = BatchBuilder(CATALOGUE)
    feed(builder, Decoder(CATALOGUE), [b"x"])
    assert (len(builder.finish().readings), builder.rows) == (0, 0)
