"""The recorded findings of the machines that are judged again, as arrays that can be asked 'what was active then?'"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from diagnosis.code_cases import case_before, is_active, members_of
from diagnosis.dtc import Cases, Code
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

    def cases_at(self, slot: int, at_us: int) -> Cases:
        """The findings of fault codes that were open on a slot just before an instant, as they were then."""
        of_codes = self.of_codes.get(slot, ())
        active = [f for f in of_codes if f.held_us < at_us and (f.to_us is None or f.to_us >= at_us)]
        return {finding.source_key: case_before(finding, at_us) for finding in active}

    def codes_at(self, slot: int, at_us: int) -> dict[tuple[int, Code], int]:
        """The fault codes that were active on a slot just before an instant, and since when."""
        members = [member for case in self.cases_at(slot, at_us).values() for member in case.members]
        return {(m.address, (m.spn, m.fmi)): m.from_us for m in members if is_active(m)}

    def code_spans(self) -> list[CodeSpan]:
        """When which code was active, for dtc() before the dirty range."""
        return [
            (slot, (member.spn, member.fmi), member.from_us, member.to_us)
            for slot, findings in self.of_codes.items()
            for finding in findings
            for member in members_of(finding)
            if not member.apart
        ]
