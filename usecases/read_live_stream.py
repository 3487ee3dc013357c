"""What the live stream tells: entries of the event log with their place, and machines whose state has changed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal, Self
from uuid import UUID

from fleet.signals import Catalogue
from storage import read_alarms, read_event_log
from storage.read_alarms import AlarmRow, TransitionRow
from storage.read_event_log import LiveRow, LogRow
from storage.read_scope import Connection, Period, Scope, get_machine_key
from usecases.read_alarms import Alarm, alarm_of
from usecases.read_live_audience import Audience
from usecases.read_machine_state import LATITUDE, LONGITUDE, LastValue, instant, shown_value

PAGE = 1000
RESUME_LIMIT = 10_000  # entries that a subscriber may catch up on; behind more it must read the lists again
_NEWEST_ENTRY = 2**63 - 1
_NOWHERE = (-1, 0)
_SEVERITIES = ("critical", "high", "medium", "low", "info")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the event log: (transaction, entry) orders entries as they become final."""

    xact: int
    entry: int

    def __str__(self) -> str:
        return f"{self.xact}-{self.entry}"

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """The place of a Last-Event-ID; None for None. From a text that is no place nobody resumes."""
        if text is None:
            return None
        found = re.fullmatch(r"(\d{1,18})-(\d{1,19})", text)
        return cls(int(found[1]), min(int(found[2]), _NEWEST_ENTRY)) if found else cls(*_NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a subscriber wants; equal wishes get equal `machines` frames."""

    scope: Scope
    machine_id: int | None
    signals: tuple[str, ...]


async def wish(conn: Connection, scope: Scope, *, machine: str | None, signals: tuple[str, ...]) -> Wish:
    """A subscriber's wish; raises NotFound for a machine that the scope does not see."""
    found = None if machine is None else await get_machine_key(conn, scope, machine)
    return Wish(scope=scope, machine_id=found.machine_id if found else None, signals=signals)


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
    """One entry of the event log, ready to be sent to the organisations that may see it (and to the platform)."""

    position: Position
    at: datetime
    machine_id: int | None
    organisations: frozenset[int]
    event: Literal["alarm", "entry"]
    data: LiveAlarm | LiveEntry

    def is_for(self, wanted: Wish) -> bool:
        """True when the subscriber may see it and asked for it."""
        if wanted.machine_id is not None and wanted.machine_id != self.machine_id:
            return False
        return wanted.scope.sees_all or wanted.scope.organisation_id in self.organisations


async def log_end(conn: Connection) -> Position:
    """The place behind every entry that is final now."""
    return Position(await read_event_log.log_horizon(conn), _NEWEST_ENTRY)


async def can_resume(conn: Connection, after: Position, *, until: Position) -> bool:
    """True when the entries behind `after` can be told: it is a place of this log, not too far back, and all of them
    are still there."""
    if after > until or after.xact < 0 or not await read_event_log.is_log_whole_after(conn, after.xact, after.entry):
        return False
    behind = await read_event_log.count_log_after(conn, after.xact, after.entry, at_most=RESUME_LIMIT + 1)
    return behind <= RESUME_LIMIT


async def told_after(conn: Connection, after: Position, *, catalogue: Catalogue) -> list[Told]:
    """The next final entries, at most PAGE, in order. `conn` sees everything; who may see each is in the answer."""
    rows = await read_event_log.list_log_after(conn, after.xact, after.entry, limit=PAGE)
    if not rows:
        return []
    audience = await Audience.load(conn, sorted({row.machine_id for row in rows if row.machine_id is not None}))
    alarm_ids = [found for row in rows if (found := _alarm_id(row)) is not None]
    everything = Scope(organisation_id=0, sees_all=True)
    alarms = {a.alarm_id: a for a in await read_alarms.find_alarms(conn, everything, alarm_ids)} if alarm_ids else {}
    numbers = [n for row in rows if isinstance(n := row.payload.get("transition_id"), int)]
    transitions = await read_alarms.find_transitions(conn, numbers) if numbers else {}
    return [_told(row, alarms, transitions, audience, catalogue) for row in rows]


def _told(
    row: LogRow,
    alarms: dict[UUID, AlarmRow],
    transitions: dict[int, TransitionRow],
    audience: Audience,
    catalogue: Catalogue,
) -> Told:
    alarm_id = _alarm_id(row)
    alarm = alarms.get(alarm_id) if alarm_id else None
    data: LiveAlarm | LiveEntry = _entry(row)
    if alarm is not None:
        transition = _transition(row, transitions.get(row.payload.get("transition_id", -1)))
        data = LiveAlarm(transition=transition, alarm=alarm_of(alarm, catalogue))
    return Told(
        position=Position(row.xact, row.id),
        at=row.at,
        machine_id=row.machine_id,
        organisations=_organisations(row, row.at if alarm is None else alarm.raised_at, audience),
        event="entry" if alarm is None else "alarm",
        data=data,
    )


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


def _organisations(row: LogRow, seen_at: datetime, audience: Audience) -> frozenset[int]:
    if row.machine_id is not None:
        return audience.organisations(row.machine_id, seen_at)
    return frozenset() if row.organisation_id is None else frozenset(audience.upwards(row.organisation_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMachine:
    """One machine of a `machines` frame; see api.schemas.live."""

    id: str
    name: str
    kind: str
    online: bool
    work_state: str | None
    measured_at: datetime | None
    latitude_deg: float | None
    longitude_deg: float | None
    severity: str | None
    open_alarms: int
    signals: dict[str, LastValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMachines:
    """Data of a `machines` frame."""

    at: datetime
    snapshot: bool
    items: list[LiveMachine]


def machines_for(
    rows: Sequence[LiveRow], wanted: Wish, *, audience: Audience, catalogue: Catalogue, now: datetime
) -> list[LiveMachine]:
    """Those of the machines that the subscriber sees now and asked for, without what is not its to see."""
    items: list[LiveMachine] = []
    for row in rows:
        if wanted.machine_id is not None and wanted.machine_id != row.machine_id:
            continue
        if wanted.scope.sees_all:
            items.append(_machine(row, wanted.signals, catalogue, _always))
            continue
        periods = audience.periods(row.machine_id, wanted.scope.organisation_id)
        if _covered(periods, now):
            items.append(_machine(row, wanted.signals, catalogue, partial(_covered, periods)))
    return items


def _covered(periods: Sequence[Period], at: datetime) -> bool:
    return any(p.covers(at) for p in periods)


def _always(_: datetime) -> bool:
    return True


def _machine(
    row: LiveRow, signals: Sequence[str], catalogue: Catalogue, seen_at: Callable[[datetime], bool]
) -> LiveMachine:
    last_at = row.measured_at or row.received_at
    known = last_at is not None and seen_at(last_at)
    place = {signal_id: i for i, signal_id in enumerate(row.signal_ids)} if known else {}

    def last(key: str) -> LastValue | None:
        signal = catalogue[key]
        i = place.get(signal.id)
        if i is None or not seen_at(at := instant(row.signal_at_us[i])):
            return None
        return LastValue(value=shown_value(signal, row.signal_values[i]), unit=signal.unit, measured_at=at)

    latitude, longitude = last(LATITUDE), last(LONGITUDE)
    ranks = [rank for rank, at in zip(row.alarm_ranks, row.alarm_raised_at, strict=True) if seen_at(at)]
    return LiveMachine(
        id=str(row.public_id),
        name=row.name,
        kind=row.kind,
        online=known and row.online,
        work_state=row.work_state if known else None,
        measured_at=row.measured_at if known else None,
        latitude_deg=latitude.value if latitude else None,
        longitude_deg=longitude.value if longitude else None,
        severity=_SEVERITIES[min(ranks) - 1] if ranks else None,
        open_alarms=len(ranks),
        signals={key: value for key in signals if (value := last(key)) is not None},
    )


class Changes:
    """Which machines have changed since they were last told, whatever the database repeats."""

    def __init__(self) -> None:
        self._told: dict[int, int] = {}

    def of(self, rows: Sequence[LiveRow]) -> list[LiveRow]:
        """Those of the rows that differ from the last time; they count as told from now on."""
        changed = [row for row in rows if self._told.get(row.machine_id) != _fingerprint(row)]
        self._told.update((row.machine_id, _fingerprint(row)) for row in changed)
        return changed


def _fingerprint(row: LiveRow) -> int:
    alarms = tuple(sorted(row.alarm_ranks))
    values = (tuple(row.signal_ids), tuple(row.signal_values), tuple(row.signal_at_us))
    return hash((row.name, row.online, row.work_state, row.measured_at, alarms, values))
