"""Pages of the list of machines out of the fleet's index: filtered and sorted as columns.

What storage/machine_pages.py finds by statements; tests/api/test_machine_pages.py holds both against a naive look.
"""

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fleet.batch import Int64Array
from storage.fleet_changes import Named
from storage.fleet_index import MODES, NO_MINUTE, NO_TIME, FleetIndex, Ordered, kind_place
from storage.fleet_reach import NEVER_US, Reach
from storage.machine_filter import MachineFilter
from storage.machine_pages import NONE, MachineSort, Place, descends
from storage.sight import Scope

Int32Array = npt.NDArray[np.int32]
Truths = npt.NDArray[np.bool_]
_MINUTE_US = 60_000_000
_BEFORE = 2**30  # added to what is sorted by, so that keys are never negative: minutes before 2000
_SAMPLED = 64  # of so many values one is looked at to guess which are the first
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_LOOK = 512  # machines of an order that are looked at in one go, four times as many each time
_SEVERITIES = ("info", "low", "medium", "high", "critical")  # by weight, from 1 on


def find_page(
    index: FleetIndex,
    scope: Scope,
    wanted: MachineFilter,
    named: Named,
    *,
    sort: MachineSort,
    after: tuple[str, int] | None,
    limit: int,
    now: datetime,
) -> list[Place] | None:
    """The places of a page of the machines that the scope sees now; None where the index cannot tell.

    It cannot where a machine came to the scope within the minute in which it was measured last.
    """
    now_us = _us(now)
    reach = index.reaches.of(scope, index.alive, now_us=now_us)
    by = sort.removeprefix("-")
    if (wanted.online is not None or by == "measured_at") and _is_doubtful(index, reach):
        return None
    kept = _kept(index, scope, reach, wanted=wanted, named=named, now_us=now_us)
    if by in {"name", "pin"}:
        found = _walked(index, reach, kept, by=by, descending=descends(sort), after=after, limit=limit)
    else:
        found = _Sorted(index, reach, kept, by).page(descending=descends(sort), after=after, limit=limit)
    return _places(reach, found)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=10_000)
def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _is_doubtful(index: FleetIndex, reach: Reach) -> bool:
    if reach.sees_all:
        return False
    known = index.known_us[reach.machines]
    before = (known < reach.seen_us) & (known != NO_TIME)
    return bool((before & (known // _MINUTE_US == reach.seen_us // _MINUTE_US)).any())


def _kept(
    index: FleetIndex, scope: Scope, reach: Reach, *, wanted: MachineFilter, named: Named, now_us: int
) -> Truths | None:
    """Which machines of the reach the filter leaves; None: all of them."""
    where = reach.where
    found: list[Truths] = []
    if wanted.q is not None:
        found.append(index.called(wanted.q.lower(), asked_by=scope.organisation_id)[where])
    if wanted.kind is not None:
        place, known = kind_place(index.kinds, wanted.kind)
        found.append((index.kind_of_model == (place if known else -1))[index.model[where]])
    if wanted.model is not None:
        found.append(index.model[where] == index.models.get(wanted.model, -1))
    if wanted.site is not None:
        found.append(index.site[where] == (named.site or -1))
    if wanted.mode is not None:
        found.append(index.mode[where] == MODES.index(wanted.mode))
    if wanted.organisation is not None:
        mine = [o for o in named.organisations if scope.sees_all or o in scope.organisations]
        found.append(np.isin(reach.machines, index.reaches.owned(mine, now_us=now_us)))
    if wanted.online is not None:
        online = (index.online[where] == 1) & _is_known(index, reach)
        found.append(online if wanted.online else ~online)
    found += _alarmed(index, reach, wanted)
    return np.logical_and.reduce(found) if found else None


def _is_known(index: FleetIndex, reach: Reach) -> Truths:
    """Which machines' last state is of a time that is the scope's to see."""
    known = index.known_us[reach.where]
    known_at_all: Truths = known != NO_TIME
    return known_at_all if reach.sees_all else known_at_all & (known >= reach.seen_us)


def _alarmed(index: FleetIndex, reach: Reach, wanted: MachineFilter) -> list[Truths]:
    if wanted.severity is None and wanted.has_open_alarm is None:
        return []
    worst = index.worst_seen(reach)
    found = []
    if wanted.severity is not None:
        found.append(worst == _SEVERITIES.index(wanted.severity) + 1)
    if wanted.has_open_alarm is not None:
        found.append((worst > 0) == wanted.has_open_alarm)
    return found


Found = list[tuple[str, int]]  # sort value and number of each machine of a page


def _walked(
    index: FleetIndex,
    reach: Reach,
    kept: Truths | None,
    *,
    by: str,
    descending: bool,
    after: tuple[str, int] | None,
    limit: int,
) -> Found:
    """A page by name or PIN: the order of all machines, from the place where the page before ended."""
    texts, order = (index.names, index.by_name) if by == "name" else (index.pins, index.by_pin)
    wanted = np.zeros(len(index.alive), np.bool_)
    wanted[reach.machines if kept is None else reach.machines[kept]] = True
    rest = _behind(order, descending, after)
    found: list[int] = []
    first, look = 0, _FIRST_LOOK
    while len(found) < limit and first < len(rest):
        part = rest[first : first + look]
        found += part[wanted[part]][: limit - len(found)].tolist()
        first, look = first + look, look * 4
    return [(texts[number], number) for number in found]


def _behind(order: Ordered, descending: bool, after: tuple[str, int] | None) -> Int32Array:
    if descending:
        end = len(order.keys) if after is None else bisect_left(order.keys, Ordered.key(*after))
        return order.machines[:end][::-1]
    return order.machines if after is None else order.machines[bisect_right(order.keys, Ordered.key(*after)) :]


class _Sorted:
    """Machines by kind, minute or severity, then by number: those that have something to sort by, then the others."""

    def __init__(self, index: FleetIndex, reach: Reach, kept: Truths | None, by: str) -> None:
        self._by, self._kinds, self._machines = by, index.kinds, reach.machines
        if by == "kind":
            self._value: npt.NDArray[Any] = index.kind_of_model[index.model[reach.where]]
            has = np.ones(len(reach.machines), np.bool_)
        elif by == "severity":
            self._value = index.worst_seen(reach)
            has = self._value > 0
        else:
            self._value = index.minute[reach.where]
            has = (self._value != NO_MINUTE) & _is_known(index, reach)
        self._some: Truths = has if kept is None else has & kept
        self._none: Truths = ~has if kept is None else ~has & kept

    def page(self, *, descending: bool, after: tuple[str, int] | None, limit: int) -> Found:
        """The machines behind `after`."""
        found: Found = []
        if after is None or after[0] != NONE or self._by == "kind":
            behind = self._some if after is None else self._some & self._behind(*after, descending=descending)
            some = _nearest(self._value, behind, descending, limit)
            keys = (self._value[some].astype(np.int64) + _BEFORE) << 32 | self._machines[some]
            found = [(self._text((key >> 32) - _BEFORE), key & 0xFFFFFFFF) for key in _first(keys, descending, limit)]
            after = None
        if len(found) < limit:
            rest = self._machines[self._none].astype(np.int64)
            if after is not None:
                rest = rest[rest < after[1] if descending else rest > after[1]]
            found += [(NONE, number) for number in _first(rest, descending, limit - len(found))]
        return found

    def _behind(self, text: str, number: int, *, descending: bool) -> Truths:
        value, is_there = self._value_of(text)
        if not is_there:
            behind: Truths = self._value < value if descending else self._value >= value
            return behind
        same: Truths = self._value == value
        if descending:
            return (self._value < value) | (same & (self._machines < number))
        return (self._value > value) | (same & (self._machines > number))

    def _value_of(self, text: str) -> tuple[int, bool]:
        """The value of a text, and whether it is one; if not, the first that comes after it."""
        if self._by == "severity":
            return int(text), True
        if self._by == "kind":
            return kind_place(self._kinds, text)
        minute = _us(datetime.fromisoformat(text)) // _MINUTE_US
        return min(max(minute, -_BEFORE), _BEFORE), True

    def _text(self, value: int) -> str:
        if self._by == "severity":
            return str(value)
        if self._by == "kind":
            return self._kinds[value]
        return f"{_at(value * _MINUTE_US):%Y-%m-%d %H:%M:%S}+00"


def _nearest(value: npt.NDArray[Any], among: Truths, descending: bool, limit: int) -> npt.NDArray[np.intp]:
    """Where `among` these the first values are, at least `limit` of them, and few others where there are many."""
    sample = value[::_SAMPLED][among[::_SAMPLED]]
    place = 4 * limit // _SAMPLED + 4
    if len(sample) > place:
        sample = np.sort(sample)
        near = value >= sample[-1 - place] if descending else value <= sample[place]
        found = np.flatnonzero(among & near)
        if len(found) >= limit:
            return found
    return np.flatnonzero(among)


def _first(keys: Int64Array, descending: bool, limit: int) -> list[int]:
    """The first keys, in order."""
    if descending:
        keys = -keys
    if len(keys) > 4 * limit:
        keys = np.partition(keys, limit)[:limit]
    found = np.sort(keys)[:limit]
    first: list[int] = (-found if descending else found).tolist()
    return first


def _places(reach: Reach, found: Found) -> list[Place]:
    where = np.searchsorted(reach.machines, np.array([number for _, number in found], np.int32))

    def since(column: Int64Array) -> list[datetime | None]:
        return [None if us == NEVER_US else _at(us) for us in column[where].tolist()]

    seen = [_at(us) for us in reach.seen_us[where].tolist()]
    classes = map(since, (reach.readings_us, reach.position_us, reach.hours_us, reach.alarms_us))
    numbers, values = [number for _, number in found], [value for value, _ in found]
    return list(map(Place._make, zip(numbers, seen, *classes, values, strict=True)))
