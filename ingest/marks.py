"""High-water marks: the newest instant that is stored of each machine."""

from collections.abc import Callable

import numpy as np

from fleet.batch import Int32Array, Int64Array

NOTHING_US = np.iinfo(np.int64).min


class Marks:
    """measured_at of each machine's newest stored row, by machine_id; rows above it are new by definition."""

    def __init__(self, machine: Int32Array | None = None, at_us: Int64Array | None = None) -> None:
        self._at_us = np.full(1024, NOTHING_US, np.int64)
        if machine is not None and at_us is not None and len(machine):
            self.advance(machine, at_us)()

    def of(self, machine: Int32Array) -> Int64Array:
        """The mark of each `machine`, NOTHING_US where nothing is stored; shape as given."""
        return self._room(machine)[machine]

    def advance(self, machine: Int32Array, at_us: Int64Array) -> Callable[[], None]:
        """What to call after the commit so that rows (machine, at_us) count as stored; marks never go back."""

        def adopt() -> None:
            np.maximum.at(self._room(machine), machine, at_us)

        return adopt

    def _room(self, machine: Int32Array) -> Int64Array:
        highest = int(machine.max(initial=0))
        if highest >= len(self._at_us):
            grown = np.full(max(highest + 1, 2 * len(self._at_us)), NOTHING_US, np.int64)
            grown[: len(self._at_us)] = self._at_us
            self._at_us = grown
        return self._at_us
