"""The recorded findings of the machines that are judged again, as arrays that can be asked 'what was active then?'"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from diagnosis.dtc import Code, parse_source_key
from diagnosis.examine import CodeSpan
from diagnosis.rows import IntpArray
from fleet.batch import Int64Array
from fleet.findings import Finding, SourceKind

FOREVER = 2**62


class Recorded:
    """Findings of threshold rules and of fault codes; those of rules no longer in the set are left alone."""

    def __init__(self, findings: Iterable[Finding], slot_of: Mapping[int, int], rules: Sequence[str]) -> None:
        column = {key: number for number, key in enumerate(rules)}
        self.slots = len(slot_of)
        self.rules = len(rules)
        mine = [finding for finding in findings if finding.machine in slot_of]
        self.of_rules = [f for f in mine if f.source_kind is SourceKind.RULE and f.source_key in column]
        self.of_codes: dict[int, list[Finding]] = {}
        for finding in mine:
            if finding.source_kind is SourceKind.DTC:
                self.of_codes.setdefault(slot_of[finding.machine], []).append(finding)
        self._slot = np.array([slot_of[f.machine] for f in self.of_rules], np.intp)
        self._rule = np.array([column[f.source_key] for f in self.of_rules], np.intp)
        self._held = np.array([f.held_us for f in self.of_rules], np.int64)
        self._to = np.array([FOREVER if f.to_us is None else f.to_us for f in self.of_rules], np.int64)

    def active_at(self, at_us: Int64Array) -> IntpArray:
        """Which finding of each (slot, rule) was active just before the slot's instant: index in of_rules, -1 none."""
        active = np.full((self.slots, self.rules), -1, np.intp)
        index = np.flatnonzero((self._held < at_us[self._slot]) & (self._to >= at_us[self._slot]))
        active[self._slot[index], self._rule[index]] = index
        return active

    def by_slot(self) -> dict[int, list[Finding]]:
        """All findings, by slot."""
        grouped: dict[int, list[Finding]] = {slot: list(found) for slot, found in self.of_codes.items()}
        for slot, finding in zip(self._slot.tolist(), self.of_rules, strict=True):
            grouped.setdefault(slot, []).append(finding)
        return grouped

    def codes_at(self, slot: int, at_us: int) -> dict[tuple[int, Code], Finding]:
        """Findings of the fault codes that were active on a slot just before an instant."""
        active = [f for f in self.of_codes.get(slot, ()) if f.held_us < at_us and (f.to_us is None or f.to_us >= at_us)]
        return {parse_source_key(finding.source_key): finding for finding in active}

    def code_spans(self) -> list[CodeSpan]:
        """When which code was active, for dtc() before the dirty range."""
        return [
            (slot, parse_source_key(finding.source_key)[1], finding.from_us, finding.to_us)
            for slot, findings in self.of_codes.items()
            for finding in findings
        ]
