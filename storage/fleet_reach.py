"""Of which machines a scope sees anything now, and since when each class of their data.

It is what storage/sight.py says in SQL (join_seen), for all machines at once and kept as long as it holds."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fleet.batch import Int64Array
from storage.fleet_changes import Periods
from storage.sight import Scope

Int32Array = npt.NDArray[np.int32]
READINGS, POSITION, HOURS, ALARMS, OWNER = 1, 2, 4, 8, 16  # bits of Periods.classes
EVER_US = -3_155_673_600_000_000  # 1900, which stands for ever; microseconds since 2000 as all times here
NEVER_US = np.iinfo(np.int64).max
_KEPT = 16  # scopes


@dataclass(frozen=True, slots=True)
class Reach:
    """The machines that are seen now, ascending, and since when: anything of them, and each class; NEVER_US: not.

    `where`: what takes them out of a column by machine number. It holds while from_us <= now < to_us.
    """

    machines: Int32Array
    where: Int32Array | slice
    seen_us: Int64Array
    readings_us: Int64Array
    position_us: Int64Array
    hours_us: Int64Array
    alarms_us: Int64Array
    from_us: int
    to_us: int
    sees_all: bool


class Reaches:
    """All periods of ownership and sharing, and what scopes see by them."""

    def __init__(self) -> None:
        none = np.empty(0, np.int64)
        self._periods = Periods(none.astype(np.int32), none.astype(np.int32), none.astype(np.int16), none, none)
        self._known: OrderedDict[tuple[int, ...] | None, Reach] = OrderedDict()

    def put(self, machines: Int32Array, periods: Periods) -> None:
        """These are the periods of these machines now."""
        known = self._periods
        stay = ~np.isin(known.machines, machines)
        self._periods = Periods(
            *(
                np.concatenate([getattr(known, name)[stay], getattr(periods, name)])
                for name in Periods.__dataclass_fields__
            )
        )
        self._known.clear()

    def of(self, scope: Scope, alive: npt.NDArray[np.bool_], *, now_us: int) -> Reach:
        """What the scope sees now of the machines that there are (by number)."""
        key = None if scope.sees_all else scope.organisations
        known = self._known.get(key)
        if known is None or not known.from_us <= now_us < known.to_us:
            known = _all(alive) if scope.sees_all else self._tenants(scope.organisations, now_us)
            self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return known

    def owned(self, organisations: Sequence[int], *, now_us: int) -> Int32Array:
        """The machines that these organisations own now."""
        own = self._of(organisations) & (self._periods.classes & OWNER > 0)
        return self._periods.machines[own & self._current(now_us)]

    def _of(self, organisations: Sequence[int]) -> npt.NDArray[np.bool_]:
        known = self._periods.organisations
        table = np.zeros(max(known.max(initial=0), *organisations, 0) + 1, np.bool_)
        table[list(organisations)] = True
        return table[known]

    def _current(self, now_us: int) -> npt.NDArray[np.bool_]:
        return (self._periods.from_us <= now_us) & (now_us < self._periods.to_us)

    def _tenants(self, organisations: Sequence[int], now_us: int) -> Reach:
        periods, own = self._periods, self._of(organisations)
        current = own & self._current(now_us)
        machines, place = np.unique(periods.machines[current], return_inverse=True)
        begin = np.maximum(periods.from_us[current], EVER_US)
        classes = periods.classes[current]

        def since(wanted: npt.NDArray[np.bool_]) -> Int64Array:
            found = np.full(len(machines), NEVER_US)
            np.minimum.at(found, place[wanted], begin[wanted])
            return found

        numbers = machines.astype(np.int32)
        readings, position, hours, alarms = (since(classes & one > 0) for one in (READINGS, POSITION, HOURS, ALARMS))
        return Reach(
            machines=numbers,
            where=numbers,
            seen_us=since(np.ones(len(begin), np.bool_)),
            readings_us=readings,
            position_us=position,
            hours_us=hours,
            alarms_us=alarms,
            from_us=now_us,
            to_us=min(
                int(periods.to_us[current].min(initial=NEVER_US)),
                int(periods.from_us[own & (periods.from_us > now_us)].min(initial=NEVER_US)),
            ),
            sees_all=False,
        )


def _all(alive: npt.NDArray[np.bool_]) -> Reach:
    machines = np.flatnonzero(alive).astype(np.int32)
    ever = np.full(len(machines), EVER_US)
    where: Int32Array | slice = machines
    if len(machines) and machines[-1] - machines[0] + 1 == len(machines):
        where = slice(int(machines[0]), int(machines[-1]) + 1)  # without a gap nothing is copied
    return Reach(machines, where, ever, ever, ever, ever, ever, from_us=EVER_US, to_us=NEVER_US, sees_all=True)
