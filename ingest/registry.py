"""Which machine a terminal was on at an instant: the registry as arrays, so that a batch is resolved at once."""

from collections.abc import Mapping

import numpy as np

from fleet.batch import UNRESOLVED, Int32Array, Int64Array
from storage.registry import TerminalRow

_ALWAYS_FROM, _ALWAYS_TO = -(2**62), 2**62
UNKNOWN_TERMINAL = -1


class Registry:
    """Resolves (terminal, measured_at) to machine_id; immutable, made anew when the registry changes.

    Inputs as in storage.registry.RegistryRows: installations sorted by (terminal_id, from_us), not overlapping.
    """

    def __init__(
        self,
        terminals: Mapping[str, TerminalRow],
        *,
        terminal_id: Int32Array,
        machine_id: Int32Array,
        from_us: Int64Array,
        to_us: Int64Array,
    ) -> None:
        self.terminals = terminals
        size = 1 + max((found.terminal_id for found in terminals.values()), default=0)
        self.clock_offset_us = np.zeros(size, np.int64)
        for found in terminals.values():
            self.clock_offset_us[found.terminal_id] = found.clock_offset_us
        self.has_offsets = bool(self.clock_offset_us.any())
        self._always = np.full(size, UNRESOLVED, np.int32)
        always = (from_us == _ALWAYS_FROM) & (to_us == _ALWAYS_TO)
        self._always[terminal_id[always]] = machine_id[always]
        rest = ~always
        self._terminal, self._machine = terminal_id[rest], machine_id[rest]
        self._from_us, self._to_us = from_us[rest], to_us[rest]

    def ids_of(self, names: list[str]) -> Int32Array:
        """terminal_id of each name, UNKNOWN_TERMINAL where there is none; shape (names,)."""
        get = self.terminals.get
        return np.array([found[0] if (found := get(n)) else UNKNOWN_TERMINAL for n in names], np.int32)

    def sources_of(self, name: str) -> tuple[int, ...]:
        """Preferred J1939 source addresses of the machine the terminal is on, () when none are named."""
        found = self.terminals.get(name)
        return found.sources if found else ()

    def slot_s_of(self, name: str) -> float:
        """Length of a CAN slot of the machine the terminal is on, seconds."""
        found = self.terminals.get(name)
        return found.slot_s if found else 1.0

    def resolve(self, terminal_id: Int32Array, at_us: Int64Array) -> Int32Array:
        """machine_id of each (terminal, instant), UNRESOLVED where the terminal was on no machine; shapes (rows,)."""
        known = terminal_id >= 0
        machine = np.where(known, self._always[np.where(known, terminal_id, 0)], UNRESOLVED).astype(np.int32)
        if not len(self._terminal):
            return machine
        for row in np.flatnonzero(known & (machine == UNRESOLVED)):
            low, high = np.searchsorted(self._terminal, [terminal_id[row], terminal_id[row] + 1])
            place = low + np.searchsorted(self._from_us[low:high], at_us[row], side="right") - 1
            if place >= low and at_us[row] < self._to_us[place]:
                machine[row] = self._machine[place]
        return machine
