"""The clocks of machines' sites: the local time of day and the working hours at many instants at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from diagnosis.rows import IntpArray
from diagnosis.syntax import Clock, LocalTime
from fleet.batch import BoolArray, Int32Array, Int64Array
from fleet.working_calendar import WorkingCalendar, working_intervals

_MINUTE_US = 60_000_000
_DAY_US = 1440 * _MINUTE_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFFSET_DAYS, CALENDAR_DAYS = 64, 8
"""Offsets from UTC and working hours are looked up for so many days at a time."""
_MOST_KEPT = 4_096

Steps = tuple[Int64Array, Int64Array]
"""Instants, microseconds UTC, and the value from each of them on."""


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """Where some machines are: a site's time zone, and its working calendar where it keeps one."""

    zone: ZoneInfo
    calendar: WorkingCalendar | None = None


class LocalTimes:
    """place_of: (machines,) place of each machine id, -1 where it is at no site; ids beyond are at none."""

    def __init__(self, places: Sequence[LocalPlace], place_of: Int32Array | None) -> None:
        self._places = places
        self._place_of: Int32Array = np.empty(0, np.int32) if place_of is None else place_of
        zones = list(dict.fromkeys(place.zone for place in places))
        self._zones = zones
        self._zone_of: IntpArray = np.array([zones.index(place.zone) for place in places], np.intp)
        self._worked: dict[tuple[int, int], Steps] = {}

    def told(self, node: LocalTime, machine: Int32Array, at_us: Int64Array) -> tuple[BoolArray, BoolArray]:
        """(known true, known false) at each row; neither where the machine's clock or calendar is not known."""
        place = self._places_of(machine)
        if (place < 0).all():
            return np.zeros(len(machine), np.bool_), np.zeros(len(machine), np.bool_)
        if isinstance(node, Clock):
            value = self._stepped(np.where(place < 0, -1, self._zone_of[place]), at_us, OFFSET_DAYS, self._offsets)
            shown = (at_us + value) // _MINUTE_US % 1440
            after, before = shown >= node.from_min, shown < node.to_min
            true = (after & before) if node.from_min < node.to_min else (after | before)
            known = place >= 0
        else:
            has = np.array([one.calendar is not None for one in self._places])
            known = (place >= 0) & has[place]
            true = self._stepped(np.where(known, place, -1), at_us, CALENDAR_DAYS, self._hours) > 0
        return known & true, known & ~true

    def _places_of(self, machine: Int32Array) -> IntpArray:
        if len(self._place_of) == 0 or len(self._places) == 0:
            return np.full(len(machine), -1, np.intp)
        inside = machine < len(self._place_of)
        return np.where(inside, self._place_of[np.where(inside, machine, 0)], -1).astype(np.intp)

    @staticmethod
    def _stepped(group: IntpArray, at_us: Int64Array, days: int, steps_of: Callable[[int, int], Steps]) -> Int64Array:
        """The value of each row's group (-1: 0) at its instant, chunk by chunk of days."""
        value = np.zeros(len(at_us), np.int64)
        chunk = at_us // (days * _DAY_US)
        for number in np.unique(group[group >= 0]).tolist():
            mine = np.flatnonzero(group == number)
            for part in np.unique(chunk[mine]).tolist():
                rows = mine[chunk[mine] == part]
                instants, values = steps_of(number, part)
                value[rows] = values[np.searchsorted(instants, at_us[rows], "right") - 1]
        return value

    def _offsets(self, zone: int, chunk: int) -> Steps:
        return _offsets(self._zones[zone], chunk)

    def _hours(self, place: int, chunk: int) -> Steps:
        steps = self._worked.get((place, chunk))
        if steps is None:
            if len(self._worked) >= _MOST_KEPT:
                self._worked.clear()
            calendar = self._places[place].calendar
            assert calendar is not None  # rows of others have no group
            steps = self._worked[place, chunk] = _worked(calendar, chunk)
        return steps


@lru_cache(maxsize=_MOST_KEPT)
def _offsets(zone: ZoneInfo, chunk: int) -> Steps:
    """A zone's offsets from UTC, in microseconds, over a chunk of days."""
    start = chunk * OFFSET_DAYS * _DAY_US
    found = {start: _offset_us(zone, start)}
    for day in range(OFFSET_DAYS):
        low, high = start + day * _DAY_US, start + (day + 1) * _DAY_US
        before, after = _offset_us(zone, low), _offset_us(zone, high)
        while before != after and high - low > 1_000_000:  # the clocks are changed once a day at most
            middle = (low + high) // 2_000_000 * 1_000_000
            low, high = (middle, high) if _offset_us(zone, middle) == before else (low, middle)
        if before != after:
            found[high] = after
    return _steps(found)


def _offset_us(zone: ZoneInfo, at_us: int) -> int:
    offset = (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _worked(calendar: WorkingCalendar, chunk: int) -> Steps:
    """1 while a site works and 0 while it does not, over a chunk of days."""
    first = _EPOCH + timedelta(days=chunk * CALENDAR_DAYS)
    found = {chunk * CALENDAR_DAYS * _DAY_US: 0}
    for begins, ends in working_intervals(calendar, first, first + timedelta(days=CALENDAR_DAYS)):
        found[(begins - _EPOCH) // timedelta(microseconds=1)] = 1
        found[(ends - _EPOCH) // timedelta(microseconds=1)] = 0
    return _steps(found)


def _steps(found: Mapping[int, int]) -> Steps:
    instants = sorted(found)
    return np.array(instants, np.int64), np.array([found[at] for at in instants], np.int64)
