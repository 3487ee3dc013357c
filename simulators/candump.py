"""Reading candump logs: `(1635188455.020850) can0 18F00E00#821639C4FFFFFFFF`, one frame a line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fleet.errors import InvalidInput

_LINE = re.compile(r"\((\d+)\.(\d{6})\)\s+\S+\s+([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#([0-9A-Fa-f]*|R\d?)\s*[TR]?\s*")
SLOT_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """One recorded frame; `body` is empty for a remote frame."""

    at_us: int
    identifier: int
    extended: bool
    body: bytes


def parse_line(line: str, number: int) -> Frame:
    """One line of a candump log. Raises InvalidInput, naming the line."""
    match = _LINE.fullmatch(line)
    if match is None or (len(match[4]) % 2 and not match[4].startswith("R")):
        raise InvalidInput(f"line {number} is not a candump frame: {line.strip()[:60]!r}")
    body = b"" if match[4].startswith("R") else bytes.fromhex(match[4])
    if len(body) > 8:
        raise InvalidInput(f"line {number}: a classic CAN frame has at most 8 bytes")
    return Frame(int(match[1]) * 1_000_000 + int(match[2]), int(match[3], 16), len(match[3]) == 8, body)


def read_candump(path: Path) -> list[Frame]:
    """All frames of a log in order of their stamps; empty lines are skipped. Raises InvalidInput for anything else."""
    try:
        with path.open(encoding="ascii", errors="replace") as lines:
            frames = [parse_line(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error}") from error
    if not frames:
        raise InvalidInput(f"{path} has no frames")
    return sorted(frames, key=lambda frame: frame.at_us)


def slots_of(frames: Iterable[Frame]) -> Iterator[tuple[int, list[Frame]]]:
    """(slot start, its frames) for each whole UTC second that has frames, microseconds; frames are sorted."""
    for slot, own in groupby(frames, key=lambda frame: frame.at_us // SLOT_US):
        yield slot * SLOT_US, list(own)
