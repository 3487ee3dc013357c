"""Readings of one machine for a chart or an export: raw where they are few, else buckets from the right rollup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from fleet.batch import Float64Array, Int64Array
from fleet.errors import InvalidInput
from fleet.signals import Aggregation, Catalogue, Signal, StoredType
from storage import read_readings
from storage.read_readings import Cells, RawRows, RollupName, Span
from storage.read_scope import Connection, Period, Scope, TooExpensive, get_machine_key
from storage.read_state import find_state
from usecases.read_spans import difference, intersection, length_us, touched_cells, union, whole_cells

Resolution = Literal["raw", "1m", "15m", "1h"]
SECOND = 1_000_000
MINUTE_S = 60
# Widths that a bucket may have; below a minute they are cut from readings, above from the rollup that divides them.
_WIDTHS_S: tuple[float, ...] = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30),
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2419200),
)
_BASES: tuple[tuple[int, RollupName], ...] = ((3600, "1h"), (900, "15m"), (60, "1m"))
RAW_SPAN_US = 6 * 3600 * SECOND  # as much as is read from the readings themselves
RAW_ROWS = 50_000
ROLLUP_CELLS = 1_000_000
_DEFAULT_SPAN = timedelta(hours=1)
_DEFAULT_SIGNALS = 20
_AVERAGED = Aggregation.GAUGE
_BOUNDED = (Aggregation.GAUGE, Aggregation.STATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: from_at <= t < to_at; no signals means those that the machine reports."""

    from_at: datetime
    to_at: datetime
    signals: tuple[str, ...]
    max_points: int


def question(
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    signals: tuple[str, ...],
    max_points: int,
    now: datetime,
) -> Question:
    """The question with its defaults: until now, the last hour. Raises InvalidInput when it ends before it begins."""
    end = to_at or max(now, (from_at or now) + timedelta(microseconds=1))
    begin = from_at or end - _DEFAULT_SPAN
    if begin >= end:
        raise InvalidInput("`from` must be before `to`.")
    return Question(from_at=begin, to_at=end, signals=signals, max_points=max_points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One signal; lists parallel to the answer's instants, NaN for nothing. min and max None: not for this signal."""

    unit: str
    mean: list[float]
    min: list[float] | None
    max: list[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The answer; see api.schemas.readings."""

    machine_id: str
    from_at: datetime
    to_at: datetime
    resolution: Resolution
    bucket_s: float | None
    at: list[datetime]
    signals: dict[str, Series]
    pending: bool


async def get_series(
    conn: Connection, scope: Scope, reference: str, asked: Question, *, catalogue: Catalogue
) -> Readings:
    """Readings of the machine in the periods that the scope sees. Raises NotFound and TooExpensive."""
    machine = await get_machine_key(conn, scope, reference)
    keys = asked.signals or await _reported(conn, machine.machine_id, catalogue)
    signals = [catalogue[key] for key in keys]
    visible = clipped(Span(_us(asked.from_at), _us(asked.to_at)), machine.periods)
    reader = _Reader(conn, machine.machine_id, signals, visible)
    found = await reader.read_raw(asked) if length_us(visible) <= RAW_SPAN_US else None
    if found is None:
        found = await reader.read_rollups(asked)
    return Readings(
        machine_id=str(machine.public_id),
        from_at=asked.from_at,
        to_at=asked.to_at,
        resolution=found.resolution,
        bucket_s=None if found.width_us is None else found.width_us / SECOND,
        at=[_instant(us) for us in found.at_us.tolist()],
        signals=found.series,
        pending=found.pending,
    )


async def _reported(conn: Connection, machine_id: int, catalogue: Catalogue) -> tuple[str, ...]:
    state = await find_state(conn, machine_id)
    ids = sorted(state.signal_ids)[:_DEFAULT_SIGNALS] if state else []
    return tuple(catalogue.signals[i].key for i in ids if i < len(catalogue))


def clipped(span: Span, periods: Sequence[Period]) -> list[Span]:
    """The part of the span that lies in the periods."""
    return union(
        Span(
            span.from_us if p.from_at is None else max(span.from_us, _us(p.from_at)),
            span.to_us if p.to_at is None else min(span.to_us, _us(p.to_at)),
        )
        for p in periods
    )


def bucket_width(asked: Question, *, least_s: float = 0) -> int:
    """The narrowest width, in us and at least `least_s`, with which the span has at most max_points buckets."""
    first, last = _us(asked.from_at), _us(asked.to_at) - 1
    for seconds in _WIDTHS_S:
        width = round(seconds * SECOND)
        if seconds >= least_s and last // width - first // width + 1 <= asked.max_points:
            return width
    widest = round(_WIDTHS_S[-1] * SECOND)
    return widest * -(-((last - first) // widest + 2) // asked.max_points)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    resolution: Resolution
    width_us: int | None
    at_us: Int64Array
    series: dict[str, Series]
    pending: bool = False


class _Reader:
    """Reads one machine's signals inside the visible spans."""

    def __init__(self, conn: Connection, machine_id: int, signals: Sequence[Signal], visible: Sequence[Span]) -> None:
        self._conn = conn
        self._machine = machine_id
        self._signals = signals
        self._visible = visible

    async def read_raw(self, asked: Question) -> _Found | None:
        """The readings themselves, or buckets of them under a minute; None when only longer ones would do."""
        if not self._signals:
            return _Found(resolution="raw", width_us=None, at_us=np.empty(0, np.int64), series={})
        place = (self._conn, self._machine, self._visible, self._signals)
        rows = await read_readings.count_raw(*place, at_most=RAW_ROWS + 1)
        width_us = bucket_width(asked)
        if rows <= asked.max_points:
            raw = await read_readings.list_raw(*place, limit=rows + 1)
            return _Found(resolution="raw", width_us=None, at_us=raw.at_us, series=self._verbatim(raw))
        if rows <= RAW_ROWS and width_us < MINUTE_S * SECOND:
            cells = await read_readings.list_raw_cells(*place, width_us=width_us)
            return self._bucketed([cells], "raw", width_us)
        return None

    def _verbatim(self, raw: RawRows) -> dict[str, Series]:
        return {
            s.key: Series(unit=s.unit, mean=raw.values[:, i].tolist(), min=None, max=None)
            for i, s in enumerate(self._signals)
        }

    async def read_rollups(self, asked: Question) -> _Found:
        """Buckets from the coarsest rollup that divides the width.

        Cells that are cut by the span or by a change of owner, and cells whose rollup is not up to date, are counted
        from the readings, so the answer is exact; when those are too many, the rollup stands in and `pending` is set.
        """
        width_us = bucket_width(asked, least_s=MINUTE_S)
        base_s, rollup = next((b, name) for b, name in _BASES if width_us % (b * SECOND) == 0)
        base_us = base_s * SECOND
        if length_us(self._visible) // base_us * len(self._signals) > ROLLUP_CELLS:
            raise TooExpensive
        whole = whole_cells(self._visible, base_us)
        dirty = union(
            await read_readings.list_pending(self._conn, self._machine, from_at=asked.from_at, to_at=asked.to_at)
        )
        stale = intersection(touched_cells(dirty, base_us), whole)
        pending = length_us(stale) > RAW_SPAN_US
        rolled = whole if pending else difference(whole, stale)
        cut = difference(self._visible, rolled)
        cells = [
            await read_readings.list_rollup_cells(
                self._conn, self._machine, rolled, self._signals, rollup=rollup, width_us=width_us
            ),
            await read_readings.list_raw_cells(self._conn, self._machine, cut, self._signals, width_us=width_us),
        ]
        return self._bucketed(cells, rollup, width_us, pending=pending)

    def _bucketed(
        self, parts: Sequence[Cells], resolution: Resolution, width_us: int, *, pending: bool = False
    ) -> _Found:
        at_us = gaps_marked(np.unique(np.concatenate([p.bucket_us for p in parts])), width_us)
        series: dict[str, Series] = {s.key: _series(s, parts, at_us) for s in self._signals}
        return _Found(resolution=resolution, width_us=width_us, at_us=at_us, series=series, pending=pending)


def gaps_marked(buckets_us: Int64Array, width_us: int) -> Int64Array:
    """The buckets, and the first empty one of each gap between them, so that a chart's line breaks there."""
    gaps = buckets_us[:-1][np.diff(buckets_us) > width_us] + width_us
    return np.union1d(buckets_us, gaps)


def _series(signal: Signal, parts: Sequence[Cells], at_us: Int64Array) -> Series:
    """One signal's buckets on the answer's instants; parts of one bucket are put together."""
    n = np.zeros(len(at_us))
    total = np.zeros(len(at_us))
    low = np.full(len(at_us), np.inf)
    high = np.full(len(at_us), -np.inf)
    last = np.full(len(at_us), np.nan)
    last_us = np.full(len(at_us), -1)
    for part in parts:
        mine = part.signal == signal.id
        where = np.searchsorted(at_us, part.bucket_us[mine])
        np.add.at(n, where, part.n[mine])
        np.add.at(total, where, part.sum[mine])
        np.fmin.at(low, where, part.min[mine])
        np.fmax.at(high, where, part.max[mine])
        newer = part.last_us[mine] > last_us[where]
        last[where[newer]] = part.last[mine][newer]
        last_us[where[newer]] = part.last_us[mine][newer]
    empty = n == 0
    mean = np.divide(total, n, out=np.full(len(at_us), np.nan), where=~empty)
    values = mean if signal.aggregation is _AVERAGED else _shortest(signal, last)
    bounded = signal.aggregation in _BOUNDED
    low[empty] = high[empty] = np.nan
    return Series(
        unit=signal.unit,
        mean=values.tolist(),
        min=_shortest(signal, low).tolist() if bounded else None,
        max=_shortest(signal, high).tolist() if bounded else None,
    )


def _shortest(signal: Signal, values: Float64Array) -> Float64Array:
    """float4 values as the shortest decimal that means the same float4."""
    if signal.stored is not StoredType.FLOAT4:
        return values
    return values.astype(np.float32).astype(str).astype(np.float64)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)
