"""The SPN table and what raw values mean."""

from pathlib import Path

import numpy as np
import pytest

from gateway.decode.j1939 import SpnTable, identify, packaged_spns
from tests.decoding import CATALOGUE
from tests.j1939_oracle import classify, read_table


def test_every_catalogue_signal_with_an_spn_is_in_the_table_with_its_group_and_unit() -> None:
    spns = packaged_spns()
    assert {s.spn for s in CATALOGUE if s.spn is not None} == set(spns)
    for signal in CATALOGUE:
        if signal.spn is not None:
            assert (spns[signal.spn].pgn, spns[signal.spn].unit) == (signal.pgn, signal.unit), signal.key


def test_every_parameter_lies_inside_its_eight_bytes_and_no_two_overlap() -> None:
    taken: dict[int, set[int]] = {}
    for spn in packaged_spns().values():
        bits = set(range(spn.shift, spn.shift + spn.bits))
        assert max(bits) < 64
        assert not bits & taken.setdefault(spn.pgn, set()), spn
        taken[spn.pgn] |= bits


def test_positions_and_scales_are_those_of_the_shared_table(shared_data: Path) -> None:
    spns = packaged_spns()
    for entry in read_table(shared_data / "spn_table.csv"):
        spn = spns[entry.spn]
        assert (spn.pgn, spn.shift, spn.bits, spn.scale, spn.offset) == entry[1:], entry


@pytest.mark.parametrize("spn", sorted(packaged_spns()))
def test_every_raw_value_of_a_parameter_reads_as_the_naive_reading_says(spn: int, shared_data: Path) -> None:
    entry = next(e for e in read_table(shared_data / "spn_table.csv") if e.spn == spn)
    count = 1 << entry.bits
    corners = [top * 2 ** (entry.bits - 8) + low for top in range(0xF8, 0x100) for low in (0, 1)] if count > 512 else []
    raws = range(count) if count <= 256 else [*range(0, count, count // 1021), count - 1, *corners]
    data = [raw << entry.start | ~((count - 1) << entry.start) % 2**64 for raw in raws]
    pgns = np.full(len(data), entry.pgn, dtype=np.int64)
    found = SpnTable(CATALOGUE).decode(pgns, np.array(data, dtype=np.uint64))
    mine = found.spn == spn
    got = {
        int(frame): "error" if error else float(value)
        for frame, value, error in zip(found.frame[mine], found.value[mine], found.error[mine], strict=True)
    }
    expected = {}
    for number, eight in enumerate(data):
        state, raw = classify(eight.to_bytes(8, "little"), entry)
        if state != "nothing":
            expected[number] = "error" if state == "error" else float(raw * entry.scale + entry.offset)
    assert got == expected


@pytest.mark.parametrize(
    ("identifier", "pgn", "destination", "source"),
    [
        pytest.param(0x0CF00400, 61444, 255, 0, id="PDU2 is to all"),
        pytest.param(0x18EBFF21, 60160, 255, 0x21, id="PDU1 to all"),
        pytest.param(0x18EB0321, 60160, 3, 0x21, id="PDU1 to one: the destination is no part of the PGN"),
        pytest.param(0x18EFFFAA, 61184, 255, 0xAA, id="PF 239 is the last PDU1"),
        pytest.param(0x18F0FFAA, 61695, 255, 0xAA, id="PF 240 is the first PDU2"),
        pytest.param(0x19FEEE00, 0x1FEEE, 255, 0, id="data page 1 is another group"),
        pytest.param(0x1AFEEE00, 0x2FEEE, 255, 0, id="so is the extended data page"),
    ],
)
def test_identifiers_come_apart(identifier: int, pgn: int, destination: int, source: int) -> None:
    found = identify(np.array([identifier]))
    assert [column.tolist() for column in found] == [[pgn], [destination], [source]]
