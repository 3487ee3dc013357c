"""How many alarms called in each stretch of a span, a seat, beside the limits of ISA-18.2: what a plot draws."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from fleet.errors import InvalidInput
from storage import alarm_load
from storage.read_pool import Connection
from usecases import read_alarm_load as load

Every = Literal["10min", "hour", "day"]
MOST_STRETCHES = 2016
"""Two weeks of ten minutes."""
USUAL_SPAN = timedelta(hours=24)
_TOGETHER: dict[Every, int] = {"10min": 1, "hour": 6, "day": 144}
_LIMITS: dict[Every, tuple[int, int]] = {
    "10min": (load.ACCEPTABLE_TEN_MIN, load.MANAGEABLE_TEN_MIN),
    "hour": (load.ACCEPTABLE_HOUR, load.MANAGEABLE_HOUR),
    "day": (load.ACCEPTABLE_DAY, load.MANAGEABLE_DAY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSeries:
    """The stretches of a span; see api.schemas.alarm_load."""

    from_at: datetime
    to_at: datetime
    every_s: int
    seats: int
    acceptable: int
    manageable: int
    alarms: list[int]


async def read_alarm_series(
    conn: Connection,
    every: Every,
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    seats: int | None,
    now: datetime,
) -> AlarmSeries:
    """Alarms that called, of all seats together, from `from_at` (a day before) until `to_at` (now), counted in
    stretches from `from_at` on. Raises InvalidInput for a span that ends before it begins or has too many of them."""
    end = min(to_at or now, now)
    start = from_at or end - USUAL_SPAN
    if start >= end:
        raise InvalidInput("span_backwards", where="from")
    together = _TOGETHER[every]
    every_s = 600 * together
    if (end - start).total_seconds() > every_s * MOST_STRETCHES:
        raise InvalidInput("alarm_series_span", where="from", most=MOST_STRETCHES)
    counts = load.ten_minutes(await alarm_load.count_spans(conn, from_at=start, to_at=end), start, end)
    acceptable, manageable = _LIMITS[every]
    return AlarmSeries(
        from_at=start,
        to_at=end,
        every_s=every_s,
        seats=seats or await alarm_load.count_seats(conn),
        acceptable=acceptable,
        manageable=manageable,
        alarms=[int(n) for n in np.add.reduceat(counts, np.arange(0, len(counts), together))],
    )
