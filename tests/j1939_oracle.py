"""A naive reading of J1939, frame by frame with integers only, from the shared table: what the decoder must agree with.

Written without the gateway's code on purpose. Slow.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

SECOND_US = 1_000_000
Transfer = tuple[int, int, int, bytearray]  # PGN, size, next sequence number, data so far


class BusFrame(NamedTuple):
    """One frame of a log."""

    at_us: int
    identifier: int
    extended: bool
    data: bytes


class Entry(NamedTuple):
    """One row of the table, bit positions worked out."""

    spn: int
    pgn: int
    start: int
    bits: int
    scale: Fraction
    offset: Fraction


@dataclass
class Reading:
    """What a log says, per second."""

    values: dict[tuple[int, int], Fraction] = field(default_factory=dict)  # (second, spn) -> value
    errors: list[tuple[int, int, int]] = field(default_factory=list)  # (at_us, spn, source address)
    snapshots: dict[tuple[int, int], set[tuple[int, int, int]]] = field(default_factory=dict)  # (second, sa) -> codes
    standard_frames: int = 0


def read_table(path: Path) -> list[Entry]:
    """The numeric SPNs of spn_table.csv; SPN 917 in km."""
    entries = []
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["bits"] == "0":
                continue
            place = row["byte_pos"].split("-")[0].split(".")
            start = (int(place[0]) - 1) * 8 + (int(place[1]) - 1 if len(place) > 1 else 0)
            scale = Fraction(row["scale"]) / (1000 if row["spn"] == "917" else 1)
            spn, pgn, bits = int(row["spn"]), int(row["pgn"]), int(row["bits"])
            entries.append(Entry(spn, pgn, start, bits, scale, Fraction(row["offset"])))
    return entries


def read_log(path: Path) -> list[BusFrame]:
    """A candump -L file."""
    frames = []
    for line in path.read_text().splitlines():
        stamp, _, frame = line.split()
        seconds, fraction = stamp.strip("()").split(".")
        identifier, data = frame.split("#")
        at_us = int(seconds) * SECOND_US + int(fraction.ljust(6, "0"))
        frames.append(BusFrame(at_us, int(identifier, 16), len(identifier) == 8, bytes.fromhex(data)))
    return frames


def read_frames(frames: Iterable[BusFrame], table: list[Entry]) -> Reading:
    """Per second: the last valid value of each SPN of the lowest source address, all errors, each source's last DM1."""
    reading = Reading()
    best: dict[tuple[int, int], int] = {}
    transfers: dict[int, Transfer] = {}
    for frame in frames:
        if not frame.extended:
            reading.standard_frames += 1
            continue
        pgn, specific, source = take_apart(frame.identifier)
        read_values(reading, best, frame, source, [entry for entry in table if entry.pgn == pgn])
        target, data = (pgn, frame.data) if specific is None else collect(transfers, frame.data, pgn, specific, source)
        if target == 65226:
            reading.snapshots[frame.at_us // SECOND_US, source] = codes(data)
    return reading


def read_values(
    reading: Reading, best: dict[tuple[int, int], int], frame: BusFrame, source: int, entries: list[Entry]
) -> None:
    """Enter one frame's values and errors; `best` is the source of each (second, spn) so far."""
    for entry in entries:
        state, raw = classify(frame.data, entry)
        if state == "error":
            reading.errors.append((frame.at_us, entry.spn, source))
        key = (frame.at_us // SECOND_US, entry.spn)
        if state == "value" and source <= best.get(key, 256):
            best[key] = source
            reading.values[key] = raw * entry.scale + entry.offset


def take_apart(identifier: int) -> tuple[int, int | None, int]:
    """(PGN, destination or None when it is to all by form, source address)."""
    form, specific = identifier // 65536 % 256, identifier // 256 % 256
    page = identifier // 65536 // 256 % 4
    if form >= 240:
        return page * 65536 + form * 256 + specific, None, identifier % 256
    return page * 65536 + form * 256, specific, identifier % 256


def collect(transfers: dict[int, Transfer], data: bytes, pgn: int, destination: int, source: int) -> tuple[int, bytes]:
    """(PGN, data) of a broadcast transfer that this frame finishes, else (0, nothing)."""
    if destination == 255 and pgn == 60416 and data[0] == 32:
        transfers[source] = (data[5] + 256 * data[6] + 65536 * data[7], data[1] + 256 * data[2], 1, bytearray())
    elif destination == 255 and pgn == 60160 and source in transfers:
        target, size, expected, collected = transfers.pop(source)
        if data[0] == expected:
            collected += data[1:]
            if len(collected) >= size:
                return target, bytes(collected[:size])
            transfers[source] = (target, size, expected + 1, collected)
    return 0, b""


def classify(data: bytes, entry: Entry) -> tuple[str, int]:
    """('value' | 'error' | 'nothing', raw value)."""
    if entry.start + entry.bits > 8 * len(data):
        return "nothing", 0
    raw = sum(byte << (8 * i) for i, byte in enumerate(data)) // 2**entry.start % 2**entry.bits
    if entry.bits >= 8:
        top = raw // 2 ** (entry.bits - 8)
        state = "value" if top <= 0xFA else "error" if top == 0xFE else "nothing"
    elif entry.bits == 2:
        state = ("value", "value", "error", "nothing")[raw]
    elif entry.bits == 4:
        state = "value" if raw <= 13 else "error" if raw == 14 else "nothing"
    else:
        state = "value" if raw < 2**entry.bits - 1 else "nothing"
    return state, raw


def codes(data: bytes) -> set[tuple[int, int, int]]:
    """(SPN, FMI, count) of a DM1; {(0, 0, -1)} when no code is active; conversion method 4 only."""
    found = set()
    for i in range(2, len(data) - 3, 4):
        a, b, c, d = data[i : i + 4]
        if (a, b, c) in {(0, 0, 0), (255, 255, 255)}:
            continue
        found.add((a + 256 * b + 65536 * (c // 32), c % 32, -1 if d == 127 else d))
    return found or {(0, 0, -1)}
