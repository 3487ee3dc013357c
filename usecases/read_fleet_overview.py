"""The fleet: pages of machines, one machine, and every machine's place at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from fleet.data_classes import DataClass
from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue, Signal
from storage import read_machines
from storage.fleet_index import FleetIndex
from storage.machine_filter import MachineFilter
from storage.machine_pages import NONE, MachineSort, Place, find_page
from storage.read_machines import EVER, MachineRow
from storage.read_pool import Connection
from storage.sight import MachineKey, Period, Scope, Sight, get_machine_key
from usecases.fleet_pages import PageAsked, find_in_index
from usecases.positions import LATITUDE, LONGITUDE, LastValue, Position, position_of, seen_value, shown_value
from usecases.read_machine_state import instant, values_of
from usecases.stated_places import Lasts, row_in_wgs84

__all__ = ["MachineDetail", "MachineFilter", "MachinePage", "get_machine", "list_machines"]


@dataclass(slots=True, kw_only=True)  # frozen, as all that a line is made of, it would cost a page twice the time
class OpenAlarms:
    """How many alarms are open, and the worst."""

    count: int
    severity: str | None


@dataclass(slots=True, kw_only=True)
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
    mode: str | None
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    position: Position | None
    open_alarms: OpenAlarms
    signals: dict[str, LastValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePage:
    """A page; `end` is the place of its last entry when there are more, `numbers` its machines' inner ids."""

    items: list[MachineSummary]
    end: tuple[str, int] | None
    numbers: list[int]
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
    index: FleetIndex | None = None,
) -> MachinePage:
    """A page of the machines that the scope sees now; `after` comes from the cursor.

    It is found in the `index`, where there is one that can tell, and otherwise by the database.
    """
    shown = [catalogue[key] for key in (LATITUDE, LONGITUDE, *signals)]
    asked = PageAsked(sort=sort, after=_place(sort, after), limit=limit, signals=[s.id for s in shown], now=now)
    found = None if index is None else await find_in_index(conn, scope, wanted, asked, index)
    places, rows = found or await _find(conn, scope, wanted, asked)
    end = (places[limit - 1].sort_value, places[limit - 1].machine_id) if len(places) > limit else None
    by_number = {place.machine_id: place for place in places[:limit]}
    items = [_summary(row, by_number[row.machine_id], shown, scope, catalogue) for row in rows]
    return MachinePage(items=items, end=end, numbers=[row.machine_id for row in rows])


async def _find(
    conn: Connection, scope: Scope, wanted: MachineFilter, asked: PageAsked
) -> tuple[list[Place], list[MachineRow]]:
    places = await find_page(
        conn, scope, wanted, sort=asked.sort, after=asked.after, limit=asked.limit + 1, now=asked.now
    )
    rows = await read_machines.list_details(conn, places[: asked.limit], signals=asked.signals, now=asked.now)
    return places, rows


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


_Last = tuple[Signal, float | None, int | None]  # a signal, its last value, and when that was measured


def _summary(
    row: MachineRow, place: Place, asked: Sequence[Signal], scope: Scope, catalogue: Catalogue
) -> MachineSummary:
    """A line of the list; `asked` are the two signals of a place and those that are shown beside it."""
    sight = _sight(place.readings_from, place.position_from, place.hours_from, place.alarms_from, scope.exact_positions)
    position, signals = _seen(row, asked, sight, catalogue)
    known_at = row.measured_at or row.received_at
    works = known_at is not None and sight.sees(DataClass.READINGS, known_at)
    return MachineSummary(
        id=row.public_id,
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
        position=position,
        open_alarms=OpenAlarms(count=row.open_alarms, severity=row.severity),
        signals=signals,
    )


def _seen(
    row: MachineRow, asked: Sequence[Signal], sight: Sight, catalogue: Catalogue
) -> tuple[Position | None, dict[str, LastValue]]:
    """The place and the last values of the signals behind its two, as the scope may see them."""
    lasts = list(zip(asked, row.values, row.at_us, strict=True))
    if row.shifted_system:
        stated = [(s.id, value, us) for s, value, us in lasts if value is not None and us is not None]
        ids, values, at_us = (list(column) for column in zip(*stated, strict=True)) if stated else ([], [], [])
        shown = row_in_wgs84(Lasts(ids, values, at_us), row.shifts, catalogue)
        found = values_of(shown.signal_ids, shown.signal_values, shown.signal_at_us, catalogue, sight=sight)
        return position_of(found, sight), {s.key: found[s.key] for s in asked[2:] if s.key in found}
    signals: dict[str, LastValue] = {}
    for signal, value, us in lasts[2:]:
        if value is not None and us is not None:
            at = instant(us)
            if (seen := seen_value(signal, value, at=at, sight=sight)) is not None:
                signals[signal.key] = LastValue(value=seen, unit=signal.unit, measured_at=at)
    return _position(lasts[0], lasts[1], sight), signals


def _position(latitude: _Last, longitude: _Last, sight: Sight) -> Position | None:
    """What position_of() says of the two; mostly they are of one time, and seen exactly."""
    (lat_signal, lat, lat_us), (lon_signal, lon, lon_us) = latitude, longitude
    if lat is None or lon is None or lat_us is None or lon_us is None:
        return None
    at = instant(lon_us)
    lat_at = at if lat_us == lon_us else instant(lat_us)
    exact = sight.is_exact(at) and (lat_at is at or sight.is_exact(lat_at))
    if exact:
        shown: tuple[float | None, float | None] = shown_value(lat_signal, lat), shown_value(lon_signal, lon)
    else:
        shown = (
            seen_value(lat_signal, lat, at=lat_at, sight=sight),
            seen_value(lon_signal, lon, at=at, sight=sight),
        )
    if shown[0] is None or shown[1] is None:
        return None
    return Position(latitude_deg=shown[0], longitude_deg=shown[1], measured_at=at, is_coarse=not exact)


@lru_cache(maxsize=1000)  # most lines of a page are seen alike
def _sight(
    readings: datetime | None, position: datetime | None, hours: datetime | None, alarms: datetime | None, exact: bool
) -> Sight:
    since = {
        DataClass.READINGS: readings,
        DataClass.POSITION: position,
        DataClass.HOURS: hours,
        DataClass.ALARMS: alarms,
    }
    return Sight.since(since, exact_positions=exact)


@dataclass(slots=True, kw_only=True)
class MachineDetail(MachineSummary):
    """One machine; see api.schemas.machines."""

    nominal_voltage_v: int | None
    registered_at: datetime
    version: int | None
    updated_at: datetime | None
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
    """One machine. Those who do not see it now are told what it is, and nothing of its last state, its open alarms and
    what its present owner entered. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    asked = [catalogue[key] for key in (LATITUDE, LONGITUDE)]
    place = _now_of(machine, now)
    found = await read_machines.find_detail(conn, place, signals=[s.id for s in asked], now=now)
    if found is None:
        raise NotFound
    row, more = found
    summary = _summary(row, place, asked, scope, catalogue)
    periods = machine.sight.any_periods
    detail = MachineDetail(
        **{name: getattr(summary, name) for name in MachineSummary.__dataclass_fields__},
        nominal_voltage_v=more.nominal_voltage_v,
        registered_at=more.registered_at,
        version=more.version,
        updated_at=more.updated_at,
        site_id=_text(more.site_id),
        model_id=_text(more.model_id),
        organisation_id=_text(more.organisation_id),
        options=await read_machines.list_options(conn, machine.machine_id),
        time_zone=more.time_zone,
        installations=await read_machines.list_installations(conn, machine.machine_id, periods),
        attributes=await read_machines.list_attributes(conn, machine.machine_id, periods),
        visible=periods,
        visible_classes={str(c): list(machine.periods(c)) for c in DataClass if machine.periods(c)},
    )
    return detail if machine.seen_at(now) else replace(detail, **_ENTERED, name=detail.pin)


# What the owner of now enters, as it is shown to those who do not see the machine any more.
_ENTERED: Mapping[str, Any] = dict.fromkeys(
    (
        "equipment_id",
        "site",
        "site_id",
        "time_zone",
        "organisation",
        "organisation_id",
        "mode",
        "nominal_voltage_v",
        "version",
        "updated_at",
    )
) | {"options": []}


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
