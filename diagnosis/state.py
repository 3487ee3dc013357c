"""What rules remember of each machine, adopted after the commit and kept in snapshots by partition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from diagnosis.code_cases import case_before, is_active, members_of
from diagnosis.dtc import CodeTable, Source
from diagnosis.held import HeldValues
from diagnosis.panes import PaneLayout, PaneRing
from diagnosis.rows import NO_TIME, IntpArray
from diagnosis.runs import FIELDS, RunTable
from diagnosis.snapshot import export_partition, load_partition
from diagnosis.watches import FIELDS as WATCH_FIELDS
from diagnosis.watches import WatchTable
from fleet.batch import BoolArray, Int64Array
from fleet.findings import Finding

PARTITIONS = 64
_FIRST_SLOTS = 256


def partition_of(machines: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """The partition (0..63) of each machine id: the scale key of code and state tables."""
    return (np.asarray(machines, np.int64) % PARTITIONS).astype(np.int16)


@dataclass(frozen=True, slots=True)
class StateLayout:
    """What a rule set needs remembered."""

    signals: tuple[str, ...]  # used signals, in column order
    rings: tuple[PaneLayout, ...]
    rules: tuple[str, ...]  # threshold rules, in column order
    rule_marks: tuple[str, ...]  # fingerprint of each rule's condition: another one starts afresh
    watches: tuple[str, ...] = ()  # conditions that are followed, in column order


class RuleState:
    """The state of all machines, one slot a machine; the live state's slots are machine ids.

    Arrays grow by doubling when a slot beyond them is reserved.
    """

    def __init__(self, layout: StateLayout, slots: int = _FIRST_SLOTS) -> None:
        self.layout = layout
        self.held = HeldValues(slots, len(layout.signals))
        self.rings = tuple(PaneRing(ring, slots) for ring in layout.rings)
        self.runs = RunTable(slots, len(layout.rules))
        self.watches = WatchTable(slots, len(layout.watches))
        self.codes = CodeTable(slots)
        self.mark_us: Int64Array = np.full(slots, NO_TIME)

    @property
    def slots(self) -> int:
        """How many slots there is room for."""
        return len(self.mark_us)

    def reserve(self, slots: int) -> None:
        """Make room for slots 0 .. slots-1; nothing known changes."""
        if slots <= self.slots:
            return
        size = max(slots, 2 * self.slots)
        parts: list[HeldValues | PaneRing | RunTable | WatchTable | CodeTable] = [self.held, self.runs, self.codes]
        for part in [*parts, *self.rings, self.watches]:
            part.grow(size)
        self.mark_us = np.concatenate((self.mark_us, np.full(size - self.slots, NO_TIME)))

    def marks(self, machines: npt.ArrayLike) -> Int64Array:
        """The last instant judged of each machine (rows and used events), NO_TIME where there is none."""
        ids = np.asarray(machines, np.intp)
        inside = (ids >= 0) & (ids < self.slots)
        return np.where(inside, self.mark_us[np.where(inside, ids, 0)], NO_TIME)

    def machines(self) -> IntpArray:
        """Ids of the machines that have a state, ascending."""
        return np.flatnonzero(self.mark_us != NO_TIME)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays; fault codes of the few machines that have some are counted at 200 a code."""
        arrays = [*self._arrays(), self.codes.busy, self.codes.on_can]
        totals = [total for ring in self.rings for total in ring.totals.values()]
        arrays += [array for total in totals for array in (total.before, total.value)]
        codes = sum(len(source.since) for sources in self.codes.sources.values() for source in sources.values())
        ranges = sum(ring.ranges.nbytes for ring in self.rings)
        return int(sum(array.nbytes for array in arrays)) + ranges + 200 * codes

    def replace(
        self, machines: Sequence[int] | IntpArray, other: "RuleState", slots: Sequence[int] | IntpArray
    ) -> None:
        """Take over the state of machines from another state of the same layout, slot by slot."""
        ids, source = np.asarray(machines, np.intp), np.asarray(slots, np.intp)
        if len(ids) == 0:
            return
        self.reserve(int(ids.max()) + 1)
        for mine, theirs in zip(self._arrays(), other._arrays(), strict=True):
            mine[ids] = theirs[source]
        np.maximum(self.held.newest_us, other.held.newest_us, out=self.held.newest_us)
        for ring, theirs_ring in zip(self.rings, other.rings, strict=True):
            ring.forget(ids, theirs_ring.newest)
        for machine, slot in zip(ids.tolist(), source.tolist(), strict=True):
            codes = other.codes
            self.codes.put(machine, dict(codes.sources.get(slot, {})), dict(codes.cases.get(slot, {})))

    def _arrays(self) -> list[npt.NDArray[np.generic]]:
        arrays: list[npt.NDArray[np.generic]] = [self.mark_us, self.held.value, self.held.at_us]
        arrays += [getattr(self.runs, name) for name in (*FIELDS, "live", "busy")]
        arrays += [getattr(self.watches, name) for name in WATCH_FIELDS]
        return arrays + [array for ring in self.rings for array in ring.arrays()]

    def drop(self, machines: Iterable[int]) -> None:
        """Forget machines."""
        ids = [machine for machine in machines if 0 <= machine < self.slots]
        self.replace(ids, RuleState(self.layout, 1), [0] * len(ids))

    def set_rule(self, slot: int, rule: int, finding: Finding | None) -> None:
        """Say which finding of a rule is open on a slot; a run that was going on is left as it is."""
        self.runs.active_from[slot, rule] = NO_TIME if finding is None else finding.from_us
        self.runs.active_held[slot, rule] = NO_TIME if finding is None else finding.held_us
        self.runs.refresh_live(np.array([slot], np.intp))

    def set_case(self, slot: int, finding: Finding) -> None:
        """Correct an open finding of fault codes: which they are, and since when those that are active are."""
        sources = dict(self.codes.sources[slot])
        for member in filter(is_active, members_of(finding)):
            source, code = sources[member.address], (member.spn, member.fmi)
            sources[member.address] = Source(source.last_us, source.native, {**source.since, code: member.from_us})
        case = case_before(finding, -NO_TIME)
        self.codes.put(slot, sources, {**self.codes.cases.get(slot, {}), case.key: case})

    def in_partition(self, partition: int) -> BoolArray:
        """Slots of a partition that have a state, (slots,)."""
        inside: BoolArray = (partition_of(np.arange(self.slots)) == partition) & (self.mark_us != NO_TIME)
        return inside

    def export(self, partition: int) -> bytes:
        """One partition as npz bytes (no pickle); equal states give equal bytes."""
        return export_partition(self, partition)

    def load(self, content: bytes) -> None:
        """Take over an exported partition; signals, panes and rules that are no longer the same start afresh."""
        load_partition(self, content)
