"""Two recorded logs of real machines, sent as the wire contract says, against a naive reading of the same frames."""

import math
import random
from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from fleet.batch import Batch, EventKind
from gateway.decode import BatchBuilder, Decoder
from tests.decoding import CAN, CATALOGUE, decode, feed, matrix, refused, values
from tests.j1939_oracle import SECOND_US, BusFrame, Entry, Reading, read_frames, read_log, read_table

IDLE = "css_heavy_duty_engine_idle_127s.log"
TRACTOR = "css_johndeere_tractor_186s.log"


def messages(frames: list[BusFrame]) -> list[dict[str, object]]:
    """CAN messages of one whole slot each."""
    slots = [list(group) for _, group in groupby(frames, key=lambda frame: frame.at_us // SECOND_US)]
    return [
        {
            "boot": "log",
            "seq": seq,
            "frames": [
                {"t": f.at_us / 1000, "id": f.identifier, "ext": f.extended, "hex": f.data.hex().upper()} for f in slot
            ],
        }
        for seq, slot in enumerate(slots)
    ]


@pytest.fixture(scope="module")
def table(shared_data: Path) -> list[Entry]:
    return read_table(shared_data / "spn_table.csv")


@pytest.fixture(scope="module", params=[IDLE, TRACTOR])
def log(request: pytest.FixtureRequest, shared_data: Path, table: list[Entry]) -> tuple[list[BusFrame], Batch, Reading]:
    frames = read_log(shared_data / "candump" / request.param)
    return frames, decode(*messages(frames), topic=CAN), read_frames(frames, table)


def log_of(name: str, shared_data: Path) -> tuple[Decoder, Batch]:
    decoder, builder = Decoder(CATALOGUE), BatchBuilder(CATALOGUE)
    feed(builder, decoder, messages(read_log(shared_data / "candump" / name)), CAN)
    return decoder, builder.finish()


def errors_of(batch: Batch) -> Counter[tuple[int, int]]:
    """(SPN, source address) -> how many error values."""
    found: Counter[tuple[int, int]] = Counter()
    events = batch.events
    for kind, spn, sa, count in zip(events.kind, events.spn, events.source_address, events.count, strict=True):
        if kind == EventKind.SENSOR_ERROR:
            found[int(spn), int(sa)] += int(count)
    return found


def test_every_value_is_the_naive_readings_and_none_is_missing_or_invented(
    log: tuple[list[BusFrame], Batch, Reading],
) -> None:
    _, batch, reading = log
    got = {}
    for at_us, row in zip(batch.readings.measured_at_us, matrix(batch.readings), strict=True):
        assert at_us % SECOND_US == 0
        for signal, value in zip(CATALOGUE, row, strict=True):
            if not math.isnan(value):
                got[int(at_us) // SECOND_US, signal.spn] = float(value)
    assert got == {key: float(value) for key, value in reading.values.items()}
    assert refused(batch) == []


def test_every_sensor_error_is_the_naive_readings(log: tuple[list[BusFrame], Batch, Reading]) -> None:
    _, batch, reading = log
    assert errors_of(batch) == Counter((spn, sa) for _, spn, sa in reading.errors)
    events = batch.events
    at = {
        (int(t), int(spn), int(sa))
        for t, kind, spn, sa in zip(events.measured_at_us, events.kind, events.spn, events.source_address, strict=True)
        if kind == EventKind.SENSOR_ERROR
    }
    assert at <= set(reading.errors)


def test_every_slots_last_dm1_is_the_naive_readings(log: tuple[list[BusFrame], Batch, Reading]) -> None:
    _, batch, reading = log
    events = batch.events
    got: dict[tuple[int, int], set[tuple[int, int, int]]] = {}
    for i in range(len(events)):
        if events.kind[i] == EventKind.FAULT:
            key = (int(events.measured_at_us[i]) // SECOND_US, int(events.source_address[i]))
            got.setdefault(key, set()).add((int(events.spn[i]), int(events.fmi[i]), int(events.count[i])))
    assert got == reading.snapshots


def test_the_idling_engine_reads_as_its_makers_tool_says(shared_data: Path) -> None:
    decoder, batch = log_of(IDLE, shared_data)
    assert len(batch.readings) == 128
    for key, low, high in [
        ("engine_speed_rpm", 647.5, 653.0),
        ("fuel_rate_lph", 2.50, 2.80),
        ("engine_oil_pressure_kpa", 236, 260),
        ("engine_coolant_temp_degc", 71, 72),
        ("engine_oil_temp_degc", 72.6875, 73.78125),
        ("fuel_level_pct", 74.8, 74.8),
        ("battery_voltage_v", 13.2, 13.5),
    ]:
        found = values(batch, key)
        assert (min(found), max(found)) == (low, high), key
    assert decoder.counts.standard_frames == 12_278
    assert decoder.counts.extended_frames == 45_571
    faults = {
        (int(batch.events.spn[i]), int(batch.events.fmi[i]), int(batch.events.count[i]), int(batch.events.lamps[i]))
        for i in range(len(batch.events))
    }
    assert faults == {(980, 9, 126, 8), (3216, 20, 2, 8), (609, 9, 1, 8), (609, 12, 3, 8)}
    assert set(batch.events.kind.tolist()) == {EventKind.FAULT}


def test_the_11_bit_frames_alone_decode_to_nothing(shared_data: Path) -> None:
    frames = [frame for frame in read_log(shared_data / "candump" / IDLE) if not frame.extended]
    batch = decode(*messages(frames), topic=CAN)
    assert (len(frames), len(batch.readings), len(batch.events), refused(batch)) == (12_278, 0, 0, [])


def test_the_tractor_has_117_sensor_errors_no_fault_and_its_own_vin(shared_data: Path) -> None:
    _, batch = log_of(TRACTOR, shared_data)
    assert set(values(batch, "engine_hours_h")) == {219.2}
    assert set(values(batch, "engine_coolant_temp_degc")) == {85, 86}
    assert (min(values(batch, "engine_oil_temp_degc")), max(values(batch, "engine_oil_temp_degc"))) == (94, 96)
    kinds = Counter(batch.events.kind.tolist())
    assert kinds == {EventKind.SENSOR_ERROR: 117, EventKind.ATTRIBUTE: 2}
    assert errors_of(batch) == {(91, 0): 116, (175, 0): 1}
    assert {text for text in batch.events.text if text} == {"vin=1L06130RELP969468"}
    assert len(batch.readings) == 186  # one slot of 187 holds frames of unknown groups only


def test_any_number_of_slots_in_a_message_gives_the_same_rows(shared_data: Path) -> None:
    frames = read_log(shared_data / "candump" / TRACTOR)
    single = messages(frames)
    joined = [
        {"frames": [frame for message in single[i : i + 17] for frame in message["frames"]]}  # type: ignore[attr-defined]
        for i in range(0, len(single), 17)
    ]
    one, many = decode(*single, topic=CAN), decode(*joined, topic=CAN)
    assert one.readings.measured_at_us.tolist() == many.readings.measured_at_us.tolist()
    assert matrix(one.readings).tobytes() == matrix(many.readings).tobytes()
    order = [sorted(zip(b.events.measured_at_us, b.events.kind, b.events.spn, strict=True)) for b in (one, many)]
    assert order[0] == order[1]


@pytest.mark.parametrize("seed", range(5))
def test_random_frames_of_every_group_and_several_sources_read_as_the_naive_reading_says(
    seed: int, table: list[Entry]
) -> None:
    rng = random.Random(seed)
    pgns = sorted({entry.pgn for entry in table})
    frames = sorted(
        BusFrame(
            1_622_547_830 * SECOND_US + rng.randrange(5 * SECOND_US),
            6 << 26 | rng.choice(pgns) << 8 | rng.choice([0, 3, 49]),
            True,
            bytes(
                rng.choice([rng.randrange(256), 0xFF, 0xFE, 0xFB, 0xFA]) for _ in range(rng.choice([8, 8, 8, 5, 2, 0]))
            ),
        )
        for _ in range(2000)
    )
    batch, reading = decode(*messages(frames), topic=CAN), read_frames(frames, table)
    got = {
        (int(at_us) // SECOND_US, CATALOGUE.signals[column].spn): float(row[column])
        for at_us, row in zip(batch.readings.measured_at_us, matrix(batch.readings), strict=True)
        for column in np.flatnonzero(~np.isnan(row))
    }
    assert got == {key: float(value) for key, value in reading.values.items()}
    assert errors_of(batch) == Counter((spn, sa) for _, spn, sa in reading.errors)
    assert len(reading.errors) > 100
