"""Where a machine went: its trips in a span, each with a line to draw, for those who may know its exact places."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.data_classes import DataClass
from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.read_readings import Span
from storage.sight import Scope, get_machine_key
from usecases.find_trips import Track, Trip, find_trips, line_of, track_of
from usecases.positions import LATITUDE, LONGITUDE
from usecases.read_readings_series import clipped, get_series
from usecases.read_spans import length_us
from usecases.readings_columns import Columns, instant, us_of
from usecases.readings_sight import Question

LONGEST = timedelta(days=31)
_POINTS = 31 * 24 * 60 + 2  # a minute's bucket each; so many readings as they are, of six hours at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a trip began or ended, WGS 84."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTrip:
    """A trip; see api.schemas.trips."""

    from_at: datetime
    to_at: datetime
    start: Place
    end: Place
    distance_m: float
    driving_s: float
    is_heard: bool
    latitude_deg: list[float]
    longitude_deg: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """The answer; see api.schemas.trips."""

    machine_id: str
    from_at: datetime
    to_at: datetime
    bucket_s: float | None
    positions: int
    items: list[ShownTrip]
    distance_m: float
    driving_s: float
    is_withheld: bool
    pending: bool


async def list_trips(
    conn: Connection,
    scope: Scope,
    reference: str,
    *,
    from_at: datetime,
    to_at: datetime,
    catalogue: Catalogue,
) -> Trips:
    """The trips of the time whose exact places the scope sees. Raises NotFound, TooExpensive and InvalidInput."""
    if to_at <= from_at:
        raise InvalidInput("span_backwards", where="from")
    if to_at - from_at > LONGEST:
        raise InvalidInput("span_too_long", where="from", days=LONGEST.days)
    key = await get_machine_key(conn, scope, reference)
    span = Span(us_of(from_at), us_of(to_at))
    exact = clipped(span, key.periods(DataClass.POSITION)) if scope.exact_positions else []
    parts: list[tuple[Columns, Track]] = []
    for seen in exact:  # a trip does not cross from one period into another
        asked = _asked(instant(seen.from_us), instant(seen.to_us))
        columns = await get_series(conn, scope, str(key.public_id), asked, catalogue=catalogue)
        parts.append((columns, _track(columns)))
    found = [_shown(trip, line_of(track, trip)) for _, track in parts for trip in find_trips(track)]
    return Trips(
        machine_id=str(key.public_id),
        from_at=from_at,
        to_at=to_at,
        bucket_s=max((columns.bucket_s for columns, _ in parts if columns.bucket_s is not None), default=None),
        positions=sum(len(track) for _, track in parts),
        items=found,
        distance_m=sum(trip.distance_m for trip in found),
        driving_s=sum(trip.driving_s for trip in found),
        is_withheld=length_us(exact) < span.to_us - span.from_us,
        pending=any(columns.pending for columns, _ in parts),
    )


def _asked(from_at: datetime, to_at: datetime) -> Question:
    return Question(from_at=from_at, to_at=to_at, signals=(LATITUDE, LONGITUDE), max_points=_POINTS)


def _track(columns: Columns) -> Track:
    values = {str(one.signal.key): one.mean for one in columns.series}
    return track_of(columns.at_us, values[LATITUDE], values[LONGITUDE])


def _shown(trip: Trip, line: Track) -> ShownTrip:
    latitude, longitude = line.latitude.round(6).tolist(), line.longitude.round(6).tolist()
    return ShownTrip(
        from_at=instant(trip.from_us),
        to_at=instant(trip.to_us),
        start=Place(latitude_deg=latitude[0], longitude_deg=longitude[0]),
        end=Place(latitude_deg=latitude[-1], longitude_deg=longitude[-1]),
        distance_m=round(trip.distance_m, 1),
        driving_s=trip.driving_us / 1_000_000,
        is_heard=trip.is_heard,
        latitude_deg=latitude,
        longitude_deg=longitude,
    )
