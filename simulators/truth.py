"""The ground truth of a run: what was broken, when, how badly, and what the platform should say. One JSON line a fault.

Nothing in diagnosis may import this module or read its file.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectedFault:
    """One fault as it was injected. Times in microseconds UTC.

    injected_at_us: true machine time, what a right clock would stamp on the reading of that instant. injected_wall_us:
    the simulator's wall clock. expects: {"kind": "rule"|"dtc", "key": ...} or None when nothing need be found.
    clock_right, live: whether the machine's stamps are right and its rows go out as they are measured; only such
    machines count for the time from fault to alarm.
    """

    terminal: str
    machine_kind: str
    fault: str
    severity: float
    ramp_s: float
    lasts_s: float | None
    injected_at_us: int
    injected_wall_us: int
    expects: dict[str, str] | None
    clock_right: bool
    live: bool
    parameters: dict[str, float]  # parameter -> its value at full severity
    sensor: str | None = None
    offset: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class TruthFile:
    """Appends faults to a JSON Lines file as they are injected, flushed each time. With no path it only remembers."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.faults: list[InjectedFault] = []
        self._file: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8")

    def write(self, fault: InjectedFault) -> None:
        """Note a fault."""
        self.faults.append(fault)
        if self._file is not None:
            self._file.write(json.dumps(fault.as_dict()) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Nothing more comes."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_truth(path: Path) -> Iterator[InjectedFault]:
    """The faults of a truth file, in the order of injection. Raises OSError when it is not there."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield InjectedFault(**json.loads(line))
