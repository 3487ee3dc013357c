"""J1939 texts: vehicle identification, component identification, software identification."""

import re
from collections.abc import Iterator

VIN_PGN = 65260
COMPONENT_PGN = 65259
SOFTWARE_PGN = 65242
PGNS = frozenset({VIN_PGN, COMPONENT_PGN, SOFTWARE_PGN})
_COMPONENT = ("component_make", "component_model", "component_serial")  # SPN 586, 587, 588
_MAX_TEXT = 200
_VIN = re.compile(r"[A-Za-z0-9-]*")  # real controllers send rubbish behind a VIN and before its '*'


def attributes(pgn: int, sa: int, data: bytes) -> Iterator[tuple[str, str]]:
    """(key, text) pairs of a complete message; fields end with '*'.

    Every controller has its own component and software: those of SA 0 (engine 1) get the plain key, others ".sa<n>"
    behind it. A VIN (SPN 237) is the machine's whoever sends it.
    """
    suffix = f".sa{sa}" if sa else ""
    if pgn == VIN_PGN:
        found = [("vin", _vin(_fields(data)[0]))]
    elif pgn == COMPONENT_PGN:
        found = [(key + suffix, text) for key, text in zip(_COMPONENT, _fields(data), strict=False)]
    else:  # SPN 965 (how many) in byte 1, then SPN 234
        found = [("software_id" + suffix, "*".join(field for field in _fields(data[1:]) if field))]
    yield from ((key, text) for key, text in found if text)


def _fields(data: bytes) -> list[str]:
    """Printable ASCII of each field; 0xFF (not available), 0x00 (error) and padding fall away."""
    return ["".join(chr(b) for b in field if 0x20 <= b < 0x7F).strip()[:_MAX_TEXT] for field in data.split(b"*")]


def _vin(field: str) -> str:
    found = _VIN.match(field)
    return found[0] if found else ""
