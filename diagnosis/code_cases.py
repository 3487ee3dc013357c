"""Which finding a fault code belongs to: codes of one cause are one finding. The rules: docs/fault-knowledge.md.

A machine's codes are followed instant by instant: what ends first, then what begins, gathered with all that is active
(diagnosis/cascades.py). So the findings are a function of when each code was active, however the rows came.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from diagnosis.cascades import ActiveCode, Cascade, gather, packaged_cascades
from diagnosis.cascades import CodeCase as Gathered
from diagnosis.dtc import (
    Cases,
    Code,
    CodeChange,
    CodeTable,
    OpenCase,
    Tracked,
    parse_source_key,
    shown_address,
    source_key,
)
from diagnosis.dtc_severity import ORDER
from diagnosis.fault_knowledge import packaged_knowledge
from fleet.findings import CaseMember, Finding, MachineId, Severity, SourceKind

MOST_MEMBERS = 100
"""A finding takes no more codes than this; what comes then is a finding of its own."""

Name = tuple[int, Code]  # source address, code


def follow_cases(tracked: Tracked, machine_of: Callable[[int], int], version: str) -> list[Finding]:
    """The findings that a batch opened and closed, in time order a slot; puts what is open then into tracked.cases."""
    found: list[Finding] = []
    for slot, changes in groupby(tracked.changes, key=lambda change: change.slot):
        book = _Book(_cases_of(tracked.table, slot), _active(tracked.table, slot))
        for at_us, here in groupby(changes, key=lambda change: change.at_us):
            book.take(at_us, list(here))
        tracked.cases[slot] = book.cases
        found += [_finding(case, machine_of(slot), version, told) for case, told in book.found]
    return found


def grown(tracked: Tracked, opened: Sequence[Finding], version: str) -> list[Finding]:
    """The findings open after a batch whose codes it changed; not those that `opened` says as they are.

    For the live state, whose slots are machines; after follow_cases().
    """
    findings: list[Finding] = []
    for slot, cases in tracked.cases.items():
        before = _cases_of(tracked.table, slot)
        changed = [case for key, case in cases.items() if case != before.get(key)]
        findings += [_finding(case, slot, version, _Told(None)) for case in changed]
    said = {(f.machine, f.source_key, f.from_us, f.members) for f in opened if f.to_us is None}
    return [f for f in findings if (f.machine, f.source_key, f.from_us, f.members) not in said]


def _active(table: CodeTable, slot: int) -> dict[Name, int]:
    return {(address, code): since for address, code, since in table.active(slot)}


def _cases_of(table: CodeTable, slot: int) -> Cases:
    """A slot's open findings; a code that is in none (its set had no rule for codes) counts as one of its own."""
    cases = dict(table.cases.get(slot, {}))
    known = {_name(member) for case in cases.values() for member in case.members if is_active(member)}
    for (address, code), since in _active(table, slot).items():
        if (address, code) not in known:
            key, severity = source_key(address, code), packaged_knowledge().severity(*code, -1)
            cases.setdefault(key, OpenCase(key, since, severity, (CaseMember(address, *code, since),)))
    return cases


@dataclass(frozen=True, slots=True)
class _Told:
    """When a finding ended (None: it opened), and what its snapshot said of its first code."""

    to_us: int | None
    values: tuple[tuple[str, float], ...] = ()


def _finding(case: OpenCase, machine: int, version: str, told: _Told) -> Finding:
    return Finding(
        machine=MachineId(machine),
        source_kind=SourceKind.DTC,
        source_key=case.key,
        version=version,
        severity=case.severity,
        from_us=case.from_us,
        held_us=case.from_us,
        to_us=told.to_us,
        values=told.values,
        cascade=case.cascade,
        members=_listed(case.members, case.cascade),
    )


def _listed(members: tuple[CaseMember, ...], cascade: str) -> tuple[CaseMember, ...]:
    """A finding lists its codes where they are more than its source key says."""
    return members if cascade or len(members) > 1 else ()


def _in_order(member: CaseMember) -> tuple[int, int, int, int, bool]:
    return member.from_us, member.address, member.spn, member.fmi, member.apart


def _name(code: ActiveCode | CaseMember) -> Name:
    return code.address, (code.spn, code.fmi)


def is_active(member: CaseMember) -> bool:
    """Whether it is active, and told of here."""
    return member.to_us is None and not member.apart


@dataclass(slots=True)
class _Book:
    """One machine's open findings and active codes, from instant to instant."""

    cases: Cases
    active: dict[Name, int]
    found: list[tuple[OpenCase, _Told]] = field(default_factory=list)

    def take(self, at_us: int, changes: Sequence[CodeChange]) -> None:
        """What happened at one instant."""
        self._end(at_us, {(change.address, change.code) for change in changes if change.to_us is not None})
        begun = {(change.address, change.code): change for change in changes if change.to_us is None}
        if not begun:
            return
        self.active |= dict.fromkeys(begun, at_us)
        codes = [
            ActiveCode(address=address, spn=code[0], fmi=code[1], since_us=since)
            for (address, code), since in self.active.items()
        ]
        for case in gather(codes):
            if any(_name(code) in begun for code in case.codes):
                self._place(at_us, case, begun)

    def _end(self, at_us: int, ended: set[Name]) -> None:
        for name in ended:
            self.active.pop(name, None)
        for key, case in list(self.cases.items()):
            if not any(is_active(member) and _name(member) in ended for member in case.members):
                continue
            self.cases[key] = _ended(case, ended, at_us)
            if not any(map(is_active, self.cases[key].members)):
                self.found.append((self.cases.pop(key), _Told(at_us)))

    def _place(self, at_us: int, case: Gathered, begun: Mapping[Name, CodeChange]) -> None:
        """Put the codes that began into the finding of what explains them, or into one of their own."""
        new = [begun[_name(code)] for code in case.codes if _name(code) in begun]
        home = self._home(case, begun)
        if home is None:
            key = _inferred_key(case.cascade, case) if case.cascade and case.root is None else source_key(*_first(new))
            apart = [] if case.cascade is None else [code for code in case.codes if _name(code) not in begun]
            self._open(at_us, key, new, apart, "" if case.cascade is None else case.cascade.key)
            return
        for change in new:
            if not self._join(home, change, "" if case.cascade is None else case.cascade.key):
                self._open(at_us, source_key(change.address, change.code), [change], [], "")

    def _home(self, case: Gathered, begun: Mapping[Name, CodeChange]) -> str | None:
        """Which open finding explains a case's codes: that of its root, or the one inferred before its root came."""
        if case.cascade is None:
            return None
        if case.root is not None and _name(case.root) not in begun:
            return next(key for key, open_case in self.cases.items() if _holds(open_case, {_name(case.root)}))
        key = _inferred_key(case.cascade, case)
        followers = {_name(code) for code in case.followers}
        there = key in self.cases and (case.root is None or _holds(self.cases[key], followers))
        return key if there else None

    def _join(self, key: str, change: CodeChange, cascade: str) -> bool:
        """Whether a finding takes a code: not one that is graver than it and high, nor one that it has had before."""
        case, name = self.cases[key], (change.address, change.code)
        known = any(_name(member) == name and not member.apart for member in case.members)
        grade = ORDER.index(_severity(change))
        is_grave = grade >= ORDER.index(Severity.HIGH) and grade > ORDER.index(case.severity)
        if known or is_grave or len(case.members) >= MOST_MEMBERS:
            return False
        self.cases[key] = replace(case, members=(*case.members, _member(change)), cascade=case.cascade or cascade)
        return True

    def _open(self, at_us: int, key: str, new: Sequence[CodeChange], apart: Sequence[ActiveCode], cascade: str) -> None:
        """A new finding. One that is open under its key, of followers that outlived their root, goes over to it."""
        before = self.cases.pop(key, None)
        carried: tuple[CaseMember, ...] = ()
        if before is not None:
            carried = tuple(filter(is_active, before.members))
            self.found.append((_ended(before, set(map(_name, carried)), at_us), _Told(at_us)))
            cascade = cascade or before.cascade
        here = set(map(_name, carried))
        others = [_apart(code) for code in apart if _name(code) not in here]
        members = sorted([*carried, *others, *map(_member, new)], key=_in_order)
        severity = max(map(_severity, new), key=ORDER.index)
        self.cases[key] = OpenCase(key, at_us, severity, tuple(members), cascade)
        first = next((change for change in new if source_key(change.address, change.code) == key), None)
        self.found.append((self.cases[key], _Told(None, () if first is None else _values(first))))


def _first(new: Sequence[CodeChange]) -> Name:
    return new[0].address, new[0].code


def _ended(case: OpenCase, ended: set[Name], at_us: int) -> OpenCase:
    members = [
        replace(member, to_us=at_us) if is_active(member) and _name(member) in ended else member
        for member in case.members
    ]
    return replace(case, members=tuple(members))


def _holds(case: OpenCase, names: set[Name]) -> bool:
    return any(is_active(member) and _name(member) in names for member in case.members)


def _inferred_key(cascade: Cascade, case: Gathered) -> str:
    """The source key of a finding whose root has no code: "cascade:KEY", and ":SA" where it is one controller's."""
    where = f":{shown_address(case.codes[0].address)}" if cascade.same_address else ""
    return f"cascade:{cascade.key}{where}"


def _severity(change: CodeChange) -> Severity:
    return packaged_knowledge().severity(*change.code, change.lamps)


def _member(change: CodeChange) -> CaseMember:
    return CaseMember(change.address, *change.code, change.from_us)


def _apart(code: ActiveCode) -> CaseMember:
    return CaseMember(code.address, code.spn, code.fmi, code.since_us, apart=True)


def _values(change: CodeChange) -> tuple[tuple[str, float], ...]:
    told = (("occurrence_count", float(change.count)), ("lamps", float(change.lamps)))
    return tuple((name, value) for name, value in told if value >= 0)


# Recorded findings


def members_of(finding: Finding) -> tuple[CaseMember, ...]:
    """The codes of a recorded finding, also where it is of one only."""
    if finding.members:
        return finding.members
    address, code = parse_source_key(finding.source_key)
    return (CaseMember(address, *code, finding.from_us, finding.to_us),)


def case_before(finding: Finding, at_us: int) -> OpenCase:
    """What a finding that was open just before an instant was then."""
    members = tuple(
        replace(member, to_us=None if member.to_us is None or member.to_us >= at_us else member.to_us)
        for member in members_of(finding)
        if member.apart or member.from_us < at_us
    )
    is_known = len(members) > 1 or finding.source_key.startswith("cascade:")
    return OpenCase(finding.source_key, finding.from_us, finding.severity, members, finding.cascade if is_known else "")


def carried_on(finding: Finding, case: OpenCase, recorded: Finding | None, at_us: int) -> Finding:
    """A finding as judged again up to an instant and as recorded from there on; `recorded` None: nothing is."""
    if recorded is None:
        return replace(finding, to_us=None, cascade=case.cascade, members=_listed(case.members, case.cascade))
    later = [member for member in members_of(recorded) if not member.apart]
    ends = {_name(m): m.to_us for m in later if m.from_us < at_us and (m.to_us is None or m.to_us >= at_us)}
    members = [replace(m, to_us=ends[_name(m)]) if is_active(m) else m for m in case.members]
    members += [member for member in later if member.from_us >= at_us]
    cascade = case.cascade or recorded.cascade
    return replace(finding, to_us=recorded.to_us, cascade=cascade, members=_listed(tuple(members), cascade))


def go_on_alike(one: Cases, other: Cases) -> bool:
    """Whether the same codes to come would do the same to both; when codes began is for settled_us()."""
    return {case.key: _future(case) for case in one.values()} == {case.key: _future(case) for case in other.values()}


def _future(case: OpenCase) -> tuple[Severity, frozenset[Name], frozenset[Name]]:
    own = [member for member in case.members if not member.apart]
    return case.severity, frozenset(map(_name, own)), frozenset(_name(m) for m in own if is_active(m))


def settled_us(active: Mapping[Name, int]) -> int:
    """After this instant it no longer matters to codes that begin when the active ones (name -> since) did."""
    knowledge = packaged_knowledge()
    reached = [0]
    for (address, (spn, fmi)), since in active.items():
        code = ActiveCode(address=address, spn=spn, fmi=fmi, since_us=since)
        for cascade in packaged_cascades():
            if cascade.can_root(code):
                reached.append(since + cascade.after_us)
            if cascade.can_follow(code, knowledge):
                within_us = 0 if cascade.inferred is None else cascade.inferred.within_us
                reached.append(since + max(cascade.before_us, within_us))
    return max(reached)
