"""The numbers of many machines: read in portions, as columns, and counted day by day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from fleet.batch import Float64Array, Int64Array
from fleet.signals import Catalogue
from storage.read_brief_quarters import QuarterColumns, Stretches, read_counters, read_rates, read_work
from storage.read_pool import Connection
from storage.sight import ALWAYS, Period
from usecases.briefs.numbers import Calendar, DayNumbers, count_days, joined_days
from usecases.briefs.periods import Days, bounds_us, hours_us
from usecases.briefs.quarters import (
    COUNTERS,
    FUEL,
    QUARTER_US,
    RATE,
    CounterQuarters,
    RateQuarters,
    WorkQuarters,
)
from usecases.readings_columns import us_of

PORTION_DAYS = 3_000
"""Machine days that one statement reads: some 300,000 quarter hours of each counter."""
_LONG_AGO_US, _FAR_US = -(1 << 60), 1 << 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A machine to be counted: its inner id, its site's zone, and when the reader sees its hours and its readings."""

    machine_id: int
    zone: ZoneInfo
    hours: Sequence[Period] = (ALWAYS,)
    readings: Sequence[Period] = (ALWAYS,)


async def read_numbers(
    conn: Connection, catalogue: Catalogue, machines: Sequence[Counted], days: Days, *, now_us: int
) -> DayNumbers:
    """The numbers of each machine (rows, in the order given) and day, until `now_us`."""
    portion = max(1, PORTION_DAYS // len(days))
    found = []
    for begin in range(0, max(1, len(machines)), portion):
        part = machines[begin : begin + portion]
        calendar = calendar_of(part, lambda zone: bounds_us(days, zone), now_us)
        found.append(await _counted(conn, catalogue, part, calendar, now_us))
    return joined_days(found)


async def read_hours(
    conn: Connection, catalogue: Catalogue, machines: Sequence[Counted], day: date, *, now_us: int
) -> DayNumbers:
    """The numbers of each machine and hour of one day of its own site; days of other zones may have fewer hours."""
    calendar = calendar_of(machines, lambda zone: hours_us(day, zone), now_us)
    return await _counted(conn, catalogue, machines, calendar, now_us)


def calendar_of(machines: Sequence[Counted], bounds: Callable[[ZoneInfo], Sequence[int]], until_us: int) -> Calendar:
    """The calendar of the machines' zones; where a zone has fewer hours than another its last ones are empty."""
    zones = list(dict.fromkeys([machine.zone for machine in machines] or [ZoneInfo("UTC")]))
    told = [list(bounds(zone)) for zone in zones]
    most = max(len(one) for one in told)
    even = [[*one, *[one[-1]] * (most - len(one))] for one in told]
    return Calendar(even, [zones.index(machine.zone) for machine in machines], until_us=until_us)


async def _counted(
    conn: Connection, catalogue: Catalogue, machines: Sequence[Counted], calendar: Calendar, now_us: int
) -> DayNumbers:
    signals = {catalogue.index[key]: number for number, key in enumerate(COUNTERS) if key in catalogue}
    hours = stretches_of(machines, calendar, [machine.hours for machine in machines], now_us)
    if not len(hours):
        return count_days(calendar, _work(None), _counters(None, signals), _rates(None))
    work = _work(await read_work(conn, hours))
    counters = _counters(await read_counters(conn, hours, list(signals)), signals)
    is_fuel = (counters.counter == FUEL) & (calendar.day_of(counters.machine, counters.at_us) >= 0)
    counted = set(counters.machine[is_fuel].tolist())
    others = [() if row in counted else machine.readings for row, machine in enumerate(machines)]
    readings = stretches_of(machines, calendar, others, now_us)
    rated = await read_rates(conn, readings, catalogue.index[RATE]) if len(readings) and RATE in catalogue else None
    return count_days(calendar, work, counters, _rates(rated))


def stretches_of(
    machines: Sequence[Counted], calendar: Calendar, seen: Sequence[Sequence[Period]], now_us: int
) -> Stretches:
    """What of the calendar's days is seen of each machine: whole quarter hours, begun before `now_us`."""
    rows = []
    for row, (machine, periods) in enumerate(zip(machines, seen, strict=True)):
        bounds = calendar.bounds_us[calendar.zone_of[row]]
        for period in periods:
            known = _LONG_AGO_US if period.from_at is None else -(-us_of(period.from_at) // QUARTER_US) * QUARTER_US
            until = _FAR_US if period.to_at is None else us_of(period.to_at) // QUARTER_US * QUARTER_US
            begin, end = max(int(bounds[0]), known), min(int(bounds[-1]), until, now_us)
            if begin < end:
                rows.append((row, machine.machine_id, begin, end, known))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Stretches(row=columns[0], machine=columns[1], from_us=columns[2], to_us=columns[3], known_us=columns[4])


def _work(found: QuarterColumns | None) -> WorkQuarters:
    if found is None:
        return WorkQuarters(machine=_none(), at_us=_none(), seconds=np.empty((0, 4)))
    return WorkQuarters(machine=found.row, at_us=found.at_us, seconds=np.stack(found.values, axis=1))


def _counters(found: QuarterColumns | None, signals: Mapping[int, int]) -> CounterQuarters:
    machine, at_us, values = _parts(found, 4)
    number_of = np.zeros(max(signals, default=0) + 1, dtype=np.int64)
    number_of[list(signals)] = list(signals.values())
    signal, first, last, increase = values
    return CounterQuarters(
        machine=machine,
        at_us=at_us,
        counter=number_of[signal.astype(np.int64)],
        first=first,
        last=last,
        increase=increase,
    )


def _rates(found: QuarterColumns | None) -> RateQuarters:
    machine, at_us, (mean,) = _parts(found, 1)
    return RateQuarters(machine=machine, at_us=at_us, mean_lph=mean)


def _parts(found: QuarterColumns | None, count: int) -> tuple[Int64Array, Int64Array, Sequence[Float64Array]]:
    if found is None:
        return _none(), _none(), [np.empty(0)] * count
    return found.row, found.at_us, found.values


def _none() -> Int64Array:
    return np.empty(0, dtype=np.int64)
