"""Once a day: what each machine's minutes show of wear, the trend of it, and when the limit will be reached."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from alerts.service import Change, apply_changes
from diagnosis.watched import is_running
from diagnosis.wear.indices import INDICES, SIGNALS, WearIndex, day_indices
from diagnosis.wear.trend import Outlook, outlook
from fleet.findings import Finding, MachineId, Severity, SourceKind
from storage.alarms_write import instant
from storage.pool import Connection
from storage.recorded_findings import list_open_findings
from storage.signals_write import load_catalogue
from storage.wear import WearDay, WearOutlook, list_days, list_due, save_days, save_outlooks
from storage.windows import Windows, read_windows
from usecases.readings_columns import us_of

DAY_US = 86_400_000_000
SETTLED_US = 2 * 3_600_000_000  # a day is looked at so long after its end
FIRST_DAYS = 60  # of a machine that was never looked at
MOST_DAYS = 7  # of each machine at once
AT_ONCE = 25
BUDGET_S = 30.0
REMIND_DAYS, CALM_DAYS = 14, 21
"""A reminder comes when the pessimistic end of the interval is nearer than the one, and goes beyond the other."""
KEY = "wear"


class WearStep:
    """The step of `ecc diagnose`."""

    def step(self, conn: Connection, now: datetime) -> bool:
        """Look at machines whose day is over; True when there are more."""
        return trend_wear(conn, now_us=us_of(now)).is_more


@dataclass(frozen=True, slots=True)
class Trended:
    """What a pass did."""

    machines: int
    days: int
    reminders: int
    is_more: bool


def trend_wear(
    conn: Connection, *, now_us: int, budget_s: float = BUDGET_S, clock: Callable[[], float] = time.monotonic
) -> Trended:
    """Look at the days (UTC) that are over and were not looked at, a few machines a transaction, until the time is up.

    A day that is changed by readings which come later is not looked at again.
    """
    until = (now_us - SETTLED_US) // DAY_US * DAY_US
    begun, machines, days, reminders = clock(), 0, 0, 0
    catalogue = load_catalogue(conn)
    keys = tuple(key for key in SIGNALS if key in catalogue)
    signals = [catalogue.index[key] for key in keys]
    while due := list_due(conn, until - FIRST_DAYS * DAY_US, until, limit=AT_ONCE):
        if clock() - begun > budget_s:
            return Trended(machines, days, reminders, is_more=True)
        numbers, since = [machine for machine, _ in due], [us for _, us in due]
        end = min(min(since) + MOST_DAYS * DAY_US, until)
        windows = read_windows(conn, numbers, [us - 1 for us in since], [end] * len(due), signals)
        with conn.transaction():
            found = [day for machine in numbers for day in _days(machine, windows, keys)]
            save_days(conn, found)
            told = _outlooks(conn, numbers, end)
            save_outlooks(conn, told)
            reminders += _remind(conn, told, now_us)
        machines, days = machines + len(due), days + len(found)
    return Trended(machines, days, reminders, is_more=False)


def _days(machine: int, windows: Windows, keys: tuple[str, ...]) -> list[WearDay]:
    own = windows.of(machine)
    running = is_running(keys, windows.values[own])
    rows, day_us = windows.values[own][running], windows.at_us[own][running] // DAY_US * DAY_US
    return [
        WearDay(machine_id=machine, index_key=key, day_at=instant(day), value=value, minutes=minutes)
        for day in np.unique(day_us).tolist()
        for key, (value, minutes) in day_indices(keys, rows[day_us == day]).items()
    ]


def _outlooks(conn: Connection, machines: Sequence[int], end_us: int) -> list[WearOutlook]:
    """The outlooks of all indices of these machines at the end of a day."""
    kept = {
        key: list(days)
        for key, days in groupby(list_days(conn, machines), key=lambda day: (day.machine_id, day.index_key))
    }
    return [
        _outlook(machine, index, kept.get((machine, index.key), []), instant(end_us))
        for machine in machines
        for index in INDICES
    ]


def _outlook(machine: int, index: WearIndex, days: Sequence[WearDay], as_of: datetime) -> WearOutlook:
    days = [day for day in days if day.day_at < as_of]
    values = np.array([day.value for day in days], dtype=np.float64)
    at = np.array([day.day_at.timestamp() for day in days]) / 86_400
    limit = index.limit_of(values) if days else None
    found = Outlook(0) if limit is None else outlook(at, values, limit=limit, worse=index.worse)
    remind_at = None if found.low_days is None else days[-1].day_at + timedelta(days=found.low_days)
    return WearOutlook(
        machine_id=machine, index_key=index.key, as_of=as_of, limit_value=limit, remind_at=remind_at, **found._asdict()
    )


def _remind(conn: Connection, outlooks: Sequence[WearOutlook], now_us: int) -> int:
    """Open and close the findings that remind: key `wear:INDEX`, severity low."""
    held = {
        (one.machine, one.source_key): one
        for one in list_open_findings(conn, [SourceKind.MODEL])
        if one.source_key.startswith(f"{KEY}:")
    }
    changes = []
    for one in outlooks:
        source, left = f"{KEY}:{one.index_key}", _left_days(one)
        before = held.get((MachineId(one.machine_id), source))
        if before is None and left is not None and left <= REMIND_DAYS:
            changes.append(Change(None, _reminder(one, source)))
        elif before is not None and (left is None or left > CALM_DAYS):
            changes.append(Change(before, replace(before, to_us=max(before.held_us, us_of(one.as_of)))))
    apply_changes(conn, changes, at=instant(now_us), is_historic=lambda found: now_us - found.held_us > 2 * DAY_US)
    return len(changes)


def _left_days(one: WearOutlook) -> float | None:
    return None if one.remind_at is None else (one.remind_at - one.as_of) / timedelta(days=1)


def _reminder(one: WearOutlook, source: str) -> Finding:
    at_us = us_of(one.as_of)
    told = {"level": one.level, "limit": one.limit_value, "low_days": one.low_days, "expected_days": one.expected_days}
    return Finding(
        machine=MachineId(one.machine_id),
        source_kind=SourceKind.MODEL,
        source_key=source,
        version="1",
        severity=Severity.LOW,
        from_us=at_us,
        held_us=at_us,
        values=tuple((name, round(float(value), 3)) for name, value in told.items() if value is not None),
    )
