"""What the live stream tells of the event log: entries with their place, their content and those who may see them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import msgspec

from fleet.data_classes import DataClass
from fleet.signals import Catalogue
from storage import read_alarms, read_event_log
from storage.audit import PlacesRead
from storage.read_alarms import AlarmRow, TransitionRow
from storage.read_event_log import EntryRow, LogRow
from storage.read_live_filter import list_placed
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.read_alarm_words import RuleBooks
from usecases.read_alarms import Alarm, alarm_of
from usecases.read_live_audience import Audience
from usecases.read_live_filter import AskedFilter, LiveFilter, Subject, resolve

PAGE = 1000
RESUME_LIMIT = 50_000  # entries that a subscriber may catch up on; behind more it must read the lists again
_NEWEST_ENTRY = 2**63 - 1
_NOWHERE = (-1, 0)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the event log: (transaction, entry) orders entries as they become final.

    `seal` is of what the entry says: a log that was put back to an earlier state uses numbers of what it lost again.
    """

    xact: int
    entry: int
    seal: str = field(default="", compare=False)

    @classmethod
    def of(cls, row: LogRow | EntryRow) -> Self:
        """The place of an entry."""
        said = msgspec.json.encode([int(row.at.timestamp() * 1e6), row.kind, row.payload], order="deterministic")
        return cls(row.xact, row.id, hashlib.blake2s(said, digest_size=4).hexdigest())

    @property
    def numbers(self) -> str:
        """The place alone, as webhooks name it."""
        return f"{self.xact}-{self.entry}"

    def __str__(self) -> str:
        return f"{self.numbers}-{self.seal}" if self.seal else self.numbers

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """The place of a Last-Event-ID; None for None. From a text that is no place nobody resumes."""
        if text is None:
            return None
        found = re.fullmatch(r"(\d{1,18})-(\d{1,19})(?:-([0-9a-f]{8}))?", text)
        return cls(int(found[1]), min(int(found[2]), _NEWEST_ENTRY), found[3] or "") if found else cls(*_NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a subscriber wants; equal wishes get equal frames. `states`: `machines` frames as well."""

    scope: Scope
    filter: LiveFilter
    signals: tuple[str, ...] = ()
    states: bool = True

    def takes(self, told: "Told") -> bool:
        """True when the subscriber may see it and asked for it."""
        mine = self.scope.sees_all or self.scope.organisation_id in told.subject.organisations
        return mine and self.filter.takes(told.subject)


async def wish(
    conn: Connection, scope: Scope, asked: AskedFilter, *, signals: tuple[str, ...] = (), states: bool = True
) -> Wish:
    """A subscriber's wish; raises NotFound when the filter names what the scope does not see."""
    viewer = replace(scope, organisations=())  # which are below it is found anew for every event
    return Wish(scope=viewer, filter=await resolve(conn, scope, asked), signals=signals, states=states)


async def places_of(conn: Connection, scope: Scope, wanted: LiveFilter, *, now: datetime) -> PlacesRead:
    """Whose places a stream with this filter tells, as it begins."""
    if not wanted.names_machines:
        return PlacesRead(everywhere=True)
    named = {name: getattr(wanted, name) for name in ("machines", "sites", "models", "machine_kinds", "organisations")}
    return PlacesRead(machines=await list_placed(conn, scope, named, now=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTransition:
    """A change of an alarm."""

    at: datetime
    kind: str
    version: str | None
    actor: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAlarm:
    """Data of an `alarm` frame."""

    transition: LiveTransition
    alarm: Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEntry:
    """Data of an `entry` frame."""

    kind: str
    at: datetime
    machine_id: str | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of the event log, ready to be sent to the organisations that may see it (and to the platform).

    `named_to`: those that see the machine now, whose name it bears.
    """

    position: Position
    at: datetime
    subject: Subject
    event: Literal["alarm", "entry"]
    data: LiveAlarm | LiveEntry
    named_to: frozenset[int]

    def names(self, scope: Scope) -> bool:
        """True for who may be told the machine's name."""
        return scope.sees_all or scope.organisation_id in self.named_to

    def unnamed(self) -> Self:
        """What a former owner is told: the PIN stands for the machine's name."""
        if not isinstance(self.data, LiveAlarm):
            return self
        machine = self.data.alarm.machine
        alarm = replace(self.data.alarm, machine=replace(machine, name=machine.pin))
        return replace(self, data=replace(self.data, alarm=alarm))


async def log_end(conn: Connection) -> Position:
    """The place behind every entry that is final now."""
    return Position(await read_event_log.log_horizon(conn), _NEWEST_ENTRY)


async def last_place(conn: Connection) -> Position:
    """The place of the last entry that is final now; of a log that is empty where it begins."""
    last = await read_event_log.find_last_entry(conn)
    return Position(*await read_event_log.log_beginning(conn)) if last is None else Position.of(last)


async def can_resume(conn: Connection, after: Position, *, until: Position) -> bool:
    """True when the entries behind `after` can be told: it is an entry of this very log, not too far back, and all of
    them are still there."""
    if after > until or after.xact < 0 or not await read_event_log.is_log_whole_after(conn, after.xact, after.entry):
        return False
    if not await _is_of_this_log(conn, after):
        return False
    behind = await read_event_log.count_log_after(conn, after.xact, after.entry, at_most=RESUME_LIMIT + 1)
    return behind <= RESUME_LIMIT


async def _is_of_this_log(conn: Connection, place: Position) -> bool:
    """Whether the entry of a place is here and says what it said when its place was told; also true of where the log
    begins."""
    found = await read_event_log.find_entry(conn, place.xact, place.entry)
    if found is None:
        return place == Position(*await read_event_log.log_beginning(conn))
    return place.seal in ("", Position.of(found).seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries in order, and the place up to which the log was read; `is_full`: there may be more at once."""

    told: list[Told]
    end: Position
    is_full: bool


async def told_after(
    conn: Connection, after: Position, *, catalogue: Catalogue, wish: Wish | None = None, now: datetime
) -> Page:
    """The next final entries, of at most PAGE that were read; those of a wish as it may see them, or all of them.

    `conn` sees everything; who may see each entry is in the answer.
    """
    read = await read_event_log.list_log_after(conn, after.xact, after.entry, limit=PAGE)
    end = Position(read[-1].xact, read[-1].id) if read else after
    rows = read if wish is None else [row for row in read if _may_take(wish.filter, row)]
    told = await _enriched(conn, rows, catalogue, now) if rows else []
    if wish is not None:
        told = [one if one.names(wish.scope) else one.unnamed() for one in told if wish.takes(one)]
    return Page(told=told, end=end, is_full=len(read) == PAGE)


def _may_take(wanted: LiveFilter, row: LogRow) -> bool:
    """False when the filter does not take the entry whoever sees it; its severity may be known later only."""
    subject = Subject(
        kind=None,
        severity=None,
        machine_id=row.machine_id,
        site_id=row.site_id,
        model_id=row.model_id,
        machine_kind=row.machine_kind,
        organisations=wanted.organisations,
    )
    return wanted.takes_kind(row.kind) and wanted.takes(subject)


async def _enriched(conn: Connection, rows: Sequence[LogRow], catalogue: Catalogue, now: datetime) -> list[Told]:
    machines = sorted({row.machine_id for row in rows if row.machine_id is not None})
    audience = await Audience.load(conn, machines)
    seeing = {machine: audience.organisations(machine, now) for machine in machines}
    alarm_ids = [found for row in rows if (found := _alarm_id(row)) is not None]
    everything = Scope(organisation_id=0, sees_all=True)
    alarms = {a.alarm_id: a for a in await read_alarms.find_alarms(conn, everything, alarm_ids)} if alarm_ids else {}
    numbers = [n for row in rows if isinstance(n := row.payload.get("transition_id"), int)]
    transitions = await read_alarms.find_transitions(conn, numbers) if numbers else {}
    books = await RuleBooks.load(conn, [alarm.version for alarm in alarms.values()], catalogue)
    told = [_told(row, alarms, transitions, audience, books) for row in rows]
    return [replace(one, named_to=seeing.get(one.subject.machine_id or 0, frozenset())) for one in told]


def _told(
    row: LogRow,
    alarms: dict[UUID, AlarmRow],
    transitions: dict[int, TransitionRow],
    audience: Audience,
    books: RuleBooks,
) -> Told:
    alarm_id = _alarm_id(row)
    alarm = alarms.get(alarm_id) if alarm_id else None
    data: LiveAlarm | LiveEntry = _entry(row)
    if alarm is not None:
        transition = _transition(row, transitions.get(row.payload.get("transition_id", -1)))
        data = LiveAlarm(transition=transition, alarm=alarm_of(alarm, books))
    return Told(
        position=Position.of(row),
        at=row.at,
        subject=Subject(
            kind=row.kind,
            severity=_severity(row, alarm),
            machine_id=row.machine_id,
            site_id=row.site_id,
            model_id=row.model_id,
            machine_kind=row.machine_kind,
            organisations=_organisations(row, row.at if alarm is None else alarm.raised_at, audience),
        ),
        event="entry" if alarm is None else "alarm",
        data=data,
        named_to=frozenset(),
    )


def _severity(row: LogRow, alarm: AlarmRow | None) -> str | None:
    said = row.payload.get("severity") if alarm is None else alarm.severity
    return said if isinstance(said, str) else None


def _alarm_id(row: LogRow) -> UUID | None:
    text = row.payload.get("alarm_id") if row.kind.startswith("alarm.") else None
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _entry(row: LogRow) -> LiveEntry:
    public_id = None if row.machine_public_id is None else str(row.machine_public_id)
    return LiveEntry(kind=row.kind, at=row.at, machine_id=public_id, payload=row.payload)


def _transition(row: LogRow, stored: TransitionRow | None) -> LiveTransition:
    if stored is None:
        return LiveTransition(at=row.at, kind=row.kind.removeprefix("alarm."), version=None, actor=None, detail={})
    return LiveTransition(
        at=stored.at, kind=stored.kind, version=stored.version, actor=stored.actor, detail=stored.detail
    )


_CLASSES = {"alarm": DataClass.ALARMS, "reminder": DataClass.HOURS}


def _organisations(row: LogRow, at: datetime, audience: Audience) -> frozenset[int]:
    if row.machine_id is not None:
        data_class = _CLASSES.get(row.kind.partition(".")[0])
        return audience.organisations(row.machine_id, at, data_class=data_class)
    return frozenset() if row.organisation_id is None else frozenset(audience.upwards(row.organisation_id))
