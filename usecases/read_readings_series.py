"""Readings of one machine for a chart or an export: raw where they are few, else buckets from the right rollup."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fleet.batch import Int64Array
from fleet.signals import Aggregation, Catalogue, Signal
from storage import read_readings
from storage.read_pool import Connection, TooExpensive
from storage.read_readings import Cells, RawRows, RollupName, Span
from storage.sight import Scope
from usecases.read_spans import difference, intersection, length_us, touched_cells, union, whole_cells
from usecases.readings_columns import Columns, Readings, Resolution, Series, instant, readings_of, shown, us_of
from usecases.readings_sight import Question, Sighted, clipped, get_sighted, masked, placed, question, series_in_wgs84

__all__ = ["Question", "Readings", "Resolution", "clipped", "get_series", "question", "readings_of"]
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
_AVERAGED = Aggregation.GAUGE
_BOUNDED = (Aggregation.GAUGE, Aggregation.STATE)


async def get_series(
    conn: Connection, scope: Scope, reference: str, asked: Question, *, catalogue: Catalogue
) -> Columns:
    """Readings of the machine in the periods that the scope sees. Raises NotFound and TooExpensive."""
    sighted = await get_sighted(conn, scope, reference, asked, catalogue=catalogue)
    reader = _Reader(conn, sighted)
    if asked.resolution == "raw":
        found = await reader.read_forced(asked)
    else:
        raw = await reader.read_raw(asked) if sighted.longest_us <= RAW_SPAN_US else None
        found = await reader.read_rollups(asked) if raw is None else raw
    series = series_in_wgs84(found.series, found.at_us, sighted.shifts)
    placed_of = {str(one.signal.key): placed(one, sighted.sight, sighted.spans_of(one.signal)) for one in series}
    return Columns(
        machine_id=sighted.public_id,
        from_at=asked.from_at,
        to_at=asked.to_at,
        resolution=found.resolution,
        bucket_s=None if found.width_us is None else found.width_us / SECOND,
        at_us=found.at_us,
        series=tuple(placed_of[key] for key in sighted.keys if key in placed_of),
        pending=found.pending,
        withheld=sighted.withheld,
        next_from=None if found.next_us is None else instant(found.next_us),
    )


def bucket_width(asked: Question, *, least_s: float = 0) -> int:
    """The narrowest width, in us and at least `least_s`, with which the span has at most max_points buckets."""
    first, last = us_of(asked.from_at), us_of(asked.to_at) - 1
    for seconds in _WIDTHS_S:
        width = round(seconds * SECOND)
        if seconds >= least_s and last // width - first // width + 1 <= asked.max_points:
            return width
    widest = round(_WIDTHS_S[-1] * SECOND)
    return widest * -(-((last - first) // widest + 2) // asked.max_points)


def base_of(width_us: int) -> tuple[int, RollupName]:
    """The coarsest rollup whose buckets make up buckets of this width: its own width in seconds, and its name."""
    return next((b, name) for b, name in _BASES if width_us % (b * SECOND) == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    resolution: Resolution
    width_us: int | None
    at_us: Int64Array
    series: list[Series]
    pending: bool = False
    next_us: int | None = None


class _Reader:
    """Reads one machine's signals inside the spans in which each may be seen."""

    def __init__(self, conn: Connection, sighted: Sighted) -> None:
        self._conn = conn
        self._machine = sighted.machine_id
        self._sighted = sighted
        self._parts = sighted.parts
        self._signals = sighted.signals

    async def read_raw(self, asked: Question) -> _Found | None:
        """The readings themselves, or buckets of them under a minute; None when only longer ones would do."""
        rows = 0
        for spans, signals in self._parts:
            rows += await read_readings.count_raw(self._conn, self._machine, spans, signals, at_most=RAW_ROWS + 1)
        width_us = bucket_width(asked)
        if rows <= asked.max_points:
            return await self._verbatim(limit=rows + 1)
        if rows <= RAW_ROWS and width_us < MINUTE_S * SECOND:
            cells = [
                await read_readings.list_raw_cells(self._conn, self._machine, spans, signals, width_us=width_us)
                for spans, signals in self._parts
            ]
            return self._bucketed(cells, "raw", width_us)
        return None

    async def read_forced(self, asked: Question) -> _Found:
        """The first `max_points` readings and where the next one is."""
        found = await self._verbatim(limit=asked.max_points + 1)
        if len(found.at_us) <= asked.max_points:
            return found
        cut = asked.max_points
        series = [replace(one, mean=one.mean[:cut]) for one in found.series]
        return replace(found, at_us=found.at_us[:cut], series=series, next_us=int(found.at_us[cut]))

    async def _verbatim(self, *, limit: int) -> _Found:
        pages = [RawRows(np.empty(0, np.int64), np.empty((0, len(self._signals))))]
        left = limit
        for span in self._sighted.spans:
            rows = await read_readings.list_raw_page(self._conn, self._machine, span, self._signals, limit=left)
            pages.append(masked(rows, self._sighted))
            left -= len(rows.at_us)
            if left <= 0:
                break
        at_us = np.concatenate([page.at_us for page in pages])
        values = np.concatenate([page.values for page in pages])
        series = [
            Series(signal=signal, mean=shown(signal, values[:, n]), min=None, max=None)
            for n, signal in enumerate(self._signals)
        ]
        return _Found(resolution="raw", width_us=None, at_us=at_us, series=series)

    async def read_rollups(self, asked: Question) -> _Found:
        """Buckets from the coarsest rollup that divides the width.

        Cells that are cut by the span or by a change of owner, and cells whose rollup is not up to date, are counted
        from the readings, so the answer is exact; when those are too many, the rollup stands in and `pending` is set.
        """
        width_us = bucket_width(asked, least_s=MINUTE_S)
        base_s, rollup = base_of(width_us)
        cells_asked = sum(length_us(spans) // (base_s * SECOND) * len(signals) for spans, signals in self._parts)
        if cells_asked > ROLLUP_CELLS:
            raise TooExpensive
        pending = await read_readings.list_pending(self._conn, self._machine, from_at=asked.from_at, to_at=asked.to_at)
        dirty = union([*pending, *self._sighted.swaps])  # a rollup's cell does not say whether its place is of before
        cells: list[Cells] = []
        stands_in = False
        for spans, signals in self._parts:
            rolled, waits = _rolled(spans, dirty, base_s * SECOND)
            stands_in = stands_in or waits
            place = (self._conn, self._machine)
            cells.append(
                await read_readings.list_rollup_cells(*place, rolled, signals, rollup=rollup, width_us=width_us)
            )
            cut = difference(spans, rolled)
            cells.append(await read_readings.list_raw_cells(*place, cut, signals, width_us=width_us))
        return self._bucketed(cells, rollup, width_us, pending=stands_in)

    def _bucketed(
        self, parts: Sequence[Cells], resolution: Resolution, width_us: int, *, pending: bool = False
    ) -> _Found:
        buckets = np.concatenate([p.bucket_us for p in parts]) if parts else np.empty(0, np.int64)
        at_us = gaps_marked(np.unique(buckets), width_us)
        series = [_series(signal, parts, at_us) for signal in self._signals]
        return _Found(resolution=resolution, width_us=width_us, at_us=at_us, series=series, pending=pending)


def _rolled(spans: Sequence[Span], dirty: Sequence[Span], base_us: int) -> tuple[list[Span], bool]:
    """Which of the spans the rollup answers, and whether it stands in for what waits to be rolled up."""
    whole = whole_cells(spans, base_us)
    stale = intersection(touched_cells(dirty, base_us), whole)
    pending = length_us(stale) > RAW_SPAN_US
    return (whole if pending else difference(whole, stale)), pending


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
    values = mean if signal.aggregation is _AVERAGED else shown(signal, last)
    bounded = signal.aggregation in _BOUNDED
    low[empty] = high[empty] = np.nan
    return Series(
        signal=signal,
        mean=values,
        min=shown(signal, low) if bounded else None,
        max=shown(signal, high) if bounded else None,
        last_us=last_us,
    )
