"""Places as terminals stated them, in WGS 84: what is shown. What is kept stays as it came.

A place is converted by what the terminal of its own time is declared to use. Latitude and longitude are needed for it:
of one without the other nothing is shown. It is done before a place is made coarse.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from fleet.batch import Float64Array, Int64Array
from fleet.coordinates import COORDINATE_SYSTEMS, to_wgs84
from fleet.signals import Catalogue
from storage.coordinates import FleetShifted, Shifted, list_shifted
from storage.read_pool import Connection
from usecases.positions import LATITUDE, LONGITUDE

PLACE = (LATITUDE, LONGITUDE)
_Codes = npt.NDArray[np.int16]  # index in COORDINATE_SYSTEMS
_Pair = tuple[Float64Array, Float64Array]


@dataclass(frozen=True, slots=True)
class LastPlaces:
    """Last latitudes and longitudes, and when each was measured; (places,) each."""

    latitude: Float64Array
    longitude: Float64Array
    latitude_us: Int64Array
    longitude_us: Int64Array

    def in_wgs84(self, shifts: Sequence[Shifted]) -> _Pair:
        """The places of one machine in WGS 84."""
        return self._converted(_codes(self.latitude_us, shifts), _codes(self.longitude_us, shifts))

    def of_fleet_in_wgs84(self, ids: npt.NDArray[np.uint8], shifted: FleetShifted) -> _Pair:
        """The places of many machines, one each, in WGS 84; ids: (places, 16)."""
        where, lines = _met(ids, shifted.ids)
        latitude, longitude = (np.zeros(len(ids), np.int16) for _ in PLACE)
        for codes, at_us in ((latitude, self.latitude_us), (longitude, self.longitude_us)):
            then = at_us[where]
            own = (shifted.from_us[lines] <= then) & (then < shifted.to_us[lines])
            codes[where[own]] = shifted.system[lines][own]
        return self._converted(latitude, longitude)

    def _converted(self, latitude_code: _Codes, longitude_code: _Codes) -> _Pair:
        shown = self.latitude.copy(), self.longitude.copy()
        for code, system in enumerate(COORDINATE_SYSTEMS[1:], 1):
            some = (latitude_code == code) | (longitude_code == code)
            if not some.any():
                continue
            place = to_wgs84(self.latitude[some], self.longitude[some], system)
            lone = np.isnan(self.latitude[some]) | np.isnan(self.longitude[some])
            for values, found, own in zip(shown, place, (latitude_code, longitude_code), strict=True):
                mine = own[some] == code
                values[own == code] = np.where(lone, np.nan, found)[mine]
        return shown


def _codes(at_us: Int64Array, shifts: Sequence[Shifted]) -> _Codes:
    codes = np.zeros(len(at_us), np.int16)
    for period in shifts:
        own = (period.from_us <= at_us) & (at_us < period.to_us)
        codes[own] = COORDINATE_SYSTEMS.index(period.system)
    return codes


def _met(ids: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> tuple[Int64Array, Int64Array]:
    """Where of `ids` each of `others` is, and which those are that are there at all."""
    if not len(ids):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    known, wanted = (np.ascontiguousarray(some).view("S16").ravel() for some in (ids, others))
    order = np.argsort(known)
    where = order[np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)]
    lines = np.flatnonzero(known[where] == wanted)
    return where[lines], lines


class _LastValues(Protocol):
    """A row of a machine's last values."""

    @property
    def signal_ids(self) -> list[int]: ...
    @property
    def signal_values(self) -> list[float]: ...
    @property
    def signal_at_us(self) -> list[int]: ...


class _OfMachine(_LastValues, Protocol):
    @property
    def machine_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Lasts:
    """Some last values of one machine, parallel."""

    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]


_Row = TypeVar("_Row", bound=_LastValues)
_Line = TypeVar("_Line", bound=_OfMachine)


async def rows_in_wgs84(conn: Connection, rows: Sequence[_Line], catalogue: Catalogue) -> list[_Line]:
    """Rows of machines' last values with their places in WGS 84."""
    place = _Place.of(catalogue)
    stated = [row.machine_id for row in rows if place.is_in(row)]
    shifted = await list_shifted(conn, stated) if stated else {}
    return [place.converted(row, s) if (s := shifted.get(row.machine_id)) else row for row in rows]


def row_in_wgs84(row: _Row, shifts: Sequence[Shifted], catalogue: Catalogue) -> _Row:
    """One machine's last values with their place in WGS 84."""
    place = _Place.of(catalogue)
    return place.converted(row, shifts) if shifts and place.is_in(row) else row


@dataclass(frozen=True, slots=True)
class _Place:
    """The ids of the two signals of a place."""

    latitude: int
    longitude: int

    @classmethod
    def of(cls, catalogue: Catalogue) -> Self:
        return cls(*(catalogue[key].id for key in PLACE))

    def is_in(self, row: _LastValues) -> bool:
        return self.latitude in row.signal_ids or self.longitude in row.signal_ids

    def converted(self, row: _Row, shifts: Sequence[Shifted]) -> _Row:
        last = {i: (v, us) for i, v, us in zip(row.signal_ids, row.signal_values, row.signal_at_us, strict=True)}
        (lat, lat_us), (lon, lon_us) = (last.get(i, (np.nan, 0)) for i in (self.latitude, self.longitude))
        places = LastPlaces(np.array([lat]), np.array([lon]), np.array([lat_us]), np.array([lon_us]))
        for signal_id, shown in zip((self.latitude, self.longitude), places.in_wgs84(shifts), strict=True):
            if signal_id in last:
                last[signal_id] = float(shown[0]), last[signal_id][1]
        known = {i: pair for i, pair in last.items() if pair[0] == pair[0]}
        values, at_us = [pair[0] for pair in known.values()], [pair[1] for pair in known.values()]
        return replace(row, signal_ids=list(known), signal_values=values, signal_at_us=at_us)  # type: ignore[type-var]  # a protocol cannot say "a dataclass"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def samples_in_wgs84(
    conn: Connection, machine_id: int, samples: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Samples of one machine, (measured_at, latitude, longitude ...), with their places in WGS 84."""
    shifts = (await list_shifted(conn, [machine_id])).get(machine_id)
    if not shifts or not samples:
        return list(samples)
    at_us = np.array([(at - _EPOCH) // timedelta(microseconds=1) for at, *_ in samples], np.int64)
    latitude, longitude = (np.array([sample[n] for sample in samples], np.float64) for n in (1, 2))
    places = zip(*LastPlaces(latitude, longitude, at_us, at_us).in_wgs84(shifts), strict=True)
    return [(s[0], float(lat), float(lon), *s[3:]) for s, (lat, lon) in zip(samples, places, strict=True)]
