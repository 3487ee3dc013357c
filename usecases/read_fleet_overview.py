"""The fleet: pages of machines, one machine, and every machine's place at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue
from storage import read_machines
from storage.read_machines import FLEET_CAP, MachineFilter, MachineRow, MachineSort
from storage.read_scope import Connection, Period, Scope, get_machine_key
from usecases.read_machine_state import LATITUDE, LONGITUDE, LastValue, Position, position_of, values_of

__all__ = ["MachineDetail", "MachineFilter", "MachinePage", "get_machine", "list_machines", "list_positions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarms:
    """How many alarms are open, and the worst."""

    count: int
    severity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSummary:
    """One line of the list; see api.schemas.machines."""

    id: str
    pin: str
    serial_number: str | None
    equipment_id: str | None
    name: str
    kind: str
    model: str | None
    maker: str | None
    site: str | None
    organisation: str | None
    mode: str
    online: bool
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    position: Position | None
    open_alarms: OpenAlarms
    signals: dict[str, LastValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[MachineSummary]
    end: tuple[str, int] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_machines(
    conn: Connection,
    scope: Scope,
    wanted: MachineFilter,
    *,
    sort: MachineSort,
    after: Sequence[str | int | None] | None,
    limit: int,
    signals: Sequence[str],
    catalogue: Catalogue,
    now: datetime,
) -> MachinePage:
    """A page of the machines that the scope sees now; `after` comes from the cursor."""
    rows = await read_machines.list_machines(
        conn, scope, wanted, sort=sort, after=_place(sort, after), limit=limit + 1, now=now
    )
    shown = rows[:limit]
    end = (shown[-1].sort_value, shown[-1].machine_id) if len(rows) > limit else None
    return MachinePage(items=[_summary(row, catalogue, signals) for row in shown], end=end)


def _place(sort: MachineSort, after: Sequence[str | int | None] | None) -> tuple[str, int] | None:
    if after is None:
        return None
    match list(after):
        case [str(value), int(machine_id)] if 0 <= machine_id < 2**31 and _fits(sort, value):
            return value, machine_id
    raise InvalidInput("The cursor is not one that this list has given.")


def _fits(sort: MachineSort, value: str) -> bool:
    if "\0" in value:
        return False
    if sort == "severity":
        return value.isdecimal() and len(value) == 1
    if sort.endswith("measured_at"):
        return _is_time(value)
    return True


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _summary(row: MachineRow, catalogue: Catalogue, signals: Sequence[str]) -> MachineSummary:
    def seen_at(at: datetime) -> bool:
        return row.seen_from is None or row.seen_from <= at

    wanted = frozenset(catalogue[key].id for key in (LATITUDE, LONGITUDE, *signals))
    values = values_of(row.signal_ids, row.signal_values, row.signal_at_us, catalogue, seen_at=seen_at, wanted=wanted)
    return MachineSummary(
        id=str(row.public_id),
        pin=row.pin,
        serial_number=row.serial_no,
        equipment_id=row.equipment_id,
        name=row.name,
        kind=row.kind,
        model=row.model,
        maker=row.maker,
        site=row.site,
        organisation=row.organisation,
        mode=row.mode,
        online=row.online,
        work_state=row.work_state,
        measured_at=row.measured_at,
        received_at=row.received_at,
        position=position_of(values),
        open_alarms=OpenAlarms(count=row.open_alarms, severity=row.severity),
        signals={key: values[key] for key in signals if key in values},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetail(MachineSummary):
    """One machine; see api.schemas.machines."""

    nominal_voltage_v: int | None
    registered_at: datetime
    time_zone: str | None
    installations: list[read_machines.InstallationRow]
    attributes: dict[str, str]
    visible: list[Period] = field(default_factory=list)


async def get_machine(
    conn: Connection, scope: Scope, reference: str, *, catalogue: Catalogue, now: datetime
) -> MachineDetail:
    """One machine. Its last state and open alarms are shown only to those who see it now. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    current = next((p for p in machine.periods if p.covers(now)), None)
    seen_from = current.from_at if current else now
    row = await read_machines.find_machine(conn, machine.machine_id, seen_from=seen_from, now=now)
    if row is None:
        raise NotFound
    summary = _summary(row, catalogue, ())
    return MachineDetail(
        **{name: getattr(summary, name) for name in MachineSummary.__dataclass_fields__},
        nominal_voltage_v=row.nominal_voltage_v,
        registered_at=row.registered_at,
        time_zone=row.time_zone,
        installations=await read_machines.list_installations(conn, machine.machine_id, machine.periods),
        attributes=await read_machines.list_attributes(conn, machine.machine_id, machine.periods),
        visible=machine.periods,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPosition:
    """One machine of the light list; see api.schemas.machines."""

    id: UUID
    name: str
    kind: str
    online: bool
    work_state: str | None
    measured_at: datetime | None
    latitude_deg: float | None
    longitude_deg: float | None
    severity: str | None
    open_alarms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPositions:
    """Every machine's place."""

    at: datetime
    items: list[FleetPosition]
    truncated: bool


async def list_positions(
    conn: Connection, scope: Scope, *, catalogue: Catalogue, now: datetime, at_most: int = FLEET_CAP
) -> FleetPositions:
    """Every machine that the scope sees now."""
    rows = await read_machines.list_positions(
        conn,
        scope,
        latitude=catalogue[LATITUDE].id,
        longitude=catalogue[LONGITUDE].id,
        now=now,
        limit=at_most + 1,
    )
    items = [
        FleetPosition(
            id=row.public_id,
            name=row.name,
            kind=row.kind,
            online=row.online,
            work_state=row.work_state,
            measured_at=row.measured_at,
            latitude_deg=row.latitude_deg,
            longitude_deg=row.longitude_deg,
            severity=row.severity,
            open_alarms=row.open_alarms,
        )
        for row in rows[:at_most]
    ]
    return FleetPositions(at=now, items=items, truncated=len(rows) > at_most)
