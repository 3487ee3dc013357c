"""What the counters of machines have grown by, kept day by day and counted anew where readings or changes came late."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from math import nan

import numpy as np

from alerts.maintenance.meters import METERS, MOST_PER_HOUR, Meter, MeterChange, MeterHours, MeterState, advance
from fleet.batch import BoolArray
from fleet.signals import Catalogue
from storage.maintenance import MachineDue
from storage.meters import RUN, Cells, MeterDay, list_changes, list_days_before, read_hours, save_days
from storage.pool import Connection
from usecases.readings_columns import us_of

DAY = timedelta(days=1)
DAY_US = 86_400_000_000
FIRST_DAYS = 366  # of a machine that was never counted
AGAIN_DAYS = 3
"""Counted anew each time; what changes in older rollups is told by maintenance_machine.recount_from."""
States = Mapping[Meter, MeterState]
RUNNING: Meter = "engine_hours_h"


def count_meters(
    conn: Connection, due: Sequence[MachineDue], catalogue: Catalogue, *, now: datetime
) -> dict[int, States]:
    """Count the meters of these machines up to now and keep the days that it changes; machine -> where they stand."""
    since = {one.machine_id: _since(one, now) for one in due}
    machines = list(since)
    marks = list_days_before(conn, machines, list(since.values()))
    signals = {catalogue.index[meter]: meter for meter in METERS if meter in catalogue}
    cells = read_hours(conn, machines, list(since.values()), list(signals), until=now)
    changes = _changes(conn, machines)
    own = np.argsort(cells.machine, kind="stable")
    bounds = np.searchsorted(cells.machine[own], [[machine, machine + 1] for machine in machines])
    found: dict[int, States] = {}
    days: list[MeterDay] = []
    for machine, (low, high) in zip(machines, bounds.tolist(), strict=True):
        state: States = states_of(marks.get((machine, since[machine])))
        hours = {meter: _hours(cells, own[low:high], signal, meter) for signal, meter in signals.items()}
        said = {meter: _from(changes[machine, meter], us_of(since[machine]), us_of(now)) for meter in signals.values()}
        for day_us, after in _by_day(state, hours, said):
            days.append(_kept(machine, day_us, after))
            state = after
        found[machine] = state
    save_days(conn, days)
    return found


def _since(one: MachineDue, now: datetime) -> datetime:
    if one.as_of is None:
        return midnight(now) - FIRST_DAYS * DAY
    since = midnight(one.as_of) - AGAIN_DAYS * DAY
    return since if one.recount_from is None else min(since, midnight(one.recount_from))


def midnight(at: datetime) -> datetime:
    """The beginning of the day (UTC) of an instant."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def states_of(day: MeterDay | None) -> dict[Meter, MeterState]:
    """Where the meters stood at the end of a day; before any, at the beginning."""
    if day is None:
        return {meter: MeterState() for meter in METERS}
    return dict(zip(METERS, map(_state, (day.hours, day.distance, day.fuel)), strict=True))


def _state(kept: Sequence[float]) -> MeterState:
    grown, run_h, base, last, last_us, held, held_us, held_run_h = kept
    return MeterState(
        grown=grown,
        run_h=run_h,
        base=base,
        last=last,
        last_us=int(last_us),
        held=held,
        held_us=int(held_us),
        held_run_h=held_run_h,
    )


def _kept(machine: int, day_us: int, states: States) -> MeterDay:
    numbers = [[float(value) for value in astuple(states[meter])] for meter in METERS]
    return MeterDay(machine, datetime.fromtimestamp(day_us / 1e6, UTC), *numbers)


def _changes(conn: Connection, machines: Sequence[int]) -> dict[tuple[int, str], list[MeterChange]]:
    found = defaultdict(list)
    for row in list_changes(conn, machines):
        found[row.machine_id, row.meter].append(
            MeterChange(
                at_us=us_of(row.at),
                kind="set" if row.kind == "set" else "replaced",
                new=row.new_value,
                old=nan if row.old_value is None else row.old_value,
            )
        )
    return found


def _from(changes: Sequence[MeterChange], since_us: int, until_us: int) -> list[MeterChange]:
    return [change for change in changes if since_us <= change.at_us <= until_us]


def _hours(cells: Cells, own: np.ndarray, signal: int, meter: Meter) -> MeterHours:
    """One machine's hours that say anything of a meter."""
    is_run = cells.signal[own] == RUN if meter == RUNNING else np.zeros(len(own), dtype=np.bool_)
    is_counter: BoolArray = cells.signal[own] == signal
    at_us = np.unique(cells.at_us[own][is_run | is_counter])
    counter, run_h = np.full(len(at_us), np.nan), np.zeros(len(at_us))
    counter[np.searchsorted(at_us, cells.at_us[own][is_counter])] = cells.value[own][is_counter]
    run_h[np.searchsorted(at_us, cells.at_us[own][is_run])] = cells.value[own][is_run]
    return MeterHours(at_us, counter, run_h)


def _by_day(
    states: States, hours: Mapping[Meter, MeterHours], changes: Mapping[Meter, Sequence[MeterChange]]
) -> Iterator[tuple[int, States]]:
    """The states at the end of each day of which anything is known, in order."""
    known = [one.at_us // DAY_US for one in hours.values()]
    known += [np.array([change.at_us // DAY_US for change in one], dtype=np.int64) for one in changes.values()]
    for day in np.unique(np.concatenate(known)).tolist() if known else ():
        begin, end = day * DAY_US, (day + 1) * DAY_US
        states = dict(states)
        for meter, one in hours.items():
            low, high = np.searchsorted(one.at_us, [begin, end])
            part = MeterHours(one.at_us[low:high], one.counter[low:high], one.run_h[low:high])
            said = [change for change in changes[meter] if begin <= change.at_us < end]
            states[meter] = advance(states[meter], part, said, most_per_hour=MOST_PER_HOUR[meter])
        yield begin, states


def used_at(at: datetime, before: MeterDay | None, day: MeterDay | None, *, as_of: datetime) -> dict[Meter, float]:
    """What each meter had grown by at an instant, from its last day before and the last one that began by it: within a
    day as if it had grown evenly, until `as_of` on the last one."""
    earlier, begin = states_of(before), midnight(at)
    if day is None or day.day_at != begin:
        return {meter: state.used for meter, state in earlier.items()}
    later, length = states_of(day), min(as_of, begin + DAY) - begin
    share = min(1.0, max(0.0, (at - begin) / length)) if length > timedelta(0) else 1.0
    return {meter: earlier[meter].used + (later[meter].used - earlier[meter].used) * share for meter in METERS}
