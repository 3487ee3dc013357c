"""How the use of machines may go on, from their recent days and their sites' calendars."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

import numpy as np

from alerts.maintenance.due import Standing
from alerts.maintenance.forecast import HORIZON_DAYS, NO_PATHS, PAST_DAYS, Paths, Range, paths
from alerts.maintenance.meters import MOST_PER_HOUR, WORKED_A_DAY_H, Meter, daily_use
from alerts.maintenance.plan import Dimension
from fleet.batch import BoolArray
from fleet.wall_clock import get_zone
from storage.maintenance import MachineDue
from storage.meters import MeterDay, list_recent_days
from storage.pool import Connection
from usecases.calendars import parse_calendar
from usecases.count_meters import DAY, midnight, states_of

OF_DIMENSION: Mapping[Dimension, Meter] = {
    Dimension.HOURS: "engine_hours_h",
    Dimension.DISTANCE: "distance_total_km",
    Dimension.FUEL: "fuel_used_total_l",
}


def local_day(at: datetime, time_zone: str) -> date:
    """The day of an instant on the clocks of a zone."""
    return at.astimezone(get_zone(time_zone)).date()


@dataclass(frozen=True, slots=True)
class Forecasts:
    """How the use of machines may go on, of those whose forecast is not of today or was made without days that have
    come since."""

    paths: Mapping[int, Paths]

    @classmethod
    def read(cls, conn: Connection, due: Sequence[MachineDue], now: datetime) -> "Forecasts":
        """From the days of PAST_DAYS before today."""
        asked = [one for one in due if one.plan_id and _is_out_of_date(one, now)]
        days = defaultdict(list)
        since = midnight(now) - (PAST_DAYS + 1) * DAY
        for day in list_recent_days(conn, [one.machine_id for one in asked], since):
            days[day.machine_id].append(day)
        return cls({one.machine_id: _paths(one, days[one.machine_id], now) for one in asked})

    def range_of(self, machine: int, found: Standing) -> Range | bool | None:
        """When the item is due; None: nothing is known, False: as it was."""
        if machine in self.paths:
            return self.paths[machine].due(found.left)
        return NO_PATHS.due(found.left) if any(rest <= 0 for rest in found.left.values()) else False


def _is_out_of_date(one: MachineDue, now: datetime) -> bool:
    days_came = one.recount_from is not None and one.recount_from < midnight(now)
    return days_came or one.forecast_on != local_day(now, one.time_zone)


def _paths(one: MachineDue, days: Sequence[MeterDay], now: datetime) -> Paths:
    whole = [day for day in days if day.day_at < midnight(now)]  # of today only a part is over
    if len(whole) < 2:
        return NO_PATHS
    at = np.array([round(day.day_at.timestamp()) // 86_400 for day in whole])
    today = round(midnight(now).timestamp()) // 86_400
    idle = np.zeros(today - 1 - int(at[-1]))  # nothing was heard: the machine did nothing
    states = [states_of(day) for day in whole]
    use = {}
    for dimension, meter in OF_DIMENSION.items():
        used = np.array([state[meter].used for state in states])
        if used[-1] > 0 or isfinite(states[-1][meter].last):
            use[dimension] = np.concatenate([daily_use(at, used, at_most=WORKED_A_DAY_H * MOST_PER_HOUR[meter]), idle])
    works = _working(one, int(at[0]) + 1, today + HORIZON_DAYS)
    past = today - int(at[0]) - 1
    draw = np.random.default_rng([one.machine_id, today])
    return paths(use, works[:past], works[past:], draw)


def _working(one: MachineDue, first: int, end: int) -> BoolArray:
    """Whether the site works on each day first <= day < end, counted from 1970; on all without a calendar."""
    if not one.working_calendar:
        return np.ones(end - first, dtype=np.bool_)
    calendar = parse_calendar(one.working_calendar, one.time_zone)
    begin = date(1970, 1, 1) + DAY * first
    return np.array([bool(calendar.hours_of(begin + DAY * after)) for after in range(end - first)], dtype=np.bool_)
