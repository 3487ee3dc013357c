"""Active fault codes of machines, from DM1 snapshots and terminals' fault lists.

A snapshot is all fault rows of one machine and instant: of one source address when they came from CAN (DM1), of the
whole machine when they came from the terminal's own list, which is applied first where both share an instant. A code is
active from the first snapshot that has it to the first later one, of its source, that does not. Codes last seen on CAN
also end at the first instant of the machine (a row, or a fault or sensor-error event) more than 5 s after the last
snapshot of their source address, unless that very instant brings the next snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from diagnosis.rows import Events, IntpArray, Segments
from fleet.batch import BoolArray, FaultSource, Int64Array
from fleet.findings import CaseMember, Severity

CAN_SILENCE_US = 5_000_000
"""DM1 is due every second (J1939-73); after 5 s of other traffic without it, its codes are gone."""

UNKNOWN_ADDRESS = -1

Code = tuple[int, int]  # SPN, FMI


@dataclass(frozen=True, slots=True)
class Source:
    """The active codes of one source address: since when each, when last told, and by which kind of source."""

    last_us: int
    native: bool
    since: dict[Code, int]


Sources = dict[int, Source]  # by source address; never one without codes


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open finding of fault codes: its source key, its codes (one that has ended can no longer join), its cascade.

    See diagnosis/code_cases.py.
    """

    key: str
    from_us: int
    severity: Severity
    members: tuple[CaseMember, ...]
    cascade: str = ""


Cases = dict[str, OpenCase]  # by source key


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A code that became active (to_us None) or inactive on a slot; count and lamps as told when it became active."""

    slot: int
    address: int
    code: Code
    from_us: int
    to_us: int | None
    count: int = -1
    lamps: int = -1

    @property
    def at_us(self) -> int:
        """When it happened."""
        return self.from_us if self.to_us is None else self.to_us


class CodeTable:
    """The active codes of every slot, and the open findings that they are in.

    busy: slots with any code; on_can: slots with some last seen on CAN; bool (slots,).
    """

    def __init__(self, slots: int) -> None:
        self.sources: dict[int, Sources] = {}
        self.cases: dict[int, Cases] = {}
        self.busy: BoolArray = np.zeros(slots, np.bool_)
        self.on_can: BoolArray = np.zeros(slots, np.bool_)

    def grow(self, slots: int) -> None:
        """Room for `slots` slots."""
        more = np.zeros(slots - len(self.busy), np.bool_)
        self.busy = np.concatenate((self.busy, more))
        self.on_can = np.concatenate((self.on_can, more))

    def put(self, slot: int, sources: Sources, cases: Cases) -> None:
        """Replace the codes of one slot and their findings."""
        self.sources.pop(slot, None)
        self.cases.pop(slot, None)
        if sources:
            self.sources[slot], self.cases[slot] = sources, cases
        self.busy[slot] = bool(sources)
        self.on_can[slot] = any(not source.native for source in sources.values())

    def active(self, slot: int) -> Iterator[tuple[int, Code, int]]:
        """(source address, code, since) of a slot's active codes."""
        for address, source in self.sources.get(slot, {}).items():
            for code, since in source.since.items():
                yield address, code, since


@dataclass(slots=True)
class Tracked:
    """What a batch did to codes: changes in time order per slot, and the new sources of the slots it touched.

    cases: the new open findings of slots with changes, as diagnosis/code_cases.py finds them.
    """

    table: CodeTable
    changes: list[CodeChange] = field(default_factory=list)
    after: dict[int, Sources] = field(default_factory=dict)
    cases: dict[int, Cases] = field(default_factory=dict)
    seen: dict[int, set[int]] = field(default_factory=dict)  # source addresses told about in this batch, by slot

    def adopt(self) -> None:
        """Carry the state over."""
        for slot, sources in self.after.items():
            self.table.put(slot, sources, self.cases.get(slot, self.table.cases.get(slot, {})))


def track(segments: Segments, events: Events, table: CodeTable) -> Tracked:
    """Follow the codes of a batch. Python work only for slots that have or get a code; the others cost array steps."""
    tracked = Tracked(table)
    if not len(events) and not table.sources:
        return tracked
    faults = events.faults
    slots = [events.fault_slot[(faults.spn != 0) | (faults.fmi != 0)]]
    slots.append(events.fault_slot[table.busy[events.fault_slot]])
    slots.append(segments.slots[table.on_can[segments.slots]])
    slots.append(events.error_slot[table.on_can[events.error_slot]])
    concerned = np.concatenate(slots)
    if len(concerned) == 0:
        return tracked
    for slot in np.unique(concerned).tolist():
        walk = _Walk(slot, table.sources.get(slot, {}), _instants(slot, segments, events))
        for at_us, snapshot in _snapshots(slot, events):
            walk.expire(at_us, snapshot)
            walk.apply(at_us, snapshot)
        walk.expire(None, None)
        tracked.changes += sorted(walk.changes, key=lambda change: change.at_us)
        tracked.after[slot] = walk.sources
        tracked.seen[slot] = walk.seen
    return tracked


def _span(sorted_slots: IntpArray, slot: int) -> slice:
    return slice(int(np.searchsorted(sorted_slots, slot)), int(np.searchsorted(sorted_slots, slot, "right")))


def _instants(slot: int, segments: Segments, events: Events) -> Int64Array:
    rows = segments.at_us[segments.rows_of(slot)]
    faults = events.faults.measured_at_us[_span(events.fault_slot, slot)]
    errors = events.errors.measured_at_us[_span(events.error_slot, slot)]
    return np.unique(np.concatenate((rows, faults, errors)))


@dataclass(slots=True)
class _Snapshot:
    """What one instant told: the terminal's list (None: no list) and DM1 by source address; code -> (count, lamps)."""

    native: dict[int, dict[Code, tuple[int, int]]] | None = None
    can: dict[int, dict[Code, tuple[int, int]]] = field(default_factory=dict)

    def tells(self, address: int) -> bool:
        return self.native is not None or address in self.can


def _snapshots(slot: int, events: Events) -> Iterator[tuple[int, _Snapshot]]:
    span = _span(events.fault_slot, slot)
    faults = events.faults
    columns = (faults.measured_at_us, faults.source_address, faults.spn, faults.fmi, faults.count, faults.lamps)
    rows = zip(*(column[span].tolist() for column in columns), faults.value[span].tolist(), strict=True)
    present: tuple[int, _Snapshot] | None = None
    for at_us, address, spn, fmi, count, lamps, source in rows:
        if present is None or present[0] != at_us:
            if present is not None:
                yield present
            present = at_us, _Snapshot()
        snapshot = present[1]
        if source == FaultSource.CAN:
            codes = snapshot.can.setdefault(address, {})
        else:
            snapshot.native = {} if snapshot.native is None else snapshot.native
            codes = snapshot.native.setdefault(address, {})
        if spn or fmi:
            told = codes.get((spn, fmi), (count, lamps))
            codes[spn, fmi] = max(told[0], count), max(told[1], lamps)
    if present is not None:
        yield present


class _Walk:
    """One slot's codes followed through the snapshots of a batch."""

    def __init__(self, slot: int, sources: Sources, instants: Int64Array) -> None:
        self.slot = slot
        self.sources = dict(sources)
        self.instants = instants
        self.changes: list[CodeChange] = []
        self.seen: set[int] = set()

    def expire(self, before_us: int | None, snapshot: _Snapshot | None) -> None:
        """End CAN codes that went silent before the next snapshot, or at it when it does not tell of them."""
        for address, source in list(self.sources.items()):
            if source.native:
                continue
            index = int(np.searchsorted(self.instants, source.last_us + CAN_SILENCE_US, "right"))
            if index == len(self.instants):
                continue
            end_us = int(self.instants[index])
            refreshed = before_us is not None and snapshot is not None and snapshot.tells(address)
            if before_us is None or end_us < before_us or (end_us == before_us and not refreshed):
                self.set(address, end_us, False, {})

    def apply(self, at_us: int, snapshot: _Snapshot) -> None:
        """Take over what a snapshot tells."""
        native = snapshot.native
        if native is not None:
            for address in [*self.sources, *(a for a in native if a not in self.sources)]:
                if address not in snapshot.can:
                    self.set(address, at_us, True, native.get(address, {}))
            self.seen.add(ALL_ADDRESSES)
        for address, codes in snapshot.can.items():
            self.set(address, at_us, False, codes)
            self.seen.add(address)

    def set(self, address: int, at_us: int, native: bool, codes: dict[Code, tuple[int, int]]) -> None:
        """The codes of one source address from now on, and what that opens and closes."""
        before = self.sources.get(address)
        since = before.since if before is not None else {}
        for code, from_us in since.items():
            if code not in codes:
                self.changes.append(CodeChange(self.slot, address, code, from_us, at_us))
        for code, (count, lamps) in codes.items():
            if code not in since:
                self.changes.append(CodeChange(self.slot, address, code, at_us, None, count, lamps))
        if codes:
            self.sources[address] = Source(at_us, native, {code: since.get(code, at_us) for code in codes})
        else:
            self.sources.pop(address, None)


ALL_ADDRESSES = -2
"""In `Tracked.seen`: the terminal's own list told of every source address."""


def source_key(address: int, code: Code) -> str:
    """A code's name in findings: "SA/SPN/FMI", "-" for an unknown source address."""
    return f"{shown_address(address)}/{code[0]}/{code[1]}"


def shown_address(address: int) -> str:
    """A source address in source keys."""
    return "-" if address == UNKNOWN_ADDRESS else str(address)


def parse_source_key(key: str) -> tuple[int, Code]:
    """(source address, code) of a source key."""
    address, spn, fmi = key.split("/")
    return UNKNOWN_ADDRESS if address == "-" else int(address), (int(spn), int(fmi))


def code_mask(
    segments: Segments, spans: list[tuple[int, Code, int, int | None]], spn: int, fmi: int | None
) -> BoolArray:
    """Rows at which a code (fmi None: any FMI) is active; spans are (slot, code, from, to or None)."""
    mask = np.zeros(len(segments.slot), np.bool_)
    for slot, code, from_us, to_us in spans:
        if code[0] == spn and fmi in (None, code[1]):
            rows = segments.rows_of(slot)
            at_us = segments.at_us[rows]
            mask[rows] |= (at_us >= from_us) if to_us is None else (at_us >= from_us) & (at_us < to_us)
    return mask
