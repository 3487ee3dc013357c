"""Making briefs: of a machine, of a site's machines, of all that somebody sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from fleet.data_classes import DataClass
from fleet.errors import InvalidInput, NotFound
from fleet.findings import Severity
from fleet.signals import Catalogue
from fleet.wall_clock import get_zone
from storage import read_briefs as rows
from storage.read_brief_quarters import Stretches
from storage.read_briefs import BriefMachineRow
from storage.read_maintenance import list_due
from storage.read_pool import Connection
from storage.report_subscriptions import read_time_zone
from storage.sight import MachineKey, Period, Scope, Sight, get_machine_key
from usecases.briefs.brief import (
    FUEL_KINDS,
    Brief,
    BriefAlarm,
    BriefDay,
    BriefFuel,
    BriefHour,
    BriefKind,
    BriefMachine,
    numbers_of,
)
from usecases.briefs.numbers import DayNumbers
from usecases.briefs.peers import compare_models
from usecases.briefs.periods import Days, bounds_us, hours_us
from usecases.briefs.read_numbers import Counted, calendar_of, read_hours, read_numbers, stretches_of
from usecases.read_alarm_words import RuleBooks
from usecases.read_maintenance import DueItem, shown
from usecases.readings_columns import us_of

MOST_MACHINE_DAYS = 40_000
MOST_ALARMS = 500
MOST_FUEL = 2_000
MOST_ITEMS = 20_000
LEVEL = "fuel_level_pct"
REFUELS = tuple(key for key, kind in FUEL_KINDS.items() if kind == "refuel")
_LEVELS_BEFORE_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which days, and by whose sight."""

    scope: Scope
    catalogue: Catalogue
    days: Days
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a brief is about."""

    kind: BriefKind
    id: str | None
    name: str
    machines: Sequence[BriefMachineRow]
    sights: Sequence[Sight]
    time_zone: str | None


async def machine_brief(conn: Connection, asked: Asked, reference: str) -> Brief:
    """The brief of one machine, of the time in which it was the scope's to see. Raises NotFound."""
    key, row = await _machine(conn, asked.scope, reference, asked.now)
    told = _Told(
        kind="machine",
        id=str(row.public_id),
        name=row.name,
        machines=[row],
        sights=[key.sight],
        time_zone=row.time_zone,
    )
    return await _brief(conn, asked, told)


async def site_brief(conn: Connection, asked: Asked, site: UUID) -> Brief:
    """The brief of the machines that stand at a site now, by its clock. Raises NotFound, and InvalidInput for too
    many machines and days."""
    found = await rows.find_brief_site(conn, asked.scope, site)
    if found is None:
        raise NotFound
    machines = await _machines(conn, asked, site)
    told = _Told(
        kind="site",
        id=str(found.public_id),
        name=found.name,
        machines=machines,
        sights=[_since(row) for row in machines],
        time_zone=found.time_zone,
    )
    return await _brief(conn, asked, told)


async def fleet_brief(conn: Connection, asked: Asked, *, name: str) -> Brief:
    """The brief of all machines that the scope sees now, each by its own site's clock; `name`: what they are called.

    Raises InvalidInput for too many machines and days.
    """
    machines = await _machines(conn, asked, None)
    zones = {row.time_zone for row in machines}
    told = _Told(
        kind="fleet",
        id=None,
        name=name,
        machines=machines,
        sights=[_since(row) for row in machines],
        time_zone=zones.pop() if len(zones) == 1 else None,
    )
    return await _brief(conn, asked, told)


async def site_zone(conn: Connection, scope: Scope, site: UUID) -> ZoneInfo:
    """The clock of a site. Raises NotFound."""
    found = await rows.find_brief_site(conn, scope, site)
    if found is None:
        raise NotFound
    return get_zone(found.time_zone)


async def reader_zone(conn: Connection, user: int | None) -> ZoneInfo:
    """The clock of a person, who asks about machines of several sites; UTC for a client."""
    return ZoneInfo("UTC") if user is None else get_zone(await read_time_zone(conn, user))


async def machine_zone(conn: Connection, scope: Scope, reference: str, *, now: datetime) -> ZoneInfo:
    """The clock of the site where a machine stands; UTC for whom it is only history. Raises NotFound."""
    _, row = await _machine(conn, scope, reference, now)
    return get_zone(row.time_zone)


async def _machine(conn: Connection, scope: Scope, reference: str, now: datetime) -> tuple[MachineKey, BriefMachineRow]:
    """A machine as it is shown: what its present owner calls it, and where it stands, is not a former owner's."""
    key = await get_machine_key(conn, scope, reference)
    row = await rows.get_brief_machine(conn, scope, key.machine_id)
    return key, row if key.seen_at(now) else replace(row, name=row.pin, site=None, time_zone="UTC")


async def _machines(conn: Connection, asked: Asked, site: UUID | None) -> list[BriefMachineRow]:
    most = MOST_MACHINE_DAYS // len(asked.days)
    found = await rows.list_brief_machines(conn, asked.scope, site=site, limit=most + 1, now=asked.now)
    if len(found) > most:
        raise InvalidInput("brief_machines_many", where="to", most=most, days=len(asked.days))
    return found


def _since(row: BriefMachineRow) -> Sight:
    return Sight.since(
        {
            DataClass.READINGS: row.readings_from,
            DataClass.HOURS: row.hours_from,
            DataClass.ALARMS: row.alarms_from,
        },
        exact_positions=False,
    )


async def _brief(conn: Connection, asked: Asked, told: _Told) -> Brief:
    counted_of = [_counted(row, sight) for row, sight in zip(told.machines, told.sights, strict=True)]
    now_us = us_of(asked.now)
    counted = await read_numbers(conn, asked.catalogue, counted_of, asked.days, now_us=now_us)
    calendar = calendar_of(counted_of, lambda zone: bounds_us(asked.days, zone), now_us)
    periods = [sight.periods(DataClass.ALARMS) for sight in told.sights]
    raised = stretches_of(counted_of, calendar, periods, now_us)
    alarms, by_severity, by_machine = await _alarms(conn, asked, told, raised)
    fuel = await _fuel(conn, asked, told, raised)
    return Brief(
        kind=told.kind,
        id=told.id,
        name=told.name,
        from_day=asked.days.first,
        to_day=asked.days.last,
        time_zone=told.time_zone,
        made_at=asked.now,
        is_over=int(calendar.bounds_us[:, -1].max()) <= now_us,
        numbers=numbers_of(counted),
        days=[BriefDay(day=day, numbers=numbers_of(counted, days=n)) for n, day in enumerate(asked.days.all)],
        hours=await _hours(conn, asked, counted_of) if len(asked.days) == 1 else [],
        machines=await _shown(conn, asked, told, counted, by_machine),
        fuel=fuel,
        alarms_by_severity=by_severity,
        alarms=alarms,
        truncated=sum(by_severity.values()) > len(alarms) or len(fuel) >= MOST_FUEL,
    )


async def _shown(
    conn: Connection, asked: Asked, told: _Told, counted: DayNumbers, alarms: Mapping[int, int]
) -> list[BriefMachine]:
    """Each machine with its numbers; alarms: how many of each row."""
    begin, *_, end = bounds_us(asked.days, get_zone(told.machines[0].time_zone if told.machines else "UTC"))
    until = min(end, us_of(asked.now))
    peers = await compare_models(conn, asked.scope, told.machines, from_us=begin, to_us=until, now=asked.now)
    services = await _next_services(conn, asked, told)
    return [
        BriefMachine(
            id=str(row.public_id),
            name=row.name,
            pin=row.pin,
            kind=row.kind,
            model=row.model,
            site=row.site,
            time_zone=row.time_zone,
            numbers=numbers_of(counted, number),
            fuel_is_by_rate=bool(counted.by_rate[number]) and bool(np.isfinite(counted.fuel_l[number]).any()),
            hours_are_by_meter=bool(counted.by_meter[number]),
            peers=None if counted.by_meter[number] else peers.get(row.machine_id),  # theirs is as heard
            alarms=alarms.get(number, 0),
            next_service=services.get(row.machine_id),
        )
        for number, row in enumerate(told.machines)
    ]


def _counted(row: BriefMachineRow, sight: Sight) -> Counted:
    return Counted(
        machine_id=row.machine_id,
        zone=get_zone(row.time_zone),
        hours=sight.periods(DataClass.HOURS),
        readings=sight.periods(DataClass.READINGS),
    )


async def _hours(conn: Connection, asked: Asked, machines: Sequence[Counted]) -> list[BriefHour]:
    """The hours of the only day, each machine's by its own clock; named after the zone whose day has the most."""
    day = asked.days.first
    counted = await read_hours(conn, asked.catalogue, machines, day, now_us=us_of(asked.now))
    zone = max((machine.zone for machine in machines), key=lambda one: len(hours_us(day, one)), default=ZoneInfo("UTC"))
    begins = [datetime.fromtimestamp(at_us // 1_000_000, zone) for at_us in hours_us(day, zone)[:-1]]
    return [BriefHour(begins=f"{begin:%H:%M}", numbers=numbers_of(counted, days=n)) for n, begin in enumerate(begins)]


async def _fuel(conn: Connection, asked: Asked, told: _Told, raised: Stretches) -> list[BriefFuel]:
    if not len(raised) or LEVEL not in asked.catalogue:
        return []
    begun = [_first_us(sight.periods(DataClass.READINGS)) for sight in told.sights]
    levels_us = np.array([begun[row] for row in raised.row.tolist()], dtype=np.int64)
    levels_us = np.maximum(levels_us, raised.from_us - _LEVELS_BEFORE_US)
    level = asked.catalogue.index[LEVEL]
    found = await rows.list_fuel(conn, raised, levels_us, fuel=list(FUEL_KINDS), level=level, limit=MOST_FUEL)
    events = []
    for one in found:
        machine = told.machines[one.row]
        kind = FUEL_KINDS[one.source_key]
        change = None
        if one.before_pct is not None and one.after_pct is not None and machine.fuel_tank_l is not None:
            change = round(abs(one.after_pct - one.before_pct) / 100.0 * machine.fuel_tank_l, 1)
        events.append(
            BriefFuel(
                machine_id=str(machine.public_id),
                machine_name=machine.name,
                kind=kind,
                from_at=one.from_at,
                to_at=one.to_at,
                before_pct=one.before_pct,
                after_pct=one.after_pct,
                litres=change,
            )
        )
    return events


def _first_us(periods: Sequence[Period]) -> int:
    """Since when something is seen; far in the future when it never is."""
    if not periods:
        return us_of(datetime(2200, 1, 1, tzinfo=UTC))
    first = periods[0].from_at
    return 0 if first is None else us_of(first)


async def _alarms(
    conn: Connection, asked: Asked, told: _Told, raised: Stretches
) -> tuple[list[BriefAlarm], dict[str, int], dict[int, int]]:
    """The gravest alarms, how many of each severity, and how many of each machine (row)."""
    if not len(raised):
        return [], {}, {}
    found = await rows.list_brief_alarms(conn, raised, fuel=REFUELS, limit=MOST_ALARMS)
    books = await RuleBooks.load(conn, [row.version for row in found], asked.catalogue)
    alarms = [
        BriefAlarm(
            id=str(row.alarm_id),
            machine_id=str(told.machines[row.row].public_id),
            machine_name=told.machines[row.row].name,
            severity=row.severity,
            source_kind=row.source_kind,
            source_key=row.source_key,
            text=books.words(row.source_kind, row.source_key, row.version, row.cause),
            state=row.state,
            raised_at=row.raised_at,
            cleared_at=row.cleared_at,
        )
        for row in found
    ]
    counts = await rows.count_brief_alarms(conn, raised, fuel=REFUELS)
    by_machine: dict[int, int] = {}
    by_severity = {severity.value: 0 for severity in Severity}
    for row, severity, count in counts:
        by_severity[severity] += count
        by_machine[row] = by_machine.get(row, 0) + count
    return alarms, {severity: count for severity, count in by_severity.items() if count}, by_machine


async def _next_services(conn: Connection, asked: Asked, told: _Told) -> Mapping[int, DueItem]:
    """The most urgent item of each machine, as it stands now."""
    wanted: dict[str, int | UUID] = {}
    if told.kind == "machine":
        wanted["machine"] = told.machines[0].machine_id
    elif told.id is not None:
        wanted["site"] = UUID(told.id)
    found = await list_due(conn, asked.scope, wanted, after=None, limit=MOST_ITEMS, now=asked.now)
    first: dict[int, DueItem] = {}
    for row in found:
        first.setdefault(row.machine_number, shown(row))
    return first
