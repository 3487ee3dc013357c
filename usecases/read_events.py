"""What a machine reported beside readings, and its fault codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from fleet.batch import EventKind
from fleet.data_classes import DataClass
from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue
from storage import read_events
from storage.read_events import EventRow, FaultRow
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.read_alarm_words import Words, fault_words
from usecases.read_machine_state import instant

_FAULTS = 500
_ERRORS = {1: "reported", 2: "out_of_limits"}
_POSITION_LENGTH = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events; from_at <= t < to_at, None is no condition."""

    from_at: datetime | None
    to_at: datetime | None
    kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamps:
    """J1939 DM1 lamps."""

    protect: bool
    amber: bool
    red_stop: bool
    mil: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineEvent:
    """One event; see api.schemas.events."""

    kind: str
    measured_at: datetime
    received_at: datetime
    source_address: int | None
    spn: int | None
    fmi: int | None
    occurrence_count: int | None
    lamps: Lamps | None
    signal: str | None
    error: str | None
    online: bool | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[MachineEvent]
    end: tuple[int, ...] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_events(
    conn: Connection,
    scope: Scope,
    reference: str,
    wanted: EventFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    catalogue: Catalogue,
) -> EventPage:
    """A page of events of the periods that the scope sees, newest first. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    rows = await read_events.list_events(
        conn,
        machine.machine_id,
        read_events.EventPeriods(
            faults=machine.periods(DataClass.ALARMS),
            others=machine.periods(DataClass.READINGS),
        ),
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        kind=None if wanted.kind is None else EventKind[wanted.kind.upper()].value,
        after=_place(after),
        limit=limit + 1,
    )
    shown = rows[:limit]
    end = None
    if len(rows) > limit:
        at, *numbers = shown[-1].position
        end = (round((at - instant(0)) / timedelta(microseconds=1)), *(int(str(n)) for n in numbers))
    return EventPage(items=[_event(row, catalogue) for row in shown], end=end)


def _place(after: Sequence[str | int | None] | None) -> tuple[datetime, int, int, int, int, int, int] | None:
    if after is None:
        return None
    numbers = [n for n in after if isinstance(n, int) and abs(n) < 2**63]
    if len(numbers) != _POSITION_LENGTH or len(after) != _POSITION_LENGTH or not 0 <= numbers[0] < 2**53:
        raise InvalidInput("cursor_foreign", where="cursor")
    if any(abs(n) >= 2**15 for n in (numbers[1], numbers[2], numbers[4], numbers[5])) or abs(numbers[3]) >= 2**31:
        raise InvalidInput("cursor_foreign", where="cursor")
    us, kind, source_address, spn, fmi, signal_id, text_hash = numbers
    return (instant(us), kind, source_address, spn, fmi, signal_id, text_hash)


def _event(row: EventRow, catalogue: Catalogue) -> MachineEvent:
    kind = EventKind(row.kind)
    is_error = kind is EventKind.SENSOR_ERROR
    return MachineEvent(
        kind=kind.name.lower(),
        measured_at=row.measured_at,
        received_at=row.received_at,
        source_address=_known(row.source_address),
        spn=_known(row.spn),
        fmi=_known(row.fmi),
        occurrence_count=_known(row.occurrence_count),
        lamps=_lamps(row.lamps),
        signal=_signal_key(row.signal_id, catalogue),
        error=_ERRORS.get(row.value) if is_error else None,
        online=bool(row.value) if kind is EventKind.STATUS else None,
        text=row.text,
    )


def _known(number: int) -> int | None:
    return None if number < 0 else number


def _lamps(bits: int) -> Lamps | None:
    if bits < 0:
        return None
    return Lamps(protect=bool(bits & 1), amber=bool(bits & 2), red_stop=bool(bits & 4), mil=bool(bits & 8))


def _signal_key(signal_id: int, catalogue: Catalogue) -> str | None:
    return catalogue.signals[signal_id].key if 0 <= signal_id < len(catalogue) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One code; see api.schemas.events."""

    key: str
    source_address: int | None
    spn: int
    fmi: int
    signal: str | None
    text: Words
    first_seen_at: datetime
    last_seen_at: datetime
    occurrence_count: int | None
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultList:
    """A machine's codes."""

    machine_id: str
    items: list[Fault]
    truncated: bool


async def list_faults(
    conn: Connection,
    scope: Scope,
    reference: str,
    *,
    active_only: bool,
    catalogue: Catalogue,
    now: datetime,
) -> FaultList:
    """The machine's codes as they stand, seen since it came to the scope. NotFound unless it is the scope's now; none
    for those who do not see its alarms."""
    machine = await get_machine_key(conn, scope, reference)
    if not machine.seen_at(now):
        raise NotFound
    period = next((p for p in machine.periods(DataClass.ALARMS) if p.covers(now)), None)
    rows = (
        []
        if period is None
        else await read_events.list_faults(
            conn, machine.machine_id, seen_from=period.from_at, active_only=active_only, limit=_FAULTS + 1
        )
    )
    return FaultList(
        machine_id=str(machine.public_id),
        items=[_fault(row, catalogue) for row in rows[:_FAULTS]],
        truncated=len(rows) > _FAULTS,
    )


def _fault(row: FaultRow, catalogue: Catalogue) -> Fault:
    source = _known(row.source_address)
    signal = catalogue.by_spn.get(row.spn)
    return Fault(
        key=f"{'-' if source is None else source}/{row.spn}/{row.fmi}",
        source_address=source,
        spn=row.spn,
        fmi=row.fmi,
        signal=signal.key if signal else None,
        text=fault_words(row.spn, row.fmi, catalogue),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        occurrence_count=_known(row.occurrence_count),
        active=row.active,
    )
