"""SAE J1939 identifiers, the SPN table, and raw frames to values: numpy over all frames of a message at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fleet.batch import BoolArray, Float64Array, Int64Array
from fleet.signals import Catalogue

UInt64Array = npt.NDArray[np.uint64]
IndexArray = npt.NDArray[np.intp]

PDU2_FROM = 240
TO_ALL = 255
PGN_LIMIT = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Spn:
    """One suspect parameter: where it is in its parameter group and what its raw value means."""

    spn: int
    pgn: int
    shift: int  # position of the lowest bit in the 8 bytes read as a little-endian integer
    bits: int
    scale: Fraction
    offset: Fraction
    unit: str

    @property
    def last_valid(self) -> int:
        """The largest raw value that is a measurement (SAE J1939-71: 0xFA.. of whole bytes)."""
        if self.bits >= 8:
            return (0xFB << (self.bits - 8)) - 1
        return {2: 1, 4: 13}.get(self.bits, (1 << self.bits) - 2)

    @property
    def error(self) -> tuple[int, int]:
        """First and last raw value that say 'error'; first > last where the width has none (3 bit)."""
        if self.bits >= 8:
            return 0xFE << (self.bits - 8), (0xFF << (self.bits - 8)) - 1
        return {2: (2, 2), 4: (14, 14)}.get(self.bits, (1, 0))


@cache
def packaged_spns() -> Mapping[int, Spn]:
    """The table shipped in gateway/decode/j1939_spns.toml, by SPN."""
    text = files("gateway.decode").joinpath("j1939_spns.toml").read_text(encoding="utf-8")
    return {int(spn): _spn(int(spn), entry) for spn, entry in tomllib.loads(text).items()}


def _spn(spn: int, entry: dict[str, Any]) -> Spn:
    return Spn(
        spn=spn,
        pgn=entry["pgn"],
        shift=(entry["byte"] - 1) * 8 + entry["bit"] - 1,
        bits=entry["bits"],
        scale=Fraction(repr(entry["scale"])),
        offset=Fraction(repr(entry["offset"])),
        unit=entry["unit"],
    )


class Identified(NamedTuple):
    """29-bit identifiers taken apart, (frames,) each."""

    pgn: Int64Array
    destination: Int64Array  # 255 = to all (every PDU2 group is)
    source: Int64Array


def identify(ids: Int64Array) -> Identified:
    """PGN, destination and source address of 29-bit identifiers, shape (frames,).

    PDU1 (PF < 240): the PS byte is the destination and no part of the PGN. PDU2: it is the group extension.
    """
    group, specific = ids >> 16 & 0xFF, ids >> 8 & 0xFF
    to_one = group < PDU2_FROM
    pages = ids >> 8 & 0x30000
    pgn = pages | group << 8 | np.where(to_one, 0, specific)
    return Identified(pgn, np.where(to_one, specific, TO_ALL), ids & 0xFF)


class Values(NamedTuple):
    """Decoded parameters of some frames, one entry a (frame, SPN) that has a value or an error; (entries,) each."""

    frame: IndexArray
    signal: Int64Array
    spn: Int64Array
    value: Float64Array  # NaN where error
    error: BoolArray


class SpnTable:
    """The SPNs that a catalogue has signals for, as arrays sorted by PGN."""

    def __init__(self, catalogue: Catalogue, spns: Mapping[int, Spn] | None = None) -> None:
        known = packaged_spns() if spns is None else spns
        table = sorted((s for s in known.values() if s.spn in catalogue.by_spn), key=lambda s: (s.pgn, s.shift))
        pgns = np.array([s.pgn for s in table], dtype=np.int64)
        count = np.bincount(pgns, minlength=PGN_LIMIT)
        self._count = count.astype(np.int16)  # entries of the table by PGN, and the first of them
        self._first = (np.cumsum(count) - count).astype(np.int16)
        self._spn = np.array([s.spn for s in table], dtype=np.int64)
        self._signal = np.array([catalogue.by_spn[s.spn].id for s in table], dtype=np.int64)
        self._shift = np.array([s.shift for s in table], dtype=np.uint64)
        self._mask = np.array([(1 << s.bits) - 1 for s in table], dtype=np.uint64)
        self._last_valid = np.array([s.last_valid for s in table], dtype=np.uint64)
        self._error_from = np.array([s.error[0] for s in table], dtype=np.uint64)
        self._error_to = np.array([s.error[1] for s in table], dtype=np.uint64)
        # value = (raw * multiplier + addend) / divisor in whole numbers below 2**53: one correct rounding
        divisors = [s.scale.denominator * s.offset.denominator for s in table]
        self._divisor = np.array(divisors, dtype=np.float64)
        pairs = list(zip(table, divisors, strict=True))
        self._multiplier = np.array([float(s.scale * divisor) for s, divisor in pairs])
        self._addend = np.array([float(s.offset * divisor) for s, divisor in pairs])

    def decode(self, pgn: Int64Array, data: UInt64Array) -> Values:
        """All values and errors in the frames, in frame order.

        pgn, data: (frames,), data the 8 bytes as a little-endian integer, missing bytes as 0xFF. Not available
        (0xFF..), parameter-specific (0xFB..) and reserved (0xFC.., 0xFD..) codes give no entry. O(frames + entries).
        """
        known = np.flatnonzero(self._count[pgn])
        first, count = self._first[pgn[known]].astype(np.int64), self._count[pgn[known]]
        frame = np.repeat(known, count)
        field = np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(frame))
        raw = data[frame] >> self._shift[field] & self._mask[field]
        error = (raw >= self._error_from[field]) & (raw <= self._error_to[field])
        keep = error | (raw <= self._last_valid[field])
        frame, field, error = frame[keep], field[keep], error[keep]
        value = (raw[keep] * self._multiplier[field] + self._addend[field]) / self._divisor[field]
        value[error] = np.nan
        return Values(frame, self._signal[field], self._spn[field], value, error)
