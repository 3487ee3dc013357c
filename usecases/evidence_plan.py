"""What has to be read for a finding's evidence: which signals, in which role, over which window."""

from collections import OrderedDict
from dataclasses import dataclass

from diagnosis.dtc import parse_source_key
from diagnosis.errors import RuleError
from diagnosis.evidence_pack import CONTEXT, window_of
from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.needs import rules_by_signal
from diagnosis.preliminary import Diagnostician, of_code
from diagnosis.reach import warm_up_us
from diagnosis.rule import Rule, Words
from diagnosis.ruleset import RuleSet, packaged_ruleset
from diagnosis.source_faults import SENSOR_FAULTS, SILENCE, looked_at, reach_us
from diagnosis.syntax import LATITUDE, LONGITUDE
from diagnosis.wear.indices import BY_KEY
from fleet.data_classes import DataClass, class_of
from fleet.findings import CaseMember, Finding, MachineId, Severity, SourceKind
from fleet.signals import Catalogue
from storage.evidence import DueFinding, StandingFinding, list_standing
from storage.pool import Connection
from storage.rule_sets import find_by_hash, find_hash, list_in_force
from usecases.rules_in_force import parsed

KEPT = 4  # rule sets that stay ready
MOST_SIGNALS = 24
PLACE = frozenset((LATITUDE, LONGITUDE))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A rule set and who diagnoses its findings."""

    ruleset: RuleSet
    doctor: Diagnostician


class RuleShelf:
    """Rule sets of the versions that findings name; each is read once and made ready (some 0.5 s).

    Sets that differ in words only share a version: which of them it is is asked each time.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._books: OrderedDict[str, RuleBook | None] = OrderedDict()  # by content hash

    def book(self, conn: Connection, version: str) -> RuleBook | None:
        """The set of a version; None where there is none, or this program cannot read it."""
        content = find_hash(conn, version)
        if content is None:
            return None
        if content not in self._books:
            self._books[content] = self._read(conn, content)
            if len(self._books) > KEPT:
                self._books.popitem(last=False)
        self._books.move_to_end(content)
        return self._books[content]

    def _read(self, conn: Connection, content: str) -> RuleBook | None:
        stored = find_by_hash(conn, content)
        if stored is None:
            return None
        try:
            ruleset = parsed(stored, self.catalogue)
            return RuleBook(ruleset, Diagnostician(self.catalogue, ruleset))
        except RuleError:  # of a program after this one
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A finding with what its evidence needs. roles: signals in the order to show, with why each is there; has_track:
    its rule asks where the machine is; asks_place: it or its evidence does; silenced: the rules that a sensor which is
    not trusted keeps silent; order: the title of the gravest alarm that stands on that sensor, and what it tells the
    owner to do."""

    due: DueFinding
    finding: Finding
    book: RuleBook | None
    rule: Rule | None
    window: tuple[int, int]
    roles: dict[str, str]
    has_track: bool
    asks_place: bool = False
    silenced: tuple[Rule, ...] = ()
    order: tuple[Words, Words] | None = None


_EVIDENCE_OF = {SourceKind.SENSOR: SENSOR_FAULTS, SourceKind.PLATFORM: SILENCE}
"""Where the evidence of sources without a rule is written."""


def plan_for(conn: Connection, shelf: RuleShelf, due: DueFinding, now_us: int) -> Plan:
    """What is to be read for a finding."""
    finding = finding_of(due)
    book = shelf.book(conn, due.version) if finding.source_kind is SourceKind.RULE else None
    rule = None if book is None else book.ruleset.by_key.get(due.source_key)
    back_us = 0
    roles: dict[str, str] = {}
    if book is not None and rule is not None:
        back_us = warm_up_us(rule.conditions, shelf.catalogue) + rule.for_us
        back_us = max(back_us, book.doctor.reach_us(rule.key) - (due.held_us - due.from_us))
        roles = dict.fromkeys(rule.signals, "rule")
        roles |= {key: "observation" for key in book.doctor.signals_of(rule.key) if key not in roles}
    else:
        roles = dict.fromkeys(_driving(due, shelf.catalogue), "rule")
    if (name := _EVIDENCE_OF.get(finding.source_kind)) is not None:
        back_us = reach_us(name, shelf.catalogue)
        roles |= {key: "observation" for key in looked_at(name, shelf.catalogue) if key not in roles}
    asks_place = not PLACE.isdisjoint(roles)
    roles = {key: role for key, role in roles.items() if _is_shown(key, shelf.catalogue)}
    roles = dict(list(roles.items())[:MOST_SIGNALS])
    roles |= {key: "context" for key in CONTEXT if key not in roles}
    window = window_of(finding, back_us, now_us)
    has_track = rule is not None and not PLACE.isdisjoint(rule.signals)
    return Plan(
        due=due,
        finding=finding,
        book=book,
        rule=rule,
        window=window,
        roles=roles,
        has_track=has_track,
        asks_place=asks_place,
        silenced=_silenced(conn, due, shelf.catalogue),
        order=_order(conn, shelf, due),
    )


def _order(conn: Connection, shelf: RuleShelf, due: DueFinding) -> tuple[Words, Words] | None:
    """(title, owner's sentence) of the gravest alarm that stands on a sensor which is not trusted; None without any."""
    if due.source_kind != SourceKind.SENSOR:
        return None
    for one in list_standing(conn, due.machine_id):
        if one.source_kind == SourceKind.DTC:
            told = _told_by_code(one, due.source_key, shelf.catalogue)
        else:
            book = shelf.book(conn, one.version)
            rule = None if book is None else book.ruleset.by_key.get(one.source_key)
            told = None if rule is None or due.source_key not in rule.signals else (rule.title, rule.owner)
        if told is not None:
            return told
    return None


def _told_by_code(one: StandingFinding, signal: str, catalogue: Catalogue) -> tuple[Words, Words] | None:
    """Of a fault code, where it is about the signal."""
    try:
        _, (spn, fmi) = parse_source_key(one.source_key)
    except ValueError:  # of a cause that has no code of its own
        return None
    if spn not in catalogue.by_spn or catalogue.by_spn[spn].key != signal:
        return None
    meaning = packaged_knowledge().meaning(spn, fmi, one.lamps, catalogue)
    return meaning.words, of_code(meaning).owner


def _silenced(conn: Connection, due: DueFinding, catalogue: Catalogue) -> tuple[Rule, ...]:
    """The live rules that cannot hold without a sensor that is not trusted."""
    if due.source_kind != SourceKind.SENSOR:
        return ()
    live = list_in_force(conn).get("live")
    try:
        rules = packaged_ruleset(catalogue) if live is None else parsed(live, catalogue)
    except RuleError:  # of a program after this one
        return ()
    return tuple(rules_by_signal(rules.thresholds).get(due.source_key, ()))


def finding_of(due: DueFinding) -> Finding:
    """The finding as diagnosis knows it."""
    return Finding(
        machine=MachineId(due.machine_id),
        source_kind=SourceKind(due.source_kind),
        source_key=due.source_key,
        version=due.version,
        severity=Severity(due.severity),
        from_us=due.from_us,
        held_us=due.held_us,
        to_us=due.to_us,
        values=tuple((key, value) for key, value in due.values.items() if isinstance(value, int | float)),
        cascade=due.cascade or "",
        members=tuple(CaseMember(*code) for code in due.codes),
    )


def _driving(due: DueFinding, catalogue: Catalogue) -> list[str]:
    """The signals that a source without a rule names: in its key, in its values, or by the number of its code."""
    named = [part for part in due.source_key.replace(":", "/").split("/") if part in catalogue]
    named += [key for part in due.source_key.split(":") if part in BY_KEY for key in BY_KEY[part].signals]
    if due.source_kind == SourceKind.DTC:
        parts = due.source_key.split("/")
        own = [int(parts[1])] if len(parts) == 3 and parts[1].isdecimal() else []
        spns = [*own, *(code[1] for code in due.codes)]
        named += [str(catalogue.by_spn[spn].key) for spn in spns if spn in catalogue.by_spn]
    return list(dict.fromkeys([*named, *(key for key in due.values if key in catalogue)]))


def _is_shown(key: str, catalogue: Catalogue) -> bool:
    """Places are no curves: of a rule that asks for them there is a track."""
    return key in catalogue and class_of(catalogue[key]) is not DataClass.POSITION
