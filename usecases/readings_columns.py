"""Readings of one machine as columns: arrays for programs, lists for JSON."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from fleet.batch import Float64Array, Int64Array
from fleet.signals import Signal, StoredType
from usecases.read_fleet_columns import shortest

Resolution = Literal["raw", "1m", "15m", "1h"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One signal; parallel to the answer's instants, NaN for nothing. min and max None: not for this signal."""

    signal: Signal
    mean: Float64Array
    min: Float64Array | None
    max: Float64Array | None
    last_us: Int64Array | None = (
        None  # of buckets: when the last value was measured, or the start of its rollup's bucket
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The answer as arrays. `next_from`: where to go on when the rows asked for were not all of them."""

    machine_id: str
    from_at: datetime
    to_at: datetime
    resolution: Resolution
    bucket_s: float | None
    at_us: Int64Array
    series: tuple[Series, ...]
    pending: bool
    withheld: list[str]
    next_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLists:
    """One signal as lists; see api.schemas.readings."""

    unit: str
    mean: list[float]
    min: list[float] | None
    max: list[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The answer as lists; see api.schemas.readings."""

    machine_id: str
    from_at: datetime
    to_at: datetime
    resolution: Resolution
    bucket_s: float | None
    at: list[datetime]
    signals: dict[str, SeriesLists]
    pending: bool
    withheld: list[str]
    next_from: datetime | None


def readings_of(columns: Columns) -> Readings:
    """The same answer as lists."""
    return Readings(
        machine_id=columns.machine_id,
        from_at=columns.from_at,
        to_at=columns.to_at,
        resolution=columns.resolution,
        bucket_s=columns.bucket_s,
        at=[instant(us) for us in columns.at_us.tolist()],
        signals={
            str(one.signal.key): SeriesLists(
                unit=one.signal.unit,
                mean=one.mean.tolist(),
                min=None if one.min is None else one.min.tolist(),
                max=None if one.max is None else one.max.tolist(),
            )
            for one in columns.series
        },
        pending=columns.pending,
        withheld=columns.withheld,
        next_from=columns.next_from,
    )


def shown(signal: Signal, values: Float64Array) -> Float64Array:
    """float4 values as the shortest decimal that means the same float4."""
    return shortest(values) if signal.stored is StoredType.FLOAT4 else values


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us_of(at: datetime) -> int:
    """A time as microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(us: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=us)
