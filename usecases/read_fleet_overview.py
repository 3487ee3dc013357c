"""The fleet: pages of machines, one machine, and every machine's place at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from fleet.data_classes import DataClass
from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue
from storage import read_machines
from storage.machine_pages import NONE, MachineFilter, MachineSort, Place, find_page
from storage.read_machines import EVER, MachineRow
from storage.read_pool import Connection
from storage.sight import MachineKey, Period, Scope, get_machine_key
from usecases.positions import LATITUDE, LONGITUDE, LastValue, Position, position_of
from usecases.read_machine_state import values_of
from usecases.stated_places import row_in_wgs84

__all__ = ["MachineDetail", "MachineFilter", "MachinePage", "get_machine", "list_machines"]


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
    online: bool | None
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
    places = await find_page(conn, scope, wanted, sort=sort, after=_place(sort, after), limit=limit + 1, now=now)
    ids = [catalogue[key].id for key in (LATITUDE, LONGITUDE, *signals)]
    rows = await read_machines.list_details(conn, places[:limit], signals=ids, now=now)
    shown = [row_in_wgs84(row, row.shifts, catalogue) for row in rows]
    end = (places[limit - 1].sort_value, places[limit - 1].machine_id) if len(places) > limit else None
    return MachinePage(items=[_summary(row, scope, catalogue, signals) for row in shown], end=end)


def _place(sort: MachineSort, after: Sequence[str | int | None] | None) -> tuple[str, int] | None:
    if after is None:
        return None
    match list(after):
        case [str(value), int(machine_id)] if 0 <= machine_id < 2**31 and _fits(sort, value):
            return value, machine_id
    raise InvalidInput("cursor_foreign", where="cursor")


def _fits(sort: MachineSort, value: str) -> bool:
    if "\0" in value:
        return False
    if sort == "severity":
        return value == NONE or (value.isdecimal() and len(value) == 1)
    if sort.endswith("measured_at"):
        return value == NONE or _is_time(value)
    return True


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _summary(row: MachineRow, scope: Scope, catalogue: Catalogue, signals: Sequence[str]) -> MachineSummary:
    sight = row.sight(exact_positions=scope.exact_positions)
    wanted = frozenset(catalogue[key].id for key in (LATITUDE, LONGITUDE, *signals))
    values = values_of(row.signal_ids, row.signal_values, row.signal_at_us, catalogue, sight=sight, wanted=wanted)
    known_at = row.measured_at or row.received_at
    works = known_at is not None and sight.sees(DataClass.READINGS, known_at)
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
        work_state=row.work_state if works else None,
        measured_at=row.measured_at,
        received_at=row.received_at,
        position=position_of(values, sight),
        open_alarms=OpenAlarms(count=row.open_alarms, severity=row.severity),
        signals={key: values[key] for key in signals if key in values},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetail(MachineSummary):
    """One machine; see api.schemas.machines."""

    nominal_voltage_v: int | None
    registered_at: datetime
    version: int
    updated_at: datetime
    site_id: str | None
    model_id: str | None
    organisation_id: str | None
    options: list[str]
    time_zone: str | None
    installations: list[read_machines.InstallationRow]
    attributes: dict[str, str]
    visible: list[Period] = field(default_factory=list)
    visible_classes: dict[str, list[Period]] = field(default_factory=dict)


async def get_machine(
    conn: Connection, scope: Scope, reference: str, *, catalogue: Catalogue, now: datetime
) -> MachineDetail:
    """One machine. Its last state and open alarms are shown only to those who see it now. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    place = [catalogue[key].id for key in (LATITUDE, LONGITUDE)]
    rows = await read_machines.list_details(conn, [_now_of(machine, now)], signals=place, now=now)
    if not rows:
        raise NotFound
    row = row_in_wgs84(rows[0], rows[0].shifts, catalogue)
    summary = _summary(row, scope, catalogue, ())
    periods = machine.sight.any_periods
    return MachineDetail(
        **{name: getattr(summary, name) for name in MachineSummary.__dataclass_fields__},
        nominal_voltage_v=row.nominal_voltage_v,
        registered_at=row.registered_at,
        version=row.version,
        updated_at=row.updated_at,
        site_id=_text(row.site_id),
        model_id=_text(row.model_id),
        organisation_id=_text(row.organisation_id),
        options=await read_machines.list_options(conn, machine.machine_id),
        time_zone=row.time_zone,
        installations=await read_machines.list_installations(conn, machine.machine_id, periods),
        attributes=await read_machines.list_attributes(conn, machine.machine_id, periods),
        visible=periods,
        visible_classes={str(c): list(machine.periods(c)) for c in DataClass if machine.periods(c)},
    )


def _text(public_id: UUID | None) -> str | None:
    return None if public_id is None else str(public_id)


def _now_of(machine: MachineKey, now: datetime) -> Place:
    """Since when each class of the machine's data is seen that is seen now."""
    current = {c: next((p for p in machine.periods(c) if p.covers(now)), None) for c in DataClass}
    begun = {c: EVER if p.from_at is None else p.from_at for c, p in current.items() if p is not None}
    return Place(
        machine_id=machine.machine_id,
        seen_from=min(begun.values(), default=now),
        readings_from=begun.get(DataClass.READINGS),
        position_from=begun.get(DataClass.POSITION),
        hours_from=begun.get(DataClass.HOURS),
        alarms_from=begun.get(DataClass.ALARMS),
        sort_value=NONE,
    )
