"""Machine silent: judged by a tick against the time in which the platform itself could hear, never by the wall clock.

While the gateway, the broker or the database was down nobody was silent; a backlog is not silence either.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from alerts.service import Change
from fleet.batch import BoolArray, Int32Array, Int64Array
from fleet.findings import Finding

SOURCE_KEY = "machine_silent"
NEVER_HEARD = np.iinfo(np.int64).min


@dataclass(slots=True)
class HealthyTime:
    """The spans, in microseconds UTC, in which the platform could hear: sorted, disjoint."""

    starts_us: list[int] = field(default_factory=list)
    ends_us: list[int] = field(default_factory=list)

    def extend(self, now_us: int, *, tick_us: int) -> bool:
        """The platform is healthy at `now_us`; a hole of more than three ticks since the last call opens a new span,
        which is what it returns."""
        if self.ends_us and now_us <= self.ends_us[-1]:
            return False
        if self.ends_us and now_us - self.ends_us[-1] <= 3 * tick_us:
            self.ends_us[-1] = now_us
            return False
        self.starts_us.append(now_us)
        self.ends_us.append(now_us)
        return True

    def has_hole(self, from_us: int, to_us: int) -> bool:
        """Whether the platform could not hear for a while in between, after it had for the first time."""
        after = max(1, bisect_right(self.starts_us, from_us))
        return after < len(self.starts_us) and self.ends_us[after - 1] < to_us

    def since(self, at_us: Int64Array) -> Int64Array:
        """Healthy microseconds from each instant to the end of the last span. Shapes (n,); O(n log spans)."""
        if not self.starts_us:
            return np.zeros(len(at_us), np.int64)
        starts = np.array(self.starts_us, np.int64)
        ends = np.array(self.ends_us, np.int64)
        total = np.concatenate([[0], np.cumsum(ends - starts)])
        position = np.searchsorted(ends, at_us, side="left")
        inside = np.minimum(position, len(ends) - 1)
        left_in_span = np.where(position < len(ends), ends[inside] - np.maximum(at_us, starts[inside]), 0)
        after = total[-1] - total[np.minimum(position + 1, len(ends))]
        return np.asarray(left_in_span + after, dtype=np.int64)


def revised_silence(told: Finding, next_measured_us: int | None) -> Change | None:
    """What a told silence becomes when the machine's next reading after its start is known; None: it stays.

    A reading measured during the silence (it came later: back-fill) takes it back; one measured after it ends it.
    """
    if next_measured_us is None:
        return None
    if next_measured_us < told.held_us:
        return Change(told, None)
    if told.to_us is None:
        return Change(told, replace(told, to_us=next_measured_us))
    return None


class SilenceWatch:
    """Who has not been heard for how long; state is one array a fact, indexed by machine_id."""

    def __init__(self, limit_us: int) -> None:
        self.limit_us = limit_us
        self.healthy = HealthyTime()
        self._heard_us: Int64Array = np.full(1024, NEVER_HEARD, np.int64)
        self._measured_us: Int64Array = np.full(1024, NEVER_HEARD, np.int64)
        self._running: BoolArray = np.zeros(1024, np.bool_)
        self._silent: BoolArray = np.zeros(1024, np.bool_)

    def hear(self, machine: Int32Array, received_us: Int64Array, measured_us: Int64Array, running: BoolArray) -> None:
        """Committed rows of machines, all shapes (rows,); `running` says whether the engine ran at the row."""
        if not len(machine):
            return
        self._grow(int(machine.max()))
        np.maximum.at(self._heard_us, machine, received_us)
        latest = measured_us >= self._measured_us[machine]
        np.maximum.at(self._measured_us, machine, measured_us)
        self._running[machine[latest]] = running[latest]

    def newly_silent(self) -> npt.NDArray[np.intp]:
        """Machines whose engine ran when last heard and which have been silent for the limit of healthy time."""
        watched = np.flatnonzero(self._running & ~self._silent & (self._heard_us != NEVER_HEARD))
        overdue = self.healthy.since(self._heard_us[watched]) >= self.limit_us
        return watched[overdue]

    def last_measured_us(self, machine: int) -> int:
        """The newest measured_at heard of a machine."""
        return int(self._measured_us[machine])

    def heard_us(self, machine: Int32Array) -> Int64Array:
        """When each was heard last, NEVER_HEARD where it was not; shapes (machines,)."""
        self._grow(int(machine.max(initial=0)))
        return self._heard_us[machine]

    def measured_us(self, machine: Int32Array) -> Int64Array:
        """The newest measured_at of each, NEVER_HEARD where there is none; shapes (machines,)."""
        self._grow(int(machine.max(initial=0)))
        return self._measured_us[machine]

    def running(self, machine: Int32Array) -> BoolArray:
        """Whether each engine ran when the machine was last heard; shapes (machines,)."""
        self._grow(int(machine.max(initial=0)))
        return self._running[machine]

    def mark_silent(self, machine: int, silent: bool) -> None:
        """Remember that the machine's silence is (no longer) told; called after the commit that told it."""
        self._grow(machine)
        self._silent[machine] = silent

    def heard_after(self, machine: Int32Array, at_us: Int64Array) -> BoolArray:
        """Whether each machine was heard after its instant; shapes (machines,)."""
        if len(machine):
            self._grow(int(machine.max()))
        return np.asarray(self._heard_us[machine] > at_us, np.bool_)

    def _grow(self, machine: int) -> None:
        size = len(self._heard_us)
        if machine < size:
            return
        extra = max(machine + 1 - size, size)
        never = np.full(extra, NEVER_HEARD, np.int64)
        self._heard_us = np.concatenate([self._heard_us, never])
        self._measured_us = np.concatenate([self._measured_us, never])
        self._running = np.concatenate([self._running, np.zeros(extra, np.bool_)])
        self._silent = np.concatenate([self._silent, np.zeros(extra, np.bool_)])
