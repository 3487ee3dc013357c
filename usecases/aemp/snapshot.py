"""Snapshots: pages of a fleet and single machines, from two statements a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from fleet.data_classes import DataClass
from fleet.errors import NotFound
from fleet.signals import Catalogue
from storage import read_aemp
from storage.read_aemp import DAY, DayRow, DaySignals, FleetRow
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, Sight
from usecases.aemp.elements import SNAPSHOT_ORDER, Equipment, Header, Record
from usecases.aemp.meanings import (
    ALTITUDE,
    ENGINE_SPEED,
    ENGINE_STATE,
    ENGINE_STOPPED,
    FUEL_USED,
    GROUND_SPEED,
    LOAD,
    MEANINGS,
    WHEEL_SPEED,
    Capacities,
    Day,
    Meaning,
    day_records,
    engine_status,
    is_running,
    max_speed,
)
from usecases.positions import seen_value
from usecases.read_machine_state import instant
from usecases.stated_places import rows_in_wgs84

PAGE = 100
_USED = frozenset(
    {key for meaning in MEANINGS.values() for source in meaning.sources for key in source}
    | {ALTITUDE, ENGINE_SPEED, ENGINE_STATE, FUEL_USED}
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a walk begins: after this machine, in a walk of so many pages."""

    after: int
    pages: int


@dataclass(frozen=True, slots=True)
class FleetPage:
    """A page; `next` is where the one after it begins, None on the last. `pages`: how many there are; `placed`: the
    inner ids of the machines whose place is on it."""

    number: int
    machines: list[Equipment]
    placed: list[int]
    next: Place | None
    pages: int
    newest_at: datetime | None


class FleetSizes:
    """How many machines each organisation sees, counted once a minute: `last` is a hint, and `next` decides."""

    def __init__(self) -> None:
        self._counted: dict[int, tuple[datetime, int]] = {}

    async def count(self, conn: Connection, scope: Scope, *, now: datetime) -> int:
        """The number, at most a minute old."""
        at, count = self._counted.get(scope.organisation_id, (None, 0))
        if at is None or not at <= now < at + timedelta(minutes=1):
            count = await read_aemp.count_fleet(conn, scope, now=now)
            self._counted[scope.organisation_id] = (now, count)
        return count


async def fleet_page(
    conn: Connection,
    scope: Scope,
    sizes: FleetSizes,
    *,
    number: int,
    place: Place | None,
    catalogue: Catalogue,
    now: datetime,
) -> FleetPage:
    """A page of the machines that the scope sees anything of now, in the order in which they were registered.

    With the place that the page before gave, a walk meets each machine that stays once, whatever else comes and goes;
    without, pages are counted from the first machine. Raises NotFound for a page that a fleet of this size has not.
    """
    skip = (number - 1) * PAGE if place is None else 0
    rows = await read_aemp.list_fleet(
        conn, scope, after=place.after if place else 0, skip=skip, limit=PAGE + 1, now=now
    )
    if place is None:
        pages = ceil(await sizes.count(conn, scope, now=now) / PAGE) if rows[PAGE:] else number
        if not rows and number > 1:
            raise NotFound
    else:
        pages = place.pages
    shown, more = rows[:PAGE], len(rows) > PAGE
    pages = max(pages, number + 1) if more else number
    machines = await _machines(conn, scope, shown, catalogue=catalogue, now=now)
    times = [record.at for machine in machines for record in machine.records]
    return FleetPage(
        number=number,
        machines=machines,
        placed=[row.machine_id for row, machine in zip(shown, machines, strict=True) if machine.is_placed],
        next=Place(shown[-1].machine_id, pages) if more else None,
        pages=pages,
        newest_at=max(times, default=None),
    )


async def equipment(
    conn: Connection, scope: Scope, key: MachineKey, *, catalogue: Catalogue, now: datetime
) -> Equipment:
    """One machine. Raises NotFound unless the scope sees something of it now."""
    row = await read_aemp.find_fleet_row(conn, scope, key.machine_id, now=now) if key.seen_at(now) else None
    if row is None:
        raise NotFound
    return (await _machines(conn, scope, [row], catalogue=catalogue, now=now))[0]


async def is_of(
    conn: Connection, scope: Scope, key: MachineKey, *, make: str, model: str | None, now: datetime
) -> bool:
    """True when the machine is of this make and model."""
    row = await read_aemp.find_fleet_row(conn, scope, key.machine_id, now=now)
    return row is not None and (row.maker, row.model) == (make, model)


async def _machines(
    conn: Connection, scope: Scope, rows: Sequence[FleetRow], *, catalogue: Catalogue, now: datetime
) -> list[Equipment]:
    begin = now.replace(second=0, microsecond=0) - DAY
    signals = day_signals(catalogue)
    days = (
        await read_aemp.list_days(conn, [row.machine_id for row in rows], signals, from_at=begin, to_at=now)
        if rows
        else {}
    )
    wanted = {catalogue[key].id for key in _USED if key in catalogue}
    placed = await rows_in_wgs84(conn, rows, catalogue)
    return [_equipment(row, row.sight(scope), days.get(row.machine_id), catalogue, wanted, now) for row in placed]


def day_signals(catalogue: Catalogue) -> DaySignals:
    """The signals that a day is summed up from."""
    fuel, load, wheel, ground = (catalogue[key].id for key in (FUEL_USED, LOAD, WHEEL_SPEED, GROUND_SPEED))
    return DaySignals(fuel=fuel, load=load, wheel=wheel, ground=ground)


@dataclass(frozen=True, slots=True)
class _Last:
    value: float
    at: datetime


def _equipment(  # noqa: PLR0917 - one call, above
    row: FleetRow, sight: Sight, day: DayRow | None, catalogue: Catalogue, wanted: set[int], now: datetime
) -> Equipment:
    values = _last_values(row, sight, catalogue, wanted)
    tanks = Capacities(fuel_l=row.fuel_tank_l, def_l=row.def_tank_l)
    found = {name: record for name, m in MEANINGS.items() if (record := _record(name, m, values, tanks)) is not None}
    if (status := _engine(values)) is not None:
        found["EngineStatus"] = status
    if day is not None:
        found |= day_records(_day(row, day, values.get(FUEL_USED), sight, now), now)
    header = Header(row.installed_at, row.maker, row.model, row.equipment_id, row.serial_no, row.pin)
    return Equipment(header, [found[name] for name in SNAPSHOT_ORDER if name in found])


def _last_values(row: FleetRow, sight: Sight, catalogue: Catalogue, wanted: set[int]) -> dict[str, _Last]:
    values: dict[str, _Last] = {}
    for signal_id, value, us in zip(row.signal_ids, row.signal_values, row.signal_at_us, strict=True):
        if signal_id in wanted:
            signal, at = catalogue.signals[signal_id], instant(us)
            seen = seen_value(signal, value, at=at, sight=sight)
            if seen is not None:
                values[signal.key] = _Last(seen, at)
    return values


def _record(name: str, meaning: Meaning, values: Mapping[str, _Last], tanks: Capacities) -> Record | None:
    source = next((keys for keys in meaning.sources if all(key in values for key in keys)), None)
    if source is None:
        return None
    at = values[source[0]].at
    numbers = [values[key].value for key in source]
    numbers += [values[key].value for key in meaning.also if key in values and values[key].at == at]
    return Record(name, at, meaning.fields(numbers, tanks))


def _engine(values: Mapping[str, _Last]) -> Record | None:
    speed, state = values.get(ENGINE_SPEED), values.get(ENGINE_STATE)
    if speed is not None:
        return engine_status(speed.at, running=is_running(speed.value))
    return None if state is None else engine_status(state.at, running=state.value != ENGINE_STOPPED)


def _day(row: FleetRow, day: DayRow, fuel: _Last | None, sight: Sight, now: datetime) -> Day:
    """The day as the caller may see it: an element only when the caller sees all 24 hours of its class."""
    begin = now.replace(second=0, microsecond=0) - DAY
    hours, readings = (_sees_all(sight, c, begin, now) for c in (DataClass.HOURS, DataClass.READINGS))
    used = day.fuel_l
    if used is not None and day.fuel_last_l is not None and fuel is not None:
        used += max(0.0, fuel.value - day.fuel_last_l)  # what came since the last rollup
    speed = max_speed(day.wheel_kmh, day.ground_kmh)
    return Day(
        fuel_l=used if hours else None,
        load_pct=day.load_pct if readings else None,
        speed_kmh=speed if readings else None,
    )


def _sees_all(sight: Sight, data_class: DataClass, begin: datetime, end: datetime) -> bool:
    last = end - timedelta(microseconds=1)
    return any(p.covers(begin) and p.covers(last) for p in sight.periods(data_class))
