"""DM1 (PGN 65226): lamps and active trouble codes of one controller."""

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.batch import EventKind, FaultSource
from gateway.decode.builder import Event

PGN = 65226
COUNT_NOT_AVAILABLE = 127
_LAMP_ON, _LAMP_NOT_AVAILABLE = 0b01, 0b11
_EMPTY = (b"\x00\x00\x00", b"\xff\xff\xff")  # no code, not available


@dataclass(frozen=True, slots=True)
class Dtc:
    """One active code, SPN conversion method 4 (CM = 0). count: -1 not available."""

    spn: int
    fmi: int
    count: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One DM1. lamps: bits 1 protect, 2 amber, 4 red stop, 8 MIL, -1 unknown. old: codes with CM = 1, as sent."""

    lamps: int
    codes: tuple[Dtc, ...]
    old: tuple[bytes, ...]


def parse(data: bytes) -> Snapshot | None:
    """The snapshot of `data` (2 lamp bytes, then 4 bytes a code; a rest under 4 is padding); None when it is too short.

    With CM = 1 the order of the SPN's bits depends on the version (1 to 3) and cannot be told: such codes stay raw.
    """
    if len(data) < 6:
        return None
    codes: dict[tuple[int, int], Dtc] = {}
    old: list[bytes] = []
    for start in range(2, len(data) - 3, 4):
        raw = data[start : start + 4]
        if raw[:3] in _EMPTY:
            continue
        if raw[3] & 0x80:
            old.append(raw)
            continue
        spn, fmi = raw[0] | raw[1] << 8 | (raw[2] >> 5) << 16, raw[2] & 0x1F
        count = -1 if raw[3] == COUNT_NOT_AVAILABLE else raw[3]
        if spn or fmi:
            codes[spn, fmi] = Dtc(spn, fmi, count)
    return Snapshot(_lamps(data[0]), tuple(codes.values()), tuple(old))


def events(snapshot: Snapshot, sa: int, at_us: int) -> Iterator[Event]:
    """FAULT rows of the snapshot, one with spn 0 and fmi 0 when no code is active; a NOTE for each code kept raw."""
    for code in snapshot.codes or (Dtc(0, 0, -1),):
        yield Event(
            at_us,
            EventKind.FAULT,
            source_address=sa,
            spn=code.spn,
            fmi=code.fmi,
            occurrences=code.count,
            lamps=snapshot.lamps,
            value=FaultSource.CAN,
            text=f"codes in an old SPN conversion method, kept raw: {len(snapshot.old)}" if snapshot.old else None,
        )
    for raw in snapshot.old:
        text = f"DM1 code in an old SPN conversion method (CM=1), raw {raw.hex()}"
        yield Event(at_us, EventKind.NOTE, source_address=sa, lamps=snapshot.lamps, text=text)


def _lamps(lamps: int) -> int:
    """Byte 1, two bits a lamp: MIL 8-7, red stop 6-5, amber 4-3, protect 2-1; 01 on, 11 not available."""
    states = [lamps >> shift & 0b11 for shift in (0, 2, 4, 6)]
    if all(state == _LAMP_NOT_AVAILABLE for state in states):
        return -1
    return sum((state == _LAMP_ON) << bit for bit, state in enumerate(states))
