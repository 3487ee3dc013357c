"""The whole fleet in one answer: every machine's place, and a matrix of last values by machine and signal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isnan
from uuid import UUID

import numpy as np
import numpy.typing as npt

from fleet.batch import Float64Array, Int64Array
from fleet.data_classes import COARSE_STEP, DataClass, class_of
from fleet.signals import Catalogue, Signal, StoredType
from storage.coordinates import FleetShifted, list_shifted_fleet
from storage.fleet_columns import FLEET_CAP, NEVER_US, SEVERITIES, WORK_STATES, FleetColumns, list_fleet
from storage.fleet_index import FleetIndex
from storage.fleet_places import list_places
from storage.machine_filter import MachineFilter
from storage.machine_pages import MachineSort
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.positions import LATITUDE, LONGITUDE
from usecases.stated_places import LastPlaces

EVERYBODY = MachineFilter()
JSON_CAP = 50_000
ONLINE = (False, True, None)  # by FleetColumns.online: -1 is the last
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasts:
    """The last values of one signal, (machines,) each; NaN and NEVER_US where there is none for the caller to see."""

    signal: Signal
    values: Float64Array
    at_us: Int64Array
    coarse: npt.NDArray[np.bool_]  # True where a place is on the coarse grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Machines as columns, with what each of some signals last said to this caller."""

    at: datetime
    columns: FleetColumns
    lasts: tuple[Lasts, ...]

    @property
    def placed(self) -> npt.NDArray[np.int32]:
        """The inner ids of the machines of which something of the place is told."""
        told = np.zeros(len(self.columns), np.bool_)
        for lasts in self.lasts:
            if _is_place(lasts.signal):
                told |= ~np.isnan(lasts.values)
        return self.columns.machine_ids[told] if told.any() else np.empty(0, np.int32)


def _is_place(signal: Signal) -> bool:
    return class_of(signal) is DataClass.POSITION


async def get_fleet(
    conn: Connection,
    scope: Scope,
    wanted: MachineFilter,
    *,
    signals: Sequence[Signal],
    now: datetime,
    catalogue: Catalogue,
    at_most: int = FLEET_CAP,
    with_times: bool = True,
    sort: MachineSort | None = None,
    index: FleetIndex | None = None,
) -> Fleet:
    """The machines that the scope sees now and that the filter leaves, with the last values of these signals.

    In the order of `sort`; in any order without it, and then out of the `index` as far as that can tell.
    """
    ids, place = [s.id for s in signals], [catalogue[key].id for key in (LATITUDE, LONGITUDE)]
    shifted = None if set(place).isdisjoint(ids) else await list_shifted_fleet(conn)
    if shifted is not None:  # a place takes both of its signals, and when each was stated
        ids, with_times = [*ids, *(i for i in place if i not in ids)], True
    found = None
    if index is not None and not with_times and sort is None and wanted == EVERYBODY and scope.sees_all:
        found = await list_places(conn, index, ids, at_most=at_most)
    if found is None:
        found = await list_fleet(
            conn,
            scope,
            wanted,
            signals=ids,
            with_times=with_times,
            with_machines=any(_is_place(signal) for signal in signals),
            now=now,
            at_most=at_most,
            sort=sort,
        )
    if shifted is not None:
        found = _in_wgs84(found, shifted, ids.index(place[0]), ids.index(place[1]))
    lasts = tuple(_seen(found, number, signal, exact=scope.exact_positions) for number, signal in enumerate(signals))
    return Fleet(at=now, columns=found, lasts=lasts)


def _in_wgs84(found: FleetColumns, shifted: FleetShifted, latitude: int, longitude: int) -> FleetColumns:
    both = [latitude, longitude]
    places = LastPlaces(*found.values[:, both].T, *found.at_us[:, both].T)
    values = found.values.copy()
    values[:, latitude], values[:, longitude] = places.of_fleet_in_wgs84(found.ids, shifted)
    return replace(found, values=values)


def _seen(found: FleetColumns, number: int, signal: Signal, *, exact: bool) -> Lasts:
    """What of a signal the caller may see, place by place as usecases/positions.py says it of one value."""
    values, at_us = found.values[:, number].copy(), found.at_us[:, number].copy()
    data_class = class_of(signal)
    coarse = np.zeros(len(values), np.bool_)
    if data_class is DataClass.POSITION:
        precise = exact & (at_us >= found.since_us["position"])
        seen = precise | (at_us >= found.since_us["position"]) | (at_us >= found.since_us["readings"])
        coarse = ~precise
        step = COARSE_STEP.get(signal.key, 0.0)
        if step:
            values[coarse] = (np.round(values[coarse] / step) * step).round(1)
    else:
        seen = at_us >= found.since_us["hours" if data_class is DataClass.HOURS else "readings"]
    unseen = ~seen | (at_us == NEVER_US)
    values[unseen], at_us[unseen] = np.nan, NEVER_US
    coarse &= ~unseen
    if signal.stored is StoredType.FLOAT4:
        values = shortest(values)
    return Lasts(signal=signal, values=values, at_us=at_us, coarse=coarse)


def shortest(values: Float64Array) -> Float64Array:
    """float4 values as the shortest decimal that means the same float4; each value that occurs is written once."""
    known, place = np.unique(values.astype(np.float32), return_inverse=True)
    return known.astype(str).astype(np.float64)[place].reshape(values.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPosition:
    """One machine of the light list; see api.schemas.machines."""

    id: UUID
    name: str
    kind: str
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    latitude_deg: float | None
    longitude_deg: float | None
    is_coarse: bool
    severity: str | None
    open_alarms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPositions:
    """Every machine's place."""

    at: datetime
    items: list[FleetPosition]
    truncated: bool


async def get_places(
    conn: Connection,
    scope: Scope,
    *,
    catalogue: Catalogue,
    now: datetime,
    at_most: int = FLEET_CAP,
    index: FleetIndex | None = None,
) -> Fleet:
    """Every machine that the scope sees now, with its place, as columns."""
    signals = [catalogue[LATITUDE], catalogue[LONGITUDE]]
    return await get_fleet(
        conn,
        scope,
        EVERYBODY,
        signals=signals,
        now=now,
        catalogue=catalogue,
        at_most=at_most,
        with_times=False,
        index=index,
    )


def positions_of(fleet: Fleet) -> FleetPositions:
    """What get_places gave, machine by machine."""
    columns, (latitude, longitude) = fleet.columns, fleet.lasts
    rows = zip(
        ids_of(columns),
        names_of(columns),
        columns.model.tolist(),
        columns.online.tolist(),
        columns.work_state.tolist(),
        columns.measured_us.tolist(),
        latitude.values.tolist(),
        longitude.values.tolist(),
        latitude.coarse.tolist(),
        columns.severity.tolist(),
        columns.open_alarms.tolist(),
        strict=True,
    )
    items = [
        FleetPosition(
            id=id_,
            name=name,
            kind=columns.kinds.get(model, "other"),
            online=ONLINE[online],
            work_state=WORK_STATES[work] if work >= 0 else None,
            measured_at=_instant(measured_us),
            latitude_deg=_present(lat),
            longitude_deg=_present(lon),
            is_coarse=coarse,
            severity=SEVERITIES[severity] if severity >= 0 else None,
            open_alarms=alarms,
        )
        for id_, name, model, online, work, measured_us, lat, lon, coarse, severity, alarms in rows
    ]
    return FleetPositions(at=fleet.at, items=items, truncated=columns.truncated)


def ids_of(columns: FleetColumns) -> Iterator[UUID]:
    """The machines' public ids."""
    wire = columns.ids.tobytes()
    return (UUID(bytes=wire[n : n + 16]) for n in range(0, len(wire), 16))


def names_of(columns: FleetColumns) -> Iterator[str]:
    """The machines' names."""
    ends = np.cumsum(columns.name_lengths).tolist()
    return (columns.names[b:e].decode() for b, e in zip([0, *ends[:-1]], ends, strict=True)) if ends else iter(())


def _instant(us: int) -> datetime | None:
    return None if us == NEVER_US else _EPOCH + timedelta(microseconds=us)


def _present(value: float) -> float | None:
    return None if isnan(value) else value
