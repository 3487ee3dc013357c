"""When each reading row first left its machine, by the wall clock of the simulator."""

from array import array
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from fleet.batch import Int32Array, Int64Array

_KEPT_ROWS = 400_000  # about 100 MB


@dataclass(frozen=True, slots=True)
class PublishedRows:
    """One entry per distinct row (terminal, boot, seq, row), in the order of first publishing; (rows,) each."""

    terminals: tuple[str, ...]
    boots: tuple[str, ...]
    terminal: Int32Array  # index into terminals
    boot: Int32Array  # index into boots
    seq: Int64Array
    row: Int32Array  # sample index in its message
    measured_at_us: Int64Array  # as the machine's clock said it
    published_at_us: Int64Array  # wall clock

    def save(self, path: Path) -> None:
        """Write as a NumPy archive."""
        np.savez_compressed(
            path, terminals=np.array(self.terminals), boots=np.array(self.boots), terminal=self.terminal,
            boot=self.boot, seq=self.seq, row=self.row, measured_at_us=self.measured_at_us,
            published_at_us=self.published_at_us,
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> "PublishedRows":
        """Read what `save` wrote. Raises OSError when it is not there."""
        with np.load(path, allow_pickle=False) as kept:
            return cls(
                tuple(str(t) for t in kept["terminals"]), tuple(str(b) for b in kept["boots"]),
                kept["terminal"], kept["boot"], kept["seq"], kept["row"],
                kept["measured_at_us"], kept["published_at_us"],
            )  # fmt: skip

    def first_published_at(self, terminal: str, measured_at_us: int) -> int | None:
        """Wall clock of the first PUBLISH that carried a row of this instant, microseconds; None when none did."""
        if terminal not in self.terminals:
            return None
        hit = (self.terminal == self.terminals.index(terminal)) & (self.measured_at_us == measured_at_us)
        return int(self.published_at_us[hit].min()) if hit.any() else None


class PublishLog:
    """Collects PublishedRows; keeps the newest half when `kept_rows` is reached."""

    def __init__(self, kept_rows: int = _KEPT_ROWS) -> None:
        self._kept_rows = kept_rows
        self._terminals: dict[str, int] = {}
        self._boots: dict[str, int] = {}
        self._columns = tuple(array("q") for _ in range(6))
        self._first: dict[tuple[int, int], int] = {}
        self._lock = Lock()  # the fleet's thread records, others read

    def __len__(self) -> int:
        return len(self._columns[0])

    def record(self, terminal: str, boot: str, seq: int, rows: tuple[int, ...], published_at_us: int) -> None:
        """Note the first PUBLISH of a message whose rows were measured at `rows`."""
        with self._lock:
            self._record(terminal, boot, seq, rows, published_at_us)

    def _record(self, terminal: str, boot: str, seq: int, rows: tuple[int, ...], published_at_us: int) -> None:
        t = self._terminals.setdefault(terminal, len(self._terminals))
        b = self._boots.setdefault(boot, len(self._boots))
        for row, measured_at_us in enumerate(rows):
            entry = (t, b, seq, row, measured_at_us, published_at_us)
            for column, value in zip(self._columns, entry, strict=True):
                column.append(value)
            self._first.setdefault((t, measured_at_us), published_at_us)
        if len(self) > self._kept_rows:
            self._forget_older_half()

    def _forget_older_half(self) -> None:
        half = len(self) // 2
        for column in self._columns:
            del column[:half]
        kept = zip(self._columns[0], self._columns[4], self._columns[5], strict=True)
        self._first = {}
        for t, measured, published in kept:
            self._first.setdefault((t, measured), published)

    def first_published_at(self, terminal: str, measured_at_us: int) -> int | None:
        """Wall clock of the first PUBLISH that carried a row of this instant, microseconds; None when none did."""
        t = self._terminals.get(terminal)
        return None if t is None else self._first.get((t, measured_at_us))

    def arrays(self) -> PublishedRows:
        """What is in the log now, as arrays (a copy)."""
        with self._lock:
            t, b, seq, row, measured, published = (np.array(column, dtype=np.int64) for column in self._columns)
        return PublishedRows(
            tuple(self._terminals), tuple(self._boots), t.astype(np.int32), b.astype(np.int32), seq,
            row.astype(np.int32), measured, published,
        )  # fmt: skip
